//! A rough look at the tags of a template: which variables and partials it uses.
//!
//! Rough, since what imports may be broken or of another engine; the template room judges the result.

use crate::domain::{PartialName, nearest_name};

/// What a text uses, each name once, in the order of the text.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Uses {
    /// Variables, and whether the text can do without each: it only stands in, or is tested by, an `#if`.
    pub(super) variables: Vec<(String, bool)>,
    /// Partials.
    pub(super) partials: Vec<String>,
}

/// Helpers that stand alone in a tag and are no variables.
const ALONE: [&str; 4] = ["else", "this", "history", "lookup"];

/// The insides of the `{{…}}` of a text, without comments and escaped ones.
pub(super) fn tags(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        let escaped = rest[..at].ends_with('\\');
        let inner = rest[at + 2..].trim_start_matches('{');
        let end = if inner.trim_start_matches('~').starts_with("!--") { "--}}" } else { "}}" };
        let Some(close) = inner.find(end) else { break };
        let tag = inner[..close].trim_matches('~').trim();
        if !escaped && !tag.starts_with('!') {
            found.push(tag);
        }
        rest = &inner[close + end.len()..];
    }
    found
}

/// The text with every partial called by a name that a partial can have; no name is changed that is one already.
pub(super) fn with_partials_named(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for tag in tags(text) {
        let Some(name) = tag.strip_prefix('>').map(|rest| rest.trim_start().split(char::is_whitespace).next()) else {
            continue;
        };
        let Some((name, better)) = name.and_then(|name| Some((name, nearest_name(name)?))) else { continue };
        // A tag is a piece of the text, so that the distance of their addresses is its place.
        let at = name.as_ptr().addr() - text.as_ptr().addr();
        if is_path(name) && name.parse::<PartialName>().is_err() {
            out.push_str(&text[copied..at]);
            out.push_str(&better);
            copied = at + name.len();
        }
    }
    out.push_str(&text[copied..]);
    out
}

/// Whether every tag is a plain variable, which means the same in Handlebars, Mustache and Jinja.
pub(super) fn is_plain(text: &str) -> bool {
    !text.contains("{%") && !text.contains("{#") && tags(text).iter().all(|tag| is_path(tag))
}

/// What the Handlebars template `text` uses.
pub(super) fn uses(text: &str) -> Uses {
    let mut uses = Uses::default();
    // The open blocks: whether names in each are those of something else, and whether it is a condition.
    let mut blocks: Vec<(bool, bool)> = Vec::new();
    for tag in tags(text) {
        let optional = blocks.iter().any(|(_, condition)| *condition);
        let scoped = blocks.iter().any(|(scoped, _)| *scoped);
        let (first, rest) = tag.split_at(tag.char_indices().nth(1).map_or(tag.len(), |(at, _)| at));
        match first {
            "/" => drop(blocks.pop()),
            ">" => partial(&mut uses, rest, scoped, optional),
            "^" if rest.trim().is_empty() => {}
            "#" | "^" => {
                let words = words(rest);
                let name = words.first().map(String::as_str).unwrap_or_default();
                let condition = matches!(name, "if" | "unless");
                expression(&mut uses, &words, scoped, optional || condition);
                let own = matches!(name, "if" | "unless" | "ifEquals" | "unlessEquals" | "role");
                blocks.push((!own, condition));
            }
            _ => expression(&mut uses, &words(tag), scoped, optional),
        }
    }
    uses
}

fn partial(uses: &mut Uses, rest: &str, scoped: bool, optional: bool) {
    let words = words(rest);
    let Some(name) = words.first().filter(|name| !name.starts_with('(')) else { return };
    let name = name.trim_matches(['"', '\'']);
    if !name.is_empty() && !uses.partials.iter().any(|known| known == name) {
        uses.partials.push(name.to_owned());
    }
    expression(uses, &words, scoped, optional);
}

