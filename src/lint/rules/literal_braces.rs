//! Rule `literal-braces-in-none-engine`: variables in a text that is taken literally.

use crate::{
    domain::{Diagnostic, Edit, Engine, Level, Span, Version},
    files::Document,
    lint::{Check, Context, Findings, Rule, context, slips::slips, texts::texts},
    template,
};
use std::collections::BTreeSet;

pub(super) static RULE: Rule = Rule {
    name: "literal-braces-in-none-engine",
    default: Level::Warn,
    summary: "declared variables in braces in a version whose `engine: none` takes all text literally",
    explanation: r#"
With `engine: none` nothing is filled in: the model gets `{{ticket}}` as it stands. Where the version declares `ticket`
in its `input_schema`, that is hardly what was meant. Braces of names that are not declared are not reported, since texts
about templates have them. `lint --fix` deletes `engine: none` where all braces of the version are variables that it
declares.

Bad:
```yaml
content: "Summarize: {{ticket}}"
engine: none
input_schema:
  properties:
    ticket: {type: string}
```
Good:
```yaml
content: "Summarize: {{ticket}}"
input_schema:
  properties:
    ticket: {type: string}
```
"#,
    breaks: false,
    check: Check::Each(check),
};

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some(version) = context::version(document).filter(|version| version.engine == Engine::None) else { return };
    let unused = findings.unused(context, document);
    let slips = slips(version, &unused);
    let Some(first) = slips.first() else { return };
    let names: BTreeSet<&str> = slips.iter().map(|slip| slip.variable).collect();
    let span = findings.in_message(document, first.turn, first.span);
    let more = match names.len() - 1 {
        0 => String::new(),
        1 => " and one more variable".to_owned(),
        more => format!(" and {more} more variables"),
    };
    let verb = if names.len() == 1 { "is" } else { "are" };
    let message =
        format!("`{{{{{}}}}}`{more} {verb} text here, since `engine: none` takes all text literally", first.variable);
    let engine = findings.key_at(document, "/engine");
    let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message).warn();
    let finding = finding.help("delete `engine: none`").related(
        &document.path,
        Some(engine),
        "all text is literal because of this",
    );
    findings.add(match line(&document.text, engine).filter(|_| is_template(context, version)) {
        Some(span) => finding.fix("delete `engine: none`", vec![Edit { span, text: String::new() }]),
        None => finding,
    });
}

/// The line of a key that has a line of its own.
fn line(text: &str, key: Span) -> Option<Span> {
    let begins = key.start == 0 || text.get(..key.start)?.ends_with('\n');
    let rest = text.get(key.start..)?;
    let length = rest.find('\n').map_or(rest.len(), |end| end + 1);
    let bare = rest.get(..length)?.trim_end();
    (begins && bare == "engine: none").then(|| Span::new(key.start, key.start + length))
}

/// Whether the texts are templates that use what is declared and nothing else.
fn is_template(context: &Context<'_>, version: &Version) -> bool {
    texts(version).all(|(.., text)| {
        let parsed = template::parse(text, &context.limits);
        let known = |name: &str| version.variable_names().any(|declared| declared == name);
        parsed.faults.is_empty()
            && parsed.partials.is_empty()
            && parsed.markers.is_empty()
            && parsed.variables.iter().all(|used| known(&used.name))
    })
}
