//! The registry's own settings, as in `registry.toml`.

use super::{
    diagnostic::Level,
    name::{LabelName, RegistryName, RoleName},
    user::SigningKey,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The file a folder becomes a registry by.
pub const REGISTRY_FILE: &str = "registry.toml";

/// All of `registry.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Which registry this is.
    pub registry: Identity,
    /// How changes are approved.
    #[serde(default)]
    pub approval: ApprovalPolicy,
    /// The labels and who may move them.
    #[serde(default)]
    pub labels: LabelSettings,
    /// The level of each lint rule that is not at its default, by rule.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lint: BTreeMap<String, Level>,
    /// How much of everything is taken in.
    #[serde(default)]
    pub limits: Limits,
}

/// Which registry this is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Its name.
    pub name: RegistryName,
    /// Made by `init`, never changed.
    pub id: Uuid,
    /// The branch on which content becomes approved.
    #[serde(default = "main_branch")]
    pub default_branch: String,
}

fn main_branch() -> String {
    "main".to_owned()
}

/// How changes are approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ApprovalPolicy {
    /// What makes a change count.
    pub mode: ApprovalMode,
    /// How many approvals a change needs.
    pub required: u32,
    /// The roles whose holders may approve.
    pub roles: Vec<RoleName>,
    /// Whether reviews on a forge count.
    pub accept_forge_reviews: bool,
    /// The keys of the servers whose word is taken for a review on a forge.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub witnesses: Vec<SigningKey>,
    /// Rules for some paths; the last that matches wins.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<PathRule>,
}

impl Default for ApprovalPolicy {
    fn default() -> Self {
        Self {
            mode: ApprovalMode::Merge,
            required: 1,
            roles: ["approver", "admin"].iter().filter_map(|role| role.parse().ok()).collect(),
            accept_forge_reviews: true,
            witnesses: Vec::new(),
            paths: Vec::new(),
        }
    }
}

/// What makes a change count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalMode {
    /// Being on the default branch is the approval; branch protection guards it.
    #[default]
    Merge,
    /// A change counts only with enough signed approvals.
    Verified,
}

/// Who must approve changes of some paths.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathRule {
    /// A glob over paths of the repository, such as `prompts/legal/**`.
    pub path: String,
    /// Handles, and roles written `role:NAME`.
    pub approvers: Vec<String>,
    /// How many of them.
    #[serde(default = "one")]
    pub required: u32,
}

const fn one() -> u32 {
    1
}

/// The labels and who may move them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LabelSettings {
    /// The label that is meant where none is named.
    pub default: LabelName,
    /// Labels that only some roles may move.
    pub protected: Vec<LabelName>,
    /// Those roles.
    pub protected_roles: Vec<RoleName>,
}

impl Default for LabelSettings {
    fn default() -> Self {
        Self {
            default: LabelName::default(),
            protected: vec![LabelName::default()],
            protected_roles: ApprovalPolicy::default().roles,
        }
    }
}

/// How much of everything is taken in. What is larger is a diagnostic, never a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Bytes of one file.
    pub file_bytes: usize,
    /// Levels of nesting in one YAML file.
    pub yaml_depth: usize,
    /// Nodes of one YAML file, aliases counted each time they stand for something.
    pub yaml_nodes: usize,
    /// Tags (`{{…}}`) of one template.
    pub template_tags: usize,
    /// Levels of nested blocks in one template.
    pub template_depth: usize,
    /// Bytes of one rendered version.
    pub output_bytes: usize,
    /// Milliseconds that one rendering may take.
    pub render_milliseconds: u64,
    /// Tokens of one version's texts with all that they include, as [`tokens`](super::tokens()) estimates them; more
    /// is worth a warning, and nothing is refused for it.
    pub tokens: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 1 << 20,
            yaml_depth: 64,
            yaml_nodes: 100_000,
            template_tags: 2_000,
            template_depth: 64,
            output_bytes: 4 << 20,
            render_milliseconds: 1_000,
            tokens: 32_000,
        }
    }
}
