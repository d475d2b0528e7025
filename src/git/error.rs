//! What can go wrong between promptreg and a Git repository, each with what to do about it.

use super::id::{BlobId, CommitId};
use std::{path::PathBuf, time::Duration};

/// Everything this room fails with. Messages name what was asked for and what helps; credentials in URLs are blotted out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No repository at a path or above it.
    #[error("the folder {} is not in a Git repository", path.display())]
    NotARepository {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The repository belongs to another user, whose settings could run programs as this one.
    #[error(
        "the repository at {0} belongs to another user: run as its owner, or trust it with \
         `git config --global --add safe.directory {0}`",
        path.display()
    )]
    NotOwned {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// There is a repository, and it cannot be opened.
    #[error("the repository at {} cannot be opened: {reason}", path.display())]
    Open {
        /// Where it was looked for.
        path: PathBuf,
        /// Why, in libgit2's words.
        reason: String,
    },
    /// A name that may not be looked up at all.
    #[error("{name:?} is no name of a branch, tag or commit: {reason}")]
    RefName {
        /// The name, shortened.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No branch, tag or commit is called this.
    #[error("there is no branch, tag or commit {name:?}: see `git branch --all` and `git tag`, or fetch first")]
    UnknownRef {
        /// The name.
        name: String,
    },
    /// Several objects begin with these digits.
    #[error("several objects begin with {name}: write more digits")]
    Ambiguous {
        /// The abbreviated id.
        name: String,
    },
    /// It names a tree or a blob.
    #[error("{name:?} is there, but is not a commit")]
    NotACommit {
        /// The name.
        name: String,
    },
    /// A text that should have been an id.
    #[error("{text:?} is no id of a Git object: write 40 hexadecimal digits")]
    Id {
        /// The text, shortened.
        text: String,
    },
    /// An object that is not in the repository.
    #[error(
        "the object {object} is missing: check with `git fsck`; a shallow or partial clone must be completed first"
    )]
    Missing {
        /// Its id.
        object: String,
    },
    /// An object that is there and cannot be read.
    #[error("the object {object} cannot be read ({reason}): check with `git fsck` and fetch it again")]
    Corrupt {
        /// Its id.
        object: String,
        /// Why.
        reason: String,
    },
    /// A blob above the limit. It was not read.
    #[error("the blob {blob} has {size} bytes, more than the limit of {limit}")]
    TooLarge {
        /// Its id.
        blob: BlobId,
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// A tree above the limit.
    #[error("the commit {commit} has more than {limit} files and folders: split the registry")]
    TooManyFiles {
        /// The commit.
        commit: CommitId,
        /// The limit.
        limit: usize,
    },
    /// A commit that should lie on a branch's first-parent line does not: history was rewritten.
    #[error("{old} is not on the first-parent line of {new}: history was rewritten, or the branch is another one")]
    Rewritten {
        /// The commit that was expected on the line.
        old: CommitId,
        /// The line's tip.
        new: CommitId,
    },
    /// Two commits of which no third is known that both come from.
    #[error(
        "{a} and {b} have no commit in common here: fetch the whole history with `git fetch --unshallow` (in a GitHub \
         workflow `fetch-depth: 0` of actions/checkout), or name another base"
    )]
    Unrelated {
        /// One of them.
        a: CommitId,
        /// The other.
        b: CommitId,
    },
    /// A question about all of history, in a clone that has only the end of it.
    #[error(
        "this clone is shallow, so what was approved before it begins cannot be known: fetch the whole history with \
         `git fetch --unshallow` (in a GitHub workflow `fetch-depth: 0` of actions/checkout)"
    )]
    Shallow,
    /// A branch that someone else moved.
    #[error("the branch {branch} is at {found}, not at {expected}: look at what changed there and try again")]
    BranchMoved {
        /// The branch.
        branch: String,
        /// Where it should have been.
        expected: String,
        /// Where it is.
        found: String,
    },
    /// A path that may not be written.
    #[error("{path:?} cannot be written to a tree: {reason}")]
    Path {
        /// The path, shortened.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The `git` program cannot be started.
    #[error("the program {program:?} cannot be started ({reason}): install Git 2.34 or newer and put it on the PATH")]
    NoGit {
        /// What was called.
        program: String,
        /// Why not.
        reason: String,
    },
    /// The `git` program is too old or something else.
    #[error("promptreg needs Git 2.34 or newer, and `git --version` says {found:?}: install a newer one")]
    OldGit {
        /// What it said.
        found: String,
    },
    /// The `git` program failed.
    #[error("`{command}` failed with {status}: {stderr}")]
    Failed {
        /// The subcommand.
        command: String,
        /// Its exit status in words.
        status: String,
        /// What it wrote to the standard error, shortened.
        stderr: String,
    },
    /// The `git` program took too long, and was ended with all it had started.
    #[error("`{command}` was ended after {limit:?} without a result: try again on a machine with less to do")]
    TimedOut {
        /// The subcommand.
        command: String,
        /// The limit.
        limit: Duration,
    },
    /// The `git` program wrote too much, and was ended with all it had started.
    #[error("`{command}` wrote more than {limit} bytes")]
    TooMuchOutput {
        /// The subcommand.
        command: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// The `git` program took too much memory, and was ended with all it had started.
    #[error("`{command}` was ended when it took more than {limit} bytes of memory")]
    TooMuchMemory {
        /// The subcommand.
        command: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// The `git` program wrote something that is not its format.
    #[error("`{command}` wrote what cannot be understood: {reason}")]
    Unreadable {
        /// The subcommand.
        command: String,
        /// What was expected.
        reason: &'static str,
    },
    /// An address of a remote that is not used.
    #[error("{url:?} cannot be followed: {reason}")]
    Url {
        /// The address, shortened, without credentials.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The folder of a mirror holds something else, or the mirror is broken.
    #[error(
        "{} is no mirror that can be used ({reason}): name another data folder, or delete this one if nothing else is in \
         it, and it is fetched again",
        path.display()
    )]
    Mirror {
        /// The folder.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The mirror is another remote's.
    #[error(
        "{} is the mirror of {found}, not of {wanted}: name another data folder, or delete it, and it is fetched again",
        path.display()
    )]
    OtherMirror {
        /// The folder.
        path: PathBuf,
        /// Whose mirror it is, without credentials.
        found: String,
        /// Whose it should be, without credentials.
        wanted: String,
    },
    /// Another process is fetching into the mirror.
    #[error("another process is fetching into {}: wait until it is done", path.display())]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// A remote that could not be fetched. What was fetched before is still there.
    #[error(
        "{remote} cannot be fetched ({reason}): look whether it is in reach, and whether this machine has credentials \
         for it (an SSH agent, a credential helper, GIT_ASKPASS, or a token in an environment variable)"
    )]
    Fetch {
        /// The remote, without credentials.
        remote: String,
        /// Why, in Git's words.
        reason: String,
    },
    /// A key that did not sign.
    #[error(
        "the key {key} does not sign ({reason}): if it has a passphrase, or its private half is not beside it, put it \
         into an SSH agent with `ssh-add`"
    )]
    Sign {
        /// The file of the key, or the public key itself.
        key: String,
        /// Why, in the program's words.
        reason: String,
    },
    /// A merge, which older versions of Git cannot make without a work tree.
    #[error("merging without a work tree needs Git 2.38 or newer: install a newer one")]
    OldMerge,
    /// A commit that should follow another and does not.
    #[error("{commit} does not come after {expected}, and a branch is never moved back: build it on what is there")]
    NotAfter {
        /// The commit that should have been pushed.
        commit: CommitId,
        /// Where the branch is.
        expected: CommitId,
    },
    /// Several remotes, and nothing says which one.
    #[error(
        "the repository has several remotes and none is called origin: say which one with \
         `git config branch.{branch}.remote NAME`"
    )]
    ManyRemotes {
        /// The branch that should be pushed.
        branch: String,
    },
    /// A remote that could not be pushed to. Whether it got the push is not known where the connection broke off.
    #[error(
        "{remote} cannot be pushed to ({reason}): look whether it is in reach, and whether this machine has credentials \
         for it (an SSH agent, a credential helper, GIT_ASKPASS)"
    )]
    Push {
        /// The remote's name.
        remote: String,
        /// Why, in Git's words.
        reason: String,
    },
    /// Files of a work tree that a branch cannot be moved over.
    #[error("changes in {} are in the way ({reason}): commit or stash them, and try again", path.display())]
    InTheWay {
        /// The work tree.
        path: PathBuf,
        /// Which ones, in Git's words.
        reason: String,
    },
    /// A branch that others moved each time.
    #[error("others moved the branch {branch} {tries} times while this was being pushed: try again")]
    Contended {
        /// The branch.
        branch: String,
        /// How often it was tried.
        tries: u32,
    },
    /// Anything else that libgit2 says.
    #[error("Git says: {reason}")]
    Other {
        /// Its words.
        reason: String,
    },
}

impl From<git2::Error> for Error {
    fn from(error: git2::Error) -> Self {
        Self::Other { reason: error.message().to_owned() }
    }
}

impl Error {
    /// Whether the `git` program met with more than it can tell within its limits.
    pub(super) const fn is_too_much(&self) -> bool {
        matches!(
            self,
            Self::TooManyFiles { .. } | Self::TimedOut { .. } | Self::TooMuchMemory { .. } | Self::TooMuchOutput { .. }
        )
    }

    /// What reading the object of this id failed with.
    pub(super) fn object(object: impl ToString, error: &git2::Error) -> Self {
        let object = object.to_string();
        match error.code() {
            git2::ErrorCode::NotFound => Self::Missing { object },
            _ => Self::Corrupt { object, reason: error.message().to_owned() },
        }
    }
}
