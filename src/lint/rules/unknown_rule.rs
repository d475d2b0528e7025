//! Rule `unknown-rule`: names of rules that there are not.

use super::{RULES, UNKNOWN_RULE};
use crate::{
    domain::{Diagnostic, Fix, Level, Span},
    files::{Document, Entity},
    lint::{Check, Context, Findings, Rule, context, suggest},
};

pub(super) static RULE: Rule = Rule {
    name: UNKNOWN_RULE,
    default: Level::Error,
    summary: "names of rules that do not exist, in `registry.toml` and in ignore comments",
    explanation: r#"
A level or an ignore comment for a rule that does not exist does nothing. The errors of some rules mean that a file cannot
be served: setting those to `off` or `warn` does nothing either, and is a warning.

Bad:
```toml
[lint]
unused-variables = "off"
```
Good:
```toml
[lint]
unused-variable = "off"
```
"#,
    breaks: false,
    check: Check::Each(check),
};

fn check(_: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some(Entity::Registry(settings)) = &document.entity else { return };
    for (name, level) in &settings.lint {
        let known = RULES.iter().find(|rule| rule.name == name);
        if known.is_some_and(|rule| !rule.breaks || *level == Level::Error) {
            continue;
        }
        let span = findings.key_at(document, &format!("/lint/{}", context::escape(name)));
        let finding = |message: String| Diagnostic::error(UNKNOWN_RULE, &document.path, Some(span), message);
        if known.is_some() {
            let message = format!("the errors of `{name}` stay errors: they mean that a file cannot be served");
            findings.add(finding(message).warn().help("delete this line, and mend the files"));
        } else {
            let finding = finding(format!("there is no rule `{name}`")).help(rule_help(name));
            findings.add(Diagnostic { fix: rule_fix(document, span, name), ..finding });
        }
    }
}

/// The fix of a rule's name that is misspelt.
pub(in crate::lint) fn rule_fix(document: &Document, span: Span, name: &str) -> Option<Fix> {
    suggest::respelling(document, span, name, RULES.iter().map(|rule| rule.name))
}

/// What to do about a rule's name that is none.
pub(in crate::lint) fn rule_help(name: &str) -> String {
    suggest::help(name, RULES.iter().map(|rule| rule.name), "`promptreg lint --explain RULE` explains each")
}
