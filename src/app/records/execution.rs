//! Executions: what programs say of the model calls that they made.

use super::{
    take::{Check, Recorded, quoted},
    write::{Batch, Keyed},
};
use crate::{
    app::{App, Error},
    domain::{ClientType, ExecutionStatus},
    store::Execution,
};
use serde::Deserialize;
use serde_json::{Number, Value};
use uuid::Uuid;

/// The most bytes of an input as JSON and of an output, and of an error.
const TEXT_BYTES: usize = 256 << 10;
const ERROR_BYTES: usize = 8 << 10;

/// The most milliseconds, a week; tokens; and dollars.
const LATENCY_MS: i64 = 7 * 24 * 3_600 * 1_000;
const TOKENS: i64 = 1_000_000_000;
const COST_USD: f64 = 1_000_000.0;

/// A model call as a program tells of it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExecutionBody {
    /// The prompt's name.
    pub prompt: String,
    /// The exact number of the version.
    pub version: String,
    /// How it ended: success, error or timeout.
    pub status: String,
    /// What kind of program: desktop, web, codex, cli or other; other where it is left out.
    pub client_type: Option<String>,
    /// The handle of who had it made.
    pub user: Option<String>,
    /// For which project; at most 200 bytes, as provider and model.
    pub project_key: Option<String>,
    /// Who runs the model.
    pub provider: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// What the model was told besides messages: an object of at most 8 kB.
    pub parameters: Option<Value>,
    /// What the prompt was rendered with: any JSON of at most 256 kB.
    pub input: Option<Value>,
    /// What the model answered; at most 256 kB.
    pub output: Option<String>,
    /// What went wrong; at most 8 kB.
    pub error: Option<String>,
    /// How long it took, in milliseconds; at most a week.
    pub latency_ms: Option<Number>,
    /// How many tokens went in; at most 1,000,000,000.
    pub input_tokens: Option<Number>,
    /// How many came out; at most 1,000,000,000.
    pub output_tokens: Option<Number>,
    /// What it cost, in US dollars; at most 1,000,000.
    pub cost_usd: Option<f64>,
    /// Whatever else there is to say: an object of at most 8 kB.
    pub context: Option<Value>,
    /// When, RFC 3339; now where it is left out. Not more than a year ago.
    pub created_at: Option<String>,
    /// What is sent twice under the same key is recorded once; at most 200 bytes.
    pub idempotency_key: Option<String>,
}

impl App {
    /// Records executions; answers when they are durable. `at` is the JSON pointer to one by its index.
    ///
    /// # Errors
    /// As [`App::record_usage`].
    pub async fn record_executions(
        &self,
        sent: Vec<ExecutionBody>,
        at: impl Fn(usize) -> String,
    ) -> Result<Recorded, Error> {
        let (records, current) = (self.records()?, self.current());
        let mut check = Check::new(&current.registry, self.meter().clock().now())?;
        let executions = check.each(sent, at, Check::execution);
        let bytes = check.end()?;
        let ids = records.put(Batch { executions, bytes, ..Batch::default() }).await?;
        Ok(Recorded { accepted: ids.len(), ids })
    }
}

impl Check<'_> {
    fn execution(&mut self, sent: ExecutionBody) -> Option<Keyed<Execution>> {
        let version = self.version(&sent.prompt, &sent.version);
        let status = self.status(&sent.status);
        let client_type = sent.client_type.map_or(Some(ClientType::Other), |word| self.client_type(&word));
        let user_id = self.user(sent.user.as_deref());
        let key = self.short("idempotency_key", sent.idempotency_key);
        let execution = Execution {
            id: Uuid::now_v7(),
            run_id: None,
            step: None,
            prompt_id: version.unwrap_or_default().0,
            prompt_version_id: version.unwrap_or_default().1,
            user_id,
            client_type: client_type.unwrap_or(ClientType::Other),
            project_key: self.short("project_key", sent.project_key),
            provider: self.short("provider", sent.provider),
            model: self.short("model", sent.model),
            parameters: self.context("parameters", sent.parameters),
            status: status.unwrap_or(ExecutionStatus::Error),
            input: self.json("input", sent.input, TEXT_BYTES),
            output: self.text("output", sent.output, 0..=TEXT_BYTES),
            error: self.text("error", sent.error, 0..=ERROR_BYTES),
            latency_ms: self.number("latency_ms", sent.latency_ms, 0..=LATENCY_MS),
            input_tokens: self.number("input_tokens", sent.input_tokens, 0..=TOKENS),
            output_tokens: self.number("output_tokens", sent.output_tokens, 0..=TOKENS),
            cost_usd: self.cost(sent.cost_usd),
            context: self.context("context", sent.context),
            created_at: self.time(sent.created_at.as_deref())?,
        };
        // What is wrong was noted, and nothing is recorded then.
        (version.is_some() && status.is_some() && client_type.is_some()).then_some(Keyed { key, event: execution })
    }

    fn status(&mut self, word: &str) -> Option<ExecutionStatus> {
        let status = ExecutionStatus::named(word);
        if status.is_none() {
            let known = ExecutionStatus::ALL.map(ExecutionStatus::as_str).join(", ");
            self.fault("status", format!("{} is none of {known}", quoted(word)), None);
        }
        status
    }

    fn cost(&mut self, cost: Option<f64>) -> Option<f64> {
        let cost = cost?;
        if !(0.0..=COST_USD).contains(&cost) {
            self.fault("cost_usd", format!("{cost} is not between 0 and {COST_USD}"), None);
            return None;
        }
        Some(cost)
    }
}
