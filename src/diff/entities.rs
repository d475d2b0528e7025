//! Everything that is no prompt, in two states of a registry.

use super::{
    callers::{Affected, Callers, Changed},
    keys::{KeyChange, by, changes, object},
    messages::Change,
};
use crate::domain::{Kind, Registry};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// How many levels of an entity's keys are told apart.
const DEPTH: usize = 3;

/// What changed of anything that is no prompt.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EntityDiff {
    /// Its kind: `workflow`, `model`, …
    pub kind: &'static str,
    /// Its name; empty where there is but one.
    pub name: String,
    /// What became of it.
    pub change: Change,
    /// The keys that changed.
    pub keys: Vec<KeyChange>,
    /// Whom it reaches; only model profiles reach anyone that is told here.
    pub affected: Affected,
}

/// Everything that is no prompt.
pub(super) fn others(old: &Registry, new: &Registry, callers: &Callers<'_>) -> Vec<EntityDiff> {
    let mut found = Vec::new();
    let settings = |registry: &Registry| registry.settings.iter().map(|one| (String::new(), one.clone())).collect();
    entities(Kind::Registry, &settings(old), &settings(new), &mut found);
    entities(Kind::Workflow, &old.workflows, &new.workflows, &mut found);
    let first = found.len();
    entities(Kind::Model, &old.models, &new.models, &mut found);
    for model in found.iter_mut().skip(first) {
        let models = model.name.parse().into_iter().collect();
        model.affected = callers.affected(&Changed { models, ..Changed::default() });
    }
    entities(Kind::Client, &old.clients, &new.clients, &mut found);
    entities(Kind::Hook, &old.hooks, &new.hooks, &mut found);
    entities(Kind::Policy, &old.policies, &new.policies, &mut found);
    entities(Kind::User, &old.users, &new.users, &mut found);
    entities(Kind::Role, &old.roles, &new.roles, &mut found);
    entities(Kind::Collection, &old.collections, &new.collections, &mut found);
    let tags = |registry: &Registry| registry.tags.iter().map(|tags| (String::new(), tags.clone())).collect();
    entities(Kind::Tags, &tags(old), &tags(new), &mut found);
    found
}

fn entities<K: Ord + ToString, V: PartialEq + Serialize>(
    kind: Kind,
    old: &BTreeMap<K, V>,
    new: &BTreeMap<K, V>,
    found: &mut Vec<EntityDiff>,
) {
    let names: BTreeSet<&K> = old.keys().chain(new.keys()).collect();
    for name in names {
        let (before, after) = (old.get(name), new.get(name));
        let (change, keys) = match (before, after) {
            (before, after) if before == after => continue,
            (None, _) => (Change::Added, Vec::new()),
            (_, None) => (Change::Removed, Vec::new()),
            (Some(before), Some(after)) => (Change::Changed, changes(&said(before), &said(after), DEPTH)),
        };
        let name = name.to_string();
        found.push(EntityDiff { kind: kind.as_str(), name, change, keys, affected: Affected::default() });
    }
}

/// An entity's keys; the steps and triggers of a workflow go by their ids.
fn said(entity: &impl Serialize) -> Map<String, Value> {
    let mut map = object(entity);
    for key in ["steps", "triggers"] {
        if let Some(list) = map.remove(key) {
            map.insert(key.to_owned(), by(list, |item| item.get("id").cloned()));
        }
    }
    map
}
