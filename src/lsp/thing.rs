//! What a word in a file names: a table of places, and what there is to name.

use super::spot::Spot;
use crate::domain::{Kind, ModelProfile, PromptFolder, Registry, Selector, Semver, Version, Which, variables};
use serde_json::Value;
use std::collections::BTreeSet;

/// Names, each with a word on what it names.
pub(super) type Named = Vec<(String, String)>;

/// The kinds of thing that a word may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thing {
    /// A prompt by its name.
    Prompt,
    /// A prompt and one exact version of it.
    Pin,
    /// A prompt and which of its versions.
    Selector,
    /// A version of the prompt that the file belongs to.
    Number,
    Label,
    User,
    Role,
    /// A user's handle, or `role:` and a role.
    Approver,
    Model,
    Policy,
    Client,
    Workflow,
    Tag,
    Collection,
    /// A variable of the version in the file.
    Variable,
    /// A variable of the prompt of the workflow's step.
    StepVariable,
    /// A partial that `uses` lists.
    Partial,
}

/// What the value at a path names.
pub(super) fn of_value(kind: Kind, path: &[&str]) -> Option<Thing> {
    Some(match (kind, path) {
        (Kind::Prompt | Kind::Workflow, ["owner"]) => Thing::User,
        (Kind::Prompt, ["tags", _]) => Thing::Tag,
        (Kind::Prompt, ["labels", _] | ["variants", _, "overrides", _, "version"]) => Thing::Number,
        (Kind::Prompt, ["variants", _, "overrides", _, "client"]) => Thing::Client,
        (Kind::Prompt, ["policies", _]) => Thing::Policy,
        (Kind::Version, ["uses", _]) => Thing::Pin,
        (Kind::Version, ["model"]) | (Kind::Workflow, ["steps", _, "model"]) => Thing::Model,
        (Kind::Version, ["input_schema", "required", _]) => Thing::Variable,
        (Kind::Workflow, ["steps", _, "prompt"]) => Thing::Selector,
        (Kind::Model, ["fallback", _]) | (Kind::User, ["preferences", "default_model"]) => Thing::Model,
        (Kind::Hook, ["workflow"]) => Thing::Workflow,
        (Kind::Client, ["default_filter", "tags", _]) | (Kind::Policy, ["selector", "tags", _]) => Thing::Tag,
        (Kind::Client, ["default_filter", "collections", _]) => Thing::Collection,
        (Kind::Client, ["default_filter", "labels", _]) | (Kind::Registry, ["labels", "protected", _]) => Thing::Label,
        (Kind::Registry, ["labels", "default"]) => Thing::Label,
        (Kind::Policy, ["selector", "collections", _]) => Thing::Collection,
        (Kind::Policy, ["selector", "names", _]) => Thing::Prompt,
        (Kind::User, ["roles", _]) => Thing::Role,
        (Kind::Registry, ["approval", "roles", _] | ["labels", "protected_roles", _]) => Thing::Role,
        (Kind::Registry, ["approval", "paths", _, "approvers", _]) => Thing::Approver,
        _ => return None,
    })
}

/// What the keys of the map at a path name.
pub(super) fn of_key(kind: Kind, map: &[&str]) -> Option<Thing> {
    Some(match (kind, map) {
        (Kind::Prompt, ["labels"] | ["variants"]) => Thing::Label,
        (Kind::Prompt, ["deprecated" | "yanked" | "revoked"] | ["variants", _, "split"]) => Thing::Number,
        (Kind::Version, ["uses"]) => Thing::Partial,
        (Kind::Version, ["tests", _, "input"]) => Thing::Variable,
        (Kind::Workflow, ["steps", _, "input_mapping"]) => Thing::StepVariable,
        _ => return None,
    })
}

/// What the key or value under the cursor names.
pub(super) fn under(spot: &Spot<'_>) -> Option<Thing> {
    let path = spot.path();
    if spot.cursor.on_key { of_key(spot.kind, &path) } else { of_value(spot.kind, &path) }
}

/// The version that is meant where a prompt is named: what the selector leads to, else the newest.
pub(super) fn version_meant(spot: &Spot<'_>, selector: &Selector) -> Option<Semver> {
    let registry = &spot.desk.known.registry;
    if let Ok(found) = registry.resolve(selector) {
        return Some(found.number.clone());
    }
    let versions = &registry.prompts.get(&selector.name)?.versions;
    match &selector.which {
        Which::Exact(number) => versions.get_key_value(number).map(|(number, _)| number.clone()),
        _ => versions.keys().next_back().cloned(),
    }
}

