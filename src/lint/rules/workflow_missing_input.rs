//! Rule `workflow-missing-input`: steps and triggers that leave out what their prompt or workflow requires.

use crate::{
    domain::{Diagnostic, Level, Workflow, nearest},
    files::{Document, Entity},
    lint::{
        Check, Context, Findings, Rule,
        context::escape,
        workflow::{Given, Taker, givens},
    },
};
use serde_json::Value;
use std::{
    collections::{HashMap, HashSet},
    rc::Rc,
};

pub(super) static RULE: Rule = Rule {
    name: "workflow-missing-input",
    default: Level::Error,
    summary: "steps and triggers that leave out an input which is required",
    explanation: r#"
A step gives the variables of its prompt in `input_mapping`, a schedule the input of its workflow in `input`, a webhook in
`input_mapping`. What is required and has no default must be among them, or every run fails there. The prompt is judged
as its selector leads to it now: behind a label that is each version that the label's variant may hand out.

Bad:
```yaml
steps:
  - {id: summarize, prompt: summarize-ticket:production}
```
Good:
```yaml
steps:
  - id: summarize
    prompt: summarize-ticket:production
    input_mapping: {ticket: "{{input.ticket}}"}
```
"#,
    breaks: false,
    check: Check::Each(check),
};

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some(Entity::Workflow(workflow)) = &document.entity else { return };
    // The same prompt may stand behind many steps, and its list may be long.
    let mut required: HashMap<&str, Rc<[&str]>> = HashMap::new();
    for given in givens(context, document, workflow) {
        if findings.is_full(RULE.name, document) {
            return;
        }
        let (mut missing, mut seen) = (Vec::new(), HashSet::new());
        for taker in &given.takers {
            let names = required.entry(&taker.document.path).or_insert_with(|| needs(taker.schema).into());
            for name in Rc::clone(names).iter().filter(|name| !given.values.contains_key(**name)) {
                if seen.insert(*name) {
                    missing.push((*name, taker));
                }
            }
        }
        // A misspelt name is told by another rule.
        let is_misspelt = |name: &str| misspelt(&given, name).is_some();
        for (name, taker) in missing.iter().filter(|(name, _)| !is_misspelt(name)).take(8) {
            tell(document, workflow, &given, (name, taker), findings);
        }
    }
}

fn tell(
    document: &Document,
    workflow: &Workflow,
    given: &Given<'_>,
    (name, taker): (&str, &Taker<'_>),
    findings: &mut Findings,
) {
    let nothing = given.values.is_empty();
    let span = if nothing { findings.at(document, &given.instead) } else { findings.key_at(document, &given.pointer) };
    let message = format!("{} does not give `{name}`, which {} requires", given.who, taker.name);
    let help = format!("add it to `{}`: `{name}: {}`", given.key, source(workflow, given, name));
    let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message).help(help);
    let elsewhere = taker.version.is_some();
    findings.add(if elsewhere { finding.related(&taker.document.path, None, "required here") } else { finding });
}

/// What may be meant for a name, as YAML.
fn source(workflow: &Workflow, given: &Given<'_>, name: &str) -> String {
    let Some(step) = given.step else {
        return if given.is_template { format!("\"{{{{body.{name}}}}}\"") } else { "…".to_owned() };
    };
    let declares = |schema: &Value| schema.pointer(&format!("/properties/{}", escape(name))).is_some();
    let is_output = workflow.steps.iter().take(step).any(|step| step.output_key.as_deref() == Some(name));
    match (is_output, workflow.input_schema.as_ref().is_some_and(declares)) {
        (true, _) => format!("\"{{{{outputs.{name}}}}}\""),
        (_, true) => format!("\"{{{{input.{name}}}}}\""),
        _ => "…".to_owned(),
    }
}

/// The names that a schema requires and gives no default for.
fn needs(schema: Option<&Value>) -> Vec<&str> {
    let Some(schema) = schema else { return Vec::new() };
    let names = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    names.filter(|name| schema["properties"][*name].get("default").is_none()).collect()
}

/// The name under which a required one is given by mistake: one that no taker declares, and that is near.
pub(super) fn misspelt<'g>(given: &'g Given<'_>, name: &str) -> Option<&'g str> {
    let declares = |key: &str| given.takers.iter().any(|taker| taker.declares(key));
    let undeclared = given.values.keys().map(String::as_str).filter(|key| !declares(key));
    undeclared.take(8).find(|key| nearest(key, [name]).is_some())
}
