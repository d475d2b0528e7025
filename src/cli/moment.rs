//! Times as people write them.

use jiff::{Timestamp, ToSpan as _, Zoned, civil};
use std::{fmt, str::FromStr};

/// A moment: `2026-11-22T14:02:00Z`, `2026-11-22 14:02`, `2026-11-22` (the end of that day), `14:02` (today),
/// `2 hours ago`. What says no offset is in the time zone of this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment(Timestamp);

impl fmt::Display for Moment {
    /// Writes RFC 3339.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let now = Zoned::now();
        // The end of today is not there yet: what is meant is now.
        let is_today = |text: &str| text.parse::<civil::Date>().is_ok_and(|day| day == now.date());
        let read =
            if is_today(text.trim()) && !text.contains(':') { Some(now.timestamp()) } else { read(text.trim(), &now) };
        read.map(Self).ok_or_else(|| {
            "write 2026-11-22T14:02:00Z, \"2026-11-22 14:02\", 2026-11-22 (its end), 14:02 (today) or \"2 hours ago\""
                .to_owned()
        })
    }
}

/// Reads a time as it is meant at the moment `now`, in its zone.
fn read(text: &str, now: &Zoned) -> Option<Timestamp> {
    let local = |time: civil::DateTime| Some(time.to_zoned(now.time_zone().clone()).ok()?.timestamp());
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    if text.ends_with("ago") {
        return Some(now.checked_add(text.parse::<jiff::Span>().ok()?).ok()?.timestamp());
    }
    if !text.contains(':') {
        let after = text.parse::<civil::Date>().ok()?.tomorrow().ok()?;
        return local(after.at(0, 0, 0, 0))?.checked_sub(1.second()).ok();
    }
    match text.parse::<civil::DateTime>() {
        Ok(time) => local(time),
        Err(_) => local(now.date().to_datetime(text.parse().ok()?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        let now: Zoned = "2026-11-22T15:00:00+01:00[Europe/Berlin]".parse().unwrap();
        let said = |text: &str| read(text, &now).map_or("none".to_owned(), |time| time.to_string());
        insta::assert_snapshot!(
            ["2026-11-22T14:02:00Z", "2026-11-22T14:02:00+02:00", "2026-11-22T14:02", "2026-11-22 14:02:30", "2026-07-01",
             "14:02", "2 hours ago", "1 day 2h ago", "1763820120", "yesterday", "25:00", "2026-13-01", "-", "ago", ""]
            .map(|text| format!("{text}: {}\n", said(text))).concat(),
            @"
        2026-11-22T14:02:00Z: 2026-11-22T14:02:00Z
        2026-11-22T14:02:00+02:00: 2026-11-22T12:02:00Z
        2026-11-22T14:02: 2026-11-22T13:02:00Z
        2026-11-22 14:02:30: 2026-11-22T13:02:30Z
        2026-07-01: 2026-07-01T21:59:59Z
        14:02: 2026-11-22T13:02:00Z
        2 hours ago: 2026-11-22T12:00:00Z
        1 day 2h ago: 2026-11-21T12:00:00Z
        1763820120: none
        yesterday: none
        25:00: none
        2026-13-01: none
        -: none
        ago: none
        : none
        ");
    }
}
