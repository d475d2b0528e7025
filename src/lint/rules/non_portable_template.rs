//! Rule `non-portable-template`: what other readers of the same template do otherwise.

use crate::{
    domain::{Diagnostic, Level},
    files::Document,
    lint::{Check, Context, Findings, Rule},
    template::{self, Use},
};
use std::collections::BTreeSet;

pub(super) static RULE: Rule = Rule {
    name: "non-portable-template",
    default: Level::Warn,
    summary: "variables that other readers of Handlebars take for a helper, such as `{{log}}`",
    explanation: r#"
A template is exported to other formats and read by other programs. What they do not understand at all is refused when a
template is read (see `template-syntax`). This is what they do otherwise, and silently: Handlebars.js, dotprompt and the
Handlebars of Rust take `{{log}}`, `{{json}}` or `{{len}}` for a call of the helper of that name, and print something
else than the variable, or nothing. Rename the variable, or write `{{this.log}}`, which is the variable everywhere.

Bad:
```yaml
content: "What went wrong here? {{log}}"
```
Good:
```yaml
content: "What went wrong here? {{error_log}}"
```
"#,
    breaks: false,
    check: Check::Each(check),
};

/// Helpers of other readers that are none here.
const OTHERS: [&str; 12] =
    ["len", "eq", "ne", "gt", "gte", "lt", "lte", "and", "or", "not", "helperMissing", "blockHelperMissing"];

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some((_, templates)) = context.templates(document) else { return };
    let mut told = BTreeSet::new();
    for (turn, template) in templates.iter().enumerate() {
        let Some(template) = template.as_ref().filter(|template| template.faults.is_empty()) else { continue };
        for variable in template.variables.iter().filter(|variable| variable.used == Use::Output) {
            let name = variable.name.as_str();
            // Behind `this.` or `../` a name is a variable for everybody.
            if name != variable.path || !(template::is_helper(name) || OTHERS.contains(&name)) || !told.insert(name) {
                continue;
            }
            if findings.is_full(RULE.name, document) {
                return;
            }
            let span = findings.in_message(document, turn, variable.span);
            let message =
                format!("other readers of this template take `{name}` for a helper, and not for the variable");
            let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message).warn();
            findings.add(finding.help(format!("rename the variable, or write `{{{{this.{name}}}}}` outside of loops")));
        }
    }
}
