//! Rule `unknown-prompt`: prompts, versions and labels that a workflow or a policy names and that are not there.

use crate::{
    domain::{Diagnostic, Fix, Level, PromptName, Selector, Span, Unresolved, Which, slip},
    files::{Document, Entity},
    lint::{Check, Context, Findings, Rule, suggest},
};

pub(super) static RULE: Rule = Rule {
    name: "unknown-prompt",
    default: Level::Error,
    summary: "prompts that workflows and policies name and that are not there",
    explanation: r#"
A step of a workflow names a prompt, and a version or label of it. A run would fail at the first step that leads nowhere.

Bad:
```yaml
steps:
  - {id: summarize, prompt: sumarize-ticket:production}
```
Good:
```yaml
steps:
  - {id: summarize, prompt: summarize-ticket:production}
```
"#,
    breaks: false,
    check: Check::Each(check),
};

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    match &document.entity {
        Some(Entity::Workflow(workflow)) => {
            for (i, step) in workflow.steps.iter().enumerate() {
                let Some((message, help)) = leads_nowhere(context, &step.prompt) else { continue };
                let span = findings.at(document, &format!("/steps/{i}/prompt"));
                let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message);
                let fix = prompt_fix(context, document, span, &step.prompt);
                findings.add(Diagnostic { help, fix, ..finding });
            }
        }
        Some(Entity::Policy(policy)) => {
            for (i, name) in policy.selector.names.iter().enumerate() {
                if context.numbers(name).is_none() {
                    let span = findings.at(document, &format!("/selector/names/{i}"));
                    let message = format!("there is no prompt `{name}`");
                    let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message);
                    let fix = suggest::respelling(document, span, name.as_str(), prompts(context));
                    findings.add(Diagnostic { fix, ..finding.help(prompt_help(context, name)) });
                }
            }
        }
        _ => {}
    }
}

/// Why a selector leads nowhere, and what to do; broken files have complaints of their own.
fn leads_nowhere(context: &Context<'_>, selector: &Selector) -> Option<(String, Option<String>)> {
    let Some(numbers) = context.numbers(&selector.name) else {
        let message = format!("there is no prompt `{}`", selector.name);
        return Some((message, Some(prompt_help(context, &selector.name))));
    };
    let folder = context.registry().prompts.get(&selector.name)?;
    let is_broken = |which: &Which| match which {
        Which::Exact(number) => numbers.contains(number) && !folder.versions.contains_key(number),
        Which::Range(_) | Which::Digest(_) => numbers.len() > folder.versions.len(),
        // Where a label leads to is for the rules about labels.
        Which::Default => folder.prompt.labels.contains_key(&context.registry().default_label()),
        Which::Label(label) => folder.prompt.labels.contains_key(label),
    };
    match context.registry().resolve(selector) {
        Err(reason) if !is_broken(&selector.which) => Some((reason.to_string(), None)),
        _ => None,
    }
}

/// The fix of a selector whose prompt is misspelt, if what it names is there then.
pub(super) fn prompt_fix(context: &Context<'_>, document: &Document, span: Span, selector: &Selector) -> Option<Fix> {
    let name = selector.name.as_str();
    let meant = slip(name, prompts(context))?.parse().ok()?;
    context.registry().resolve(&Selector { name: meant, ..selector.clone() }).ok()?;
    suggest::respelling(document, span, name, prompts(context))
}

fn prompts<'a>(context: &Context<'a>) -> impl Iterator<Item = &'a str> {
    context.registry().prompts.keys().map(AsRef::as_ref)
}

/// What to do about a prompt that is not there.
pub(super) fn prompt_help(context: &Context<'_>, name: &PromptName) -> String {
    match context.registry().prompt(name) {
        Err(Unresolved::Renamed { new, .. }) => format!("it is called `{new}` now"),
        _ => {
            let known = context.registry().prompts.keys().map(AsRef::as_ref);
            suggest::help(name.as_str(), known, &format!("add it as a folder `{name}` under prompts/"))
        }
    }
}
