//! Rule `version-unchanged`: new versions that are no different from another.

use crate::{
    domain::{Diagnostic, Level},
    lint::{Change, Check, Context, Findings, Rule, base::Touched},
};
use std::collections::BTreeMap;

pub(super) static RULE: Rule = Rule {
    name: "version-unchanged",
    default: Level::Warn,
    summary: "new versions that hand out just what another version of the prompt does (with `--base`)",
    explanation: r#"
`promptreg bump` copies the newest version to the next number, to be edited. A copy that stays one is a version without a
change: callers would get the same under a new number. Notes and tests are for readers and do not count; texts, schemas,
partials, tools, model and parameters do.

Bad:
```text
A  prompts/support/reply/1.3.0.yaml   # says what 1.2.0.yaml says
```
Good:
```text
A  prompts/support/reply/1.3.0.yaml   # says it better
```
"#,
    breaks: false,
    check: Check::Change(check),
};

fn check<'a>(context: &Context<'a>, change: &Change<'a>, findings: &mut Findings) {
    let mut digests = BTreeMap::new();
    for Touched { name, number, document } in change.added(context) {
        let digests = digests.entry(name).or_insert_with(|| context.registry().digests_of(name));
        let Some(own) = digests.get(number) else { continue };
        let is_new = |other| change.before.version_file(name, other).is_none();
        // Of two new ones that are equal the greater is one too many.
        let same = digests
            .iter()
            .rev()
            .filter(|(other, digest)| *digest == own && *other != number && (!is_new(other) || *other < number));
        let Some((other, _)) = same.into_iter().next() else { continue };
        let message = format!("this version hands out just what {other} does");
        let finding = Diagnostic::error(RULE.name, &document.path, None, message).warn();
        let finding = finding.help("edit it, or delete the file; notes and tests alone make no new version");
        let there = context.version_file(name, other).or_else(|| change.before.version_file(name, other));
        findings.add(match there {
            Some(there) => finding.related(&there.path, None, "the version that says the same"),
            None => finding,
        });
    }
}
