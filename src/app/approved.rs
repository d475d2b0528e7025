//! What was approved: the first content that each version had on a branch, read from the history of a few prompts only.
//!
//! The server decides the same by all of history ([`super::ledger`]); for the handful of prompts that a change touches
//! that would be far too much to read.

use super::{
    Error,
    shelf::{Shelf, Wanted},
};
use crate::{
    domain::{Limits, Location, PromptName, Semver, Version, Which, locate},
    files::Entity,
    git::{BlobId, CommitId, FirstParent, Repository, Tree},
    lint::Approved,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// With more prompts than this, all of history is read at once.
const FEW: usize = 64;

/// A version, wherever it lies.
pub(super) type Identity = (PromptName, Semver);

/// What was approved, by name and number.
pub(super) type AllApproved = BTreeMap<PromptName, BTreeMap<Semver, Approved>>;

/// What is asked of a branch's history.
#[derive(Debug)]
pub(super) struct Question<'a> {
    /// The branch's newest commit.
    pub tip: CommitId,
    /// The prompts.
    pub names: BTreeSet<PromptName>,
    /// The versions that are of no interest, since they did not change.
    pub settled: &'a BTreeSet<Identity>,
    /// All versions that lay there where the change began.
    pub there: &'a BTreeSet<Identity>,
    /// The files that lay there.
    pub tree: &'a Tree,
    /// What a sound file keeps to.
    pub limits: Limits,
}

impl Question<'_> {
    /// The folders of this name that had versions where the change began.
    fn folders(&self, name: &PromptName) -> BTreeSet<String> {
        let folders = self.tree.entries.iter().filter_map(|entry| entry.path.rsplit_once('/'));
        let own = folders.filter(|(folder, _)| folder.rsplit('/').next() == Some(name.as_str()));
        own.filter(|(folder, _)| folder.starts_with("prompts/")).map(|(folder, _)| folder.to_owned()).collect()
    }
}

/// The content that each version of some prompts had first on the first-parent line of a branch, of those that could be
/// served: sound, and with partials that were there.
///
/// # Errors
/// Where the repository is shallow, or Git fails.
pub(super) fn approved(repository: &Repository, question: &Question<'_>) -> Result<AllApproved, Error> {
    let mut history = History::read(repository, question, question.names.clone())?;
    let missing = history.missing(question);
    if !missing.is_empty() {
        history = History::read(repository, question, &question.names | &missing)?;
    }
    let mut found = AllApproved::new();
    for ((name, number), contents) in &history.contents {
        if !question.names.contains(name) || question.settled.contains(&(name.clone(), number.clone())) {
            continue;
        }
        let first = contents.iter().find_map(|content| {
            let version = history.sound(content)?;
            let is_whole = version.uses.values().all(|pin| match &pin.which {
                Which::Exact(number) => history.had(&(pin.name.clone(), number.clone()), content, question),
                _ => false,
            });
            is_whole.then(|| Approved {
                commit: content.commit.to_string(),
                path: Arc::clone(&content.path),
                version: Arc::clone(version),
            })
        });
        if let Some(first) = first {
            found.entry(name.clone()).or_default().insert(number.clone(), first);
        }
    }
    Ok(found)
}

/// One content of one version, and how long it was the branch's.
#[derive(Debug)]
struct Content {
    commit: CommitId,
    path: Arc<str>,
    blob: BlobId,
    /// The place of its commit on the line.
    since: usize,
    /// The place of the commit that took it away.
    until: usize,
}

impl Content {
    fn wanted(&self, limits: Limits) -> Option<Wanted> {
        let location = locate(&self.path).ok()??;
        Some(Wanted { location, path: Arc::clone(&self.path), blob: self.blob, limits })
    }
}

/// The contents that some versions had, oldest first.
#[derive(Debug)]
struct History {
    contents: BTreeMap<Identity, Vec<Content>>,
    limits: Limits,
    shelf: Shelf<'static>,
}

impl History {
    fn read(repository: &Repository, question: &Question<'_>, names: BTreeSet<PromptName>) -> Result<Self, Error> {
        let line = match names.len() {
            0..=FEW => {
                let folders = names.iter().map(|name| (name.clone(), question.folders(name)));
                repository.history_of(question.tip, &folders.collect())?
            }
            _ if repository.is_shallow() => return Err(crate::git::Error::Shallow.into()),
            _ => repository.history(question.tip, None)?,
        };
        let mut history = Self { contents: BTreeMap::new(), limits: question.limits, shelf: Shelf::default() };
        let mut wanted = Vec::new();
        let mut open: HashMap<Location, (Identity, usize)> = HashMap::new();
        for (at, commit) in line.iter().enumerate() {
            history.land(at, commit, &names, &mut open);
        }
        for ((name, number), contents) in &history.contents {
            if question.settled.contains(&(name.clone(), number.clone())) {
                continue;
            }
            wanted.extend(contents.iter().filter_map(|content| content.wanted(question.limits)));
        }
        history.shelf.fetch(repository, wanted, &|_| ())?;
        Ok(history)
    }

    fn land(
        &mut self,
        at: usize,
        commit: &FirstParent,
        names: &BTreeSet<PromptName>,
        open: &mut HashMap<Location, (Identity, usize)>,
    ) {
        for change in &commit.changes {
            let Ok(Some(location)) = locate(&change.path) else { continue };
            let Location::Version(_, name, number) = &location else { continue };
            if !names.contains(name) {
                continue;
            }
            if let Some((identity, place)) = open.remove(&location)
                && let Some(content) = self.contents.get_mut(&identity).and_then(|all| all.get_mut(place))
            {
                content.until = at;
            }
            let Some(blob) = change.new else { continue };
            let identity = (name.clone(), number.clone());
            let contents = self.contents.entry(identity.clone()).or_default();
            contents.push(Content {
                commit: commit.commit,
                path: Arc::clone(&change.path),
                blob,
                since: at,
                until: usize::MAX,
            });
            let place = contents.len().saturating_sub(1);
            open.insert(location, (identity, place));
        }
    }

    /// What a content says, if it can be served as far as it alone can tell.
    fn sound(&self, content: &Content) -> Option<&Arc<Version>> {
        match self.shelf.get(&content.wanted(self.limits)?)? {
            Entity::Version(version) => Some(version),
            _ => None,
        }
    }

    /// Whether a partial was there while this content was the branch's.
    fn had(&self, partial: &Identity, content: &Content, question: &Question<'_>) -> bool {
        let mut known = self.contents.get(partial).into_iter().flatten();
        question.there.contains(partial)
            || known.any(|partial| partial.since < content.until && self.sound(partial).is_some())
    }

    /// The prompts whose versions are included, were not there where the change began, and were not asked for.
    fn missing(&self, question: &Question<'_>) -> BTreeSet<PromptName> {
        let pins = self.contents.values().flatten().filter_map(|content| self.sound(content));
        let pins = pins.flat_map(|version| version.uses.values());
        let missing = pins.filter(|pin| match &pin.which {
            Which::Exact(number) => !question.there.contains(&(pin.name.clone(), number.clone())),
            _ => false,
        });
        missing.map(|pin| pin.name.clone()).filter(|name| !question.names.contains(name)).collect()
    }
}
