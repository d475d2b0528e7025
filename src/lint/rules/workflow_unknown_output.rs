//! Rule `workflow-unknown-output`: templates of workflows that read what is not there.

use crate::{
    domain::{Diagnostic, Level, Workflow, nearest},
    files::Document,
    lint::{
        Check, Context, Findings, Rule, suggest,
        workflow::{Lead, Reader, Text, lead, takers},
    },
    template::VariableUse,
};
use serde_json::Value;
use std::collections::HashMap;

pub(super) static RULE: Rule = Rule {
    name: "workflow-unknown-output",
    default: Level::Error,
    summary: "templates of workflows that read an output, an input or a field which is not there",
    explanation: r#"
A step reads `{{input.field}}`, a field that the workflow's `input_schema` declares, and `{{outputs.key}}`, the answer of a
step before it that has this `output_key`; so does `output`, of all steps. Where the prompt of that step has an
`output_schema`, the answer has its fields: `{{outputs.key.title}}`; without one it is a text. A webhook's
`input_mapping` reads `body`, `headers` and `query` of the request.

Bad:
```yaml
steps:
  - id: summarize
    prompt: summarize-ticket:production
    input_mapping: {ticket: "{{ticket}}"}
    output_key: summary
output: {summary: "{{outputs.summarize}}"}
```
Good:
```yaml
steps:
  - id: summarize
    prompt: summarize-ticket:production
    input_mapping: {ticket: "{{input.ticket}}"}
    output_key: summary
output: {summary: "{{outputs.summary}}"}
```
"#,
    breaks: false,
    check: Check::Each(check),
};

/// What is wrong, and what to do.
struct Wrong {
    message: String,
    help: String,
    is_sure: bool,
}

/// A workflow, and the places of the steps that have an output key, by that.
struct Flow<'c, 'a> {
    context: &'c Context<'a>,
    workflow: &'a Workflow,
    writers: HashMap<&'a str, Vec<usize>>,
}

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some((workflow, texts)) = context.workflow(document) else { return };
    if texts.is_empty() {
        return;
    }
    let mut writers: HashMap<&str, Vec<usize>> = HashMap::new();
    for (i, key) in workflow.steps.iter().enumerate().filter_map(|(i, step)| Some((i, step.output_key.as_deref()?))) {
        writers.entry(key).or_default().push(i);
    }
    let flow = Flow { context, workflow, writers };
    for text in texts {
        for used in &text.parsed.variables {
            if findings.is_full(RULE.name, document) {
                return;
            }
            if let Some(wrong) = flow.wrong(text, used) {
                let span = findings.within(document, &text.pointer, used.span);
                let finding = Diagnostic::error(RULE.name, &document.path, Some(span), wrong.message).help(wrong.help);
                findings.add(if wrong.is_sure { finding } else { finding.warn() });
            }
        }
    }
}

impl Flow<'_, '_> {
    fn wrong(&self, text: &Text<'_>, used: &VariableUse) -> Option<Wrong> {
        let names = used.names();
        match (text.reader, names.as_slice()) {
            (Reader::Trigger, ["body" | "headers" | "query", ..]) => None,
            (Reader::Trigger, [root, rest @ ..]) => {
                let known = ["body", "headers", "query"];
                let help = match (rest, nearest(root, known)) {
                    ([second, ..], _) if known.contains(second) => format!("write `{}`", rest.join(".")),
                    (_, Some(near)) => format!("did you mean `{near}`?"),
                    _ => format!("the request has `body`, `headers` and `query`: perhaps `body.{}`", used.path),
                };
                let message = format!("there is no `{root}` in the request that a webhook gets");
                Some(Wrong { message, help, is_sure: true })
            }
            (_, ["input", rest @ ..]) => self.input(rest),
            (reader, ["outputs", key, rest @ ..]) => self.output(reader, key, rest),
            (reader, [root, rest @ ..]) if *root != "outputs" => {
                Some(self.unknown_root(reader, root, rest, &used.path))
            }
            _ => None,
        }
    }

    fn unknown_root(&self, reader: Reader, root: &str, rest: &[&str], path: &str) -> Wrong {
        // As other systems have it: `steps.summarize.output`.
        let step = self.workflow.steps.iter().find(|step| root == "steps" && rest.first() == Some(&step.id.as_str()));
        let schema = self.workflow.input_schema.as_ref();
        let is_field = schema.is_some_and(|schema| schema["properties"].get(root).is_some());
        let near = nearest(root, ["input", "outputs"]);
        let help = match (step.and_then(|step| step.output_key.as_ref()), near) {
            (Some(key), _) => format!("write `outputs.{key}`"),
            _ if self.is_written(reader, root) => format!("write `outputs.{path}`"),
            _ if is_field => format!("write `input.{path}`"),
            (None, Some(near)) => format!("did you mean `{near}`?"),
            _ => "`input.…` is the input of the run, `outputs.…` the answer of an earlier step".to_owned(),
        };
        Wrong { message: format!("a workflow has `input` and `outputs`, and no `{root}`"), help, is_sure: true }
    }

