//! Two versions of a prompt: everything that changed between them.

use super::{
    keys::{KeyChange, by, changes, escaped, object},
    messages::{Change, MessageDiff, Said, messages},
    rendered::{RenderedDiff, rendered},
    words::{Run, words},
};
use crate::domain::{
    Bump, ContractChange, DEPTH, Digest, PartialName, PromptName, Registry, Selector, Semver, Turn, Version,
    contract_changes, one_text,
};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// How many levels of objects are looked into for changed keys.
const KEY_DEPTH: usize = 12;

/// One version, and the registry that it and its partials are read from.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The registry; [`Registry::settle`]d, so that digests are known.
    pub registry: &'a Registry,
    /// The prompt.
    pub name: &'a PromptName,
    /// The version's number.
    pub number: &'a Semver,
    /// The version.
    pub version: &'a Version,
}

/// What changed between two versions of a prompt.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VersionDiff {
    /// The prompt, by its new name.
    pub name: PromptName,
    /// The old version.
    pub from: Semver,
    /// The new version.
    pub to: Semver,
    /// The digest of the old version; equal to the other where callers get the same.
    pub digest_from: Digest,
    /// The digest of the new version.
    pub digest_to: Digest,
    /// The smallest step of the number that the change demands: `patch`, `minor` or `major`; none where callers get the same.
    pub bump: Option<&'static str>,
    /// Whether the new number comes after the old one and is a smaller step than the change demands.
    pub falls_short: bool,
    /// What callers rely on and that changed, with the step that each demands.
    pub contract: Vec<Demand>,
    /// Every message, word by word.
    pub messages: Vec<MessageDiff>,
    /// The pointers of `contract` as `keys` has them: what is told there need not be told twice.
    #[serde(skip)]
    pub(super) told: Vec<String>,
    /// The partials that are pinned to something else.
    pub partials: Vec<PartialDiff>,
    /// Every other key that changed: model, parameters, schemas, tools, notes, tests.
    pub keys: Vec<KeyChange>,
    /// What is new, in the words of the new version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// An estimate of the tokens of all texts with all they include.
    pub tokens: Tokens,
    /// The messages rendered with each test input.
    pub rendered: Vec<RenderedDiff>,
}

/// A change of what callers rely on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Demand {
    /// The step of the number that it demands: `patch`, `minor` or `major`.
    pub bump: &'static str,
    /// Where: a JSON pointer into the new version's file.
    pub pointer: String,
    /// Whether it is gone, so that the pointer leads into the old version's file.
    pub is_gone: bool,
    /// What changed.
    pub message: String,
}

/// A partial that is pinned to something else.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PartialDiff {
    /// Its name in the templates.
    pub name: PartialName,
    /// What it was pinned to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Selector>,
    /// What it is pinned to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Selector>,
    /// The partial's own texts, word by word.
    pub text: Vec<Run>,
}

/// Estimates of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Tokens {
    /// Before.
    pub from: usize,
    /// After.
    pub to: usize,
}

/// Compares two versions. `inputs` is how many test inputs they are rendered with at most; rendering takes no more than a
/// few seconds in all.
#[must_use]
pub fn versions(old: &Side<'_>, new: &Side<'_>, inputs: usize) -> VersionDiff {
    let said = |turns: &[Turn]| turns.iter().map(Said::from).collect::<Vec<_>>();
    let contract = contract_changes(old.version, new.version);
    let (digest_from, digest_to) = (digest(old), digest(new));
    let demanded = contract.iter().map(|change| change.bump).max().unwrap_or(Bump::Patch);
    VersionDiff {
        name: new.name.clone(),
        from: old.number.clone(),
        to: new.number.clone(),
        bump: (digest_from != digest_to).then_some(step(demanded)),
        digest_from,
        digest_to,
        falls_short: old.number < new.number && digest_from != digest_to && !new.number.satisfies(old.number, demanded),
        told: told(&contract, old.version, new.version),
        contract: contract.into_iter().map(demand).collect(),
        messages: messages(&said(&old.version.messages), &said(&new.version.messages)),
        partials: partials(old, new),
        keys: changes(&rest(old.version), &rest(new.version), KEY_DEPTH),
        notes: new.version.notes.clone().filter(|notes| old.version.notes.as_ref() != Some(notes)),
        tokens: Tokens { from: tokens(old), to: tokens(new) },
        rendered: rendered(old, new, inputs),
    }
}

