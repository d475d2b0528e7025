//! Records: what Git cannot hold, written to a database that may be away.

mod audit;
mod count;
mod execution;
mod feedback;
mod names;
mod newest;
mod progress;
mod quality;
mod reach;
mod refusals;
mod remembered;
mod report;
mod take;
mod tend;
mod tokens;
mod write;

use self::write::{Batch, Job, Written};
pub use self::{
    audit::Deed,
    execution::ExecutionBody,
    feedback::FeedbackBody,
    newest::{ExecutionItem, ExecutionsAsked, FeedbackAsked, FeedbackItem},
    quality::{Better, Ended, QualityAsked, QualityReport, VersionQuality},
    reach::Reach,
    report::{Bucket, Group, UsageAsked, UsageBucket, UsageReport, Used},
    take::{Recorded, UsageBody},
};
pub(super) use self::{
    newest::{after, cut},
    progress::{Begun, Moved},
    report::tenant,
    take::{KEY_BYTES, has_nul, ids},
};
use super::{Current, Error};
use crate::store::{self, AuditRow, Engine};
use arc_swap::ArcSwap;
use jiff::{Timestamp, civil::Date};
use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicU64},
    time::Duration,
};
use tokio::sync::{Semaphore, mpsc, oneshot};
use uuid::Uuid;

/// The most requests that wait to be written; more are told to come again.
const WAITING: usize = 4_096;

/// The most rows, and kilobytes of text, that wait to be written.
const ROWS: usize = 100_000;

/// The most fetches that wait to be counted; more are not counted.
const FETCHES: usize = 10_000;

/// Why nothing can be written before the database was called.
const UNREACHED: &str = "it was not reached yet";

/// How long a caller waits for the database.
const PATIENCE: Duration = Duration::from_secs(15);

/// Where records are kept, and for how long.
#[derive(Debug)]
pub struct Keep {
    /// The database.
    pub engine: Box<dyn Engine>,
    /// For how many days events and executions are kept; for good where nobody says.
    pub days: Option<u32>,
    /// The file in which the tokens are remembered, by the digests of their secrets, for a start while the database is away.
    pub tokens: Option<PathBuf>,
}

/// The database side of a registry that is served.
#[derive(Debug)]
pub struct Records {
    engine: Box<dyn Engine>,
    days: Option<u32>,
    /// Where tokens are remembered.
    remembered: Option<PathBuf>,
    /// Why nothing can be written now, if that is so, and since when.
    away: ArcSwap<(Option<String>, Timestamp)>,
    /// The commit whose rows are in the database, as far as this server put them there.
    projected: ArcSwap<Option<String>>,
    jobs: mpsc::Sender<Job>,
    waiting: Mutex<Option<mpsc::Receiver<Job>>>,
    rows: Arc<Semaphore>,
    fetches: mpsc::Sender<count::Fetch>,
    fetched: Mutex<Option<mpsc::Receiver<count::Fetch>>>,
    /// What was done and waits to be put into the audit.
    deeds: mpsc::Sender<AuditRow>,
    done: Mutex<Option<mpsc::Receiver<AuditRow>>>,
    /// The state up to which the audit in the database tells what Git tells.
    audited: ArcSwap<Option<Arc<Current>>>,
    /// Held by whoever reads the pins and has labels held by them.
    pub(super) pinning: tokio::sync::Mutex<()>,
    /// The months that there is room for.
    months: Mutex<BTreeSet<Date>>,
    /// What is told of it in figures.
    pub counts: RecordCounts,
}

/// What was recorded since the start, and what was not.
#[derive(Debug, Default)]
pub struct RecordCounts {
    /// Rows that were written.
    pub written: AtomicU64,
    /// Transactions that wrote them.
    pub commits: AtomicU64,
    /// Fetches that were not counted, since too many waited or the database was away.
    pub dropped: AtomicU64,
    /// What was done and is not in the audit, since too much waited.
    pub unaudited: AtomicU64,
}

