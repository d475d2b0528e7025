//! Rule `unknown-workflow`: workflows that a hook names and that are not there.

use crate::{
    domain::{Diagnostic, Level, Location},
    files::{Document, Entity},
    lint::{Check, Context, Findings, Rule, suggest},
};

pub(super) static RULE: Rule = Rule {
    name: "unknown-workflow",
    default: Level::Error,
    summary: "workflows that hooks name and that are not under `workflows/`",
    explanation: r#"
A hook that names a workflow is told of the runs of that one alone. Where no workflow has the name, it is told of nothing,
and nobody notices.

Bad:
```yaml
workflow: triage            # the file is workflows/triage-ticket.yaml
```
Good:
```yaml
workflow: triage-ticket
```
"#,
    breaks: false,
    check: Check::Each(check),
};

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some(Entity::Hook(hook)) = &document.entity else { return };
    let Some(name) = &hook.workflow else { return };
    if context.lies(&Location::Workflow(name.clone())) {
        return;
    }
    let known = context.registry().workflows.keys().map(AsRef::as_ref);
    let make = format!("add workflows/{name}.yaml, or leave the key out to deliver the runs of all workflows");
    let span = findings.at(document, "/workflow");
    let finding = Diagnostic::error(RULE.name, &document.path, Some(span), format!("there is no workflow `{name}`"));
    findings.add(finding.help(suggest::help(name.as_str(), known, &make)));
}
