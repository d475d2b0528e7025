//! What Git says of a push: which refs go where.

use crate::{
    app::Error,
    git::{CommitId, Repository},
};
use std::collections::BTreeMap;

/// The most bytes that Git may say of one push.
pub(super) const BYTES: usize = 4 << 20;
/// The most refs of one push.
const REFS: usize = 10_000;

/// A ref that a push moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moved {
    /// Where it is; none where it is new.
    pub(super) old: Option<CommitId>,
    /// Where it goes; none where it is deleted.
    pub(super) new: Option<CommitId>,
}

/// Reads the lines `OLD NEW REF` of a push, by the names of the refs that really move.
///
/// # Errors
/// Where they are no such lines, or too many, or one ref would go to two places.
pub(super) fn read(lines: &[u8], repository: &Repository) -> Result<BTreeMap<String, Moved>, Error> {
    let refused = |reason: String| Err(Error::Refused(format!("what Git says of the push cannot be used: {reason}")));
    if lines.len() > BYTES {
        return refused(format!("it has more than {BYTES} bytes: push fewer refs at once"));
    }
    // A name that is not UTF-8 is none of those that are guarded.
    let text = String::from_utf8_lossy(lines);
    let mut moved = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        if number == REFS {
            return refused(format!("it has more than {REFS} refs: push fewer at once"));
        }
        let Some((own, name)) = parse(line) else {
            return refused(format!("line {} is not OLD NEW REF", number + 1));
        };
        let name = repository.moves(name)?;
        if moved.insert(name.clone(), own).is_some_and(|known| known.new != own.new) {
            return refused(format!("{name:?} would go to two places"));
        }
    }
    Ok(moved)
}

fn parse(line: &str) -> Option<(Moved, &str)> {
    let mut words = line.splitn(3, ' ');
    let (old, new, name) = (words.next()?, words.next()?, words.next()?);
    let id = |text: &str| match text.bytes().all(|byte| byte == b'0') && text.len() == 40 {
        true => Some(None),
        false => text.parse::<CommitId>().ok().map(Some),
    };
    name.starts_with("refs/").then_some((Moved { old: id(old)?, new: id(new)? }, name))
}
