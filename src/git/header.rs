//! A commit read from its own bytes, in the way in which `git log` reads it.

use super::{
    history::Person,
    message::{self, trimmed},
};
use git2::Oid;
use std::sync::Arc;

/// What a commit says of itself.
pub(super) struct Header {
    pub(super) tree: Oid,
    pub(super) parents: Vec<Oid>,
    pub(super) author: Person,
    pub(super) authored_at: i64,
    pub(super) committer: Person,
    pub(super) committed_at: i64,
    pub(super) subject: String,
    pub(super) co_authors: Arc<[Arc<str>]>,
}

impl Header {
    /// Reads a commit; `None` where it is broken, or, unless that is to be read as well as it can be, not in UTF-8, which
    /// is left to `git log`.
    pub(super) fn read(bytes: &[u8], in_any_encoding: bool) -> Option<Self> {
        // To Git a text ends with the first NUL.
        let bytes = bytes.split(|byte| *byte == 0).next()?;
        let (mut author, mut committer) = ((nobody(), 0), (nobody(), 0));
        let (mut tree, mut parents) = (None, Vec::new());
        let mut rest = bytes;
        loop {
            let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            let (line, after) = (rest.get(..end)?, rest.get(end + 1..).unwrap_or_default());
            if line.is_empty() {
                break;
            }
            let (key, value) =
                line.split_at(line.iter().position(|byte| *byte == b' ').map_or(line.len(), |at| at + 1));
            match key {
                b"tree " => tree = oid(value),
                b"parent " => parents.push(oid(value)?),
                b"author " => author = person(value),
                b"committer " => committer = person(value),
                b"encoding " if !in_any_encoding && !value.eq_ignore_ascii_case(b"utf-8") => return None,
                _ => {}
            }
            rest = after;
        }
        let (subject, co_authors) = (message::subject(rest), message::co_authors(rest));
        let ((author, authored_at), (committer, committed_at)) = (author, committer);
        Some(Self { tree: tree?, parents, author, authored_at, committer, committed_at, subject, co_authors })
    }
}

fn oid(digits: &[u8]) -> Option<Oid> {
    std::str::from_utf8(digits).ok().and_then(|digits| Oid::from_str(digits).ok())
}

fn nobody() -> Person {
    Person { name: "".into(), email: "".into() }
}

/// `Name <address> seconds zone`, of which each part may be missing.
fn person(line: &[u8]) -> (Person, i64) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into();
    let parts = || {
        let (name, rest) = line.split_at_checked(line.iter().position(|byte| *byte == b'<')?)?;
        let rest = rest.get(1..)?;
        let email = rest.get(..rest.iter().position(|byte| *byte == b'>')?)?;
        Some((trimmed(name), email))
    };
    let Some((name, email)) = parts() else { return (nobody(), 0) };
    (Person { name: text(name), email: text(email) }, time(line).unwrap_or(0))
}

fn time(line: &[u8]) -> Option<i64> {
    let date = line.get(line.iter().rposition(|byte| *byte == b'>')? + 1..)?;
    let date = std::str::from_utf8(date).ok()?.trim_start_matches([' ', '\t', '\r']);
    let end = date.find(|c: char| !c.is_ascii_digit())?;
    let zone = date.get(end..)?.trim_start_matches([' ', '\t', '\r']).strip_prefix(['+', '-'])?;
    if !zone.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    date.get(..end)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(text in "(tree |parent |author |committer |encoding |[<>a-f0-9+ \n\0]|é){0,60}") {
            drop(Header::read(text.as_bytes(), false));
        }
    }
}
