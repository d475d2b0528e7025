//! Rule `unused-variable`: variables that are declared and that no text uses.

use crate::{
    domain::{Diagnostic, Engine, Level, nearest},
    files::Document,
    lint::{Check, Context, Findings, Rule, context, variables},
};
use std::collections::BTreeSet;

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
    let Some(version) = context::version(document) else { return };
    let declared = version.variables();
    if declared.is_empty() {
        return;
    }
    let Some(needs) = variables::of_version(context, document).filter(|needs| !needs.whole) else { return };
    let used = needs.names;
    // A slip of the fingers is one mistake: the place that has it is named, and not the variable that was meant.
    let names = || declared.iter().map(|variable| variable.name.as_str());
    let slips = used.iter().filter(|name| !names().any(|declared| declared == **name));
    let meant: BTreeSet<_> = slips.filter_map(|name| nearest(name, names())).collect();
    let unused = declared.iter().filter(|variable| !used.contains(variable.name.as_str()));
    let help = match version.engine {
        Engine::Handlebars => "use it in a message, or delete it",
        Engine::None => "`engine: none` takes all text literally: delete the variable, or use `engine: handlebars`",
    };
    for variable in unused.filter(|variable| !meant.contains(variable.name.as_str())) {
        let span = findings.key_at(document, &format!("/input_schema/properties/{}", context::escape(&variable.name)));
        let message = format!("`{}` is declared and never used", variable.name);
        findings.add(Diagnostic::error(RULE.name, &document.path, Some(span), message).warn().help(help));
    }
}
