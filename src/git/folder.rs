//! The entries of one folder, read from Git's own bytes, and in what two lists of them differ.

use std::cmp::Ordering;

/// The mode of a folder.
pub(super) const FOLDER: u32 = 0o040_000;
/// The mode of a symbolic link.
pub(super) const LINK: u32 = 0o120_000;
/// The mode of a submodule.
pub(super) const SUBMODULE: u32 = 0o160_000;
/// The mode of an executable file.
pub(super) const EXECUTABLE: u32 = 0o100_755;
/// The mode of a plain file, the only kind that counts.
pub const PLAIN_FILE: u32 = 0o100_644;

/// One entry of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    /// Its mode, as Git reads it.
    pub(super) mode: u32,
    /// Its name, which may be anything but a NUL.
    pub(super) name: &'a [u8],
    /// The id of what it holds.
    pub(super) id: &'a [u8; 20],
}

impl Entry<'_> {
    /// The order in which Git sorts: a folder as if its name ended with a slash.
    fn order(&self, other: &Self) -> Ordering {
        let shared = self.name.len().min(other.name.len());
        let (own, others) = (self.name.split_at(shared), other.name.split_at(shared));
        let end = |rest: &[u8], mode| rest.first().copied().unwrap_or(if mode == FOLDER { b'/' } else { 0 });
        own.0.cmp(others.0).then_with(|| end(own.1, self.mode).cmp(&end(others.1, other.mode)))
    }
}

/// All entries of a folder; `None` where the bytes are no folder's.
pub(super) fn entries(mut bytes: &[u8]) -> Option<Vec<Entry<'_>>> {
    let mut entries = Vec::with_capacity(bytes.len() / 40);
    while !bytes.is_empty() {
        let mode_end = bytes.iter().take(8).position(|byte| *byte == b' ')?;
        let (mode, rest) = (mode(bytes.get(..mode_end)?)?, bytes.get(mode_end + 1..)?);
        let name_end = rest.iter().position(|byte| *byte == 0)?;
        let (id, after) = rest.get(name_end + 1..)?.split_first_chunk()?;
        entries.push(Entry { mode, name: rest.get(..name_end)?, id });
        bytes = after;
    }
    Some(entries)
}

/// A mode as Git itself reads it: it knows five, and takes every other for the nearest of them.
fn mode(digits: &[u8]) -> Option<u32> {
    let raw = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok()?;
    Some(match raw & 0o170_000 {
        0o100_000 if raw & 0o100 == 0 => PLAIN_FILE,
        0o100_000 => EXECUTABLE,
        LINK => LINK,
        FOLDER => FOLDER,
        _ => SUBMODULE,
    })
}

/// What is in one folder and not just so in the other, for both. Cost is that of walking both side by side; where they
/// are not sorted as Git sorts them, what is the same may be among what differs.
pub(super) fn differing<'a>(before: &[Entry<'a>], after: &[Entry<'a>]) -> [Vec<Entry<'a>>; 2] {
    let (mut old, mut new) = (before.iter().peekable(), after.iter().peekable());
    let mut found = [Vec::new(), Vec::new()];
    loop {
        let order = match (old.peek(), new.peek()) {
            (Some(a), Some(b)) if a == b => {
                old.next();
                new.next();
                continue;
            }
            (Some(a), Some(b)) => a.order(b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return found,
        };
        if order.is_le() {
            found[0].extend(old.next());
        }
        if order.is_ge() {
            found[1].extend(new.next());
        }
    }
}

/// A name as it is shown: with � for what is not UTF-8, and for a slash, which only separates names.
pub(super) fn shown(name: &[u8]) -> String {
    String::from_utf8_lossy(name).replace('/', "\u{fffd}")
}

/// A name without its case, by which a file system may know it.
pub(super) fn folded(name: &[u8]) -> String {
    if is_lower(name) { String::from_utf8_lossy(name).into_owned() } else { shown(name).to_lowercase() }
}

/// Whether a name cannot be another's twin but by being exactly the same: ASCII without upper case.
pub(super) fn is_lower(name: &[u8]) -> bool {
    !name.iter().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii() || *byte == b'/')
}
