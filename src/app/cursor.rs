//! The cursor: which commit was served last, kept in the data folder so that a branch that was rewritten in the meantime
//! is noticed after a restart too.

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
}

impl Cursor {
    /// The cursor in a data folder.
    pub(super) fn within(data: Option<PathBuf>) -> Self {
        Self(data.map(|data| data.join("served.json")))
    }

    /// The commit of this branch that was served last; none where that is not known.
    pub(super) fn read(&self, branch: &str) -> Option<CommitId> {
        let bytes = fs::read(self.0.as_ref()?).ok()?;
        let served: Served = serde_json::from_slice(&bytes).ok()?;
        (served.branch == branch).then_some(served.commit)
    }

    /// Notes the commit that is served. Where it cannot be written there is a warning: only a restart would need it.
    pub(super) fn write(&self, branch: &str, commit: CommitId) {
        let Some(path) = &self.0 else { return };
        if let Err(error) = put(path, &Served { branch: branch.to_owned(), commit }) {
            tracing::warn!(path = %path.display(), %error, "the commit that is served cannot be noted");
        }
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
