//! Usage: what kind of program asked for a version.

use serde::{Deserialize, Serialize};

/// What kind of program asked for a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientType {
    /// A program on somebody's desk.
    Desktop,
    /// A web application.
    Web,
    /// Codex.
    Codex,
    /// A command line.
    Cli,
    /// Anything else.
    Other,
}

impl ClientType {
    /// Every one.
    pub const ALL: [Self; 5] = [Self::Desktop, Self::Web, Self::Codex, Self::Cli, Self::Other];

    /// The word used in events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Web => "web",
            Self::Codex => "codex",
            Self::Cli => "cli",
            Self::Other => "other",
        }
    }

    /// The one that a word means.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}
