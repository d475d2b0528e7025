//! Rule `prompt-removed`: prompts that a change takes away, or gives another name without keeping the old one.

use crate::{
    domain::{Diagnostic, Level, Location, PromptName},
    lint::{Change, Check, Context, Findings, Rule},
};
use std::collections::HashSet;

pub(super) static RULE: Rule = Rule {
    name: "prompt-removed",
    default: Level::Warn,
    summary: "prompts that a change takes away; an error where one was given another name (with `--base`)",
    explanation: r#"
Whoever asks for a prompt that was taken away is told that it is gone. A prompt that is no longer wanted gets
`status: archived`: it is left out of lists, and goes on being served to those who ask for it. A prompt's name never
changes without a trace: where its folder gets another name, the old one stays as an alias, and who asks for it is
sent on. A removal that is meant is let through by `prompt-removed = "off"` in `registry.toml`.

Bad:
```text
R  prompts/support/reply/prompt.yaml -> prompts/support/answer/prompt.yaml
```
Good:
```yaml
# prompts/support/answer/prompt.yaml
aliases: [reply]
```
"#,
    breaks: false,
    check: Check::Change(check),
};

fn check<'a>(context: &Context<'a>, change: &Change<'a>, findings: &mut Findings) {
    for path in &change.base.changed {
        let Some(was) = change.base.loaded.documents.get(path) else { continue };
        let Location::Prompt(_, name) = &was.location else { continue };
        let stayed = context.folders.get(name).is_some_and(|folders| folders.values().any(|it| it.prompt.is_some()));
        if stayed || context.registry().prompts.values().any(|folder| folder.prompt.aliases.contains(name)) {
            continue;
        }
        findings.add(match renamed(context, change, name) {
            Some(new) => {
                let message =
                    format!("the prompt `{name}` is called `{new}` now, and who asks for `{name}` gets nothing");
                Diagnostic::error(RULE.name, path, None, message)
                    .help(format!("add `aliases: [{name}]` to the prompt.yaml of `{new}`, or keep the name"))
            }
            None => {
                let message = format!("the prompt `{name}` is taken away, and who asks for it is told that it is gone");
                Diagnostic::error(RULE.name, path, None, message)
                    .warn()
                    .help("`status: archived` in its prompt.yaml leaves it out of lists and keeps serving it")
            }
        });
    }
}

/// The new prompt that hands out what the old one did.
fn renamed<'a>(context: &Context<'a>, change: &Change<'a>, old: &PromptName) -> Option<&'a PromptName> {
    let known: HashSet<_> = change.before.registry().digests_of(old).into_values().collect();
    let new = context.registry().prompts.keys().filter(|name| !change.before.folders.contains_key(name));
    new.into_iter().find(|name| context.registry().digests_of(name).into_values().any(|digest| known.contains(&digest)))
}
