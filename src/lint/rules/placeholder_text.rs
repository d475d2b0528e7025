//! Rule `placeholder-text`: texts of a scaffold that nobody replaced.

use crate::{
    domain::{Diagnostic, Level},
    files::{Document, Entity},
    lint::{Check, Context, Findings, Rule},
};

pub(super) static RULE: Rule = Rule {
    name: "placeholder-text",
    default: Level::Warn,
    summary: "descriptions, addresses and URLs that only hold a place",
    explanation: r#"
`promptreg new` writes files with texts that hold a place until you write your own. Left as they are they tell nobody
anything, and an address or URL of nobody's leads nowhere. The same goes for a description that says `TODO`.

Bad:
```yaml
description: Say in a sentence what it does, and for whom.
```
Good:
```yaml
description: Turns a ticket thread into three sentences for the hand-over.
```
"#,
    breaks: false,
    check: Check::Each(check),
};

/// What `promptreg new` writes, and what people write who mean to come back.
const DESCRIPTIONS: [&str; 14] = [
    "Say in a sentence what it does, and for whom.",
    "Say in a sentence what belongs here.",
    "Say which client this is for.",
    "Say who should have it.",
    "Say what it guards, and why.",
    "todo",
    "tbd",
    "fixme",
    "xxx",
    "...",
    "…",
    "description",
    "description here",
    "add a description",
];
const EMAIL: &str = "name@example.com";
const HOOK: &str = "https://example.com/hooks/promptreg";

fn check(_: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some(entity) = &document.entity else { return };
    let description = match entity {
        Entity::Prompt(prompt) => prompt.description.as_ref(),
        Entity::Collection(collection) => collection.description.as_ref(),
        Entity::Workflow(workflow) => workflow.description.as_ref(),
        Entity::Client(client) => client.description.as_ref(),
        Entity::Hook(hook) => hook.description.as_ref(),
        Entity::Role(role) => role.description.as_ref(),
        Entity::Policy(policy) => policy.description.as_ref(),
        _ => None,
    };
    if description.is_some_and(|text| DESCRIPTIONS.iter().any(|held| text.trim().eq_ignore_ascii_case(held))) {
        tell(document, "/description", "this description only holds a place", "say what it is for", findings);
    }
    match entity {
        Entity::User(user) if user.email == EMAIL => {
            tell(
                document,
                "/email",
                "this address is nobody's",
                "write the address that the user's commits have",
                findings,
            );
        }
        Entity::Hook(hook) if hook.target_url == HOOK => {
            tell(
                document,
                "/target_url",
                "this URL only holds a place",
                "write the URL that takes the results",
                findings,
            );
        }
        _ => {}
    }
}

fn tell(document: &Document, pointer: &str, message: &str, help: &str, findings: &mut Findings) {
    let span = findings.at(document, pointer);
    findings.add(Diagnostic::error(RULE.name, &document.path, Some(span), message).warn().help(help));
}
