//! The outline of a file: its keys and items with their places, even where the text is broken because somebody is typing.

use super::{outline_toml, outline_yaml};
use crate::domain::{Kind, Span};

/// How deep an outline goes.
pub(super) const DEPTH: usize = 64;

/// A key with its value, or an item of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The number of the entry it lies in; `None` at the top.
    pub(super) parent: Option<usize>,
    /// What it is called.
    pub(super) name: Name,
    /// The value as it is written, where it stands beside the key or dash; else where it could be written.
    pub(super) value: Span,
    /// The column of the key or dash.
    pub(super) indent: usize,
    /// Whether it stands within `{…}` or `[…]`.
    pub(super) in_flow: bool,
}

/// What an entry is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    /// A key, as it is written, without quotes.
    Key(Span),
    /// The place in a list, from 0, and where its dash or the item itself is.
    Item(usize, usize),
}

impl Entry {
    /// Where it begins.
    pub(super) const fn start(&self) -> usize {
        match self.name {
            Name::Key(span) => span.start,
            Name::Item(_, at) => at,
        }
    }
}

/// The entries of a text in its order.
#[derive(Debug)]
pub(super) struct Outline<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    pub(super) entries: Vec<Entry>,
}

impl<'a> Outline<'a> {
    /// Reads a text in one pass; what cannot be understood is left out.
    pub(super) fn new(kind: Kind, text: &'a str) -> Self {
        let entries = if kind == Kind::Registry { outline_toml::read(text) } else { outline_yaml::read(text) };
        Self { kind, text, entries }
    }

    /// What an entry is called: its key, or its place in the list.
    pub(super) fn name(&self, entry: &Entry) -> String {
        match entry.name {
            Name::Key(span) => self.slice(span).to_owned(),
            Name::Item(place, _) => place.to_string(),
        }
    }

    /// The names from the top to an entry.
    pub(super) fn path(&self, number: Option<usize>) -> Vec<String> {
        let mut path = Vec::new();
        let mut at = number.and_then(|number| self.entries.get(number));
        while let Some(entry) = at {
            path.push(self.name(entry));
            at = entry.parent.and_then(|parent| self.entries.get(parent));
        }
        path.reverse();
        path
    }

    /// What lies directly in an entry, or at the top.
    pub(super) fn children(&self, parent: Option<usize>) -> impl Iterator<Item = (usize, &Entry)> {
        self.entries.iter().enumerate().filter(move |(_, entry)| entry.parent == parent)
    }

    /// The entry at a path from the top.
    pub(super) fn find(&self, path: &[&str]) -> Option<&Entry> {
        let mut parent = None;
        for name in path {
            parent = Some(self.children(parent).find(|(_, entry)| self.name(entry) == *name)?.0);
        }
        self.entries.get(parent?)
    }

    /// A value as it is read where it is one word or one quoted line.
    pub(super) fn value(&self, entry: &Entry) -> &'a str {
        unquoted(self.slice(entry.value))
    }

    pub(super) fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }
}

/// A text without its quotes and the blanks around it.
pub(super) fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let bare = text.strip_prefix(['"', '\'']).unwrap_or(text);
    bare.strip_suffix(['"', '\'']).unwrap_or(bare)
}
