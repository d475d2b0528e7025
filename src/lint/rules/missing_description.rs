//! Rule `missing-description`: prompts that do not say what they do.

use crate::{
    domain::{Diagnostic, Level},
    files::{Document, Entity},
    lint::{Check, Context, Findings, Rule},
};

pub(super) static RULE: Rule = Rule {
    name: "missing-description",
    default: Level::Warn,
    summary: "prompts that do not say what they do",
    explanation: r#"
People find a prompt by what it says of itself, and clients such as editors and agents show the description to choose by.

Bad:
```yaml
display_name: Summarize a support ticket
```
Good:
```yaml
display_name: Summarize a support ticket
description: Turns a ticket thread into three sentences for the hand-over.
```
"#,
    breaks: false,
    check: Check::Each(check),
};

fn check(_: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some(Entity::Prompt(prompt)) = &document.entity else { return };
    let finding = match &prompt.description {
        Some(text) if !text.trim().is_empty() => return,
        Some(_) => {
            let span = findings.key_at(document, "/description");
            Diagnostic::error(RULE.name, &document.path, Some(span), "the description is empty")
        }
        None => Diagnostic::error(RULE.name, &document.path, None, "this prompt has no description"),
    };
    findings.add(finding.warn().help("add `description:` and, in a sentence, what the prompt does and for whom"));
}
