//! Tending: runs are claimed where there are places for them, kept while they go on, and given up where they were cancelled.

use super::{
    fault::RunFault,
    perform::Told,
    places::Room,
    ready::Ready,
    runner::{Job, Runner},
    turn::Performance,
};
use crate::{
    app::{App, Error, Records, records::taken},
    domain::{RunStatus, WorkflowName},
    store::{Claim, Run, RunStep, claim_runs, claimed_still, hand_back_runs, plans_of, renew_claims, steps_of},
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{Instant, sleep_until},
};
use uuid::Uuid;

/// How often the queue is looked at where nobody says that something is in it.
const LOOK: Duration = Duration::from_secs(1);

/// How long handing back what goes on may take at the end.
const LAST_WORDS: Duration = Duration::from_secs(2);

impl App {
    /// Performs runs until the future is dropped; at once where none are performed here. A run that goes on then is given
    /// up, and goes on from its last finished step where somebody claims it when its lease is over.
    pub(in crate::app) async fn tend_runs(self: &Arc<Self>) {
        let (Ok(runner), Ok(records), Some(settings)) =
            (self.runner(), self.records(), &self.current().registry.settings)
        else {
            return;
        };
        let Some(begun) = taken(&runner.waiting) else { return };
        let tending = Tending { app: self, runner, records, tenant: settings.registry.id };
        // What begins here does not wait until the database was looked at.
        tokio::join!(tending.perform(begun), tending.look_after());
    }

    /// Puts back into the queue what goes on in this process, so that nobody waits for its lease: for when it stops.
    pub async fn hand_back_runs(&self) {
        let (Ok(runner), Ok(records)) = (self.runner(), self.records()) else { return };
        let Some(settings) = &self.current().registry.settings else { return };
        // What is handed back is not taken up here again.
        runner.places.close();
        for (_, running) in runner.running().drain() {
            running.abort();
        }
        let handed = hand_back_runs(records.engine(), settings.registry.id, runner.by);
        if !matches!(tokio::time::timeout(LAST_WORDS, records.ask(handed)).await, Ok(Ok(()))) {
            tracing::warn!("runs could not be handed back: others take them up when their time is over");
        }
    }
}

struct Tending<'a> {
    app: &'a Arc<App>,
    runner: &'a Arc<Runner>,
    records: &'a Arc<Records>,
    tenant: Uuid,
}

