//! The ledger: for every file of the registry, each content that the default branch ever had, and how it came there.

use super::Error;
use crate::{
    domain::{Location, locate},
    git::{Author, Authors, BlobId, CommitId, FirstParent, Person, Repository},
};
use std::{collections::BTreeMap, sync::Arc};

/// What first-parent history says of every file. It only ever grows.
#[derive(Debug, Clone, Default)]
pub(super) struct Ledger {
    pub tip: Option<CommitId>,
    commits: Vec<Landing>,
    /// By identity, not by path: a prompt that moved to another collection is still the same.
    seen: BTreeMap<Location, Vec<Seen>>,
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
        for change in &commit.changes {
            let Ok(Some(location)) = locate(&change.path) else { continue };
            let Some(blob) = change.new else {
                self.removals.entry(Arc::clone(&change.path)).or_default().push(landing);
                continue;
            };
            let seen = Seen { landing, path: Arc::clone(&change.path), blob };
            self.seen.entry(identity(&location)).or_default().push(seen);
        }
        self.commits.push(Landing {
            commit: commit.commit,
            by: commit.committer,
            at: commit.committed_at,
            author: Author { person: commit.author, time: commit.authored_at },
        });
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
