//! Whether one JSON Schema accepts all that another one accepts.

use super::{
    gap::{Gap, Told, What},
    narrow::Narrow,
    node::{Document, Node},
    proof::Proof,
};
use serde_json::Value;

/// A schema: a whole document, or one place in it, to whose document its references lead.
#[derive(Debug, Clone, Copy)]
pub struct SchemaPart<'s> {
    /// The whole document.
    pub root: &'s Value,
    /// The JSON pointer of the schema within it; empty for the document itself.
    pub pointer: &'s str,
}

impl<'s> From<&'s Value> for SchemaPart<'s> {
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

/// All that speaks against every value that `narrow` accepts being accepted by `wide`, at most 64 misfits; none where
/// that is shown.
///
/// What cannot be shown is a misfit. Work is bounded: schemas of more than 64 levels or 10,000 values, and those whose
/// comparison takes more than 50,000 steps, are too intricate.
#[must_use]
pub fn misfits(wide: SchemaPart<'_>, narrow: SchemaPart<'_>, undeclared: Undeclared) -> Vec<Misfit> {
    let told = |gap: Gap| Misfit { message: gap.told(Told::Plain, "it"), pointer: gap.wide, narrow: gap.narrow };
    let (Some(first), Some(second)) = (Document::new(wide.root), Document::new(narrow.root)) else {
        return vec![told(unknown(What::Intricate, wide.pointer, narrow.pointer))];
    };
    let (Some(wide), Some(narrow)) = (first.at(wide.pointer), second.at(narrow.pointer)) else {
        return vec![told(unknown(What::Differs("$ref".to_owned()), wide.pointer, narrow.pointer))];
    };
    gaps(&wide, &Narrow::new(vec![narrow]), undeclared).into_iter().map(told).collect()
}

/// What `wide` does not surely cover of `narrow`.
pub(super) fn gaps<'s>(wide: &Node<'s>, narrow: &Narrow<'s>, undeclared: Undeclared) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let narrow = match undeclared {
        Undeclared::Free => narrow.clone(),
        Undeclared::Apart => narrow.clone().watched(),
    };
    let is_proven = Proof::new().prove(wide, &narrow, &mut gaps);
    if !is_proven && gaps.is_empty() {
        gaps.push(unknown(What::Intricate, &wide.at, &narrow.pointer("")));
    }
    gaps
}

fn unknown(what: What, wide: &str, narrow: &str) -> Gap {
    Gap { what, about: Vec::new(), wide: wide.to_owned(), narrow: narrow.to_owned() }
}
