//! A person's clone and its remote: what is fetched, and what is pushed and how that ended.

use super::{
    error::Error,
    id::CommitId,
    program::{Call, redact},
    refs::{check_name, find},
    repository::Repository,
};
use std::io::Read;

/// The protocols of a person's own remotes.
const PROTOCOLS: &str = "https:ssh:http:git:file";

/// How much of what a remote says is kept, in characters.
const WORDS: usize = 2000;

/// How a push ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Push {
    /// The branch is at the commit.
    Pushed,
    /// The branch was not where it was expected, and stayed there.
    Moved,
    /// A hook or a protection said no.
    Refused {
        /// The remote's words on one line, without control characters.
        reason: String,
    },
}

impl Repository {
    /// The name of the remote that `branch` is pushed to: the branch's own, else that of the branch that `HEAD` names,
    /// else `origin`, else the only one. `None` where the repository has no remote.
    ///
    /// # Errors
    /// [`Error::ManyRemotes`] where there are several and nothing tells which.
    pub fn upstream(&self, branch: &str) -> Result<Option<String>, Error> {
        check_name(branch)?;
        let head = self.head_branch()?;
        let handle = self.fresh()?;
        let mut names = Vec::new();
        for name in handle.remotes()?.iter() {
            names.extend(name?.filter(|name| check_name(name).is_ok()).map(str::to_owned));
        }
        let config = handle.config()?.snapshot()?;
        let of = |branch: &str| config.get_string(&format!("branch.{branch}.remote")).ok();
        let told = of(branch).into_iter().chain(head.as_deref().and_then(of)).chain(["origin".to_owned()]);
        if let Some(name) = told.into_iter().find(|name| names.contains(name)) {
            return Ok(Some(name));
        }
        match names.len() {
            0 | 1 => Ok(names.pop()),
            _ => Err(Error::ManyRemotes { branch: branch.to_owned() }),
        }
    }

    /// Asks `remote` where `branch` is, fetches it, and keeps that in `refs/remotes/`. `None` where it has no such branch.
    /// No branch of the clone moves.
    ///
    /// # Errors
    /// [`Error::Fetch`] where the remote is not in reach or refuses, [`Error::TimedOut`] where it takes too long.
    pub fn fetch_branch(&self, remote: &str, branch: &str) -> Result<Option<CommitId>, Error> {
        check_name(remote)?;
        check_name(branch)?;
        let here = format!("refs/remotes/{remote}/{branch}");
        let options = ["--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"];
        let call = self.to_remote("fetch").args(options).args(["--no-auto-maintenance", "--refmap=", "--", remote]);
        match self.program().collect(call.arg(format!("+refs/heads/{branch}:{here}")), &[]) {
            Ok(_) => find(&self.shared(), &here, branch),
            Err(Error::Failed { stderr, .. }) if stderr.contains("couldn't find remote ref") => Ok(None),
            // Another process of this person's has just fetched the same.
            Err(Error::Failed { stderr, .. }) if stderr.contains("cannot lock ref") => {
                find(&self.shared(), &here, branch)
            }
            Err(Error::Failed { stderr, .. }) => Err(Error::Fetch { remote: remote.to_owned(), reason: stderr }),
            Err(error) => Err(error),
        }
    }

