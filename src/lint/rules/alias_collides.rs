//! Rule `alias-collides`: former names that lead elsewhere.

use crate::{
    domain::{Diagnostic, Level, PromptName},
    files::{Document, Entity},
    lint::{Check, Context, Findings, Rule},
};
use std::collections::HashMap;

pub(super) static RULE: Rule = Rule {
    name: "alias-collides",
    default: Level::Error,
    summary: "an alias that is the name or an alias of another prompt, or the prompt's own name",
    explanation: r#"
Whoever asks for a former name (`aliases`) is sent to the prompt that has it now. The name of a prompt that there is goes
before any alias, and of two prompts with the same alias the first by name gets all who ask: so the other alias does
nothing, and callers get a prompt that they did not mean.

Bad:
```yaml
# prompts/reply/prompt.yaml, and there is a prompts/answer/prompt.yaml
aliases: [answer]
```
Good:
```yaml
# prompts/reply/prompt.yaml
aliases: [old-reply]
```
"#,
    breaks: false,
    check: Check::Whole(check),
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let mut taken: HashMap<&PromptName, &Document> = HashMap::new();
    for name in context.registry().prompts.keys() {
        for document in context.folders.get(name).into_iter().flat_map(|folders| folders.values()) {
            let Some(document) = document.prompt else { continue };
            let Some(Entity::Prompt(prompt)) = &document.entity else { continue };
            for (i, alias) in prompt.aliases.iter().enumerate() {
                let Some((message, help, other)) = fault(context, name, alias, taken.get(alias).copied()) else {
                    taken.insert(alias, document);
                    continue;
                };
                let span = findings.at(document, &format!("/aliases/{i}"));
                let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message).help(help);
                findings.add(match other {
                    Some(other) => finding.related(&other.path, None, "taken here"),
                    None => finding,
                });
            }
        }
    }
}

/// What is wrong with an alias of a prompt, what to do, and which other prompt has the name.
fn fault<'a>(
    context: &Context<'a>,
    name: &PromptName,
    alias: &PromptName,
    taken: Option<&'a Document>,
) -> Option<(String, &'static str, Option<&'a Document>)> {
    if alias == name {
        return Some((format!("`{alias}` is the prompt's own name"), "delete it: `aliases` holds former names", None));
    }
    let named = || context.folders.get(alias)?.values().find_map(|folder| folder.prompt);
    if let Some(other) = named() {
        let message = format!("`{alias}` is the name of another prompt, so this alias leads nobody here");
        return Some((message, "delete the alias: the name of a prompt that there is goes first", Some(other)));
    }
    let message = format!("another prompt has the alias `{alias}` already");
    Some((message, "delete the alias here or there: a name leads to one prompt", Some(taken?)))
}
