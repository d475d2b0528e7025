//! Writing: what many callers record at the same time shares one commit.

use super::{
    Records,
    progress::{Begun, Moved},
};
use crate::store::{
    self, Dialect, Execution, Feedback, Key, NewRun, Transaction, UsageEvent, claim_keys, make_month, month_of,
    put_executions, put_feedback, put_usage, put_usage_alone,
};
use jiff::Timestamp;
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, PoisonError, atomic::Ordering::Relaxed},
};
use tokio::sync::{Mutex, OwnedSemaphorePermit, mpsc, oneshot};
use uuid::Uuid;

/// The most rows, and kilobytes of text, of one commit, but for those of one caller.
const TOGETHER: usize = 2_000;

/// How many commits are under way at a time: while one waits for the disk, the next is put together. SQLite has one writer.
const LANES: usize = 2;

/// Something to be recorded, and the key under which that is done once.
#[derive(Debug, Clone)]
pub(super) struct Keyed<T> {
    pub key: Option<String>,
    pub event: T,
}

/// What one caller has recorded.
#[derive(Debug, Clone, Default)]
pub(super) struct Batch {
    pub usage: Vec<Keyed<UsageEvent>>,
    pub executions: Vec<Keyed<Execution>>,
    pub feedback: Vec<Keyed<Feedback>>,
    /// A run that begins.
    pub begun: Option<Begun>,
    /// A run that moves on.
    pub moved: Option<Moved>,
    /// How many bytes of text are in it that could be long.
    pub bytes: usize,
}

impl Batch {
    /// What it takes to hold and to write it: its rows, and its kilobytes.
    pub(super) fn weight(&self) -> usize {
        let runs = usize::from(self.begun.is_some()) + self.moved.as_ref().map_or(0, Moved::rows);
        self.usage.len() + self.executions.len() + self.feedback.len() + runs + self.bytes / 1_024
    }
}

/// What became of what one caller sent.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// The ids: of usage, then of executions, then of feedback, then of the run that begins.
    pub ids: Vec<Uuid>,
    /// Whether the run moved on: it did not where it was cancelled, or somebody else has it.
    pub is_moved: bool,
}

/// What one caller waits for.
#[derive(Debug)]
pub(super) struct Job {
    pub batch: Batch,
    pub done: oneshot::Sender<Result<Written, store::Error>>,
    pub _place: OwnedSemaphorePermit,
}

impl Records {
    /// Writes what waits, until nobody can send anything any more.
    pub(super) async fn write(self: Arc<Self>, tenant: Uuid, waiting: mpsc::Receiver<Job>) {
        let lanes = if self.engine.dialect() == Dialect::Sqlite { 1 } else { LANES };
        let waiting = Arc::new(Mutex::new(waiting));
        let mut running = tokio::task::JoinSet::new();
        for _ in 0..lanes {
            let (records, waiting) = (Arc::clone(&self), Arc::clone(&waiting));
            running.spawn(async move {
                loop {
                    // Whoever has the lock takes all that waits; the others write meanwhile.
                    let jobs = gather(&mut *waiting.lock().await).await;
                    if jobs.is_empty() {
                        return;
                    }
                    records.finish(tenant, jobs).await;
                }
            });
        }
        running.join_all().await;
    }

    /// Writes jobs together; where the database refuses that, each by itself, so that nobody suffers from another's rows.
    async fn finish(&self, tenant: Uuid, jobs: Vec<Job>) {
        let batches: Vec<&Batch> = jobs.iter().map(|job| &job.batch).collect();
        let done = self.commit(tenant, &batches).await;
        match done {
            Ok(written) => jobs.into_iter().zip(written).for_each(|(job, one)| drop(job.done.send(Ok(one)))),
            Err(store::Error::Away(why)) => {
                self.is_away(&why);
                jobs.into_iter().for_each(|job| drop(job.done.send(Err(store::Error::Away(why.clone())))));
            }
            Err(error) if jobs.len() == 1 => {
                tracing::error!(%error, "the database refused what was to be recorded");
                jobs.into_iter().for_each(|job| drop(job.done.send(Err(store::Error::Refused(error.to_string())))));
            }
            Err(_) => {
                for job in jobs {
                    Box::pin(self.finish(tenant, vec![job])).await;
                }
            }
        }
    }

    /// Writes batches in one transaction, and answers what became of each.
    async fn commit(&self, tenant: Uuid, batches: &[&Batch]) -> Result<Vec<Written>, store::Error> {
        self.make_months(batches).await?;
        if let Some(written) = self.commit_usage(tenant, batches).await? {
            return Ok(written);
        }
        let mut begun = self.engine.begin().await?;
        let moved = batches.iter().filter_map(|batch| batch.moved.as_ref());
        let is_moved = self.move_on(&mut *begun, tenant, moved.clone()).await?;
        let kept = moved.filter(|moved| is_moved.contains(&moved.advance.id));
        let all = batches.iter().flat_map(|batch| &batch.usage);
        let (usage_ids, mut usage) = once(&mut *begun, tenant, "usage", all).await?;
        usage.extend(kept.clone().flat_map(|moved| moved.usage.clone()));
        put_usage(&mut *begun, tenant, &usage.iter().collect::<Vec<_>>()).await?;
        let all = batches.iter().flat_map(|batch| &batch.executions);
        let (execution_ids, mut executions) = once(&mut *begun, tenant, "execution", all).await?;
        executions.extend(kept.flat_map(|moved| moved.executions.clone()));
        put_executions(&mut *begun, tenant, &executions).await?;
        let all = batches.iter().flat_map(|batch| &batch.feedback);
        let (feedback_ids, feedback) = once(&mut *begun, tenant, "feedback", all).await?;
        put_feedback(&mut *begun, tenant, &feedback).await?;
        let all = batches.iter().filter_map(|batch| batch.begun.as_ref());
        let (run_ids, runs) = once(&mut *begun, tenant, "run", all.clone().map(|begun| &begun.run)).await?;
        self.begin_runs(&mut *begun, tenant, all, &runs).await?;
        begun.commit().await?;
        let written = usage.len() + executions.len() + feedback.len() + runs.len();
        self.counts.commits.fetch_add(1, Relaxed);
        self.counts.written.fetch_add(written as u64, Relaxed);
        Ok(answers(batches, [usage_ids, execution_ids, feedback_ids, run_ids], &is_moved))
    }

