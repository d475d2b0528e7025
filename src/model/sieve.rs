//! Takes a key out of what comes in pieces, since whoever was sent a key may repeat it.

use secrecy::{ExposeSecret as _, SecretString};

/// What stands for a key.
const INSTEAD: &[u8] = b"[key]";

/// Holds back the end of a piece for as long as a key may have begun there.
pub(super) struct Sieve {
    key: Option<SecretString>,
    held: Vec<u8>,
}

impl Sieve {
    pub(super) fn new(key: Option<&SecretString>) -> Self {
        Self { key: key.filter(|key| !key.expose_secret().is_empty()).cloned(), held: Vec::new() }
    }

    /// What of the pieces so far can be told now.
    pub(super) fn pass(&mut self, piece: &[u8]) -> Vec<u8> {
        let mut held = std::mem::take(&mut self.held);
        held.extend_from_slice(piece);
        let Some(key) = self.key.as_ref().map(|key| key.expose_secret().as_bytes()) else { return held };
        let (mut told, mut rest) = (Vec::with_capacity(held.len()), held.as_slice());
        while let Some(at) = rest.windows(key.len()).position(|window| window == key) {
            let (before, after) = rest.split_at(at);
            told.extend_from_slice(before);
            told.extend_from_slice(INSTEAD);
            rest = after.strip_prefix(key).unwrap_or_default();
        }
        let begun = (1..key.len()).rev().find(|length| key.get(..*length).is_some_and(|begun| rest.ends_with(begun)));
        let (now, later) = rest.split_at(rest.len() - begun.unwrap_or(0));
        told.extend_from_slice(now);
        self.held = later.to_vec();
        told
    }

    /// What was held back, when nothing more comes.
    pub(super) fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held)
    }

    /// The same for what comes in one piece.
    pub(super) fn whole(key: Option<&SecretString>, piece: &[u8]) -> Vec<u8> {
        let mut sieve = Self::new(key);
        let mut told = sieve.pass(piece);
        told.extend(sieve.rest());
        told
    }
}
