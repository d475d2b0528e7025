//! The helpers a template may call, what they take, and the nearest one to a misspelt name.

use crate::domain;

/// Every helper with an example of it.
pub fn helpers() -> impl Iterator<Item = (&'static str, &'static str)> {
    WORDS.iter().map(|word| (word.name, word.example))
}

/// Where a helper may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand {
    /// `{{#if …}}…{{/if}}`
    Block,
    /// `{{role "user"}}`
    Alone,
    /// `{{json x}}` and `(json x)`
    Anywhere,
}

/// A helper.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) name: &'static str,
    pub(super) stand: Stand,
    /// The fewest and the most arguments.
    pub(super) takes: (usize, usize),
    /// The arguments by name.
    pub(super) named: &'static [&'static str],
    /// Whether bare names inside the block belong to another value.
    pub(super) scope: bool,
    /// An example, for faults.
    pub(super) example: &'static str,
}

const fn word(
    name: &'static str,
    stand: Stand,
    takes: (usize, usize),
    named: &'static [&'static str],
    example: &'static str,
) -> Word {
    Word { name, stand, takes, named, scope: false, example }
}

const fn scope(name: &'static str, example: &'static str) -> Word {
    Word { name, stand: Stand::Block, takes: (1, 1), named: &[], scope: true, example }
}

/// All helpers.
pub(super) static WORDS: [Word; 13] = [
    word("if", Stand::Block, (1, 1), &["includeZero"], "{{#if name}}…{{/if}}"),
    word("unless", Stand::Block, (1, 1), &["includeZero"], "{{#unless name}}…{{/unless}}"),
    scope("each", "{{#each items}}{{this}}{{/each}}"),
    scope("with", "{{#with user}}{{name}}{{/with}}"),
    word("ifEquals", Stand::Block, (2, 2), &[], "{{#ifEquals a \"b\"}}…{{/ifEquals}}"),
    word("unlessEquals", Stand::Block, (2, 2), &[], "{{#unlessEquals a \"b\"}}…{{/unlessEquals}}"),
    word("lookup", Stand::Anywhere, (2, 2), &[], "{{lookup table key}}"),
    word("json", Stand::Anywhere, (1, 1), &["indent"], "{{json value indent=2}}"),
    word("role", Stand::Alone, (1, 1), &[], "{{role \"system\"}}"),
    word("history", Stand::Alone, (0, 0), &[], "{{history}}"),
    word("section", Stand::Alone, (1, 1), &[], "{{section \"examples\"}}"),
    word("media", Stand::Alone, (0, 0), &["url", "contentType"], "{{media url=image contentType=\"image/png\"}}"),
    word("log", Stand::Alone, (0, 8), &["level"], "{{log value}}"),
];

/// The helper of a name.
pub(super) fn find(name: &str) -> Option<&'static Word> {
    WORDS.iter().find(|word| word.name == name)
}

/// Whether a helper has this name.
#[must_use]
pub fn is_helper(name: &str) -> bool {
    find(name).is_some()
}

/// What a person who wrote `name` most likely meant.
pub(super) fn nearest(name: &str) -> Option<&'static Word> {
    domain::nearest(name, WORDS.iter().map(|word| word.name)).and_then(find)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_the_helper_and_a_stranger_finds_none() {
        let name = |text: &str| nearest(text).map(|word| word.name);
        assert_eq!(name("ifequals"), Some("ifEquals"));
        assert_eq!(name("eahc"), Some("each"));
        assert_eq!(name("jsn"), Some("json"));
        assert_eq!(name("uppercase"), None);
        assert_eq!(name("x"), None);
        assert_eq!(name(&"if".repeat(1000)), None);
    }
}
