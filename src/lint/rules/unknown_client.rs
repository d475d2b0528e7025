//! Rule `unknown-client`: client configs that are not there.

use crate::{
    domain::{ClientName, Diagnostic, Level, Location},
    files::{Document, Entity},
    lint::{Check, Context, Findings, Rule, rule::MOST, suggest},
};

pub(super) static RULE: Rule = Rule {
    name: "unknown-client",
    default: Level::Error,
    summary: "clients that a variant names and that are not under `clients/`",
    explanation: r#"
An override hands out one version to one kind of client, which says who it is by the name of its config. A client of a name
that is not under `clients/` is refused, so nobody ever gets this version; and the client that was meant gets what everybody
gets.

Bad:
```yaml
variants:
  production:
    overrides: [{client: suport-desk, version: 1.2.0}]
```
Good:
```yaml
variants:
  production:
    overrides: [{client: support-desk, version: 1.2.0}]   # there is a clients/support-desk.yaml
```
"#,
    breaks: false,
    check: Check::Each(check),
};

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some(Entity::Prompt(prompt)) = &document.entity else { return };
    let is_missing = |client: &ClientName| !context.lies(&Location::Client(client.clone()));
    for (label, variant) in &prompt.variants {
        let clients = variant.overrides.iter().map(|one| &one.client).enumerate();
        for (i, client) in clients.filter(|(_, client)| is_missing(client)).take(MOST) {
            let known = context.registry().clients.keys().map(AsRef::as_ref);
            let help = suggest::help(client.as_str(), known, &format!("add clients/{client}.yaml to make this one"));
            let pointer = format!("/variants/{label}/overrides/{i}/client");
            let span = findings.at(document, &pointer);
            let message = format!("there is no client config `{client}`");
            findings.add(Diagnostic::error(RULE.name, &document.path, Some(span), message).help(help));
        }
    }
}
