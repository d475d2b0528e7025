//! Counts: requests by route and status, how long answers took, and connections, without a lock.

use crate::app::Histogram;
use axum::{
    extract::{MatchedPath, Request, State},
    http::StatusCode,
    middleware::Next,
    response::Response,
};
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

/// The route that is answered in front of the router.
const FRONT: &str = "/v1/prompts/{name}";

/// What no route is for.
const OTHER: &str = "other";

/// The bounds of an answer's buckets in nanoseconds: from 10 µs to 10 s.
const ANSWERS: &[u64] = &[
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    10_000_000,
    100_000_000,
    1_000_000_000,
    10_000_000_000,
];

/// What is counted at the door.
#[derive(Debug)]
pub(super) struct Counts {
    routes: HashMap<&'static str, Route>,
    front: Route,
    other: Route,
    connections: AtomicU64,
}

/// What is counted of one route.
#[derive(Debug)]
pub(super) struct Route {
    pub pattern: &'static str,
    /// By the first digit of the status, from 1 to 5.
    classes: [AtomicU64; 5],
    pub times: Histogram,
}

impl Counts {
    /// Counts for these routes, each by the pattern that it is matched with.
    pub(super) fn new(patterns: &[&'static str]) -> Self {
        let behind = patterns.iter().filter(|pattern| **pattern != FRONT);
        Self {
            routes: behind.map(|pattern| (*pattern, Route::new(pattern))).collect(),
            front: Route::new(FRONT),
            other: Route::new(OTHER),
            connections: AtomicU64::new(0),
        }
    }

    /// Counts an answer that was given in front of the router.
    pub(super) fn in_front(&self, status: StatusCode, time: Duration) {
        self.front.count(status, time);
    }

    /// Counts a connection for as long as the value is kept.
    pub(super) fn connected(self: &Arc<Self>) -> Connected {
        self.connections.fetch_add(1, Relaxed);
        Connected(Arc::clone(self))
    }

    pub(super) fn connections(&self) -> u64 {
        self.connections.load(Relaxed)
    }

    /// All routes, by their patterns.
    pub(super) fn routes(&self) -> Vec<&Route> {
        let mut routes: Vec<_> = self.routes.values().chain([&self.front, &self.other]).collect();
        routes.sort_unstable_by_key(|route| route.pattern);
        routes
    }

    fn route(&self, pattern: Option<&str>) -> &Route {
        match pattern {
            Some(FRONT) => &self.front,
            Some(pattern) => self.routes.get(pattern).unwrap_or(&self.other),
            None => &self.other,
        }
    }
}

impl Route {
    fn new(pattern: &'static str) -> Self {
        Self { pattern, classes: Default::default(), times: Histogram::new(ANSWERS) }
    }

    fn count(&self, status: StatusCode, time: Duration) {
        if let Some(class) = self.classes.get(usize::from(status.as_u16() / 100).wrapping_sub(1)) {
            class.fetch_add(1, Relaxed);
        }
        self.times.observe(time);
    }

    /// How many answers there were of each class that there were any of: `2xx`, `4xx`.
    pub(super) fn classes(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let words = ["1xx", "2xx", "3xx", "4xx", "5xx"];
        words.into_iter().zip(&self.classes).map(|(word, count)| (word, count.load(Relaxed))).filter(|(_, n)| *n > 0)
    }
}

/// A connection that is counted until this is dropped.
pub(super) struct Connected(Arc<Counts>);

impl Drop for Connected {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Relaxed);
    }
}

/// Counts what the router answers, until the head of the answer is ready.
pub(super) async fn count(State(counts): State<Arc<Counts>>, request: Request, next: Next) -> Response {
    let since = Instant::now();
    let pattern = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    counts.route(pattern.as_ref().map(MatchedPath::as_str)).count(response.status(), since.elapsed());
    response
}
