//! Rule `invalid-pattern`: regular expressions of safety policies that cannot be used.

use crate::{
    domain::{Check as Demand, Diagnostic, Level},
    files::{Document, Entity},
    lint::{Check, Context, Findings, Rule, policies::Demands},
};

pub(super) static RULE: Rule = Rule {
    name: "invalid-pattern",
    default: Level::Error,
    summary: "regular expressions of a safety policy that cannot be used",
    explanation: r#"
Nothing is judged by a pattern that cannot be read, so the policy does not guard what it seems to. Patterns are matched in
time that grows with the text alone: look-arounds and back-references are not supported, and a pattern may not grow too
large. A policy has up to 100 patterns.

Bad:
```yaml
checks:
  - forbid_pattern: '(?!x)password'
```
Good:
```yaml
checks:
  - forbid_pattern: '(?i)\bpassword\b'
```
"#,
    breaks: false,
    check: Check::Each(check),
};

fn check(_: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some(Entity::Policy(policy)) = &document.entity else { return };
    for fault in Demands::new(policy).faults {
        let key = match policy.checks.get(fault.check) {
            Some(Demand::RequirePattern(_)) => "require_pattern",
            _ => "forbid_pattern",
        };
        let pointer = format!("/checks/{}/{key}", fault.check);
        let span = match fault.span {
            Some(within) => findings.within(document, &pointer, within),
            None => findings.at(document, &pointer),
        };
        findings.add(Diagnostic::error(RULE.name, &document.path, Some(span), fault.message).help(fault.help));
    }
}
