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
use std::collections::BTreeMap;

pub(super) static RULE: Rule = Rule {
    name: "single-braces",
    default: Level::Warn,
    summary: "declared variables in a form that is not read, such as `{name}`, `${name}` or `{% if name %}`",
    explanation: r#"
A template takes variables from `{{name}}`. `{name}` (f-strings, LangChain), `${name}` (JavaScript), `%(name)s` (Python),
`<<name>>`, `[[name]]`, `[name]` and `{% if name %}` (Jinja) are text to it: the model gets the braces and not the value.
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
    for (name, slips) in by_variable {
        let Some(first) = slips.iter().min_by_key(|slip| (slip.turn, slip.span)) else { continue };
        let text = texts(version).find(|(turn, ..)| *turn == first.turn).map_or("", |(.., text)| text);
        let form = text.get(first.span.start..first.span.end).unwrap_or_default();
        let span = findings.in_message(document, first.turn, first.span);
        let message = format!("`{form}` is text here: the variable `{name}` is never filled in");
        let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message).warn();
        if slips.iter().any(|slip| slip.is_statement) {
            let help = format!("write `{{{{#if {name}}}}}…{{{{/if}}}}` or `{{{{#each {name}}}}}…{{{{/each}}}}`");
            findings.add(finding.help(help));
            continue;
        }
        let finding = finding.help(format!("write `{{{{{name}}}}}`"));
        let edits = is_whole.then(|| mend(context, document, name, &slips, findings)).flatten();
        findings.add(match edits {
            Some(edits) => finding.fix(format!("write `{{{{{name}}}}}`"), edits),
            None => finding,
        });
    }
}

/// The longest file that is read again to see whether a fix is one.
const READ: usize = 1 << 17;

/// The edits that make variables of the slips; none where the file would not be what was meant afterwards.
fn mend(
    context: &Context<'_>,
    document: &Document,
    name: &str,
    slips: &[Slip<'_>],
    findings: &mut Findings,
) -> Option<Vec<Edit>> {
    if document.text.len() > READ {
        return None;
    }
    let tag = format!("{{{{{name}}}}}");
    let places = slips.iter().map(|slip| findings.in_message(document, slip.turn, slip.span));
    let mut edits: Vec<_> = places.map(|span| Edit { span, text: tag.clone() }).collect();
    edits.sort_by_key(|edit| edit.span);
    let (mut text, mut at) = (String::new(), 0);
    for edit in &edits {
        text.push_str(document.text.get(at..edit.span.start)?);
        text.push_str(&edit.text);
        at = edit.span.end;
    }
    text.push_str(document.text.get(at..)?);
    let mended = Document::read(&document.path, document.location.clone(), text.as_bytes(), &context.limits);
    let uses = |text: &str| {
        let parsed = template::parse(text, &context.limits);
        parsed.variables.iter().filter(|used| parsed.faults.is_empty() && used.name == name).count()
    };
    let used: usize = texts(context::version(&mended)?).map(|(.., text)| uses(text)).sum();
    (used == slips.len()).then_some(edits)
}
