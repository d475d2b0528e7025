//! Rule `policy-violation`: versions that do not satisfy a safety policy.

use crate::{
    domain::{
        Check as Demand, Diagnostic, Level, Location, Policy, PolicyName, PromptFolder, PromptName, Semver, Version,
        Which,
    },
    files::Document,
    lint::{
        Check, Context, Findings, Rule,
        in_use::in_use,
        policies::{Demands, Facts, Included, Violation, Where, included},
    },
};
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

pub(super) static RULE: Rule = Rule {
    name: "policy-violation",
    default: Level::Error,
    summary: "versions in use that do not satisfy a safety policy",
    explanation: r#"
A safety policy (`policies/<name>.yaml`) binds the prompts in or below its collections, those with one of its tags, those it
names, and those that name it. Its checks look at the text as it is written, with the text of every partial:

- `forbid_pattern`: no message, and no partial, matches the regular expression
- `require_pattern`: some message, or some partial, matches it
- `forbid_variable`: `input_schema` does not declare this variable
- `max_tokens`: all texts together are no longer than this estimate
- `require_policy_reviewer`: is about approvals, which are not in these files, and is not judged here

Judged are the versions in use: those that a label or a variant hands out, and the newest. An older version cannot be
mended, since a version never changes. To mend one that has landed make a new version (`promptreg bump`) and move the
label; yank or revoke the old one if it must not be used any more.

Bad:
```yaml
# policies/no-personal-data.yaml has `checks: [{forbid_pattern: '[0-9]{16}'}]`
content: "Answer like this: your card 4111111111111111 was charged."
```
Good:
```yaml
content: "Answer like this: your card ending in 1111 was charged."
```
"#,
    breaks: false,
    check: Check::Whole(check),
};

/// One version that a policy binds.
struct Bound<'a> {
    folder: &'a PromptFolder,
    number: &'a Semver,
    version: &'a Version,
    included: Vec<Included<'a>>,
}

fn check(context: &Context<'_>, findings: &mut Findings) {
    for (name, policy) in &context.registry().policies {
        let bound = bound(context, name, policy);
        if bound.is_empty() {
            continue;
        }
        let Some(document) = context.document(&Location::Policy(name.clone())) else { continue };
        for (one, violations) in judge(&Demands::new(policy), &bound) {
            for violation in violations {
                tell(context, (name, policy, document), one, &violation, findings);
            }
        }
    }
}

/// The versions in use that a policy binds, each with what it includes.
fn bound<'a>(context: &Context<'a>, name: &PolicyName, policy: &Policy) -> Vec<Bound<'a>> {
    let registry = context.registry();
    let folders = registry.listed().filter(|folder| policy.binds(name, folder));
    let versions = folders.flat_map(|folder| {
        let bound = move |(number, version)| Bound {
            folder,
            number,
            version,
            included: included(|pin| registry.pinned(pin).map(Arc::as_ref), version),
        };
        in_use(context, folder).into_iter().map(bound)
    });
    versions.collect()
}

/// The versions that violate a policy. Each text is looked at once, however many versions include it.
fn judge<'b, 'a>(demands: &Demands, bound: &'b [Bound<'a>]) -> Vec<(&'b Bound<'a>, Vec<Violation>)> {
    let partials: HashMap<_, _> =
        bound.iter().flat_map(|one| &one.included).map(|included| (included.key, included.version)).collect();
    let partials: Vec<_> = partials.into_iter().collect();
    let facts: HashMap<(&PromptName, &Semver), Facts> =
        partials.par_iter().map(|(key, version)| (*key, demands.facts(version))).collect();
    let judge = |one: &'b Bound<'a>| {
        let included: Vec<_> = one.included.iter().filter_map(|part| Some((*part, facts.get(&part.key)?))).collect();
        let violations = demands.judge(one.version, &demands.facts(one.version), &included);
        (!violations.is_empty()).then_some((one, violations))
    };
    bound.par_iter().filter_map(judge).collect()
}

fn tell(
    context: &Context<'_>,
    (name, policy, file): (&PolicyName, &Policy, &Document),
    bound: &Bound<'_>,
    violation: &Violation,
    findings: &mut Findings,
) {
    let folder = bound.folder;
    let location = Location::Version(folder.collection.clone(), folder.name.clone(), bound.number.clone());
    let (Some(document), Some(check)) = (context.document(&location), policy.checks.get(violation.check)) else {
        return;
    };
    if findings.is_full(RULE.name, document) {
        return;
    }
    let (span, message, help) = match (&violation.at, check) {
        (Where::Text(turn, span), _) => (
            findings.in_message(document, *turn, *span),
            format!("the safety policy `{name}` forbids this text"),
            "write it otherwise".to_owned(),
        ),
        (Where::Partial(partial, pin), _) => (
            findings.at(document, &format!("/uses/{partial}")),
            format!("`{pin}`, which is included here, has text that the safety policy `{name}` forbids"),
            "include another version of it, or take it out".to_owned(),
        ),
        (Where::Variable, Demand::ForbidVariable(variable)) => (
            findings.key_at(document, &format!("/input_schema/properties/{}", crate::lint::context::escape(variable))),
            format!("the safety policy `{name}` forbids the variable `{variable}`"),
            "take it out, or give it a name that says what it is".to_owned(),
        ),
        (Where::Missing, Demand::RequirePattern(pattern)) => (
            findings.texts(document),
            format!("the safety policy `{name}` requires a text that is not here"),
            format!("write, in any message, what matches `{}`", shown(pattern)),
        ),
        (Where::Tokens(count), Demand::MaxTokens(most)) => (
            findings.texts(document),
            format!("this is about {count} tokens, and the safety policy `{name}` allows {most}"),
            "shorten it, or what it includes".to_owned(),
        ),
        _ => return,
    };
    let help = format!("{help}; what has landed is mended in a new version: `promptreg bump {}`", folder.name);
    let mut finding = Diagnostic::error(RULE.name, &document.path, Some(span), message).help(help);
    if let Where::Partial(_, pin) = &violation.at
        && let Which::Exact(number) = &pin.which
        && let Some(partial) = context.version_file(&pin.name, number)
    {
        finding = finding.related(&partial.path, None, "the partial");
    }
    let at = findings.at(file, &format!("/checks/{}", violation.check));
    let why = policy.description.as_deref().map_or_else(|| "the check".to_owned(), shown);
    findings.add(finding.related(&file.path, Some(at), why));
}

/// The beginning of a text, on one line.
fn shown(text: &str) -> String {
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(160) {
        line.truncate(end);
        line.push('…');
    }
    line
}
