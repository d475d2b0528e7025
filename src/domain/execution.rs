//! Executions: how one model call ended.

use serde::{Deserialize, Serialize};

/// How a model call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExecutionStatus {
    /// With an answer.
    Success,
    /// With an error, the model's or the program's.
    Error,
    /// Without an answer in time.
    Timeout,
}

impl ExecutionStatus {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Success, Self::Error, Self::Timeout];

    /// The word used in JSON and SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Error => "error",
            Self::Timeout => "timeout",
        }
    }

    /// The one that a word means.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}
