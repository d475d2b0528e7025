//! Rule `single-braces`: variables in the form of another template language.

use crate::{
    domain::{Diagnostic, Edit, Engine, Level},
    files::Document,
    lint::{
        Check, Context, Findings, Rule, context,
        slips::{SLIPS, Slip, slips},
        texts::texts,
    },
    template,
};
use std::collections::{BTreeMap, HashMap};

pub(super) static RULE: Rule = Rule {
    name: "single-braces",
    default: Level::Error,
    summary: "declared variables in a form that is not read, such as `{name}`, `${name}` or `{% if name %}`",
    explanation: r#"
A template takes variables from `{{name}}`. `{name}` (f-strings, LangChain), `${name}` (JavaScript), `%(name)s` (Python),
`<<name>>`, `[[name]]`, `[name]` and `{% if name %}` (Jinja) are text to it: the model gets the braces, and what a
caller gives is lost.
Reported is a form only where the variable is declared and no text uses it otherwise, so that braces in code and JSON
are left alone. `lint --fix` writes `{{name}}`.

Bad:
```yaml
content: "Answer in {language}."
input_schema:
  properties:
    language: {type: string}
```
Good:
```yaml
content: "Answer in {{language}}."
input_schema:
  properties:
    language: {type: string}
```
"#,
    breaks: false,
    check: Check::Each(check),
};

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some(version) = context::version(document).filter(|version| version.engine == Engine::Handlebars) else {
        return;
    };
    let unused = findings.unused(context, document);
    let mut by_variable: BTreeMap<&str, Vec<Slip<'_>>> = BTreeMap::new();
    let all = slips(version, &unused);
    // Where there are more than are told, those would stay behind.
    let is_whole = all.len() < SLIPS;
    for slip in all {
        by_variable.entry(slip.variable).or_default().push(slip);
    }
    let mut mends = if is_whole { mends(context, document, &by_variable, findings) } else { BTreeMap::new() };
    for (name, slips) in by_variable {
        let Some(first) = slips.iter().min_by_key(|slip| (slip.turn, slip.span)) else { continue };
        let text = texts(version).find(|(turn, ..)| *turn == first.turn).map_or("", |(.., text)| text);
        let form = text.get(first.span.start..first.span.end).unwrap_or_default();
        let span = findings.in_message(document, first.turn, first.span);
        let message = format!("`{form}` is text here: the variable `{name}` is never filled in");
        let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message);
        if has_statement(&slips) {
            let help = format!("write `{{{{#if {name}}}}}…{{{{/if}}}}` or `{{{{#each {name}}}}}…{{{{/each}}}}`");
            findings.add(finding.help(help));
            continue;
        }
        let finding = finding.help(format!("write `{{{{{name}}}}}`"));
        findings.add(match mends.remove(name) {
            Some(edits) => finding.fix(format!("write `{{{{{name}}}}}`"), edits),
            None => finding,
        });
    }
}

fn has_statement(slips: &[Slip<'_>]) -> bool {
    slips.iter().any(|slip| slip.is_statement)
}

/// The longest file that is read again to see whether a fix is one.
const READ: usize = 1 << 17;

/// For each variable the edits that make variables of its slips; none where the file would not be what was meant
/// afterwards. All are tried in one reading of the file.
fn mends<'v>(
    context: &Context<'_>,
    document: &Document,
    by_variable: &BTreeMap<&'v str, Vec<Slip<'_>>>,
    findings: &mut Findings,
) -> BTreeMap<&'v str, Vec<Edit>> {
    let mut mends = BTreeMap::new();
    if document.text.len() > READ {
        return mends;
    }
    for (name, slips) in by_variable.iter().filter(|(_, slips)| !has_statement(slips)) {
        let text = format!("{{{{{name}}}}}");
        let places = slips.iter().map(|slip| findings.in_message(document, slip.turn, slip.span));
        let mut edits: Vec<_> = places.map(|span| Edit { span, text: text.clone() }).collect();
        edits.sort_by_key(|edit| edit.span);
        mends.insert(*name, edits);
    }
    let used = mended(context, document, mends.values().flatten()).map(|mended| uses(context, &mended));
    let used = used.unwrap_or_default();
    mends.retain(|name, edits| used.get(*name) == Some(&edits.len()));
    mends
}

/// The file with these edits; `None` where they overlap.
fn mended<'e>(context: &Context<'_>, document: &Document, edits: impl Iterator<Item = &'e Edit>) -> Option<Document> {
    let mut edits: Vec<_> = edits.collect();
    edits.sort_by_key(|edit| edit.span);
    let (mut text, mut at) = (String::new(), 0);
    for edit in edits {
        text.push_str(document.text.get(at..edit.span.start)?);
        text.push_str(&edit.text);
        at = edit.span.end;
    }
    text.push_str(document.text.get(at..)?);
    Some(Document::read(&document.path, document.location.clone(), text.as_bytes(), &context.limits))
}

/// How often the sound texts of a version use each variable.
fn uses(context: &Context<'_>, document: &Document) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for (.., text) in context::version(document).into_iter().flat_map(texts) {
        let parsed = template::parse(text, &context.limits);
        for used in parsed.variables.into_iter().filter(|_| parsed.faults.is_empty()) {
            *counts.entry(used.name).or_default() += 1;
        }
    }
    counts
}
