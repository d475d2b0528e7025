//! What is found where a word leads: a file, a place in it, and a page about it.

use super::{
    spot::Spot,
    thing::{self, Thing},
};
use crate::domain::{
    Engine, Grant, Location, PromptFolder, PromptName, Registry, Selector, Semver, Turn, Variable, Version,
};
use std::fmt::Write as _;

/// The longest part of a text that a page shows.
const LINES: usize = 12;
const LINE: usize = 120;

/// Where a word leads.
#[derive(Debug)]
pub(super) struct Found {
    /// The file.
    pub(super) location: Location,
    /// The names from the top of the file to the place; empty for the file as a whole.
    pub(super) path: Vec<String>,
    /// What there is to say about it, in Markdown.
    pub(super) page: String,
}

/// Where a word that names a thing leads; `None` where there is no such thing.
pub(super) fn find(spot: &Spot<'_>, thing: Thing, word: &str) -> Option<Found> {
    match thing {
        Thing::Prompt | Thing::Pin | Thing::Selector => selected(spot, &word.parse().ok()?),
        Thing::Partial => selected(spot, spot.version()?.uses.get(word)?),
        Thing::Number => {
            let (folder, number) = (spot.folder()?, word.parse().ok()?);
            Some(version(folder, &number, folder.versions.get(&number)?))
        }
        Thing::Label => find(spot, Thing::Number, &spot.folder()?.prompt.labels.get(word)?.to_string()),
        Thing::Variable => variable(spot.version()?, spot.location.clone(), word),
        Thing::StepVariable => {
            let selector = spot.step_prompt()?;
            let folder = spot.desk.known.registry.prompts.get(&selector.name)?;
            let number = thing::version_meant(spot, &selector)?;
            variable(folder.versions.get(&number)?, place(folder, &number), word)
        }
        _ => file(&spot.desk.known.registry, thing, word),
    }
}

/// The file of a thing that is not a prompt's.
fn file(registry: &Registry, thing: Thing, word: &str) -> Option<Found> {
    let (location, page) = match thing {
        Thing::Approver => {
            let role = word.strip_prefix("role:");
            return file(registry, if role.is_some() { Thing::Role } else { Thing::User }, role.unwrap_or(word));
        }
        Thing::User | Thing::Role => person(registry, thing, word)?,
        Thing::Model => {
            let (name, it) = registry.models.get_key_value(word)?;
            let call = format!("\n\n`{}` of {}", it.model, it.provider);
            (Location::Model(name.clone()), page(word, None, it.description.as_deref()) + &call)
        }
        Thing::Policy => {
            let (name, it) = registry.policies.get_key_value(word)?;
            (Location::Policy(name.clone()), page(word, None, it.description.as_deref()))
        }
        Thing::Client => {
            let (name, it) = registry.clients.get_key_value(word)?;
            (Location::Client(name.clone()), page(word, None, it.description.as_deref()))
        }
        Thing::Workflow => {
            let (name, it) = registry.workflows.get_key_value(word)?;
            (Location::Workflow(name.clone()), page(word, it.display_name.as_deref(), it.description.as_deref()))
        }
        Thing::Collection => {
            let (name, it) = registry.collections.get_key_value(word)?;
            (Location::Collection(name.clone()), page(word, it.display_name.as_deref(), it.description.as_deref()))
        }
        Thing::Tag => {
            let it = registry.tags.as_ref()?.get(word)?;
            let page = page(word, it.display_name.as_deref(), it.description.as_deref());
            return Some(Found { location: Location::Tags, path: vec![word.to_owned()], page });
        }
        _ => return None,
    };
    Some(Found { location, path: Vec::new(), page })
}

/// A user with their roles, or a role with what it allows.
fn person(registry: &Registry, thing: Thing, word: &str) -> Option<(Location, String)> {
    if thing == Thing::User {
        let (handle, user) = registry.users.get_key_value(word)?;
        let roles: Vec<String> = user.roles.iter().map(ToString::to_string).collect();
        let page = page(word, user.display_name.as_deref(), None);
        return Some((Location::User(handle.clone()), format!("{page}\n\nRoles: {}", listed(&roles))));
    }
    let (name, role) = registry.roles.get_key_value(word)?;
    let word_of = |may: &Grant| serde_json::to_value(may).ok()?.as_str().map(str::to_owned);
    let may: Vec<String> = role.permissions.iter().filter_map(word_of).collect();
    let page = page(word, None, role.description.as_deref());
    Some((Location::Role(name.clone()), format!("{page}\n\nMay: {}", listed(&may))))
}

