//! Whether one JSON Schema accepts all that another one accepts.

use serde_json::Value;

/// A schema: a whole document, or one place in it, to whose document its references lead.
#[derive(Debug, Clone, Copy)]
pub struct Part<'s> {
    /// The whole document.
    pub root: &'s Value,
    /// The JSON pointer of the schema within it; empty for the document itself.
    pub pointer: &'s str,
}

impl<'s> From<&'s Value> for Part<'s> {
    fn from(root: &'s Value) -> Self {
        Self { root, pointer: "" }
    }
}

/// What is assumed of keys that the narrow schema does not declare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undeclared {
    /// Whatever the narrow schema accepts may be given.
    Free,
    /// Nobody gives a key that the narrow schema does not declare and the wide one does.
    Apart,
}

/// Why it cannot be shown that a schema accepts all that another one accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// The JSON pointer of the keyword that refuses, into the wide schema's document.
    pub pointer: String,
    /// The JSON pointer of what is refused, into the narrow schema's document.
    pub narrow: String,
    /// What is wrong, without a full stop.
    pub message: String,
}

/// Shows that every value that `narrow` accepts is accepted by `wide`.
///
/// # Errors
/// The first misfit.
pub fn accepts(wide: &Value, narrow: &Value) -> Result<(), Misfit> {
    misfits(wide.into(), narrow.into(), Undeclared::Free).into_iter().next().map_or(Ok(()), Err)
}

/// All that speaks against every value that `narrow` accepts being accepted by `wide`.
#[must_use]
pub fn misfits(wide: Part<'_>, narrow: Part<'_>, undeclared: Undeclared) -> Vec<Misfit> {
    let _ = undeclared;
    let part = |part: Part<'_>| part.root.pointer(part.pointer).cloned();
    if wide.root.pointer(wide.pointer) == Some(&Value::Bool(true)) || part(wide) == part(narrow) {
        return Vec::new();
    }
    vec![Misfit {
        pointer: wide.pointer.to_owned(),
        narrow: narrow.pointer.to_owned(),
        message: "the schemas differ".to_owned(),
    }]
}
