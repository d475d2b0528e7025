//! The branch that counts.

use super::Error;
use crate::{
    domain::{Limits, Location, REGISTRY_FILE, Settings},
    files::{Document, Entity},
    git::{CommitId, Repository},
};
use std::sync::Arc;

/// The branch that counts: the one that the repository itself calls its default, and from there the default branch that
/// its `registry.toml` names, if that one says so of itself.
///
/// What a draft says of itself does not count.
///
/// # Errors
/// Where Git fails, there is no registry, or the branch that is named does not say so of itself.
pub(super) fn default_branch(repository: &Repository) -> Result<String, Error> {
    let first = first(repository)?;
    let Some(named) = named_by(repository, &first)? else { return Ok(first) };
    if named == first {
        return Ok(first);
    }
    match named_by(repository, &named)? {
        Some(own) if own == named => Ok(named),
        _ => Err(Error::Refused(format!(
            "`{first}` names `{named}` as the default branch, and `{named}` does not say so of itself: mend \
             default_branch in registry.toml"
        ))),
    }
}

/// The branch to ask first. Of a bare repository and a mirror it is the one that `HEAD` names, which no push changes; of a
/// work tree, where `HEAD` is whatever is checked out, the one that `HEAD` of `origin` names. Then `main`, then `HEAD`.
pub(super) fn first(repository: &Repository) -> Result<String, Error> {
    let head = repository.head_branch()?;
    let named = if repository.work_tree().is_none() { head.clone() } else { repository.origin_branch()? };
    for branch in named.into_iter().chain(["main".to_owned()]) {
        if repository.tip(&branch)?.is_some() {
            return Ok(branch);
        }
    }
    Ok(head.unwrap_or_else(|| "main".to_owned()))
}

/// Why the branch of which this commit is served is not the one that counts now; none where it is.
pub(super) fn doubt(repository: &Repository, served: &str, old: CommitId) -> Option<Error> {
    let named = match default_branch(repository) {
        Ok(named) if named == served => return None,
        Ok(named) => named,
        Err(error) => return Some(error),
    };
    Some(match repository.tip(&named) {
        Ok(Some(new)) => Error::OtherBranch { served: served.to_owned(), named, old, new },
        Ok(None) => Error::NoCommit(named),
        Err(error) => error.into(),
    })
}

/// The default branch that a branch's `registry.toml` names; none where it cannot be read.
fn named_by(repository: &Repository, branch: &str) -> Result<Option<String>, Error> {
    Ok(settings(repository, branch)?.map(|settings| settings.registry.default_branch.clone()))
}

/// What the `registry.toml` of a branch says as it lies there; none where there is none that can be read.
pub(super) fn settings(repository: &Repository, branch: &str) -> Result<Option<Arc<Settings>>, Error> {
    let Some(tip) = repository.tip(branch)? else { return Ok(None) };
    let tree = repository.tree_where(tip, |path| path == REGISTRY_FILE)?;
    let Some(entry) = tree.entries.first() else { return Ok(None) };
    let limits = Limits::default();
    let mut blobs = repository.blobs(&[entry.blob], 1 << 20)?;
    let Some(Ok(bytes)) = blobs.pop() else { return Ok(None) };
    let document = Document::read(&entry.path, Location::Registry, &bytes, &limits);
    Ok(match document.entity {
        Some(Entity::Registry(settings)) => Some(settings),
        _ => None,
    })
}
