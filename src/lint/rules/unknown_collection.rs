//! Rule `unknown-collection`: collections in which no prompt lies.

use crate::{
    domain::{CollectionPath, Diagnostic, Level},
    files::{Document, Entity},
    lint::{Check, Context, Findings, Rule, rule::MOST, suggest},
};

pub(super) static RULE: Rule = Rule {
    name: "unknown-collection",
    default: Level::Warn,
    summary: "collections that a policy or a client names and that are not under `prompts/`",
    explanation: r#"
A safety policy binds the prompts in or below its collections, and a client's `default_filter` shows them. A collection
that is not there selects nothing: the policy guards nothing, the client sees nothing.

Bad:
```yaml
selector: {collections: [suport]}
```
Good:
```yaml
selector: {collections: [support]}   # there is a folder prompts/support/
```
"#,
    breaks: false,
    check: Check::Each(check),
};

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    let (pointer, paths): (_, &[CollectionPath]) = match &document.entity {
        Some(Entity::Client(client)) => ("/default_filter/collections", &client.default_filter.collections),
        Some(Entity::Policy(policy)) => ("/selector/collections", &policy.selector.collections),
        _ => return,
    };
    for (i, path) in paths.iter().enumerate().filter(|(_, path)| !is_there(context, path)).take(MOST) {
        let known = context.collections().iter().map(String::as_str);
        let help = suggest::help(path.as_str(), known, &format!("add a prompt under prompts/{path}/"));
        let span = findings.at(document, &format!("{pointer}/{i}"));
        let message = format!("there is no collection `{path}`");
        findings.add(Diagnostic::error(RULE.name, &document.path, Some(span), message).warn().help(help));
    }
}

/// Whether a collection, or one below it, is there.
fn is_there(context: &Context<'_>, path: &CollectionPath) -> bool {
    let (there, below) = (context.collections(), format!("{path}/"));
    there.contains(path.as_str())
        || there.range(below.clone()..).next().is_some_and(|next| next.starts_with(below.as_str()))
}
