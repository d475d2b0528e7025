//! Words: how types, values and places are called when a fault is told, and which known word was probably meant.

use super::fault::unescape;
use jsonschema::JsonType;
use serde_json::Value;

/// What a value is, with its article.
pub(super) fn found(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(true) => "true",
        Value::Bool(false) => "false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

/// What a schema asks for, with its article.
pub(super) const fn expected(kind: JsonType) -> &'static str {
    match kind {
        JsonType::Array => "a list",
        JsonType::Boolean => "true or false",
        JsonType::Integer => "a whole number",
        JsonType::Null => "nothing",
        JsonType::Number => "a number",
        JsonType::Object => "a map",
        JsonType::String => "text",
    }
}

/// A value short enough to be printed in a sentence; a text stands without quotes.
pub(super) fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut line: String = text.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(60).is_some() {
        line.push('…');
    }
    line
}

/// How the place that a pointer names is called: `steps[0].id`; `None` for the whole.
pub(super) fn place(pointer: &str) -> Option<String> {
    let mut name = String::new();
    for token in pointer.split('/').skip(1) {
        if token.bytes().all(|b| b.is_ascii_digit()) && !token.is_empty() && !name.is_empty() {
            name.push('[');
            name.push_str(token);
            name.push(']');
        } else {
            name = unescape(token);
        }
    }
    (!name.is_empty()).then_some(name)
}

/// Words in a row, for people.
pub(super) fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}