    /// Fetches all branches of `remote`, and forgets those that it has no more. No branch of the clone moves.
    ///
    /// # Errors
    /// As [`Repository::fetch_branch`].
    pub fn fetch_all(&self, remote: &str) -> Result<(), Error> {
        check_name(remote)?;
        let options = ["--quiet", "--prune", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"];
        let call = self.to_remote("fetch").args(options).args(["--no-auto-maintenance", "--refmap=", "--", remote]);
        match self.program().collect(call.arg(format!("+refs/heads/*:refs/remotes/{remote}/*")), &[]) {
            Err(Error::Failed { stderr, .. }) => Err(Error::Fetch { remote: remote.to_owned(), reason: stderr }),
            other => other.map(drop),
        }
    }

    /// Moves `branch` of `remote` from `expected` (`None`: it is not there) to `commit`, which comes after it, with the
    /// person's own credentials. A branch is never moved back, and one that is elsewhere stays. `refs/remotes/` follows.
    ///
    /// # Errors
    /// [`Error::NotAfter`] where `commit` does not come after `expected`, [`Error::Push`] where the remote is not in reach,
    /// [`Error::TimedOut`] where it takes too long.
    pub fn push(
        &self,
        remote: &str,
        branch: &str,
        commit: CommitId,
        expected: Option<CommitId>,
    ) -> Result<Push, Error> {
        check_name(remote)?;
        check_name(branch)?;
        self.check_after(commit, expected)?;
        let there = format!("refs/heads/{branch}");
        // With this Git pushes over whatever the branch is at only if that is what is expected; the check above has seen
        // that this goes forward.
        let lease = format!("--force-with-lease={there}:{}", expected.map(|id| id.to_string()).unwrap_or_default());
        let options = ["--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no", "--no-signed"];
        let call = self.to_remote("push").args(options).args([&lease, "--", remote]);
        let call = call.arg(format!("{commit}:{there}")).accept(1);
        let (said, status, stderr) = self.heard(call).map_err(|error| match error {
            Error::Failed { stderr, .. } => Error::Push { remote: remote.to_owned(), reason: stderr },
            error => error,
        })?;
        let said = String::from_utf8_lossy(&said).into_owned();
        match outcome(&said, &there, &String::from_utf8_lossy(&stderr)) {
            Some(Push::Pushed) if status == 0 => {
                self.follow(remote, branch, commit);
                Ok(Push::Pushed)
            }
            Some(ended) if ended != Push::Pushed => Ok(ended),
            _ => Err(Error::Push { remote: remote.to_owned(), reason: words(&String::from_utf8_lossy(&stderr)) }),
        }
    }

    /// That `commit` comes after `expected`.
    pub(super) fn check_after(&self, commit: CommitId, expected: Option<CommitId>) -> Result<(), Error> {
        let Some(expected) = expected else { return Ok(()) };
        let (new, old) = (commit.oid()?, expected.oid()?);
        if new == old || self.fresh()?.graph_descendant_of(new, old)? {
            Ok(())
        } else {
            Err(Error::NotAfter { commit, expected })
        }
    }

    /// Keeps where the remote's branch is now. Git does it by itself where its settings for the remote name the branch.
    fn follow(&self, remote: &str, branch: &str, commit: CommitId) {
        let name = format!("refs/remotes/{remote}/{branch}");
        let kept = commit.oid().and_then(|oid| {
            let handle = self.shared();
            if handle.refname_to_id(&name).ok() != Some(oid) {
                handle.reference(&name, oid, true, "update by push")?;
            }
            Ok(())
        });
        if let Err(error) = kept {
            tracing::debug!(%name, %error, "what is known of a remote's branch stays behind until the next fetch");
        }
    }

    fn to_remote(&self, name: &str) -> Call {
        self.program().remote(self.git_dir(), name, PROTOCOLS, &[])
    }

    fn heard(&self, call: Call) -> Result<(Vec<u8>, i32, Vec<u8>), Error> {
        let name = call.name();
        self.program().hear(call, &[], |out| {
            let mut bytes = Vec::new();
            let unreadable = |_| Error::Unreadable { command: name, reason: "its output broke off" };
            out.take(1 << 20).read_to_end(&mut bytes).map_err(unreadable)?;
            Ok(bytes)
        })
    }
}

/// How the push of one branch ended, by the line that `git push --porcelain` writes for it.
fn outcome(said: &str, there: &str, stderr: &str) -> Option<Push> {
    let mut lines = said.lines().filter_map(|line| {
        let mut fields = line.splitn(3, '\t');
        let flag = fields.next()?;
        let (_, to) = fields.next()?.rsplit_once(':')?;
        (to == there).then(|| (flag, fields.next().unwrap_or_default()))
    });
    let (flag, summary) = lines.next()?;
    match flag {
        " " | "*" | "=" => Some(Push::Pushed),
        "!" if summary.starts_with("[rejected]") => Some(Push::Moved),
        "!" if summary.starts_with("[remote rejected]") => Some(refusal(summary, stderr)),
        _ => None,
    }
}

/// Tells a remote that was overtaken by another push from one that says no.
fn refusal(summary: &str, stderr: &str) -> Push {
    let overtaken =
        ["cannot lock ref", "failed to update ref", "incorrect old value", "already exists", "failed to lock"];
    if overtaken.iter().any(|words| summary.contains(words)) {
        return Push::Moved;
    }
    let reason = summary.strip_prefix("[remote rejected]").unwrap_or(summary).trim();
    let said = stderr.lines().filter_map(|line| line.strip_prefix("remote:")).map(str::trim);
    let said: Vec<&str> = said.filter(|line| !line.is_empty()).chain([reason]).collect();
    Push::Refused { reason: words(&said.join("\n")) }
}

/// What a remote said, on one line.
fn words(said: &str) -> String {
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    redact(&lines.join("; ").chars().filter(|c| !c.is_control()).take(WORDS).collect::<String>())
}
