//! Rule `duplicate-name`: two things with one name.

use crate::{
    domain::{Diagnostic, Level, Workflow},
    files::{Document, Entity},
    lint::{Check, Context, Findings, Rule},
};
use std::collections::HashMap;

pub(super) static RULE: Rule = Rule {
    name: "duplicate-name",
    default: Level::Error,
    summary: "two prompts, steps or triggers with one name (a warning: two outputs)",
    explanation: r#"
A prompt is asked for by its name alone, whatever collection it lies in, so that it can be moved without breaking anyone.
Hence a name belongs to one prompt in the whole registry. So do the ids of the steps and of the triggers within one
workflow. Two steps with one `output_key` are a warning, unless the later has a `when`.

Bad:
```text
prompts/support/reply/prompt.yaml
prompts/sales/reply/prompt.yaml
```
Good:
```text
prompts/support/support-reply/prompt.yaml
prompts/sales/sales-reply/prompt.yaml
```
"#,
    breaks: true,
    check: Check::Whole(check),
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for (name, folders) in &context.folders {
        let mut files = folders.values().filter_map(|folder| folder.prompt);
        let Some(first) = files.next() else { continue };
        for other in files {
            let message = format!("the name `{name}` belongs to another prompt already");
            let finding = Diagnostic::error(RULE.name, &other.path, None, message);
            let finding = finding.help("rename this folder: a prompt's name is unique in the whole registry");
            findings.add(finding.related(&first.path, None, "the prompt that has the name"));
        }
    }
    for document in context.loaded.documents.values() {
        if let Some(Entity::Workflow(workflow)) = &document.entity {
            ids(document, workflow, findings);
        }
    }
}

fn ids(document: &Document, workflow: &Workflow, findings: &mut Findings) {
    let steps = workflow.steps.iter().enumerate().map(|(i, step)| (format!("/steps/{i}/id"), step.id.as_str(), "step"));
    let triggers = workflow.triggers.iter().enumerate();
    let triggers = triggers.map(|(i, trigger)| (format!("/triggers/{i}/id"), trigger.id.as_str(), "trigger"));
    let mut taken = HashMap::new();
    for (pointer, id, what) in steps.chain(triggers) {
        if let Some(first) = taken.insert((what, id), pointer.clone()) {
            let span = findings.at(document, &pointer);
            let message = format!("another {what} has the id `{id}` already");
            let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message);
            let finding = finding.help(format!("give each {what} of a workflow an id of its own"));
            let other = findings.at(document, &first);
            findings.add(finding.related(&document.path, Some(other), "the other one"));
        }
    }
    outputs(document, workflow, findings);
}

/// Two steps may write one output where `when` chooses between them; else the first answer is lost.
fn outputs(document: &Document, workflow: &Workflow, findings: &mut Findings) {
    let mut taken = HashMap::new();
    for (i, step) in workflow.steps.iter().enumerate() {
        let Some(key) = &step.output_key else { continue };
        let Some(first) = taken.insert(key, i).filter(|_| step.when.is_none()) else { continue };
        let span = findings.at(document, &format!("/steps/{i}/output_key"));
        let message = format!("the answer of an earlier step is `outputs.{key}` already, and this one replaces it");
        let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message).warn();
        let finding = finding.help("give each step an `output_key` of its own, or say by `when` which of them runs");
        let other = findings.at(document, &format!("/steps/{first}/output_key"));
        findings.add(finding.related(&document.path, Some(other), "the other one"));
    }
}
