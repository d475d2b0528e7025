//! Rule `approved-version-removed`: versions that were approved and are gone.

use super::{APPROVED_VERSION_REMOVED, approved_version_changed::put_back};
use crate::{
    domain::{Diagnostic, Level, Location},
    lint::{Breach, Change, Check, Context, Findings, Rule},
};

pub(super) static RULE: Rule = Rule {
    name: APPROVED_VERSION_REMOVED,
    default: Level::Error,
    summary: "approved versions whose files were removed (with `--base`)",
    explanation: r#"
A version that reached the default branch is immutable for good: somebody may have pinned it, and the server keeps serving
it. To withdraw a version say so in `prompt.yaml`, with a reason: `deprecated` serves it with a notice, `yanked` only to
those who ask for its exact number, `revoked` to nobody. A prompt that is no longer wanted gets `status: archived`. To take
away a whole folder, `prompt.yaml` and all, is the matter of `prompt-removed`.

Bad:
```text
D  prompts/support/reply/1.1.0.yaml
```
Good:
```yaml
# prompts/support/reply/prompt.yaml
yanked: {1.1.0: "promises a refund; use 1.2.0"}
```
"#,
    breaks: true,
    check: Check::Change(check),
};

fn check<'a>(context: &Context<'a>, change: &Change<'a>, findings: &mut Findings) {
    for path in &change.base.changed {
        let Some(was) = change.base.loaded.documents.get(path) else { continue };
        let Location::Version(_, name, number) = &was.location else { continue };
        let Some(approved) = change.approved(name, number) else { continue };
        let folders = context.folders.get(name);
        let prompt = folders.and_then(|folders| folders.values().find_map(|folder| folder.prompt));
        let Some(prompt) = prompt.filter(|_| context.version_file(name, number).is_none()) else { continue };
        // Where the prompt has moved, the version belongs to where it is now.
        let home = prompt.path.trim_end_matches("prompt.yaml");
        let back = put_back(approved, &format!("{home}{number}.yaml").into());
        let finding = Diagnostic::error(RULE.name, path, None, Breach::Removed.message());
        findings.add(finding.help(format!(
            "put it back with {back}; to withdraw {number}, name it under `yanked` or `revoked` in prompt.yaml"
        )));
    }
}
