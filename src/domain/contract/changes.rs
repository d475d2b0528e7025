//! What changed between two versions for those who call them.

use super::accepts::{Undeclared, misfits};
use crate::domain::{Bump, Version};

/// One change of what a version promises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractChange {
    /// The smallest bump that it demands.
    pub bump: Bump,
    /// The JSON pointer of what changed: into the new version's file, or into the old one's where it is gone.
    pub pointer: String,
    /// Whether the pointer leads into the old version's file.
    pub is_gone: bool,
    /// What changed, for the author of the change, without a full stop.
    pub message: String,
}

/// What changed between two versions for those who call them, the most demanding first.
///
/// Nothing where only texts, models and parameters changed: that demands [`Bump::Patch`].
#[must_use]
pub fn contract_changes(old: &Version, new: &Version) -> Vec<ContractChange> {
    let mut changes = Vec::new();
    if let (Some(old), Some(new)) = (&old.input_schema, &new.input_schema) {
        for misfit in misfits(new.into(), old.into(), Undeclared::Apart) {
            changes.push(ContractChange {
                bump: Bump::Major,
                pointer: format!("/input_schema{}", misfit.pointer),
                is_gone: false,
                message: misfit.message,
            });
        }
    }
    changes
}