    fn input(&self, names: &[&str]) -> Option<Wrong> {
        let field = names.first()?;
        if let Some(schema) = &self.workflow.input_schema {
            let declare = format!("declare `{field}` in the workflow's `input_schema`");
            return follow(schema, names, "input", &declare);
        }
        Some(Wrong {
            message: format!("the workflow has no `input_schema`, so nobody is told to give `{field}`"),
            help: format!("declare it: `input_schema: {{properties: {{{field}: {{type: string}}}}}}`"),
            is_sure: false,
        })
    }

    fn output(&self, reader: Reader, key: &str, rest: &[&str]) -> Option<Wrong> {
        if !self.is_written(reader, key) {
            return Some(self.no_output(reader, key));
        }
        let field = rest.first()?;
        let start = format!("outputs.{key}");
        let done = done(reader);
        let places = self.writers.get(key)?.iter().filter(|place| **place < done).take(WRITERS);
        let mut takers = places
            .filter_map(|place| self.workflow.steps.get(*place))
            .flat_map(|step| takers(self.context, &step.prompt));
        takers.find_map(|taker| match &taker.version?.output_schema {
            Some(schema) => {
                let declare = format!("or declare it in the `output_schema` of {}", taker.name);
                follow(schema, rest, &start, &declare)
            }
            None if *field == "length" => None,
            None => Some(Wrong {
                message: format!(
                    "`{start}` is a text and has no field `{field}`: {} has no `output_schema`",
                    taker.name
                ),
                help: format!("write `{start}`, or give the prompt an `output_schema`"),
                is_sure: false,
            }),
        })
    }

    fn no_output(&self, reader: Reader, key: &str) -> Wrong {
        let by_id = self.workflow.steps.iter().find(|step| step.id == key);
        let later = self.writers.get(key).and_then(|places| places.first());
        let later = later.and_then(|place| Some((*place, self.workflow.steps.get(*place)?)));
        let (message, help) = match (later, by_id) {
            (Some((place, step)), _) => (
                match reader {
                    Reader::Step(own) if own == place => format!("`outputs.{key}` is what this step itself answers"),
                    _ => format!("`outputs.{key}` is the answer of the step `{}`, which comes later", step.id),
                },
                "read the answer of a step before this one, or change their order".to_owned(),
            ),
            (None, Some(step)) => match &step.output_key {
                Some(own) => (
                    format!("no step before this has the `output_key` `{key}`: that is the id of one"),
                    format!("its answer is `outputs.{own}`"),
                ),
                None => (
                    format!("the step `{key}` has no `output_key`, so nothing can read its answer"),
                    format!("add `output_key: {0}` to it, and read `outputs.{0}`", key.replace('-', "_")),
                ),
            },
            (None, None) => {
                let steps = self.workflow.steps.iter().take(done(reader));
                let known: Vec<&str> = steps.filter_map(|step| step.output_key.as_deref()).collect();
                let make = "add an `output_key` to the step whose answer is meant";
                let message = format!("no step before this has the `output_key` `{key}`");
                (message, suggest::help(key, known.into_iter(), make))
            }
        };
        Wrong { message, help, is_sure: true }
    }

    /// Whether a step that is done by then has this output key.
    fn is_written(&self, reader: Reader, key: &str) -> bool {
        self.writers.get(key).and_then(|places| places.first()).is_some_and(|place| *place < done(reader))
    }
}

/// The most steps with one output key that are looked at: they exclude each other by `when`.
const WRITERS: usize = 8;

/// How many steps are done when this is read.
const fn done(reader: Reader) -> usize {
    match reader {
        Reader::Trigger => 0,
        Reader::Step(place) => place,
        Reader::Output => usize::MAX,
    }
}

/// What is wrong with the way that `names` take from a value of `schema` which is called `start`.
fn follow(schema: &Value, names: &[&str], start: &str, declare: &str) -> Option<Wrong> {
    let path = |end: usize| [&[start], names.get(..end).unwrap_or_default()].concat().join(".");
    match lead(schema, names) {
        Lead::To(_) | Lead::Open => None,
        Lead::Undeclared(at, schema) => {
            let name = names.get(at)?;
            let known = schema["properties"].as_object().into_iter().flat_map(|map| map.keys().map(String::as_str));
            let help = suggest::help(name, known.collect::<Vec<_>>().into_iter(), declare);
            Some(Wrong { message: format!("`{}` has no field `{name}`", path(at)), help, is_sure: true })
        }
        Lead::Scalar(at, kind) => {
            let message = format!("`{}` is of type {kind} and has no field `{}`", path(at), names.get(at)?);
            Some(Wrong { message, help: format!("write `{}`", path(at)), is_sure: true })
        }
    }
}