/// All things of a kind that can be named here, each with a word on it.
pub(super) fn names(spot: &Spot<'_>, thing: Thing) -> Named {
    let registry = &spot.desk.known.registry;
    match thing {
        Thing::Prompt => each(registry.listed().map(|folder| (&folder.name, &folder.prompt.description))),
        Thing::Pin => pins(spot),
        Thing::Selector => registry.listed().flat_map(selectors).collect(),
        Thing::Number => {
            let versions = spot.folder().into_iter().flat_map(|folder| folder.versions.iter().rev());
            each(versions.map(|(number, version)| (number, &version.notes)))
        }
        Thing::Label => labels(spot),
        Thing::Tag => {
            let tags = registry.tags.iter().flat_map(|tags| tags.iter());
            each(tags.map(|(name, tag)| (name, &tag.description)))
        }
        Thing::Variable => declared(spot.version().and_then(|version| version.input_schema.as_deref())),
        Thing::StepVariable => declared(step_version(spot).and_then(|version| version.input_schema.as_deref())),
        Thing::Partial => {
            let uses = spot.version().into_iter().flat_map(|version| &*version.uses);
            uses.map(|(name, pin)| (name.to_string(), pin.to_string())).collect()
        }
        _ => files(registry, thing),
    }
}

/// The names of the things that are a file each.
fn files(registry: &Registry, thing: Thing) -> Named {
    match thing {
        Thing::User => each(registry.users.iter().map(|(name, it)| (name, &it.display_name))),
        Thing::Role => each(registry.roles.iter().map(|(name, it)| (name, &it.description))),
        Thing::Approver => {
            let roles = files(registry, Thing::Role).into_iter().map(|(name, about)| (format!("role:{name}"), about));
            files(registry, Thing::User).into_iter().chain(roles).collect()
        }
        Thing::Model => {
            let about = |model: &ModelProfile| {
                model.description.clone().unwrap_or_else(|| format!("{} {}", model.provider, model.model))
            };
            registry.models.iter().map(|(name, model)| (name.to_string(), about(model))).collect()
        }
        Thing::Policy => each(registry.policies.iter().map(|(name, it)| (name, &it.description))),
        Thing::Client => each(registry.clients.iter().map(|(name, it)| (name, &it.description))),
        Thing::Workflow => each(registry.workflows.iter().map(|(name, it)| (name, &it.description))),
        Thing::Collection => each(registry.collections.iter().map(|(name, it)| (name, &it.description))),
        _ => Named::new(),
    }
}

fn each<'a, N: ToString + 'a>(all: impl Iterator<Item = (&'a N, &'a Option<String>)>) -> Named {
    all.map(|(name, about)| (name.to_string(), about.clone().unwrap_or_default())).collect()
}

/// The version that the step under the cursor sends.
pub(super) fn step_version<'a>(spot: &Spot<'a>) -> Option<&'a Version> {
    let selector = spot.step_prompt()?;
    let number = version_meant(spot, &selector)?;
    spot.desk.known.registry.prompts.get(&selector.name)?.versions.get(&number).map(AsRef::as_ref)
}

fn declared(schema: Option<&Value>) -> Named {
    let all = schema.map(variables).unwrap_or_default();
    all.into_iter().map(|variable| (variable.name, variable.description.unwrap_or_default())).collect()
}

/// The versions that can be partials, those of the prompt that the key names first.
fn pins(spot: &Spot<'_>) -> Named {
    let own = spot.folder().map(|folder| &folder.name);
    let others = spot.desk.known.registry.listed().filter(|folder| Some(&folder.name) != own);
    let path = spot.path();
    let (meant, rest): (Vec<_>, Vec<_>) = others.partition(|folder| path.last() == Some(&folder.name.as_str()));
    let pins = meant.into_iter().chain(rest).flat_map(|folder| {
        let about = folder.prompt.description.clone().unwrap_or_default();
        let usable = folder.versions.iter().rev().filter(|(_, version)| version.messages.len() == 1);
        usable.map(move |(number, _)| (format!("{}@{number}", folder.name), about.clone()))
    });
    pins.collect()
}

/// What may be written for a prompt: each of its labels, and each of its versions.
fn selectors(folder: &PromptFolder) -> Named {
    let (name, about) = (&folder.name, folder.prompt.description.as_deref().unwrap_or_default());
    let label = |(label, number)| (format!("{name}:{label}"), format!("{number} now. {about}"));
    let numbers = folder.versions.keys().rev().map(|number| (format!("{name}@{number}"), about.to_owned()));
    folder.prompt.labels.iter().map(label).chain(numbers).collect()
}

/// The labels that this registry has.
fn labels(spot: &Spot<'_>) -> Named {
    let registry = &spot.desk.known.registry;
    let settings = registry.settings.iter().flat_map(|settings| &settings.labels.protected);
    let used = registry.listed().flat_map(|folder| folder.prompt.labels.keys());
    let names: BTreeSet<String> =
        settings.chain(used).chain([&registry.default_label()]).map(ToString::to_string).collect();
    names.into_iter().map(|name| (name, String::new())).collect()
}
