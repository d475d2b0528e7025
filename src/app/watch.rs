//! Watching: when the repository is looked at, and what the log says of it.

use super::{App, Outcome, Status};
use std::{sync::Arc, time::Duration};
use tokio::time::MissedTickBehavior;

impl App {
    /// Looks at the branch again and again, `every` so often, until the future is dropped.
    pub async fn watch(self: Arc<Self>, every: Duration) {
        let mut ticks = tokio::time::interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = self.nudges.wait() => {}
            }
            let asked = self.nudges.asked();
            let app = Arc::clone(&self);
            let before = self.trouble().map(|trouble| trouble.message);
            let looked = tokio::task::spawn_blocking(move || app.sync()).await;
            if looked.is_err() {
                // A bug of ours; what was served before is served on.
                self.meter.ended(Outcome::Failed);
                self.remember(Some("looking at the repository failed: the log says more".to_owned()));
            }
            self.nudges.over(asked, self.trouble());
            match looked {
                Ok(Ok(true)) => self.report().await,
                Ok(Ok(false)) => {}
                Ok(Err(error)) if before.as_ref() == Some(&error.to_string()) => {}
                Ok(Err(error)) => tracing::error!(%error, "the newest commit is not served"),
                Err(error) => tracing::error!(%error, "looking at the repository failed"),
            }
        }
    }

    async fn report(self: &Arc<Self>) {
        let (current, last) = (self.current(), self.meter.last());
        let commit = current.commit.map(|commit| commit.to_string()).unwrap_or_default();
        let (prompts, versions) = (current.registry.listed().count(), current.version_count());
        let (changed, ms, phases) = (last.changed, last.milliseconds(), last.phases());
        let quarantined = current.held.files().count();
        tracing::info!(commit, changed, prompts, versions, quarantined, ms, phases, "serving");
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
