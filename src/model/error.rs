//! What can go wrong with a call of a model.

use super::Spent;
use crate::domain::ModelName;
use std::time::Duration;

/// Why there is no answer. No message holds a key; what a provider said is cut to 500 characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The time for the whole call was up.
    #[error("there was no answer in time")]
    Timeout,
    /// The provider wants to be asked less often.
    #[error("the provider wants to be asked less often: {message}")]
    RateLimited {
        /// When it wants to be asked again, where it says so.
        retry_after: Option<Duration>,
        /// What it said.
        message: String,
    },
    /// Nobody answers, or the provider says that it cannot at present.
    #[error("the provider is not available: {message}")]
    Unavailable {
        /// When it wants to be asked again, where it says so.
        retry_after: Option<Duration>,
        /// What is known about it.
        message: String,
    },
    /// The provider does not do what it is asked to.
    #[error("the provider refused ({status}): {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it said.
        message: String,
    },
    /// The answer broke off, or nobody can make sense of it.
    #[error("the answer is broken: {0}")]
    Broken(String),
    /// The answer does not fit the `output_schema`.
    #[error("the answer does not fit output_schema: {0}")]
    InvalidOutput(String),
    /// The profile or what is to be sent is not right, so that nobody was asked.
    #[error("this cannot be sent: {0}")]
    Unusable(String),
}

impl Error {
    /// A word for the kind.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::RateLimited { .. } => "rate_limited",
            Self::Unavailable { .. } => "unavailable",
            Self::Refused { .. } => "refused",
            Self::Broken(_) => "broken",
            Self::InvalidOutput(_) => "invalid_output",
            Self::Unusable(_) => "unusable",
        }
    }

    /// Whether the same may go well a moment later.
    pub(super) const fn passes(&self) -> bool {
        matches!(self, Self::RateLimited { .. } | Self::Unavailable { .. })
    }

    pub(super) const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } | Self::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// A call that failed, after all that was to be tried.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{error}")]
pub struct Failed {
    /// Why, of the profile that was tried last.
    pub error: Error,
    /// That profile; none where there was none.
    pub profile: Option<ModelName>,
    /// What the model said, where it said something and that was of no use.
    pub text: Option<String>,
    /// What was used up all the same.
    pub spent: Spent,
    /// How often a provider was asked, by all profiles together.
    pub attempts: u32,
    /// How long all of it took, in milliseconds.
    pub latency_ms: u64,
}
