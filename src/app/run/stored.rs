//! What is stored of what goes into runs and comes out of them.

use crate::domain::Digest;
use serde::Deserialize;
use serde_json::{Value, json};

/// How much is stored of inputs and outputs. A run that has not ended needs all of it, so that it can go on elsewhere; what
/// is not to be stored is written over when it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stored {
    /// Nothing of them.
    Nothing,
    /// Their digests, by which equal ones are known.
    Hashes,
    /// All of them.
    #[default]
    Everything,
}

impl Stored {
    /// Whether all is stored.
    pub(super) const fn is_everything(self) -> bool {
        matches!(self, Self::Everything)
    }

    /// What is stored of a value; none where it stays out.
    pub(super) fn value(self, value: Value) -> Option<Value> {
        match self {
            Self::Nothing => None,
            Self::Hashes => Some(json!({"digest": Digest::of_json(&value)})),
            Self::Everything => Some(value),
        }
    }

    /// What is stored of a text; none where it stays out.
    pub(super) fn text(self, text: String) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Hashes => Some(Digest::of(text.as_bytes()).to_string()),
            Self::Everything => Some(text),
        }
    }

    /// What the input of a run that ends is written over with; none where it stays as it is.
    pub(super) fn instead(self, input: &Value) -> Option<Value> {
        match self {
            Self::Nothing => Some(json!({"stored": false})),
            Self::Hashes => Some(json!({"digest": Digest::of_json(input)})),
            Self::Everything => None,
        }
    }
}
