//! Pins: refs of promptreg's own that keep a commit, and all that it reaches, from being thrown away as garbage.

use super::{
    error::Error,
    id::CommitId,
    refs::{check_name, find},
    repository::Repository,
};
use git2::ErrorCode;

/// Where pins are kept; neither a branch nor a tag, so that no clone and no fetch takes notice of them.
const PINS: &str = "refs/promptreg/";

impl Repository {
    /// Keeps a commit under a name, instead of the one that the name kept before. There is no log of it.
    ///
    /// # Errors
    /// Where the name is hostile, the commit is missing, the repository cannot be written, or the name lies below another
    /// pin's or above it (`a` and `a/b`).
    pub fn pin(&self, name: &str, commit: CommitId) -> Result<(), Error> {
        check_name(name)?;
        let handle = self.fresh()?;
        let commit = handle.find_commit(commit.oid()?).map_err(|error| Error::object(commit, &error))?;
        handle.reference(&format!("{PINS}{name}"), commit.id(), true, "pinned")?;
        Ok(())
    }

    /// Lets go of what a name keeps; a name that keeps nothing is fine.
    ///
    /// # Errors
    /// Where the name is hostile, or the repository cannot be written.
    pub fn unpin(&self, name: &str) -> Result<(), Error> {
        check_name(name)?;
        let handle = self.fresh()?;
        match handle.find_reference(&format!("{PINS}{name}")).and_then(|mut reference| reference.delete()) {
            Err(error) if !matches!(error.code(), ErrorCode::NotFound | ErrorCode::InvalidSpec) => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// The commit that a name keeps.
    ///
    /// # Errors
    /// Where the name is hostile, or the pin or its commit is broken.
    pub fn pinned(&self, name: &str) -> Result<Option<CommitId>, Error> {
        check_name(name)?;
        find(&self.fresh()?, &format!("{PINS}{name}"), name)
    }
}
