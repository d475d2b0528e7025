//! Following the repository: the one place where the current state is swapped.

use super::{
    Error, branch,
    current::Current,
    effective,
    ledger::Ledger,
    shelf::Shelf,
    status::Status,
    view::{self, Past},
};
use crate::git::{CommitId, Repository};
use arc_swap::ArcSwap;
use serde::Serialize;
use std::{
    collections::VecDeque,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// How many other states (`ref`, `at`) are kept.
const VIEWS: usize = 8;

/// A registry that is followed: the state that is served, and what is needed to make the next one.
#[derive(Debug)]
pub struct App {
    repository: Repository,
    branch: String,
    current: ArcSwap<Current>,
    ledger: Mutex<Ledger>,
    views: Mutex<Views>,
    trouble: ArcSwap<Option<Trouble>>,
}

/// Other states, made with a lock and a shelf of their own, so that they never hold up what is served.
#[derive(Debug, Default)]
struct Views {
    shelf: Shelf,
    made: VecDeque<(View, Arc<Current>)>,
}

/// A state other than the current one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct View {
    commit: CommitId,
    /// Whether it is what was served then, and not the commit's own files.
    is_past: bool,
    /// The commit that is served while it is asked for.
    served: Option<CommitId>,
}

/// Why the newest commit is not served.
#[derive(Debug, Clone, Serialize)]
pub struct Trouble {
    /// The commit that could not be served, if one is known.
    pub commit: Option<String>,
    /// What went wrong.
    pub message: String,
}

