//! Rule `template-syntax`: templates that cannot be read.

use crate::{
    domain::{Diagnostic, Level, Span, Workflow},
    files::{Document, Entity},
    lint::{Check, Context, Findings, Rule, context},
    template,
};
use serde_json::{Map, Value};

pub(super) static RULE: Rule = Rule {
    name: "template-syntax",
    default: Level::Error,
    summary: "templates that cannot be read",
    explanation: r#"
Text between `{{` and `}}` is an instruction: a variable, a block that must be closed, a partial. Where braces are meant
as text, write `\{{`, or give the version `engine: none`, which takes all of its text literally.

Bad:
```yaml
content: "{{#if urgent}}Answer within the hour."
```
Good:
```yaml
content: "{{#if urgent}}Answer within the hour.{{/if}}"
```
"#,
    breaks: true,
    check: Check::Each(check),
};

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    if let Some((_, templates)) = context.templates(document) {
        for (turn, template) in templates.iter().enumerate() {
            let Some(template) = template.as_ref().filter(|template| !template.faults.is_empty()) else { continue };
            for fault in &template.faults {
                let span = findings.in_message(document, turn, fault.span);
                add(document, span, fault, findings);
            }
        }
    }
    if let Some(Entity::Workflow(workflow)) = &document.entity {
        for (pointer, text) in texts(workflow) {
            for fault in &template::parse(text, &context.limits).faults {
                let span = findings.within(document, &pointer, fault.span);
                add(document, span, fault, findings);
            }
        }
    }
}

fn add(document: &Document, span: Span, fault: &template::TemplateFault, findings: &mut Findings) {
    findings.add(Diagnostic::error(RULE.name, &document.path, Some(span), &fault.message).help(&fault.help));
}

/// The templates of a workflow, each with its JSON pointer.
fn texts(workflow: &Workflow) -> Vec<(String, &str)> {
    let mut found = Vec::new();
    for (i, step) in workflow.steps.iter().enumerate() {
        found.extend(step.when.as_deref().map(|text| (format!("/steps/{i}/when"), text)));
        within(&format!("/steps/{i}/input_mapping"), &step.input_mapping, &mut found);
    }
    within("/output", &workflow.output, &mut found);
    found
}

fn within<'a>(pointer: &str, map: &'a Map<String, Value>, found: &mut Vec<(String, &'a str)>) {
    for (key, value) in map {
        found.extend(value.as_str().map(|text| (format!("{pointer}/{}", context::escape(key)), text)));
    }
}
