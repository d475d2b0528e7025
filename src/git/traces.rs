//! Traces: what became of a few prompts in all of a branch's history, without looking at all of it.

use super::{
    error::Error,
    history::{FirstParent, logged},
    id::CommitId,
    repository::Repository,
};
use crate::domain::PromptName;
use std::collections::{BTreeMap, BTreeSet};

/// Git looks for a folder ten times faster than for a name in any folder, as long as there are few.
const MOST_FOLDERS: usize = 16;

/// With more commits than this in which a prompt may have come from elsewhere, looking for names is faster.
const MOST_MOVES: usize = 32;

impl Repository {
    /// What became of the versions of some prompts on the first-parent line up to `tip`, oldest first; commits that
    /// changed none of them are left out. Each prompt is looked for in the folders that are known to be its own, such as
    /// `prompts/support/greet`, and in those that it came from or went to with one commit; without any, everywhere.
    ///
    /// Cost grows with the length of the line: about 3 µs a commit, 30 µs where a prompt is looked for everywhere.
    ///
    /// # Errors
    /// [`Error::Shallow`] where the line has no beginning here; else where an object is missing or the program fails.
    pub fn history_of(
        &self,
        tip: CommitId,
        prompts: &BTreeMap<PromptName, BTreeSet<String>>,
    ) -> Result<Vec<FirstParent>, Error> {
        if self.is_shallow() {
            return Err(Error::Shallow);
        }
        let mut folders: BTreeSet<String> = prompts.values().flatten().cloned().collect();
        let anywhere: Vec<String> = prompts.keys().map(anywhere).collect();
        let mut is_known = !prompts.values().any(BTreeSet::is_empty);
        while is_known && folders.len() <= MOST_FOLDERS {
            let mut line = self.touched(tip, folders.iter().map(|folder| format!(":(top,literal){folder}")), &[])?;
            // A pattern for the files alone costs more than leaving out what lies in folders below.
            let is_own = |path: &str| folder(path).is_some_and(|folder| folders.contains(folder));
            line.iter_mut().for_each(|commit| commit.changes.retain(|change| is_own(&change.path)));
            line.retain(|commit| !commit.changes.is_empty());
            let moves = moves(&line, &folders);
            is_known = moves.len() <= MOST_MOVES;
            let mut more = BTreeSet::new();
            for commit in moves.into_iter().filter(|_| is_known) {
                let whole = self.touched(commit, anywhere.iter().cloned(), &["--max-count=1"])?;
                let paths = whole.iter().flat_map(|commit| &commit.changes).filter_map(|change| folder(&change.path));
                more.extend(paths.filter(|folder| !folders.contains(*folder)).map(str::to_owned));
            }
            if more.is_empty() && is_known {
                return Ok(line);
            }
            folders.extend(more);
        }
        self.touched(tip, anywhere.into_iter(), &[])
    }

    /// The commits of a first-parent line that changed something at these paths, oldest first.
    fn touched(
        &self,
        tip: CommitId,
        paths: impl Iterator<Item = String>,
        more: &[&str],
    ) -> Result<Vec<FirstParent>, Error> {
        let mut line = Vec::new();
        let how: Vec<&str> = ["--first-parent", "--diff-merges=first-parent"].iter().chain(more).copied().collect();
        self.log_of(&how, tip, None, paths, &mut |record| line.push(logged(record)))?;
        Ok(line)
    }
}

/// Where a prompt's versions may lie. A name has no letter that means something to a pattern.
fn anywhere(name: &PromptName) -> String {
    format!(":(top,glob)prompts/**/{name}/*.yaml")
}

fn folder(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(folder, _)| folder)
}

/// The commits with which a prompt may have come into one of its folders from another, or gone to another.
fn moves(line: &[FirstParent], folders: &BTreeSet<String>) -> BTreeSet<CommitId> {
    let mut unseen: BTreeSet<&str> = folders.iter().map(String::as_str).collect();
    let mut moves = BTreeSet::new();
    for commit in line {
        for change in &commit.changes {
            let came = folder(&change.path).is_some_and(|folder| unseen.remove(folder));
            if came || (change.new.is_none() && change.old.is_some()) {
                moves.insert(commit.commit);
            }
        }
    }
    moves
}
