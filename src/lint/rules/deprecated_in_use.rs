//! Rule `deprecated-in-use`: workflows and versions that use a version which should no longer be used.

use crate::{
    domain::{Diagnostic, Level, PromptName, Selector, Semver, VersionState, Which, Workflow, WorkflowStatus},
    files::{Document, Entity},
    lint::{
        Check, Context, Findings, Rule,
        in_use::{in_use, newest},
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
    check: Check::Whole(check),
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for document in context.loaded.documents.values() {
        if let Some(Entity::Workflow(workflow)) = &document.entity {
            steps(context, document, workflow, findings);
        }
    }
    for folder in context.registry().listed() {
        if folder.versions.values().all(|version| version.uses.is_empty()) {
            continue;
        }
        for (number, version) in in_use(folder) {
            let Some(document) = context.version_file(&folder.name, number) else { continue };
            for (name, pin) in &version.uses {
                if let Some(finding) = deprecated(context, document, pin, &format!("/uses/{name}"), findings) {
                    findings.add(finding);
                }
            }
        }
    }
}

fn steps(context: &Context<'_>, document: &Document, workflow: &Workflow, findings: &mut Findings) {
    if workflow.status == WorkflowStatus::Archived {
        return;
    }
    for (i, step) in workflow.steps.iter().enumerate() {
        let is_revoked = |finding: &Diagnostic| finding.severity == Level::Error;
        let finding = deprecated(context, document, &step.prompt, &format!("/steps/{i}/prompt"), findings);
        // A step that leads to what is revoked leads nowhere, which is the complaint of another rule.
        if let Some(finding) = finding.filter(|finding| !is_revoked(finding)) {
            findings.add(finding);
        }
    }
}

/// The complaint about a selector that leads to a deprecated, yanked or revoked version other than by a label.
fn deprecated(
    context: &Context<'_>,
    document: &Document,
    selector: &Selector,
    pointer: &str,
    findings: &mut Findings,
) -> Option<Diagnostic> {
    let (name, number) = (&selector.name, number(context, selector)?);
    let folder = context.registry().prompts.get(name)?;
    let (state, reason) = folder.prompt.state(&number);
    if state == VersionState::Approved {
        return None;
    }
    let message = format!("`{name}` {number} is {}: {}", state.as_str(), reason.unwrap_or_default());
    let span = findings.at(document, pointer);
    let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message).help(help(context, name, &number));
    let file = context.folders.get(name).and_then(|folders| folders.get(&folder.collection.as_ref())?.prompt);
    let finding = match file {
        Some(file) => {
            let at = findings.key_at(file, &format!("/{}/{number}", state.as_str()));
            finding.related(&file.path, Some(at), format!("{} here", state.as_str()))
        }
        None => finding,
    };
    Some(if state == VersionState::Revoked { finding } else { finding.warn() })
}

/// The version that a selector leads to; none where a label leads there, or nothing does.
fn number(context: &Context<'_>, selector: &Selector) -> Option<Semver> {
    match &selector.which {
        Which::Exact(number) => Some(number.clone()),
        Which::Range(_) | Which::Digest(_) => Some(context.registry().resolve(selector).ok()?.number.clone()),
        Which::Default | Which::Label(_) => None,
    }
}

fn help(context: &Context<'_>, name: &PromptName, number: &Semver) -> String {
    let folder = context.registry().prompts.get(name);
    let fit = folder.and_then(|folder| {
        let newest = newest(folder)?;
        let is_better = newest > number && folder.prompt.state(newest).0 == VersionState::Approved;
        is_better.then(|| format!("`{name}@{newest}` is the newest that is not"))
    });
    fit.unwrap_or_else(|| format!("use another version of `{name}`, or another prompt"))
}
