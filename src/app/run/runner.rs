//! The runner: what performs runs in this process, and what it was told about that.

use super::{
    model::Model,
    places::{Place, Places},
    ready::{Plans, Ready},
    stored::Stored,
};
use crate::{
    app::{App, Error},
    domain::{ModelName, WorkflowName},
    store::{Run, RunStep},
};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Notify, broadcast, mpsc},
    task::AbortHandle,
};
use uuid::Uuid;

/// How many moves of runs are remembered for those who look on; who is slower reads anew.
const MOVES: usize = 1_024;

/// How runs are performed here.
#[derive(Debug, Clone)]
pub struct RunSettings {
    /// The profile for steps that name none, and whose version names none.
    pub default_model: Option<ModelName>,
    /// The most runs at a time in this process.
    pub at_once: usize,
    /// The most of one workflow.
    pub at_once_each: usize,
    /// The most that are queued; more are refused.
    pub queued: usize,
    /// For how long a run is left to a process that is not heard of any more, by the database's own clock.
    pub lease: Duration,
    /// How long a run may take, from when it is taken up first.
    pub time_limit: Duration,
    /// How often a run is taken up without that a step of it ends, before it fails.
    pub tries: u32,
    /// What is stored of what goes in and comes out.
    pub stored: Stored,
}

impl Default for RunSettings {
    /// 64 runs at a time and 16 of a workflow, 10,000 queued, an hour each; all is stored.
    fn default() -> Self {
        Self {
            default_model: None,
            at_once: 64,
            at_once_each: 16,
            queued: 10_000,
            lease: Duration::from_secs(30),
            time_limit: Duration::from_secs(3_600),
            tries: 5,
            stored: Stored::default(),
        }
    }
}

/// What performs runs in this process.
#[derive(Debug)]
pub struct Runner {
    pub(super) settings: RunSettings,
    pub(super) model: Arc<dyn Model>,
    /// What the database knows this process by.
    pub(super) by: Uuid,
    pub(super) plans: Plans,
    pub(super) places: Arc<Places>,
    /// Runs that begin here at once, past the queue.
    pub(super) begun: mpsc::UnboundedSender<Job>,
    pub(super) waiting: Mutex<Option<mpsc::UnboundedReceiver<Job>>>,
    /// Told where something was queued.
    pub(super) wake: Notify,
    /// What is queued, as far as that is known.
    behind: Mutex<Behind>,
    running: Mutex<HashMap<Uuid, AbortHandle>>,
    moves: broadcast::Sender<Uuid>,
}

/// What is queued, as far as that is known.
#[derive(Debug)]
pub(super) struct Behind {
    /// Whether there may be something of any workflow.
    pub anything: bool,
    /// Workflows of which there may be something, since they had no place.
    pub full: HashSet<String>,
}

/// A run that is claimed, and what it needs to go on.
#[derive(Debug)]
pub(super) struct Job {
    pub run: Run,
    pub ready: Arc<Ready>,
    pub ended: Vec<RunStep>,
    pub place: Place,
}

impl Runner {
    /// What performs runs, asking these models. Nothing is performed before [`App::watch`] looks after it.
    #[must_use]
    pub fn new(settings: RunSettings, model: Arc<dyn Model>) -> Self {
        // As many at most as there are places.
        let (begun, waiting) = mpsc::unbounded_channel();
        Self {
            places: Places::new(settings.at_once, settings.at_once_each),
            settings,
            model,
            by: Uuid::now_v7(),
            plans: Plans::default(),
            begun,
            waiting: Mutex::new(Some(waiting)),
            wake: Notify::new(),
            behind: Mutex::new(Behind { anything: true, full: HashSet::new() }),
            running: Mutex::default(),
            moves: broadcast::channel(MOVES).0,
        }
    }

    /// How many runs go on in this process.
    #[must_use]
    pub fn count(&self) -> usize {
        self.places.count()
    }

    /// Tells those who look on that a run moved on.
    pub(super) fn tell(&self, run: Uuid) {
        // Where nobody looks on there is nobody to tell.
        let _ = self.moves.send(run);
    }

    pub(super) fn moves(&self) -> broadcast::Receiver<Uuid> {
        self.moves.subscribe()
    }

    /// Notes that something was queued.
    pub(super) fn queued(&self) {
        self.behind().anything = true;
        self.wake.notify_one();
    }

    /// A place for a run that goes past the queue; none where there is no place, or others wait for one.
    pub(super) fn place(&self, workflow: &WorkflowName) -> Option<Place> {
        let behind = self.behind();
        if behind.anything || behind.full.contains(workflow.as_str()) {
            return None;
        }
        self.places.take(workflow)
    }

    /// Whether something may be queued that there is a place for.
    pub(super) fn may_claim(&self) -> bool {
        let behind = self.behind();
        (behind.anything && self.places.is_open(None))
            || behind.full.iter().any(|workflow| self.places.is_open(Some(workflow)))
    }

    pub(super) fn behind(&self) -> MutexGuard<'_, Behind> {
        self.behind.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The runs that go on in this process, each with what gives it up.
    pub(super) fn running(&self) -> MutexGuard<'_, HashMap<Uuid, AbortHandle>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a run up that goes on here.
    pub(super) fn give_up(&self, run: Uuid) {
        let running = self.running().remove(&run);
        if let Some(running) = running {
            running.abort();
        }
    }
}

impl App {
    /// Has workflows run in this process from now on; once, and only where records are kept. [`App::watch`] looks after it.
    pub fn run_workflows(&self, runner: Runner) {
        if self.runner.set(Arc::new(runner)).is_err() {
            tracing::error!("workflows are run here already");
        }
    }

    /// What performs runs in this process.
    ///
    /// # Errors
    /// Where nothing does.
    pub fn runner(&self) -> Result<&Arc<Runner>, Error> {
        self.runner.get().ok_or(Error::NoRunner)
    }
}
