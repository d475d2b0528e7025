//! The heads of changes that a forge keeps beside its branches: pull requests and merge requests.

use super::{error::Error, id::CommitId, mirror::Mirror, refs::find, repository::Repository};

/// Under which name a forge keeps them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeRefs {
    /// `refs/pull/7/head`: GitHub, Gitea, Forgejo, Pagure.
    Pull,
    /// `refs/merge-requests/7/head`: GitLab.
    MergeRequests,
}

impl ChangeRefs {
    fn refspec(self, number: &str) -> String {
        let folder = match self {
            Self::Pull => "pull",
            Self::MergeRequests => "merge-requests",
        };
        format!("+refs/{folder}/{number}/head:{}", here(number))
    }
}

/// Where the head of a change lies in the mirror.
fn here(number: &str) -> String {
    format!("refs/promptreg/forge/{number}/head")
}

impl Mirror {
    /// Brings the head of one change. `None` where the remote has no such change; what was fetched of it before stays.
    ///
    /// # Errors
    /// As [`Mirror::fetch`].
    pub fn fetch_change(&self, refs: ChangeRefs, number: u64) -> Result<Option<CommitId>, Error> {
        let refspec = refs.refspec(&number.to_string());
        match self.alone(|| self.run(self.fetch_call().args(["--", self.remote().url()]).arg(refspec))) {
            Ok(_) => self.repository()?.change_head(number),
            Err(Error::Fetch { reason, .. }) if reason.contains("couldn't find remote ref") => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Repository {
    /// The head of a change as it was last fetched into this mirror; `None` where it never was.
    ///
    /// # Errors
    /// Where the ref is broken.
    pub fn change_head(&self, number: u64) -> Result<Option<CommitId>, Error> {
        let name = here(&number.to_string());
        find(&self.shared(), &name, &name)
    }
}
