//! Opening a registry: what is served first, and what to do where its newest commit cannot be.

use super::{
    App, Clock, Error, Meter, Moment, Parsed, Progress, Step, Trouble, access::Callers, branch, current::Current,
    cursor::Cursor, effective, events::Events, forge::Hearing, index::Indexing, ledger::Ledger, meter::Outcome,
    nudge::Nudges, reading::Start, view::Views,
};
use crate::{
    git::{self, Access, CommitId, Mirror, Repository},
    lint,
};
use arc_swap::ArcSwap;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, OnceLock},
};

/// Where a registry is.
#[derive(Debug, Clone)]
pub enum Source {
    /// A repository on this machine, or a folder in one.
    Local(PathBuf),
    /// A remote, of which a mirror is kept in the data folder.
    Remote {
        /// Its address.
        url: String,
        /// What it is fetched with.
        access: Access,
    },
}

/// What is opened, and with what.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Where the registry is.
    pub source: Source,
    /// The folder for what makes the next start fast and safe; it is made where it is missing. Without one nothing is
    /// kept, and no remote can be followed. All that is kept can be deleted but the
    /// mirror of a remote that is gone, and the embedded database where the doors put it there.
    pub data: Option<PathBuf>,
    /// Whether a branch that was rewritten since it was served last is refused, as whoever serves it has to.
    pub follows: bool,
    /// Whether what counts is the branch as the remote `origin` has it, where there is one: a person's own branch may be
    /// behind, or ahead by what nobody approved.
    pub upstream: bool,
    /// The commit that the branch has to have been through; none where its first one is trusted whatever it is.
    pub trust_root: Option<CommitId>,
    /// Where the time comes from.
    pub clock: Clock,
}

impl Opening {
    /// A repository as it is now, with nothing kept.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        Self {
            source: Source::Local(path.to_owned()),
            data: None,
            follows: false,
            upstream: false,
            trust_root: None,
            clock: Clock::default(),
        }
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
        Self::opened(opening, Asked::Now, progress)
    }

    /// The same to serve it at once: a remote that was fetched before is not asked for anything newer. [`App::watch`] asks it
    /// first of all.
    ///
    /// # Errors
    /// As [`App::open_with`].
    pub fn open_at_once(opening: Opening, progress: Progress<'_>) -> Result<Self, Error> {
        Self::opened(opening, Asked::Later, progress)
    }

    fn opened(opening: Opening, asked: Asked, progress: Progress<'_>) -> Result<Self, Error> {
        let Opening { source, data, follows, upstream, trust_root, clock } = opening;
        if let Some(data) = &data {
            fs::create_dir_all(data).map_err(|source| Error::Write { path: data.clone(), source })?;
        }
        let within = |name: &str| data.as_ref().map(|data| data.join(name));
        let Reached { mirror, repository, fetched } = reach(source, within("mirror.git"), asked, progress)?;
        let cursor = Cursor::within(data.clone().filter(|_| follows));
        let served = cursor.last();
        // A push may say that another branch counts; only an operator can have that one be followed.
        let (branch, doubt) = match &served {
            Some((branch, commit)) => (branch.clone(), branch::doubt(&repository, branch, *commit)),
            None => (branch::default_branch(&repository)?, None),
        };
        let tip = tip_of(&repository, &branch, upstream)?;
        let meter = Meter::new(clock);
        if !matches!(fetched, Some(Ok(())))
            && let Some(at) = mirror.as_ref().and_then(Mirror::fetched_at)
        {
            meter.looked_before(at);
        }
        if matches!(fetched, Some(Err(_))) {
            meter.ended(Outcome::Failed);
        }
        let mut parsed = within("parsed").map(|path| Parsed::open(&path, lint::SOUNDNESS));
        let leads = |commit: &CommitId| {
            tip.is_some_and(|tip| repository.is_first_parent_ancestor(*commit, tip).unwrap_or(false))
        };
        // What was accepted counts as served, where the branch still is there.
        let accepted = cursor.accepted(&branch).map(|(_, new)| new).filter(leads);
        let last = accepted.or_else(|| cursor.read(&branch));
        let start = Start { parsed: parsed.as_ref(), history: within("history"), trust_root, progress };
        let Begun { ledger, current, commit, instead_of } = begin(&repository, (&branch, tip), last, &start)?;
        if let Some(parsed) = &mut parsed {
            parsed.forget();
        }
        let nudges = Nudges::default();
        if fetched.is_none() {
            nudges.wake();
        }
        // Of a branch that is gone, what came in its place says more.
        let why = if tip.is_none() { doubt.or(instead_of) } else { instead_of.or(doubt) };
        let instead_of = why.or(fetched.and_then(Result::err));
        if current.registry.settings.is_none() {
            return Err(Error::NoSettings(branch));
        }
        if Some(commit) == tip {
            cursor.write(&branch, commit);
        }
        if cursor.keeps() {
            ledger.decisions.pin(&repository);
        }
        let trouble = instead_of.map(|error| Trouble {
            commit: tip.filter(|tip| *tip != commit).map(|tip| tip.to_string()),
            since: meter.clock().text(),
            ..Trouble::of(&error)
        });
        let place = current.place(commit);
        meter.serves(ledger.landings.last().map_or(0, |landing| landing.at));
        Ok(Self {
            events: Events::new(Moment { place, at: meter.clock().text() }),
            meter,
            nudges,
            hearing: Hearing::default(),
            records: OnceLock::new(),
            runner: OnceLock::new(),
            access: Callers::default(),
            repository,
            branch,
            upstream,
            trust_root,
            mirror,
            parsed,
            cursor,
            indexing: Indexing::within(data),
            current: ArcSwap::from_pointee(current),
            ledger: Mutex::new(ledger),
            views: Mutex::new(Views::default()),
            proposed: Mutex::default(),
            trouble: ArcSwap::from_pointee(trouble),
        })
    }
}

