//! The files of a commit that matter to a registry, and those that were refused.

use super::{
    error::Error,
    folder::PLAIN_FILE,
    id::{BlobId, CommitId},
    repository::Repository,
    walk::{Stand, Walk},
};
use crate::domain::{FOLDERS, locate};
use git2::{ErrorCode, Oid};
use std::{path::Path, sync::Arc};

/// What a commit holds, sorted by path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    /// The plain files.
    pub entries: Vec<TreeEntry>,
    /// What would have mattered and was not read.
    pub refused: Vec<Refused>,
}

/// A plain file of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEntry {
    /// Its path, with `/`; every part is a safe file name.
    pub path: Arc<str>,
    /// Its content.
    pub blob: BlobId,
}

/// Something in a commit that is not a plain file with a safe name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Its path, with � for what is not UTF-8 and for a slash inside a name; shortened where it is too long.
    pub path: String,
    /// Why, in a sentence without a full stop.
    pub reason: &'static str,
}

/// Whether a path matters to a registry: a file by its path, a folder by its path and a `/` at the end.
#[must_use]
pub fn is_registry_path(path: &str) -> bool {
    match path.strip_suffix('/') {
        Some(folder) => {
            let mut parts = folder.split('/');
            parts.next().is_some_and(|first| FOLDERS.contains(&first)) && parts.all(|part| !part.starts_with('.'))
        }
        None => locate(path) != Ok(None),
    }
}

impl Repository {
    /// The registry's files in a commit: those for which [`is_registry_path`] says so.
    ///
    /// # Errors
    /// As [`Repository::tree_where`].
    pub fn tree(&self, commit: CommitId) -> Result<Tree, Error> {
        self.tree_where(commit, is_registry_path)
    }

    /// The files of a commit whose path is wanted. A folder is asked for with a `/` at its end, and entered only if it
    /// is wanted. Links, submodules, executables, unsafe names, second entries of a name and names that differ from
    /// another only by case are refused, never followed; of the latter, the one in lower case stays. A folder that
    /// cannot be read, or holds more than 1,000,000 files and folders, is refused too, and the rest is read all the same. Modes are taken as Git takes them: an odd one,
    /// such as 100664, is the nearest that it knows.
    ///
    /// # Errors
    /// Where the commit is missing or broken, or its root folder alone holds more than 1,000,000 files and folders.
    pub fn tree_where(&self, commit: CommitId, want: impl Fn(&str) -> bool) -> Result<Tree, Error> {
        let handle = self.fresh()?;
        let root = root(&handle, commit)?;
        let odb = handle.odb()?;
        let [_, found] = Walk::lenient(&odb, &want, commit).walk([None, Some(root)])?;
        let mut tree = Tree::default();
        for (path, stand) in found {
            match stand {
                Stand::Plain(blob) => tree.entries.push(TreeEntry { path: path.into(), blob }),
                Stand::Refused(_, reason) => tree.refused.push(Refused { path, reason }),
            }
        }
        Ok(tree)
    }
}

impl Repository {
    /// The plain file at a path in a commit; none where there is none.
    ///
    /// # Errors
    /// Where there is no such commit, or a folder of it is missing.
    pub fn blob_at(&self, commit: CommitId, path: &str) -> Result<Option<BlobId>, Error> {
        let handle = self.fresh()?;
        let tree = handle.find_tree(root(&handle, commit)?)?;
        match tree.get_path(Path::new(path)) {
            Ok(entry) if entry.filemode() == PLAIN_FILE.cast_signed() => BlobId::of(entry.id()).map(Some),
            Ok(_) => Ok(None),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// The root folder of a commit.
pub(super) fn root(handle: &git2::Repository, commit: CommitId) -> Result<Oid, Error> {
    let found = handle.find_commit(commit.oid()?).map_err(|error| Error::object(commit, &error))?;
    Ok(found.tree_id())
}

/// What is unsafe about one part of a path.
pub(super) fn name_fault(raw: &[u8]) -> Option<&'static str> {
    let Ok(name) = std::str::from_utf8(raw) else { return Some("its name is not UTF-8") };
    let bare = name.trim_end_matches(['.', ' ']);
    if name.is_empty() || name == "." || name == ".." {
        Some("its name is empty, . or ..")
    } else if bare.eq_ignore_ascii_case(".git") || bare.eq_ignore_ascii_case("git~1") {
        Some("its name is that of Git's own folder")
    } else if name.contains(['/', '\\']) {
        Some("its name has a slash or a backslash in it")
    } else if name.chars().any(char::is_control) {
        Some("its name has a control character in it")
    } else {
        None
    }
}
