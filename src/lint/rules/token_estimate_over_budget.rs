//! Rule `token-estimate-over-budget`: versions that are larger than the registry wants prompts to be.

use crate::{
    domain::{Diagnostic, Level},
    files::Document,
    lint::{
        Check, Context, Findings, Rule, context,
        texts::{texts, whole},
    },
};

pub(super) static RULE: Rule = Rule {
    name: "token-estimate-over-budget",
    default: Level::Warn,
    summary: "versions whose texts come to more tokens than `[limits] tokens` of registry.toml",
    explanation: r#"
Every call pays for the whole prompt, in money and in time, and models follow long instructions worse. The budget is
`tokens` under `[limits]` in `registry.toml`, 32,000 where it is not set. Counted are the texts of a version with all
that they include, without the values of variables; the count is an estimate, for English and code within a tenth.

Bad:
```yaml
messages:
  - role: system
    content: |
      Answer from this handbook:
      … 200 pages …
```
Good:
```yaml
messages:
  - role: system
    content: |
      Answer from these pages of the handbook:
      {{pages}}
```
"#,
    breaks: false,
    check: Check::Each(check),
};

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some(version) = context::version(document) else { return };
    let budget = context.limits.tokens;
    // A token is a byte at least, so that most texts need not be looked at.
    let own: usize = texts(version).map(|(_, _, text)| text.len()).sum();
    if own <= budget && (version.uses.is_empty() || findings.whole(context, document).is_none_or(|w| w.bytes <= budget))
    {
        return;
    }
    let Some(found) = whole(context, document, true).map(|whole| whole.tokens).filter(|found| *found > budget) else {
        return;
    };
    let longest = texts(version).max_by_key(|(_, _, text)| text.len());
    let span = longest.map(|(turn, _, text)| {
        let line = text.find('\n').unwrap_or(text.len());
        findings.in_message(document, turn, crate::domain::Span::new(0, line))
    });
    let with = if version.uses.is_empty() { "" } else { " with all that it includes" };
    let message =
        format!("this version is about {} tokens{with}, and the budget is {}", grouped(found), grouped(budget));
    let help =
        "give what is not always needed as a variable, shorten it, or raise `tokens` under `[limits]` in registry.toml";
    findings.add(Diagnostic::error(RULE.name, &document.path, span, message).warn().help(help));
}

/// A number with a comma before each three of its digits.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
