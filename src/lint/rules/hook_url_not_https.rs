//! Rule `hook-url-not-https`: hooks whose target cannot be trusted with a result.

use crate::{
    domain::{Diagnostic, Hook, HookType, Level},
    files::{Document, Entity},
    lint::{Check, Context, Findings, Rule},
};
use std::net::IpAddr;

pub(super) static RULE: Rule = Rule {
    name: "hook-url-not-https",
    default: Level::Error,
    summary: "hooks that deliver over plain http, to no real address, or with a password in the URL",
    explanation: r#"
What a workflow answers may be anything that its callers wrote, and it travels with a token. So it is delivered over
https; plain http is only for this machine itself (`localhost`, `127.0.0.1`, `[::1]`). A name and password before the
host would be a secret in a file: it belongs into an environment variable that `auth_token` names.

Bad:
```yaml
type: webhook
target_url: http://bot:s3cret@desk.example.com/hooks/triage
```
Good:
```yaml
type: webhook
target_url: https://desk.example.com/hooks/triage
auth_token: {env: DESK_TOKEN}
```
"#,
    breaks: false,
    check: Check::Each(check),
};

fn check(_: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some(Entity::Hook(hook)) = &document.entity else { return };
    let Some((shown, message, help)) = wrong(hook) else { return };
    // Where the URL holds a secret, the line that would be shown does too.
    let span = shown.then(|| findings.at(document, "/target_url"));
    findings.add(Diagnostic::error(RULE.name, &document.path, span, message).help(help));
}

/// Whether the URL may be shown, what is wrong with it, and what to do.
fn wrong(hook: &Hook) -> Option<(bool, String, String)> {
    let url = hook.target_url.as_str();
    if hook.r#type == HookType::Email {
        let domain = url.rsplit('@').next().unwrap_or_default();
        let help = "write one that can receive mail, such as mailto:team@example.org".to_owned();
        return (!is_domain(domain)).then(|| (true, format!("`{domain}` is no domain that mail can be sent to"), help));
    }
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    if authority.contains('@') {
        let message = "`target_url` holds a user or a password, which is a secret in a file".to_owned();
        let help =
            "take it out, name its environment variable in `auth_token: {env: …}`, and change it: history keeps it";
        return Some((false, message, help.to_owned()));
    }
    let host = host(authority);
    if host.is_empty() {
        return Some((true, "this URL names no host".into(), "write one such as https://example.org/hook".into()));
    }
    if scheme.eq_ignore_ascii_case("https") || is_here(host) {
        return None;
    }
    let help = format!("write https://{rest}");
    Some((true, format!("results would travel to `{host}` unencrypted"), help))
}

/// The host without its port.
fn host(authority: &str) -> &str {
    match authority.strip_prefix('[') {
        Some(inner) => inner.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    }
}

/// Whether a host is the machine itself.
fn is_here(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        let inner = |c: char| c.is_alphanumeric() || c == '-';
        !label.is_empty() && label.chars().all(inner) && !label.starts_with('-') && !label.ends_with('-')
    };
    domain.contains('.') && domain.split('.').all(is_label)
}
