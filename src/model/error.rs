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
    /// The answer broke off.
    #[error("the answer was cut off: {0}")]
    CutOff(String),
    /// Nobody can make sense of the answer.
    #[error("the answer is broken: {0}")]
    Broken(String),
    /// The answer does not fit the `output_schema`.
    #[error("the answer does not fit output_schema: {0}")]
    InvalidOutput(String),
    /// The key is not where the profile says, so that nobody was asked.
    #[error("there is no key: {0}")]
    NoKey(String),
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
            Self::CutOff(_) => "cut_off",
            Self::Broken(_) => "broken",
            Self::InvalidOutput(_) => "invalid_output",
            Self::NoKey(_) => "no_key",
            Self::Unusable(_) => "unusable",
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Timeout => "allow more time, or use a model profile that is faster",
            Self::RateLimited { .. } => {
                "ask less at once, or later; a `fallback` of the model profile answers meanwhile"
            }
            Self::Unavailable { .. } => {
                "check base_url, or try later; a `fallback` of the model profile answers meanwhile"
            }
            Self::Refused { status: 300..=399, .. } => {
                "set base_url to the address at which the provider itself answers"
            }
            Self::Refused { status: 401 | 403, .. } => "check the key that api_key of the model profile leads to",
            Self::Refused { status: 404, .. } => "check `model` and base_url of the model profile",
            Self::Refused { .. } => "change what the provider names, or use another model profile",
            Self::CutOff(_) => "try again; where max_tokens were used up, allow more of them",
            Self::Broken(_) => "check that what answers at base_url speaks the protocol of `provider`",
            Self::InvalidOutput(_) => "ask for less in output_schema, say more in the messages, or use a better model",
            Self::NoKey(_) => {
                "set the variable or mount the file that api_key of the model profile names, where this runs"
            }
            Self::Unusable(_) => "correct what is named in the model profile or in the version",
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
