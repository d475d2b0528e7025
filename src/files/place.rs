//! Places within a scalar: which bytes of the file a stretch of the text it stands for comes from.

use crate::domain::Span;

/// The span in `source` of the bytes `within` of the text that the YAML scalar at `scalar` stands for.
///
/// Exact for plain texts on one line, quoted texts and literal blocks; the whole scalar where lines are folded.
#[must_use]
pub(super) fn within(source: &str, scalar: Span, decoded: &str, within: Span) -> Span {
    let written = source.get(scalar.start..scalar.end).unwrap_or_default();
    let mapped = match written.as_bytes().first() {
        Some(b'|') => literal(written, decoded, within),
        Some(b'"') => double_quoted(written, decoded, within),
        Some(b'\'') if !written.contains('\n') && !written.contains("''") => Some(shift(within, 1)),
        _ if written.starts_with(decoded) => Some(within),
        _ => None,
    };
    mapped.map_or(scalar, |span| shift(span, scalar.start))
}

const fn shift(span: Span, by: usize) -> Span {
    Span::new(span.start + by, span.end + by)
}

/// In a literal block every line of the text is a line of the source behind its indentation.
fn literal(written: &str, decoded: &str, within: Span) -> Option<Span> {
    let header = written.find('\n')? + 1;
    let (first_line, first_text) = decoded.split('\n').enumerate().find(|(_, line)| !line.trim().is_empty())?;
    let line_at = |number: usize| {
        let skipped: usize = written[header..].split_inclusive('\n').take(number).map(str::len).sum();
        header + skipped
    };
    let source_line = written[line_at(first_line)..].lines().next()?;
    let indent = source_line.len().checked_sub(first_text.trim_end_matches('\r').len())?;
    let map = |byte: usize| {
        let before = decoded.get(..byte)?;
        let line = before.matches('\n').count();
        let column = byte - before.rfind('\n').map_or(0, |at| at + 1);
        Some((line_at(line) + indent + column).min(written.len()))
    };
    Some(Span::new(map(within.start)?, map(within.end)?))
}

/// In a quoted text an escape is longer than what it stands for, and a line may be continued.
fn double_quoted(written: &str, decoded: &str, within: Span) -> Option<Span> {
    let mut out = 0;
    let mut start = None;
    let mut chars = written.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if out >= within.start && start.is_none() {
            start = Some(at);
        }
        if out >= within.end {
            return Some(Span::new(start?, at));
        }
        if c != '\\' {
            if c == '\n' {
                return None;
            }
            out += c.len_utf8();
            continue;
        }
        let (_, escape) = chars.next()?;
        let digits = match escape {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            '\n' => {
                // A continued line: its indentation stands for nothing.
                while chars.next_if(|(_, c)| matches!(c, ' ' | '\t')).is_some() {}
                continue;
            }
            _ => 0,
        };
        for _ in 0..digits {
            chars.next()?;
        }
        out += decoded.get(out..)?.chars().next()?.len_utf8();
    }
    start.map(|start| Span::new(start, written.len()))
}
