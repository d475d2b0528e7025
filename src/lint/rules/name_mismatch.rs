//! Rule `name-mismatch`: files and folders whose name cannot be a name.

use crate::{
    domain::{Diagnostic, Level, Misplaced, nearest_name},
    files::Refusal,
    lint::{Check, Context, Findings, Rule},
};

pub(super) static RULE: Rule = Rule {
    name: "name-mismatch",
    default: Level::Error,
    summary: "files and folders whose name is not a valid name or version number",
    explanation: r#"
A thing's name is the name of its file or folder, and names appear in addresses, so they are made of `a-z`, `0-9` and
single hyphens. Versions are named by their number. A file that is named otherwise is not read.

Bad:
```text
prompts/support/Summarize_Ticket/v1.yaml
```
Good:
```text
prompts/support/summarize-ticket/1.0.0.yaml
```
"#,
    breaks: false,
    check: Check::Whole(check),
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for refused in &context.loaded.refused {
        let Refusal::Misplaced(Misplaced::Name(error)) = &refused.reason else { continue };
        let finding = Diagnostic::error(RULE.name, &refused.path, None, error.to_string());
        let better = match error.what {
            "version number" => number(&error.text),
            _ => error.text.split('/').map(nearest_name).collect::<Option<Vec<_>>>().map(|parts| parts.join("/")),
        };
        findings.add(finding.help(match better {
            Some(better) => format!("the file is not read: rename it, for example to `{better}`"),
            None => "the file is not read: rename it".to_owned(),
        }));
    }
}

/// `v1` and `1.2` as the full numbers that are probably meant.
fn number(text: &str) -> Option<String> {
    let numbers = text.trim_start_matches('v').split('.').map(str::parse::<u64>).collect::<Result<Vec<_>, _>>().ok()?;
    (numbers.len() <= 3).then(|| {
        let part = |i: usize| numbers.get(i).copied().unwrap_or_default();
        format!("{}.{}.{}", part(0), part(1), part(2))
    })
}
