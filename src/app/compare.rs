//! Comparing: two versions of one state, or the folder as it lies with the state that the change began from.

use super::{
    Error,
    change::{Both, load_both},
    current::Current,
    secrets::hide_in_versions,
};
use crate::{
    diff::{self, Comparison, Diff, Side},
    domain::{LabelName, Location, NameError, PromptName, Selector, Semver, Which, locate},
    files::{self, Loaded},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};

/// With how many test inputs versions are rendered at most.
pub(super) const INPUTS: usize = 20;

/// Compares two versions of a prompt, each named by its number or by a label, and finds who gets either.
///
/// # Errors
/// Where there is no such prompt or version, or it may not be handed out. `fields` are what the two are called there.
pub fn compare_versions(
    current: &Current,
    name: &PromptName,
    (from, to): (&str, &str),
    fields: (&str, &str),
) -> Result<Comparison, Error> {
    let resolve = |text: &str, field: &str| {
        let which = version_or_label(text).map_err(|error| Error::parameter(field, &error))?;
        let mut selector = Selector { name: name.clone(), which };
        if let Some((_, number, _)) = current.pinned(&selector) {
            selector.which = Which::Exact(number);
        }
        Ok::<_, Error>(current.registry.resolve(&selector)?)
    };
    let (old, new) = (resolve(from, fields.0)?, resolve(to, fields.1)?);
    let pair = [(&old.folder.name, old.number), (&new.folder.name, new.number)];
    let hidden = hide_in_versions(&current.registry, &pair);
    let registry = hidden.as_ref().unwrap_or(&current.registry);
    let sides = pair.iter().filter_map(|(name, number)| {
        let folder = registry.prompts.get(*name)?;
        let (number, version) = folder.versions.get_key_value(*number)?;
        Some(Side { registry, name: &folder.name, number, version })
    });
    match sides.collect::<Vec<_>>().as_slice() {
        [old, new] => Ok(diff::compare(old, new, INPUTS)),
        _ => Err(Error::Missing { what: "version of", name: name.to_string() }),
    }
}

fn version_or_label(text: &str) -> Result<Which, NameError> {
    match text.parse::<Semver>() {
        Ok(number) => Ok(Which::Exact(number)),
        Err(error) if text.starts_with(|c: char| c.is_ascii_digit()) && text.contains('.') => Err(error),
        Err(_) => text.parse::<LabelName>().map(Which::Label),
    }
}

/// Compares the registry's folder as it lies with the files of the merge base of `HEAD` and `reference` (a branch, a tag,
/// `origin/main`, `HEAD`, or a commit's id of 7 to 40 digits), whether these were approved or not.
///
/// # Errors
/// Where the folder is not the root of a repository's work tree, there is no such ref or no merge base, or Git or the
/// operating system fails; never for what a person wrote.
pub fn compare_change(root: &Path, reference: &str) -> Result<Diff, Error> {
    let Both { from, mut now, mut before, changed } = load_both(root, reference)?;
    let unreadable = unreadable(&now, &changed);
    for location in unreadable.values() {
        files::leave_out(&mut before.registry, location);
        files::leave_out(&mut now.registry, location);
    }
    let diff = diff::registries(&before.registry.settle(), &now.registry.settle(), INPUTS);
    let from = from.to_string().chars().take(9).collect();
    Ok(Diff { from, to: "the work tree".to_owned(), unreadable: unreadable.into_keys().collect(), ..diff })
}

/// The files among these that say nothing that can be compared, by path: those that are broken, and those that are no
/// plain files.
fn unreadable(now: &Loaded, changed: &BTreeSet<Arc<str>>) -> BTreeMap<String, Location> {
    let changed = changed.iter().filter_map(|path| {
        let is_refused = || now.refused.iter().any(|refused| refused.path == *path);
        match now.documents.get(path) {
            Some(document) => document.entity.is_none().then(|| document.location.clone()),
            None if is_refused() => locate(path).ok()?,
            None => None,
        }
        .map(|location| (path.to_string(), location))
    });
    changed.collect()
}
