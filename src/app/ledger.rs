//! The ledger: for every file of the registry, each content that the default branch ever had, and how it came there.

use super::Error;
use crate::{
    domain::{CollectionPath, Location, PromptName, locate},
    git::{Author, Authors, BlobId, Change, CommitId, FirstParent, Person, Repository},
};
use std::{collections::BTreeMap, sync::Arc};

/// What first-parent history says of every file. It only ever grows.
#[derive(Debug, Clone, Default)]
pub(super) struct Ledger {
    pub tip: Option<CommitId>,
    commits: Vec<Landing>,
    /// By identity, not by path: a prompt that moved to another collection is still the same.
    seen: BTreeMap<Location, Vec<Seen>>,
    /// The folders that have each prompt's name now, the one that was there first in front.
    homes: BTreeMap<PromptName, Vec<Option<CollectionPath>>>,
    /// The contents of folders whose name another one had first: they count when that one is gone.
    waiting: BTreeMap<Location, Seen>,
    /// The landings that removed a path.
    removals: BTreeMap<Arc<str>, Vec<usize>>,
    authors: Authors,
}

/// One commit of the default branch's first-parent line.
#[derive(Debug, Clone)]
pub(super) struct Landing {
    pub commit: CommitId,
    pub by: Person,
    pub at: i64,
    author: Author,
}

/// One content that a file had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    /// Which landing brought it.
    pub landing: usize,
    pub path: Arc<str>,
    pub blob: BlobId,
}

/// The identity behind a location: without the collection, which may change.
pub(super) fn identity(location: &Location) -> Location {
    match location {
        Location::Prompt(_, name) => Location::Prompt(None, name.clone()),
        Location::Version(_, name, number) => Location::Version(None, name.clone(), number.clone()),
        other => other.clone(),
    }
}

impl Ledger {
    /// Reads what is new up to `tip`.
    ///
    /// # Errors
    /// Where Git fails, or where `tip` does not come after what was read before.
    pub(super) fn advance(&mut self, repository: &Repository, tip: CommitId) -> Result<(), Error> {
        if self.tip == Some(tip) {
            return Ok(());
        }
        let history = repository.history(tip, self.tip)?;
        self.authors.extend(repository.authors(tip, self.tip)?);
        for commit in history {
            self.land(commit);
        }
        self.tip = Some(tip);
        Ok(())
    }

    fn land(&mut self, commit: FirstParent) {
        let landing = self.commits.len();
        let changes = commit.changes.iter().filter_map(|change| Some((locate(&change.path).ok()??, change)));
        let changes: Vec<(Location, &Change)> = changes.collect();
        for (location, change) in &changes {
            self.settle_home(location, change.new.is_some());
        }
        for (location, change) in changes {
            let Some(blob) = change.new else {
                self.removals.entry(Arc::clone(&change.path)).or_default().push(landing);
                self.waiting.remove(&location);
                continue;
            };
            self.waiting.insert(location, Seen { landing, path: Arc::clone(&change.path), blob });
        }
        self.admit(landing);
        self.commits.push(Landing {
            commit: commit.commit,
            by: commit.committer,
            at: commit.committed_at,
            author: Author { person: commit.author, time: commit.authored_at },
        });
    }

    /// Notes that a prompt's folder is there, or is there no more.
    fn settle_home(&mut self, location: &Location, is_there: bool) {
        let Location::Prompt(collection, name) = location else { return };
        let homes = self.homes.entry(name.clone()).or_default();
        if !is_there {
            homes.retain(|home| home != collection);
        } else if !homes.contains(collection) {
            homes.push(collection.clone());
        }
    }

    /// Takes in what waits and does not lie in a folder whose name another one had first.
    fn admit(&mut self, landing: usize) {
        let homes = &self.homes;
        let is_at_home = |location: &Location, _: &mut Seen| match location {
            Location::Prompt(collection, name) | Location::Version(collection, name, _) => {
                homes.get(name).and_then(|homes| homes.first()).is_none_or(|home| home == collection)
            }
            _ => true,
        };
        for (location, seen) in self.waiting.extract_if(.., is_at_home) {
            self.seen.entry(identity(&location)).or_default().push(Seen { landing, ..seen });
        }
    }

    /// Every content that the file of this identity had, oldest first, up to and with `last` of the landings.
    pub(super) fn seen(&self, location: &Location, last: usize) -> &[Seen] {
        let all = self.seen.get(&identity(location)).map(Vec::as_slice).unwrap_or_default();
        &all[..all.partition_point(|seen| seen.landing <= last)]
    }

    /// The landing with which a file came to this path and stayed, up to and with `last`.
    pub(super) fn since(&self, location: &Location, path: &str, last: usize) -> Option<usize> {
        let removals = self.removals.get(path).map(Vec::as_slice).unwrap_or_default();
        let removed = removals.iter().rev().find(|landing| **landing <= last);
        let mut seen = self.seen(location, last).iter().filter(|seen| &*seen.path == path);
        seen.find(|seen| removed.is_none_or(|removed| seen.landing > *removed)).map(|seen| seen.landing)
    }

    /// The identities of all files that the branch ever had.
    pub(super) fn identities(&self) -> impl Iterator<Item = &Location> {
        self.seen.keys()
    }

    /// The number of the landing that brought this commit; none where it is not on the line.
    pub(super) fn landing_of(&self, commit: CommitId) -> Option<usize> {
        self.commits.iter().rposition(|landing| landing.commit == commit)
    }

    /// One landing.
    pub(super) fn landing(&self, number: usize) -> &Landing {
        &self.commits[number]
    }

    /// Who wrote a content, and when; the landing's own author where nobody else is known.
    pub(super) fn author(&self, seen: &Seen) -> &Author {
        self.authors.get(&seen.path, seen.blob).unwrap_or(&self.commits[seen.landing].author)
    }
}
