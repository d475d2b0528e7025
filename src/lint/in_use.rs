//! Which versions of a prompt are in use: what is wrong with another is no longer anybody's business.

use crate::domain::{PromptFolder, Semver, Variant, Version, VersionState};
use std::collections::BTreeMap;

/// The versions that a label or a variant hands out, and the newest, without those that were withdrawn.
///
/// A version never changes, so that what is wrong with an old one cannot be mended any more.
pub(super) fn in_use(folder: &PromptFolder) -> BTreeMap<&Semver, &Version> {
    let prompt = &folder.prompt;
    let variants = prompt.variants.values();
    let varied =
        variants.flat_map(|variant| variant.split.keys().chain(variant.overrides.iter().map(|one| &one.version)));
    let handed_out = prompt.labels.values().chain(varied);
    let handed_out = handed_out.filter(|number| !is_withdrawn(folder, number));
    let there = handed_out.chain(newest(folder)).filter_map(|number| folder.versions.get_key_value(number));
    there.map(|(number, version)| (number, &**version)).collect()
}

/// Whether a version is one of those that [`in_use`] lists.
pub(super) fn is_in_use(folder: &PromptFolder, number: &Semver) -> bool {
    let mut variants = folder.prompt.variants.values();
    let varied = |variant: &Variant| {
        variant.split.contains_key(number) || variant.overrides.iter().any(|one| one.version == *number)
    };
    !is_withdrawn(folder, number)
        && (folder.prompt.labels.values().any(|labelled| labelled == number)
            || newest(folder) == Some(number)
            || variants.any(varied))
}

/// The newest version that was not withdrawn.
pub(super) fn newest(folder: &PromptFolder) -> Option<&Semver> {
    folder.versions.keys().rev().find(|number| !is_withdrawn(folder, number))
}

fn is_withdrawn(folder: &PromptFolder, number: &Semver) -> bool {
    matches!(folder.prompt.state(number).0, VersionState::Yanked | VersionState::Revoked)
}
