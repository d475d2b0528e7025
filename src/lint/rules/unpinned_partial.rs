//! Rule `unpinned-partial`: partials that may change under a version.

use crate::{
    domain::{Diagnostic, Fix, Level, Selector, Span, Which},
    files::{self, Document},
    lint::{Check, Context, Findings, Rule, context},
};

pub(super) static RULE: Rule = Rule {
    name: "unpinned-partial",
    default: Level::Error,
    summary: "partials that are not pinned to one exact version",
    explanation: r#"
A version never changes: what was approved is what is served. With `house-tone`, `house-tone:production` or
`house-tone@^2` it would change whenever that prompt does, without anybody's approval.

Bad:
```yaml
uses: {house-tone: house-tone:production}
```
Good:
```yaml
uses: {house-tone: house-tone@2.0.1}
```
"#,
    breaks: true,
    check: Check::Each(check),
};

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some(version) = context::version(document) else { return };
    for (name, pin) in &*version.uses {
        if matches!(pin.which, Which::Exact(_)) || context.numbers(&pin.name).is_none() {
            continue;
        }
        let message = format!("`{pin}` is not one exact version, so this version could change with it");
        let span = findings.at(document, &format!("/uses/{name}"));
        let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message).help(help(context, pin));
        findings.add(Diagnostic { fix: fix(context, document, span, pin), ..finding });
    }
}

/// What it is today, for good; a partial is one text.
fn fix(context: &Context<'_>, document: &Document, span: Span, pin: &Selector) -> Option<Fix> {
    let found = context.registry().resolve(pin).ok().filter(|found| found.version.messages.len() == 1)?;
    let pinned = format!("{}@{}", pin.name, found.number);
    let edit = files::rewrite(&document.text, span, &pinned)?;
    Some(Fix { title: format!("pin `{pinned}`"), edits: vec![edit] })
}

fn help(context: &Context<'_>, pin: &Selector) -> String {
    let name = &pin.name;
    let meant = context.registry().resolve(pin).ok().map(|found| found.number.clone());
    let newest = || context.numbers(name)?.into_iter().next_back().cloned();
    match meant.or_else(newest) {
        Some(number) => format!("write `{name}@{number}`"),
        None => format!("write `{name}@` and the number of a version"),
    }
}
