//! The meter: how often and how long the repository was looked at, and how old is what is served.

use super::Changed;
use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant, SystemTime},
};

/// The bounds of a sync's buckets in nanoseconds: from 1 ms to 2 minutes.
const SYNC: &[u64] = &[
    1_000_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    5_000_000_000,
    30_000_000_000,
    120_000_000_000,
];

/// Where the time comes from.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    /// A clock that says what a function says.
    pub fn new(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The time now; 1970 where the clock says what no calendar can hold.
    #[must_use]
    pub(super) fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::try_from((self.0)()).unwrap_or_default()
    }

    /// The time now as RFC 3339, in milliseconds.
    pub(super) fn text(&self) -> String {
        format!("{:.3}", self.now())
    }
}

impl Default for Clock {
    /// The system's clock.
    fn default() -> Self {
        Self::new(SystemTime::now)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// How many durations fell below each of some bounds. Counting takes no lock and no memory.
#[derive(Debug)]
pub struct Histogram {
    /// Ascending, in nanoseconds.
    bounds: &'static [u64],
    /// One more than bounds: the last is for what is longer than all.
    counts: Vec<AtomicU64>,
    sum: AtomicU64,
}

impl Histogram {
    /// An empty one with these bounds, ascending and in nanoseconds.
    #[must_use]
    pub fn new(bounds: &'static [u64]) -> Self {
        Self { bounds, counts: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(), sum: AtomicU64::new(0) }
    }

    /// Counts one duration.
    pub fn observe(&self, duration: Duration) {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        if let Some(count) = self.counts.get(self.bounds.partition_point(|bound| *bound < nanoseconds)) {
            count.fetch_add(1, Relaxed);
        }
        self.sum.fetch_add(nanoseconds, Relaxed);
    }

    /// For each bound in seconds how many durations were not longer; infinity, and so all of them, comes last.
    pub fn buckets(&self) -> impl Iterator<Item = (f64, u64)> {
        let bounds = self.bounds.iter().map(|bound| Duration::from_nanos(*bound).as_secs_f64());
        let mut total = 0;
        bounds.chain([f64::INFINITY]).zip(&self.counts).map(move |(bound, count)| {
            total += count.load(Relaxed);
            (bound, total)
        })
    }

    /// The sum of all durations in seconds.
    #[must_use]
    pub fn sum(&self) -> f64 {
        Duration::from_nanos(self.sum.load(Relaxed)).as_secs_f64()
    }
}

/// How a look at the repository ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Another commit is served.
    Changed,
    /// There was nothing new.
    Unchanged,
    /// The newest commit could not be served.
    Failed,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Changed, Self::Unchanged, Self::Failed];

    /// One word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::Failed => "failed",
        }
    }
}

/// How big the search index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IndexSize {
    /// The documents in it.
    pub documents: u64,
    /// The segments they lie in.
    pub segments: u64,
    /// The bytes of its files.
    pub bytes: u64,
}

/// What the last look that found something new did.
#[derive(Debug, Clone, Default)]
pub(super) struct LastSync {
    pub phases: Vec<(&'static str, Duration)>,
    pub changed: usize,
}

impl LastSync {
    /// Every phase with its milliseconds: `git 0.8, load 12.1`.
    pub(super) fn phases(&self) -> String {
        let phases = self.phases.iter().map(|(name, time)| format!("{name} {:.1}", time.as_secs_f64() * 1e3));
        phases.collect::<Vec<_>>().join(", ")
    }

    /// All phases together.
    pub(super) fn milliseconds(&self) -> f64 {
        let total: Duration = self.phases.iter().map(|(_, time)| *time).sum();
        (total.as_secs_f64() * 1e4).round() / 10.0
    }
}

/// What is counted about following the repository.
#[derive(Debug, Default)]
pub struct Meter {
    clock: Clock,
    /// Milliseconds since 1970.
    looked_at: AtomicI64,
    /// Seconds since 1970.
    committed_at: AtomicI64,
    outcomes: [AtomicU64; 3],
    phases: Mutex<Vec<(&'static str, Arc<Histogram>)>>,
    last: Mutex<LastSync>,
}

impl Meter {
    /// A meter that asks this clock; the repository counts as looked at now.
    pub(super) fn new(clock: Clock) -> Self {
        let meter = Self { clock, ..Self::default() };
        meter.looked();
        meter
    }

