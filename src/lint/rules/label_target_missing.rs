//! Rule `label-target-missing`: labels that point to nothing.

use crate::{
    domain::{Diagnostic, Level, Location, Prompt, Semver},
    files::{Document, Entity},
    lint::{Check, Context, Findings, Rule, suggest},
};

pub(super) static RULE: Rule = Rule {
    name: "label-target-missing",
    default: Level::Error,
    summary: "labels, variants and deprecations of versions that are not there",
    explanation: r#"
Whoever asks for a label gets the version that it points to. On the default branch a `prompt.yaml` whose label or variant
points to a version that is not there is held back until it is: the labels stay where they were. A deprecation of a
version that is not there warns nobody.

Bad:
```yaml
labels: {production: 1.3.0}   # there is no 1.3.0.yaml
```
Good:
```yaml
labels: {production: 1.2.0}
```
"#,
    breaks: false,
    check: Check::Each(check),
};

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    let (Some(Entity::Prompt(prompt)), Location::Prompt(collection, name)) = (&document.entity, &document.location)
    else {
        return;
    };
    let folder = context.folders.get(name).and_then(|folders| folders.get(&collection.as_ref()));
    let Some(folder) = folder else { return };
    for Target { pointer, number, is_key, who } in targets(prompt) {
        if folder.versions.contains_key(number) {
            continue;
        }
        let span = if is_key { findings.key_at(document, &pointer) } else { findings.at(document, &pointer) };
        let finding = Diagnostic::error(
            RULE.name,
            &document.path,
            Some(span),
            format!("{who} names version {number}, which is not there"),
        );
        findings.add(finding.help(match suggest::listing(folder.versions.keys().rev()) {
            Some(list) => format!("there is {list}"),
            None => format!("add {number}.yaml beside this file"),
        }));
    }
}

/// A version that `prompt.yaml` names.
pub(super) struct Target<'a> {
    pub(super) pointer: String,
    pub(super) number: &'a Semver,
    /// Whether the number is the key at the pointer, and not its value.
    pub(super) is_key: bool,
    pub(super) who: String,
}

fn targets(prompt: &Prompt) -> Vec<Target<'_>> {
    let mut targets = handed_out(prompt);
    for (word, reasons) in
        [("deprecated", &prompt.deprecated), ("yanked", &prompt.yanked), ("revoked", &prompt.revoked)]
    {
        targets.extend(reasons.keys().map(|number| Target {
            pointer: format!("/{word}/{number}"),
            number,
            is_key: true,
            who: format!("`{word}`"),
        }));
    }
    targets
}

/// The versions that labels and variants hand out.
pub(super) fn handed_out(prompt: &Prompt) -> Vec<Target<'_>> {
    let mut targets = Vec::new();
    for (label, number) in &prompt.labels {
        let (pointer, who) = (format!("/labels/{label}"), format!("the label `{label}`"));
        targets.push(Target { pointer, number, is_key: false, who });
    }
    for (label, variant) in &prompt.variants {
        let who = format!("the variant of `{label}`");
        for number in variant.split.keys() {
            let pointer = format!("/variants/{label}/split/{number}");
            targets.push(Target { pointer, number, is_key: true, who: who.clone() });
        }
        for (i, one) in variant.overrides.iter().enumerate() {
            let pointer = format!("/variants/{label}/overrides/{i}/version");
            targets.push(Target { pointer, number: &one.version, is_key: false, who: who.clone() });
        }
    }
    targets
}
