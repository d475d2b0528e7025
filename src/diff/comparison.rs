//! What is compared: two versions with those who get either, or two states of a registry.

use super::{
    callers::{Affected, Callers, Changed},
    registries::Diff,
    version::{Side, VersionDiff, versions},
};
use serde::Serialize;

/// Two versions of one prompt, and who gets either of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// What changed between them.
    #[serde(flatten)]
    pub diff: VersionDiff,
    /// Who gets the old version.
    pub affected_from: Affected,
    /// Who gets the new version.
    pub affected_to: Affected,
}

/// What is told.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Subject {
    /// Two versions.
    Versions(Box<Comparison>),
    /// A whole change.
    Change(Diff),
}

/// Compares two versions and finds who gets either. `inputs` is how many test inputs they are rendered with at most.
#[must_use]
pub fn compare(old: &Side<'_>, new: &Side<'_>, inputs: usize) -> Comparison {
    let callers = Callers::new(new.registry, None);
    let affected = |callers: &Callers<'_>, side: &Side<'_>| {
        let versions = [(side.name.clone(), side.number.clone())].into();
        callers.affected(&Changed { versions, ..Changed::default() })
    };
    let affected_from = if std::ptr::eq(old.registry, new.registry) {
        affected(&callers, old)
    } else {
        affected(&Callers::new(old.registry, None), old)
    };
    Comparison { diff: versions(old, new, inputs), affected_from, affected_to: affected(&callers, new) }
}
