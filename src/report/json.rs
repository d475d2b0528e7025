//! JSON lines: one object for each diagnostic.

use super::text::Texts;
use crate::domain::{Diagnostic, Edit, Fix, Level};
use serde::Serialize;

/// The form of the lines: it is raised when a key changes its meaning.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Line<'a> {
    version: u32,
    rule: &'a str,
    severity: Level,
    message: &'a str,
    path: &'a str,
    line: Option<usize>,
    column: Option<usize>,
    end_line: Option<usize>,
    end_column: Option<usize>,
    help: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<FixOf<'a>>,
}

/// What mends it: bytes of the file that go, and the text that comes in their place.
#[derive(Serialize)]
struct FixOf<'a> {
    title: &'a str,
    edits: Vec<EditOf<'a>>,
}

#[derive(Serialize)]
struct EditOf<'a> {
    start: usize,
    end: usize,
    text: &'a str,
}

impl<'a> FixOf<'a> {
    fn new(fix: &'a Fix) -> Self {
        let edit = |edit: &'a Edit| EditOf { start: edit.span.start, end: edit.span.end, text: &edit.text };
        Self { title: &fix.title, edits: fix.edits.iter().map(edit).collect() }
    }
}

pub(super) fn render(diagnostics: &[Diagnostic], texts: &mut Texts<'_>) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let region = texts.region(&diagnostic.place);
        let line = Line {
            version: VERSION,
            rule: diagnostic.rule,
            severity: diagnostic.severity,
            message: &diagnostic.message,
            path: &diagnostic.place.path,
            line: region.map(|region| region.start.line),
            column: region.map(|region| region.start.column),
            end_line: region.map(|region| region.end.line),
            end_column: region.map(|region| region.end.column),
            help: diagnostic.help.as_deref(),
            fix: diagnostic.fix.as_ref().map(FixOf::new),
        };
        out.push_str(&serde_json::to_string(&line).unwrap_or_default());
        out.push('\n');
    }
    out
}
