//! The template tag in which the cursor stands, closed or not yet.

use crate::domain::Span;

/// How far back a tag may begin, in bytes: the templates allow no longer one.
const TAG_BYTES: usize = 4096;

/// A tag with the cursor in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tag {
    /// What the word under the cursor is.
    pub(super) form: Form,
    /// The word; empty where there is none yet.
    pub(super) word: Span,
    /// Whether the tag is closed on the line of the cursor.
    pub(super) is_closed: bool,
}

/// What a word of a tag may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `{{name}}`: a variable, or a helper.
    Value,
    /// An argument: a variable.
    Argument,
    /// `{{#name …}}` or `{{/name}}`: a helper with a block.
    Block,
    /// `{{> name}}`: a partial.
    Partial,
}

/// The tag around a byte of `text`, which does not begin before `from`.
pub(super) fn at(text: &str, from: usize, byte: usize) -> Option<Tag> {
    let from = text.ceil_char_boundary(from.max(byte.saturating_sub(TAG_BYTES)));
    let before = text.get(from..byte)?;
    let open = before.rfind("{{")?;
    let is_escaped = before.get(..open)?.ends_with('\\');
    let inner = before.get(open..)?.trim_start_matches('{');
    if is_escaped || inner.contains("}}") || inner.starts_with('!') {
        return None;
    }
    let inner = inner.trim_start_matches(['~', '&']);
    let start = byte - (inner.len() - inner.trim_end_matches(is_word).len()).min(inner.len());
    let start = start.max(byte - inner.len());
    let word_before = text.get(start..byte)?;
    let head = inner.get(..inner.len() - word_before.len())?.trim();
    let rest = text.get(byte..)?;
    let end = byte + rest.find(|c| !is_word(c)).unwrap_or(rest.len());
    let line = rest.lines().next().unwrap_or_default();
    let is_closed = line.find("}}").is_some_and(|close| line.find("{{").is_none_or(|open| close < open));
    let form = match head {
        "" => Form::Value,
        ">" => Form::Partial,
        "#" | "/" => Form::Block,
        _ => Form::Argument,
    };
    Some(Tag { form, word: Span::new(start, end), is_closed })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '@')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The form and word at the `|` of a text.
    fn found(marked: &str) -> Option<(Form, String, bool)> {
        let byte = marked.find('|')?;
        let text = marked.replacen('|', "", 1);
        let tag = at(&text, 0, byte)?;
        Some((tag.form, text[tag.word.start..tag.word.end].to_owned(), tag.is_closed))
    }

    #[test]
    fn the_word_at_the_cursor_is_found_in_tags_of_every_form() {
        let word = |form, word: &str, closed| Some((form, word.to_owned(), closed));
        assert_eq!(found("a {{tic|ket}} b"), word(Form::Value, "ticket", true));
        assert_eq!(found("{{{~ ä|"), word(Form::Value, "ä", false));
        assert_eq!(found("{{> house-t|one x=1}}"), word(Form::Partial, "house-tone", true));
        assert_eq!(found("{{> a x=us|er}}"), word(Form::Argument, "user", true));
        assert_eq!(found("{{#ea| {{x}}"), word(Form::Block, "ea", false));
        assert_eq!(found("{{#each it|ems}}"), word(Form::Argument, "items", true));
        assert_eq!(found("{{|"), word(Form::Value, "", false));
    }

    #[test]
    fn beside_a_tag_is_none() {
        for text in ["{{a}}|", "a|", "\\{{a|", "{{! a|}}", "{|", "|{{a}}"] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
