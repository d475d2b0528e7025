//! Rule `workflow-unknown-input`: steps and triggers that give what nobody takes.

use super::workflow_missing_input::misspelt;
use crate::{
    domain::{Diagnostic, Level},
    files::{Document, Entity},
    lint::{
        Check, Context, Findings, Rule,
        context::escape,
        suggest,
        workflow::{Given, givens},
    },
};
use serde_json::Value;

pub(super) static RULE: Rule = Rule {
    name: "workflow-unknown-input",
    default: Level::Error,
    summary: "inputs that no prompt or workflow declares (a warning where they are merely dropped)",
    explanation: r#"
What a step maps must be a variable of its prompt, and what a trigger gives a field of the workflow's `input_schema`. Any
other name is a slip of the fingers, or was renamed in the prompt: its value is dropped, and where the schema says
`additionalProperties: false` or the name is that of a required one misspelt, every run fails.

Bad:
```yaml
steps:
  - id: summarize
    prompt: summarize-ticket:production
    input_mapping: {tiket: "{{input.ticket}}"}
```
Good:
```yaml
steps:
  - id: summarize
    prompt: summarize-ticket:production
    input_mapping: {ticket: "{{input.ticket}}"}
```
"#,
    breaks: false,
    check: Check::Each(check),
};

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some(Entity::Workflow(workflow)) = &document.entity else { return };
    for given in givens(context, document, workflow) {
        for key in given.values.keys() {
            if findings.is_full(RULE.name, document) {
                return;
            }
            if !given.takers.is_empty() && !given.takers.iter().any(|taker| taker.declares(key)) {
                tell(document, &given, key, findings);
            }
        }
    }
}

fn tell(document: &Document, given: &Given<'_>, key: &str, findings: &mut Findings) {
    let Some(taker) = given.takers.first() else { return };
    let is_free = |name: &&str| !given.values.contains_key(*name);
    let free: Vec<&str> = given.takers.iter().flat_map(|taker| taker.names()).filter(is_free).collect();
    let help = match (given.step, free.is_empty()) {
        (Some(_), true) => "leave it out, or declare it in the prompt's `input_schema`".to_owned(),
        (None, true) => "leave it out, or declare it in `input_schema`".to_owned(),
        (Some(_), _) => suggest::help(key, free.into_iter(), "else leave it out"),
        (None, _) => suggest::help(key, free.into_iter(), "else declare it in `input_schema`"),
    };
    let is_refused = given.takers.iter().any(|taker| {
        let schema = taker.schema;
        let is_closed = schema.is_some_and(|schema| schema.get("additionalProperties") == Some(&Value::Bool(false)));
        let required = schema.and_then(|schema| schema["required"].as_array()).into_iter().flatten();
        let mut missing = required.filter_map(Value::as_str).filter(is_free).take(32);
        is_closed || missing.any(|name| misspelt(given, name) == Some(key))
    });
    let span = findings.key_at(document, &format!("{}/{}", given.pointer, escape(key)));
    let message = format!("{} gives `{key}`, which {} does not declare", given.who, taker.name);
    let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message).help(help);
    findings.add(if is_refused { finding } else { finding.warn() });
}
