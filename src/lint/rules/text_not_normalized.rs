//! Rule `text-not-normalized`: white space that nobody sees and every diff shows.

use crate::{
    domain::{Diagnostic, Edit, Kind, Level, Span, Turn},
    files::{self, Document, Entity},
    lint::{Check, Context, Findings, Rule},
};

pub(super) static RULE: Rule = Rule {
    name: "text-not-normalized",
    default: Level::Warn,
    summary: "byte order marks, Windows line ends, blanks at line ends and files without a last line end",
    explanation: r#"
Editors add and remove them without being asked, so that a change of one word becomes a diff of a whole file. They say
nothing: blanks that belong to a text, such as two at the end of a line of Markdown, are not reported, and neither are
tabs within a text. `promptreg lint --fix` and `promptreg fmt` remove them, and no digest changes by that.

Bad:
```yaml
description: Greets.␠␠␍
owner: ana
```
Good:
```yaml
description: Greets.
owner: ana
```
"#,
    breaks: false,
    check: Check::Each(check),
};

const MARK: &str = "\u{feff}";

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    // A file that cannot be read is told of that alone, and registry.toml is not YAML.
    if document.entity.is_none() || document.location.kind() == Kind::Registry {
        return;
    }
    let text = &*document.text;
    if text.starts_with(MARK) {
        let edits = vec![Edit { span: Span::new(0, MARK.len()), text: String::new() }];
        add(document, edits, "this file begins with a byte order mark", "delete the mark", findings);
    }
    if text.contains('\r') {
        let ends = text.match_indices("\r\n").map(|(at, _)| Edit { span: Span::new(at, at + 1), text: String::new() });
        let ends: Vec<_> = ends.collect();
        let lines = ends.len();
        let message = match lines {
            1 => "a line of this file ends as on Windows, by CR and LF".to_owned(),
            _ => format!("{lines} lines of this file end as on Windows, by CR and LF"),
        };
        add(document, ends, message, "end lines by LF alone", findings);
    }
    blanks(document, findings);
    if !text.ends_with('\n') && !text.is_empty() && is_same_ended(context, document) {
        let edits = vec![Edit { span: Span::new(text.len(), text.len()), text: "\n".to_owned() }];
        add(document, edits, "the last line of this file has no end", "end the last line", findings);
    }
}

fn add(document: &Document, edits: Vec<Edit>, message: impl Into<String>, title: &str, findings: &mut Findings) {
    let Some(first) = edits.first() else { return };
    let line = document.text.get(..first.span.start).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    // Blanks are shown by themselves; what has no width by its line.
    let removed = document.text.get(first.span.start..first.span.end).unwrap_or_default();
    let start =
        if removed.trim().is_empty() && !removed.is_empty() && removed != "\r" { first.span.start } else { line };
    let span = Span::new(start, first.span.end);
    let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message).warn();
    findings.add(finding.help("`promptreg fmt` writes it as usual").fix(title, edits));
}

/// Blanks at the ends of lines, except where they are part of a text.
fn blanks(document: &Document, findings: &mut Findings) {
    let text = &*document.text;
    let there = blank_ends(text);
    // Where as many lines of the texts end so the file has no others, and need not be read again.
    if there == 0 || there == in_messages(document) {
        return;
    }
    let texts = files::long_scalars(text);
    let mut texts = texts.iter().peekable();
    let (mut edits, mut start) = (Vec::new(), 0);
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        while texts.next_if(|text| text.end < end).is_some() {}
        let bare = line.trim_end_matches(['\r', '\n']);
        let kept = bare.trim_end_matches([' ', '\t']).len();
        if kept < bare.len() && texts.peek().is_none_or(|text| text.start >= end) {
            edits.push(Edit { span: Span::new(start + kept, start + bare.len()), text: String::new() });
        }
        start = end;
    }
    let message = match edits.len() {
        1 => "a line of this file ends in blanks".to_owned(),
        lines => format!("{lines} lines of this file end in blanks"),
    };
    add(document, edits, message, "delete the blanks at the ends of lines", findings);
}

/// How many lines end in a blank or a tab.
fn blank_ends(text: &str) -> usize {
    text.split('\n').filter(|line| line.strip_suffix('\r').unwrap_or(line).ends_with([' ', '\t'])).count()
}

fn in_messages(document: &Document) -> usize {
    let Some(Entity::Version(version)) = &document.entity else { return 0 };
    let count = |turn: &Turn| match turn {
        Turn::Message { content, .. } => blank_ends(content),
        Turn::Placeholder { .. } => 0,
    };
    version.messages.iter().map(count).sum()
}

/// Whether the file says the same with a line end at its end: a block of text at the end may have one more then.
fn is_same_ended(context: &Context<'_>, document: &Document) -> bool {
    let text = format!("{}\n", document.text);
    let again = Document::read(&document.path, document.location.clone(), text.as_bytes(), &context.limits);
    again.entity == document.entity
}
