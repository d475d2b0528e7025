//! The cursor: which commit was served last, kept in the data folder so that a branch that was rewritten in the meantime
//! is noticed after a restart too.

use super::Error;
use crate::git::CommitId;
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// Where the cursor is kept; nowhere without a data folder.
#[derive(Debug, Default)]
pub(super) struct Cursor(Option<PathBuf>);

/// What is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Served {
    branch: String,
    commit: CommitId,
    /// That the branch may be followed from the commit that is served to another one, by an operator's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    accepted: Option<Accepted>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Accepted {
    old: CommitId,
    new: CommitId,
}

impl Cursor {
    /// The cursor in a data folder.
    pub(super) fn within(data: Option<PathBuf>) -> Self {
        Self(data.map(|data| data.join("served.json")))
    }

    /// Whether anything is kept.
    pub(super) const fn keeps(&self) -> bool {
        self.0.is_some()
    }

    /// The branch and the commit that were served last; none where that is not known.
    pub(super) fn last(&self) -> Option<(String, CommitId)> {
        self.served().map(|served| (served.branch, served.commit))
    }

    /// The commit of this branch that was served last; none where that is not known.
    pub(super) fn read(&self, branch: &str) -> Option<CommitId> {
        self.served_of(branch).map(|served| served.commit)
    }

    /// From which commit to which one this branch may be followed though it was rewritten, or is another one; none where
    /// nobody accepted that, or something else was served since.
    pub(super) fn accepted(&self, branch: &str) -> Option<(CommitId, CommitId)> {
        self.served_of(branch)?.accepted.map(|Accepted { old, new }| (old, new))
    }

    fn served(&self) -> Option<Served> {
        let bytes = fs::read(self.0.as_ref()?).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    fn served_of(&self, branch: &str) -> Option<Served> {
        self.served().filter(|served| served.branch == branch)
    }

    /// Notes the commit that is served, unless another branch was accepted in the meantime: the next start follows that.
    pub(super) fn go_on(&self, branch: &str, commit: CommitId) {
        if self.served().is_none_or(|served| served.branch == branch) {
            self.write(branch, commit);
        }
    }

    /// Notes the commit that is served. Where it cannot be written there is a warning: only a restart would need it.
    pub(super) fn write(&self, branch: &str, commit: CommitId) {
        let Some(path) = &self.0 else { return };
        // Whoever is first to follow what was accepted may not be the last: a server runs beside `promptreg sync`.
        let accepted =
            self.served_of(branch).and_then(|served| served.accepted).filter(|accepted| accepted.new == commit);
        if let Err(error) = put(path, &Served { branch: branch.to_owned(), commit, accepted }) {
            tracing::warn!(path = %path.display(), %error, "the commit that is served cannot be noted");
        }
    }

    /// Notes that an operator accepts a rewrite of the branch, from what is served.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(super) fn accept(&self, branch: &str, old: CommitId, new: CommitId) -> Result<(), Error> {
        let Some(path) = &self.0 else { return Ok(()) };
        let served = Served { branch: branch.to_owned(), commit: old, accepted: Some(Accepted { old, new }) };
        put(path, &served).map_err(|source| Error::Write { path: path.clone(), source })
    }
}

/// Writes it beside and renames it, so that nobody ever reads half of it.
fn put(path: &Path, served: &Served) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = File::create(&beside)?;
    file.write_all(&serde_json::to_vec(served)?)?;
    file.sync_data()?;
    fs::rename(beside, path)
}
