//! What to watch in a repository's own files, to learn at once that a ref moved.

use super::repository::Repository;
use std::path::{Path, PathBuf};

/// A folder to watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// The folder.
    pub path: PathBuf,
    /// Whether the folders in it are to be watched too.
    pub recursive: bool,
}

impl Watched {
    /// Whether what happened to a path in the folder can mean that a ref moved. Locks come and go before anything has
    /// moved, and beside `HEAD` and `packed-refs` lies much else, such as the index.
    #[must_use]
    pub fn concerns(&self, path: &Path) -> bool {
        let Ok(inner) = path.strip_prefix(&self.path) else { return false };
        match (self.recursive, inner.to_str()) {
            (true, name) => !name.is_some_and(|name| name.ends_with(".lock")),
            (false, name) => matches!(name, Some("HEAD" | "packed-refs")),
        }
    }
}

impl Repository {
    /// The folders in which every move of a ref shows, never the work tree: the repository's own folder, for `HEAD` and
    /// `packed-refs`; where the work tree is a linked one (`git worktree add`), its own folder for `HEAD` and the common
    /// one for `packed-refs`; and `refs` with all below it.
    ///
    /// Git replaces these files by renaming a lock over them, after which a watch on the file itself sees no more; so
    /// the folder that holds them is to be watched, not recursively (the objects are in there). [`Watched::concerns`]
    /// says which of its events count.
    #[must_use]
    pub fn watched(&self) -> Vec<Watched> {
        let (own, common) = (self.git_dir().to_owned(), self.shared().commondir().to_owned());
        let refs = Watched { path: common.join("refs"), recursive: true };
        let mut folders = vec![own, common];
        folders.dedup();
        folders.into_iter().map(|path| Watched { path, recursive: false }).chain([refs]).collect()
    }
}
