//! Scalars of YAML: which of them are texts, numbers, booleans or null, by YAML 1.2's core schema.

use granit_parser::{ScalarStyle, Tag};
use serde_json::{Number, Value};
use std::borrow::Cow;

/// The value of a scalar, and a warning where YAML 1.1 would have read it otherwise.
///
/// # Errors
/// A sentence, where the tag is not one of YAML's own or the number cannot be written in JSON.
pub(super) fn resolve(
    text: Cow<'_, str>,
    style: ScalarStyle,
    tag: Option<&Tag>,
) -> Result<(Value, Option<String>), String> {
    match tag {
        Some(tag) if tag.is_yaml_core_schema_tag("str") || (tag.handle().is_empty() && tag.suffix() == "!") => {
            return Ok((Value::String(text.into_owned()), None));
        }
        Some(tag) if !is_scalar_tag(tag) => return Err(unknown_tag(tag)),
        _ => {}
    }
    if style != ScalarStyle::Plain {
        return Ok((Value::String(text.into_owned()), None));
    }
    match plain(&text)? {
        Some(value) => Ok((value, None)),
        None => {
            let warning = is_yaml_1_1_boolean(&text).then(|| {
                format!("`{text}` is a text here, though older YAML reads a boolean: quote it, or write true or false")
            });
            Ok((Value::String(text.into_owned()), warning))
        }
    }
}

/// What a plain scalar stands for; `None` for a text.
fn plain(text: &str) -> Result<Option<Value>, String> {
    Ok(Some(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => return number(text),
    }))
}

fn number(text: &str) -> Result<Option<Value>, String> {
    let digits = text.trim_start_matches(['+', '-']);
    if text.len() - digits.len() > 1 || !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Ok(None);
    }
    if matches!(digits, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN") {
        return Err(format!("`{text}` is no number that JSON has"));
    }
    if let Some(value) = radix(text, digits) {
        return Ok(Some(value));
    }
    let unsigned = text.strip_prefix('+').unwrap_or(text);
    if digits.bytes().all(|b| b.is_ascii_digit()) {
        if let Ok(number) = unsigned.parse::<i64>() {
            return Ok(Some(number.into()));
        }
        if let Ok(number) = unsigned.parse::<u64>() {
            return Ok(Some(number.into()));
        }
    }
    let is_float = digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
        && digits.bytes().any(|b| b.is_ascii_digit());
    if !is_float {
        return Ok(None);
    }
    Ok(unsigned.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number))
}

/// `0o17` and `0x1f`.
fn radix(text: &str, digits: &str) -> Option<Value> {
    if text.len() != digits.len() {
        return None;
    }
    let (radix, rest) = match digits.as_bytes() {
        [b'0', b'o', ..] => (8, &digits[2..]),
        [b'0', b'x', ..] => (16, &digits[2..]),
        _ => return None,
    };
    u64::from_str_radix(rest, radix).ok().map(Value::from)
}

fn is_yaml_1_1_boolean(text: &str) -> bool {
    matches!(text.to_ascii_lowercase().as_str(), "yes" | "no" | "on" | "off") && text.len() <= 3
}

fn is_scalar_tag(tag: &Tag) -> bool {
    ["null", "bool", "int", "float"].iter().any(|name| tag.is_yaml_core_schema_tag(name))
}

/// Whether a list or a map may carry this tag.
pub(super) fn is_collection_tag(tag: &Tag) -> bool {
    ["seq", "map"].iter().any(|name| tag.is_yaml_core_schema_tag(name))
}

/// What is said of any other tag.
pub(super) fn unknown_tag(tag: &Tag) -> String {
    let name: String = tag.original().chars().take(40).collect();
    format!("the tag `{name}` means nothing here: write the value alone")
}
