//! Hooks: where a workflow's result is delivered.

use super::{model::Secret, name::WorkflowName};
use serde::{Deserialize, Serialize};

/// A place of delivery, as in `hooks/<name>.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    /// How it is delivered.
    pub r#type: HookType,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The address: a URL, or `mailto:` and an e-mail address.
    pub target_url: String,
    /// Where the token or signing secret is found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_token: Option<Secret>,
    /// The workflow whose runs are delivered; all of them where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<WorkflowName>,
    /// What is delivered.
    pub events: Vec<HookEvent>,
}

/// How a hook delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HookType {
    /// A signed HTTP request.
    Webhook,
    /// A message to a Slack channel.
    Slack,
    /// An e-mail.
    Email,
}

/// What a hook is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HookEvent {
    /// A run ended well.
    #[serde(rename = "run.succeeded")]
    RunSucceeded,
    /// A run failed.
    #[serde(rename = "run.failed")]
    RunFailed,
}
