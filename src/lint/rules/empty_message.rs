//! Rule `empty-message`: messages that say nothing.

use crate::{
    domain::{Diagnostic, Level, Span},
    files::Document,
    lint::{Check, Context, Findings, Rule, context, texts::texts},
};

pub(super) static RULE: Rule = Rule {
    name: "empty-message",
    default: Level::Warn,
    summary: "messages without any text",
    explanation: r#"
A message of nothing but blanks is left out of what is rendered, or refused by the provider. Write what it should say, or
delete it.

Bad:
```yaml
messages:
  - role: system
    content: ""
  - role: user
    content: "{{question}}"
```
Good:
```yaml
messages:
  - role: user
    content: "{{question}}"
```
"#,
    breaks: false,
    check: Check::Each(check),
};

fn check(_: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some(version) = context::version(document) else { return };
    for (turn, role, _) in texts(version).filter(|(.., text)| text.trim().is_empty()) {
        if findings.is_full(RULE.name, document) {
            return;
        }
        let span = findings.in_message(document, turn, Span::default());
        let message = format!("this {role} message is empty");
        let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message).warn();
        findings.add(finding.help("write what it should say, or delete the message"));
    }
}
