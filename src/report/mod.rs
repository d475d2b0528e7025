//! Diagnostics printed for people, as JSON lines, SARIF and GitHub annotations.

mod github;
mod human;
mod json;
mod sarif;
mod text;

use self::text::Texts;
use crate::domain::{Diagnostic, Level};
use std::sync::Arc;

/// Who reads the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// People: an excerpt of each place, a word of help, a summary at the end.
    #[default]
    Human,
    /// Programs: a JSON object a line.
    Json,
    /// Code scanners: SARIF 2.1.0.
    Sarif,
    /// GitHub Actions: workflow commands that become annotations of a change.
    Github,
}

/// What a report says of a rule.
#[derive(Debug, Clone, Copy)]
pub struct RuleInfo<'a> {
    /// The rule's name.
    pub name: &'a str,
    /// What it looks for, in a line.
    pub summary: &'a str,
    /// Why and what to do, in Markdown.
    pub explanation: &'a str,
    /// Its level where nobody says otherwise.
    pub default: Level,
}

/// How a report is written.
#[derive(Debug, Clone, Copy)]
pub struct Style<'a> {
    /// Whether people see colours.
    pub color: bool,
    /// How many columns people see; lines are trimmed to it.
    pub width: usize,
    /// The rules, for formats that list them.
    pub rules: &'a [RuleInfo<'a>],
}

impl Default for Style<'_> {
    fn default() -> Self {
        Self { color: false, width: 120, rules: &[] }
    }
}

/// Writes diagnostics, in the order given. `source` answers the text of a file by its path, as it may be shown.
///
/// Nothing in a text or a message can steer a terminal: control characters are shown as pictures of themselves.
#[must_use]
pub fn render(
    format: Format,
    diagnostics: &[Diagnostic],
    source: &dyn Fn(&str) -> Option<Arc<str>>,
    style: &Style<'_>,
) -> String {
    let mut texts = Texts::new(source);
    match format {
        Format::Human => human::render(diagnostics, &mut texts, style),
        Format::Json => json::render(diagnostics, &mut texts),
        Format::Sarif => sarif::render(diagnostics, &mut texts, style.rules),
        Format::Github => github::render(diagnostics, &mut texts),
    }
}