impl Tending<'_> {
    /// Has runs go on as they come, each by itself.
    async fn perform(&self, mut begun: mpsc::UnboundedReceiver<Job>) {
        let mut tasks = JoinSet::new();
        loop {
            tokio::select! {
                Some(job) = begun.recv() => self.spawn(job, &mut tasks),
                Some(ended) = tasks.join_next() => {
                    if let Err(error) = ended && error.is_panic() {
                        tracing::error!(%error, "a run failed; it is taken up again");
                    }
                    // Its place is free.
                    self.runner.wake.notify_one();
                }
            }
        }
    }

    /// Looks at the database at intervals, and whenever there may be something to claim.
    async fn look_after(&self) {
        let pause = LOOK.min(self.runner.settings.lease / 3).max(Duration::from_millis(1));
        let mut next = Instant::now();
        loop {
            let is_time = next <= Instant::now();
            if is_time || self.runner.may_claim() {
                let looked = self.look(is_time).await;
                if let Err(error) = &looked {
                    tracing::debug!(%error, "runs cannot be claimed");
                }
                if is_time || looked.is_err() {
                    next = Instant::now() + pause;
                }
            }
            tokio::select! {
                () = sleep_until(next) => {}
                () = self.runner.wake.notified() => {}
            }
        }
    }

    /// Says that what goes on here goes on, gives up what does not, and claims as much as there are places for.
    async fn look(&self, is_time: bool) -> Result<(), Error> {
        self.records.in_reach()?;
        if is_time {
            self.keep().await?;
            self.claim(true).await?;
        }
        // What is queued from now on is known of after this.
        self.runner.behind().anything = false;
        let claimed = self.claim(false).await;
        let mut behind = self.runner.behind();
        match &claimed {
            Ok(Some(full)) => behind.full = full.iter().cloned().collect(),
            Ok(None) | Err(_) => behind.anything = true,
        }
        drop(behind);
        claimed.map(drop)
    }

    async fn keep(&self) -> Result<(), Error> {
        let running: Vec<Uuid> = self.runner.running().keys().copied().collect();
        if running.is_empty() {
            return Ok(());
        }
        let (engine, by, lease) = (self.records.engine(), self.runner.by, self.runner.settings.lease);
        self.records.ask(renew_claims(engine, self.tenant, by, &running, lease)).await?;
        let still: HashSet<Uuid> = self.records.ask(claimed_still(engine, self.tenant, by)).await?;
        // What ended since is not running any more either, and giving it up does nothing.
        running.into_iter().filter(|run| !still.contains(run)).for_each(|run| self.runner.give_up(run));
        Ok(())
    }

    /// Claims runs, for as long as there are places. Where nothing is left to claim, answers the workflows of which there may
    /// be something all the same, since they have no place.
    async fn claim(&self, is_lapsed: bool) -> Result<Option<Vec<String>>, Error> {
        while let Some(mut room) = self.runner.places.room() {
            let (most, full) = (room.most, std::mem::take(&mut room.full));
            let claim = Claim {
                tenant: self.tenant,
                by: self.runner.by,
                lease: self.runner.settings.lease,
                most,
                but: &full.iter().map(String::as_str).collect::<Vec<_>>(),
                is_lapsed,
            };
            let claimed = self.records.ask(claim_runs(self.records.engine(), claim)).await?;
            let count = claimed.len();
            self.take_up(claimed, &mut room).await?;
            if count < most {
                return Ok(Some(full));
            }
        }
        Ok(None)
    }

    /// Has claimed runs go on.
    async fn take_up(&self, claimed: Vec<Run>, room: &mut Room) -> Result<(), Error> {
        let running: HashSet<Uuid> = self.runner.running().keys().copied().collect();
        let claimed: Vec<Run> = claimed.into_iter().filter(|run| !running.contains(&run.id)).collect();
        let unknown: HashSet<&str> = claimed.iter().map(|run| &*run.plan).collect();
        let unknown: Vec<&str> = unknown.into_iter().filter(|plan| self.runner.plans.get(plan).is_none()).collect();
        for row in self.records.ask(plans_of(self.records.engine(), self.tenant, &unknown)).await? {
            match Ready::kept(row) {
                Ok(ready) => drop(self.runner.plans.keep(ready)),
                Err(error) => tracing::error!(%error, "the plan of a run cannot be understood"),
            }
        }
        let begun: Vec<Uuid> = claimed.iter().filter(|run| run.next_place > 0).map(|run| run.id).collect();
        let mut ended: HashMap<Uuid, Vec<RunStep>> = HashMap::new();
        for step in self.records.ask(steps_of(self.records.engine(), self.tenant, &begun)).await? {
            ended.entry(step.run_id).or_default().push(step);
        }
        for run in claimed {
            // What cannot go on here is left to others, until nobody could for too often.
            let Some(ready) = self.runner.plans.get(&run.plan) else { continue };
            let Some(place) = run.workflow.parse().ok().and_then(|name: WorkflowName| room.place(&name)) else {
                continue;
            };
            let ended = ended.remove(&run.id).unwrap_or_default();
            // Whoever takes it lives as long as this.
            let _ = self.runner.begun.send(Job { run, ready, ended, place });
        }
        Ok(())
    }

    fn spawn(&self, job: Job, tasks: &mut JoinSet<()>) {
        let (app, runner, records) = (Arc::clone(self.app), Arc::clone(self.runner), Arc::clone(self.records));
        let (id, tenant) = (job.run.id, self.tenant);
        let mut running = self.runner.running();
        let running_now = tasks.spawn(async move {
            let gone = Gone { runner: Arc::clone(&runner), run: id, task: tokio::task::id() };
            perform(app, &runner, &records, tenant, job).await;
            drop(gone);
        });
        running.insert(id, running_now);
    }
}

/// Takes a run off the list of those that go on here.
struct Gone {
    runner: Arc<Runner>,
    run: Uuid,
    task: tokio::task::Id,
}

impl Drop for Gone {
    fn drop(&mut self) {
        let mut running = self.runner.running();
        // It may go on here again already.
        if running.get(&self.run).is_some_and(|running| running.id() == self.task) {
            running.remove(&self.run);
        }
    }
}

async fn perform(app: Arc<App>, runner: &Runner, records: &Records, tenant: Uuid, job: Job) {
    let Job { run, ready, ended, place } = job;
    let settings = &runner.settings;
    let performance = Performance {
        model: Arc::clone(&runner.model),
        run: run.id,
        by: runner.by,
        lease: settings.lease,
        tenant,
        user_id: run.user_id,
        started_at: run.started_at.unwrap_or(run.created_at),
        time_limit: settings.time_limit,
        stored: settings.stored,
        ready,
        app,
    };
    let from = usize::try_from(run.next_place).unwrap_or(usize::MAX);
    let scope = performance.scope(run.input, &ended);
    let mut told = Told::Rows(runner, records);
    if run.tries > i64::from(settings.tries) {
        let fault = RunFault::new(format!("it was taken up {} times, and its next step never ended", settings.tries));
        performance.fail(from, fault, &scope, &mut told).await;
    } else {
        runner.tell(run.id);
        let end = performance.perform(from, scope, &mut told).await;
        tracing::debug!(run = %run.id, end = end.map_or("", |end| RunStatus::as_str(end.status)), "a run was performed");
    }
    drop(place);
}
