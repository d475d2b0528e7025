//! Merging: an approved proposal is brought to the default branch by a commit with two parents.

use super::Desk;
use crate::{
    app::{Error, Proposal},
    domain::{Handle, Permission, Rules, VersionState},
    git::{CommitId, Merged},
};
use std::{collections::BTreeMap, fmt::Write as _};

/// What was merged.
#[derive(Debug, Clone)]
pub struct Landed {
    /// The proposal, as it was.
    pub proposal: Proposal,
    /// The commit on the default branch.
    pub commit: CommitId,
    /// The commit that was there before: to undo it, revert the merge.
    pub before: CommitId,
}

impl Desk {
    /// Merges a proposal into the default branch, if it is covered. Where the branch moves meanwhile, it is judged and
    /// merged again.
    ///
    /// # Errors
    /// Where something lacks an approval or was rejected, the two have a conflict, the person may not merge, or pushing fails:
    /// nothing has changed then.
    pub fn merge(&self, id: &str) -> Result<Landed, Error> {
        let who = self.who()?;
        self.need(&who, Permission::Merge, "merge proposals")?;
        let mut landed = None;
        let branch = self.app.branch().to_owned();
        let commit = self.publish(&branch, |tip| {
            self.app.sync()?;
            let proposal = self.app.proposal(id)?;
            let rules = self.rules()?;
            proposal.is_whole()?;
            check(&proposal, &rules)?;
            let Some(tip) = tip else { return Err(Error::NoCommit(branch.clone())) };
            let tree = match self.repository().merge_trees(tip, proposal.head)? {
                Merged::Clean(tree) => tree,
                Merged::Conflicts(paths) => {
                    return Err(Error::Refused(format!(
                        "`{id}` and `{branch}` both changed {}: merge `{branch}` into `{id}`, settle it there and submit again",
                        paths.join(", ")
                    )));
                }
            };
            let message = message(&proposal, &rules);
            let key = self.key.as_ref().filter(|_| rules.are_verified());
            let commit = self.repository().commit_tree(tree, &[tip, proposal.head], &message, key)?;
            if rules.are_verified() {
                self.brings(commit, &proposal)?;
            }
            landed = Some((proposal, tip));
            Ok(Some(commit))
        })?;
        self.app.sync()?;
        match (commit, landed) {
            (Some(commit), Some((proposal, before))) => Ok(Landed { proposal, commit, before }),
            _ => Err(Error::Refused(format!("there is nothing to merge in `{id}`"))),
        }
    }
}

impl Desk {
    /// Sees to it that a merge brings what was approved: of a file that both changed it has something that nobody has seen.
    fn brings(&self, merge: CommitId, proposal: &Proposal) -> Result<(), Error> {
        for file in &proposal.files {
            if self.repository().blob_at(merge, &file.path)? != file.blob {
                let (id, branch) = (&proposal.id, self.app.branch());
                return Err(Error::Refused(format!(
                    "`{branch}` has changed {} too, and merged it would be what nobody approved: merge `{branch}` into `{id}`, and submit it again",
                    file.path
                )));
            }
        }
        Ok(())
    }
}

/// Sees to it that a proposal may be merged.
fn check(proposal: &Proposal, rules: &Rules) -> Result<(), Error> {
    let mut lacking = proposal.files.iter().filter(|file| match rules.are_verified() {
        true => file.state != VersionState::Approved,
        // Where being on the branch is the approval, whoever merges approves; but nobody overrides a no.
        false => file.state == VersionState::Rejected,
    });
    let Some(first) = lacking.next() else { return Ok(()) };
    let more = match lacking.count() {
        0 => String::new(),
        more => format!("; and {more} more files lack something"),
    };
    let may: Vec<&str> = first.may_approve.iter().map(Handle::as_str).collect();
    let who = if may.is_empty() { String::new() } else { format!("; {} may approve it", may.join(" or ")) };
    Err(Error::Refused(format!("{} is not approved: {}{who}{more}", first.path, first.lacks)))
}

/// The message of a merge: it repeats the approvals for people. Nothing is ever read back out of it.
fn message(proposal: &Proposal, rules: &Rules) -> String {
    let mut text = format!("Merge proposal {}\n", proposal.id);
    if !proposal.title.is_empty() {
        let _ = write!(text, "\n{}\n", proposal.title);
    }
    let mut approved: BTreeMap<&Handle, &str> = BTreeMap::new();
    for said in proposal.files.iter().flat_map(|file| &file.decisions) {
        if said.decision == crate::domain::Verb::Approve {
            approved.insert(&said.by, &said.id);
        }
    }
    if !approved.is_empty() {
        text.push('\n');
    }
    for (who, id) in approved {
        let user = rules.users.get(who);
        let name = user.and_then(|user| user.display_name.as_deref()).unwrap_or(who.as_str());
        let email = user.map_or("", |user| user.email.as_str());
        let _ = writeln!(text, "Approved-by: {name} <{email}>\nPromptreg-Decision: {id}");
    }
    text
}
