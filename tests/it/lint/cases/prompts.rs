//! The cases of the rules about prompts, people and policies.

use super::Case;

pub(crate) const CASES: &[Case] = &[];
