//! Rule `shape`: files that are not what the schema of their kind asks for.

use crate::{
    domain::{Diagnostic, Level, REGISTRY_FILE, Span},
    files::{Document, Refusal},
    lint::{Check, Context, Findings, Rule},
};

pub(super) static RULE: Rule = Rule {
    name: "shape",
    default: Level::Error,
    summary: "files that cannot be read, or that do not fit the schema of their kind",
    explanation: r#"
A file is served only if it says exactly what its kind of file may say. A key that is misspelt would otherwise be
dropped without a word. `schemas/` holds the schema of every kind of file, and editors use it while you type; keys that
begin with `x-` are yours. Links are never followed.

Bad:
```yaml
mesages:
  - {role: user, content: Hello}
```
Good:
```yaml
messages:
  - {role: user, content: Hello}
```
"#,
    breaks: true,
    check: Check::Whole(check),
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for document in context.loaded.documents.values() {
        if let Some(span) = conflict(document) {
            let message = "this file holds both sides of a merge conflict, and nobody chose";
            let help =
                "keep what is right of the lines between `<<<<<<<` and `>>>>>>>`, and delete the three lines of signs";
            findings.add(Diagnostic::error(RULE.name, &document.path, Some(span), message).help(help));
            continue;
        }
        for fault in &document.faults {
            let mut finding = Diagnostic::error(RULE.name, &document.path, Some(fault.span), &fault.message);
            finding.severity = fault.level;
            finding.help.clone_from(&fault.help);
            finding.fix.clone_from(&fault.fix);
            findings.add(finding);
        }
    }
    if !context.loaded.documents.contains_key(REGISTRY_FILE) {
        let message = "there is no registry.toml here, so nobody knows which registry this is";
        findings
            .add(Diagnostic::error(RULE.name, &REGISTRY_FILE.into(), None, message).help("`promptreg init` makes one"));
    }
    for refused in &context.loaded.refused {
        if let Refusal::Unsafe(reason) = refused.reason {
            findings.add(Diagnostic::error(RULE.name, &refused.path, None, reason));
        }
    }
}

/// The line at which a merge conflict begins in a file that cannot be read.
fn conflict(document: &Document) -> Option<Span> {
    if document.entity.is_some() || !document.text.contains("<<<<<<< ") {
        return None;
    }
    let mut start = 0;
    let lines = document.text.split_inclusive('\n').map(|line| {
        start += line.len();
        (start - line.len(), line.trim_end())
    });
    let mut marks =
        lines.filter(|(_, line)| line.starts_with("<<<<<<< ") || *line == "=======" || line.starts_with(">>>>>>> "));
    let (begin, line) = marks.next().filter(|(_, line)| line.starts_with('<'))?;
    let has = marks.next().is_some() && marks.next().is_some();
    has.then(|| Span::new(begin, begin + line.len()))
}
