//! Rule `approved-version-changed`: versions that say something else than what was approved.

use super::APPROVED_VERSION_CHANGED;
use crate::{
    domain::{Diagnostic, Level},
    lint::{Approved, Breach, Change, Check, Context, Findings, Rule, base::Touched, context},
};
use std::sync::Arc;

pub(super) static RULE: Rule = Rule {
    name: APPROVED_VERSION_CHANGED,
    default: Level::Error,
    summary: "versions that no longer say what was approved under their number (with `--base`)",
    explanation: r#"
A version that reached the default branch is immutable for good: whoever pinned it relies on every word, and its digest is
in their lock files. The server keeps serving the content that was approved first, so the edit would reach nobody. What
counts is what the file says, notes and tests included; comments and formatting may change, and so may the collection that
the prompt lies in. A version that was never valid was never approved, and may be mended in place. Also a number whose
version was removed stays taken.

Put the file back, and make a new version of the change: `promptreg bump NAME`. To withdraw a version name it under
`yanked` or `revoked` in its `prompt.yaml`.

Bad:
```text
M  prompts/support/reply/1.1.0.yaml
```
Good:
```text
A  prompts/support/reply/1.2.0.yaml
```
"#,
    breaks: true,
    check: Check::Change(check),
};

fn check<'a>(context: &Context<'a>, change: &Change<'a>, findings: &mut Findings) {
    for Touched { name, number, document } in change.touched(context) {
        let Some(approved) = change.approved(name, number) else { continue };
        if context::version(document).is_some_and(|version| *version == *approved.version) {
            continue;
        }
        let back = put_back(approved, &document.path);
        let (message, help) = if change.before.version_file(name, number).is_some() {
            let help = format!(
                "put it back with {back}, and make a new version with `promptreg bump {name}`; to withdraw {number}, \
                 name it under `yanked` or `revoked` in prompt.yaml"
            );
            (Breach::Changed.message(), help)
        } else {
            let message = format!("{number} was approved with another content and then removed; that is still served");
            (
                message,
                format!("rename this file to the next number that is free, or put the old content back with {back}"),
            )
        };
        findings.add(Diagnostic::error(RULE.name, &document.path, None, message).help(help));
    }
}

/// The command that puts an approved content where it belongs.
pub(super) fn put_back(approved: &Approved, path: &Arc<str>) -> String {
    let commit = approved.commit.get(..12).unwrap_or(&approved.commit);
    if approved.path == *path {
        format!("`git checkout {commit} -- {path}`")
    } else {
        format!("`git show {commit}:{} > {path}`", approved.path)
    }
}
