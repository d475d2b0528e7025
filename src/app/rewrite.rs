//! What an operator does to the data folder: accept that a branch was rewritten, forget what is kept, prove it right.

use super::{
    App, Error, Opening, branch,
    cursor::Cursor,
    opening::{Asked, begin, reach},
    reading::Start,
};
use crate::git::CommitId;
use std::{fs, io, path::Path};

/// The fewest digits of a commit's id: they are compared with one commit, not looked for among all.
const DIGITS: usize = 4;

/// Has a default branch that was rewritten, or another default branch, be followed: from the commit that is served to the one
/// it points to. Each is written as 4 to 40 digits of its id. A server that runs on the same data folder goes on with a branch that was
/// rewritten at its next look, and with another branch at its next start.
///
/// # Errors
/// Where there is no data folder, `old` is not what was served last, the branch does not point to `new`, or that has not been
/// through the commit that is trusted.
pub fn accept_rewrite(opening: &Opening, old: &str, new: &str) -> Result<(), Error> {
    let refused = |why: String| Err(Error::Refused(why));
    let Some(data) = &opening.data else {
        return refused("without a data folder nothing is remembered, and every start follows the branch".to_owned());
    };
    let reached = reach(opening.source.clone(), Some(data.join("mirror.git")), Asked::Now, &|_| ())?;
    reached.fetched.transpose()?;
    let repository = reached.repository;
    let branch = branch::default_branch(&repository)?;
    let tip = repository.tip(&branch)?.ok_or_else(|| Error::NoCommit(branch.clone()))?;
    let cursor = Cursor::within(Some(data.clone()));
    if let Some(short) = [old, new].into_iter().find(|digits| digits.len() < DIGITS) {
        return refused(format!("{short:?} is too short for a commit's id: write at least {DIGITS} digits of it"));
    }
    let is_it = |commit: CommitId, digits: &str| commit.to_string().starts_with(&digits.to_ascii_lowercase());
    let served = match cursor.last() {
        None => return refused(format!("nothing of `{branch}` was served from {} yet", data.display())),
        Some((of, served)) if !is_it(served, old) => {
            return refused(format!("{served} is what was served last of `{of}`, not {old}"));
        }
        Some((_, served)) => served,
    };
    if !is_it(tip, new) {
        return refused(format!("`{branch}` points to {tip}, not to {new}"));
    }
    if let Some(root) = opening.trust_root
        && !repository.is_first_parent_ancestor(root, tip)?
    {
        return Err(Error::Untrusted { root, tip, shallow: repository.is_shallow() });
    }
    cursor.accept(&branch, served, tip)
}

/// Deletes what a data folder holds to make a start fast. The mirror of a remote stays, and which commit was served.
///
/// # Errors
/// Where the operating system refuses.
pub fn forget(data: &Path) -> Result<(), Error> {
    let failed = |path: &Path, source| Error::Write { path: path.to_owned(), source };
    let entries = match fs::read_dir(data) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(failed(data, source)),
    };
    for entry in entries {
        let path = entry.map_err(|source| failed(data, source))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let removed = match name {
            "parsed" | "history" => fs::remove_file(&path),
            name if name.starts_with("search-") => fs::remove_dir_all(&path),
            _ => Ok(()),
        };
        removed.map_err(|source| failed(&path, source))?;
    }
    Ok(())
}

impl App {
    /// The names of what is served here and would not be, or would be otherwise, where the commit that is served is read from
    /// nothing but Git. Blocks.
    ///
    /// # Errors
    /// Where Git fails.
    pub fn differs_from_git(&self) -> Result<Vec<String>, Error> {
        let current = self.current();
        let Some(commit) = current.commit else { return Ok(Vec::new()) };
        let start = Start { parsed: None, history: None, trust_root: self.trust_root, progress: &|_| () };
        let anew = begin(&self.repository, (&self.branch, Some(commit)), None, &start)?.current;
        Ok(current.changes_since(&anew).iter().map(|(name, _)| name.to_string()).collect())
    }
}
