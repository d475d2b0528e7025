//! Two states of a registry: what was added, removed, moved and changed, and whom it reaches.

use super::{
    callers::{Affected, Callers, Changed},
    entities::{EntityDiff, others},
    keys::{KeyChange, changes, object},
    messages::Change,
    version::{Side, VersionDiff, tokens, versions},
};
use crate::domain::{CollectionPath, LabelName, PromptFolder, PromptName, Registry, Semver, Version};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What changed between two states of a registry.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diff {
    /// The old state, for people: a commit.
    pub from: String,
    /// The new state, for people: a commit, or the work tree.
    pub to: String,
    /// The prompts that changed, by name.
    pub prompts: Vec<PromptDiff>,
    /// Every other thing that changed.
    pub others: Vec<EntityDiff>,
    /// The paths of the files that cannot be read in the new state; what lies in them was not compared.
    pub unreadable: Vec<String>,
}

/// What changed of one prompt.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PromptDiff {
    /// The prompt.
    pub name: PromptName,
    /// What became of it.
    pub change: Change,
    /// The name it had, where it was renamed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<PromptName>,
    /// The collection it was in and the one it is in, where it was moved; `""` is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved: Option<(String, String)>,
    /// What `prompt.yaml` says and did not say before, without the labels.
    pub metadata: Vec<KeyChange>,
    /// The labels that point to something else.
    pub labels: Vec<LabelMove>,
    /// The versions that were added, changed or removed.
    pub versions: Vec<VersionChange>,
    /// What changed between the versions that `labels` and `versions` name, each pair once.
    pub diffs: Vec<VersionDiff>,
    /// Versions that are handed out by a label and still include an older version of this prompt.
    pub behind: Vec<Behind>,
    /// Whom all this reaches.
    pub affected: Affected,
}

/// A label that points to something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelMove {
    /// The label.
    pub label: LabelName,
    /// What it pointed to.
    pub from: Option<Semver>,
    /// What it points to.
    pub to: Option<Semver>,
}

/// A version that was added, changed or removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VersionChange {
    /// Its number.
    pub version: Semver,
    /// What became of it.
    pub change: Change,
    /// The version it is compared with: the one before it by number; itself where it was changed in place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Semver>,
    /// What there is in it, where it is new and there is none before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<First>,
}

/// The first version of a prompt in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct First {
    /// How many messages it has.
    pub messages: usize,
    /// An estimate of the tokens of all its texts with all they include.
    pub tokens: usize,
    /// The names of its variables.
    pub variables: Vec<String>,
}

/// A version that still includes an older version of a prompt that got a newer one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Behind {
    /// The prompt that includes.
    pub prompt: PromptName,
    /// Its version.
    pub version: Semver,
    /// The labels that hand it out.
    pub labels: Vec<LabelName>,
    /// The older version that it includes.
    pub includes: Semver,
}

/// Compares two states; each [`Registry::settle`]d. `inputs` is how many test inputs versions are rendered with at most.
#[must_use]
pub fn registries(old: &Registry, new: &Registry, inputs: usize) -> Diff {
    let callers = Callers::new(new, Some(old));
    let renamed = renamed(old, new);
    let former: BTreeSet<&PromptName> = renamed.values().copied().collect();
    let names: BTreeSet<&PromptName> = old.prompts.keys().chain(new.prompts.keys()).collect();
    let names: Vec<_> = names.into_iter().filter(|name| !former.contains(name)).collect();
    let prompts = names.into_par_iter().filter_map(|name| {
        let before = old.prompts.get(renamed.get(name).copied().unwrap_or(name)).map(AsRef::as_ref);
        let after = new.prompts.get(name).map(AsRef::as_ref);
        if before.zip(after).is_some_and(|(before, after)| before.has_files_of(after)) {
            return None;
        }
        Some(Pair { old, new, before, after, callers: &callers, inputs }.diff(name))
    });
    let (from, to, unreadable) = (String::new(), String::new(), Vec::new());
    Diff { from, to, prompts: prompts.collect(), others: others(old, new, &callers), unreadable }
}

impl Diff {
    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.prompts.is_empty() && self.others.is_empty()
    }
}

impl PromptDiff {
    /// What changed between two of its versions, if these were compared.
    #[must_use]
    pub fn between(&self, from: &Semver, to: &Semver) -> Option<&VersionDiff> {
        self.diffs.iter().find(|diff| diff.from == *from && diff.to == *to)
    }
}