impl VersionDiff {
    /// Whether callers get exactly the same.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.digest_from == self.digest_to
    }

    /// Whether any message says something else, is new or gone.
    #[must_use]
    pub fn has_texts(&self) -> bool {
        self.messages.iter().any(|message| message.change != Change::Same)
    }
}

const fn step(bump: Bump) -> &'static str {
    match bump {
        Bump::Patch => "patch",
        Bump::Minor => "minor",
        Bump::Major => "major",
    }
}

fn demand(change: ContractChange) -> Demand {
    let ContractChange { bump, pointer, is_gone, message } = change;
    Demand { bump: step(bump), pointer, is_gone, message }
}

/// The pointers of the changes as keys are told apart here: tools by their names.
fn told(changes: &[ContractChange], old: &Version, new: &Version) -> Vec<String> {
    let by_name = |change: &ContractChange| {
        let rest = change.pointer.strip_prefix("/tools/")?;
        let (number, rest) = rest.split_once('/').unwrap_or((rest, ""));
        let tools = if change.is_gone { &old.tools } else { &new.tools };
        let name = tool_name(tools.get(number.parse::<usize>().ok()?)?)?;
        let gap = if rest.is_empty() { "" } else { "/" };
        Some(format!("/tools/{}{gap}{rest}", escaped(name.as_str()?)))
    };
    changes.iter().map(|change| by_name(change).unwrap_or_else(|| change.pointer.clone())).collect()
}

fn tool_name(tool: &Value) -> Option<Value> {
    tool.get("name").or_else(|| tool.get("function")?.get("name")).cloned()
}

pub(super) fn digest(side: &Side<'_>) -> Digest {
    side.registry.digest(side.version)
}

/// The file without what is compared in other ways. Tools and tests go by their names.
fn rest(version: &Version) -> Map<String, Value> {
    let mut map = object(version);
    for key in ["messages", "content", "uses", "notes"] {
        map.remove(key);
    }
    for key in ["tools", "tests"] {
        let list = map.remove(key).unwrap_or_else(|| Value::Array(Vec::new()));
        map.insert(key.to_owned(), by(list, tool_name));
    }
    map
}

fn partials(old: &Side<'_>, new: &Side<'_>) -> Vec<PartialDiff> {
    let names: BTreeSet<&PartialName> = old.version.uses.keys().chain(new.version.uses.keys()).collect();
    let text = |side: &Side<'_>, pin: Option<&Selector>| {
        let version = pin.and_then(|pin| side.registry.pinned(pin));
        version.map(|version| one_text(&version.messages)).unwrap_or_default()
    };
    let changed = names.into_iter().filter_map(|name| {
        let (from, to) = (old.version.uses.get(name), new.version.uses.get(name));
        let (old_text, new_text) = (text(old, from), text(new, to));
        (from != to || old_text != new_text).then(|| PartialDiff {
            name: name.clone(),
            from: from.cloned(),
            to: to.cloned(),
            text: words(&old_text, &new_text),
        })
    });
    changed.collect()
}

/// An estimate of the tokens of a version's texts and of each version that it includes, each counted once.
pub(super) fn tokens(side: &Side<'_>) -> usize {
    let mut seen: Vec<*const Version> = Vec::new();
    count(side.registry, side.version, &mut seen, DEPTH)
}

fn count(registry: &Registry, version: &Version, seen: &mut Vec<*const Version>, depth: usize) -> usize {
    if depth == 0 || seen.contains(&std::ptr::from_ref(version)) {
        return 0;
    }
    seen.push(version);
    let own = version.messages.iter().map(|turn| match turn {
        Turn::Message { content, .. } => crate::domain::tokens(content),
        Turn::Placeholder { .. } => 0,
    });
    let included = version.uses.values().filter_map(|pin| registry.pinned(pin));
    own.sum::<usize>() + included.map(|version| count(registry, version, seen, depth - 1)).sum::<usize>()
}
