//! The outline of `registry.toml`: tables and the keys in them, line by line.

use super::{
    outline::{DEPTH, Entry, Name},
    outline_flow,
    outline_yaml::{indent, line_end, next_line},
};
use crate::domain::Span;
use std::collections::HashMap;

/// The column that keys count as having, so that they lie in the table above them, whose column is 0.
pub(super) const KEYS: usize = 1;

/// Reads the entries of a TOML text, broken or not, in one pass.
pub(super) fn read(text: &str) -> Vec<Entry> {
    let (mut entries, mut tables, mut table, mut at) = (Vec::new(), Tables::new(), None, 0);
    while at < text.len() {
        let (start, end) = (at, line_end(text, at));
        at = next_line(text, at);
        let line = text.get(start..end).unwrap_or_default();
        let Some(column) = indent(line).filter(|column| !line[*column..].starts_with('#')) else { continue };
        let from = start + column;
        if line[column..].starts_with('[') {
            table = header(text, from, end, &mut entries, &mut tables);
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

/// The tables by the table they lie in and their name, each with how many items it has.
type Tables<'a> = HashMap<(Option<usize>, &'a str), (usize, usize)>;

/// The table that a header opens: `[a.b]`, or the next item of `[[a.b]]`.
fn header<'a>(
    text: &'a str,
    from: usize,
    end: usize,
    entries: &mut Vec<Entry>,
    tables: &mut Tables<'a>,
) -> Option<usize> {
    let line = text.get(from..end)?;
    let opening = line.len() - line.trim_start_matches('[').len();
    let inner = line.get(opening..)?.split(']').next()?;
    let (mut parent, mut at, mut last) = (None, from + opening, None);
    for part in inner.split('.').take(DEPTH) {
        let name = part.trim_end();
        let key = (parent, name);
        let span = Span::new(at, at + name.len());
        at += part.len() + 1;
        let (number, _) = *tables.entry(key).or_insert_with(|| (push(entries, parent, Name::Key(span), from), 0));
        (parent, last) = (Some(number), Some(key));
    }
    let items = tables.get_mut(&last?).filter(|_| opening > 1);
    let Some((_, items)) = items else { return parent };
    *items += 1;
    Some(push(entries, parent, Name::Item(*items - 1, from), end))
}

fn push(entries: &mut Vec<Entry>, parent: Option<usize>, name: Name, at: usize) -> usize {
    entries.push(Entry { parent, name, value: Span::new(at, at), indent: 0, in_flow: false });
    entries.len() - 1
}