/// New names and the former ones, of prompts that say so in `aliases`.
fn renamed<'a>(old: &'a Registry, new: &'a Registry) -> BTreeMap<&'a PromptName, &'a PromptName> {
    let mut found = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for folder in new.prompts.values().filter(|folder| !old.prompts.contains_key(&folder.name)) {
        let is_former = |name: &&PromptName| old.prompts.contains_key(*name) && !new.prompts.contains_key(*name);
        if let Some(former) = folder.prompt.aliases.iter().find(is_former)
            && let Some((former, _)) = old.prompts.get_key_value(former)
            && taken.insert(former)
        {
            found.insert(&folder.name, former);
        }
    }
    found
}

/// One prompt in two states.
struct Pair<'a> {
    old: &'a Registry,
    new: &'a Registry,
    before: Option<&'a PromptFolder>,
    after: Option<&'a PromptFolder>,
    callers: &'a Callers<'a>,
    inputs: usize,
}

impl Pair<'_> {
    fn diff(&self, name: &PromptName) -> PromptDiff {
        let (labels, versions) = (self.labels(), self.versions());
        let place =
            |folder: &PromptFolder| folder.collection.as_ref().map(CollectionPath::to_string).unwrap_or_default();
        let moved = match (self.before, self.after) {
            (Some(before), Some(after)) if before.collection != after.collection => Some((place(before), place(after))),
            _ => None,
        };
        let change = match (self.before, self.after) {
            (None, _) => Change::Added,
            (_, None) => Change::Removed,
            _ => Change::Changed,
        };
        PromptDiff {
            name: name.clone(),
            change,
            renamed_from: self.before.map(|before| before.name.clone()).filter(|former| former != name),
            moved,
            metadata: self.metadata(),
            diffs: self.diffs(&labels, &versions),
            behind: self.behind(&versions),
            affected: self.callers.affected(&self.changed(&labels, &versions)),
            labels,
            versions,
        }
    }

    fn metadata(&self) -> Vec<KeyChange> {
        let (Some(before), Some(after)) = (self.before, self.after) else { return Vec::new() };
        let said = |folder: &PromptFolder| {
            let mut map = object(&*folder.prompt);
            map.remove("labels");
            map
        };
        changes(&said(before), &said(after), 1)
    }

    fn labels(&self) -> Vec<LabelMove> {
        let of = |folder: Option<&PromptFolder>| folder.map(|folder| folder.prompt.labels.clone()).unwrap_or_default();
        let (before, after) = (of(self.before), of(self.after));
        let all: BTreeSet<&LabelName> = before.keys().chain(after.keys()).collect();
        let moves = all.into_iter().map(|label| LabelMove {
            label: label.clone(),
            from: before.get(label).cloned(),
            to: after.get(label).cloned(),
        });
        moves.filter(|moved| moved.from != moved.to).collect()
    }

    fn versions(&self) -> Vec<VersionChange> {
        let numbers: BTreeSet<&Semver> =
            [self.before, self.after].into_iter().flatten().flat_map(|folder| folder.versions.keys()).collect();
        let changed = numbers.into_iter().filter_map(|number| {
            let (before, after) = (find(self.before, number), find(self.after, number));
            let (change, since) = match (before, after) {
                (None, _) => (Change::Added, self.preceding(number)),
                (_, None) => (Change::Removed, None),
                (before, after) if before == after => return None,
                _ => (Change::Changed, Some(number.clone())),
            };
            let first = after.filter(|_| since.is_none()).and_then(|_| self.first(number));
            Some(VersionChange { version: number.clone(), change, since, first })
        });
        changed.collect()
    }

    fn first(&self, number: &Semver) -> Option<First> {
        let side = self.side(self.new, self.after, number)?;
        let variables = side.version.variable_names().map(str::to_owned).collect();
        Some(First { messages: side.version.messages.len(), tokens: tokens(&side), variables })
    }

    /// The greatest number below this one.
    fn preceding(&self, number: &Semver) -> Option<Semver> {
        self.after?.versions.range(..number).next_back().map(|(number, _)| number.clone())
    }

    fn diffs(&self, labels: &[LabelMove], changed: &[VersionChange]) -> Vec<VersionDiff> {
        let moves = labels.iter().filter_map(|moved| Some((moved.from.as_ref()?, moved.to.as_ref()?)));
        let steps = changed.iter().filter_map(|changed| Some((changed.since.as_ref()?, &changed.version)));
        let pairs: BTreeSet<(&Semver, &Semver)> = steps.chain(moves).collect();
        let diffs = pairs.into_iter().filter_map(|(from, to)| {
            let before = self.side(self.old, self.before, from).or_else(|| self.side(self.new, self.after, from))?;
            Some(versions(&before, &self.side(self.new, self.after, to)?, self.inputs))
        });
        diffs.collect()
    }

    fn side<'b>(&self, registry: &'b Registry, folder: Option<&'b PromptFolder>, number: &Semver) -> Option<Side<'b>> {
        let folder = folder?;
        let (number, version) = folder.versions.get_key_value(number)?;
        Some(Side { registry, name: &folder.name, number, version })
    }

    fn behind(&self, changed: &[VersionChange]) -> Vec<Behind> {
        let Some(after) = self.after else { return Vec::new() };
        let is_added =
            |number: &Semver| changed.iter().any(|one| one.version == *number && one.change == Change::Added);
        let Some(newest) = after.versions.keys().rfind(|number| is_added(number)) else { return Vec::new() };
        let older = after.versions.keys().filter(|number| *number < newest && !is_added(number));
        let mut found: Vec<Behind> = older
            .flat_map(|number| self.callers.includers(&after.name, number).iter().map(move |own| (*own, number)))
            .filter_map(|((prompt, version), includes)| {
                let folder = self.new.prompts.get(prompt)?;
                let labels = folder.prompt.labels.iter().filter(|(_, to)| *to == version);
                let labels: Vec<_> = labels.map(|(label, _)| label.clone()).collect();
                let behind =
                    Behind { prompt: prompt.clone(), version: version.clone(), labels, includes: includes.clone() };
                (!behind.labels.is_empty()).then_some(behind)
            })
            .collect();
        found.sort();
        found
    }

    /// What callers can tell of it.
    fn changed(&self, labels: &[LabelMove], versions: &[VersionChange]) -> Changed {
        let mut changed = Changed::default();
        let names: BTreeSet<&PromptName> =
            [self.before, self.after].into_iter().flatten().map(|folder| &folder.name).collect();
        let is_gone = names.len() > 1 || self.after.is_none();
        for name in names {
            let states = self.restated();
            let says_else = |one: &&VersionChange| one.change != Change::Changed || self.says_else(&one.version);
            let said = versions.iter().filter(says_else).map(|one| one.version.clone());
            changed.versions.extend(said.chain(states).map(|number| (name.clone(), number)));
            changed.labels.extend(labels.iter().map(|moved| (name.clone(), moved.label.clone())));
            changed.labels.extend(self.reshared().into_iter().map(|label| (name.clone(), label)));
            if let Some(before) = self.before.filter(|before| is_gone && before.name == *name) {
                changed.versions.extend(before.versions.keys().map(|number| (name.clone(), number.clone())));
                changed.labels.extend(before.prompt.labels.keys().map(|label| (name.clone(), label.clone())));
            }
        }
        changed
    }

    /// Whether a version that was changed in place says something else to callers: notes and tests do not count.
    fn says_else(&self, number: &Semver) -> bool {
        let digest = |registry: &Registry, folder| find(folder, number).map(|version| registry.digest(version));
        digest(self.old, self.before) != digest(self.new, self.after)
    }

    /// The versions that may now be handed out, or no more.
    fn restated(&self) -> Vec<Semver> {
        let (Some(before), Some(after)) = (self.before, self.after) else { return Vec::new() };
        let there = after.versions.keys().filter(|number| before.versions.contains_key(*number));
        there.filter(|number| before.prompt.state(number).0 != after.prompt.state(number).0).cloned().collect()
    }

    /// The labels whose callers are shared out in another way.
    fn reshared(&self) -> BTreeSet<LabelName> {
        let of =
            |folder: Option<&PromptFolder>| folder.map(|folder| folder.prompt.variants.clone()).unwrap_or_default();
        let (before, after) = (of(self.before), of(self.after));
        let all: BTreeSet<&LabelName> = before.keys().chain(after.keys()).collect();
        all.into_iter().filter(|label| before.get(*label) != after.get(*label)).cloned().collect()
    }
}

fn find<'a>(folder: Option<&'a PromptFolder>, number: &Semver) -> Option<&'a Version> {
    folder?.versions.get(number).map(|version| &**version)
}
