//! Rule `unknown-policy`: safety policies that are not there.

use crate::{
    domain::{Diagnostic, Level, Location, PolicyName},
    files::{Document, Entity},
    lint::{Check, Context, Findings, Rule, rule::MOST, suggest},
};

pub(super) static RULE: Rule = Rule {
    name: "unknown-policy",
    default: Level::Error,
    summary: "safety policies that a prompt names and that are not under `policies/`",
    explanation: r#"
A prompt that names a safety policy in `policies` must satisfy it. One that is not there guards nothing, and nobody would
notice.

Bad:
```yaml
policies: [no-personal-dta]
```
Good:
```yaml
policies: [no-personal-data]   # there is a policies/no-personal-data.yaml
```
"#,
    breaks: false,
    check: Check::Each(check),
};

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some(Entity::Prompt(prompt)) = &document.entity else { return };
    let is_missing = |policy: &PolicyName| !context.lies(&Location::Policy(policy.clone()));
    for (i, policy) in prompt.policies.iter().enumerate().filter(|(_, policy)| is_missing(policy)).take(MOST) {
        let known = context.registry().policies.keys().map(AsRef::as_ref);
        let help = suggest::help(policy.as_str(), known, &format!("add policies/{policy}.yaml to make this one"));
        let span = findings.at(document, &format!("/policies/{i}"));
        let message = format!("there is no safety policy `{policy}`");
        findings.add(Diagnostic::error(RULE.name, &document.path, Some(span), message).help(help));
    }
}