    pub(super) const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Begins to measure a sync.
    pub(super) fn sync(&self) -> Phases<'_> {
        Phases { meter: self, since: Instant::now(), done: Vec::new() }
    }

    /// Counts a look at the repository.
    pub(super) fn ended(&self, outcome: Outcome) {
        if let Some(count) = self.outcomes.get(outcome as usize) {
            count.fetch_add(1, Relaxed);
        }
        if outcome != Outcome::Failed {
            self.looked();
        }
    }

    fn looked(&self) {
        self.looked_at.store(self.clock.now().as_millisecond(), Relaxed);
    }

    /// Takes down that the last look with success was an earlier process's.
    pub(super) fn looked_before(&self, at: SystemTime) {
        let at = jiff::Timestamp::try_from(at).unwrap_or_default().min(self.clock.now());
        self.looked_at.store(at.as_millisecond(), Relaxed);
    }

    /// Takes down when the commit that is served was made, in seconds since 1970.
    pub(super) fn serves(&self, committed_at: i64) {
        self.committed_at.store(committed_at, Relaxed);
    }

    pub(super) fn last(&self) -> LastSync {
        lock(&self.last).clone()
    }

    /// When the repository was last looked at with success, RFC 3339.
    #[must_use]
    pub fn looked_at(&self) -> String {
        let at = jiff::Timestamp::from_millisecond(self.looked_at.load(Relaxed)).unwrap_or_default();
        format!("{at:.3}")
    }

    /// How long ago the repository was last looked at with success.
    #[must_use]
    pub fn age(&self) -> Duration {
        let ago = self.clock.now().as_millisecond().saturating_sub(self.looked_at.load(Relaxed));
        Duration::from_millis(u64::try_from(ago).unwrap_or(0))
    }

    /// How long ago the commit that is served was made, by its own word; none of a future is told.
    #[must_use]
    pub fn commit_age(&self) -> Duration {
        let ago = self.clock.now().as_second().saturating_sub(self.committed_at.load(Relaxed));
        Duration::from_secs(u64::try_from(ago).unwrap_or(0))
    }

    /// How many looks at the repository ended so.
    #[must_use]
    pub fn count(&self, outcome: Outcome) -> u64 {
        self.outcomes.get(outcome as usize).map_or(0, |count| count.load(Relaxed))
    }

    /// How long each phase of a sync took, by its name.
    #[must_use]
    pub fn phases(&self) -> Vec<(&'static str, Arc<Histogram>)> {
        lock(&self.phases).clone()
    }

    fn observe(&self, phase: &'static str, time: Duration) {
        let mut phases = lock(&self.phases);
        let place = phases.iter().position(|(name, _)| *name == phase).unwrap_or_else(|| {
            phases.push((phase, Arc::new(Histogram::new(SYNC))));
            phases.len() - 1
        });
        if let Some((_, histogram)) = phases.get(place) {
            histogram.observe(time);
        }
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A sync that is being measured, phase after phase.
#[derive(Debug)]
pub(super) struct Phases<'a> {
    meter: &'a Meter,
    since: Instant,
    done: Vec<(&'static str, Duration)>,
}

impl Phases<'_> {
    /// Ends a phase, and begins the next.
    pub(super) fn done(&mut self, phase: &'static str) {
        let now = Instant::now();
        let time = now.duration_since(self.since);
        self.meter.observe(phase, time);
        self.done.push((phase, time));
        self.since = now;
    }

    /// Ends a sync that changed what is served.
    pub(super) fn end(self, changed: &Changed) {
        *lock(&self.meter.last) = LastSync { phases: self.done, changed: changed.len() };
    }
}
