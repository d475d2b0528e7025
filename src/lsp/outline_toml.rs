//! The outline of `registry.toml`: tables and the keys in them, line by line.

use super::{
    outline::{DEPTH, Entry, Name},
    outline_flow,
    outline_yaml::{indent, line_end, next_line},
};
use crate::domain::Span;

/// The column that keys count as having, so that they lie in the table above them, whose column is 0.
pub(super) const KEYS: usize = 1;

/// Reads the entries of a TOML text, broken or not, in one pass.
pub(super) fn read(text: &str) -> Vec<Entry> {
    let (mut entries, mut table, mut at) = (Vec::new(), None, 0);
    while at < text.len() {
        let (start, end) = (at, line_end(text, at));
        at = next_line(text, at);
        let line = text.get(start..end).unwrap_or_default();
        let Some(column) = indent(line).filter(|column| !line[*column..].starts_with('#')) else { continue };
        let from = start + column;
        if line[column..].starts_with('[') {
            table = header(text, from, end, &mut entries);
        } else if let Some(sign) = line.find('=') {
            let key = line.get(column..sign).unwrap_or_default().trim_end();
            let gap = start + sign + 1;
            let value = text.get(gap..end).unwrap_or_default();
            let first = gap + value.len() - value.trim_start().len();
            let number = entries.len();
            let name = Name::Key(Span::new(from, from + key.len()));
            let span = Span::new(if first < end { first } else { gap }, end);
            entries.push(Entry { parent: table, name, value: span, indent: KEYS, in_flow: false });
            if matches!(text.as_bytes().get(first), Some(b'[')) && first < end {
                // A list may go on over lines of any indentation, but not past the next key.
                let stop = outline_flow::read(text, first, number, 0, &mut entries);
                at = at.max(next_line(text, stop));
            }
        }
    }
    entries
}

/// The table that a header opens: `[a.b]`, or the next item of `[[a.b]]`.
fn header(text: &str, from: usize, end: usize, entries: &mut Vec<Entry>) -> Option<usize> {
    let line = text.get(from..end)?;
    let opening = line.len() - line.trim_start_matches('[').len();
    let inner = line.get(opening..)?.split(']').next()?;
    let (mut parent, mut at) = (None, from + opening);
    for part in inner.split('.').take(DEPTH) {
        let span = Span::new(at, at + part.trim_end().len());
        at += part.len() + 1;
        let there = entries.iter().position(|entry: &Entry| {
            let is_same =
                |name| matches!(name, Name::Key(own) if text.get(own.start..own.end) == text.get(span.start..span.end));
            entry.parent == parent && is_same(entry.name)
        });
        parent = Some(there.unwrap_or_else(|| push(entries, parent, Name::Key(span), from, end)));
    }
    if opening < 2 {
        return parent;
    }
    let items = entries.iter().filter(|entry| entry.parent == parent && matches!(entry.name, Name::Item(..))).count();
    Some(push(entries, parent, Name::Item(items, from), from, end))
}

fn push(entries: &mut Vec<Entry>, parent: Option<usize>, name: Name, from: usize, end: usize) -> usize {
    let value = match name {
        Name::Key(_) => Span::new(from, from),
        Name::Item(..) => Span::new(end, end),
    };
    entries.push(Entry { parent, name, value, indent: 0, in_flow: false });
    entries.len() - 1
}
