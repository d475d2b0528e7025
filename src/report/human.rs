//! For people: each diagnostic with an excerpt of its place, and a summary at the end.

use super::{
    Style,
    text::{Text, Texts},
};
use crate::domain::{Diagnostic, Level, Place, Span, clean, harmless};
use annotate_snippets::{Annotation, AnnotationKind, Group, Level as Mark, Origin, Renderer, Snippet};
use std::{collections::BTreeSet, ops::Range};

/// The most characters of a line that are looked at, half of them before the place.
const LINE: usize = 400;

pub(super) fn render(diagnostics: &[Diagnostic], texts: &mut Texts<'_>, style: &Style<'_>) -> String {
    let renderer = if style.color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.term_width(style.width);
    let mut out = String::new();
    for diagnostic in diagnostics {
        out.push_str(&renderer.render(&groups(diagnostic, texts)));
        out.push_str("\n\n");
    }
    out.push_str(&summary(diagnostics));
    out.push('\n');
    out
}

fn groups(diagnostic: &Diagnostic, texts: &mut Texts<'_>) -> Vec<Group<'static>> {
    let mark = if diagnostic.severity == Level::Error { Mark::ERROR } else { Mark::WARNING };
    let title = mark.primary_title(clean(&diagnostic.message)).id(diagnostic.rule);
    let mut first = place(title.elements(Vec::<Origin<'_>>::new()), &diagnostic.place, texts, AnnotationKind::Primary);
    if let Some(help) = &diagnostic.help {
        first = first.element(Mark::HELP.message(clean(help)));
    }
    if let Some(fix) = &diagnostic.fix {
        let text = clean(&format!("{} (`promptreg lint --fix`)", fix.title));
        first = first.element(Mark::HELP.with_name("fix").message(text));
    }
    let mut groups = vec![first];
    for (related, why) in &diagnostic.related {
        let title = Mark::NOTE.secondary_title(clean(why));
        groups.push(place(title.elements(Vec::<Origin<'_>>::new()), related, texts, AnnotationKind::Context));
    }
    groups
}

/// Adds an excerpt of a place, or its path alone.
fn place<'a>(group: Group<'a>, place: &Place, texts: &mut Texts<'_>, kind: AnnotationKind) -> Group<'a> {
    let path = clean(&place.path);
    let Some((text, span)) = texts.at(place) else { return group.element(Origin::path(path)) };
    let at = text.position(span.start);
    let (line, marked, is_whole) = excerpt(text, span);
    let annotation: Annotation<'_> = kind.span(marked);
    let snippet = Snippet::source(line).line_start(at.line).annotation(annotation);
    if is_whole {
        return group.element(snippet.path(path));
    }
    // The renderer would count columns in the excerpt.
    group.element(Origin::path(path).line(at.line).char_column(at.column)).element(snippet)
}

/// The first line of a span, or as much of it as is shown, where in that the span is, and whether the line
/// is shown from its first character.
fn excerpt(text: &Text, span: Span) -> (String, Range<usize>, bool) {
    let (start, end) = (text.position(span.start), text.position(span.end.max(span.start)));
    let line = text.line(start.line);
    let last = if end.line > start.line { usize::MAX } else { end.column };
    let skipped = start.column.saturating_sub(LINE / 2);
    let (mut shown, mut marked) = (String::new(), None);
    if skipped > 0 {
        shown.push('…');
    }
    let mut stop = None;
    for (i, c) in line.chars().enumerate().skip(skipped).take(LINE) {
        if i + 1 == start.column {
            marked = Some(shown.len());
        }
        if i + 1 == last {
            stop = Some(shown.len());
        }
        shown.push(harmless(c));
    }
    let stop = stop.unwrap_or(shown.len());
    if line.chars().nth(skipped + LINE).is_some() {
        shown.push('…');
    }
    let marked = marked.unwrap_or(shown.len());
    (shown, marked..stop.max(marked), skipped == 0)
}

fn summary(diagnostics: &[Diagnostic]) -> String {
    let count = |number: usize, one: &str| match number {
        0 => format!("no {one}s"),
        1 => format!("1 {one}"),
        many => format!("{many} {one}s"),
    };
    let errors = diagnostics.iter().filter(|one| one.severity == Level::Error).count();
    let counts = [(errors, "error"), (diagnostics.len() - errors, "warning")];
    if diagnostics.is_empty() {
        return "no errors, no warnings".to_owned();
    }
    let named: Vec<_> =
        counts.iter().filter(|(number, _)| *number > 0).map(|(number, one)| count(*number, one)).collect();
    let files: BTreeSet<_> = diagnostics.iter().map(|one| &one.place.path).collect();
    format!("{} in {}", named.join(", "), count(files.len(), "file"))
}
