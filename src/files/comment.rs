//! Comments: where they stand in a file, so that what is said in them can be told from what a text says.

use crate::domain::{Kind, Span};
use granit_parser::{Event, Parser};

/// The comments of a file of this kind in order, each from its `#` to the end of its line.
///
/// A `#` within a text is none. In a broken file the comments before the break are found.
#[must_use]
pub(super) fn comments(kind: Kind, text: &str) -> Vec<Span> {
    if kind == Kind::Registry { toml(text) } else { yaml(text) }
}

fn yaml(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    for next in Parser::new_from_str(text) {
        match next {
            Ok((Event::Comment(..), span)) => {
                let range = span.byte_range().unwrap_or_default();
                found.extend(text.get(range.clone()).map(|_| Span::new(range.start, range.end)));
            }
            Ok(_) => {}
            Err(_) => break,
        }
    }
    found.sort_unstable();
    found
}

/// TOML's comments: a `#` outside of its four kinds of string.
fn toml(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].find(['#', '"', '\'']) {
        at += next;
        let rest = &text[at..];
        at += match rest.as_bytes()[0] {
            b'#' => {
                let length = rest.find(['\r', '\n']).unwrap_or(rest.len());
                found.push(Span::new(at, at + length));
                length
            }
            _ => string(rest),
        };
    }
    found
}

/// How many bytes the TOML string at the start of `rest` has.
fn string(rest: &str) -> usize {
    let quote = &rest[..1];
    let fence = if rest.starts_with(&quote.repeat(3)) { 3 } else { 1 };
    let mut at = fence;
    while let Some(c) = rest[at..].chars().next() {
        if c == '\\' && quote == "\"" {
            at += 1 + rest[at + 1..].chars().next().map_or(0, char::len_utf8);
        } else if rest[at..].starts_with(&quote.repeat(fence)) {
            return at + fence;
        } else if c == '\n' && fence == 1 {
            return at;
        } else {
            at += c.len_utf8();
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(kind: Kind, text: &str) -> Vec<&str> {
        comments(kind, text).into_iter().map(|span| &text[span.start..span.end]).collect()
    }

    #[test]
    fn a_hash_in_a_text_is_no_comment() {
        let yaml = "# one\na: b # two\nc: |\n  # text\n  text # text\nd: \"# text\"\ne: x#y\n# ä three\n";
        assert_eq!(texts(Kind::Version, yaml), ["# one", "# two", "# ä three"]);
        let toml = "# one\na = \"# \\\" #\" # two\nb = '#'\nc = '''\n# text\n'''\nd = \"\"\"\n\\\" \"\"\" # three\n";
        assert_eq!(texts(Kind::Registry, toml), ["# one", "# two", "# three"]);
    }

    #[test]
    fn the_comments_before_a_break_are_found() {
        assert_eq!(texts(Kind::Version, "# one\na: [\n"), ["# one"]);
        assert_eq!(texts(Kind::Registry, "a = \"# x\n# two"), ["# two"]);
    }
}
