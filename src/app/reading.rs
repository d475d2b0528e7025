//! Reading what is new of the default branch: its commits, who wrote what, who signed, and the files that it brings.

use super::{
    Error, Parsed, Progress,
    ledger::Ledger,
    shelf::{Shelf, Wanted},
};
use crate::{
    domain::{Limits, Location, locate},
    files::Entity,
    git::{Authors, Change, CommitId, FirstParent, Repository},
};
use rayon::prelude::*;
use std::{path::PathBuf, sync::Arc};

/// What helps to read a registry from the beginning.
pub(super) struct Start<'a> {
    /// What was parsed before.
    pub parsed: Option<&'a Parsed>,
    /// Where the log of history is kept.
    pub history: Option<PathBuf>,
    /// The commit that the line has to have been through; none where its first one is trusted whatever it is.
    pub trust_root: Option<CommitId>,
    pub progress: Progress<'a>,
}

/// What a landing is read with.
pub(super) struct Reading<'a, 'b> {
    pub(super) repository: &'a Repository,
    pub(super) shelf: &'a mut Shelf<'b>,
    /// The key that signed it.
    pub(super) key: Option<&'a str>,
    /// The limits by which it was read.
    pub(super) limits: Limits,
}

impl Reading<'_, '_> {
    /// Reads what a commit brings by these limits, where it was read by others.
    pub(super) fn by(&mut self, commit: &FirstParent, limits: Limits) -> Result<(), Error> {
        if limits != self.limits {
            self.shelf.fetch(self.repository, wanted(commit, limits), &|_| ())?;
            self.limits = limits;
        }
        Ok(())
    }
}

impl Ledger {
    /// What is newer than what was read before, and who wrote it.
    pub(super) fn newer(
        &self,
        repository: &Repository,
        tip: CommitId,
        start: &Start<'_>,
    ) -> Result<(Vec<FirstParent>, Authors), Error> {
        if let (None, Some(file)) = (self.tip, &start.history) {
            return Ok(repository.kept_history(tip, file)?);
        }
        let history = repository.history(tip, self.tip)?;
        // On a line without merges the authors are those of the line itself, which spares another walk.
        let own = Authors::of(&history).filter(|_| self.tip.is_none());
        let authors = own.map_or_else(|| repository.authors(tip, self.tip), Ok)?;
        Ok((history, authors))
    }

    /// The limits that will bind each new landing, as far as can be told before it is judged: those of the newest sound
    /// `registry.toml` up to and with it.
    pub(super) fn limits_of(
        &self,
        repository: &Repository,
        history: &[FirstParent],
        shelf: &mut Shelf<'_>,
    ) -> Result<Vec<Limits>, Error> {
        let settings = |commit: &FirstParent| {
            let own = commit.changes.iter().filter(|change| locate(&change.path) == Ok(Some(Location::Registry)));
            own.filter_map(|change| wanted_of(change, Limits::default())).collect::<Vec<_>>()
        };
        shelf.fetch(repository, history.iter().flat_map(settings), &|_| ())?;
        let mut limits = self.limits;
        let of_each = history.iter().map(|commit| {
            for wanted in settings(commit) {
                if let Some(Entity::Registry(settings)) = shelf.get(&wanted) {
                    limits = settings.limits;
                }
            }
            limits
        });
        Ok(of_each.collect())
    }
}

/// The keys that signed those commits which change a `prompt.yaml` or a user: a label is moved so, and a key revoked.
pub(super) fn keys(repository: &Repository, history: &[FirstParent]) -> Result<Vec<Option<String>>, Error> {
    let moves = |change: &Change| change.path.ends_with("/prompt.yaml") || change.path.starts_with("users/");
    let of_some = |commits: &[FirstParent]| -> Result<Vec<Option<String>>, Error> {
        let moving: Vec<bool> = commits.iter().map(|commit| commit.changes.iter().any(moves)).collect();
        let asked = commits.iter().zip(&moving).filter(|(_, moves)| **moves).map(|(commit, _)| commit.commit);
        let mut keys = repository.signers_of(&asked.collect::<Vec<_>>())?.into_iter();
        Ok(moving.iter().map(|moves| if *moves { keys.next().flatten() } else { None }).collect())
    };
    // To open a repository takes longer than to read a commit of it.
    let keys: Vec<_> = history.par_chunks(512).map(of_some).collect::<Result<_, _>>()?;
    Ok(keys.into_iter().flatten().collect())
}

/// What a commit brings that is the registry's.
pub(super) fn wanted(commit: &FirstParent, limits: Limits) -> impl Iterator<Item = Wanted> {
    commit.changes.iter().filter_map(move |change| wanted_of(change, limits))
}

/// What a change brings; `registry.toml` itself is held to the usual limits.
pub(super) fn wanted_of(change: &Change, limits: Limits) -> Option<Wanted> {
    let location = locate(&change.path).ok()??;
    let limits = if location == Location::Registry { Limits::default() } else { limits };
    Some(Wanted { location, path: Arc::clone(&change.path), blob: change.new?, limits })
}
