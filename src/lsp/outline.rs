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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{Limits, Semver},
        files::{self, Document},
        lsp::cursor::Cursor,
    };
    use proptest::prelude::*;
    use serde_json::Value;

    /// All files of the registry template.
    fn documents() -> Vec<std::sync::Arc<Document>> {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/registry-template");
        let (sources, _) = files::read(root.as_ref(), &Limits::default()).unwrap();
        files::documents(&sources, &Limits::default())
    }

    fn leaves(value: &Value, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
        let inner: Vec<(String, &Value)> = match value {
            Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), value)).collect(),
            Value::Array(items) => items.iter().enumerate().map(|(place, value)| (place.to_string(), value)).collect(),
            _ => return found.push(path.clone()),
        };
        for (name, value) in inner {
            path.push(name);
            leaves(value, path, found);
            path.pop();
        }
    }

    #[test]
    fn the_outline_of_a_sound_file_is_what_the_parser_says() {
        let mut count = 0;
        for document in documents() {
            let kind = document.location.kind();
            let tree = match kind {
                Kind::Registry => files::parse_toml(&document.text),
                _ => files::yaml::parse(&document.text, &Limits::default()),
            };
            let (outline, value) = (Outline::new(kind, &document.text), tree.value.unwrap());
            let mut paths = Vec::new();
            leaves(&value, &mut Vec::new(), &mut paths);
            for path in paths.iter().filter(|path| !path.is_empty()) {
                let names: Vec<&str> = path.iter().map(String::as_str).collect();
                let pointer: String = path.iter().map(|name| format!("/{}", name.replace('/', "~1"))).collect();
                let entry = outline.find(&names).unwrap_or_else(|| panic!("{}: {pointer}", document.path));
                let place = tree.spans.find(&value, &pointer);
                assert_eq!(entry.value.start, place.value.start, "{}: {pointer}", document.path);
                if let (Name::Key(own), Some(key)) = (entry.name, place.key) {
                    assert!(key.start <= own.start && own.end <= key.end, "{}: {pointer}", document.path);
                }
                count += 1;
            }
        }
        assert!(count > 400, "{count}");
    }

    proptest! {
        #[test]
        fn any_text_has_an_outline_and_every_byte_of_it_a_place(
            which in 0_usize..48, from in 0_usize..2000, length in 0_usize..40, junk in "[-{}\\[\\]:,#\"'|>& \n\tä=]{0,12}",
        ) {
            let all = documents();
            let document = &all[which % all.len()];
            let mut text = document.text.to_string();
            let start = text.floor_char_boundary(from % (text.len() + 1));
            let end = text.floor_char_boundary((start + length).min(text.len()));
            text.replace_range(start..end.max(start), &junk);
            let outline = Outline::new(document.location.kind(), &text);
            for byte in (0..=text.len()).filter(|byte| text.is_char_boundary(*byte)) {
                if let Some(cursor) = Cursor::new(&outline, byte) {
                    prop_assert!(text.get(cursor.span.start..cursor.span.end).is_some(), "{cursor:?}");
                }
                let _ = crate::lsp::tag::at(&text, 0, byte);
            }
        }
    }

    #[test]
    fn an_outline_takes_time_as_its_text_is_long() {
        let number = Semver::new(1, 0, 0);
        for (piece, count) in [("- ", 200_000), ("[", 200_000), ("{a: ", 200_000), ("a:\n", 200_000), ("\"", 200_000)] {
            let text = format!("{number}: {}", piece.repeat(count));
            let outline = Outline::new(Kind::Version, &text);
            assert!(Cursor::new(&outline, text.len()).is_none_or(|cursor| cursor.path.len() <= DEPTH + 1));
        }
    }
}
