//! Workflows: prompts chained over models, and what starts them.

use super::{
    model::Secret,
    name::{Handle, ModelName},
    selector::Selector,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A chain of prompts, as in `workflows/<name>.yaml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Workflow {
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// What it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The handle of the user who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Handle>,
    /// Only published workflows of the default branch run.
    #[serde(default)]
    pub status: WorkflowStatus,
    /// A JSON Schema of a run's input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_schema: Option<Value>,
    /// What starts it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub triggers: Vec<Trigger>,
    /// Its parts; their place in the list is their order.
    pub steps: Vec<Step>,
    /// The result, as templates over `outputs`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub output: Map<String, Value>,
}

/// Whether a workflow runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkflowStatus {
    /// Being written.
    #[default]
    Draft,
    /// Runs.
    Published,
    /// Kept, and runs no more.
    Archived,
}

/// What starts a workflow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trigger {
    /// Its name within the workflow.
    pub id: String,
    /// Its kind, with what that kind needs.
    #[serde(flatten)]
    pub kind: TriggerKind,
}

/// The kinds of trigger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum TriggerKind {
    /// A person or a program asks.
    Manual,
    /// The clock.
    Schedule {
        /// Five fields: minute, hour, day of month, month, day of week.
        cron: String,
        /// An IANA time zone; UTC where none is given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timezone: Option<String>,
        /// The input of each run.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        input: Map<String, Value>,
    },
    /// A signed HTTP request.
    Webhook {
        /// Where the signing secret is found.
        secret: Secret,
        /// Templates over the request, by input field.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        input_mapping: Map<String, Value>,
    },
}

/// One part of a workflow: one prompt sent to one model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its name within the workflow.
    pub id: String,
    /// The prompt and which version of it.
    pub prompt: Selector,
    /// The model profile; else the version's own, else the runner's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelName>,
    /// Templates over `input` and `outputs`, by variable.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub input_mapping: Map<String, Value>,
    /// Later steps read `outputs.<output_key>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_key: Option<String>,
    /// How long one call may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
    /// How often a failed call is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retries: Option<u32>,
    /// A template: the step runs only where it renders non-empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}
