//! Telling: what the difference between two contents of a thing means.

use super::happened::{VALUE_BYTES, What};
use crate::{
    domain::{Digest, Location, Prompt, PromptStatus, Semver, VersionState},
    files::Entity,
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The keys of `prompt.yaml` that have events of their own.
const OWN: [&str; 6] = ["labels", "deprecated", "yanked", "revoked", "aliases", "status"];

/// The keys of any file whose values are not for everybody who may read.
const PRIVATE: [&str; 1] = ["email"];

/// A content that can be compared: where it lay, and what it says.
pub(super) type Side<'a> = (&'a Location, Option<&'a Entity>);

/// What one landing did to a thing's own file, in order. Neither side is there twice.
pub(super) fn told(before: Option<Side<'_>>, after: Option<Side<'_>>, was_known: bool) -> Vec<What> {
    let collection = |(location, _): Side<'_>| match location {
        Location::Prompt(collection, _) => collection.clone(),
        _ => None,
    };
    let (before, after) = match (before, after) {
        (_, None) => return vec![What::Removed],
        (None, Some(after)) => {
            let collection = collection(after);
            let what = if was_known { What::Restored { collection } } else { What::Added { collection } };
            let mut events = vec![what];
            if let Some(Entity::Prompt(prompt)) = after.1 {
                events.extend(of_prompt(&Prompt::default(), prompt));
            }
            return events;
        }
        (Some(before), Some(after)) => (before, after),
    };
    let mut events = Vec::new();
    if collection(before) != collection(after) {
        events.push(What::Moved { from: collection(before), to: collection(after) });
    }
    match (before.1, after.1) {
        (Some(old), Some(new)) if old == new => {}
        (Some(old), Some(new)) => {
            if let (Entity::Prompt(old), Entity::Prompt(new)) = (old, new) {
                events.extend(of_prompt(old, new));
            }
            events.extend(changed(&object(old), &object(new)));
        }
        _ => events.push(What::Changed { keys: Vec::new(), from: Map::new(), to: Map::new() }),
    }
    events
}

/// What happened to what a prompt says of its versions and of itself, but for what readers are told.
fn of_prompt(old: &Prompt, new: &Prompt) -> Vec<What> {
    let mut events = Vec::new();
    match (old.status, new.status) {
        (PromptStatus::Active, PromptStatus::Archived) => events.push(What::Archived),
        (PromptStatus::Archived, PromptStatus::Active) => events.push(What::Reactivated),
        _ => {}
    }
    let added = new.aliases.iter().filter(|alias| !old.aliases.contains(alias));
    events.extend(added.map(|alias| What::AliasAdded { alias: alias.clone() }));
    let removed = old.aliases.iter().filter(|alias| !new.aliases.contains(alias));
    events.extend(removed.map(|alias| What::AliasRemoved { alias: alias.clone() }));
    withdrawals(&old.deprecated, &new.deprecated, VersionState::Deprecated, &mut events);
    withdrawals(&old.yanked, &new.yanked, VersionState::Yanked, &mut events);
    withdrawals(&old.revoked, &new.revoked, VersionState::Revoked, &mut events);
    labels(old, new, &mut events);
    events
}

fn labels(old: &Prompt, new: &Prompt, events: &mut Vec<What>) {
    for (label, from) in &old.labels {
        let (label, from) = (label.clone(), from.clone());
        match new.labels.get(&label) {
            None => events.push(What::LabelRemoved { label, from }),
            Some(to) if *to != from => events.push(What::LabelMoved { label, from, to: to.clone() }),
            Some(_) => {}
        }
    }
    let set = new.labels.iter().filter(|(label, _)| !old.labels.contains_key(*label));
    events.extend(set.map(|(label, to)| What::LabelSet { label: label.clone(), to: to.clone() }));
}

fn withdrawals(
    old: &BTreeMap<Semver, String>,
    new: &BTreeMap<Semver, String>,
    state: VersionState,
    events: &mut Vec<What>,
) {
    let back = old.keys().filter(|version| !new.contains_key(version));
    events.extend(back.map(|version| What::TakenBack { version: version.clone(), state }));
    for (version, reason) in new.iter().filter(|(version, reason)| old.get(version) != Some(reason)) {
        let (version, reason) = (version.clone(), reason.clone());
        events.push(match state {
            VersionState::Revoked => What::Revoked { version, reason },
            VersionState::Yanked => What::Yanked { version, reason },
            _ => What::Deprecated { version, reason },
        });
    }
}

/// The values that differ, if any do, but for those that are told by themselves.
fn changed(old: &Map<String, Value>, new: &Map<String, Value>) -> Option<What> {
    let added = new.keys().filter(|key| !old.contains_key(*key));
    let keys: Vec<String> = old.keys().chain(added).filter(|key| old.get(*key) != new.get(*key)).cloned().collect();
    let values = |side: &Map<String, Value>| {
        let told = keys.iter().filter(|key| !PRIVATE.contains(&key.as_str()));
        told.filter_map(|key| Some((key.clone(), short(side.get(key)?)))).collect()
    };
    let (from, to) = (values(old), values(new));
    (!keys.is_empty()).then_some(What::Changed { keys, from, to })
}

/// A value that is small enough to be told, or else what tells it from others.
fn short(value: &Value) -> Value {
    let text = value.to_string();
    if text.len() <= VALUE_BYTES {
        return value.clone();
    }
    json!({"digest": Digest::of(text.as_bytes()), "bytes": text.len()})
}

/// What a file says as JSON, without the keys that have events of their own.
fn object(entity: &Entity) -> Map<String, Value> {
    match entity {
        Entity::Prompt(prompt) => {
            let mut keys = keys(prompt);
            keys.retain(|key, _| !OWN.contains(&key.as_str()));
            keys
        }
        Entity::Registry(entity) => keys(entity),
        Entity::Tags(entity) => keys(entity),
        Entity::Collection(entity) => keys(entity),
        Entity::Version(entity) => keys(entity),
        Entity::Workflow(entity) => keys(entity),
        Entity::Model(entity) => keys(entity),
        Entity::Hook(entity) => keys(entity),
        Entity::Client(entity) => keys(entity),
        Entity::User(entity) => keys(entity),
        Entity::Role(entity) => keys(entity),
        Entity::Policy(entity) => keys(entity),
    }
}

fn keys(value: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}
