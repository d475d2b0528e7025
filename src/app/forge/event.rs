//! An event: what a forge says has happened, in one form for all forges.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A program that hosts repositories and their pull or merge requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forge {
    /// GitHub.
    Github,
    /// GitLab.
    Gitlab,
    /// Gitea, and Forgejo, which speaks as it does.
    Gitea,
    /// Pagure.
    Pagure,
}

impl Forge {
    /// Every forge.
    pub const ALL: [Self; 4] = [Self::Github, Self::Gitlab, Self::Gitea, Self::Pagure];

    /// The word used in addresses, settings, `forge_logins` and decisions.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Gitea => "gitea",
            Self::Pagure => "pagure",
        }
    }

    /// The forge that a word means.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|forge| forge.as_str() == word)
    }
}

impl fmt::Display for Forge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a forge says has happened. Whoever told it knew the secret, but nothing in it is believed that the forge's refs do
/// not bear out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// Where it happened.
    pub forge: Forge,
    /// What happened.
    pub kind: Kind,
    /// The repository as the forge calls it, `acme/prompts`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// The number of the pull or merge request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<u64>,
    /// The change's newest commit then, or the one that was pushed: 40 lower-case hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
    /// The commit that the change is to go onto: 40 lower-case hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// The change's oldest commit, from forges that do not say the base: 40 lower-case hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// Who opened the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<Login>,
    /// Whether the change is not meant to be looked at yet.
    pub is_draft: bool,
    /// The branch that the change is made on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The branch that the change is to go onto.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_branch: Option<String>,
    /// The logins of those who are asked to look, at most 100.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reviewers: Vec<String>,
    /// What the change is called, at most 1,000 bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// When, as the forge wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A change was opened, opened again, or is no draft any more.
    Opened,
    /// A change has other commits, another title, other reviewers, or is a draft now.
    Updated,
    /// A change was closed.
    Closed {
        /// Whether it is on its base branch now.
        merged: bool,
        /// The commit on the base branch, where the forge says.
        landed: Option<String>,
    },
    /// Somebody said something of a change.
    Review(Review),
    /// A branch has another tip, or is gone.
    Push {
        /// The branch, without `refs/heads/`.
        branch: String,
    },
}

/// What somebody said of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Review {
    /// Who.
    pub by: Login,
    /// The review's number, where the forge gives one.
    pub id: Option<String>,
    /// What was said.
    pub verdict: Verdict,
    /// The commit that was looked at, where the forge names it: 40 lower-case hexadecimal digits.
    pub commit: Option<String>,
}

/// What a review says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Yes.
    Approve,
    /// No.
    Reject,
    /// What this person said before counts no more.
    Dismiss,
    /// Neither yes nor no.
    Comment,
}

/// What somebody is called on a forge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Login {
    /// The name.
    pub name: String,
    /// Whether the forge says, or the name shows, that it is a program.
    pub is_bot: bool,
}
