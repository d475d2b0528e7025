//! Trouble: why the newest commit is not served.

use super::Error;
use serde::Serialize;

/// Why the newest commit is not served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// The commit that could not be served, if one is known.
    pub commit: Option<String>,
    /// What went wrong.
    pub message: String,
    /// Since when the newest commit has not been served, RFC 3339.
    pub since: String,
    /// Whether the message may say what is this machine's own business: paths, and what Git says.
    #[serde(skip)]
    pub(super) is_ours: bool,
}

impl Trouble {
    /// What went wrong; whoever remembers it knows when, and with which commit.
    pub(super) fn of(error: &Error) -> Self {
        let is_ours = !matches!(
            error,
            Error::Rewritten { .. } | Error::OtherBranch { .. } | Error::NoCommit(_) | Error::NoSettings(_)
        );
        Self { is_ours, ..Self::said(error.to_string()) }
    }

    /// The same of what is no error.
    pub(super) const fn said(message: String) -> Self {
        Self { commit: None, message, since: String::new(), is_ours: false }
    }

    /// The same without what is this machine's own business, for those who may only read.
    #[must_use]
    pub fn in_public(self) -> Self {
        if !self.is_ours {
            return self;
        }
        let message = "the repository cannot be fetched or read: the server's log says why".to_owned();
        Self { message, ..self }
    }
}
