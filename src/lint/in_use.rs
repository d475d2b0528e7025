//! Which versions of a prompt are in use: what is wrong with another is no longer anybody's business.

use super::context::Context;
use crate::domain::{PromptFolder, Semver, Variant, Version, VersionState};
use std::collections::BTreeMap;

/// The versions that a label or a variant hands out, and the newest, without those that were withdrawn.
///
/// A version never changes, so that what is wrong with an old one cannot be mended any more.
pub(super) fn in_use<'a>(context: &Context<'a>, folder: &'a PromptFolder) -> BTreeMap<&'a Semver, &'a Version> {
    let prompt = &folder.prompt;
    let variants = prompt.variants.values();
    let varied =
        variants.flat_map(|variant| variant.split.keys().chain(variant.overrides.iter().map(|one| &one.version)));
    let handed_out = prompt.labels.values().chain(varied);
    let handed_out = handed_out.filter(|number| !is_withdrawn(folder, number));
    let there = handed_out.chain(newest(context, folder)).filter_map(|number| folder.versions.get_key_value(number));
    there.map(|(number, version)| (number, &**version)).collect()
}

/// Whether a version is one of those that [`in_use`] lists.
pub(super) fn is_in_use(context: &Context<'_>, folder: &PromptFolder, number: &Semver) -> bool {
    let mut variants = folder.prompt.variants.values();
    let varied = |variant: &Variant| {
        variant.split.contains_key(number) || variant.overrides.iter().any(|one| one.version == *number)
    };
    !is_withdrawn(folder, number)
        && (folder.prompt.labels.values().any(|labelled| labelled == number)
            || variants.any(varied)
            || newest(context, folder) == Some(number))
}

/// The newest version that was not withdrawn. It counts too where it is broken, or was not read.
pub(super) fn newest<'a>(context: &Context<'a>, folder: &PromptFolder) -> Option<&'a Semver> {
    let files = context.folders.get(&folder.name)?.get(&folder.collection.as_ref())?;
    files.versions.keys().copied().rev().find(|number| !is_withdrawn(folder, number))
}

fn is_withdrawn(folder: &PromptFolder, number: &Semver) -> bool {
    matches!(folder.prompt.state(number).0, VersionState::Yanked | VersionState::Revoked)
}
