//! Rule `orphan-file`: files that belong to nothing.

use crate::{
    domain::{Diagnostic, Level, Misplaced},
    files::Refusal,
    lint::{Check, Context, Findings, Rule},
};

pub(super) static RULE: Rule = Rule {
    name: "orphan-file",
    default: Level::Error,
    summary: "YAML files that belong to nothing, and prompts without a version (a warning)",
    explanation: r#"
A YAML file in one of the registry's folders is meant to do something. One that lies where nothing is read, or a version
without a `prompt.yaml` beside it, does nothing, and nobody would notice. Other files (README, images) are left alone.

Bad:
```text
prompts/support/reply/1.0.0.yaml
```
Good:
```text
prompts/support/reply/prompt.yaml
prompts/support/reply/1.0.0.yaml
```
"#,
    breaks: false,
    check: Check::Whole(check),
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for refused in &context.loaded.refused {
        if let Refusal::Misplaced(Misplaced::Orphan(reason)) = refused.reason {
            let message = format!("this file is not read: {reason}");
            let finding = Diagnostic::error(RULE.name, &refused.path, None, message);
            findings.add(finding.help("move, rename or delete it"));
        }
    }
    for folder in context.folders.values().flat_map(|folders| folders.values()) {
        match folder.prompt {
            None => {
                for version in folder.versions.values() {
                    let message = "this version belongs to no prompt: no prompt.yaml lies beside it";
                    let finding = Diagnostic::error(RULE.name, &version.path, None, message);
                    findings.add(finding.help("add a prompt.yaml to this folder, or delete the file"));
                }
            }
            Some(prompt) if folder.versions.is_empty() => {
                let message = "this prompt has no version, so there is nothing to hand out";
                let finding = Diagnostic::error(RULE.name, &prompt.path, None, message).warn();
                findings.add(finding.help("add its text as 1.0.0.yaml beside this file"));
            }
            Some(_) => {}
        }
    }
}