/// Where a branch is, as the remote has it where that is what counts.
pub(super) fn tip_of(repository: &Repository, branch: &str, upstream: bool) -> Result<Option<CommitId>, git::Error> {
    match upstream.then(|| repository.remote_tip("origin", branch)).transpose()?.flatten() {
        Some(tip) => Ok(Some(tip)),
        None => repository.tip(branch),
    }
}

/// When a remote that was fetched before is asked for what is newer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Now,
    Later,
}

/// A repository that can be read.
pub(super) struct Reached {
    pub(super) mirror: Option<Mirror>,
    pub(super) repository: Repository,
    /// Whether all that is newer is there: none where nobody asked for it.
    pub(super) fetched: Option<Result<(), Error>>,
}

/// The repository to read: the one on this machine, or the mirror of a remote. A remote that cannot be reached is no reason
/// not to serve what its mirror holds.
pub(super) fn reach(
    source: Source,
    place: Option<PathBuf>,
    asked: Asked,
    progress: Progress<'_>,
) -> Result<Reached, Error> {
    let (url, access) = match source {
        Source::Local(path) => {
            progress(Step { name: "reading the repository", done: 0, total: 0 });
            return Ok(Reached { mirror: None, repository: Repository::open(&path)?, fetched: Some(Ok(())) });
        }
        Source::Remote { url, access } => (url, access),
    };
    progress(Step { name: "fetching", done: 0, total: 0 });
    let place = place.ok_or_else(|| Error::Refused("a remote needs a folder for its mirror: name one".to_owned()))?;
    let mirror = Mirror::open(&place, &url, access)?;
    if asked == Asked::Later && mirror.repository()?.has_branches()? {
        return Ok(Reached { repository: mirror.repository()?, mirror: Some(mirror), fetched: None });
    }
    let fetched = mirror.fetch();
    let repository = mirror.repository()?;
    match fetched {
        Err(error) if !repository.has_branches()? => Err(error.into()),
        fetched => {
            let fetched = fetched.map(drop).map_err(Error::from);
            Ok(Reached { mirror: Some(mirror), repository, fetched: Some(fetched) })
        }
    }
}

/// The first state.
pub(super) struct Begun {
    ledger: Ledger,
    pub(super) current: Current,
    commit: CommitId,
    /// Why it is not that of the newest commit.
    instead_of: Option<Error>,
}

/// Reads the state of the newest commit; where there is none, or it cannot be, or does not come after what was served last,
/// of the latter.
pub(super) fn begin(
    repository: &Repository,
    (branch, tip): (&str, Option<CommitId>),
    last: Option<CommitId>,
    start: &Start<'_>,
) -> Result<Begun, Error> {
    let read = |commit: CommitId| -> Result<Begun, Error> {
        let (ledger, touched) = Ledger::read(repository, commit, start)?;
        let current = effective::next(&Current::nothing(), &ledger, &touched);
        Ok(Begun { ledger, current, commit, instead_of: None })
    };
    let none = || Error::NoCommit(branch.to_owned());
    let Some(old) = last.filter(|old| Some(*old) != tip) else { return read(tip.ok_or_else(none)?) };
    let refused = match tip.map(|tip| (tip, repository.is_first_parent_ancestor(old, tip))) {
        Some((tip, Ok(true))) => match read(tip) {
            Ok(begun) => return Ok(begun),
            Err(error) => error,
        },
        Some((new, Ok(false))) => Error::Rewritten { old, new },
        Some((_, Err(error))) => error.into(),
        None => none(),
    };
    // What was served last may be gone too: then why the newest is not served is what to tell.
    let Ok(begun) = read(old) else { return Err(refused) };
    Ok(Begun { instead_of: Some(refused), ..begun })
}
