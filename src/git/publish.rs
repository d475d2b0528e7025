//! Bringing a commit onto a branch that others move too.

use super::{error::Error, id::CommitId, push::Push, refs::check_name, repository::Repository, write::move_branch};
use std::{
    hash::{BuildHasher, RandomState},
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

/// How often it is tried.
const TRIES: u32 = 12;

/// The longest wait between two tries.
const WAIT: Duration = Duration::from_secs(5);

/// How publishing ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    /// The branch is at this commit.
    At(CommitId),
    /// There was nothing to do.
    Nothing,
    /// A hook or a protection of the remote said no.
    Refused {
        /// The remote's words on one line, without control characters.
        reason: String,
    },
}

impl Repository {
    /// Asks where `branch` is, lets `build` make a commit after that (`None`: the branch is not there yet) and moves the
    /// branch to it; where somebody else was faster, all over again, at most 12 times. `build` gives back `None` where
    /// nothing is left to do.
    ///
    /// It is the branch of the remote ([`Repository::upstream`]); the clone's own branches and work tree are not
    /// touched. In a repository without a remote it is the branch itself, and a work tree where it is checked out follows,
    /// with the person's changes kept.
    ///
    /// # Errors
    /// What `build` fails with; [`Error::Contended`] where others were faster each time; [`Error::InTheWay`] where changes
    /// in the work tree are; and as [`Repository::fetch_branch`] and [`Repository::push`].
    pub fn publish(
        &self,
        branch: &str,
        mut build: impl FnMut(Option<CommitId>) -> Result<Option<CommitId>, Error>,
    ) -> Result<Published, Error> {
        let remote = self.upstream(branch)?;
        for number in 0..TRIES {
            let began = Instant::now();
            let tip = match &remote {
                Some(remote) => self.fetch_branch(remote, branch)?,
                None => self.tip(branch)?,
            };
            let Some(commit) = build(tip)? else { return Ok(Published::Nothing) };
            let ended = match &remote {
                Some(remote) => self.push(remote, branch, commit, tip)?,
                None => self.advance(branch, commit, tip)?,
            };
            match ended {
                Push::Pushed => return Ok(Published::At(commit)),
                Push::Refused { reason } => return Ok(Published::Refused { reason }),
                Push::Moved => wait(number, began.elapsed()),
            }
        }
        Err(Error::Contended { branch: branch.to_owned(), tries: TRIES })
    }

    /// Moves a branch of this repository, and the work tree where it is checked out.
    fn advance(&self, branch: &str, commit: CommitId, expected: Option<CommitId>) -> Result<Push, Error> {
        check_name(branch)?;
        self.check_after(commit, expected)?;
        if let Some(path) = self.checked_out(branch)? {
            return if self.tip(branch)? == expected { self.forward(path, commit) } else { Ok(Push::Moved) };
        }
        let handle = self.fresh()?;
        match move_branch(&handle, branch, expected, commit.oid()?, "promptreg: published") {
            Ok(()) => Ok(Push::Pushed),
            Err(Error::BranchMoved { .. }) => Ok(Push::Moved),
            Err(error) => Err(error),
        }
    }

    /// The work tree that has `branch` checked out.
    fn checked_out(&self, branch: &str) -> Result<Option<PathBuf>, Error> {
        let call = self.program().reading(self.git_dir(), "worktree").args(["list", "--porcelain"]);
        let (said, _) = self.program().collect(call, &[])?;
        let said = String::from_utf8_lossy(&said).into_owned();
        let named = format!("branch refs/heads/{branch}");
        let mut trees = said.split("\n\n").filter(|tree| tree.lines().any(|line| line == named));
        Ok(trees.next().and_then(|tree| tree.lines().next()?.strip_prefix("worktree ")).map(PathBuf::from))
    }

    /// Lets a work tree and its branch go forward to `commit`, with all changes in it kept.
    fn forward(&self, path: PathBuf, commit: CommitId) -> Result<Push, Error> {
        let call = self.program().own(&path, "merge").args(["--ff-only", "--quiet", "--no-autostash"]);
        match self.program().collect(call.arg(commit.to_string()), &[]) {
            Ok(_) => Ok(Push::Pushed),
            Err(Error::Failed { stderr, .. }) if stderr.contains("overwritten by merge") => {
                Err(Error::InTheWay { path, reason: stderr })
            }
            Err(Error::Failed { stderr, .. }) if stderr.contains("fast-forward") || stderr.contains("cannot lock") => {
                Ok(Push::Moved)
            }
            Err(error) => Err(error),
        }
    }
}

/// Waits a while that is different for each who waits, so that they do not meet again: up to as long as the try took,
/// on a slow machine or line too, and longer after each.
fn wait(number: u32, took: Duration) {
    let longest = (took * (number + 1).min(6)).min(WAIT).as_millis().max(1);
    let drawn = u128::from(RandomState::new().hash_one(number)) % longest;
    thread::sleep(Duration::from_millis(u64::try_from(drawn).unwrap_or_default()));
}
