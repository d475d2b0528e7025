//! Opening a registry: what is served first, and what to do where its newest commit cannot be.

use super::{
    App, Clock, Error, Meter, Moment, Progress, Step, Trouble, branch, current::Current, cursor::Cursor, effective,
    events::Events, ledger::Ledger, nudge::Nudges, view::Views,
};
use crate::git::{CommitId, Repository};
use arc_swap::ArcSwap;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Mutex,
};

/// What is opened, and with what.
#[derive(Debug, Clone)]
pub struct Opening {
    /// A repository, or a folder in one.
    pub path: PathBuf,
    /// The folder for what makes the next start fast and safe; it is made where it is missing. Without one nothing is
    /// kept. Everything in it can be deleted.
    pub data: Option<PathBuf>,
    /// Whether a branch that was rewritten since it was served last is refused, as whoever serves it has to.
    pub follows: bool,
    /// Where the time comes from.
    pub clock: Clock,
}

impl Opening {
    /// A repository as it is now, with nothing kept.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        Self { path: path.to_owned(), data: None, follows: false, clock: Clock::default() }
    }
}

impl App {
    /// Opens the repository at `path` and reads what its default branch serves; see [`Opening::of`].
    ///
    /// # Errors
    /// As [`App::open_with`].
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::open_with(Opening::of(path), &|_| ())
    }

    /// Opens a registry and reads what its default branch serves. Where its newest commit cannot be served, and an older
    /// one was before, that one is, and [`App::trouble`] says why. Says how far it has come.
    ///
    /// # Errors
    /// Where there is no repository, its default branch has no commit or no settings, or Git fails.
    pub fn open_with(opening: Opening, progress: Progress<'_>) -> Result<Self, Error> {
        progress(Step { name: "reading the repository", done: 0, total: 0 });
        let repository = Repository::open(&opening.path)?;
        let branch = branch::default_branch(&repository)?;
        let tip = repository.tip(&branch)?.ok_or_else(|| Error::NoCommit(branch.clone()))?;
        if let Some(data) = &opening.data {
            fs::create_dir_all(data).map_err(|source| Error::Write { path: data.clone(), source })?;
        }
        let cursor = Cursor::within(opening.data.filter(|_| opening.follows));
        let meter = Meter::new(opening.clock);
        let begun = begin(&repository, tip, cursor.read(&branch))?;
        let Begun { ledger, current, commit, instead_of } = begun;
        if current.registry.settings.is_none() {
            return Err(Error::NoSettings(branch));
        }
        if instead_of.is_none() {
            cursor.write(&branch, commit);
        }
        let trouble = instead_of.map(|error| Trouble {
            commit: Some(tip.to_string()),
            message: error.to_string(),
            since: meter.clock().text(),
        });
        meter.serves(ledger.landings.last().map_or(0, |landing| landing.at));
        Ok(Self {
            events: Events::new(Moment { commit, at: meter.clock().text() }),
            meter,
            nudges: Nudges::default(),
            repository,
            branch,
            cursor,
            current: ArcSwap::from_pointee(current),
            ledger: Mutex::new(ledger),
            views: Mutex::new(Views::default()),
            trouble: ArcSwap::from_pointee(trouble),
        })
    }
}

/// The first state.
struct Begun {
    ledger: Ledger,
    current: Current,
    commit: CommitId,
    /// Why it is not that of the newest commit.
    instead_of: Option<Error>,
}

/// Reads the state of the newest commit; where that cannot be, or does not come after what was served last, of the latter.
fn begin(repository: &Repository, tip: CommitId, last: Option<CommitId>) -> Result<Begun, Error> {
    let read = |commit: CommitId| -> Result<Begun, Error> {
        let mut ledger = Ledger::default();
        let touched = ledger.advance(repository, commit)?;
        let current = effective::next(&Current::nothing(), &ledger, &touched);
        Ok(Begun { ledger, current, commit, instead_of: None })
    };
    let Some(old) = last.filter(|old| *old != tip) else { return read(tip) };
    let refused = match repository.is_first_parent_ancestor(old, tip) {
        Ok(true) => match read(tip) {
            Ok(begun) => return Ok(begun),
            Err(error) => error,
        },
        Ok(false) => Error::Rewritten { old, new: tip },
        Err(error) => error.into(),
    };
    // What was served last may be gone too: then why the newest is not served is what to tell.
    let Ok(begun) = read(old) else { return Err(refused) };
    Ok(Begun { instead_of: Some(refused), ..begun })
}
