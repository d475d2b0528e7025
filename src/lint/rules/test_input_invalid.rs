//! Rule `test-input-invalid`: tests that cannot be what they are meant to be.

use super::undeclared_variable::is_open;
use crate::{
    domain::{Diagnostic, Level, Span, Version, nearest},
    files::Document,
    lint::{Check, Context, Findings, Rule, context, rule::MOST, suggest},
    schema::{self, Compiled},
};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

pub(super) static RULE: Rule = Rule {
    name: "test-input-invalid",
    default: Level::Error,
    summary: "tests whose input does not fit `input_schema`, or that expect what nothing checks (a warning)",
    explanation: r#"
The `input` of a test has to fit `input_schema`, as a caller's has to: else the test says nothing about what callers get.
What a model's answer must satisfy stands in `expect`, an entry each: `contains: TEXT`, or `json_schema:` with a JSON Schema
or with `output_schema` for the version's own. Anything else is checked by nothing, which is a warning, as are two tests
with one name and an input that is no variable.

Bad:
```yaml
input_schema: {type: object, required: [ticket], properties: {ticket: {type: string}}}
tests:
  - {name: short, input: {tikcet: My parcel is missing.}}
```
Good:
```yaml
input_schema: {type: object, required: [ticket], properties: {ticket: {type: string}}}
tests:
  - {name: short, input: {ticket: My parcel is missing.}}
```
"#,
    breaks: false,
    check: Check::Each(check),
};

/// What an answer can be held to.
const EXPECTATIONS: [&str; 2] = ["contains", "json_schema"];

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some(version) = context::version(document).filter(|version| !version.tests.is_empty()) else { return };
    let judge = Judge { document, version };
    inputs(context, &judge, findings);
    judge.undeclared(findings);
    judge.names(findings);
    for (i, test) in version.tests.iter().enumerate() {
        for (j, expected) in test.expect.iter().enumerate() {
            judge.expectation(&format!("/tests/{i}/expect/{j}"), expected, findings);
        }
    }
}

fn inputs(context: &Context<'_>, judge: &Judge<'_>, findings: &mut Findings) {
    let Some(schema) = &judge.version.input_schema else { return };
    let mut doubtful =
        judge.version.tests.iter().enumerate().filter(|(_, test)| !schema::surely_fits(schema, &test.input)).peekable();
    // A schema that is none is the complaint of another rule.
    if doubtful.peek().is_none() || !context.schema_faults(schema).is_empty() {
        return;
    }
    let Ok(compiled) = Compiled::new(schema) else { return };
    for (i, test) in doubtful {
        for fault in compiled.faults(&Value::Object(test.input.clone())) {
            let pointer = format!("/tests/{i}/input{}", fault.pointer);
            let span = match fault.about {
                // Where no input is given the test itself is the place.
                _ if test.input.is_empty() => findings.at(judge.document, &format!("/tests/{i}/name")),
                schema::About::Key => findings.key_at(judge.document, &pointer),
                schema::About::Value => findings.at(judge.document, &pointer),
            };
            let message =
                format!("the input of the test `{}` does not fit `input_schema`: {}", test.name, fault.message);
            findings.add(Diagnostic { help: fault.help, ..judge.finding(span, message) });
        }
    }
}

struct Judge<'a> {
    document: &'a Document,
    version: &'a Version,
}

impl Judge<'_> {
    fn undeclared(&self, findings: &mut Findings) {
        let known: BTreeSet<&str> = self.version.variable_names().collect();
        let says_more = |schema: &Value| schema.get("additionalProperties").is_some();
        if known.is_empty() || is_open(self.version) || self.version.input_schema.as_deref().is_some_and(says_more) {
            return;
        }
        let tests = self.version.tests.iter().enumerate();
        let given = tests.flat_map(|(i, test)| test.input.keys().map(move |name| (i, test, name)));
        for (i, test, name) in given.filter(|(_, _, name)| !known.contains(name.as_str())).take(MOST) {
            let span = findings.key_at(self.document, &format!("/tests/{i}/input/{}", context::escape(name)));
            let message = format!("the test `{}` gives `{name}`, which is no variable of this version", test.name);
            let finding = self.finding(span, message).warn();
            findings.add(finding.help(suggest::help(name, known.iter().copied(), "take it out")));
        }
    }

    fn names(&self, findings: &mut Findings) {
        let mut taken = HashMap::new();
        for (i, test) in self.version.tests.iter().enumerate() {
            let Some(first) = taken.insert(test.name.as_str(), i) else { continue };
            let span = findings.at(self.document, &format!("/tests/{i}/name"));
            let other = findings.at(self.document, &format!("/tests/{first}/name"));
            let finding = self.finding(span, format!("another test has the name `{}` already", test.name)).warn();
            let finding = finding.help("give each test a name of its own: reports go by it");
            findings.add(finding.related(&self.document.path, Some(other), "the other one"));
        }
    }

    fn expectation(&self, pointer: &str, expected: &Value, findings: &mut Findings) {
        for (key, value) in expected.as_object().into_iter().flatten().filter(|(key, _)| !key.starts_with("x-")) {
            let at = format!("{pointer}/{}", context::escape(key));
            if !EXPECTATIONS.contains(&key.as_str()) {
                let span = findings.key_at(self.document, &at);
                let finding = self.finding(span, format!("`{key}` is nothing that an answer is held to")).warn();
                findings.add(finding.help(match nearest(key, EXPECTATIONS) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "write `contains` with a text, or `json_schema` with `output_schema`".to_owned(),
                }));
            } else if key == "json_schema" {
                self.schema(&at, value, findings);
            }
        }
    }

    fn schema(&self, pointer: &str, value: &Value, findings: &mut Findings) {
        match value {
            Value::String(word) if word == "output_schema" && self.version.output_schema.is_none() => {
                let span = findings.at(self.document, pointer);
                let finding = self.finding(span, "this version has no `output_schema`".to_owned());
                findings.add(finding.help("add `output_schema:` to the version, or write a JSON Schema here"));
            }
            Value::String(word) if word != "output_schema" => {
                let span = findings.at(self.document, pointer);
                let finding = self.finding(span, format!("`{word}` is neither a JSON Schema nor `output_schema`"));
                findings.add(finding.help("write `output_schema` for the version's own, or a JSON Schema"));
            }
            schema @ Value::Object(_) => {
                for fault in schema::check(schema) {
                    let span = findings.at(self.document, &format!("{pointer}{}", fault.pointer));
                    let message = format!("this is not a JSON Schema: {}", fault.message);
                    findings.add(Diagnostic { help: fault.help, ..self.finding(span, message) });
                }
            }
            _ => {}
        }
    }

    fn finding(&self, span: Span, message: String) -> Diagnostic {
        Diagnostic::error(RULE.name, &self.document.path, Some(span), message)
    }
}
