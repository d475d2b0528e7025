//! Rule `label-removed`: labels that a change takes off a prompt.

use crate::{
    domain::{Diagnostic, LabelName, Level, Location, nearest},
    lint::{Change, Check, Context, Findings, Rule},
};

pub(super) static RULE: Rule = Rule {
    name: "label-removed",
    default: Level::Warn,
    summary: "labels that a change takes off a prompt, an error for those that are needed (with `--base`)",
    explanation: r#"
Whoever asks for a label that is not there gets nothing: no other version is handed out in its place. Without its default
label a prompt is found by nobody who asks for its name alone. To go back to an older version point the label at it.

Bad:
```yaml
labels: {prodction: 1.1.0}    # it was production: 1.0.0
```
Good:
```yaml
labels: {production: 1.1.0}
```
"#,
    breaks: false,
    check: Check::Change(check),
};

fn check<'a>(context: &Context<'a>, change: &Change<'a>, findings: &mut Findings) {
    let labels = context.registry().settings.as_deref().map(|settings| settings.labels.clone()).unwrap_or_default();
    for path in &change.base.changed {
        let Some(was) = change.base.loaded.documents.get(path) else { continue };
        let Location::Prompt(_, name) = &was.location else { continue };
        let before = change.before.registry().prompts.get(name).map(|folder| &folder.prompt.labels);
        let now = context.registry().prompts.get(name);
        let (Some(before), Some(folder)) = (before, now) else { continue };
        let Some(document) = context.document(&Location::Prompt(folder.collection.clone(), name.clone())) else {
            continue;
        };
        let now = &folder.prompt.labels;
        let new = || now.keys().filter(|label| !before.contains_key(*label)).map(LabelName::as_str);
        for label in before.keys().filter(|label| !now.contains_key(*label)) {
            let message = format!("`{name}` has no label `{label}` any more, and who asks for it gets nothing");
            let span = findings.key_at(document, "/labels");
            let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message);
            let is_needed = *label == labels.default || labels.protected.contains(label);
            let finding = if is_needed { finding } else { finding.warn() };
            findings.add(finding.help(match nearest(label.as_str(), new()) {
                Some(near) => format!("`{near}` is new here: did you mean `{label}`?"),
                None => "point it at a version; to go back, at an older one".to_owned(),
            }));
        }
    }
}
