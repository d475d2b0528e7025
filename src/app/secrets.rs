//! Secrets taken out of what is compared: a comparison is posted where many read it, and stays there.

use crate::{
    domain::{DEPTH, PromptName, Registry, Semver, Version, Which},
    files::Source,
    lint,
};
use rayon::prelude::*;
use serde_json::Value;
use std::{borrow::Cow, collections::BTreeSet, sync::Arc};

/// The text with an `x` for every letter of a secret, which no YAML takes for a sign of its own.
fn without(text: &str) -> Option<String> {
    let Cow::Owned(masked) = lint::masked(text) else { return None };
    Some(text.chars().zip(masked.chars()).map(|(was, is)| if was == is { was } else { 'x' }).collect())
}

/// Takes the secrets out of files.
pub(super) fn hide_in_files(files: &mut [Source]) {
    files.par_iter_mut().for_each(|file| {
        if let Some(text) = std::str::from_utf8(&file.bytes).ok().and_then(without) {
            file.bytes = text.into_bytes();
        }
    });
}

/// The registry without the secrets of some versions and of all that these include; none where they have no secrets.
pub(super) fn hide_in_versions(registry: &Registry, versions: &[(&PromptName, &Semver)]) -> Option<Registry> {
    let mut wanted: BTreeSet<(PromptName, Semver)> = BTreeSet::new();
    let mut open: Vec<(PromptName, Semver, usize)> =
        versions.iter().map(|(name, number)| ((*name).clone(), (*number).clone(), 0)).collect();
    while let Some((name, number, depth)) = open.pop() {
        let Some(version) = registry.prompts.get(&name).and_then(|folder| folder.versions.get(&number)) else {
            continue;
        };
        let pins = version.uses.values().filter(|_| depth < DEPTH).filter_map(|pin| match &pin.which {
            Which::Exact(number) => Some((pin.name.clone(), number.clone(), depth + 1)),
            _ => None,
        });
        if wanted.insert((name, number)) {
            open.extend(pins);
        }
    }
    let mut hidden: Option<Registry> = None;
    for (name, number) in wanted {
        let found = registry.prompts.get(&name).and_then(|folder| folder.versions.get(&number));
        let Some(version) = found.and_then(|version| hide_in_version(version)) else { continue };
        let registry = hidden.get_or_insert_with(|| registry.clone());
        if let Some(folder) = registry.prompts.get_mut(&name) {
            Arc::make_mut(folder).versions.insert(number, Arc::new(version));
        }
    }
    hidden
}

fn hide_in_version(version: &Version) -> Option<Version> {
    let mut value = serde_json::to_value(version).ok()?;
    hide_in_value(&mut value).then(|| serde_json::from_value(value).unwrap_or_default())
}

/// Whether there was one.
fn hide_in_value(value: &mut Value) -> bool {
    match value {
        Value::String(text) => without(text).map(|hidden| *text = hidden).is_some(),
        Value::Array(items) => items.iter_mut().fold(false, |found, item| hide_in_value(item) | found),
        Value::Object(map) => map.values_mut().fold(false, |found, item| hide_in_value(item) | found),
        _ => false,
    }
}
