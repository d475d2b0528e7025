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
/// The longest that a provider can ask for; one that wants longer is not waited for.
const WANTED: Duration = Duration::from_secs(120);

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

/// The pause after so many attempts: a little more than what the provider wants, or else a growing one, of which chance takes
/// up to a half; in both cases so that many callers do not come back at once. None where the provider wants too much.
pub(super) fn pause(attempts: u32, wanted: Option<Duration>) -> Option<Duration> {
    let chance = (RandomState::new().hash_one(attempts) % 1024) as f64 / 2048.0;
    if let Some(wanted) = wanted {
        return (wanted <= WANTED).then(|| wanted.saturating_add(FIRST.mul_f64(chance)));
    }
    let whole = FIRST.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1))).min(LONGEST);
    Some(whole.mul_f64(0.5 + chance))
}
