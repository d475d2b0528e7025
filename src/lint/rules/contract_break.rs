//! Rule `contract-break`: new versions that ask more of callers than their number says.

use crate::{
    domain::{Bump, ContractChange, Diagnostic, Level, PromptName, Semver, Span, contract_changes},
    files::Document,
    lint::{Change, Check, Context, Findings, Rule, base::Touched, context, sound},
};
use std::collections::BTreeMap;

pub(super) static RULE: Rule = Rule {
    name: "contract-break",
    default: Level::Error,
    summary: "new versions that change the contract with callers more than their number says (with `--base`)",
    explanation: r#"
Whoever asks for `reply@^1` gets every later version of `1` without being asked, so a version that breaks callers needs a
new major number. A variable that goes or becomes required, a type or an `enum` that takes less, an answer or a tool that
may be more than before, a placeholder that goes: each is major. What callers may use and need not, such as an optional
variable, is minor. A change of the text alone is a patch. Below `1.0.0` the minor number counts as the major one, as ranges
have it.

A version is compared to the greatest release before it, also where that is new with the same change. What cannot be shown
to be harmless is taken for a break.

Bad:
```yaml
# 1.2.1.yaml; in 1.2.0.yaml `language` was not required
input_schema:
  required: [ticket, language]
```
Good:
```yaml
# 2.0.0.yaml
input_schema:
  required: [ticket, language]
```
"#,
    breaks: false,
    check: Check::Change(check),
};

/// How many more changes are named besides the first.
const MORE: usize = 8;

fn check<'a>(context: &Context<'a>, change: &Change<'a>, findings: &mut Findings) {
    let mut lines = BTreeMap::new();
    let new = change.touched(context).filter(|touched| change.approved(touched.name, touched.number).is_none());
    for Touched { name, number, document } in new {
        let Some(version) = context::version(document).filter(|_| sound(document, &context.limits)) else { continue };
        let line = lines.entry(name).or_insert_with(|| line(context, change, name));
        let Some((before, old)) = predecessor(line, number) else { continue };
        let Some(was) = context::version(old) else { continue };
        let changes = contract_changes(was, version);
        let mut too_much = changes.iter().filter(|change| !number.satisfies(before, change.bump));
        let Some(first) = too_much.next() else { continue };
        let what = if first.bump == Bump::Major { "callers of" } else { "more than a patch of" };
        let breaks = if first.bump == Bump::Major { " break" } else { "" };
        let message = format!("{what} {before}{breaks}: {}", first.message);
        let span = place(first, document, findings);
        let finding = Diagnostic::error(RULE.name, &document.path, span, message);
        let next = next(context, change, name, before, first.bump);
        let mut finding = finding
            .help(format!("{before} → {next}: rename this file to {next}.yaml, or keep to the contract of {before}"));
        if first.is_gone && is_as_it_was(context, old) {
            finding = finding.related(&old.path, Some(findings.key_at(old, &first.pointer)), format!("in {before}"));
        }
        for more in too_much.take(MORE) {
            finding = finding.related(&document.path, place(more, document, findings), more.message.clone());
        }
        findings.add(finding);
    }
}

/// Where a change shows in the new file; nowhere in particular where its part is gone.
fn place(change: &ContractChange, document: &Document, findings: &mut Findings) -> Option<Span> {
    (!change.is_gone && !change.pointer.is_empty()).then(|| findings.key_at(document, &change.pointer))
}

/// Whether places in an older file can be shown: it lies there still, as it was.
fn is_as_it_was(context: &Context<'_>, old: &Document) -> bool {
    context.loaded.documents.get(&old.path).is_some_and(|now| now.text == old.text)
}

/// The versions of a prompt that others may succeed, before the change or by the same change, in order. Broken ones are
/// left out.
fn line<'a>(context: &Context<'a>, change: &Change<'a>, name: &PromptName) -> Vec<(&'a Semver, &'a Document)> {
    let all = |context: &Context<'a>| {
        let folders = context.folders.get(name).into_iter().flat_map(|folders| folders.values());
        let versions = folders.flat_map(|folder| folder.versions.iter().map(|(number, document)| (*number, *document)));
        versions.filter(|(_, document)| sound(document, &context.limits)).collect::<Vec<_>>()
    };
    let mut line = all(&change.before);
    line.extend(all(context).into_iter().filter(|(number, _)| change.before.version_file(name, number).is_none()));
    line.sort_by_key(|(number, _)| *number);
    line
}

/// The version that a number succeeds: the greatest release below it, else the greatest pre-release.
fn predecessor<'a>(line: &[(&'a Semver, &'a Document)], number: &Semver) -> Option<(&'a Semver, &'a Document)> {
    let below = line.iter().copied().take_while(|(other, _)| *other < number);
    below.max_by_key(|(other, _)| (!other.is_prerelease(), *other))
}

/// The least number that such a change of `before` may have, of those that come after all that are taken.
fn next(context: &Context<'_>, change: &Change<'_>, name: &PromptName, before: &Semver, demand: Bump) -> Semver {
    let least = before.least(demand);
    let taken = change.numbers(name).into_iter().chain(context.numbers(name).unwrap_or_default());
    match taken.max().filter(|greatest| **greatest >= least) {
        Some(greatest) => greatest.least(demand),
        None => least,
    }
}
