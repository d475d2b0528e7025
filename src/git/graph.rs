//! The first-parent line of a branch, walked without looking into trees.

use super::{error::Error, id::CommitId, repository::Repository};
use git2::{ErrorCode, Oid};
use std::sync::PoisonError;

impl Repository {
    /// The best common ancestor of two commits, from which both went their way; `None` where there is none, as in a
    /// shallow clone or between histories that began apart. Of several that are equally good, one.
    ///
    /// # Errors
    /// Where one of them, or a commit between them, is missing or broken.
    pub fn merge_base(&self, a: CommitId, b: CommitId) -> Result<Option<CommitId>, Error> {
        match self.fresh()?.merge_base(a.oid()?, b.oid()?) {
            Ok(found) => CommitId::of(found).map(Some),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The commit before `first`, where from there on to `last` each commit has one parent; `None` where one has another
    /// number of them, or `first` is not among the `most` commits that are looked at.
    ///
    /// # Errors
    /// Where one of them is missing or broken.
    pub fn before(&self, first: CommitId, last: CommitId, most: usize) -> Result<Option<CommitId>, Error> {
        let handle = self.fresh()?;
        let (first, mut next) = (first.oid()?, last.oid()?);
        for _ in 0..most {
            let commit = handle.find_commit(next)?;
            let mut parents = commit.parent_ids();
            let (Some(parent), None) = (parents.next(), parents.next()) else { return Ok(None) };
            if next == first {
                return CommitId::of(parent).map(Some);
            }
            next = parent;
        }
        Ok(None)
    }

    /// Whether history was cut off when the repository was cloned (`git clone --depth`).
    #[must_use]
    pub fn is_shallow(&self) -> bool {
        self.shared().is_shallow()
    }

    /// Whether `old` lies on the first-parent line of `new` (a commit lies on its own). Where it does not, the branch was
    /// rewritten. Cost grows with the commits between them; where the answer is no, with the whole line (about 10 µs a
    /// commit) the first time: whoever follows a branch that was rewritten asks again and again.
    ///
    /// # Errors
    /// Where `new` or a commit on its line is missing or broken.
    pub fn is_first_parent_ancestor(&self, old: CommitId, new: CommitId) -> Result<bool, Error> {
        let apart = || self.apart.lock().unwrap_or_else(PoisonError::into_inner);
        if *apart() == Some((old, new)) {
            return Ok(false);
        }
        let id = old.oid()?;
        let is_on_line = self.first_parent(new, |commit| commit.id() == id)?.is_some();
        // Two commits stay apart for good, unless the line was cut off before they met.
        if !is_on_line && !self.is_shallow() {
            *apart() = Some((old, new));
        }
        Ok(is_on_line)
    }

    /// The nearest commit on the first-parent line of `tip`, from there on back, that is looked for.
    pub(super) fn first_parent(
        &self,
        tip: CommitId,
        mut found: impl FnMut(&git2::Commit<'_>) -> bool,
    ) -> Result<Option<CommitId>, Error> {
        let handle = self.fresh()?;
        let mut next: Option<Oid> = Some(tip.oid()?);
        while let Some(id) = next {
            let commit = handle.find_commit(id).map_err(|error| Error::object(id, &error))?;
            if found(&commit) {
                return CommitId::of(id).map(Some);
            }
            next = commit.parent_ids().next();
        }
        Ok(None)
    }
}
