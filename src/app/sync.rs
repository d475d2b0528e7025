//! Following the repository: the one place where the current state is swapped.

use super::{Error, cache::Cache, current::Current, effective, ledger::Ledger};
use crate::git::{CommitId, Repository};
use arc_swap::ArcSwap;
use serde::Serialize;
use std::{
    collections::VecDeque,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
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
    follower: Mutex<Follower>,
    views: Mutex<VecDeque<(View, Arc<Current>)>>,
    trouble: ArcSwap<Option<Trouble>>,
}

#[derive(Debug, Default)]
struct Follower {
    ledger: Ledger,
    cache: Cache,
}

/// A state other than the current one, by commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    Landing(CommitId),
    Commit(CommitId),
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
        let branch = default_branch(&repository)?;
        let tip = repository.tip(&branch)?.ok_or_else(|| Error::NoCommit(branch.clone()))?;
        let mut follower = Follower::default();
        let current = follower.follow(&repository, tip)?;
        Ok(Self {
            repository,
            branch,
            current: ArcSwap::from_pointee(current),
            follower: Mutex::new(follower),
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
        let tip = self.repository.tip(&self.branch)?.ok_or_else(|| Error::NoCommit(self.branch.clone()))?;
        let served = self.current.load().commit;
        if served == Some(tip) {
            return Ok(false);
        }
        let mut follower = self.follower.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(old) = follower.ledger.tip
            && !self.repository.is_first_parent_ancestor(old, tip)?
        {
            return Err(Error::Rewritten { old, new: tip });
        }
        let next = follower.follow(&self.repository, tip)?;
        self.current.store(Arc::new(next));
        Ok(true)
    }

    /// The state of a branch, tag or commit. Blocks.
    ///
    /// # Errors
    /// Where there is no such ref, or Git fails.
    pub fn at_ref(&self, name: &str) -> Result<Arc<Current>, Error> {
        let commit = self.repository.resolve(name)?;
        self.view(View::Commit(commit))
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
        self.view(View::Landing(commit.ok_or_else(missing)?))
    }

    fn view(&self, view: View) -> Result<Arc<Current>, Error> {
        let known = |views: &VecDeque<(View, Arc<Current>)>| {
            views.iter().find(|(other, _)| *other == view).map(|(_, state)| Arc::clone(state))
        };
        // The follower's lock is held while a state is made, so that the same one is not made twice.
        let mut follower = self.follower.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(state) = known(&self.views.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(state);
        }
        let Follower { ledger, cache } = &mut *follower;
        let state = match view {
            View::Landing(commit) => effective::at_landing(&self.repository, ledger, commit, cache)?,
            View::Commit(commit) => effective::at_commit(&self.repository, commit, &self.current.load(), cache)?,
        };
        let state = Arc::new(state);
        let mut views = self.views.lock().unwrap_or_else(PoisonError::into_inner);
        views.push_front((view, Arc::clone(&state)));
        views.truncate(VIEWS);
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
                Ok(Ok(true)) => report(&self.current()),
                Ok(Ok(false)) => {}
                Ok(Err(error)) if before.as_ref() == Some(&error.to_string()) => {}
                Ok(Err(error)) => tracing::error!(%error, "the newest commit is not served"),
                Err(error) => tracing::error!(%error, "looking at the repository failed"),
            }
        }
    }
}

fn report(current: &Current) {
    let commit = current.commit.map(|commit| commit.to_string()).unwrap_or_default();
    tracing::info!(commit, prompts = current.registry.prompts.len(), versions = current.version_count(), "serving");
    for quarantined in &current.status.quarantined {
        for diagnostic in &quarantined.diagnostics {
            let (line, column) = (diagnostic.line, diagnostic.column);
            tracing::warn!(path = quarantined.path, line, column, rule = diagnostic.rule, "{}", diagnostic.message);
        }
    }
}

impl Follower {
    fn follow(&mut self, repository: &Repository, tip: CommitId) -> Result<Current, Error> {
        self.ledger.advance(repository, tip)?;
        effective::at_landing(repository, &self.ledger, tip, &mut self.cache)
    }
}

/// The branch that `registry.toml` names on the branch that is checked out, else that branch itself.
fn default_branch(repository: &Repository) -> Result<String, Error> {
    let head = repository.head_branch()?.unwrap_or_else(|| "main".to_owned());
    let Some(tip) = repository.tip(&head)? else { return Ok(head) };
    let tree = repository.tree(tip)?;
    let Some(entry) = tree.entries.iter().find(|entry| &*entry.path == crate::domain::REGISTRY_FILE) else {
        return Err(Error::Files(crate::files::Error::NoRegistry(repository.git_dir().to_owned())));
    };
    let limits = crate::domain::Limits::default();
    let mut blobs = repository.blobs(&[entry.blob], 1 << 20)?;
    let Some(Ok(bytes)) = blobs.pop() else { return Ok(head) };
    let document = crate::files::Document::read(&entry.path, crate::domain::Location::Registry, &bytes, &limits);
    match document.entity {
        Some(crate::files::Entity::Registry(settings))
            if repository.tip(&settings.registry.default_branch)?.is_some() =>
        {
            Ok(settings.registry.default_branch.clone())
        }
        _ => Ok(head),
    }
}
