//! Variables that were meant and stand in a text in a form that is not read: `{name}`, `${name}`, `{% if name %}`.

use super::{
    context::Context,
    rules::{LITERAL_BRACES, SINGLE_BRACES},
    texts::texts,
};
use crate::domain::{Engine, Level, Span, Variable, Version};
use std::collections::HashSet;

/// A variable in a form that is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slip<'a> {
    /// The variable.
    pub(super) variable: &'a str,
    /// The turn in whose text it stands.
    pub(super) turn: usize,
    /// Where, in bytes of that text.
    pub(super) span: Span,
    /// Whether it is a statement, such as `{% if name %}`, rather than the variable's own name.
    pub(super) is_statement: bool,
}

/// The forms of other template languages: f-strings and LangChain, JavaScript and shells, Python's `%`, and two by hand.
const FORMS: [(&str, &str); 6] = [("{", "}"), ("${", "}"), ("%(", ")s"), ("<<", ">>"), ("[[", "]]"), ("[", "]")];

/// The most slips that are told of one version.
pub(super) const SLIPS: usize = 32;

/// How many bytes a form is looked through.
const MOST: usize = 160;

/// The slips of a version that a rule tells of; none where that rule is off.
pub(super) fn told<'a>(context: &Context<'_>, version: &Version, unused: &'a [Variable]) -> Vec<Slip<'a>> {
    let rule = if version.engine == Engine::None { LITERAL_BRACES } else { SINGLE_BRACES };
    let levels = context.registry().settings.as_ref().map(|settings| &settings.lint);
    match levels.and_then(|levels| levels.get(rule)) {
        Some(Level::Off) => Vec::new(),
        _ => slips(version, unused),
    }
}

/// The places at which variables that no text uses stand in a form that is not read.
pub(super) fn slips<'a>(version: &Version, unused: &'a [Variable]) -> Vec<Slip<'a>> {
    let mut found = Vec::new();
    if unused.is_empty() {
        return found;
    }
    let names: HashSet<&'a str> = unused.iter().map(|variable| variable.name.as_str()).collect();
    let known = |name: &str| names.get(name).copied();
    for (turn, _, text) in texts(version) {
        if version.engine == Engine::None {
            forms(text, ("{{", "}}"), |span, inner| {
                let variable = known(inner.trim_matches(['{', '}', '~', ' ']));
                add(&mut found, variable.map(|variable| Slip { variable, turn, span, is_statement: false }))
            });
            continue;
        }
        for form in FORMS {
            forms(text, form, |span, inner| {
                let variable = known(inner.trim()).filter(|_| is_alone(text, span, form.0));
                add(&mut found, variable.map(|variable| Slip { variable, turn, span, is_statement: false }))
            });
        }
        forms(text, ("{%", "%}"), |span, inner| {
            let mut words = inner.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            let variable = words.find_map(known);
            add(&mut found, variable.map(|variable| Slip { variable, turn, span, is_statement: true }))
        });
        if found.len() >= SLIPS {
            break;
        }
    }
    found
}

/// Adds a slip, if there is one and room for it; answers whether to look on.
fn add<'a>(found: &mut Vec<Slip<'a>>, slip: Option<Slip<'a>>) -> bool {
    found.extend(slip.filter(|_| found.len() < SLIPS));
    found.len() < SLIPS
}

/// Hands on what stands between two signs, with its place, for as long as it is asked to.
fn forms<'t>(text: &'t str, (open, close): (&str, &str), mut take: impl FnMut(Span, &'t str) -> bool) {
    for (at, _) in text.match_indices(open) {
        let start = at + open.len();
        let bytes = text.as_bytes();
        let window = bytes.get(start..bytes.len().min(start + MOST)).unwrap_or_default();
        let Some(length) = window.windows(close.len()).position(|found| found == close.as_bytes()) else { continue };
        if let Some(inner) = text.get(start..start + length)
            && !take(Span::new(at, start + length + close.len()), inner)
        {
            return;
        }
    }
}

/// Whether a form is no part of another one: of `{{name}}`, `\{name}`, or a link.
fn is_alone(text: &str, span: Span, open: &str) -> bool {
    let before = text.get(..span.start).and_then(|before| before.chars().next_back());
    let after = text.get(span.end..).and_then(|after| after.chars().next());
    let is_link = open == "[" && (matches!(after, Some('(' | ':' | '[')) || before == Some('!'));
    !is_link && !matches!(before, Some('{' | '$' | '\\' | '[' | '<')) && !matches!(after, Some('}' | ']' | '>'))
}
