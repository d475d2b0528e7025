//! The two ways to break the promise that an approved version never changes, in the words of linter and server.

use super::rules;

/// What was done to a version after it reached the default branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breach {
    /// Its file says something else.
    Changed,
    /// Its file is gone.
    Removed,
}

impl Breach {
    /// The rule that looks for it.
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Changed => rules::APPROVED_VERSION_CHANGED,
            Self::Removed => rules::APPROVED_VERSION_REMOVED,
        }
    }

    /// What is wrong, in a sentence.
    #[must_use]
    pub fn message(self) -> String {
        let done = match self {
            Self::Changed => "changed",
            Self::Removed => "removed",
        };
        format!("this version was {done} after it reached the default branch; its approved content is still served")
    }

    /// What to do about it, in general.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Self::Changed => {
                "put it back, and make a new version with `promptreg bump`; to withdraw it, name it under `yanked` or \
                 `revoked` in prompt.yaml"
            }
            Self::Removed => "put it back; to withdraw it, name it under `yanked` or `revoked` in prompt.yaml",
        }
    }
}
