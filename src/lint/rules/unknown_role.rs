//! Rule `unknown-role`: roles and approvers that are not there.

use crate::{
    domain::{ApprovalPolicy, Diagnostic, LabelSettings, Level, Location, RoleName, Settings},
    files::{Document, Entity},
    lint::{Check, Context, Findings, Rule, rule::MOST, suggest},
};

pub(super) static RULE: Rule = Rule {
    name: "unknown-role",
    default: Level::Error,
    summary: "roles that are not under `roles/`, and approvers who are no users",
    explanation: r#"
What somebody may do follows from the roles of their `users/<handle>.yaml`, each a file under `roles/`. A role that is not
there allows nothing; and where `registry.toml` asks for an approver who is not there, nobody can approve. A registry
without any file under `roles/` is not judged.

Bad:
```yaml
# users/ben.yaml
roles: [aprover]
```
Good:
```yaml
# users/ben.yaml
roles: [approver]   # there is a roles/approver.yaml
```
"#,
    breaks: false,
    check: Check::Each(check),
};

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    match &document.entity {
        Some(Entity::User(user)) => roles(context, document, "/roles", &user.roles, findings),
        Some(Entity::Registry(settings)) => approval(context, document, settings, findings),
        _ => {}
    }
}

fn approval(context: &Context<'_>, document: &Document, settings: &Settings, findings: &mut Findings) {
    // What nobody wrote is not to be mended in this file.
    if settings.approval.roles != ApprovalPolicy::default().roles {
        roles(context, document, "/approval/roles", &settings.approval.roles, findings);
    }
    if settings.labels.protected_roles != LabelSettings::default().protected_roles {
        roles(context, document, "/labels/protected_roles", &settings.labels.protected_roles, findings);
    }
    let rules = settings.approval.paths.iter().enumerate();
    let approvers = rules.flat_map(|(i, rule)| rule.approvers.iter().enumerate().map(move |(j, one)| (i, j, one)));
    for (i, j, approver) in approvers.filter(|(_, _, approver)| is_nobody(context, approver)).take(MOST) {
        let pointer = format!("/approval/paths/{i}/approvers/{j}");
        match approver.strip_prefix("role:").and_then(|name| name.parse().ok()) {
            Some(name) => role(context, document, &pointer, &name, findings),
            None => user(context, document, &pointer, approver, findings),
        }
    }
}

fn is_nobody(context: &Context<'_>, approver: &str) -> bool {
    let location = match approver.strip_prefix("role:") {
        Some(_) if !context.has_roles() => return false,
        Some(name) => name.parse().map(Location::Role),
        None => approver.parse().map(Location::User),
    };
    location.is_ok_and(|location| !context.lies(&location))
}

fn roles(context: &Context<'_>, document: &Document, pointer: &str, roles: &[RoleName], findings: &mut Findings) {
    if !context.has_roles() {
        return;
    }
    let is_missing = |name: &RoleName| !context.lies(&Location::Role(name.clone()));
    for (i, name) in roles.iter().enumerate().filter(|(_, name)| is_missing(name)).take(MOST) {
        role(context, document, &format!("{pointer}/{i}"), name, findings);
    }
}

fn role(context: &Context<'_>, document: &Document, pointer: &str, name: &RoleName, findings: &mut Findings) {
    let known = context.registry().roles.keys().map(AsRef::as_ref);
    let help = suggest::help(name.as_str(), known, &format!("add roles/{name}.yaml to make this one"));
    let message = format!("there is no role `{name}`");
    let span = findings.at(document, pointer);
    findings.add(Diagnostic::error(RULE.name, &document.path, Some(span), message).help(help));
}

fn user(context: &Context<'_>, document: &Document, pointer: &str, handle: &str, findings: &mut Findings) {
    let span = findings.at(document, pointer);
    let finding = |message: String| Diagnostic::error(RULE.name, &document.path, Some(span), message);
    if context.registry().roles.contains_key(handle) {
        let message = format!("the approver `{handle}` is a role and no user");
        findings.add(finding(message).help(format!("write `role:{handle}`")));
        return;
    }
    let known = context.registry().users.keys().map(AsRef::as_ref);
    let help = suggest::help(handle, known, &format!("add users/{handle}.yaml to make this one"));
    findings.add(finding(format!("the approver `{handle}` is no user of this registry")).help(help));
}
