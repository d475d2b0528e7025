//! Adding files to the log of decisions, where many add at once.

use super::{error::Error, id::CommitId, mirror::Mirror, publish::Published, repository::Repository};
use crate::domain::DECISIONS;

impl Repository {
    /// Adds `files` (path and bytes) to the log in one commit, at the remote where there is one. The branch is made
    /// where it is not there yet. Files that are there already are left as they are; where all are,
    /// it is [`Published::Nothing`]. Nothing of what others add meanwhile is lost.
    ///
    /// # Errors
    /// [`Error::Path`] where the log has another file at one of the paths, and as [`Repository::publish`].
    pub fn append(&self, files: &[(&str, &[u8])], message: &str) -> Result<Published, Error> {
        self.publish(DECISIONS, |tip| self.with_files(tip, files, message))
    }

    /// A commit after `tip` with these files added; `None` where they are all there.
    fn with_files(
        &self,
        tip: Option<CommitId>,
        files: &[(&str, &[u8])],
        message: &str,
    ) -> Result<Option<CommitId>, Error> {
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
    }
}

/// How often adding to the log of a mirrored remote is tried.
const TRIES: u32 = 12;

impl Mirror {
    /// Adds `files` to the log of the remote, as [`Repository::append`] does, with what the mirror is fetched with: a
    /// token has to allow pushes. The mirror has the log then. Says whether there was anything to add.
    ///
    /// # Errors
    /// [`Error::Path`] as [`Repository::append`], [`Error::Fetch`] where the remote is not in reach or takes no push,
    /// [`Error::Contended`] where others were faster each time.
    pub fn append(&self, files: &[(&str, &[u8])], message: &str) -> Result<bool, Error> {
        for _ in 0..TRIES {
            self.fetch()?;
            let repository = self.repository()?;
            let tip = repository.tip(DECISIONS)?;
            let Some(commit) = repository.with_files(tip, files, message)? else { return Ok(false) };
            let pushed = self.alone(|| self.run(self.push_call().arg(format!("{commit}:refs/heads/{DECISIONS}"))));
            self.fetch()?;
            match pushed {
                Ok(_) => return Ok(true),
                // Nobody was faster: it is for another reason.
                Err(error) if self.repository()?.tip(DECISIONS)? == tip => return Err(error),
                Err(_) => {}
            }
        }
        Err(Error::Contended { branch: DECISIONS.to_owned(), tries: TRIES })
    }
}
