//! Rule `unknown-owner`: owners who are no users.

use crate::{
    domain::{Diagnostic, Level, Location},
    files::{Document, Entity},
    lint::{Check, Context, Findings, Rule, suggest},
};

pub(super) static RULE: Rule = Rule {
    name: "unknown-owner",
    default: Level::Error,
    summary: "an `owner` who is no user of the registry",
    explanation: r#"
The owner is who is asked when a prompt misbehaves. `owner` is a handle: the name of a file under `users/`.

Bad:
```yaml
owner: Ana Silva
```
Good:
```yaml
owner: ana        # there is a users/ana.yaml
```
"#,
    breaks: false,
    check: Check::Each(check),
};

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    let owner = match &document.entity {
        Some(Entity::Prompt(prompt)) => prompt.owner.as_ref(),
        Some(Entity::Workflow(workflow)) => workflow.owner.as_ref(),
        _ => None,
    };
    let Some(owner) = owner.filter(|owner| !context.lies(&Location::User((*owner).clone()))) else { return };
    let known = context.registry().users.keys().map(AsRef::as_ref);
    let help = suggest::help(owner.as_str(), known, &format!("add users/{owner}.yaml to make this one"));
    let message = format!("the owner `{owner}` is no user of this registry");
    let span = findings.at(document, "/owner");
    // Somebody else with a name that is near is for a person to choose.
    findings.add(Diagnostic::error(RULE.name, &document.path, Some(span), message).help(help));
}
