//! Rule `unknown-tag`: tags that `tags.yaml` does not list.

use crate::{
    domain::{Diagnostic, Level, TagName},
    files::{Document, Entity},
    lint::{Check, Context, Findings, Rule, suggest},
};

pub(super) static RULE: Rule = Rule {
    name: "unknown-tag",
    default: Level::Error,
    summary: "tags that `tags.yaml` does not list",
    explanation: r#"
Where there is a `tags.yaml`, it is the list of all tags, so that one idea has one tag. Without that file any tag is
allowed.

Bad:
```yaml
tags: [suport]
```
Good:
```yaml
tags: [support]   # tags.yaml has `support: {}`
```
"#,
    breaks: false,
    check: Check::Each(check),
};

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some(known) = &context.registry().tags else { return };
    let (pointer, tags): (_, &[TagName]) = match &document.entity {
        Some(Entity::Prompt(prompt)) => ("/tags", &prompt.tags),
        Some(Entity::Client(client)) => ("/default_filter/tags", &client.default_filter.tags),
        Some(Entity::Policy(policy)) => ("/selector/tags", &policy.selector.tags),
        _ => return,
    };
    for (i, tag) in tags.iter().enumerate().filter(|(_, tag)| !known.contains_key(*tag)) {
        if findings.is_full(RULE.name, document) {
            return;
        }
        let names = known.keys().map(AsRef::as_ref);
        let help = suggest::help(tag.as_str(), names, &format!("add `{tag}: {{}}` to tags.yaml to make it one"));
        let message = format!("`{tag}` is not among the tags of tags.yaml");
        let span = findings.at(document, &format!("{pointer}/{i}"));
        let fix = suggest::respelling(document, span, tag.as_str(), known.keys().map(AsRef::as_ref));
        let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message).help(help);
        findings.add(Diagnostic { fix, ..finding });
    }
}
