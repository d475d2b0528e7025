//! Runs: one performance of a workflow, and how it and its steps ended.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($name:ident: $($variant:ident = $word:literal),*) => {
        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word used in JSON and SQL.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),*
                }
            }

            /// The one that a word means.
            #[must_use]
            pub fn named(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == word)
            }
        }
    };
}

/// Where a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// It waits to be taken up.
    Queued,
    /// Somebody runs it.
    Running,
    /// It ended well.
    Succeeded,
    /// A step failed, or its output could not be made.
    Failed,
    /// A step, or all of it, took longer than it may.
    TimedOut,
    /// Somebody wanted it to end.
    Cancelled,
}
words!(RunStatus: Queued = "queued", Running = "running", Succeeded = "succeeded", Failed = "failed",
    TimedOut = "timed_out", Cancelled = "cancelled");

impl RunStatus {
    /// Whether nothing comes after it.
    #[must_use]
    pub const fn is_end(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

/// How a step of a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepStatus {
    /// With an answer.
    Succeeded,
    /// With an error.
    Failed,
    /// Its `when` rendered to nothing.
    Skipped,
    /// Without an answer in time.
    TimedOut,
}
words!(StepStatus: Succeeded = "succeeded", Failed = "failed", Skipped = "skipped", TimedOut = "timed_out");

/// What started a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerType {
    /// A person or a program asked.
    #[default]
    Manual,
    /// The clock.
    Schedule,
    /// A signed HTTP request.
    Webhook,
}
words!(TriggerType: Manual = "manual", Schedule = "schedule", Webhook = "webhook");
