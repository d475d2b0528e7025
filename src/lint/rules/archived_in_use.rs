//! Rule `archived-in-use`: workflows and versions that use an archived prompt.

use crate::{
    domain::{Diagnostic, Level, PromptName, PromptStatus, WorkflowStatus},
    files::{Document, Entity},
    lint::{Check, Context, Findings, Rule, in_use::in_use},
};

pub(super) static RULE: Rule = Rule {
    name: "archived-in-use",
    default: Level::Warn,
    summary: "steps and partials of an archived prompt",
    explanation: r#"
An archived prompt is kept, left out of lists, and looked after by nobody. It still works in the workflows and versions that
use it. Let them use another, or bring the prompt back with `status: active`. Looked at are workflows that are not archived
themselves, and the versions in use of prompts that are not: those that a label or a variant hands out, and the newest.

Bad:
```yaml
steps:
  - {id: greet, prompt: old-greeting}   # its prompt.yaml has `status: archived`
```
Good:
```yaml
steps:
  - {id: greet, prompt: greeting}
```
"#,
    breaks: false,
    check: Check::Whole(check),
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let is_archived = |name: &PromptName| {
        let folder = context.registry().prompts.get(name);
        folder.is_some_and(|folder| folder.prompt.status == PromptStatus::Archived)
    };
    if !context.registry().prompts.keys().any(is_archived) {
        return;
    }
    for document in context.loaded.documents.values() {
        let Some(Entity::Workflow(workflow)) = &document.entity else { continue };
        if workflow.status == WorkflowStatus::Archived {
            continue;
        }
        for (i, step) in workflow.steps.iter().enumerate().filter(|(_, step)| is_archived(&step.prompt.name)) {
            tell(context, document, &format!("/steps/{i}/prompt"), &step.prompt.name, findings);
        }
    }
    for folder in context.registry().listed().filter(|folder| folder.prompt.status != PromptStatus::Archived) {
        for (number, version) in in_use(folder) {
            for (name, pin) in version.uses.iter().filter(|(_, pin)| is_archived(&pin.name)) {
                let Some(document) = context.version_file(&folder.name, number) else { continue };
                tell(context, document, &format!("/uses/{name}"), &pin.name, findings);
            }
        }
    }
}

fn tell(context: &Context<'_>, document: &Document, pointer: &str, name: &PromptName, findings: &mut Findings) {
    let span = findings.at(document, pointer);
    let message = format!("the prompt `{name}` is archived");
    let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message).warn();
    let finding = finding.help("use another prompt, or bring this one back with `status: active`");
    let folders = context.folders.get(name);
    let Some(file) = folders.and_then(|folders| folders.values().find_map(|folder| folder.prompt)) else {
        return findings.add(finding);
    };
    let at = findings.at(file, "/status");
    findings.add(finding.related(&file.path, Some(at), "archived here"));
}
