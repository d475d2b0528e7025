//! Requests that were taken lately, so that none is taken twice.

use crate::{app::forge::Forge, domain::Digest};
use std::collections::{HashMap, VecDeque};

/// For how many seconds a request is remembered.
const DAY: i64 = 24 * 60 * 60;

/// How many requests are remembered; the oldest is forgotten first.
const REQUESTS: usize = 16_384;

/// The requests that were taken lately. Each is known by its forge and body alone: nothing signs the header with the
/// delivery's number, so whoever replays a request could change it.
#[derive(Debug, Default)]
pub(super) struct Seen {
    at: HashMap<(Forge, Digest), i64>,
    oldest: VecDeque<(Forge, Digest)>,
}

impl Seen {
    /// Remembers a request that came now, in seconds since 1970; false where it came within the last 24 hours already.
    pub(super) fn is_new(&mut self, forge: Forge, body: &[u8], now: i64) -> bool {
        while let Some(first) = self.oldest.front()
            && (self.oldest.len() >= REQUESTS || self.at.get(first).is_none_or(|at| now.saturating_sub(*at) > DAY))
        {
            self.at.remove(first);
            self.oldest.pop_front();
        }
        let key = (forge, Digest::of(body));
        if self.at.contains_key(&key) {
            return false;
        }
        self.at.insert(key, now);
        self.oldest.push_back(key);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::{DAY, Forge, REQUESTS, Seen};

    #[test]
    fn a_request_is_new_once_a_day() {
        let mut seen = Seen::default();
        assert!(seen.is_new(Forge::Github, b"{}", 10));
        assert!(!seen.is_new(Forge::Github, b"{}", 10 + DAY));
        assert!(seen.is_new(Forge::Gitea, b"{}", 10 + DAY));
        assert!(seen.is_new(Forge::Github, b"{}", 11 + DAY));
    }

    #[test]
    fn no_more_requests_are_remembered_than_there_is_room_for() {
        let mut seen = Seen::default();
        for number in 0..REQUESTS + 10 {
            assert!(seen.is_new(Forge::Github, number.to_string().as_bytes(), 0));
        }
        assert_eq!((seen.at.len(), seen.oldest.len()), (REQUESTS, REQUESTS));
        assert!(seen.is_new(Forge::Github, b"0", 0), "the oldest is forgotten");
    }
}
