//! The texts that diagnostics point into: lines and columns, excerpts, and characters made harmless.

use crate::domain::{Place, Position, Span};
use std::{collections::HashMap, sync::Arc};

/// Texts by path, each asked for once.
pub(super) struct Texts<'a> {
    source: &'a dyn Fn(&str) -> Option<Arc<str>>,
    known: HashMap<Arc<str>, Option<Text>>,
}

/// A text and where its lines begin.
pub(super) struct Text {
    text: Arc<str>,
    lines: Vec<usize>,
}

/// The beginning and the end of a span, for people: the end is the column after the last character.
#[derive(Debug, Clone, Copy)]
pub(super) struct Region {
    pub(super) start: Position,
    pub(super) end: Position,
}

impl<'a> Texts<'a> {
    pub(super) fn new(source: &'a dyn Fn(&str) -> Option<Arc<str>>) -> Self {
        Self { source, known: HashMap::new() }
    }

    /// The text of a place and the span in it, if it has both.
    pub(super) fn at(&mut self, place: &Place) -> Option<(&Text, Span)> {
        let source = self.source;
        let read = |path: &Arc<str>| source(path).map(Text::new);
        let text = self.known.entry(Arc::clone(&place.path)).or_insert_with_key(read).as_ref()?;
        Some((text, place.span?))
    }

    /// The lines and columns of a place, if it has some.
    pub(super) fn region(&mut self, place: &Place) -> Option<Region> {
        let (text, span) = self.at(place)?;
        let start = text.position(span.start);
        Some(Region { start, end: if span.end > span.start { text.position(span.end) } else { start } })
    }
}

impl Text {
    fn new(text: Arc<str>) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, lines }
    }

    /// Line and column of a byte, both from 1; a byte past the end counts as the end.
    pub(super) fn position(&self, byte: usize) -> Position {
        let byte = self.boundary(byte);
        let line = self.lines.partition_point(|start| *start <= byte);
        let start = self.lines[line - 1];
        Position { line, column: 1 + self.text[start..byte].chars().count() }
    }

    /// The line with this number, from 1, without its end.
    pub(super) fn line(&self, number: usize) -> &str {
        let start = self.lines.get(number - 1).copied().unwrap_or(self.text.len());
        let end = self.lines.get(number).map_or(self.text.len(), |next| next - 1);
        self.text[start..end].trim_end_matches('\r')
    }

    fn boundary(&self, byte: usize) -> usize {
        let mut byte = byte.min(self.text.len());
        while !self.text.is_char_boundary(byte) {
            byte -= 1;
        }
        byte
    }
}
