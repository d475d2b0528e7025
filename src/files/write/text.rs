//! Texts of several lines: literal block scalars where those hold every byte, else quoted, one source line a line.

use super::{
    scalar::{escape, is_printable},
    spaces,
};

/// Writes a text with line feeds after `key: ` or `- `, its lines at column `indent`, and the line end after it.
pub(super) fn lines(out: &mut String, text: &str, indent: usize) {
    if fits_block(text) {
        block(out, text, indent);
    } else {
        quoted(out, text, indent);
        out.push('\n');
    }
}

/// Whether a literal block scalar holds the text byte for byte, in every reader and through editors.
fn fits_block(text: &str) -> bool {
    let printable = |c: char| c == '\n' || c == '\t' || is_printable(c);
    let is_blank = |line: &str| line.bytes().all(|b| b == b' ' || b == b'\t');
    let body = text.trim_end_matches('\n');
    let first = body.split('\n').find(|line| !line.is_empty());
    let last = body.rsplit('\n').next();
    text.chars().all(printable)
        // Only line feeds: chomping would take or add some.
        && first.is_some_and(|line| !is_blank(line) && !line.starts_with('\t'))
        // Readers find the indentation at the first line, and disagree where empty lines come before blanks.
        && !(body.starts_with('\n') && first.is_some_and(|line| line.starts_with(' ')))
        && last.is_some_and(|line| !is_blank(line))
}

fn block(out: &mut String, text: &str, indent: usize) {
    out.push('|');
    if text.starts_with(' ') {
        // Lines are two columns deeper than their parent.
        out.push('2');
    }
    let body = text.strip_suffix('\n');
    match body {
        None => out.push('-'),
        Some(body) if body.ends_with('\n') => out.push('+'),
        Some(_) => {}
    }
    out.push('\n');
    for line in body.unwrap_or(text).split('\n') {
        if !line.is_empty() {
            spaces(out, indent);
            out.push_str(line);
        }
        out.push('\n');
    }
}

/// Writes a text between double quotes, with an escaped line end after each of its line feeds.
///
/// The lines after the first stand at column `indent`; no line end follows the closing quote.
pub(super) fn quoted(out: &mut String, text: &str, indent: usize) {
    out.push('"');
    for (i, line) in text.split_inclusive('\n').enumerate() {
        if i > 0 {
            out.push_str("\\\n");
            spaces(out, indent);
            if line.starts_with(' ') {
                // Else it would count as indentation.
                out.push('\\');
            }
        }
        line.chars().for_each(|c| escape(out, c));
    }
    out.push('"');
}
