//! Merging two commits without a work tree.

use super::{
    error::Error,
    id::{CommitId, TreeId},
    repository::Repository,
};

/// How many bytes a merge may say.
const OUTPUT_BYTES: u64 = 16 << 20;

/// What two commits make together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merged {
    /// All files of both.
    Clean(TreeId),
    /// Both changed these paths in different ways.
    Conflicts(Vec<String>),
}

impl Repository {
    /// Merges `theirs` into `ours` as `git merge` would, and stores the tree. No branch moves and no work tree changes.
    ///
    /// # Errors
    /// [`Error::OldMerge`] with a Git before 2.38, [`Error::Unrelated`] where the two have no commit in common, and where
    /// one of them is missing.
    pub fn merge_trees(&self, ours: CommitId, theirs: CommitId) -> Result<Merged, Error> {
        let mut program = self.program().clone();
        program.output_limit = program.output_limit.min(OUTPUT_BYTES);
        let call = program.reading(self.git_dir(), "merge-tree");
        let call = call.args(["--write-tree", "-z", "--name-only", "--no-messages"]);
        let call = call.args([ours.to_string(), theirs.to_string()]).accept(1);
        let (said, status) = program.collect(call, &[]).map_err(|error| match error {
            Error::Failed { status, .. } if status == "exit status 129" => Error::OldMerge,
            Error::Failed { stderr, .. } if stderr.contains("unrelated histories") => {
                Error::Unrelated { a: ours, b: theirs }
            }
            error => error,
        })?;
        let unreadable =
            || Error::Unreadable { command: "git merge-tree".to_owned(), reason: "it does not begin with a tree" };
        let mut fields = said.split(|byte| *byte == 0).map(String::from_utf8_lossy);
        let tree: TreeId = fields.next().unwrap_or_default().parse().map_err(|_| unreadable())?;
        if status == 0 {
            return Ok(Merged::Clean(tree));
        }
        Ok(Merged::Conflicts(fields.filter(|path| !path.is_empty()).map(String::from).collect()))
    }
}
