//! What a commit's message says, read in one way wherever the message comes from.

use std::sync::Arc;

/// The most people that one message names as authors.
const PEOPLE: usize = 64;
/// The longest mail address, in bytes.
const ADDRESS: usize = 320;
/// How a line begins that names somebody who wrote it too.
const CO_AUTHOR: &[u8] = b"co-authored-by:";

/// A text without the blanks at its end.
const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

pub(super) fn trimmed(text: &[u8]) -> &[u8] {
    text.get(..text.iter().rposition(|byte| !is_blank(*byte)).map_or(0, |last| last + 1)).unwrap_or_default()
}

/// The first paragraph, on one line.
pub(super) fn subject(message: &[u8]) -> String {
    let lines = message.split(|byte| *byte == b'\n').map(trimmed);
    let lines = lines.skip_while(|line| line.is_empty()).take_while(|line| !line.is_empty());
    let lines: Vec<&[u8]> = lines.collect();
    String::from_utf8_lossy(&lines.join(&b' ')).into_owned()
}

/// The mail addresses that lines such as `Co-authored-by: Ben <ben@example.org>` name, in any case and wherever they stand.
pub(super) fn co_authors(message: &[u8]) -> Arc<[Arc<str>]> {
    let lines = message.split(|byte| *byte == b'\n');
    let named = lines.filter_map(|line| {
        let (key, person) = line.split_at_checked(CO_AUTHOR.len())?;
        let (_, address) =
            key.eq_ignore_ascii_case(CO_AUTHOR).then(|| std::str::from_utf8(person).ok())??.split_once('<')?;
        let address = address.split_once('>')?.0.trim();
        (!address.is_empty() && address.len() <= ADDRESS).then(|| Arc::from(address))
    });
    let mut named = named.take(PEOPLE).peekable();
    // Most name nobody, and share one list.
    if named.peek().is_none() { Arc::default() } else { named.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_a_line_names_as_an_author_is_found_wherever_it_stands() {
        let message = b"kinder\n\nCo-Authored-By: Ben <ben@example.org>\nSee Co-authored-by: Eve <eve@example.org>\n\nco-authored-by:< Cleo@example.org >\r\nCo-authored-by: Dana\nCo-authored-by: <>\n";
        assert_eq!(*co_authors(message), ["ben@example.org".into(), "Cleo@example.org".into()]);
        assert!(co_authors(b"Co-authored-by").is_empty());
        let many = "Co-authored-by: <a@b>\n".repeat(PEOPLE + 1);
        assert_eq!(co_authors(many.as_bytes()).len(), PEOPLE);
    }
}
