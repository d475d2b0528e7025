//! Rule `fallback-to-itself`: model profiles that fall back on themselves.

use crate::{
    domain::{Diagnostic, Level, Location},
    files::{Document, Entity},
    lint::{Check, Context, Findings, Rule},
};

pub(super) static RULE: Rule = Rule {
    name: "fallback-to-itself",
    default: Level::Warn,
    summary: "model profiles that name themselves as a fallback",
    explanation: r#"
A fallback is tried where a model fails. The same model fails again, and the wait is longer: a step's `retries` are for
that. Two profiles may be each other's fallback.

Bad:
```yaml
# models/fast.yaml
fallback: [fast, careful]
```
Good:
```yaml
# models/fast.yaml
fallback: [careful]
```
"#,
    breaks: false,
    check: Check::Each(check),
};

fn check(_: &Context<'_>, document: &Document, findings: &mut Findings) {
    let (Some(Entity::Model(model)), Location::Model(name)) = (&document.entity, &document.location) else { return };
    if let Some(i) = model.fallback.iter().position(|fallback| fallback == name) {
        let span = findings.at(document, &format!("/fallback/{i}"));
        let message = format!("`{name}` falls back on itself");
        let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message).warn();
        findings.add(finding.help("name another profile, or give a workflow's step `retries`"));
    }
}
