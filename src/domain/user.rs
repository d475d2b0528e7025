//! Users, roles and permissions.

use super::name::{ModelName, RoleName};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A person or a program with an identity, as in `users/<handle>.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The e-mail address: ties commits and sign-ins to this user.
    pub email: String,
    /// What people call them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Their roles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleName>,
    /// Whether they may still do anything.
    #[serde(default = "yes")]
    pub is_active: bool,
    /// What they like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferences: Option<Preferences>,
    /// SSH public keys that sign their decisions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signing_keys: Vec<SigningKey>,
    /// What they are called on forges: `github: ana-x`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub forge_logins: BTreeMap<String, String>,
}

/// An SSH public key, in the form of a `.pub` file's line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SigningKey {
    /// A key that is valid for as long as it is listed.
    Line(String),
    /// A key that is not valid for ever.
    Dated(DatedKey),
}

/// A key that is not valid for ever. One that is no longer used stays listed, so that what it signed goes on counting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatedKey {
    /// The line.
    pub key: String,
    /// The first moment at which it signs, `2026-01-31T12:00:00Z`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<String>,
    /// The last moment at which it signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<String>,
    /// That it is in wrong hands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<RevokedKey>,
}

/// That a key is in wrong hands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokedKey {
    /// The last commit of the branch with the decisions at which it was in the right hands; what came into the log later
    /// does not count. Without it nothing that the key signed counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl User {
    /// Whether a change does nothing but take power from this user's keys: some are revoked, or valid for less long.
    #[must_use]
    pub fn only_withdraws(&self, after: &Self) -> bool {
        let is_less = |(before, after): (&SigningKey, &SigningKey)| {
            let later = |key: &SigningKey| key.valid_until().map_or_else(|| "~".to_owned(), str::to_owned);
            before.is(&after.bare())
                && before.valid_from() == after.valid_from()
                && later(after) <= later(before)
                && (before.revoked() == after.revoked() || before.revoked().is_none())
        };
        let same = Self { signing_keys: after.signing_keys.clone(), ..self.clone() };
        same == *after
            && self != after
            && self.signing_keys.len() == after.signing_keys.len()
            && self.signing_keys.iter().zip(&after.signing_keys).all(is_less)
    }
}

impl SigningKey {
    /// The first moment at which it signs, where there is one.
    #[must_use]
    pub fn valid_from(&self) -> Option<&str> {
        let Self::Dated(dated) = self else { return None };
        dated.valid_from.as_deref()
    }

    /// The last moment at which it signs, where there is one.
    #[must_use]
    pub fn valid_until(&self) -> Option<&str> {
        let Self::Dated(dated) = self else { return None };
        dated.valid_until.as_deref()
    }

    /// The line.
    #[must_use]
    pub fn line(&self) -> &str {
        match self {
            Self::Line(line) => line,
            Self::Dated(dated) => &dated.key,
        }
    }

    /// Whether it is this key, `TYPE BASE64`, whatever the comment.
    #[must_use]
    pub fn is(&self, key: &str) -> bool {
        self.line().split_ascii_whitespace().take(2).eq(key.split_ascii_whitespace().take(2))
    }

    /// The key without its comment: `TYPE BASE64`.
    #[must_use]
    pub fn bare(&self) -> String {
        self.line().split_ascii_whitespace().take(2).collect::<Vec<_>>().join(" ")
    }

    /// Whether it signs at this moment, written `2026-01-31T12:00:00Z`.
    #[must_use]
    pub fn is_valid_at(&self, at: &str) -> bool {
        let Self::Dated(dated) = self else { return true };
        dated.valid_from.as_deref().is_none_or(|from| from <= at)
            && dated.valid_until.as_deref().is_none_or(|to| at <= to)
    }

    /// That it is in wrong hands, where that is said.
    #[must_use]
    pub const fn revoked(&self) -> Option<&RevokedKey> {
        match self {
            Self::Dated(DatedKey { revoked: Some(revoked), .. }) => Some(revoked),
            _ => None,
        }
    }
}

const fn yes() -> bool {
    true
}

/// What a user likes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Preferences {
    /// The model profile to use where nothing else names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_model: Option<ModelName>,
    /// How pages look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theme: Option<Theme>,
}

/// How pages look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Dark text on a light ground.
    Light,
    /// Light text on a dark ground.
    Dark,
}

/// A role, as in `roles/<name>.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Who should have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What it allows.
    pub permissions: Vec<Grant>,
}

impl Role {
    /// Whether this role allows something.
    #[must_use]
    pub fn allows(&self, permission: Permission) -> bool {
        self.permissions.contains(&Grant::Known(permission))
    }
}

/// One of a role's permissions as it is written: a newer promptreg may know more words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Grant {
    /// A permission.
    Known(Permission),
    /// A word that is none. It allows nothing.
    Unknown(String),
}

/// Something that a role may allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Fetch, list, search and render what is approved.
    Read,
    /// See what is not approved: drafts, requests, any ref.
    ReadDrafts,
    /// Make a proposal.
    Propose,
    /// Approve and reject, as people are told: who may is said by `[approval]` in registry.toml, which names roles and
    /// people, and by nothing else.
    Approve,
    /// Merge an approved proposal.
    Merge,
    /// Move labels between approved versions.
    MoveLabels,
    /// Deprecate, yank, revoke and archive.
    Deprecate,
    /// Start and cancel runs of workflows.
    RunWorkflows,
    /// Record usage, executions and feedback.
    RecordUsage,
    /// Read usage, runs and feedback.
    ReadReports,
    /// Read the audit log.
    ReadAudit,
    /// Make the server look at the repository now.
    Sync,
    /// Make and revoke tokens.
    ManageTokens,
    /// Change users, roles and the registry's settings.
    Administer,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 14] = [
        Self::Read,
        Self::ReadDrafts,
        Self::Propose,
        Self::Approve,
        Self::Merge,
        Self::MoveLabels,
        Self::Deprecate,
        Self::RunWorkflows,
        Self::RecordUsage,
        Self::ReadReports,
        Self::ReadAudit,
        Self::Sync,
        Self::ManageTokens,
        Self::Administer,
    ];

    /// The word used in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::ReadDrafts => "read_drafts",
            Self::Propose => "propose",
            Self::Approve => "approve",
            Self::Merge => "merge",
            Self::MoveLabels => "move_labels",
            Self::Deprecate => "deprecate",
            Self::RunWorkflows => "run_workflows",
            Self::RecordUsage => "record_usage",
            Self::ReadReports => "read_reports",
            Self::ReadAudit => "read_audit",
            Self::Sync => "sync",
            Self::ManageTokens => "manage_tokens",
            Self::Administer => "administer",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_permission_that_is_none_is_kept_and_allows_nothing() {
        let written = json!({"permissions": ["read", "fly"]});
        let role: Role = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(role.permissions, [Grant::Known(Permission::Read), Grant::Unknown("fly".to_owned())]);
        assert_eq!(Permission::ALL.into_iter().filter(|one| role.allows(*one)).collect::<Vec<_>>(), [Permission::Read]);
        assert_eq!(serde_json::to_value(&role).unwrap(), written);
    }

    #[test]
    fn the_word_for_a_permission_is_the_one_in_files() {
        for permission in Permission::ALL {
            assert_eq!(json!(permission), json!(permission.as_str()));
        }
    }
}
