//! Rule `version-not-greater`: new versions that do not come after those of their line.

use crate::{
    domain::{Diagnostic, Level},
    lint::{Change, Check, Context, Findings, Rule, base::Touched},
};
use std::collections::BTreeMap;

pub(super) static RULE: Rule = Rule {
    name: "version-not-greater",
    default: Level::Error,
    summary: "new versions that do not come after the others of their line (with `--base`)",
    explanation: r#"
Versions are asked for by ranges too, such as `reply@^1` or `reply@~1.2`, and who asks for one gets the greatest that there
is. A new version that is smaller than one of its line reaches none of them. A line is what shares the most of the number:
`1.2.4` comes after all of `1.2`, so an old line can be mended after `1.3.0` is there; `1.4.0` comes after all of `1`, and
`2.0.0` after everything. Versions that were removed count.

Bad:
```text
   prompts/support/reply/1.3.0.yaml
A  prompts/support/reply/1.2.0.yaml
```
Good:
```text
   prompts/support/reply/1.3.0.yaml
A  prompts/support/reply/1.4.0.yaml
```
"#,
    breaks: false,
    check: Check::Change(check),
};

fn check<'a>(context: &Context<'a>, change: &Change<'a>, findings: &mut Findings) {
    let mut numbers = BTreeMap::new();
    for Touched { name, number, document } in change.added(context) {
        let there = numbers.entry(name).or_insert_with(|| change.numbers(name));
        let Some((greatest, next)) = number.not_after(there.iter().copied()) else { continue };
        let message = format!("{number} does not come after {greatest}, which is there already");
        let finding = Diagnostic::error(RULE.name, &document.path, None, message);
        findings.add(finding.help(format!(
            "rename this file to {next}.yaml; `promptreg bump {name}` makes the next version under its right number"
        )));
    }
}
