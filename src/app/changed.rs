//! What differs between two states that are served, or since a commit: names and no more.

use super::{Current, ledger::Ledger};
use crate::{
    domain::{Location, PromptFolder, PromptName, Registry},
    git::CommitId,
};
use std::{collections::BTreeMap, fmt::Display, sync::Arc};

/// The name under which a change of `registry.toml` is told, with the default label in it: it concerns every prompt.
pub(super) const REGISTRY: &str = "registry";

/// The names of the things whose answers differ, in order, and whether each is still there.
///
/// A prompt is named by its name; every other thing by its kind and name (`workflows/triage`, `users/ana`), `tags` and
/// `registry` by that word alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changed(BTreeMap<Arc<str>, bool>);

impl Changed {
    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many names there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Every name in order, and whether the thing is still there.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, bool)> {
        self.0.iter().map(|(name, is_there)| (name, *is_there))
    }

    /// Whether a name is among them; if it is, whether the thing is still there.
    pub(super) fn get(&self, name: &str) -> Option<bool> {
        self.0.get(name).copied()
    }

    /// Adds what changed afterwards: of a name that is in both, the later says whether it is there.
    pub(super) fn extend(&mut self, later: &Self) {
        self.0.extend(later.0.iter().map(|(name, is_there)| (Arc::clone(name), *is_there)));
    }

    fn add(&mut self, name: String, is_there: bool) {
        self.0.insert(name.into(), is_there);
    }

    /// Compares what has names in two states; both sides come in the order of their names.
    fn compare<'a, K: Ord + Display + 'a, V: 'a>(
        &mut self,
        kind: &str,
        before: impl Iterator<Item = (&'a K, &'a V)>,
        after: impl Iterator<Item = (&'a K, &'a V)>,
        is_same: impl Fn(&K, &V, &V) -> bool,
    ) {
        let mut before = before.peekable();
        for (name, value) in after {
            while let Some((gone, _)) = before.next_if(|(other, _)| *other < name) {
                self.add(format!("{kind}{gone}"), false);
            }
            let old = before.next_if(|(other, _)| *other == name);
            if !old.is_some_and(|(_, old)| is_same(name, old, value)) {
                self.add(format!("{kind}{name}"), true);
            }
        }
        before.for_each(|(gone, _)| self.add(format!("{kind}{gone}"), false));
    }

    /// The same for things that are shared between states where they did not change.
    fn shared<K: Ord + Display, V: PartialEq>(
        &mut self,
        kind: &str,
        before: &BTreeMap<K, Arc<V>>,
        after: &BTreeMap<K, Arc<V>>,
    ) {
        self.compare(kind, before.iter(), after.iter(), |_, old, new| Arc::ptr_eq(old, new) || old == new);
    }
}

impl Current {
    /// What is answered differently here than in the state `before`. Its cost grows with the registry, in nanoseconds
    /// for each thing that both states share.
    #[must_use]
    pub fn changes_since(&self, before: &Self) -> Changed {
        let (old, new) = (&before.registry, &self.registry);
        let mut changed = Changed::default();
        changed.compare("", listed(old), listed(new), |name, old, new| {
            let is_same = || Arc::ptr_eq(&old.prompt, &new.prompt) || old.prompt == new.prompt;
            // A folder that both states share has the same answers in both, but for the labels that somebody pinned.
            std::ptr::eq(old, new) && self.pins.of(name).eq(before.pins.of(name))
                || is_same() && old.collection == new.collection && self.hands_out_alike(before, name)
        });
        changed.shared("collections/", &old.collections, &new.collections);
        changed.shared("workflows/", &old.workflows, &new.workflows);
        changed.shared("models/", &old.models, &new.models);
        changed.shared("hooks/", &old.hooks, &new.hooks);
        changed.shared("clients/", &old.clients, &new.clients);
        changed.shared("users/", &old.users, &new.users);
        changed.shared("roles/", &old.roles, &new.roles);
        changed.shared("policies/", &old.policies, &new.policies);
        if old.tags != new.tags {
            changed.add("tags".to_owned(), new.tags.is_some());
        }
        if old.settings != new.settings {
            changed.add(REGISTRY.to_owned(), new.settings.is_some());
        }
        changed
    }
}

fn listed(registry: &Registry) -> impl Iterator<Item = (&PromptName, &PromptFolder)> {
    registry.listed().map(|folder| (&folder.name, folder))
}

impl Ledger {
    /// What was admitted after a commit of the line, or taken away; `None` where the commit is not on the line.
    ///
    /// What an answer says of people (a handle for an e-mail address) is not looked at: who changed is named as a user.
    pub(super) fn changed_after(&self, commit: CommitId) -> Option<Changed> {
        let known = self.landing_of(commit)?;
        let mut changed = Changed::default();
        for (identity, entries) in &self.admitted {
            let Some(last) = entries.last().filter(|entry| entry.landing > known) else { continue };
            let is_there = match identity {
                // A version stays for good, and where its prompt is gone that is told by the prompt.
                Location::Version(_, name, _) => {
                    let prompt = self.standing(&Location::Prompt(None, name.clone()), self.last());
                    prompt.is_some_and(|prompt| !prompt.is_removed)
                }
                _ => last.content.is_some(),
            };
            changed.add(name_of(identity), is_there);
        }
        Some(changed)
    }
}

/// The name under which a change of what lies at a place is told.
fn name_of(location: &Location) -> String {
    match location {
        Location::Registry => REGISTRY.to_owned(),
        Location::Tags => "tags".to_owned(),
        Location::Collection(path) => format!("collections/{path}"),
        Location::Prompt(_, name) | Location::Version(_, name, _) => name.to_string(),
        Location::Workflow(name) => format!("workflows/{name}"),
        Location::Model(name) => format!("models/{name}"),
        Location::Hook(name) => format!("hooks/{name}"),
        Location::Client(name) => format!("clients/{name}"),
        Location::User(name) => format!("users/{name}"),
        Location::Role(name) => format!("roles/{name}"),
        Location::Policy(name) => format!("policies/{name}"),
    }
}