    /// Writes batches of nothing but events without keys, as most are; none where there is anything else.
    async fn commit_usage(&self, tenant: Uuid, batches: &[&Batch]) -> Result<Option<Vec<Written>>, store::Error> {
        let is_plain = |batch: &&Batch| {
            let is_run = batch.begun.is_some() || batch.moved.is_some();
            let is_usage = batch.executions.is_empty() && batch.feedback.is_empty() && !is_run;
            is_usage && batch.usage.iter().all(|keyed| keyed.key.is_none())
        };
        if !batches.iter().all(is_plain) {
            return Ok(None);
        }
        let usage: Vec<&UsageEvent> = batches.iter().flat_map(|batch| &batch.usage).map(|keyed| &keyed.event).collect();
        put_usage_alone(&*self.engine, tenant, &usage).await?;
        self.counts.commits.fetch_add(1, Relaxed);
        self.counts.written.fetch_add(usage.len() as u64, Relaxed);
        let written = |batch: &&Batch| {
            let ids = batch.usage.iter().map(|keyed| keyed.event.id).collect();
            Written { ids, is_moved: false }
        };
        Ok(Some(batches.iter().map(written).collect()))
    }

    async fn make_months(&self, batches: &[&Batch]) -> Result<(), store::Error> {
        let used = batches.iter().flat_map(|batch| &batch.usage).map(|keyed| keyed.event.created_at);
        let executed = batches.iter().flat_map(|batch| &batch.executions).map(|keyed| keyed.event.created_at);
        let moved = batches.iter().filter_map(|batch| batch.moved.as_ref()).flat_map(Moved::times);
        let mut months: Vec<_> = used.chain(executed).chain(moved).map(month_of).collect();
        months.dedup();
        for month in months {
            if self.months.lock().unwrap_or_else(PoisonError::into_inner).contains(&month) {
                continue;
            }
            make_month(&*self.engine, month).await?;
            self.months.lock().unwrap_or_else(PoisonError::into_inner).insert(month);
        }
        Ok(())
    }
}

/// What became of each batch: of the ids of all of them, its own, and whether its run moved.
fn answers(batches: &[&Batch], ids: [Vec<Uuid>; 4], is_moved: &HashSet<Uuid>) -> Vec<Written> {
    let [mut usage, mut executions, mut feedback, mut runs] = ids.map(Vec::into_iter);
    let answers = batches.iter().map(|batch| {
        let usage = usage.by_ref().take(batch.usage.len());
        let executions = executions.by_ref().take(batch.executions.len());
        let feedback = feedback.by_ref().take(batch.feedback.len());
        let runs = runs.by_ref().take(usize::from(batch.begun.is_some()));
        let is_moved = batch.moved.as_ref().is_some_and(|moved| is_moved.contains(&moved.advance.id));
        Written { ids: usage.chain(executions).chain(feedback).chain(runs).collect(), is_moved }
    });
    answers.collect()
}

/// Waits for a job, and takes all others that wait behind it, up to the most that are written together.
async fn gather(waiting: &mut mpsc::Receiver<Job>) -> Vec<Job> {
    let mut jobs: Vec<Job> = waiting.recv().await.into_iter().collect();
    let mut weight: usize = jobs.iter().map(|job| job.batch.weight()).sum();
    while weight < TOGETHER
        && let Ok(job) = waiting.try_recv()
    {
        weight += job.batch.weight();
        jobs.push(job);
    }
    jobs
}

/// The ids of all events, and those of them that are new under their keys.
async fn once<'a, T: HasId + Clone + 'a>(
    begun: &mut dyn Transaction,
    tenant: Uuid,
    kind: &'static str,
    all: impl Iterator<Item = &'a Keyed<T>> + Clone,
) -> Result<(Vec<Uuid>, Vec<T>), store::Error> {
    let key = |keyed: &Keyed<T>| Some(Key { key: keyed.key.clone()?, id: keyed.event.id() });
    let keys: Vec<Key> = all.clone().filter_map(key).collect();
    let ids = match keys.is_empty() {
        true => HashMap::new(),
        false => claim_keys(begun, tenant, kind, keys, Timestamp::now()).await?,
    };
    let id = |keyed: &Keyed<T>| keyed.key.as_ref().and_then(|key| ids.get(key)).copied().unwrap_or(keyed.event.id());
    let new = all.clone().filter(|keyed| id(keyed) == keyed.event.id()).map(|keyed| keyed.event.clone()).collect();
    Ok((all.map(id).collect(), new))
}

/// What is known by an id.
pub(super) trait HasId {
    fn id(&self) -> Uuid;
}

impl HasId for UsageEvent {
    fn id(&self) -> Uuid {
        self.id
    }
}

impl HasId for Execution {
    fn id(&self) -> Uuid {
        self.id
    }
}

impl HasId for NewRun {
    fn id(&self) -> Uuid {
        self.id
    }
}

impl HasId for Feedback {
    fn id(&self) -> Uuid {
        self.id
    }
}