impl Records {
    /// What keeps records in a database. Nothing is written before [`super::App::watch`] looks after it.
    #[must_use]
    pub fn new(keep: Keep) -> Self {
        let (jobs, waiting) = mpsc::channel(WAITING);
        let (fetches, fetched) = mpsc::channel(FETCHES);
        let (deeds, done) = mpsc::channel(FETCHES);
        Self {
            engine: keep.engine,
            days: keep.days,
            remembered: keep.tokens,
            away: ArcSwap::from_pointee((Some(UNREACHED.to_owned()), Timestamp::now())),
            projected: ArcSwap::default(),
            jobs,
            waiting: Mutex::new(Some(waiting)),
            rows: Arc::new(Semaphore::new(ROWS)),
            fetches,
            fetched: Mutex::new(Some(fetched)),
            deeds,
            done: Mutex::new(Some(done)),
            audited: ArcSwap::default(),
            pinning: tokio::sync::Mutex::default(),
            months: Mutex::default(),
            counts: RecordCounts::default(),
        }
    }

    /// The database.
    #[must_use]
    pub fn engine(&self) -> &dyn Engine {
        &*self.engine
    }

    /// Why nothing can be written or asked for now, if that is so.
    #[must_use]
    pub fn away(&self) -> Option<String> {
        self.away.load().0.clone()
    }

    /// Sees to it that something can be written now, as far as is known.
    ///
    /// # Errors
    /// Where the database is away.
    pub fn in_reach(&self) -> Result<(), Error> {
        self.away().map_or(Ok(()), |why| Err(store::Error::Away(why).into()))
    }

    /// Asks the database something.
    ///
    /// # Errors
    /// Where it is away.
    pub async fn ask<T>(&self, asked: impl Future<Output = Result<T, store::Error>>) -> Result<T, Error> {
        self.in_reach()?;
        let patient = tokio::time::timeout(PATIENCE, asked).await;
        let told = patient.unwrap_or_else(|_| Err(store::Error::Away("it did not answer in time".to_owned())));
        told.map_err(|error| self.noted(error).into())
    }

    /// Writes rows, together with those of others, and answers their ids when they are durable: of what was recorded before
    /// under the same key, the id that it got then.
    async fn put(&self, batch: Batch) -> Result<Vec<Uuid>, Error> {
        Ok(self.send(batch).await?.ids)
    }

    async fn send(&self, batch: Batch) -> Result<Written, Error> {
        self.in_reach()?;
        let size = u32::try_from(batch.weight()).unwrap_or(u32::MAX);
        let place = Arc::clone(&self.rows).try_acquire_many_owned(size).map_err(|_| Error::Busy)?;
        let (done, answer) = oneshot::channel();
        self.jobs.try_send(Job { batch, done, _place: place }).map_err(|_| Error::Busy)?;
        match tokio::time::timeout(PATIENCE, answer).await {
            Ok(Ok(answer)) => answer.map_err(Error::from),
            _ => Err(store::Error::Away("it did not answer in time".to_owned()).into()),
        }
    }

    /// Notes that the database is away, where an error says so.
    fn noted(&self, error: store::Error) -> store::Error {
        if let store::Error::Away(why) = &error {
            self.is_away(why);
        }
        error
    }

    fn is_away(&self, why: &str) {
        let (before, since) = &**self.away.load();
        if before.as_deref().is_none_or(|before| before == UNREACHED) {
            tracing::error!(why, "the database is away: reads go on, nothing is recorded");
        }
        let since = if before.is_some() { *since } else { Timestamp::now() };
        self.away.store(Arc::new((Some(why.to_owned()), since)));
    }

    fn is_back(&self) {
        match self.away().is_some_and(|why| why == UNREACHED) {
            true => tracing::debug!("the database is in reach"),
            false => tracing::info!("the database is in reach"),
        }
        self.away.store(Arc::new((None, Timestamp::now())));
    }
}

pub(super) fn taken<T>(place: &Mutex<Option<T>>) -> Option<T> {
    place.lock().unwrap_or_else(PoisonError::into_inner).take()
}
