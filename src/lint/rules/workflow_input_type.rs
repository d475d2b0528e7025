//! Rule `workflow-input-type`: values that the variable or field they are given to does not take.

use crate::{
    domain::{Diagnostic, Level, Workflow},
    files::Document,
    lint::{
        Check, Context, Findings, Rule,
        context::escape,
        workflow::{Given, Lead, Part, TEXT, Taker, Text, givens, lead, misfit, takers},
    },
    schema::{About, Compiled, Fault},
};
use serde_json::{Map, Value};
use std::collections::HashMap;

pub(super) static RULE: Rule = Rule {
    name: "workflow-input-type",
    default: Level::Error,
    summary: "values of a type that the variable they are given to does not take (a warning: may be of)",
    explanation: r#"
One expression alone, such as `"{{input.count}}"`, passes on the value with its type: that of the workflow's
`input_schema`, or of the `output_schema` of the prompt that answered, and a text where that has none. With anything
around it, it becomes a text. A value written out has the type that it has. The variable's schema in the prompt must take
it, and so must the workflow's `input_schema` what a trigger gives. What the schemas leave open is not judged.

Bad:
```yaml
input_mapping: {count: "about {{input.count}}"}     # count: {type: integer}
```
Good:
```yaml
input_mapping: {count: "{{input.count}}"}
```
"#,
    breaks: false,
    check: Check::Each(check),
};

/// The most listed values, writers of one output and faults of one value that are looked at.
const SOME: usize = 32;

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some((workflow, texts)) = context.workflow(document) else { return };
    let texts = texts.iter().map(|text| (text.pointer.as_str(), text)).collect();
    let mut judge = Judge { context, workflow, document, texts, compiled: HashMap::new() };
    for given in givens(context, document, workflow) {
        for (key, value) in given.values {
            for taker in &given.takers {
                if findings.is_full(RULE.name, document) {
                    return;
                }
                let Some(schema) = taker.schema.and_then(|schema| schema["properties"].get(key)) else { continue };
                // One finding of each value: what the next version says of it is mostly the same.
                if judge.value(&Case { given: &given, taker, key, value, schema }, findings) {
                    break;
                }
            }
        }
    }
}

/// One value that is given to one taker.
struct Case<'c, 'a> {
    given: &'c Given<'a>,
    taker: &'c Taker<'a>,
    key: &'c str,
    value: &'c Value,
    /// What the taker says of the name.
    schema: &'c Value,
}

struct Judge<'c, 'a> {
    context: &'c Context<'a>,
    workflow: &'a Workflow,
    document: &'a Document,
    texts: HashMap<&'c str, &'c Text<'a>>,
    /// The schemas of takers, by path; `None` where one is no schema, which is a complaint of its own.
    compiled: HashMap<&'a str, Option<Compiled>>,
}

