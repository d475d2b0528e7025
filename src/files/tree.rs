//! A value read from a file, with the place of every part of it in the text.

use crate::domain::{Fix, Level, Span};
use serde_json::Value;

/// What a text was read to: a value *and* its faults, instead of either.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// The value; `None` where the text could not be understood at all.
    pub value: Option<Value>,
    /// Where everything in it stands.
    pub spans: Spans,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
}

/// Something wrong at a place in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub span: Span,
    /// How bad it is.
    pub level: Level,
    /// What is wrong, in a sentence without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// How a program can mend it, where that is mechanical.
    pub fix: Option<Fix>,
}

impl Fault {
    /// An error.
    #[must_use]
    pub fn error(span: Span, message: impl Into<String>) -> Self {
        Self { span, level: Level::Error, message: message.into(), help: None, fix: None }
    }

    /// The same as a warning.
    #[must_use]
    pub fn warn(self) -> Self {
        Self { level: Level::Warn, ..self }
    }

    /// The same with a word on what to do.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

/// The spans of a value's nodes in the order of the text: a list or map, then what is in it; a key, then its value.
///
/// One flat list costs 16 bytes a node and no allocation of its own, which is why there is no second tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spans(Vec<Span>);

/// Where one part of a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// The key it stands under, if it stands under one.
    pub key: Option<Span>,
    /// The value itself.
    pub value: Span,
}

impl Spans {
    pub(super) const fn new(spans: Vec<Span>) -> Self {
        Self(spans)
    }

    /// Where the part of `value` at a JSON pointer stands, or the nearest part above it that there is.
    #[must_use]
    pub fn find(&self, value: &Value, pointer: &str) -> Found {
        let mut at = 0;
        let mut node = value;
        let mut key = None;
        for token in pointer.split('/').skip(1) {
            let Some((next, child, next_key)) = self.step(node, at, token) else { break };
            (at, node, key) = (next, child, next_key);
        }
        Found { key, value: self.0.get(at).copied().unwrap_or_default() }
    }

    fn step<'v>(&self, node: &'v Value, at: usize, token: &str) -> Option<(usize, &'v Value, Option<Span>)> {
        let mut next = at + 1;
        match node {
            Value::Array(items) => {
                let index: usize = token.parse().ok()?;
                let child = items.get(index)?;
                next += items[..index].iter().map(nodes).sum::<usize>();
                Some((next, child, None))
            }
            Value::Object(map) => {
                let token = token.replace("~1", "/").replace("~0", "~");
                for (key, child) in map {
                    if *key == token {
                        return Some((next + 1, child, self.0.get(next).copied()));
                    }
                    next += 1 + nodes(child);
                }
                None
            }
            _ => None,
        }
    }
}

/// How many spans a value has.
fn nodes(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(nodes).sum::<usize>(),
        Value::Object(map) => 1 + map.values().map(|child| 1 + nodes(child)).sum::<usize>(),
        _ => 1,
    }
}
