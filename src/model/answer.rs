//! What a model answered.

use super::Spent;
use crate::domain::ModelName;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a model answered, and what that took.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// What it says; JSON alone where an `output_schema` was asked for.
    pub text: String,
    /// What the text says as JSON, where an `output_schema` was asked for; it fits that.
    pub output: Option<Value>,
    /// The tools that it wants to have called. An answer that wants any is not held against the `output_schema`.
    pub tool_calls: Vec<ToolCall>,
    /// The model as the provider calls it.
    pub model: String,
    /// What it took to get here.
    #[serde(flatten)]
    pub spent: Spent,
    /// How long all of it took, in milliseconds, pauses included.
    pub latency_ms: u64,
    /// How often a provider was asked, at least once.
    pub attempts: u32,
    /// The profile that answered.
    pub profile: ModelName,
}

/// A tool that the model wants to have called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// What the provider calls this call; a tool's result names it.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// What it is called with.
    #[serde(default)]
    pub arguments: Map<String, Value>,
}
