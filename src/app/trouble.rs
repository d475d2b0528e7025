//! Trouble: why the newest commit is not served.

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
}
