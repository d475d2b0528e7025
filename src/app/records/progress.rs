//! Progress: runs begin and move on in the same transactions that all else is written in.

use super::{
    Records,
    write::{Batch, Keyed},
};
use crate::{
    app::Error,
    store::{
        self, Advance, Execution, NewRun, Plan, RunStep, Transaction, UsageEvent, advance_runs, forget_outputs,
        put_plans, put_runs, put_steps,
    },
};
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
    time::Duration,
};
use uuid::Uuid;

/// A run that begins.
#[derive(Debug, Clone)]
pub(in crate::app) struct Begun {
    /// The run, and the key under which it begins once.
    pub(super) run: Keyed<NewRun>,
    /// What it begins with.
    pub(super) plan: Arc<Plan>,
    /// For how long it is left to the process that claims it from the start.
    pub(super) lease: Duration,
    /// How many bytes go in.
    pub(super) bytes: usize,
}

impl Begun {
    pub(in crate::app) fn new(run: NewRun, key: Option<String>, plan: Arc<Plan>, lease: Duration) -> Self {
        let bytes = run.input.to_string().len();
        Self { run: Keyed { key, event: run }, plan, lease, bytes }
    }
}

/// A run that moves on, and what is written with that: all of it, or nothing where the run did not move.
#[derive(Debug, Clone)]
pub(in crate::app) struct Moved {
    /// From where to where.
    pub advance: Advance,
    /// For how long the process keeps it.
    pub lease: Duration,
    /// The steps that have ended.
    pub steps: Vec<RunStep>,
    /// The model calls.
    pub executions: Vec<Execution>,
    /// The uses of versions.
    pub usage: Vec<UsageEvent>,
    /// Whether what the steps answered is forgotten, since the run ends.
    pub forgets: bool,
}

impl Moved {
    pub(super) fn rows(&self) -> usize {
        1 + self.steps.len() + self.executions.len() + self.usage.len()
    }

    pub(super) fn times(&self) -> impl Iterator<Item = Timestamp> {
        self.executions.iter().map(|execution| execution.created_at)
    }

    fn bytes(&self) -> usize {
        let long = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        self.executions.iter().map(|one| 2 * long(&one.output) + long(&one.error)).sum()
    }
}

impl Records {
    /// Begins a run; answers its id when it is durable: of one that was begun before under the same key, that one's.
    ///
    /// # Errors
    /// Where the database is away or too much waits for it.
    pub(in crate::app) async fn begin(&self, begun: Begun) -> Result<Uuid, Error> {
        let (own, bytes) = (begun.run.event.id, begun.bytes);
        let ids = self.put(Batch { begun: Some(begun), bytes, ..Batch::default() }).await?;
        Ok(ids.first().copied().unwrap_or(own))
    }

    /// Moves a run on; answers whether that is so when it is durable.
    ///
    /// # Errors
    /// Where the database is away or too much waits for it.
    pub(in crate::app) async fn advance(&self, moved: Moved) -> Result<bool, Error> {
        let bytes = moved.bytes();
        Ok(self.send(Batch { moved: Some(moved), bytes, ..Batch::default() }).await?.is_moved)
    }

    /// Moves runs on within a transaction; answers those that moved.
    pub(super) async fn move_on<'a>(
        &self,
        begun: &mut dyn Transaction,
        tenant: Uuid,
        moved: impl Iterator<Item = &'a Moved> + Clone,
    ) -> Result<HashSet<Uuid>, store::Error> {
        let advances: Vec<&Advance> = moved.clone().map(|moved| &moved.advance).collect();
        let lease = moved.clone().map(|moved| moved.lease).max().unwrap_or_default();
        let kept = advance_runs(begun, tenant, &advances, lease).await?;
        let moved = moved.filter(|moved| kept.contains(&moved.advance.id));
        let steps: Vec<&RunStep> = moved.clone().flat_map(|moved| &moved.steps).collect();
        put_steps(begun, tenant, &steps).await?;
        let forgotten: Vec<Uuid> = moved.filter(|moved| moved.forgets).map(|moved| moved.advance.id).collect();
        forget_outputs(begun, tenant, &forgotten).await?;
        Ok(kept)
    }

    /// Puts new runs with their plans.
    pub(super) async fn begin_runs<'a>(
        &self,
        begun: &mut dyn Transaction,
        tenant: Uuid,
        all: impl Iterator<Item = &'a Begun> + Clone,
        new: &[NewRun],
    ) -> Result<(), store::Error> {
        let plans: BTreeMap<&str, &Plan> = all.clone().map(|begun| (&*begun.plan.digest, &*begun.plan)).collect();
        let plans: Vec<&Plan> = plans.into_values().collect();
        put_plans(begun, tenant, &plans, Timestamp::now()).await?;
        let lease = all.map(|begun| begun.lease).max().unwrap_or_default();
        put_runs(begun, tenant, new, lease).await
    }
}
