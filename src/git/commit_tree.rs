//! Commits that are on no branch yet, made without a work tree.

use super::{
    error::Error,
    id::{CommitId, TreeId},
    repository::Repository,
    sign::SigningKey,
    write::{check_path, identified},
};
use git2::{FileMode, build::TreeUpdateBuilder};
use std::{collections::BTreeMap, ffi::OsStr};

impl Repository {
    /// The tree of a commit.
    ///
    /// # Errors
    /// Where the commit is missing.
    pub fn tree_of(&self, commit: CommitId) -> Result<TreeId, Error> {
        let handle = self.fresh()?;
        let found = handle.find_commit(commit.oid()?).map_err(|error| Error::object(commit, &error))?;
        TreeId::of(found.tree_id())
    }

    /// Stores the tree `base`, or an empty one, with these paths changed: to a file of these bytes, or (`None`) removed.
    /// Of two changes of one path the later one counts.
    ///
    /// # Errors
    /// [`Error::Path`] where a path is unsafe, or should be removed and is not there; and where `base` is missing or the
    /// repository cannot be written.
    pub fn edit_tree(&self, base: Option<TreeId>, edits: &[(&str, Option<&[u8]>)]) -> Result<TreeId, Error> {
        let handle = self.fresh()?;
        let tree = match base {
            Some(base) => handle.find_tree(base.oid()?).map_err(|error| Error::object(base, &error))?,
            None => handle.find_tree(handle.treebuilder(None)?.write()?)?,
        };
        let mut update = TreeUpdateBuilder::new();
        for (path, bytes) in edits.iter().copied().collect::<BTreeMap<_, _>>() {
            check_path(path)?;
            if let Some(bytes) = bytes {
                update.upsert(path, handle.blob(bytes)?, FileMode::Blob);
            } else if tree.get_path(path.as_ref()).is_ok() {
                update.remove(path);
            } else {
                let path = path.chars().take(200).collect();
                return Err(Error::Path { path, reason: "it should be removed, and is not there" });
            }
        }
        TreeId::of(update.create_updated(&handle, &tree)?)
    }

    /// Makes a commit of `tree` after `parents`, as the person whose machine this is (`promptreg <promptreg@localhost>`
    /// where they have set no identity), signed with `key` where one is given. No branch moves.
    ///
    /// # Errors
    /// [`Error::Sign`] where the key does not sign, and where the tree or a parent is missing.
    pub fn commit_tree(
        &self,
        tree: TreeId,
        parents: &[CommitId],
        message: &str,
        key: Option<&SigningKey>,
    ) -> Result<CommitId, Error> {
        let call = identified(self.program(), self.personal("var"), self.personal("commit-tree"), None)?;
        let call = parents.iter().fold(call, |call, parent| call.arg("-p").arg(parent.to_string()));
        let call = match key {
            Some(key) => {
                let named = match key {
                    SigningKey::File(path) => path.clone().into_os_string(),
                    SigningKey::Public(line) => format!("key::{line}").into(),
                };
                let settings = [("gpg.format", OsStr::new("ssh")), ("user.signingkey", &named)];
                call.settings(&settings).unasked().arg("-S")
            }
            None => call,
        };
        let said = self.program().collect(call.arg(tree.to_string()), message.as_bytes());
        let (said, _) = said.map_err(|error| match (error, key) {
            // A tree or parent that is not there is 128.
            (Error::Failed { stderr, status, .. }, Some(key)) if status == "exit status 1" => {
                Error::Sign { key: key.to_string(), reason: stderr }
            }
            (error, _) => error,
        })?;
        String::from_utf8_lossy(&said).trim().parse()
    }
}
