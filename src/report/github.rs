//! GitHub annotations: workflow commands that GitHub Actions reads from the output of a job.

use super::text::Texts;
use crate::domain::{Diagnostic, Level, clean};
use std::fmt::Write as _;

pub(super) fn render(diagnostics: &[Diagnostic], texts: &mut Texts<'_>) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let command = if diagnostic.severity == Level::Error { "error" } else { "warning" };
        let _ = write!(out, "::{command} file={}", property(&diagnostic.place.path));
        if let Some(region) = texts.region(&diagnostic.place) {
            let (start, end) = (region.start, region.end);
            let _ = write!(out, ",line={},endLine={}", start.line, end.line);
            // GitHub takes columns only where a region stays on one line; its last column is inside.
            if start.line == end.line {
                let _ =
                    write!(out, ",col={},endColumn={}", start.column, end.column.saturating_sub(1).max(start.column));
            }
        }
        let _ = write!(out, ",title={}::{}", property(diagnostic.rule), data(&diagnostic.message));
        if let Some(help) = &diagnostic.help {
            let _ = write!(out, "%0Ahelp: {}", data(help));
        }
        if let Some(fix) = &diagnostic.fix {
            let _ = write!(out, "%0Afix: {} (`promptreg lint --fix`)", data(&fix.title));
        }
        out.push('\n');
    }
    out
}

/// A message with the escapes that GitHub asks for.
fn data(text: &str) -> String {
    clean(&text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A"))
}

/// A property's value, in which `:` and `,` are escaped too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
