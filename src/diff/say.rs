//! Words of ours and words of others, kept apart until they are printed.

use super::{keys::KeyChange, version::Tokens};
use crate::domain::clean;
use serde_json::Value;

/// The most characters of a value that are shown.
const VALUE: usize = 60;

/// A stretch of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Inline {
    /// Our own words, and names that are letters, digits, dots and hyphens.
    Say(String),
    /// What somebody wrote.
    Code(String),
    /// A message in which what somebody wrote stands in backticks.
    Mixed(String),
}

impl Inline {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Say(text) | Self::Code(text) | Self::Mixed(text) => text,
        }
    }
}

pub(super) fn say(text: &str) -> Inline {
    Inline::Say(text.to_owned())
}

pub(super) fn code(text: &str) -> Inline {
    Inline::Code(one_line(text))
}

pub(super) fn mixed(text: &str) -> Inline {
    Inline::Mixed(one_line(text))
}

fn one_line(text: &str) -> String {
    clean(text).replace('\n', " ")
}

/// A key and what it was and is.
pub(super) fn key(change: &KeyChange) -> Vec<Inline> {
    let name = code(&name(&change.pointer));
    match (&change.from, &change.to) {
        (Some(Value::String(from)), Some(Value::String(to))) => {
            let (from, to) = around_difference(from, to);
            vec![name, say("  "), code(&from), say(" → "), code(&to)]
        }
        (Some(from), Some(to)) => match (value(from), value(to)) {
            (Some(from), Some(to)) => vec![name, say("  "), code(&from), say(" → "), code(&to)],
            _ => vec![name, say(" is changed")],
        },
        (None, to) => with_value(name, " is new", to.as_ref()),
        (from, _) => with_value(name, " is removed", from.as_ref()),
    }
}

/// A pointer as people write it.
pub(super) fn name(pointer: &str) -> String {
    let keys: Vec<_> = pointer.split('/').skip(1).map(|key| key.replace("~1", "/").replace("~0", "~")).collect();
    keys.join(".")
}

fn with_value(name: Inline, word: &str, shown: Option<&Value>) -> Vec<Inline> {
    match shown.and_then(value) {
        Some(shown) => vec![name, say(word), say(": "), code(&shown)],
        None => vec![name, say(word)],
    }
}

/// A value as JSON; none where it is too long to be read in a line.
fn value(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => excerpt(text, 0),
        other => other.to_string(),
    };
    (text.chars().count() <= VALUE + 2).then_some(text)
}

/// Two texts, each around the first place in which they differ.
fn around_difference(from: &str, to: &str) -> (String, String) {
    let same = from.chars().zip(to.chars()).take_while(|(a, b)| a == b).count();
    (excerpt(from, same), excerpt(to, same))
}

/// As much of a text as is shown, with the character `at` in it.
fn excerpt(text: &str, at: usize) -> String {
    let length = text.chars().count();
    if length <= VALUE {
        return text.to_owned();
    }
    let first = at.saturating_sub(VALUE / 2).min(length - VALUE);
    let middle: String = text.chars().skip(first).take(VALUE).collect();
    let (before, after) = (if first > 0 { "…" } else { "" }, if first + VALUE < length { "…" } else { "" });
    format!("{before}{middle}{after}")
}

/// Tokens before and after.
pub(super) fn tokens(tokens: Tokens) -> String {
    let Tokens { from, to } = tokens;
    match to.cmp(&from) {
        std::cmp::Ordering::Equal => format!("~{to} tokens"),
        std::cmp::Ordering::Greater => format!("~{from} → ~{to} tokens (+{})", to - from),
        std::cmp::Ordering::Less => format!("~{from} → ~{to} tokens (-{})", from - to),
    }
}

/// Joins lists with commas; of many the first twenty.
pub(super) fn joined(lists: Vec<Vec<Inline>>) -> Vec<Inline> {
    const MANY: usize = 20;
    let count = lists.len();
    let mut all = Vec::new();
    for (i, list) in lists.into_iter().take(MANY).enumerate() {
        if i > 0 {
            all.push(say(", "));
        }
        all.extend(list);
    }
    if count > MANY {
        all.push(say(&format!(" and {} more", count - MANY)));
    }
    all
}
