//! Rule `deprecated-in-use`: workflows and versions that use a version which should no longer be used.

use crate::{
    domain::{
        Diagnostic, Level, Location, PromptFolder, Selector, Semver, VersionState, Which, Workflow, WorkflowStatus,
    },
    files::{Document, Entity},
    lint::{
        Check, Context, Findings, Rule,
        in_use::{is_in_use, newest},
    },
};

pub(super) static RULE: Rule = Rule {
    name: "deprecated-in-use",
    default: Level::Warn,
    summary: "steps and partials of a deprecated or yanked version (a revoked partial is an error)",
    explanation: r#"
A deprecation says why a version should no longer be used. Who asks for it gets the notice; a workflow's step and a version
that includes it as a partial do not. A revoked version is handed out to nobody, and yet its text goes out with every
version that includes it. Looked at are the versions in use: those that a label or a variant hands out, and the newest. That
a label leads to such a version is told by `label-to-deprecated`.

Bad:
```yaml
uses: {house-tone: house-tone@1.0.0}   # deprecated: {1.0.0: too formal; use 1.1.0}
```
Good:
```yaml
uses: {house-tone: house-tone@1.1.0}
```
"#,
    breaks: false,
    check: Check::Each(check),
};

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    match (&document.entity, &document.location) {
        (Some(Entity::Workflow(workflow)), _) => steps(context, document, workflow, findings),
        (Some(Entity::Version(version)), Location::Version(_, name, number)) => {
            let said = version.uses.iter().filter_map(|(key, pin)| Some((key, withdrawal(context, pin)?)));
            for (key, withdrawal) in said {
                let folder = context.registry().prompts.get(name);
                if folder.is_some_and(|folder| is_in_use(context, folder, number)) {
                    tell(context, document, &withdrawal, &format!("/uses/{key}"), findings);
                }
            }
        }
        _ => {}
    }
}

fn steps(context: &Context<'_>, document: &Document, workflow: &Workflow, findings: &mut Findings) {
    if workflow.status == WorkflowStatus::Archived {
        return;
    }
    for (i, step) in workflow.steps.iter().enumerate() {
        // A step that leads to what is revoked leads nowhere, which is the complaint of another rule.
        match withdrawal(context, &step.prompt) {
            Some(found) if found.state != VersionState::Revoked => {
                tell(context, document, &found, &format!("/steps/{i}/prompt"), findings);
            }
            _ => {}
        }
    }
}

/// A version that is deprecated, yanked or revoked.
struct Withdrawal<'a> {
    folder: &'a PromptFolder,
    number: Semver,
    state: VersionState,
    reason: &'a str,
}

/// What is said of the version that a selector leads to other than by a label.
fn withdrawal<'a>(context: &Context<'a>, selector: &Selector) -> Option<Withdrawal<'a>> {
    let folder = context.registry().prompts.get(&selector.name)?;
    let number = number(context, selector)?;
    let (state, reason) = folder.prompt.state(&number);
    (state != VersionState::Approved).then(|| Withdrawal { folder, number, state, reason: reason.unwrap_or_default() })
}

fn tell(
    context: &Context<'_>,
    document: &Document,
    withdrawal: &Withdrawal<'_>,
    pointer: &str,
    findings: &mut Findings,
) {
    let Withdrawal { folder, number, state, reason } = withdrawal;
    let message = format!("`{}` {number} is {}: {reason}", folder.name, state.as_str());
    let span = findings.at(document, pointer);
    let mut finding = Diagnostic::error(RULE.name, &document.path, Some(span), message).help(help(context, withdrawal));
    if *state != VersionState::Revoked {
        finding = finding.warn();
    }
    if let Some(file) = context.document(&Location::Prompt(folder.collection.clone(), folder.name.clone())) {
        let at = file.find(&format!("/{}/{number}", state.as_str()));
        finding = finding.related(&file.path, at.key, format!("{} here", state.as_str()));
    }
    findings.add(finding);
}

/// The version that a selector leads to; none where a label leads there, or nothing does.
fn number(context: &Context<'_>, selector: &Selector) -> Option<Semver> {
    match &selector.which {
        Which::Exact(number) => Some(number.clone()),
        Which::Range(_) | Which::Digest(_) => Some(context.registry().resolve(selector).ok()?.number.clone()),
        Which::Default | Which::Label(_) => None,
    }
}

fn help(context: &Context<'_>, Withdrawal { folder, number, .. }: &Withdrawal<'_>) -> String {
    let is_better = |newest: &&Semver| *newest > number && folder.prompt.state(newest).0 == VersionState::Approved;
    match newest(context, folder).filter(is_better) {
        Some(newest) => format!("`{}@{newest}` is the newest that is not", folder.name),
        None => format!("use another version of `{}`, or another prompt", folder.name),
    }
}
