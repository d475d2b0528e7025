//! Answers that have to fit a schema: asked for in words, and held against it.

use crate::schema::Compiled;
use serde_json::Value;

/// The most faults that a message names.
const FAULTS: usize = 5;

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
