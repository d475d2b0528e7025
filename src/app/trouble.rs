//! Trouble: why the newest commit is not served.

use super::Error;
use crate::git;
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
    /// Whether the remote could not be asked, so that nobody knows what its newest commit is.
    #[serde(skip)]
    pub(super) is_away: bool,
}

impl Trouble {
    /// What went wrong; whoever remembers it knows when, and with which commit.
    pub(super) fn of(error: &Error) -> Self {
        let is_ours = !matches!(
            error,
            Error::Rewritten { .. }
                | Error::Untrusted { .. }
                | Error::OtherBranch { .. }
                | Error::NoCommit(_)
                | Error::NoSettings(_)
        );
        let is_away = matches!(error, Error::Git(git::Error::Fetch { .. } | git::Error::TimedOut { .. }));
        Self { is_ours, is_away, ..Self::said(error.to_string()) }
    }

    /// The same of what is no error.
    pub(super) const fn said(message: String) -> Self {
        Self { commit: None, message, since: String::new(), is_ours: false, is_away: false }
    }

    /// The same without what is this machine's own business, for those who may only read.
    #[must_use]
    pub fn in_public(self) -> Self {
        if !self.is_ours {
            return self;
        }
        let what =
            if self.is_away { "the remote cannot be fetched" } else { "the repository cannot be fetched or read" };
        Self { message: format!("{what}: the server's log says why"), ..self }
    }

    /// What it is about, in a few words.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        if self.is_away { "the remote cannot be fetched" } else { "the newest commit is not served" }
    }
}
