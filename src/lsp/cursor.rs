//! The cursor: on which key or in which value of a file it stands.

use super::{
    outline::{Entry, Name, Outline},
    outline_toml,
    outline_yaml::{indent, line_end},
};
use crate::domain::{Kind, Span};

/// Where the cursor stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    /// The byte.
    pub(super) byte: usize,
    /// The names from the top: to the map that the key lies in, or to the value.
    pub(super) path: Vec<String>,
    /// The entry at the end of the path; `None` at the top.
    pub(super) scope: Option<usize>,
    /// Whether it is a key, or the place of one; else it is a value, or in block style also the place of a key.
    pub(super) on_key: bool,
    /// The key or value as it is written; empty where there is none yet.
    pub(super) span: Span,
    /// Whether it stands within `{…}` or `[…]`.
    pub(super) in_flow: bool,
}

impl Cursor {
    /// Where a byte of an outlined text stands; `None` in a comment and behind a value.
    pub(super) fn new(outline: &Outline<'_>, byte: usize) -> Option<Self> {
        let covering = outline.entries.iter().enumerate().rev().find(|(_, entry)| covers(outline, entry, byte));
        let Some((number, entry)) = covering else { return Self::by_column(outline, byte) };
        if is_key_at(entry, byte) {
            let Name::Key(span) = entry.name else { return None };
            return Some(Self::make(outline, byte, entry.parent, true, span, entry.in_flow));
        }
        match outline.text.as_bytes().get(entry.value.start) {
            Some(bracket @ (b'{' | b'[')) => Some(Self::in_brackets(outline, byte, number, *bracket == b'{')),
            _ => Some(Self::make(outline, byte, Some(number), false, entry.value, entry.in_flow)),
        }
    }

    fn make(outline: &Outline<'_>, byte: usize, scope: Option<usize>, on_key: bool, span: Span, in_flow: bool) -> Self {
        let is_gap = outline.slice(span).trim().is_empty();
        let span = if is_gap { Span::new(byte, byte) } else { span };
        Self { byte, path: outline.path(scope), scope, on_key, span, in_flow }
    }

    /// Between the words of a map or list in braces or brackets.
    fn in_brackets(outline: &Outline<'_>, byte: usize, owner: usize, is_map: bool) -> Self {
        let gap = Span::new(byte, byte);
        let last = outline.children(Some(owner)).take_while(|(_, entry)| entry.start() < byte).last();
        let open = outline.entries.get(owner).map_or(byte, |entry| entry.value.start + 1);
        let since = last.map_or(open, |(_, entry)| entry.value.end.max(entry.start()));
        let between = outline.text.get(since..byte).unwrap_or_default();
        match last {
            // Behind a colon, where the value will stand.
            Some((number, entry)) if is_map && !between.contains(',') && is_after_colon(outline, entry) => {
                Self::make(outline, byte, Some(number), false, gap, true)
            }
            _ if is_map => Self::make(outline, byte, Some(owner), true, gap, true),
            _ => {
                let place = outline.children(Some(owner)).take_while(|(_, entry)| entry.start() < byte).count();
                let mut cursor = Self::make(outline, byte, Some(owner), false, gap, true);
                cursor.path.push(place.to_string());
                cursor
            }
        }
    }

    /// On a blank line, or in a word that is no key yet: the column says what it lies in.
    fn by_column(outline: &Outline<'_>, byte: usize) -> Option<Self> {
        let text = outline.text;
        let start = text.get(..byte)?.rfind('\n').map_or(0, |at| at + 1);
        let line = text.get(start..line_end(text, start))?;
        let column = match outline.kind {
            Kind::Registry => outline_toml::KEYS,
            _ => indent(line).unwrap_or(line.len()).min(byte - start),
        };
        let word = line.trim_start();
        let is_behind = outline.entries.iter().any(|entry| start <= entry.start() && entry.start() < byte);
        if word.starts_with('#') || is_behind {
            return None;
        }
        let before = outline.entries.iter().rposition(|entry| entry.start() < start);
        let mut scope = before;
        while let Some(entry) = scope.and_then(|number| outline.entries.get(number)) {
            if !entry.in_flow && entry.indent < column {
                break;
            }
            scope = entry.parent;
        }
        let from = start + line.len() - word.len();
        let span = Span::new(from, from + word.trim_end().len());
        let span = if span.start <= byte { span } else { Span::new(byte, byte) };
        Some(Self::make(outline, byte, scope, false, span, false))
    }
}

