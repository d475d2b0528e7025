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
    /// What it costs; nothing is reckoned where this is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// Profiles to try in turn where this one fails.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fallback: Vec<ModelName>,
}

/// What a model costs, in US dollars per million tokens; finite and not below zero. Millionths of a dollar count, less
/// does not.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// A million tokens of what is sent.
    pub input: f64,
    /// A million tokens of what is answered.
    pub output: f64,
}

impl Price {
    /// What so many tokens cost, in trillionths of a US dollar, in whole numbers; the most that there is where it is more.
    #[must_use]
    pub fn trillionths(self, input_tokens: u64, output_tokens: u64) -> u64 {
        // As many trillionths for a token as millionths for a million of them.
        let one = |price: f64| (price * 1e6).round() as u64;
        let all = |price, tokens| one(price).saturating_mul(tokens);
        all(self.input, input_tokens).saturating_add(all(self.output, output_tokens))
    }
}

/// A kind of provider that this program can call. Profiles may name others, for programs of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// OpenAI, and whatever speaks its chat completions at a `base_url`.
    OpenAi,
    /// Anthropic's messages.
    Anthropic,
    /// Google's Gemini.
    Gemini,
    /// Ollama, on this machine unless a `base_url` says otherwise.
    Ollama,
}

impl Provider {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::OpenAi, Self::Anthropic, Self::Gemini, Self::Ollama];

    /// The word used in `models/<name>.yaml`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Ollama => "ollama",
        }
    }

    /// The one that a word means.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.as_str() == word)
    }
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
