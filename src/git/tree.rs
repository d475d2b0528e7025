//! The files of a commit that matter to a registry, and those that were refused.

use super::{
    error::Error,
    id::{BlobId, CommitId},
    repository::Repository,
};
use crate::domain::{FOLDERS, locate};
use git2::Oid;
use std::{collections::HashMap, sync::Arc};

/// The mode of a plain file, the only kind that counts.
pub const PLAIN_FILE: u32 = 0o100_644;

/// The most files and folders that are looked at.
const ENTRIES: usize = 1_000_000;
/// The most folders above a file.
const DEPTH: usize = 32;
/// The longest path, in bytes.
const PATH_BYTES: usize = 4096;

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
    /// Its path, with � for what is not UTF-8.
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
    /// cannot be read is refused too, and the rest is read all the same.
    ///
    /// # Errors
    /// Where the commit is missing or broken, or holds more than 1,000,000 files and folders.
    pub fn tree_where(&self, commit: CommitId, want: impl Fn(&str) -> bool) -> Result<Tree, Error> {
        let handle = self.fresh()?;
        let root = handle
            .find_commit(commit.oid()?)
            .and_then(|commit| commit.tree())
            .map_err(|error| Error::object(commit, &error))?;
        let mut walk = Walk { handle: &handle, want: &want, commit, seen: 0, tree: Tree::default() };
        walk.enter(&root, &mut String::new(), 0)?;
        let mut tree = walk.tree;
        tree.entries.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        tree.refused.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(tree)
    }
}

struct Walk<'a> {
    handle: &'a git2::Repository,
    want: &'a dyn Fn(&str) -> bool,
    commit: CommitId,
    seen: usize,
    tree: Tree,
}

impl Walk<'_> {
    /// Reads one folder. `path` is its path with a `/` at the end, and the same again on return.
    fn enter(&mut self, folder: &git2::Tree<'_>, path: &mut String, depth: usize) -> Result<(), Error> {
        self.seen += folder.len();
        if self.seen > ENTRIES {
            return Err(Error::TooManyFiles { commit: self.commit, limit: ENTRIES });
        }
        let siblings = Siblings::of(folder);
        let above = path.len();
        for entry in folder {
            let raw = entry.name_bytes();
            let fault = name_fault(raw).or_else(|| siblings.fault(raw));
            path.push_str(&String::from_utf8_lossy(raw));
            let mode = u32::try_from(entry.filemode_raw()).unwrap_or_default();
            if let Some(reason) = fault {
                self.refuse_named(path, reason);
            } else if path.len() > PATH_BYTES {
                self.refuse(&path.chars().take(200).collect::<String>(), "its path has more than 4,096 bytes");
            } else {
                self.take(path, mode, entry.id(), depth)?;
            }
            path.truncate(above);
        }
        Ok(())
    }

    /// Takes an entry with a safe name.
    fn take(&mut self, path: &mut String, mode: u32, id: Oid, depth: usize) -> Result<(), Error> {
        match mode {
            0o040_000 => self.take_folder(path, id, depth)?,
            PLAIN_FILE if (self.want)(path) => {
                self.tree.entries.push(TreeEntry { path: path.as_str().into(), blob: BlobId::of(id)? });
            }
            PLAIN_FILE => {}
            // A link or a submodule may stand for a folder as well as for a file.
            0o120_000 => self.refuse_either(path, "it is a symbolic link, and those are never followed"),
            0o160_000 => self.refuse_either(path, "it is a submodule, and those are never entered"),
            0o100_755 if (self.want)(path) => {
                self.refuse(path, "it is executable: make it a plain file with `git update-index --chmod=-x`");
            }
            _ if (self.want)(path) => self.refuse(path, "its mode is not 100644, that of a plain file"),
            _ => {}
        }
        Ok(())
    }

    fn take_folder(&mut self, path: &mut String, id: Oid, depth: usize) -> Result<(), Error> {
        path.push('/');
        if !(self.want)(path) {
            return Ok(());
        }
        if depth == DEPTH {
            self.refuse(path, "it lies below more than 32 folders");
            return Ok(());
        }
        match self.handle.find_tree(id) {
            Ok(folder) => self.enter(&folder, path, depth + 1)?,
            Err(_) => self.refuse(path, "the folder is missing or broken: check with `git fsck`"),
        }
        Ok(())
    }

    fn refuse(&mut self, path: &str, reason: &'static str) {
        self.tree.refused.push(Refused { path: path.to_owned(), reason });
    }

    fn refuse_either(&mut self, path: &str, reason: &'static str) {
        if (self.want)(path) || (self.want)(&format!("{path}/")) {
            self.refuse(path, reason);
        }
    }

    /// Refuses an entry for its name. Beside the registry's folders, only what would be wanted in lower case is named.
    fn refuse_named(&mut self, path: &str, reason: &'static str) {
        if path.contains('/') {
            self.refuse(path, reason);
        } else {
            let lower = path.to_lowercase();
            if (self.want)(&lower) || (self.want)(&format!("{lower}/")) {
                self.refuse(path, reason);
            }
        }
    }
}

/// The names of one folder, to find those that a file system would take for one.
struct Siblings(HashMap<Vec<u8>, usize>, HashMap<String, usize>);

impl Siblings {
    fn of(folder: &git2::Tree<'_>) -> Self {
        let mut exact = HashMap::with_capacity(folder.len());
        let mut folded = HashMap::with_capacity(folder.len());
        for entry in folder {
            *exact.entry(entry.name_bytes().to_vec()).or_default() += 1;
            *folded.entry(String::from_utf8_lossy(entry.name_bytes()).to_lowercase()).or_default() += 1;
        }
        Self(exact, folded)
    }

    fn fault(&self, raw: &[u8]) -> Option<&'static str> {
        let name = String::from_utf8_lossy(raw);
        let lower = name.to_lowercase();
        if self.0.get(raw).is_some_and(|count| *count > 1) {
            Some("the folder has two entries of this name")
        } else if lower != name && self.1.get(&lower).is_some_and(|count| *count > 1) {
            Some("another name in the folder differs only by case: use lower case")
        } else {
            None
        }
    }
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
