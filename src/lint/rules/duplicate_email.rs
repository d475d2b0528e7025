//! Rule `duplicate-email`: two users with one e-mail address.

use crate::{
    domain::{Diagnostic, Level, Location},
    files::{Document, Entity},
    lint::{Check, Context, Findings, Rule},
};
use std::collections::HashMap;

pub(super) static RULE: Rule = Rule {
    name: "duplicate-email",
    default: Level::Error,
    summary: "two active users with one e-mail address",
    explanation: r#"
The e-mail address tells whose a commit is, and who it is that signs in. Where two users have the same, that is anybody's
guess, and so is whether somebody approves their own change. Case does not count. Users with `is_active: false` do not
count either: a person who comes back may have a new file.

Bad:
```yaml
# users/ana.yaml
email: ana@example.com
# users/ana-silva.yaml
email: Ana@example.com
```
Good:
```yaml
# users/ana.yaml
email: ana@example.com
# users/ana-silva.yaml
email: ana@example.com
is_active: false
```
"#,
    breaks: false,
    check: Check::Whole(check),
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let mut taken: HashMap<String, &Document> = HashMap::new();
    for handle in context.registry().users.keys() {
        let Some(document) = context.document(&Location::User(handle.clone())) else { continue };
        let Some(Entity::User(user)) = &document.entity else { continue };
        if !user.is_active {
            continue;
        }
        let Some(other) = taken.insert(user.email.to_ascii_lowercase(), document) else { continue };
        let span = findings.at(document, "/email");
        let message = format!("another user has the address `{}` already", user.email);
        let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message);
        let finding =
            finding.help("give each user an address of their own, or set `is_active: false` on one of the two");
        let at = findings.at(other, "/email");
        findings.add(finding.related(&other.path, Some(at), "the other user"));
    }
}
