//! Changes: how what stands at a path differs from what stood there in a commit's first parent.

use super::{
    error::Error,
    folder::folded,
    id::{BlobId, CommitId},
    log::{Raw, Record},
    repository::Repository,
    tree::{is_registry_path, root},
    walk::{Stand, Standing, Walk, is_odd_name},
};
use std::{collections::HashSet, sync::Arc};

/// How one file differs from the first parent's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its path, written as that of [`super::Refused`] where it is refused.
    pub path: Arc<str>,
    /// The plain file's content before; `None` where there was none, or it was refused.
    pub old: Option<BlobId>,
    /// The plain file's content now; `None` where there is none, or it is refused.
    pub new: Option<BlobId>,
    /// The mode now, [`super::PLAIN_FILE`] for a plain file; 0 where it was removed.
    pub mode: u32,
    /// Why what lies there now is not read, in the words of [`super::Refused`]; `None` for a plain file, or nothing. A
    /// folder with a name that is refused is one change, whatever lies in it.
    pub refused: Option<&'static str>,
}

impl Change {
    /// The change at a path from one state to another; `None` where it is none.
    fn between(path: &str, old: Option<Stand>, new: Option<Stand>) -> Option<Self> {
        let plain = |stand| if let Some(Stand::Plain(blob)) = stand { Some(blob) } else { None };
        let (mode, refused) = match new {
            Some(Stand::Plain(_)) => (super::PLAIN_FILE, None),
            Some(Stand::Refused(mode, reason)) => (mode, Some(reason)),
            None => (0, None),
        };
        (old != new).then(|| Self { path: path.into(), old: plain(old), new: plain(new), mode, refused })
    }
}

/// The changes of commits that come one after the other.
///
/// `git log` tells them at a fraction of the cost of reading folders, but for names: where one is not safe or has a twin
/// that differs only by case, what becomes of one file depends on others. Where a commit touches such a name, or one
/// that has been a twin's before, its folders are read instead. What `git log` cannot tell at all is left to Git's own
/// checks (`git fsck`): two entries of the very same name in a folder, and names with a slash in them.
pub(super) struct Changes<'a> {
    repository: &'a Repository,
    handle: Option<git2::Repository>,
    /// The paths, in lower case, of all odd names so far.
    odd: HashSet<String>,
}

impl<'a> Changes<'a> {
    /// The changes since a commit, or from the beginning.
    pub(super) fn since(repository: &'a Repository, stop: Option<CommitId>) -> Result<Self, Error> {
        let mut odd = HashSet::new();
        if let Some(stop) = stop {
            let handle = repository.fresh()?;
            odd.extend(Walk::lenient(&handle.odb()?, &is_registry_path, stop).odd_names(root(&handle, stop)?)?);
        }
        Ok(Self { repository, handle: None, odd })
    }

    /// The changes of the next commit.
    pub(super) fn of(&mut self, record: &Record) -> Result<Vec<Change>, Error> {
        let mut is_plain = true;
        for Raw { path, .. } in &record.changes {
            if path.is_odd {
                is_plain = false;
                self.odd.extend(odd_prefixes(&path.text));
            }
        }
        let has_twin = || record.changes.iter().any(|raw| prefixes(&raw.path.text).any(|path| self.odd.contains(path)));
        let is_twice = || record.changes.windows(2).any(|pair| pair[0].path.text == pair[1].path.text);
        if is_plain && (self.odd.is_empty() || !has_twin()) && !is_twice() {
            return Ok(plainly(record));
        }
        let handle = match self.handle.take() {
            Some(handle) => handle,
            None => self.repository.fresh()?,
        };
        let changes = read(&handle, record.parents.first().copied(), record.commit);
        self.handle = Some(handle);
        changes
    }
}

impl Repository {
    /// How the registry's files of one commit differ from those of another, sorted by path. Equal folders are not looked into.
    ///
    /// # Errors
    /// Where an object is missing, or there are too many files.
    pub fn difference(&self, from: CommitId, to: CommitId) -> Result<Vec<Change>, Error> {
        read(&self.fresh()?, Some(from), to)
    }
}

/// The changes of a commit, read from its folders and those of its parent.
pub(super) fn read(
    handle: &git2::Repository,
    parent: Option<CommitId>,
    commit: CommitId,
) -> Result<Vec<Change>, Error> {
    let before = parent.map(|parent| root(handle, parent)).transpose()?;
    let odb = handle.odb()?;
    let found = Walk::new(&odb, &is_registry_path, commit).walk([before, Some(root(handle, commit)?)])?;
    Ok(merge(&found))
}

/// The changes of a commit as they were logged, names aside.
pub(super) fn plainly(record: &Record) -> Vec<Change> {
    let changes = record.changes.iter().filter_map(|Raw { path, old, new }| {
        // Of the path itself it is known already.
        let want = |asked: &str| if asked == &*path.text { path.matters } else { is_registry_path(asked) };
        let stand = |(mode, blob)| (mode != 0).then(|| Stand::of(&path.text, mode, blob, &want)).flatten();
        let change = Change::between(&path.text, stand(*old), stand(*new))?;
        Some(Change { path: Arc::clone(&path.text), ..change })
    });
    changes.collect()
}

/// The changes from one state to another, both sorted by path.
fn merge([before, after]: &[Standing; 2]) -> Vec<Change> {
    let (mut old, mut new) = (before.iter().peekable(), after.iter().peekable());
    let mut changes = Vec::new();
    while let Some(path) = old.peek().into_iter().chain(new.peek()).map(|(path, _)| path).min() {
        let old = old.next_if(|(known, _)| known == path).map(|(_, stand)| *stand);
        let new = new.next_if(|(known, _)| known == path).map(|(_, stand)| *stand);
        changes.extend(Change::between(path, old, new));
    }
    changes
}

/// A path and all folders above it.
fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at]).chain([path])
}

/// The path and the folders above it, in lower case, whose own names are odd.
fn odd_prefixes(path: &str) -> impl Iterator<Item = String> {
    let name = |path: &str| path.rfind('/').map_or(0, |slash| slash + 1);
    let odd = prefixes(path).filter(move |path| is_odd_name(&path.as_bytes()[name(path)..]));
    odd.map(folded_path)
}

fn folded_path(path: &str) -> String {
    path.split('/').map(|name| folded(name.as_bytes())).collect::<Vec<_>>().join("/")
}
