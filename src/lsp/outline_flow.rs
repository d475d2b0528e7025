//! The outline of what stands within braces and brackets, closed or not yet.

use super::{
    outline::{DEPTH, Entry, Name},
    outline_yaml::{indent, line_end, next_line},
};
use crate::domain::Span;

/// A map or list that is not closed yet.
struct Level {
    /// The entry whose value it is.
    owner: usize,
    is_map: bool,
    /// In a map the entry whose key was read; in a list how many items were.
    key: Option<usize>,
    items: usize,
}

/// Reads from an opening brace or bracket to where it is closed, or to where the text says that it never is: a line that
/// is not indented beyond `column`. Answers where it ends.
pub(super) fn read(text: &str, start: usize, owner: usize, column: usize, entries: &mut Vec<Entry>) -> usize {
    let mut flow = Flow { text, column, at: start, entries, levels: Vec::new() };
    flow.open(owner, start);
    while !flow.levels.is_empty() {
        if !flow.step() {
            break;
        }
    }
    flow.end()
}

/// Where a quoted text ends, behind its quote, or where its line ends if it is never closed.
pub(super) fn quoted(text: &str, start: usize, column: usize) -> usize {
    let bytes = text.as_bytes();
    let Some(quote) = bytes.get(start).copied() else { return start };
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at).copied() {
        match byte {
            b'\\' if quote == b'"' => at += 1,
            b'\'' if quote == b'\'' && bytes.get(at + 1) == Some(&b'\'') => at += 1,
            _ if byte == quote => return at + 1,
            b'\n' if !goes_on(text, at + 1, column) => return line_end(text, start),
            _ => {}
        }
        at += 1;
    }
    line_end(text, start)
}

/// Whether the line at a byte still belongs to what began before it.
fn goes_on(text: &str, at: usize, column: usize) -> bool {
    let line = text.get(at..line_end(text, at)).unwrap_or_default();
    indent(line).is_none_or(|own| own > column || line.trim_start().starts_with(['}', ']']))
}

struct Flow<'a> {
    text: &'a str,
    column: usize,
    at: usize,
    entries: &'a mut Vec<Entry>,
    levels: Vec<Level>,
}

impl Flow<'_> {
    /// One sign or word; whether there is more.
    fn step(&mut self) -> bool {
        let Some(byte) = self.text.as_bytes().get(self.at).copied() else { return false };
        match byte {
            b'\n' if !goes_on(self.text, self.at + 1, self.column) => return false,
            b'#' if self.text.as_bytes().get(self.at.wrapping_sub(1)).is_some_and(u8::is_ascii_whitespace) => {
                self.at = next_line(self.text, self.at).saturating_sub(1).max(self.at + 1);
            }
            b'{' | b'[' => {
                let (at, number) = (self.at, self.slot(Span::new(self.at, self.at + 1)));
                match number {
                    Some(number) if self.levels.len() < DEPTH => self.open(number, at),
                    _ => return false,
                }
            }
            b'}' | b']' => {
                self.at += 1;
                if let Some(level) = self.levels.pop() {
                    self.finish(level.owner);
                }
            }
            b',' => {
                self.at += 1;
                if let Some(level) = self.levels.last_mut() {
                    level.key = None;
                }
            }
            b':' => self.colon(),
            _ if byte.is_ascii_whitespace() => self.at += 1,
            _ => self.word(),
        }
        true
    }

    fn open(&mut self, owner: usize, at: usize) {
        let is_map = self.text.as_bytes().get(at) == Some(&b'{');
        self.levels.push(Level { owner, is_map, key: None, items: 0 });
        self.at = at + 1;
        if let Some(entry) = self.entries.get_mut(owner) {
            entry.value = Span::new(at, at + 1);
        }
    }

    fn finish(&mut self, owner: usize) {
        if let Some(entry) = self.entries.get_mut(owner) {
            entry.value.end = self.at;
        }
    }

    /// The end of all, where everything that is still open ends too.
    fn end(&mut self) -> usize {
        while let Some(level) = self.levels.pop() {
            self.finish(level.owner);
        }
        self.at
    }

    fn colon(&mut self) {
        self.at += 1;
        let key = self.levels.last().and_then(|level| level.key);
        if let Some(entry) = key.and_then(|key| self.entries.get_mut(key)) {
            entry.value = Span::new(self.at, self.at);
        }
    }

    fn word(&mut self) {
        let start = self.at;
        self.at = match self.text.as_bytes().get(start) {
            Some(b'"' | b'\'') => quoted(self.text, start, self.column),
            _ => plain(self.text, start),
        }
        .max(start + 1);
        let _ = self.slot(Span::new(start, self.at));
    }

    /// Puts a word, or what is opened, where it belongs: a key, the value of the key before it, or an item.
    fn slot(&mut self, span: Span) -> Option<usize> {
        let level = self.levels.last_mut()?;
        let number = self.entries.len();
        if let Some(key) = level.key {
            self.entries.get_mut(key)?.value = span;
            return Some(key);
        }
        let is_quoted = self.text.as_bytes().get(span.start).is_some_and(|byte| matches!(byte, b'"' | b'\''));
        let bare = if is_quoted { Span::new(span.start + 1, span.end.saturating_sub(1)) } else { span };
        let (name, value) = if level.is_map {
            level.key = Some(number);
            (Name::Key(Span::new(bare.start, bare.end.max(bare.start))), Span::new(span.end, span.end))
        } else {
            level.items += 1;
            (Name::Item(level.items - 1, span.start), span)
        };
        let parent = Some(level.owner);
        self.entries.push(Entry { parent, name, value, indent: self.column, in_flow: true });
        Some(number)
    }
}

/// Where a word without quotes ends.
fn plain(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        let ends = match byte {
            b',' | b'{' | b'}' | b'[' | b']' | b'\n' | b'\r' => true,
            b':' => bytes.get(at + 1).is_none_or(|next| next.is_ascii_whitespace() || b",{}[]".contains(next)),
            b'#' => at > start && bytes.get(at - 1) == Some(&b' '),
            _ => false,
        };
        if ends {
            break;
        }
        at += 1;
    }
    start + text.get(start..at).unwrap_or_default().trim_end().len()
}
