//! Rule `variants-do-not-sum`: variants that do not share out what they seem to.

use crate::{
    domain::{ClientName, Diagnostic, LabelName, Level, Span, Variant},
    files::{Document, Entity},
    lint::{Check, Context, Findings, Rule},
};
use std::collections::HashMap;

pub(super) static RULE: Rule = Rule {
    name: "variants-do-not-sum",
    default: Level::Error,
    summary: "shares of a split that do not add up to 100, and variants that share nothing out (a warning)",
    explanation: r#"
The shares of a split are percent of the callers. Where they add up to something else, each stands for another percentage
than the one that is written: `{1.1.0: 90, 1.2.0: 20}` hands out 1.2.0 to 18 of 100 callers. Of two overrides for one
client the first holds. A split of one version and a share of 0 share nothing out, and are warnings.

Bad:
```yaml
variants:
  production: {split: {1.1.0: 90, 1.2.0: 20}}
```
Good:
```yaml
variants:
  production: {split: {1.1.0: 90, 1.2.0: 10}}
```
"#,
    breaks: false,
    check: Check::Each(check),
};

fn check(_: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some(Entity::Prompt(prompt)) = &document.entity else { return };
    for (label, variant) in &prompt.variants {
        split(document, label, variant, findings);
        overrides(document, label, variant, findings);
        if variant.split.is_empty() && variant.overrides.is_empty() {
            let span = findings.key_at(document, &format!("/variants/{label}"));
            let message = format!("the variant of `{label}` has neither a split nor overrides");
            findings.add(finding(document, span, message, "delete it, or say who gets which version").warn());
        }
    }
}

fn split(document: &Document, label: &LabelName, variant: &Variant, findings: &mut Findings) {
    let pointer = format!("/variants/{label}/split");
    let total: u64 = variant.split.values().map(|share| u64::from(*share)).sum();
    match variant.split.len() {
        0 => return,
        1 => {
            let span = findings.key_at(document, &pointer);
            let message = format!("the split of `{label}` has one version only");
            let help = format!("point the label at that version: `labels: {{{label}: …}}`; or add another version");
            findings.add(finding(document, span, message, help).warn());
            return;
        }
        _ if total != 100 => {
            let span = findings.at(document, &pointer);
            let message = format!("the shares of `{label}` add up to {total}, not to 100");
            findings.add(finding(document, span, message, remedy(variant, total)));
        }
        _ => {}
    }
    for number in variant.split.iter().filter(|(_, share)| **share == 0).map(|(number, _)| number) {
        let span = findings.at(document, &format!("{pointer}/{number}"));
        let message = format!("a share of 0 hands {number} out to nobody");
        findings.add(finding(document, span, message, "delete it, or give it a share").warn());
    }
}

/// What to do about shares that do not add up; the greatest gives or takes what is missing, where it can.
fn remedy(variant: &Variant, total: u64) -> String {
    let greatest = variant.split.iter().max_by_key(|(_, share)| **share);
    let mended = greatest.and_then(|(number, share)| {
        let share = (u64::from(*share) + 100).checked_sub(total).filter(|share| *share > 0)?;
        Some(format!("write percentages that add up to 100, for example `{number}: {share}`"))
    });
    mended.unwrap_or_else(|| "write percentages that add up to 100".to_owned())
}

fn overrides(document: &Document, label: &LabelName, variant: &Variant, findings: &mut Findings) {
    let mut taken: HashMap<&ClientName, usize> = HashMap::new();
    for (i, one) in variant.overrides.iter().enumerate() {
        let Some(first) = taken.get(&one.client) else {
            taken.insert(&one.client, i);
            continue;
        };
        let pointer = |i: usize| format!("/variants/{label}/overrides/{i}/client");
        let (span, other) = (findings.at(document, &pointer(i)), findings.at(document, &pointer(*first)));
        let message = format!("another override of `{label}` is for the client `{}`; the first holds", one.client);
        let finding = finding(document, span, message, "delete one of the two");
        findings.add(finding.related(&document.path, Some(other), "the first"));
    }
}

fn finding(document: &Document, span: Span, message: String, help: impl Into<String>) -> Diagnostic {
    Diagnostic::error(RULE.name, &document.path, Some(span), message).help(help)
}