/// Notes the variables among the arguments; the first word is one only where it stands alone.
fn expression(uses: &mut Uses, words: &[String], scoped: bool, optional: bool) {
    let (words, optional) = match words {
        [first, rest @ ..] if first == "else" => (rest, true),
        words => (words, optional),
    };
    let arguments = match words {
        [alone] if !ALONE.contains(&alone.as_str()) => words,
        [] | [_] => return,
        [_, rest @ ..] => rest,
    };
    for word in arguments {
        // The name of a helper follows an opening parenthesis.
        if word.starts_with('(') {
            continue;
        }
        let path = word.trim_end_matches(')').rsplit_once('=').map_or(word.trim_end_matches(')'), |(_, path)| path);
        let outer = path.strip_prefix("../").or_else(|| path.strip_prefix("@root."));
        if scoped && outer.is_none() {
            continue;
        }
        let path = outer.unwrap_or(path);
        if !is_path(path) {
            continue;
        }
        let name = path.split(['.', '/']).next().unwrap_or_default();
        if matches!(name, "true" | "false" | "null" | "undefined" | "this") {
            continue;
        }
        match uses.variables.iter_mut().find(|(known, _)| known == name) {
            Some((_, without)) => *without &= optional,
            None => uses.variables.push((name.to_owned(), optional)),
        }
    }
}

fn is_path(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c))
}

/// The words of a tag; a quoted text is one word with its quotes, block parameters are left out.
fn words(tag: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in tag.chars() {
        match quote {
            None if c.is_whitespace() => words.push(String::new()),
            None if c == '|' => break,
            _ => {
                if let Some(word) = words.last_mut() {
                    word.push(c);
                }
                match quote {
                    None if c == '"' || c == '\'' => quote = Some(c),
                    Some(open) if open == c => quote = None,
                    _ => {}
                }
            }
        }
    }
    words.retain(|word| !word.is_empty() && word != "as");
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(text: &str) -> String {
        let uses = uses(text);
        let names = uses.variables.iter().map(|(name, optional)| format!("{name}{}", if *optional { "?" } else { "" }));
        names.chain(uses.partials.iter().map(|name| format!(">{name}"))).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn variables_are_found_where_templates_use_them() {
        for (text, expected) in [
            ("{{a}} {{ b.c }} {{{d}}} {{~e~}}", "a b d e"),
            ("\\{{a}} {{! b }} {{!-- {{c}} --}} d", ""),
            ("{{#if a}}{{b}}{{else}}{{c}}{{/if}}{{b}}", "a? b c?"),
            ("{{#each items}}{{name}}{{this.x}}{{../title}}{{@index}}{{/each}}", "items title"),
            ("{{json data indent=2}} {{media url=image}}", "data image"),
            ("{{role \"system\"}}{{history}}{{@state.x}}{{#if (eq a \"b c\")}}{{/if}}", "a?"),
            ("{{> foot name=user}}{{>\"head\"}}", "user >foot >head"),
            ("{{#each xs as |x|}}{{x}}{{/each}}", "xs"),
            ("{{#if a}}{{^}}{{else if b}}{{/if}}{{c}}", "a? b? c"),
            ("{{a", ""),
        ] {
            assert_eq!(listed(text), expected, "{text}");
        }
    }

    #[test]
    fn partials_are_called_by_names_that_they_can_have() {
        assert_eq!(
            with_partials_named("{{> userCard x=1}} {{>  b_c}} {{~> fine-name ~}} \\{{> aB}} {{userCard}} ä {{> Z}}"),
            "{{> usercard x=1}} {{>  b-c}} {{~> fine-name ~}} \\{{> aB}} {{userCard}} ä {{> z}}"
        );
    }

    #[test]
    fn only_plain_variables_mean_the_same_everywhere() {
        assert!(is_plain("{{a}} {{ b.c }} {x}"));
        for text in ["{% if a %}", "{{ a | upper }}", "{{#a}}{{/a}}", "{{a()}}", "{# c #}", "{{}}"] {
            assert!(!is_plain(text), "{text}");
        }
    }
}
