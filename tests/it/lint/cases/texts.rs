//! The cases of the rules about texts.

use super::Case;

pub(crate) const CASES: &[Case] = &[];
