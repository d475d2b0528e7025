//! Rule `workflow-never-runs`: published workflows that nothing starts.

use crate::{
    domain::{Diagnostic, Level, WorkflowStatus},
    files::{Document, Entity},
    lint::{Check, Context, Findings, Rule},
};

pub(super) static RULE: Rule = Rule {
    name: "workflow-never-runs",
    default: Level::Warn,
    summary: "published workflows without a trigger",
    explanation: r#"
A workflow is started by one of its triggers; `manual` stands for a person or a program that asks. A published workflow
that has none looks as if it ran.

Bad:
```yaml
status: published
steps:
  - {id: summarize, prompt: summarize-ticket:production}
```
Good:
```yaml
status: published
triggers:
  - {id: by-hand, type: manual}
steps:
  - {id: summarize, prompt: summarize-ticket:production}
```
"#,
    breaks: false,
    check: Check::Each(check),
};

fn check(_: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some(Entity::Workflow(workflow)) = &document.entity else { return };
    if workflow.status == WorkflowStatus::Published && workflow.triggers.is_empty() {
        let span = findings.at(document, "/status");
        let message = "this workflow is published, and no trigger starts it";
        let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message).warn();
        findings.add(finding.help("add `triggers: [{id: by-hand, type: manual}]`, or write `status: draft`"));
    }
}
