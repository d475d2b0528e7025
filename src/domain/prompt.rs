//! A prompt: an identity with mutable metadata, as in `prompt.yaml`.

use super::{
    digest::Digest,
    name::{ClientName, Handle, LabelName, PolicyName, PromptName, TagName},
    semver::Semver,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The metadata of a prompt. Its name and collection are its place in the repository.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Prompt {
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// What it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The handle of the user who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Handle>,
    /// A free category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<TagName>,
    /// Whether it is in use.
    #[serde(default, skip_serializing_if = "PromptStatus::is_default")]
    pub status: PromptStatus,
    /// Which version each label points to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<LabelName, Semver>,
    /// Versions that are served with a notice, and why.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub deprecated: BTreeMap<Semver, String>,
    /// Versions that are served by exact number only, and why.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub yanked: BTreeMap<Semver, String>,
    /// Versions that are served no more, and why.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub revoked: BTreeMap<Semver, String>,
    /// Former names, answered with a permanent redirect.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<PromptName>,
    /// Per label: what to hand out to whom.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variants: BTreeMap<LabelName, Variant>,
    /// Safety policies that bind this prompt besides those whose own selector covers it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<PolicyName>,
}

/// Whether a prompt is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromptStatus {
    /// In use.
    #[default]
    Active,
    /// Kept, and left out of lists.
    Archived,
}

impl PromptStatus {
    /// Whether this is the status a file need not name.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::Active
    }
}

/// How one label's callers are shared out between versions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Variant {
    /// The share of each version, in percent.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub split: BTreeMap<Semver, u32>,
    /// Clients that always get one version.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Override>,
}

/// One client that always gets one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// The client config's name.
    pub client: ClientName,
    /// The version it gets.
    pub version: Semver,
}

/// Where a version stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VersionState {
    /// Only on a branch, and no request names it.
    Draft,
    /// A request names it.
    PendingApproval,
    /// An eligible person rejected exactly this content.
    Rejected,
    /// On the default branch and covered by the approval policy.
    Approved,
    /// On the default branch and not covered: not served.
    Unapproved,
    /// Approved, and served with a notice.
    Deprecated,
    /// Approved, and served by exact number only.
    Yanked,
    /// Once approved; served no more.
    Revoked,
}

impl VersionState {
    /// The word used in files and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::PendingApproval => "pending_approval",
            Self::Rejected => "rejected",
            Self::Approved => "approved",
            Self::Unapproved => "unapproved",
            Self::Deprecated => "deprecated",
            Self::Yanked => "yanked",
            Self::Revoked => "revoked",
        }
    }
}

/// What a change of a prompt moves that needs a permission and no review.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Moves {
    /// The labels that point to something else.
    pub labels: BTreeSet<LabelName>,
    /// Whether a version is deprecated, yanked or revoked, or is so no more, or the prompt is archived or taken back.
    pub standing: bool,
}

impl Prompt {
    /// What a change moves, where it changes nothing else: labels, and what is deprecated, yanked, revoked or archived.
    #[must_use]
    pub fn moves(&self, after: &Self) -> Option<Moves> {
        let before = Self {
            labels: after.labels.clone(),
            deprecated: after.deprecated.clone(),
            yanked: after.yanked.clone(),
            revoked: after.revoked.clone(),
            status: after.status,
            ..self.clone()
        };
        let names = self.labels.keys().chain(after.labels.keys());
        let labels = names.filter(|name| self.labels.get(*name) != after.labels.get(*name)).cloned().collect();
        let standing = self.status != after.status
            || (&self.deprecated, &self.yanked, &self.revoked) != (&after.deprecated, &after.yanked, &after.revoked);
        (before == *after).then_some(Moves { labels, standing })
    }

    /// The state of an approved version by what this file says of it, with the reason given.
    #[must_use]
    pub fn state(&self, number: &Semver) -> (VersionState, Option<&str>) {
        let said = [
            (&self.revoked, VersionState::Revoked),
            (&self.yanked, VersionState::Yanked),
            (&self.deprecated, VersionState::Deprecated),
        ];
        said.into_iter()
            .find_map(|(reasons, state)| Some((state, Some(reasons.get(number)?.as_str()))))
            .unwrap_or((VersionState::Approved, None))
    }
}

impl Variant {
    /// The version this caller gets: a client's own first, then the share that the caller's key falls into.
    ///
    /// The same key gets the same version for as long as the shares stay. `None` means the label's own version.
    #[must_use]
    pub fn choose(&self, client: Option<&ClientName>, key: Option<&str>) -> Option<&Semver> {
        let named = self.overrides.iter().find(|own| Some(&own.client) == client);
        if let Some(own) = named {
            return Some(&own.version);
        }
        let total: u64 = self.split.values().map(|share| u64::from(*share)).sum();
        let mut left = Digest::of(key?.as_bytes()).number().checked_rem(total)?;
        for (version, share) in &self.split {
            match left.checked_sub(u64::from(*share)) {
                None => return Some(version),
                Some(rest) => left = rest,
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_is_sticky_and_keeps_its_shares() {
        let variant: Variant = serde_json::from_value(serde_json::json!({
            "split": {"1.0.0": 90, "1.1.0": 10}, "overrides": [{"client": "thermal-team", "version": "2.0.0"}],
        }))
        .unwrap();
        let chosen = |key: &str| variant.choose(None, Some(key)).unwrap().to_string();
        assert_eq!(chosen("ana"), chosen("ana"));
        let new = (0..1_000).filter(|key| chosen(&key.to_string()) == "1.1.0").count();
        assert!((60..140).contains(&new), "{new} of 1000 got the version with 10 percent");
        let client = "thermal-team".parse().unwrap();
        assert_eq!(variant.choose(Some(&client), Some("ana")).unwrap().to_string(), "2.0.0");
        assert_eq!(variant.choose(None, None), None);
    }
}
