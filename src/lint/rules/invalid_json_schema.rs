//! Rule `invalid-json-schema`: schemas that are none.

use crate::{
    domain::{Diagnostic, Level},
    files::Document,
    lint::{Check, Context, Findings, Rule, context},
    schema::About,
};

pub(super) static RULE: Rule = Rule {
    name: "invalid-json-schema",
    default: Level::Error,
    summary: "`input_schema`, `output_schema` and tool parameters that are no JSON Schema",
    explanation: r#"
The schema decides which input is let in, so one that cannot be read lets in nothing. Schemas are JSON Schema 2020-12 and
complete in themselves: a `$ref` may lead to another place in the same schema and nowhere else.

Bad:
```yaml
input_schema:
  type: objekt
```
Good:
```yaml
input_schema:
  type: object
```
"#,
    breaks: true,
    check: Check::Each(check),
};

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some(entity) = &document.entity else { return };
    for (pointer, schema) in context::schemas(entity) {
        for fault in context.schema_faults(schema) {
            let place = format!("{pointer}{}", fault.pointer);
            let span = match fault.about {
                About::Key => findings.key_at(document, &place),
                About::Value => findings.at(document, &place),
            };
            let mut finding = Diagnostic::error(RULE.name, &document.path, Some(span), &fault.message);
            finding.help.clone_from(&fault.help);
            findings.add(finding);
        }
    }
}
