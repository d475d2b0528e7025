//! The branch that counts.

use super::Error;
use crate::{
    domain::{Limits, Location, REGISTRY_FILE},
    files::{Document, Entity},
    git::Repository,
};

/// The branch that counts: `main` where there is one, else the one that is checked out; and from there the default
/// branch that its `registry.toml` names, if that one says so of itself.
///
/// What a draft says of itself does not count, and neither does what is checked out while there is a `main`.
///
/// # Errors
/// Where Git fails, there is no registry, or the branch that is named does not say so of itself.
pub(super) fn default_branch(repository: &Repository) -> Result<String, Error> {
    let first = match repository.tip("main")? {
        Some(_) => "main".to_owned(),
        None => repository.head_branch()?.unwrap_or_else(|| "main".to_owned()),
    };
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

/// The default branch that a branch's `registry.toml` names; none where it cannot be read.
fn named_by(repository: &Repository, branch: &str) -> Result<Option<String>, Error> {
    let Some(tip) = repository.tip(branch)? else { return Ok(None) };
    let tree = repository.tree_where(tip, |path| path == REGISTRY_FILE)?;
    let Some(entry) = tree.entries.first() else { return Ok(None) };
    let limits = Limits::default();
    let mut blobs = repository.blobs(&[entry.blob], 1 << 20)?;
    let Some(Ok(bytes)) = blobs.pop() else { return Ok(None) };
    let document = Document::read(&entry.path, Location::Registry, &bytes, &limits);
    Ok(match document.entity {
        Some(Entity::Registry(settings)) => Some(settings.registry.default_branch.clone()),
        _ => None,
    })
}