fn is_key_at(entry: &Entry, byte: usize) -> bool {
    matches!(entry.name, Name::Key(span) if span.start <= byte && byte <= span.end)
}

fn covers(outline: &Outline<'_>, entry: &Entry, byte: usize) -> bool {
    let Span { start, end } = entry.value;
    let is_within = match outline.text.as_bytes().get(start) {
        Some(b'{' | b'[') if end > start => {
            let is_closed = end > start + 1 && matches!(outline.text.as_bytes().get(end - 1), Some(b'}' | b']'));
            start < byte && (byte < end || (byte == end && !is_closed))
        }
        _ => start <= byte && byte <= end && !(entry.in_flow && start == end && matches!(entry.name, Name::Key(_))),
    };
    is_within || is_key_at(entry, byte)
}

fn is_after_colon(outline: &Outline<'_>, entry: &Entry) -> bool {
    entry.value.start == entry.value.end
        && outline.text.as_bytes().get(entry.value.start.wrapping_sub(1)) == Some(&b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The path and the word at the `|` of a text, `+` where it is a key.
    fn at(kind: Kind, marked: &str) -> String {
        let byte = marked.find('‸').unwrap();
        let text = marked.replacen('‸', "", 1);
        let outline = Outline::new(kind, &text);
        match Cursor::new(&outline, byte) {
            None => "nothing".to_owned(),
            Some(cursor) => {
                let sign = if cursor.on_key { "+" } else { "=" };
                format!("/{} {sign}{}", cursor.path.join("/"), outline.slice(cursor.span))
            }
        }
    }

    #[test]
    fn the_cursor_knows_its_place_in_texts_that_are_broken() {
        let yaml = |marked: &str| at(Kind::Version, marked);
        assert_eq!(yaml("a: b\n‸"), "/ =");
        assert_eq!(yaml("a:\n  b: c\n  ‸\nd: e\n"), "/a =");
        assert_eq!(yaml("a:\n  - b: c\n    d‸\n    e: f\n"), "/a/0 =d");
        assert_eq!(yaml("a:\n- b\n- ‸"), "/a/1 =");
        assert_eq!(yaml("a: [b, ‸\nc: d\n"), "/a/1 =");
        assert_eq!(yaml("a: {b: {c: ‸}, d: e}"), "/a/b/c =");
        assert_eq!(yaml("a: {b: c, ‸}"), "/a +");
        assert_eq!(yaml("a: {\"b‸\": c}"), "/a +b");
        assert_eq!(yaml("a: {b: c‸, d: e}"), "/a/b =c");
        assert_eq!(yaml("'a b': \"c‸"), "/a b =\"c");
        assert_eq!(yaml("a: |\n  x: {{‸\n\nb: c\n"), "/a =|\n  x: {{");
        assert_eq!(yaml("a: |\n  x\n‸b: c\n"), "/ +b");
        assert_eq!(yaml("a: &x !!str b‸\n"), "/a =b");
        assert_eq!(yaml("a: b # c‸\n"), "nothing");
        assert_eq!(yaml("# a‸\n"), "nothing");
        assert_eq!(yaml("a: one\n  two‸\n"), "/a =one\n  two");
    }

    #[test]
    fn the_cursor_knows_its_place_in_toml() {
        let toml = |marked: &str| at(Kind::Registry, marked);
        assert_eq!(toml("[a]\nb = 1\n‸"), "/a =");
        assert_eq!(toml("[a]\nb = ‸1\n"), "/a/b =1");
        assert_eq!(toml("[[a.b]]\nc = 1\n[[a.b]]\nc‸ = [\"x\"]\n"), "/a/b/1 +c");
        assert_eq!(toml("[a]\nb = [\"x\", ‸]\n"), "/a/b/1 =");
        assert_eq!(toml("‸"), "/ =");
    }
}
