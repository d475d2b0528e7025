//! Rule `unused-variable`: variables that are declared and that no text uses.

use crate::{
    domain::{Diagnostic, Engine, Level},
    files::Document,
    lint::{Check, Context, Findings, Rule, context, slips},
};

pub(super) static RULE: Rule = Rule {
    name: "unused-variable",
    default: Level::Warn,
    summary: "variables that are declared and that no text uses",
    explanation: r#"
Callers would have to give something that changes nothing. Use the variable in a message or in a partial, or delete it
from `input_schema`.

Bad:
```yaml
content: "Summarize: {{ticket}}"
input_schema:
  properties:
    ticket: {type: string}
    language: {type: string}
```
Good:
```yaml
content: "Summarize in {{language}}: {{ticket}}"
input_schema:
  properties:
    ticket: {type: string}
    language: {type: string}
```
"#,
    breaks: false,
    check: Check::Each(check),
};

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    let unused = findings.unused(context, document);
    let Some(version) = context::version(document).filter(|_| !unused.is_empty()) else { return };
    // Where the variable stands in the text, but not as one, that is what is told.
    let slips = slips::told(context, version, &unused);
    let help = match version.engine {
        Engine::Handlebars => "use it in a message, or delete it",
        Engine::None => "`engine: none` takes all text literally: delete the variable, or use `engine: handlebars`",
    };
    for variable in unused.iter().filter(|variable| slips.iter().all(|slip| slip.variable != variable.name)) {
        if findings.is_full(RULE.name, document) {
            return;
        }
        let span = findings.key_at(document, &format!("/input_schema/properties/{}", context::escape(&variable.name)));
        let message = format!("`{}` is declared and never used", variable.name);
        findings.add(Diagnostic::error(RULE.name, &document.path, Some(span), message).warn().help(help));
    }
}
