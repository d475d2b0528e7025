//! Answers that have to fit a schema: asked for in words, and held against it.

use super::{Request, target::Target};
use crate::{domain::Provider, schema::Compiled};
use serde_json::Value;

/// The most faults that a message names.
const FAULTS: usize = 5;

/// How a model is asked for an answer that fits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// In the protocol, so that the provider sees to it.
    pub(super) native: bool,
    /// In words, and once more where the answer does not fit.
    pub(super) in_words: bool,
}

impl Shape {
    /// Where the protocol has no way, or the model does not know it.
    pub(super) const WORDS: Self = Self { native: false, in_words: true };

    /// What answers at a `base_url` may know a part of the protocol only. So it is asked in words; in OpenAI's protocol
    /// besides its own way, which gateways have or leave out. Whoever sets `response_format` goes a way of their own.
    pub(super) fn of(request: &Request<'_>, target: &Target<'_>) -> Self {
        let own =
            [request.parameters, &target.profile.parameters].iter().any(|set| set.contains_key("response_format"));
        let elsewhere = target.profile.base_url.is_some() && target.provider != Provider::Ollama;
        let native = request.output_schema.is_some() && !own && (!elsewhere || target.provider == Provider::OpenAi);
        Self { native, in_words: elsewhere || own }
    }
}

/// What the model is told where its provider does not see to it by itself.
pub(super) fn in_words(schema: &Value) -> String {
    format!(
        "Answer with one JSON value and nothing else: no words before or after it, no code fence. It has to fit this \
         JSON Schema:\n{schema}"
    )
}

/// What the model is told of an answer that does not fit.
pub(super) fn again(what: &str) -> String {
    format!("That answer does not fit: {what}. Answer once more with the whole JSON value alone.")
}

/// The text without what is around its JSON, and the value; or what is wrong with it.
pub(super) fn read(schema: &Compiled, text: &str) -> Result<(String, Value), String> {
    let bare = without_fence(text);
    let value: Value = serde_json::from_str(bare).map_err(|error| format!("it is not JSON: {error}"))?;
    let faults = schema.faults(&value);
    if faults.is_empty() {
        return Ok((bare.to_owned(), value));
    }
    let told = faults.iter().take(FAULTS).map(|fault| match fault.pointer.as_str() {
        "" => fault.message.clone(),
        pointer => format!("{pointer}: {}", fault.message),
    });
    let mut told = told.collect::<Vec<_>>().join("; ");
    if faults.len() > FAULTS {
        told.push_str(&format!("; and {} more", faults.len() - FAULTS));
    }
    Err(told)
}

fn without_fence(text: &str) -> &str {
    let text = text.trim();
    let Some(inner) = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```")) else { return text };
    inner.split_once('\n').map_or(inner, |(_, body)| body).trim()
}
