//! Lines: bytes of a text as the line and column that an editor counts, and back.

use crate::domain::Span;
use lsp_types::{Position, Range};

/// What an editor counts columns in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Unit {
    /// UTF-16 code units, as every editor can.
    #[default]
    Utf16,
    /// Bytes, where the editor offers it.
    Byte,
}

/// Where the lines of a text begin; found once, asked often.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    text: &'a str,
    unit: Unit,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str, unit: Unit) -> Self {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|(at, byte)| match byte {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        let starts = std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect();
        Self { text, unit, starts }
    }

    /// The place of a byte; a byte past the end, or within a character, counts as the one before.
    pub(super) fn position(&self, byte: usize) -> Position {
        let byte = self.text.floor_char_boundary(byte);
        let line = self.starts.partition_point(|start| *start <= byte).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or_default();
        let before = self.text.get(start..byte).unwrap_or_default();
        let column = match self.unit {
            Unit::Byte => before.len(),
            Unit::Utf16 => before.encode_utf16().count(),
        };
        Position::new(small(line), small(column))
    }

    /// The byte at a place; a column past the end of its line counts as its end, a line past the end as the end.
    pub(super) fn byte(&self, position: Position) -> usize {
        let line = usize::try_from(position.line).unwrap_or(usize::MAX);
        let Some(start) = self.starts.get(line).copied() else { return self.text.len() };
        let end = self.starts.get(line.saturating_add(1)).copied().unwrap_or(self.text.len());
        let text = self.text.get(start..end).unwrap_or_default().trim_end_matches(['\r', '\n']);
        let column = usize::try_from(position.character).unwrap_or(usize::MAX);
        start
            + match self.unit {
                Unit::Byte => text.floor_char_boundary(column),
                Unit::Utf16 => utf16_to_byte(text, column),
            }
    }

    /// The range of a stretch of bytes.
    pub(super) fn range(&self, span: Span) -> Range {
        Range::new(self.position(span.start), self.position(span.end.max(span.start)))
    }

    /// The whole text.
    pub(super) fn all(&self) -> Range {
        self.range(Span::new(0, self.text.len()))
    }
}

fn utf16_to_byte(text: &str, column: usize) -> usize {
    let mut units = 0;
    for (at, c) in text.char_indices() {
        units += c.len_utf16();
        if units > column {
            return at;
        }
    }
    text.len()
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "äb: 😀x\r\nc\rd\n";

    #[test]
    fn columns_are_counted_as_the_editor_counts_them() {
        let lines = Lines::new(TEXT, Unit::Utf16);
        let x = TEXT.find('x').unwrap();
        assert_eq!(lines.position(x), Position::new(0, 6));
        assert_eq!(lines.byte(Position::new(0, 6)), x);
        assert_eq!(Lines::new(TEXT, Unit::Byte).position(x), Position::new(0, 9));
        assert_eq!(lines.position(TEXT.find('d').unwrap()), Position::new(2, 0));
        assert_eq!(lines.position(999), Position::new(3, 0));
    }

    #[test]
    fn places_that_are_not_there_count_as_the_nearest_before() {
        let lines = Lines::new(TEXT, Unit::Utf16);
        // In the middle of a surrogate pair, behind the end of a line, behind the end of the text.
        assert_eq!(lines.byte(Position::new(0, 5)), TEXT.find('😀').unwrap());
        assert_eq!(lines.byte(Position::new(0, 99)), TEXT.find('\r').unwrap());
        assert_eq!(lines.byte(Position::new(99, 0)), TEXT.len());
        assert_eq!(Lines::new(TEXT, Unit::Byte).byte(Position::new(0, 1)), 0);
    }
}
