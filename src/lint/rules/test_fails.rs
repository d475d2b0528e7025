//! Rule `test-fails`: tests of a version that do not hold when it is rendered.

use crate::{
    domain::{Content, Diagnostic, Level, Message, Part, Span, Test, Version},
    files::Document,
    lint::{Check, Context, Findings, Rule, context},
    schema, template,
};
use serde_json::{Map, Value};
use std::{cell::LazyCell, collections::BTreeMap};

pub(super) static RULE: Rule = Rule {
    name: "test-fails",
    default: Level::Error,
    summary: "tests whose `render_contains` is not in the rendered messages",
    explanation: r#"
A test renders the version with its `input` and looks for the texts of `render_contains` in the messages; no model is
asked. Mend the text, or the test where it expects the wrong thing.

Bad:
```yaml
content: "Answer in {{language}}."
tests:
  - name: german
    input: {language: German}
    render_contains: ["auf Deutsch"]
```
Good:
```yaml
content: "Answer in {{language}}."
tests:
  - name: german
    input: {language: German}
    render_contains: ["in German"]
```
"#,
    breaks: false,
    check: Check::Each(check),
};

/// How much of a rendered text is shown.
const SHOWN: usize = 160;

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some(version) = context::version(document) else { return };
    let checked = |test: &&Test| !test.render_contains.is_empty();
    // What keeps the version from being rendered at all is the complaint of another rule.
    if !version.tests.iter().any(|test| checked(&test)) || is_faulty(context, document, version) {
        return;
    }
    let find = |pin: &_| context.registry().pinned(pin).map(AsRef::as_ref);
    let compiled = match template::Compiled::new(version, find, &context.limits) {
        Ok(compiled) => compiled,
        Err(error) => {
            let span = findings.key_at(document, "/tests");
            let message = format!("the tests cannot be rendered: {error}");
            findings.add(Diagnostic::error(RULE.name, &document.path, Some(span), message));
            return;
        }
    };
    let schema = version.input_schema.as_deref();
    let judge = LazyCell::new(|| schema.and_then(|schema| schema::Compiled::new(schema).ok()));
    let fits = |test: &Test| {
        schema.is_none_or(|schema| schema::surely_fits(schema, &test.input))
            || judge.as_ref().is_none_or(|judge| judge.faults(&Value::Object(test.input.clone())).is_empty())
    };
    for (i, test) in version.tests.iter().enumerate().filter(|(_, test)| checked(test)) {
        if findings.is_full(RULE.name, document) {
            return;
        }
        // An input that does not fit is the complaint of another rule.
        if fits(test) {
            run(document, &Case { i, test, schema, compiled: &compiled }, findings);
        }
    }
}

fn is_faulty(context: &Context<'_>, document: &Document, version: &Version) -> bool {
    let templates = context.templates(document).into_iter().flat_map(|(_, templates)| templates.iter().flatten());
    let mut schemas = version.input_schema.iter();
    templates.into_iter().any(|template| {
        !template.faults.is_empty()
            || template.partials.iter().any(|partial| !version.uses.contains_key(partial.name.as_str()))
    }) || schemas.any(|schema| !context.schema_faults(schema).is_empty())
        || version.uses.values().any(|pin| context.registry().pinned(pin).is_none())
}

struct Case<'a> {
    i: usize,
    test: &'a Test,
    schema: Option<&'a Value>,
    compiled: &'a template::Compiled,
}

fn run(document: &Document, case: &Case<'_>, findings: &mut Findings) {
    let (i, name) = (case.i, &case.test.name);
    let add = |span: Span, message: String, help: Option<String>, findings: &mut Findings| {
        findings.add(Diagnostic { help, ..Diagnostic::error(RULE.name, &document.path, Some(span), message) });
    };
    let given = &case.test.input;
    let input = case.schema.map_or_else(|| given.clone(), |schema| schema::with_defaults(schema, given));
    let rendered = match case.compiled.render(&input, &BTreeMap::new(), &Map::new()) {
        Ok(messages) => messages.iter().map(text).collect::<Vec<_>>(),
        Err(error) => {
            let span = findings.at(document, &format!("/tests/{i}/name"));
            return add(span, format!("the test `{name}` cannot be rendered: {error}"), None, findings);
        }
    };
    for (j, wanted) in case.test.render_contains.iter().enumerate() {
        if !rendered.iter().any(|text| text.contains(wanted.as_str())) {
            let span = findings.at(document, &format!("/tests/{i}/render_contains/{j}"));
            let message = format!("the test `{name}` fails: no rendered message contains this");
            add(span, message, Some(format!("it renders: {}", start(&rendered.join(" | ")))), findings);
        }
    }
}

fn text(message: &Message) -> String {
    match &message.content {
        Content::Text(text) => text.clone(),
        Content::Parts(parts) => parts
            .iter()
            .filter_map(|part| match part {
                Part::Text { text } => Some(text.as_str()),
                _ => None,
            })
            .collect(),
    }
}

/// The beginning of a text, on one line.
fn start(text: &str) -> String {
    let mut words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = words.char_indices().nth(SHOWN) {
        words.truncate(end);
        words.push('…');
    }
    words
}
