//! Texts on one line: plain where no YAML of any age reads them as something else, else double-quoted.

use std::fmt::Write as _;

/// Words that YAML 1.1 or 1.2 reads as a truth value or as nothing, in lower case.
const RESERVED: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

/// A text on one line, as a key or a value in block style.
pub(super) fn line(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    quoted(text)
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    text.chars().for_each(|c| escape(&mut out, c));
    out.push('"');
    out
}

/// A text on one line, as a key or a value in flow style.
pub(super) fn flow(text: &str) -> String {
    // Some readers stop at a question mark, too.
    let odd = |c: char| ",[]{}:?#\"'".contains(c);
    if is_plain(text) && !text.contains(odd) { text.to_owned() } else { quoted(text) }
}

/// Writes one character as it stands between double quotes.
pub(super) fn escape(out: &mut String, c: char) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if is_printable(c) => out.push(c),
        c => {
            let code = u32::from(c);
            // Writing to a text cannot fail.
            let _ = if code <= 0xFF { write!(out, "\\x{code:02x}") } else { write!(out, "\\u{code:04x}") };
        }
    }
}

/// Whether a character may stand for itself: YAML's printable characters without tabs, breaks and byte order marks.
pub(super) fn is_printable(c: char) -> bool {
    match c {
        '\u{20}'..='\u{7E}' => true,
        '\u{2028}' | '\u{2029}' | '\u{FEFF}' => false,
        '\u{A0}'..='\u{FFFD}' => true,
        c => c >= '\u{10000}',
    }
}

/// Whether a text needs no quotes in block style.
fn is_plain(text: &str) -> bool {
    let Some(first) = text.chars().next() else { return false };
    (first.is_alphanumeric() || "_/($".contains(first))
        && text.chars().all(is_printable)
        && text.trim_end() == text
        && !text.ends_with(':')
        && !text.contains(": ")
        && !text.contains(" #")
        && !RESERVED.contains(&text.to_lowercase().as_str())
        && !(first.is_ascii_digit() && is_number_like(text))
}

/// Whether a text that begins with a digit might be read as a number, a date or a time.
///
/// Some letter that no number and no date holds makes it a text, and so do the two dots of a version number.
fn is_number_like(text: &str) -> bool {
    let telling = |c: char| c.is_alphabetic() && !"abcdefoxtz".contains(c.to_ascii_lowercase());
    !text.contains(telling) && !is_version(text)
}

fn is_version(text: &str) -> bool {
    let numbers = text.split('-').next().unwrap_or_default();
    let parts: Vec<_> = numbers.split('.').collect();
    parts.len() == 3
        && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-')
}
