//! Watching: when the repository is looked at, and what the log says of it.

use super::{App, Outcome, Trouble, quarantine::Told};
use crate::git::Watched;
use notify::{RecursiveMode, Watcher as _};
use std::{
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
    time::Duration,
};
use tokio::sync::watch::{Receiver, Sender};

/// How often a repository on this machine is looked at while its own files are watched, and where they cannot be.
/// Reading the tip of a branch takes microseconds.
const LOOK: Duration = Duration::from_secs(1);
const LOOK_BLINDLY: Duration = Duration::from_millis(200);

/// The longest pause after a remote could not be reached again and again.
const LONGEST: Duration = Duration::from_secs(300);

/// The pause before an index that could not be made is tried again, the first time.
const RETRY: Duration = Duration::from_secs(1);

impl App {
    /// Looks at the repository whenever something moves in it and somebody nudges, and at intervals in any case, until the
    /// future is dropped. A remote is fetched `every` so often; after failures less and less often.
    ///
    /// What holds nobody up is done aside: the search index is made where there is none, what was parsed is kept, and the
    /// log is told what is held back. Where several states came meanwhile, only the newest counts.
    pub async fn watch(self: Arc<Self>, every: Duration) {
        let (served, searched) = tokio::sync::watch::channel(());
        let (held, recorded) = (served.subscribe(), served.subscribe());
        tokio::join!(
            self.follow(every, &served),
            self.stay_searchable(searched),
            self.tell_held(held),
            self.stop_pins(),
            self.tend_records(recorded),
            self.tend_runs()
        );
    }

    async fn follow(self: &Arc<Self>, every: Duration, served: &Sender<()>) {
        let watcher = if self.mirror.is_none() { self.watcher() } else { None };
        let mut failures: u32 = 0;
        self.keep_aside();
        loop {
            let pause = match (&self.mirror, &watcher) {
                (Some(_), _) => pause(every, failures),
                (None, Some(_)) => LOOK,
                (None, None) => LOOK_BLINDLY,
            };
            let pause = self.hearing.pause().map_or(pause, |late| late.min(pause));
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.nudges.wait() => {}
            }
            failures = if self.look(served).await { 0 } else { failures.saturating_add(1) };
        }
    }

    /// Makes the index of what is served whenever there is none; where that fails, again after a while.
    async fn stay_searchable(self: &Arc<Self>, mut served: Receiver<()>) {
        let mut failures: u32 = 0;
        loop {
            let app = Arc::clone(self);
            let error = match tokio::task::spawn_blocking(move || app.index()).await {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error.to_string()),
                Err(error) => Some(error.to_string()),
            };
            failures = if error.is_none() { 0 } else { failures.saturating_add(1) };
            if let Some(error) = error {
                tracing::error!(error, failures, "what is served cannot be searched");
            }
            let is_searchable = self.peek().index.get().is_some();
            tokio::select! {
                () = tokio::time::sleep(pause(RETRY, failures)), if !is_searchable => {}
                changed = served.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Has pins hold no longer than they should, whether the database is in reach or not.
    async fn stop_pins(self: &Arc<Self>) {
        loop {
            tokio::time::sleep(LOOK).await;
            if self.has_lapsed() {
                let app = Arc::clone(self);
                // A failure there is a bug, which the log tells; the next look tries again.
                let _ = tokio::task::spawn_blocking(move || app.let_pins_lapse()).await;
            }
        }
    }

    /// Tells the log what is held back: all of it at the start, and after that what is new of it.
    async fn tell_held(self: &Arc<Self>, mut served: Receiver<()>) {
        let mut told = Told::default();
        loop {
            let app = Arc::clone(self);
            told = match tokio::task::spawn_blocking(move || app.tell(told)).await {
                Ok(told) => told,
                Err(error) => {
                    tracing::error!(%error, "looking at what is held back failed");
                    Told::default()
                }
            };
            if served.changed().await.is_err() {
                return;
            }
        }
    }

    /// Looks once, answers who asked for it, and tells the log. Says whether the newest commit is served.
    async fn look(self: &Arc<Self>, served: &Sender<()>) -> bool {
        let asked = self.nudges.asked();
        let app = Arc::clone(self);
        let before = self.trouble().map(|trouble| trouble.message);
        let looked = tokio::task::spawn_blocking(move || {
            app.attend();
            app.sync()
        });
        let looked = looked.await;
        if looked.is_err() {
            // A bug of ours; what was served before is served on.
            self.meter.ended(Outcome::Failed);
            self.remember(Some(Trouble::said("looking at the repository failed: the log says more".to_owned())));
        }
        self.nudges.over(asked, self.trouble());
        let is_well = matches!(looked, Ok(Ok(_)));
        match looked {
            Ok(Ok(true)) => {
                self.report();
                served.send_replace(());
                self.keep_aside();
            }
            Ok(Ok(false)) => {}
            Ok(Err(error)) if before.as_ref() == Some(&error.to_string()) => {}
            Ok(Err(error)) => tracing::error!(%error, "{}", Trouble::of(&error).title()),
            Err(error) => tracing::error!(%error, "looking at the repository failed"),
        }
        is_well
    }

    /// Has the repository looked at whenever one of the files moves that say where its refs are.
    fn watcher(self: &Arc<Self>) -> Option<notify::RecommendedWatcher> {
        let folders = self.repository.watched();
        let (concerned, app) = (folders.clone(), Arc::downgrade(self));
        let told = move |event: notify::Result<notify::Event>| {
            // Where something went wrong, something may have been missed.
            let is_ours = |event: &notify::Event| {
                !event.kind.is_access()
                    && event.paths.iter().any(|path| concerned.iter().any(|folder: &Watched| folder.concerns(path)))
            };
            if event.as_ref().map_or(true, is_ours)
                && let Some(app) = app.upgrade()
            {
                app.nudges.wake();
            }
        };
        let watching = notify::recommended_watcher(told).and_then(|mut watcher| {
            for Watched { path, recursive } in &folders {
                let mode = if *recursive { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
                watcher.watch(path, mode)?;
            }
            Ok(watcher)
        });
        watching
            .inspect_err(|error| tracing::warn!(%error, "the repository is polled, since it cannot be watched"))
            .ok()
    }

    /// Keeps what was parsed, where it holds nobody up.
    fn keep_aside(self: &Arc<Self>) {
        let app = Arc::clone(self);
        tokio::task::spawn_blocking(move || app.keep());
    }

    /// Tells the log what is served.
    fn report(&self) {
        let (current, last) = (self.current(), self.meter.last());
        let commit = current.commit.map(|commit| commit.to_string()).unwrap_or_default();
        let (prompts, versions) = (current.registry.listed().count(), current.version_count());
        let (changed, ms, phases) = (last.changed, last.milliseconds(), last.phases());
        let quarantined = current.quarantined();
        tracing::info!(commit, changed, prompts, versions, quarantined, ms, phases, "serving");
    }
}

/// How long to wait for the next try: twice as long after every failure, and up to a tenth more, so that many servers
/// do not come at once.
fn pause(every: Duration, failures: u32) -> Duration {
    let doubled = every.saturating_mul(1 << failures.min(16)).min(LONGEST.max(every));
    let tenths = (RandomState::new().hash_one(failures) % 1000) as u32;
    doubled.saturating_add(doubled / 10_000 * tenths)
}
