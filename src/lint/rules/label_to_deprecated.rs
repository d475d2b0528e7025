//! Rule `label-to-deprecated`: labels that hand out what should no longer be used.

use super::label_target_missing::{Target, handed_out};
use crate::{
    domain::{Diagnostic, Level, VersionState},
    files::{Document, Entity},
    lint::{Check, Context, Findings, Rule},
};

pub(super) static RULE: Rule = Rule {
    name: "label-to-deprecated",
    default: Level::Error,
    summary: "labels and variants that hand out a deprecated (a warning), yanked or revoked version",
    explanation: r#"
A deprecated version is handed out with a notice; a yanked one only to those who ask for its exact number; a revoked one
to nobody. So a label must not point to the last two, and should not point to the first.

Bad:
```yaml
labels: {production: 1.0.0}
yanked: {1.0.0: leaks ticket ids}
```
Good:
```yaml
labels: {production: 1.1.0}
yanked: {1.0.0: leaks ticket ids}
```
"#,
    breaks: false,
    check: Check::Each(check),
};

fn check(_: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some(Entity::Prompt(prompt)) = &document.entity else { return };
    for Target { pointer, number, is_key, who } in handed_out(prompt) {
        let (state, reason) = prompt.state(number);
        let what = match state {
            VersionState::Deprecated => "is deprecated",
            VersionState::Yanked => "is yanked and not handed out by labels",
            VersionState::Revoked => "is revoked and not handed out at all",
            _ => continue,
        };
        let span = if is_key { findings.key_at(document, &pointer) } else { findings.at(document, &pointer) };
        let message = format!("{who} hands out {number}, which {what}: {}", reason.unwrap_or_default());
        let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message);
        let finding = finding.help("move it to another version");
        let state_at = findings.key_at(document, &format!("/{}/{number}", state.as_str()));
        let finding = finding.related(&document.path, Some(state_at), format!("{} here", state.as_str()));
        findings.add(if state == VersionState::Deprecated { finding.warn() } else { finding });
    }
}
