//! How long to wait before a provider is asked again.

use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};
use std::{
    hash::{BuildHasher as _, RandomState},
    time::Duration,
};

/// The first pause, before chance shortens it; each further one is twice as long.
const FIRST: Duration = Duration::from_millis(500);
/// The longest pause that nobody asked for.
const LONGEST: Duration = Duration::from_secs(30);

/// When a `Retry-After` header wants the next question, seen from now: seconds, or a date. None where it is neither.
#[must_use]
pub fn retry_after(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u32>() {
        return Some(Duration::from_secs(seconds.into()));
    }
    let at = DateTimeParser::new().parse_timestamp(header).ok()?;
    Some(Duration::try_from(at.duration_since(now)).unwrap_or_default())
}

/// The pause after so many attempts: what the provider wants, or else a growing one, of which chance takes up to a half,
/// so that many callers do not come back at once.
pub(super) fn pause(attempts: u32, wanted: Option<Duration>) -> Duration {
    if let Some(wanted) = wanted {
        return wanted;
    }
    let whole = FIRST.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1))).min(LONGEST);
    let chance = RandomState::new().hash_one(attempts) % 1024;
    whole.mul_f64(0.5 + chance as f64 / 2048.0)
}
