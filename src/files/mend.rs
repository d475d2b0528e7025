//! Mending: a scalar as it is written, written otherwise.

use super::yaml;
use crate::{
    domain::{Edit, Fix, Limits, Span},
    schema::Repair,
};
use serde_json::Value;

/// The edit that puts another text in place of the plain or quoted scalar at a place, in the quotes that it has.
///
/// `None` where the scalar is written over several lines, or the text would have to be escaped or quoted anew.
#[must_use]
pub fn rewrite(source: &str, span: Span, text: &str) -> Option<Edit> {
    let written = source.get(span.start..span.end)?;
    let is_tame =
        |text: &str| !text.is_empty() && !text.contains(['\n', '\\', '"', '\'', '#', '{', '[', ',', ']', '}']);
    let quote = quote(written);
    if !is_tame(text) || !is_tame(quote.map_or(written, |_| &written[1..written.len() - 1])) {
        return None;
    }
    let is_text = || yaml::parse(text, &Limits::default()).value == Some(Value::from(text));
    match quote {
        Some(quote) => Some(Edit { span, text: format!("{quote}{text}{quote}") }),
        None => is_text().then(|| Edit { span, text: text.to_owned() }),
    }
}

/// The quote that a scalar stands in.
fn quote(written: &str) -> Option<char> {
    let first = written.chars().next().filter(|first| matches!(first, '"' | '\''))?;
    (written.len() > 1 && written.ends_with(first)).then_some(first)
}

/// What mends the key or value at a place.
pub(super) fn fix(source: &str, span: Span, repair: &Repair) -> Option<Fix> {
    let written = source.get(span.start..span.end)?;
    let (title, edit) = match repair {
        Repair::Word(word) => (format!("write `{word}`"), rewrite(source, span, word)?),
        Repair::Quote => {
            let is_plain = !written.is_empty() && !written.contains(['"', '\\', '\n', '\'']);
            let edit = is_plain.then(|| Edit { span, text: format!("\"{written}\"") })?;
            ("write it in quotes".to_owned(), edit)
        }
        Repair::Unquote => {
            let inner = quote(written).and_then(|_| written.get(1..written.len() - 1))?;
            ("write it without quotes".to_owned(), Edit { span, text: inner.to_owned() })
        }
    };
    Some(Fix { title, edits: vec![edit] })
}
