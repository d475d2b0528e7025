//! Submitting: a branch is pushed, and its contents are put up for approval.

use super::{Choice, Decided, Desk};
use crate::{
    app::Error,
    domain::{Handle, Permission, Verb},
    git::{self, Push},
};

/// What is submitted.
#[derive(Debug, Clone, Default)]
pub struct Submission {
    /// The branch; the one that is checked out where none is named.
    pub branch: Option<String>,
    /// What it is about.
    pub comment: Option<String>,
    /// Who is asked to look.
    pub reviewers: Vec<Handle>,
}

/// What was submitted.
#[derive(Debug, Clone)]
pub struct Submitted {
    /// The branch.
    pub branch: String,
    /// Whether it had to be pushed.
    pub pushed: bool,
    /// Whether the branch is checked out, with changes or new files that are in no commit, and so not submitted.
    pub leaves_changes: bool,
    /// The request.
    pub decided: Decided,
}

impl Desk {
    /// Pushes a branch to the remote, where there is one, and asks for the approval of what it changes.
    ///
    /// # Errors
    /// Where the branch is the default branch, is not there or changes nothing, the person may not propose, a reviewer is
    /// nobody, or pushing or signing fails.
    pub fn submit(&self, submission: Submission) -> Result<Submitted, Error> {
        let who = self.who()?;
        self.need(&who, Permission::Propose, "propose changes")?;
        let rules = self.rules()?;
        if let Some(nobody) = submission.reviewers.iter().find(|reviewer| !rules.users.contains_key(*reviewer)) {
            return Err(Error::Missing { what: "user", name: nobody.to_string() });
        }
        let branch = match submission.branch {
            Some(branch) => branch,
            None => self
                .repository()
                .head_branch()?
                .ok_or_else(|| Error::Refused("no branch is checked out: name the branch to submit".to_owned()))?,
        };
        if branch == self.app.branch() {
            return Err(Error::Refused(format!(
                "`{branch}` is the default branch, where content is approved: put your commits on a branch of their own with \
                 `git switch -c my-change`, and submit that"
            )));
        }
        let pushed = self.push(&branch)?;
        let choice = Choice {
            verb: Verb::Request,
            proposal: branch.clone(),
            paths: Vec::new(),
            head: None,
            comment: submission.comment,
            reviewers: submission.reviewers,
        };
        let decided = self.decide(&choice)?;
        let is_here = self.repository().head_branch()?.as_ref() == Some(&branch);
        let folder = self.repository().work_tree().filter(|_| is_here);
        let leaves_changes = match folder {
            Some(folder) => !git::is_clean(folder)?,
            None => false,
        };
        Ok(Submitted { branch, pushed, leaves_changes, decided })
    }

    /// Pushes a branch as it is here.
    fn push(&self, branch: &str) -> Result<bool, Error> {
        let here = self.repository().tip(branch)?;
        let Some(remote) = &self.remote else { return Ok(false) };
        let there = self.repository().remote_tip(remote, branch)?;
        let Some(here) = here.filter(|here| Some(*here) != there) else { return Ok(false) };
        let tried = self.repository().push(remote, branch, here, there);
        if let Err(git::Error::NotAfter { .. }) = tried {
            return Err(Error::Refused(format!(
                "`{branch}` on {remote} has commits that yours has not: `git pull --rebase {remote} {branch}` brings them; if you \
                 amended or rebased them yourself, `git push --force-with-lease {remote} {branch}`; then submit again"
            )));
        }
        match tried? {
            Push::Pushed => Ok(true),
            Push::Moved => Err(Error::Refused(format!(
                "somebody else pushed to `{branch}`: `git pull --rebase {remote} {branch}`, and submit again"
            ))),
            Push::Refused { reason } => {
                Err(Error::Refused(format!("the remote refused the push to `{branch}`: {reason}")))
            }
        }
    }
}
