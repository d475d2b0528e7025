//! What runs ask of models: one call, data in, data out.

use crate::domain::{Message, ModelName, ModelProfile};
use serde_json::{Map, Value};
use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

/// Whoever calls models.
pub trait Model: std::fmt::Debug + Send + Sync {
    /// Calls a model; whoever drops the future gives the call up.
    fn call<'a>(&'a self, asked: Asked<'a>) -> Calling<'a>;
}

/// A call that is under way.
pub type Calling<'a> = Pin<Box<dyn Future<Output = Result<Answered, Box<NoAnswer>>> + Send + 'a>>;

/// What a model is asked.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The profiles to try in turn.
    pub models: &'a [(ModelName, Arc<ModelProfile>)],
    /// The rendered messages.
    pub messages: &'a [Message],
    /// Function tools.
    pub tools: &'a [Value],
    /// Parameters, which go before those of the profile.
    pub parameters: &'a Map<String, Value>,
    /// A JSON Schema that the answer has to fit.
    pub output_schema: Option<&'a Value>,
    /// How long all of it may take.
    pub deadline: Duration,
    /// How often a failed call is tried again.
    pub retries: u32,
}

/// What a model answered.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answered {
    /// What it says.
    pub text: String,
    /// The same as JSON, where an `output_schema` was asked for and it could be read.
    pub output: Option<Value>,
    /// The tools that it wants to have called, as JSON.
    pub tool_calls: Vec<Value>,
    /// The profile that answered.
    pub profile: Option<ModelName>,
    /// The model as the provider calls it.
    pub model: String,
    /// The tokens that went in.
    pub input_tokens: Option<u64>,
    /// The tokens that came out.
    pub output_tokens: Option<u64>,
    /// What it cost, in US dollars.
    pub cost_usd: Option<f64>,
    /// How long it took, in milliseconds.
    pub latency_ms: u64,
    /// How often a provider was asked.
    pub attempts: u32,
}

/// Why there is no answer. No message holds a key.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NoAnswer {
    /// Whether the time was up.
    pub is_timeout: bool,
    /// What went wrong, for people; it may quote what was said.
    pub message: String,
    /// What the model said, where that is of no use.
    pub text: Option<String>,
    /// The tokens that went in all the same.
    pub input_tokens: Option<u64>,
    /// The tokens that came out.
    pub output_tokens: Option<u64>,
    /// What it cost, in US dollars.
    pub cost_usd: Option<f64>,
    /// The profile that was tried last.
    pub profile: Option<ModelName>,
    /// How often a provider was asked.
    pub attempts: u32,
    /// How long it took, in milliseconds.
    pub latency_ms: u64,
}
