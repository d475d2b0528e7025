//! Model profiles: a provider, a model, parameters, and where the key is found; never the key.

use super::name::ModelName;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A model and how to call it, as in `models/<name>.yaml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelProfile {
    /// What it is good for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The provider's kind, such as `openai` or `anthropic`.
    pub provider: String,
    /// The provider's name of the model.
    pub model: String,
    /// Where the provider answers, if not at its usual place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// Where the key is found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key: Option<Secret>,
    /// Parameters of every call, such as `temperature`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub parameters: Map<String, Value>,
    /// Profiles to try in turn where this one fails.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fallback: Vec<ModelName>,
}

/// Where a secret is found. The secret itself is never in a file of the registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Secret {
    /// In this environment variable of the server.
    Env(String),
    /// In this file, mounted where the server runs.
    File(String),
}