impl<'a> Judge<'_, 'a> {
    /// Tells what is wrong with a value, and whether anything is.
    fn value(&mut self, case: &Case<'_, 'a>, findings: &mut Findings) -> bool {
        let pointer = format!("{}/{}", case.given.pointer, escape(case.key));
        match self.texts.get(pointer.as_str()).filter(|_| case.given.is_template) {
            Some(text) if !text.parsed.faults.is_empty() => false,
            Some(text) if text.is_exact() => self.expression(case, text, &pointer, findings),
            Some(text) => self.mixture(case, text, &pointer, findings),
            None if has_braces(case.value) => false,
            None => self.literal(case, findings),
        }
    }

    fn literal(&mut self, case: &Case<'_, 'a>, findings: &mut Findings) -> bool {
        let faults = self.faults(case.taker, case.key, case.value);
        for fault in &faults {
            let span = findings.at(self.document, &format!("{}{}", case.given.pointer, fault.pointer));
            let message = format!(
                "{} gives `{}` a value that {} does not take: {}",
                case.given.who, case.key, case.taker.name, fault.message
            );
            let finding = Diagnostic::error(RULE.name, &self.document.path, Some(span), message);
            findings.add(case.finish(Diagnostic { help: fault.help.clone(), ..finding }));
        }
        !faults.is_empty()
    }

    fn mixture(&self, case: &Case<'_, 'a>, text: &Text<'_>, pointer: &str, findings: &mut Findings) -> bool {
        let Some(misfit) = misfit(case.part(), Part { root: &TEXT, schema: &TEXT }) else { return false };
        let message = format!(
            "a text with more in it than one expression is a string, and {} takes `{}` as {}",
            case.taker.name, case.key, misfit.taken
        );
        let help = match text.parsed.variables.as_slice() {
            [one] => {
                format!("write the expression alone, so that the value keeps its type: `\"{{{{{}}}}}\"`", one.path)
            }
            _ => "pass on one value with its type: one expression alone".to_owned(),
        };
        let span = findings.at(self.document, pointer);
        findings.add(case.finish(Diagnostic::error(RULE.name, &self.document.path, Some(span), message).help(help)));
        true
    }

    fn expression(&mut self, case: &Case<'_, 'a>, text: &Text<'_>, pointer: &str, findings: &mut Findings) -> bool {
        let Some(used) = text.parsed.variables.first() else { return false };
        let sources = self.sources(case.given, &used.names());
        let told = sources.iter().find_map(|source| self.unfit(case, &used.path, source));
        let Some((message, is_sure)) = told else { return false };
        let span = findings.within(self.document, pointer, used.span);
        let takes_text = misfit(case.part(), Part { root: &TEXT, schema: &TEXT }).is_none();
        let help = match is_sure && takes_text && case.schema.get("enum").is_none() {
            true => format!("make it a text, `\"{{{{json {}}}}}\"`, or let the two schemas agree", used.path),
            false => "let the two schemas agree, or pass on another value".to_owned(),
        };
        let finding = Diagnostic::error(RULE.name, &self.document.path, Some(span), message).help(help);
        let finding = case.finish(finding);
        findings.add(if is_sure { finding } else { finding.warn() });
        true
    }

    /// Why what comes from a source does not fit, and whether none of it does.
    fn unfit(&mut self, case: &Case<'_, 'a>, path: &str, source: &Source<'_>) -> Option<(String, bool)> {
        let (taker, key) = (&case.taker.name, case.key);
        if let Some(misfit) = misfit(case.part(), source.part) {
            let is = if misfit.is_sure { "is" } else { "may be" };
            let why = source.why.as_deref().unwrap_or_default();
            let at = &misfit.path;
            let message = format!(
                "`{path}{at}` {is} of type {}{why}, and {taker} takes `{key}{at}` as {}",
                misfit.given, misfit.taken
            );
            return Some((message, misfit.is_sure));
        }
        let values = source.part.schema["enum"].as_array().map(Vec::as_slice);
        let values = values.or_else(|| source.part.schema.get("const").map(std::slice::from_ref))?;
        let (value, fault) = values
            .iter()
            .take(SOME)
            .find_map(|value| Some((value, self.faults(case.taker, key, value).into_iter().next()?)))?;
        Some((format!("`{path}` may be `{value}`, which {taker} does not take as `{key}`: {}", fault.message), true))
    }

    /// The schemas of what a path leads to; none where that is open.
    fn sources(&self, given: &Given<'a>, names: &[&str]) -> Vec<Source<'a>> {
        let Some(place) = given.step else { return Vec::new() };
        let found = |root: &'a Value, names: &[&str]| match lead(root, names) {
            Lead::To(schema) => Some(Source { part: Part { root, schema }, why: None }),
            _ => None,
        };
        match names {
            ["input", rest @ ..] => {
                self.workflow.input_schema.as_ref().and_then(|root| found(root, rest)).into_iter().collect()
            }
            ["outputs", key, rest @ ..] => {
                let steps = self.workflow.steps.iter().take(place).rev();
                let writers = steps.filter(|step| step.output_key.as_deref() == Some(*key)).take(SOME);
                let takers = writers.flat_map(|step| takers(self.context, &step.prompt));
                let source = |taker: Taker<'a>| match &taker.version?.output_schema {
                    Some(root) => found(root, rest),
                    None if rest.is_empty() => {
                        let why = Some(format!(" ({} has no `output_schema`)", taker.name));
                        Some(Source { part: Part { root: &TEXT, schema: &TEXT }, why })
                    }
                    None => None,
                };
                takers.filter_map(source).take(SOME).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What a taker's schema says of one value under its name.
    fn faults(&mut self, taker: &Taker<'a>, key: &str, value: &Value) -> Vec<Fault> {
        let compiled = self.compiled.entry(&taker.document.path);
        let compiled = compiled.or_insert_with(|| taker.schema.and_then(|schema| Compiled::new(schema).ok()));
        let Some(compiled) = compiled else { return Vec::new() };
        let faults = compiled.faults(&Value::Object(Map::from_iter([(key.to_owned(), value.clone())])));
        let own = format!("/{}", escape(key));
        let is_own = |fault: &Fault| {
            let rest = fault.pointer.strip_prefix(&own);
            rest.is_some_and(|rest| rest.starts_with('/') || (rest.is_empty() && fault.about == About::Value))
        };
        faults.into_iter().filter(is_own).take(SOME).collect()
    }
}

/// Where a value comes from.
struct Source<'a> {
    part: Part<'a>,
    /// Why it is what it is, where that is not to be seen, for the middle of a sentence.
    why: Option<String>,
}

impl Case<'_, '_> {
    fn part(&self) -> Part<'_> {
        Part { root: self.taker.schema.unwrap_or(self.schema), schema: self.schema }
    }

    /// The finding with the file that says what is taken, where that is another one.
    fn finish(&self, finding: Diagnostic) -> Diagnostic {
        match self.taker.version {
            Some(_) => finding.related(&self.taker.document.path, None, format!("`{}` is declared here", self.key)),
            None => finding,
        }
    }
}

/// Whether a template may be somewhere in a value.
fn has_braces(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("{{"),
        Value::Array(items) => items.iter().any(has_braces),
        Value::Object(map) => map.values().any(has_braces),
        _ => false,
    }
}
