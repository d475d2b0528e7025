//! Nudges: callers who want the repository to be looked at now; many become one look.

use super::{App, Trouble};
use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{Notify, watch};

/// What a nudge led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Nudged {
    /// The commit that is served now.
    pub commit: Option<String>,
    /// Whether it is another one than before.
    pub changed: bool,
}

#[derive(Debug, Default)]
pub(super) struct Nudges {
    asked: AtomicU64,
    wake: Notify,
    /// Up to which nudge the repository was looked at, and what was wrong then.
    over: watch::Sender<(u64, Option<Trouble>)>,
}

impl Nudges {
    /// Waits for a nudge; one that came during the last look counts.
    pub(super) async fn wait(&self) {
        self.wake.notified().await;
    }

    /// Has the repository looked at soon, without waiting for it.
    pub(super) fn wake(&self) {
        self.wake.notify_one();
    }

    /// How many nudges there were: read before a look, since the look answers those and no later ones.
    pub(super) fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }

    /// Answers everyone who nudged before a look that is over.
    pub(super) fn over(&self, asked: u64, trouble: Option<Trouble>) {
        self.over.send_replace((asked, trouble));
    }
}

impl App {
    /// Has the repository looked at now, and waits until a look that began after this call is over. [`App::watch`] does
    /// the looking: without it this waits forever.
    ///
    /// # Errors
    /// Where the newest commit could not be served; what was served before still is.
    pub async fn nudge(&self) -> Result<Nudged, Trouble> {
        let before = self.peek().commit;
        let mut over = self.nudges.over.subscribe();
        let own = self.nudges.asked.fetch_add(1, Ordering::SeqCst) + 1;
        self.nudges.wake.notify_one();
        let trouble = match over.wait_for(|(asked, _)| *asked >= own).await {
            Ok(over) => over.1.clone(),
            // The sender lives as long as the app.
            Err(_) => None,
        };
        let now = self.peek().commit;
        let nudged = Nudged { commit: now.map(|commit| commit.to_string()), changed: now != before };
        trouble.map_or(Ok(nudged), Err)
    }
}