impl App {
    /// Opens the repository at `path` and reads what its default branch serves.
    ///
    /// # Errors
    /// Where there is no repository, or its default branch has no commit.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let repository = Repository::open(path)?;
        let branch = branch::default_branch(&repository)?;
        let tip = repository.tip(&branch)?.ok_or_else(|| Error::NoCommit(branch.clone()))?;
        let mut ledger = Ledger::default();
        let touched = ledger.advance(&repository, tip)?;
        let current = effective::next(&Current::nothing(), &ledger, &touched);
        if current.registry.settings.is_none() {
            return Err(Error::NoSettings(branch));
        }
        Ok(Self {
            repository,
            branch,
            current: ArcSwap::from_pointee(current),
            ledger: Mutex::new(ledger),
            views: Mutex::default(),
            trouble: ArcSwap::default(),
        })
    }

    /// The state that is served. Takes no lock.
    #[must_use]
    pub fn current(&self) -> Arc<Current> {
        self.current.load_full()
    }

    /// The state that is served, for as long as one answer takes. Takes no lock and counts no reference.
    #[must_use]
    pub fn peek(&self) -> arc_swap::Guard<Arc<Current>> {
        self.current.load()
    }

    /// The branch that is followed.
    #[must_use]
    pub fn branch(&self) -> &str {
        &self.branch
    }

    /// The repository.
    #[must_use]
    pub const fn repository(&self) -> &Repository {
        &self.repository
    }

    /// Why the newest commit is not served, if it is not.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        (**self.trouble.load()).clone()
    }

    /// Looks at the branch and serves its newest commit. Answers whether there was a new one. Blocks.
    ///
    /// # Errors
    /// Where Git fails or the branch was rewritten. What was served before is served on, and [`App::trouble`] says why.
    pub fn sync(&self) -> Result<bool, Error> {
        let tried = self.try_sync();
        let trouble = tried.as_ref().err().map(|error| Trouble {
            commit: self.repository.tip(&self.branch).ok().flatten().map(|tip| tip.to_string()),
            message: error.to_string(),
        });
        self.trouble.store(Arc::new(trouble));
        tried
    }

    fn try_sync(&self) -> Result<bool, Error> {
        if self.current.load().commit == self.repository.tip(&self.branch)? {
            return Ok(false);
        }
        let mut ledger = self.ledger();
        // Read again under the lock: whoever held it may have followed already.
        let tip = self.repository.tip(&self.branch)?.ok_or_else(|| Error::NoCommit(self.branch.clone()))?;
        if self.current.load().commit == Some(tip) {
            return Ok(false);
        }
        if let Some(old) = ledger.tip
            && !self.repository.is_first_parent_ancestor(old, tip)?
        {
            return Err(Error::Rewritten { old, new: tip });
        }
        let touched = ledger.advance(&self.repository, tip)?;
        let next = effective::next(&self.current.load(), &ledger, &touched);
        self.current.store(Arc::new(next));
        Ok(true)
    }

    /// The state of a branch, tag or commit. Blocks.
    ///
    /// # Errors
    /// Where there is no such ref, or Git fails.
    pub fn at_ref(&self, name: &str) -> Result<Arc<Current>, Error> {
        let commit = self.repository.resolve(name)?;
        self.view(View { commit, is_past: false, served: None })
    }

    /// What was served at a time (RFC 3339, or seconds since 1970). Blocks.
    ///
    /// # Errors
    /// Where the time cannot be read, or nothing had been committed by then.
    pub fn at_time(&self, time: &str) -> Result<Arc<Current>, Error> {
        let wrong = || Error::Parameter {
            field: "at".to_owned(),
            reason: format!("`{}` is no time: write 2026-11-22T14:02:00Z", time.chars().take(40).collect::<String>()),
        };
        let seconds = match time.parse::<i64>() {
            Ok(seconds) => seconds,
            Err(_) => time.parse::<jiff::Timestamp>().map_err(|_| wrong())?.as_second(),
        };
        let tip = self.current.load().commit.ok_or_else(|| Error::NoCommit(self.branch.clone()))?;
        let commit = self.repository.commit_at(tip, seconds)?;
        let missing = || Error::Missing { what: "commit at", name: time.to_owned() };
        self.view(View { commit: commit.ok_or_else(missing)?, is_past: true, served: None })
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn view(&self, view: View) -> Result<Arc<Current>, Error> {
        let served = self.current();
        // What was withdrawn since counts in every view, so that a view belongs to what is served now.
        let view = View { served: served.commit, ..view };
        let mut views = self.views.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, state)) = views.made.iter().find(|(other, _)| *other == view) {
            return Ok(Arc::clone(state));
        }
        let state = if view.is_past {
            let past = Past::new(&self.ledger(), view.commit, &served.registry)?;
            past.read(&self.repository, &served.registry, &mut views.shelf)?
        } else {
            view::at_commit(&self.repository, view.commit, &served, &mut views.shelf)?
        };
        let state = Arc::new(state);
        views.made.push_front((view, Arc::clone(&state)));
        if views.made.len() > VIEWS {
            views.made.truncate(VIEWS);
            views.shelf = Shelf::default();
        }
        Ok(state)
    }

    /// Looks at the branch again and again, `every` so often, until the future is dropped.
    pub async fn watch(self: Arc<Self>, every: Duration) {
        let mut ticks = tokio::time::interval(every);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let app = Arc::clone(&self);
            let before = self.trouble().map(|trouble| trouble.message);
            match tokio::task::spawn_blocking(move || app.sync()).await {
                Ok(Ok(true)) => self.report().await,
                Ok(Ok(false)) => {}
                Ok(Err(error)) if before.as_ref() == Some(&error.to_string()) => {}
                Ok(Err(error)) => tracing::error!(%error, "the newest commit is not served"),
                Err(error) => tracing::error!(%error, "looking at the repository failed"),
            }
        }
    }

    async fn report(self: &Arc<Self>) {
        let current = self.current();
        let commit = current.commit.map(|commit| commit.to_string()).unwrap_or_default();
        let (prompts, versions) = (current.registry.listed().count(), current.version_count());
        tracing::info!(commit, prompts, versions, "serving");
        let app = Arc::clone(self);
        // What is held back is read for this, after it is served.
        let told = tokio::task::spawn_blocking(move || app.status(&current).map(tell));
        match told.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "what is held back cannot be told"),
            Err(error) => tracing::error!(%error, "looking at what is held back failed"),
        }
    }
}

fn tell(status: &Status) {
    for quarantined in &status.quarantined {
        for diagnostic in &quarantined.diagnostics {
            let (line, column) = (diagnostic.line, diagnostic.column);
            tracing::warn!(path = quarantined.path, line, column, rule = diagnostic.rule, "{}", diagnostic.message);
        }
    }
}
