//! Live: what a run does, told to somebody who looks on.

use super::items::{RunItem, StepItem};
use crate::{
    app::{App, Error},
    domain::RunStatus,
};
use serde::Serialize;
use std::{collections::VecDeque, sync::Arc, time::Duration};
use tokio::sync::broadcast::{self, error::RecvError};
use uuid::Uuid;

/// How often a run is looked at that another process performs.
const LOOK: Duration = Duration::from_secs(1);

/// Something that happened in a run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunEvent {
    /// How many steps had ended by then: who comes back begins there.
    pub place: usize,
    /// What happened.
    pub what: RunMove,
}

/// What happened in a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum RunMove {
    /// A step has ended.
    Step(Box<StepItem>),
    /// The run is somewhere else, first of all where it was when somebody began to look on. Its steps are told by themselves.
    Run(Box<RunItem>),
}

impl RunMove {
    /// What it is called.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Step(_) => "step",
            Self::Run(_) => "run",
        }
    }
}

/// Somebody who looks on.
#[derive(Debug)]
pub struct RunWatch {
    app: Arc<App>,
    run: Uuid,
    shows: bool,
    /// How many steps were told, and where the run was.
    told: (usize, Option<RunStatus>),
    waiting: VecDeque<RunEvent>,
    moves: Option<broadcast::Receiver<Uuid>>,
}

impl App {
    /// Tells what a run does, from a number of steps on, until it has ended.
    ///
    /// # Errors
    /// Where there is no such run, or the database is away.
    pub async fn watch_run(self: &Arc<Self>, run: &str, from: usize, shows: bool) -> Result<RunWatch, Error> {
        // Before it is read, so that nothing is missed.
        let moves = self.runner.get().map(|runner| runner.moves());
        let item = self.run(run, shows).await?;
        let mut watch = RunWatch {
            app: Arc::clone(self),
            run: item.id,
            shows,
            told: (from, None),
            waiting: VecDeque::new(),
            moves,
        };
        watch.take(item);
        Ok(watch)
    }
}

impl RunWatch {
    /// What happens next; none where the run has ended and all was told.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn next(&mut self) -> Result<Option<RunEvent>, Error> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Ok(Some(event));
            }
            if self.told.1.is_some_and(RunStatus::is_end) {
                return Ok(None);
            }
            self.wait().await;
            match self.app.run_of(self.run, self.shows).await? {
                Some(item) => self.take(item),
                None => return Ok(None),
            }
        }
    }

    fn take(&mut self, mut item: RunItem) {
        let steps = item.steps.take().unwrap_or_default();
        for (place, step) in steps.into_iter().enumerate().skip(self.told.0) {
            self.told.0 = place + 1;
            self.waiting.push_back(RunEvent { place: place + 1, what: RunMove::Step(Box::new(step)) });
        }
        if self.told.1 != Some(item.status) {
            self.told.1 = Some(item.status);
            self.waiting.push_back(RunEvent { place: self.told.0, what: RunMove::Run(Box::new(item)) });
        }
    }

    /// Waits until the run moves on, or somebody else may have moved it on.
    async fn wait(&mut self) {
        let moved = async {
            let Some(moves) = &mut self.moves else { return std::future::pending().await };
            loop {
                match moves.recv().await {
                    Ok(run) if run != self.run => {}
                    Ok(_) | Err(RecvError::Lagged(_)) => return,
                    Err(RecvError::Closed) => return std::future::pending().await,
                }
            }
        };
        let _ = tokio::time::timeout(LOOK, moved).await;
    }
}
