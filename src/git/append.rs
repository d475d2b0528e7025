//! Adding files to the log of decisions, where many add at once.

use super::{error::Error, publish::Published, repository::Repository};
use crate::domain::DECISIONS;

impl Repository {
    /// Adds `files` (path and bytes) to the log in one commit, at the remote where there is one. The branch is made
    /// where it is not there yet. Files that are there already are left as they are; where all are,
    /// it is [`Published::Nothing`]. Nothing of what others add meanwhile is lost.
    ///
    /// # Errors
    /// [`Error::Path`] where the log has another file at one of the paths, and as [`Repository::publish`].
    pub fn append(&self, files: &[(&str, &[u8])], message: &str) -> Result<Published, Error> {
        self.publish(DECISIONS, |tip| {
            let handle = self.fresh()?;
            let base = tip.map(|tip| self.tree_of(tip)).transpose()?;
            let tree = base.map(|base| handle.find_tree(base.oid()?).map_err(Error::from)).transpose()?;
            let mut new = Vec::new();
            for (path, bytes) in files {
                let found = tree.as_ref().and_then(|tree| tree.get_path(path.as_ref()).ok());
                match found {
                    None => new.push((*path, Some(*bytes))),
                    Some(entry) if entry.id() == git2::Oid::hash_object(git2::ObjectType::Blob, bytes)? => {}
                    Some(_) => {
                        let reason = "the log has another file there, and nothing in it is changed";
                        return Err(Error::Path { path: path.chars().take(200).collect(), reason });
                    }
                }
            }
            if new.is_empty() {
                return Ok(None);
            }
            let tree = self.edit_tree(base, &new)?;
            self.commit_tree(tree, tip.as_slice(), message, None).map(Some)
        })
    }
}
