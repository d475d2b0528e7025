//! Rule `archived-in-use`: workflows and versions that use an archived prompt.

use crate::{
    domain::{Diagnostic, Level, Location, PromptFolder, PromptName, PromptStatus, WorkflowStatus},
    files::{Document, Entity},
    lint::{Check, Context, Findings, Rule, in_use::is_in_use},
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
    check: Check::Each(check),
};

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    match (&document.entity, &document.location) {
        (Some(Entity::Workflow(workflow)), _) if workflow.status != WorkflowStatus::Archived => {
            for (i, step) in workflow.steps.iter().enumerate() {
                if let Some(archived) = archived(context, &step.prompt.name) {
                    tell(context, document, archived, &format!("/steps/{i}/prompt"), findings);
                }
            }
        }
        (Some(Entity::Version(version)), Location::Version(_, name, number)) => {
            let found = version.uses.iter().filter_map(|(key, pin)| Some((key, archived(context, &pin.name)?)));
            for (key, partial) in found {
                let folder = context.registry().prompts.get(name);
                if folder.is_some_and(|folder| archived(context, name).is_none() && is_in_use(context, folder, number))
                {
                    tell(context, document, partial, &format!("/uses/{key}"), findings);
                }
            }
        }
        _ => {}
    }
}

/// The prompt of this name, if it is archived.
fn archived<'a>(context: &Context<'a>, name: &PromptName) -> Option<&'a PromptFolder> {
    let folder = context.registry().prompts.get(name).map(AsRef::as_ref);
    folder.filter(|folder: &&PromptFolder| folder.prompt.status == PromptStatus::Archived)
}

fn tell(context: &Context<'_>, document: &Document, archived: &PromptFolder, pointer: &str, findings: &mut Findings) {
    let span = findings.at(document, pointer);
    let message = format!("the prompt `{}` is archived", archived.name);
    let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message).warn();
    let finding = finding.help("use another prompt, or bring this one back with `status: active`");
    let file = context.document(&Location::Prompt(archived.collection.clone(), archived.name.clone()));
    findings.add(match file {
        Some(file) => finding.related(&file.path, Some(file.find("/status").value), "archived here"),
        None => finding,
    });
}
