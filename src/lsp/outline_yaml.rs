//! The outline of YAML: lines by their indentation, and what stands within braces and brackets.

use super::{
    outline::{DEPTH, Entry, Name},
    outline_flow,
};
use crate::domain::Span;

/// Reads the entries of a YAML text, broken or not, in one pass.
pub(super) fn read(text: &str) -> Vec<Entry> {
    let mut reader = Reader { text, at: 0, entries: Vec::new(), open: Vec::new() };
    while reader.at < text.len() {
        reader.line();
    }
    reader.entries
}

/// Where the line that holds a byte ends, without its line end.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    let end = text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |found| at + found);
    if text.as_bytes().get(end.wrapping_sub(1)) == Some(&b'\r') && end > at { end - 1 } else { end }
}

/// Where the next line begins.
pub(super) fn next_line(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |found| at + found + 1)
}

/// The column at which the text of a line begins; `None` for a blank line.
pub(super) fn indent(line: &str) -> Option<usize> {
    let column = line.len() - line.trim_start().len();
    (column < line.len()).then_some(column)
}

struct Reader<'a> {
    text: &'a str,
    /// Where the next line begins.
    at: usize,
    entries: Vec<Entry>,
    /// The entries that the next line may lie in, the outermost first.
    open: Vec<usize>,
}

impl Reader<'_> {
    fn line(&mut self) {
        let (start, end) = (self.at, line_end(self.text, self.at));
        self.at = next_line(self.text, start);
        let line = self.text.get(start..end).unwrap_or_default();
        let Some(mut column) = indent(line) else { return };
        let content = line.trim_start();
        if content.starts_with('#') || matches!(content.trim_end(), "---" | "...") {
            return;
        }
        let mut item = None;
        while let Some(rest) = line.get(column..).and_then(dash) {
            item = self.item(column, start + column, Span::new(start + column + 1, end));
            if rest.trim_start().is_empty() || item.is_none() {
                return;
            }
            column = line.len() - rest.trim_start().len();
        }
        let rest = line.get(column..).unwrap_or_default();
        let from = start + column;
        match (key(rest), item) {
            (Some((bare, colon)), _) => {
                self.close(|entry| entry.indent >= column);
                let name = Name::Key(Span::new(from + bare.start, from + bare.end));
                if let Some(number) = self.push(name, column, Span::new(from + colon + 1, end)) {
                    self.value(number, from + colon + 1, end);
                }
            }
            (None, Some(number)) => self.value(number, from, end),
            (None, None) => {}
        }
    }

    /// Opens the next item of the list at a column.
    fn item(&mut self, column: usize, at: usize, value: Span) -> Option<usize> {
        let mut last = None;
        while let Some(entry) = self.open.last().and_then(|number| self.entries.get(*number)) {
            let place = if let Name::Item(place, _) = entry.name { Some(place) } else { None };
            // A key may have its list at its own column.
            if entry.indent < column || (entry.indent == column && place.is_none()) {
                break;
            }
            last = place.filter(|_| entry.indent == column);
            self.open.pop();
        }
        self.push(Name::Item(last.map_or(0, |place| place + 1), at), column, value)
    }

    fn close(&mut self, is_past: impl Fn(&Entry) -> bool) {
        while self.open.last().and_then(|number| self.entries.get(*number)).is_some_and(&is_past) {
            self.open.pop();
        }
    }

    fn push(&mut self, name: Name, indent: usize, value: Span) -> Option<usize> {
        if self.open.len() >= DEPTH {
            return None;
        }
        let number = self.entries.len();
        self.entries.push(Entry { parent: self.open.last().copied(), name, value, indent, in_flow: false });
        self.open.push(number);
        Some(number)
    }

    /// Reads the value that begins on the line of its key or dash, and may go on below.
    fn value(&mut self, number: usize, from: usize, end: usize) {
        let Some(column) = self.entries.get(number).map(|entry| entry.indent) else { return };
        let start = skip_properties(self.text, from, end);
        let first = self.text.as_bytes().get(start).copied().filter(|_| start < end);
        let span = match first {
            None | Some(b'#') => Span::new(from, start),
            Some(b'|' | b'>') => {
                self.at = self.below(column, |_| true);
                Span::new(start, self.taken().max(end))
            }
            Some(b'{' | b'[') => {
                let stop = outline_flow::read(self.text, start, number, column, &mut self.entries);
                self.at = next_line(self.text, stop);
                Span::new(start, stop)
            }
            Some(b'"' | b'\'') => {
                let stop = outline_flow::quoted(self.text, start, column);
                self.at = next_line(self.text, stop);
                Span::new(start, stop)
            }
            Some(_) => {
                let line = self.text.get(start..end).unwrap_or_default();
                let plain = line.find(" #").and_then(|comment| line.get(..comment)).unwrap_or(line);
                let stop = start + plain.trim_end().len();
                let below = self.below(column, |line| key(line).is_none() && dash(line).is_none());
                if below > self.at {
                    self.at = below;
                    Span::new(start, self.taken())
                } else {
                    Span::new(start, stop)
                }
            }
        };
        if let Some(entry) = self.entries.get_mut(number) {
            entry.value = span;
        }
    }

    /// Where the last line that was taken ends, without its line end.
    fn taken(&self) -> usize {
        self.text.get(..self.at).unwrap_or_default().trim_end_matches(['\n', '\r']).len()
    }

    /// Where the lines end that are blank, or indented beyond a column and taken.
    fn below(&self, column: usize, takes: impl Fn(&str) -> bool) -> usize {
        let (mut at, mut taken) = (self.at, self.at);
        while at < self.text.len() {
            let line = self.text.get(at..line_end(self.text, at)).unwrap_or_default();
            let next = next_line(self.text, at);
            match indent(line) {
                Some(own) if own > column && takes(line.trim_start()) => taken = next,
                Some(_) => break,
                None => {}
            }
            at = next;
        }
        taken
    }
}

/// What follows a dash that begins an item.
fn dash(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('-')?;
    (rest.is_empty() || rest.starts_with([' ', '\t'])).then_some(rest)
}

/// The key at the start of a line, without its quotes, and where its colon is.
fn key(text: &str) -> Option<(Span, usize)> {
    let is_end =
        |colon: usize| text.get(colon + 1..).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']));
    let first = text.chars().next()?;
    if matches!(first, '"' | '\'') {
        let close = 1 + text.get(1..)?.find(first)?;
        let colon = close + 1 + text.get(close + 1..)?.find(':')?;
        let is_key = text.get(close + 1..colon)?.trim().is_empty() && is_end(colon);
        return is_key.then(|| (Span::new(1, close), colon));
    }
    if matches!(first, '{' | '[' | '|' | '>' | '&' | '*' | '!' | '%' | '@' | '`' | '#') {
        return None;
    }
    let colon = text.match_indices(':').map(|(at, _)| at).find(|at| is_end(*at))?;
    let bare = text.get(..colon)?.trim_end();
    (!bare.is_empty() && !bare.contains(" #")).then(|| (Span::new(0, bare.len()), colon))
}

/// Where a value begins, behind blanks, an anchor and a tag.
fn skip_properties(text: &str, from: usize, end: usize) -> usize {
    let mut at = from;
    loop {
        let rest = text.get(at..end).unwrap_or_default();
        at += rest.len() - rest.trim_start().len();
        let rest = rest.trim_start();
        if !rest.starts_with(['&', '!']) {
            return at;
        }
        at += rest.find([' ', '\t']).unwrap_or(rest.len());
    }
}
