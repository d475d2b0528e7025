//! History: the first-parent line of a branch, and what each commit changed.

use super::{
    changes::{Change, Changes, plainly},
    error::Error,
    id::CommitId,
    log::{self, Record},
    program::Call,
    recent,
    repository::Repository,
};
use crate::domain::{FOLDERS, REGISTRY_FILE};
use std::sync::Arc;

/// How the first-parent line is walked. `--sparse` keeps commits without changes to the paths, so that it has no gaps.
pub(super) const LINE: [&str; 3] = ["--first-parent", "--diff-merges=first-parent", "--sparse"];
/// How all commits are walked. Without `--full-history` Git leaves out branches whose changes did not survive the merge.
/// With `--sparse` it tells of every commit, so that it can be seen in which order they landed.
pub(super) const ALL: [&str; 4] = ["--full-history", "--sparse", "--diff-merges=combined", "--date-order"];

/// Where the registry's files lie, as Git is asked for them: in any case, since a second name that differs by case is
/// refused; the Kelvin sign is another K.
pub(super) fn paths() -> impl Iterator<Item = String> {
    let names = || [REGISTRY_FILE, "tags.yaml", "tags.yml"].into_iter().chain(FOLDERS);
    let kelvin = names().filter(|name| name.contains('k')).map(|name| name.replace('k', "\u{212a}"));
    names().map(str::to_owned).chain(kelvin).map(|path| format!(":(top,icase,literal){path}"))
}

/// A name and an address, as a commit has them. Nobody checked them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Person {
    /// Their name; may be empty.
    pub name: Arc<str>,
    /// Their mail address; may be empty.
    pub email: Arc<str>,
}

/// A person and when they wrote something.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Author {
    /// Who.
    pub person: Person,
    /// When, in seconds since 1970, by the author's own clock.
    pub time: i64,
    /// The mail addresses of whoever wrote it too, as the commit's message says.
    pub co_authors: Arc<[Arc<str>]>,
}

/// One commit of a first-parent line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstParent {
    /// Its id.
    pub commit: CommitId,
    /// Its parents; the first is the one before it on the line.
    pub parents: Vec<CommitId>,
    /// Who wrote it.
    pub author: Person,
    /// When it was written, in seconds since 1970.
    pub authored_at: i64,
    /// The mail addresses that `Co-authored-by:` lines of its message name, up to 64.
    pub co_authors: Arc<[Arc<str>]>,
    /// Who committed it.
    pub committer: Person,
    /// When it was committed, in seconds since 1970.
    pub committed_at: i64,
    /// The first line of its message; may be empty.
    pub message: String,
    /// How the registry's files differ from those of the first parent. Files elsewhere are left out.
    pub changes: Vec<Change>,
}

impl FirstParent {
    /// Who wrote it, and when.
    #[must_use]
    pub fn written_by(&self) -> Author {
        let (person, co_authors) = (self.author.clone(), Arc::clone(&self.co_authors));
        Author { person, time: self.authored_at, co_authors }
    }
}

impl Repository {
    /// The first-parent line up to `tip`, oldest first, each commit with what it changed among the registry's files
    /// against its first parent; commits that changed none are there too. With `stop`, only what is newer. In a
    /// shallow clone the line begins where the clone does.
    ///
    /// Up to 64 new commits, merged ones counted, are read in this process, at a cost that follows what they changed; more by
    /// `git log`, but where that unfolds a commit to more than 1,000,000 changes. Such a commit's folders are refused where
    /// they hold too many files.
    ///
    /// # Errors
    /// [`Error::Rewritten`] where `stop` is not on the line; else where an object is missing or the program fails.
    pub fn history(&self, tip: CommitId, stop: Option<CommitId>) -> Result<Vec<FirstParent>, Error> {
        if let Some(line) = stop.and_then(|_| self.recent(tip, stop, recent::FEW)?.line(stop)) {
            return Ok(line);
        }
        if let Some(old) = stop
            && !self.is_first_parent_ancestor(old, tip)?
        {
            return Err(Error::Rewritten { old, new: tip });
        }
        let mut line = Vec::new();
        let mut changes = Changes::since(self, stop)?;
        let mut failed = None;
        let logged = self.log(&LINE, tip, stop, &mut |record| match changes.of(&record) {
            Ok(changes) => line.push(first_parent(record, changes)),
            Err(error) => failed = failed.take().or(Some(error)),
        });
        match logged {
            Ok(()) => failed.map_or(Ok(line), Err),
            Err(error) if error.is_too_much() => self.history_read(tip, stop).ok_or(error),
            Err(error) => Err(error),
        }
    }

    /// The same, read in this process.
    pub(super) fn history_read(&self, tip: CommitId, stop: Option<CommitId>) -> Option<Vec<FirstParent>> {
        self.recent(tip, stop, usize::MAX)?.line(stop)
    }

    /// Hands what `git log` says of the registry's files to `each`, oldest first.
    pub(super) fn log(
        &self,
        how: &[&str],
        tip: CommitId,
        stop: Option<CommitId>,
        each: &mut dyn FnMut(Record),
    ) -> Result<(), Error> {
        self.log_of(how, tip, stop, paths(), each)
    }

    /// Hands what `git log` says of these paths to `each`, oldest first.
    pub(super) fn log_of(
        &self,
        how: &[&str],
        tip: CommitId,
        stop: Option<CommitId>,
        paths: impl Iterator<Item = String>,
        each: &mut dyn FnMut(Record),
    ) -> Result<(), Error> {
        let program = self.program();
        program
            .run(self.log_call(how, tip, stop, paths), &[], |out| log::read(out, program.output_limit, each))
            .map(drop)
    }

    /// The call that asks for a log of these paths, oldest first.
    pub(super) fn log_call(
        &self,
        how: &[&str],
        tip: CommitId,
        stop: Option<CommitId>,
        paths: impl Iterator<Item = String>,
    ) -> Call {
        self.program()
            .reading(self.git_dir(), "log")
            .args(["--raw", "-z", "--no-renames", "--no-abbrev", "--reverse", "--ignore-submodules=none"])
            .args(["--encoding=UTF-8", "--no-notes", "--no-color", "--no-mailmap", log::FORMAT])
            .args(how)
            .args(["--end-of-options", &tip.to_string()])
            .args(stop.map(|stop| format!("^{stop}")))
            .arg("--")
            .args(paths)
    }
}

/// A commit with changes that were made out already.
pub(super) fn first_parent(record: Record, changes: Vec<Change>) -> FirstParent {
    FirstParent {
        commit: record.commit,
        parents: record.parents,
        author: record.author,
        authored_at: record.authored_at,
        co_authors: record.co_authors,
        committer: record.committer,
        committed_at: record.committed_at,
        message: record.subject,
        changes,
    }
}

/// A commit with its changes as they were logged, names aside.
pub(super) fn logged(record: Record) -> FirstParent {
    let changes = plainly(&record);
    first_parent(record, changes)
}
