//! Rule `permission-unknown`: words among a role's permissions that allow nothing.

use crate::{
    domain::{Diagnostic, Grant, Level, Permission, nearest},
    files::{Document, Entity},
    lint::{Check, Context, Findings, Rule, rule::MOST},
};

pub(super) static RULE: Rule = Rule {
    name: "permission-unknown",
    default: Level::Error,
    summary: "permissions of a role that do not exist",
    explanation: r#"
A permission that does not exist allows nothing; the others of the role count all the same. It is misspelt, or belongs to
another version of promptreg. The permissions are `read`, `read_drafts`, `propose`, `approve`, `merge`, `move_labels`,
`deprecate`, `run_workflows`, `record_usage`, `read_reports`, `read_audit`, `sync`, `manage_tokens` and `administer`.

Bad:
```yaml
permissions: [read, aprove]
```
Good:
```yaml
permissions: [read, approve]
```
"#,
    breaks: false,
    check: Check::Each(check),
};

fn check(_: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some(Entity::Role(role)) = &document.entity else { return };
    let words = role.permissions.iter().enumerate().filter_map(|(i, grant)| match grant {
        Grant::Known(_) => None,
        Grant::Unknown(word) => Some((i, word)),
    });
    for (i, word) in words.take(MOST) {
        let span = findings.at(document, &format!("/permissions/{i}"));
        let known = || Permission::ALL.iter().map(|permission| permission.as_str());
        let help = match nearest(word, known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there is {}", known().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")),
        };
        let message = format!("there is no permission `{word}`");
        findings.add(Diagnostic::error(RULE.name, &document.path, Some(span), message).help(help));
    }
}
