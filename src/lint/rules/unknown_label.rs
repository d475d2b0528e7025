//! Rule `unknown-label`: labels that lead to nothing.

use crate::{
    domain::{ClientConfig, Diagnostic, LabelName, Level, Prompt},
    files::{Document, Entity},
    lint::{Check, Context, Findings, Rule, rule::MOST, suggest},
};

pub(super) static RULE: Rule = Rule {
    name: "unknown-label",
    default: Level::Error,
    summary: "variants of a label that the prompt does not have, and filters by a label that none has (a warning)",
    explanation: r#"
A variant shares out the callers of a label. Where the prompt has no such label nobody gets there: whoever asks for it is
told that it does not exist. A client whose `default_filter` names a label that no prompt has sees nothing.

Bad:
```yaml
labels: {production: 1.1.0}
variants:
  prod: {split: {1.1.0: 90, 1.2.0: 10}}
```
Good:
```yaml
labels: {production: 1.1.0}
variants:
  production: {split: {1.1.0: 90, 1.2.0: 10}}
```
"#,
    breaks: false,
    check: Check::Each(check),
};

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    match &document.entity {
        Some(Entity::Prompt(prompt)) => variants(document, prompt, findings),
        Some(Entity::Client(client)) => filters(context, document, client, findings),
        _ => {}
    }
}

fn variants(document: &Document, prompt: &Prompt, findings: &mut Findings) {
    for label in prompt.variants.keys().filter(|label| !prompt.labels.contains_key(*label)).take(MOST) {
        let span = findings.key_at(document, &format!("/variants/{label}"));
        let message = format!("this prompt has no label `{label}`, so its variant is never handed out");
        let known = prompt.labels.keys().map(AsRef::as_ref);
        let make = format!("add it to `labels` with the version that callers without a `key` get: `{label}: 1.0.0`");
        let help = suggest::help(label.as_str(), known, &make);
        findings.add(Diagnostic::error(RULE.name, &document.path, Some(span), message).help(help));
    }
}

fn filters(context: &Context<'_>, document: &Document, client: &ClientConfig, findings: &mut Findings) {
    let default = context.registry().default_label();
    let is_known = |label: &LabelName| *label == default || context.labels().contains(label.as_str());
    for (i, label) in client.default_filter.labels.iter().enumerate().filter(|(_, label)| !is_known(label)).take(MOST) {
        let span = findings.at(document, &format!("/default_filter/labels/{i}"));
        let message = format!("no prompt has the label `{label}`, so this lets nothing through");
        let known = context.labels().iter().map(String::as_str);
        let help = suggest::help(label.as_str(), known, "add the label to a prompt, or take it out here");
        findings.add(Diagnostic::error(RULE.name, &document.path, Some(span), message).warn().help(help));
    }
}