/// The version that a selector means, else its prompt.
fn selected(spot: &Spot<'_>, selector: &Selector) -> Option<Found> {
    let folder = spot.desk.known.registry.prompts.get(&selector.name)?;
    let number = thing::version_meant(spot, selector);
    match number.and_then(|number| Some((number.clone(), folder.versions.get(&number)?))) {
        Some((number, content)) => Some(version(folder, &number, content)),
        None => {
            let location = Location::Prompt(folder.collection.clone(), folder.name.clone());
            Some(Found { location, path: Vec::new(), page: about(folder, &folder.name) })
        }
    }
}

fn place(folder: &PromptFolder, number: &Semver) -> Location {
    Location::Version(folder.collection.clone(), folder.name.clone(), number.clone())
}

fn about(folder: &PromptFolder, name: &PromptName) -> String {
    page(name.as_str(), folder.prompt.display_name.as_deref(), folder.prompt.description.as_deref())
}

fn version(folder: &PromptFolder, number: &Semver, content: &Version) -> Found {
    let prompt = &folder.prompt;
    let name = format!("{}@{number}", folder.name);
    let mut page = page(&name, prompt.display_name.as_deref(), prompt.description.as_deref());
    let labels: Vec<String> =
        prompt.labels.iter().filter(|(_, own)| *own == number).map(|(label, _)| label.to_string()).collect();
    if !labels.is_empty() {
        let _ = write!(page, "\n\nLabels: {}", listed(&labels));
    }
    if let (state, Some(reason)) = prompt.state(number) {
        let _ = write!(page, "\n\n**{}**: {reason}", state.as_str());
    }
    if let Some(notes) = &content.notes {
        let _ = write!(page, "\n\n{}", notes.trim());
    }
    let first = content.messages.iter().find_map(|turn| match turn {
        Turn::Message { content, .. } => Some(&**content),
        Turn::Placeholder { .. } => None,
    });
    if let Some(text) = first {
        let fence = if content.engine == Engine::Handlebars { "handlebars" } else { "text" };
        let _ = write!(page, "\n\n{}", excerpt(fence, text));
    }
    Found { location: place(folder, number), path: Vec::new(), page }
}

/// The first lines of a text as a block of code.
fn excerpt(language: &str, text: &str) -> String {
    let mut block = format!("````{language}\n");
    for line in text.lines().take(LINES) {
        // A fence within would end the block.
        let short: String = line.replace("````", "'''' ").chars().take(LINE).collect();
        let _ = writeln!(block, "{short}{}", if line.chars().nth(LINE).is_some() { "…" } else { "" });
    }
    if text.lines().nth(LINES).is_some() {
        block.push_str("…\n");
    }
    block + "````"
}

fn variable(version: &Version, location: Location, name: &str) -> Option<Found> {
    let variable = version.variables().into_iter().find(|variable| variable.name == name)?;
    let path = ["input_schema", "properties", name].map(str::to_owned).into();
    Some(Found { location, path, page: schema_of(&variable) })
}

/// What a caller is told of a variable.
pub(super) fn schema_of(variable: &Variable) -> String {
    let kind = variable.r#type.as_deref().unwrap_or("any value");
    let needed = if variable.required { "required" } else { "optional" };
    let mut page = format!("**`{}`** {kind}, {needed}", variable.name);
    if let Some(about) = &variable.description {
        let _ = write!(page, "\n\n{}", about.trim());
    }
    if let Some(values) = &variable.r#enum {
        let values: Vec<String> = values.iter().take(20).map(ToString::to_string).collect();
        let _ = write!(page, "\n\nOne of: {}", listed(&values));
    }
    if let Some(default) = &variable.default {
        let default: String = default.to_string().chars().take(LINE).collect();
        let _ = write!(page, "\n\nDefault: `{default}`");
    }
    page
}

/// A heading with the name by which a thing is written, and a sentence.
fn page(name: &str, title: Option<&str>, about: Option<&str>) -> String {
    let mut page = format!("**`{name}`**");
    if let Some(title) = title {
        let _ = write!(page, " {title}");
    }
    if let Some(about) = about {
        let _ = write!(page, "\n\n{}", about.trim());
    }
    page
}

fn listed(words: &[String]) -> String {
    if words.is_empty() {
        return "none".to_owned();
    }
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
