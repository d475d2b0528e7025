//! A repository on this machine: where it lies and how it is opened.

use super::{
    error::Error,
    id::CommitId,
    program::{Call, Program},
    quarantine::with_quarantine,
};
use git2::{ErrorCode, RepositoryOpenFlags};
use std::{
    collections::BTreeMap,
    ffi::OsStr,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// A repository, with or without a work tree. `Send` and `Sync`.
///
/// git2's handle is not `Sync`. One is kept behind a mutex for what takes microseconds (refs, so that asking for a
/// branch's tip opens nothing); whatever reads objects opens a handle of its own, about 0.1 ms, so that a long read
/// never makes a short one wait.
///
/// **Whose settings are believed.** libgit2 refuses a repository that belongs to another user unless the user's own
/// `safe.directory` trusts it, and that check stays on. A trusted repository's settings can still not run anything:
/// git2 is used only for objects and refs, which know no filters, hooks or monitors, and the `git` program is called
/// with those switched off (see [`Program`]).
pub struct Repository {
    git_dir: PathBuf,
    work_tree: Option<PathBuf>,
    program: Program,
    handle: Mutex<git2::Repository>,
    /// Where refs will be when a push has landed that is looked at before that; none where one will be gone.
    pub(super) expected: BTreeMap<String, Option<CommitId>>,
    /// The last two commits that were looked at and do not lie on one line, the older first.
    pub(super) apart: Mutex<Option<(CommitId, CommitId)>>,
}

impl Repository {
    /// Opens the repository that encloses `path`: a work tree, any folder in one, a `.git` folder, or a bare one.
    /// As with `git`, the search goes up and stays on one file system; the environment is not asked.
    ///
    /// # Errors
    /// Where there is none, where it belongs to another user, or where it is of a kind that cannot be read (SHA-256).
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::open_with(path, Program::default())
    }

    /// The same with a `git` program and limits of one's own.
    ///
    /// # Errors
    /// As [`Repository::open`].
    pub fn open_with(path: &Path, program: Program) -> Result<Self, Error> {
        let none: [&OsStr; 0] = [];
        let handle = git2::Repository::open_ext(path, RepositoryOpenFlags::empty(), none)
            .map_err(|error| opening(path, &error))?;
        let handle = with_quarantine(handle, program.quarantine.as_deref())?;
        Ok(Self {
            git_dir: handle.path().to_owned(),
            work_tree: handle.workdir().map(Path::to_owned),
            program,
            handle: Mutex::new(handle),
            expected: BTreeMap::new(),
            apart: Mutex::default(),
        })
    }

    /// The folder with the repository's own files: `.git`, or the bare repository itself. Absolute.
    #[must_use]
    pub fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// The folder with the checked-out files; `None` in a bare repository. Absolute. The repository's own settings may put
    /// it anywhere (`core.worktree`); nothing is read from it here.
    #[must_use]
    pub fn work_tree(&self) -> Option<&Path> {
        self.work_tree.as_deref()
    }

    /// The `git` program that reads this repository.
    pub(super) const fn program(&self) -> &Program {
        &self.program
    }

    /// A call for the person whose machine this is, with their settings, in this repository.
    pub(super) fn personal(&self, name: &str) -> Call {
        self.program.own(&self.git_dir, name).env("GIT_DIR", &self.git_dir)
    }

    /// The shared handle, for what takes microseconds. It holds no state that a panic could leave half done.
    pub(super) fn shared(&self) -> MutexGuard<'_, git2::Repository> {
        self.handle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A handle of one's own, for what takes longer.
    pub(super) fn fresh(&self) -> Result<git2::Repository, Error> {
        let none: [&OsStr; 0] = [];
        let handle = git2::Repository::open_ext(&self.git_dir, RepositoryOpenFlags::NO_SEARCH, none)
            .map_err(|error| opening(&self.git_dir, &error))?;
        with_quarantine(handle, self.program.quarantine.as_deref())
    }

    /// The repository as it will be when a push has landed: these refs, by their full names, are where the push puts them,
    /// none where it deletes them. Only asking for the tip of one branch knows of it; nothing is written.
    #[must_use]
    pub fn expecting(self, refs: BTreeMap<String, Option<CommitId>>) -> Self {
        Self { expected: refs, ..self }
    }
}

impl std::fmt::Debug for Repository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Repository").field("git_dir", &self.git_dir).finish_non_exhaustive()
    }
}

fn opening(path: &Path, error: &git2::Error) -> Error {
    let path = path.to_owned();
    match error.code() {
        ErrorCode::NotFound => Error::NotARepository { path },
        ErrorCode::Owner => Error::NotOwned { path },
        _ => Error::Open { path, reason: error.message().to_owned() },
    }
}
