//! The cases of the rules about workflows, triggers and hooks.

use super::Case;

pub(crate) const CASES: &[Case] = &[];
