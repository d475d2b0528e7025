//! Writes canonical YAML that people can review: two blanks a level, block scalars, the keys in their own order.

mod scalar;
mod set;
mod text;

pub use self::set::{set, set_whole};

use serde::Serialize;
use serde_json::{Map, Value};

/// The widest line, in characters, on which a list or a map may stand in flow style.
const FLOW_WIDTH: usize = 80;

/// The most entries of a map in flow style.
const FLOW_ENTRIES: usize = 4;

/// The longest key, in characters as written, that stands before its colon; YAML allows 1024.
const KEY_WIDTH: usize = 1000;

/// Writes a noun of the domain as a file of the registry.
///
/// `schema` is the address of its JSON Schema; it becomes the first line, which editors read. The keys keep the
/// order of the serialization, lines end in a line feed, nothing is wrapped.
///
/// # Errors
/// Where `noun` is not JSON-like: a map with keys that are no text. No noun of the domain is like that.
pub fn document<T: Serialize>(noun: &T, schema: Option<&str>) -> serde_json::Result<String> {
    let text = yaml(&serde_json::to_value(noun)?);
    Ok(match schema {
        Some(address) => format!("# yaml-language-server: $schema={address}\n{text}"),
        None => text,
    })
}

/// Writes any JSON value as one YAML document that reads back to the same value, every text byte for byte.
///
/// Texts of several lines become literal block scalars where those can hold them, else double-quoted scalars of one
/// source line a line. Short lists of single words and small maps of scalars stand on one line.
#[must_use]
pub fn yaml(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => entries(&mut out, map, 0),
        Value::Array(items) if !items.is_empty() => list(&mut out, items, 0),
        Value::String(words) if words.contains('\n') => {
            // A block scalar at the root has no parent to be indented from.
            text::quoted(&mut out, words, 2);
            out.push('\n');
        }
        value => {
            out.push_str(&inline(value, 0).unwrap_or_default());
            out.push('\n');
        }
    }
    out
}

/// Writes the entries of a block map; the first one begins where `out` ends, at column `indent`.
fn entries(out: &mut String, map: &Map<String, Value>, indent: usize) {
    for (i, (key, value)) in map.iter().enumerate() {
        if i > 0 {
            spaces(out, indent);
        }
        let key = scalar::line(key);
        let width = key.chars().count();
        if width > KEY_WIDTH {
            out.push_str("? ");
            out.push_str(&key);
            out.push('\n');
            spaces(out, indent);
        } else {
            out.push_str(&key);
        }
        out.push(':');
        match inline_value(value, indent + width + 2) {
            Some(text) => {
                out.push(' ');
                out.push_str(&text);
                out.push('\n');
            }
            None => below(out, value, indent),
        }
    }
}

/// Writes what follows `key:` and takes more than the rest of the line.
fn below(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::String(words) => {
            out.push(' ');
            text::lines(out, words, indent + 2);
        }
        Value::Array(items) => {
            out.push('\n');
            spaces(out, indent + 2);
            list(out, items, indent + 2);
        }
        Value::Object(map) => {
            out.push('\n');
            spaces(out, indent + 2);
            entries(out, map, indent + 2);
        }
        _ => {}
    }
}

/// Writes the items of a block list; the first one begins where `out` ends, at column `indent`.
fn list(out: &mut String, items: &[Value], indent: usize) {
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            spaces(out, indent);
        }
        out.push_str("- ");
        match (item, inline(item, indent + 2)) {
            (_, Some(text)) => {
                out.push_str(&text);
                out.push('\n');
            }
            (Value::String(words), None) => text::lines(out, words, indent + 2),
            (Value::Array(items), None) => list(out, items, indent + 2),
            (Value::Object(map), None) => entries(out, map, indent + 2),
            _ => {}
        }
    }
}

/// The value on the rest of a line that is `used` wide already, where it has a one-line form.
///
/// Maps have none unless they are empty: in a list they read better as a block.
fn inline(value: &Value, used: usize) -> Option<String> {
    match value {
        Value::String(words) if words.contains('\n') => None,
        Value::String(words) => Some(scalar::line(words)),
        Value::Array(items) if items.is_empty() => Some("[]".into()),
        Value::Array(items) => {
            let words = items.iter().map(|item| flow(item, false)).collect::<Option<Vec<_>>>()?;
            fitting(format!("[{}]", words.join(", ")), used)
        }
        Value::Object(map) if map.is_empty() => Some("{}".into()),
        Value::Object(_) => None,
        scalar => Some(scalar.to_string()),
    }
}

/// The same for what follows a key, where a small map of scalars may stand on the line.
fn inline_value(value: &Value, used: usize) -> Option<String> {
    let Value::Object(map) = value else { return inline(value, used) };
    if map.is_empty() || map.len() > FLOW_ENTRIES {
        return inline(value, used);
    }
    let pairs = map
        .iter()
        .map(|(key, value)| Some(format!("{}: {}", scalar::flow(key), flow(value, true)?)))
        .collect::<Option<Vec<_>>>()?;
    fitting(format!("{{{}}}", pairs.join(", ")), used)
}

/// A scalar as it stands in a flow collection; nothing for texts of several lines, nor of several words in a list.
fn flow(value: &Value, blanks: bool) -> Option<String> {
    match value {
        Value::String(words) if words.contains('\n') || (!blanks && words.contains(' ')) => None,
        Value::String(words) => Some(scalar::flow(words)),
        Value::Array(_) | Value::Object(_) => None,
        scalar => Some(scalar.to_string()),
    }
}

fn fitting(text: String, used: usize) -> Option<String> {
    (used + text.chars().count() <= FLOW_WIDTH).then_some(text)
}

fn spaces(out: &mut String, count: usize) {
    out.extend(std::iter::repeat_n(' ', count));
}

#[cfg(test)]
mod tests;
