//! Rule `undeclared-variable`: templates that use what `input_schema` does not declare.

use crate::{
    domain::{Diagnostic, Level, Version, nearest},
    files::Document,
    lint::{Check, Context, Findings, Rule, declare, suggest, variables},
    template::{Parsed, Use},
};
use std::collections::{BTreeSet, HashSet};

pub(super) static RULE: Rule = Rule {
    name: "undeclared-variable",
    default: Level::Error,
    summary: "templates that use a variable which `input_schema` does not declare",
    explanation: r#"
The properties of `input_schema` are what callers are told to give. A variable that is not among them is one that nobody
fills in, often a slip of the fingers.

Bad:
```yaml
content: "Answer in {{langauge}}."
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
    let Some((version, templates)) = context.templates(document) else { return };
    if is_open(version) || templates.iter().flatten().any(|template| !template.faults.is_empty()) {
        return;
    }
    let declared: HashSet<&str> = version.variable_names().collect();
    let is_declared = |name: &str| declared.contains(name);
    let known = || version.variable_names();
    let mut told = BTreeSet::new();
    for (turn, template) in templates.iter().enumerate() {
        let Some(template) = template else { continue };
        for variable in &template.variables {
            let name = variable.name.as_str();
            if !is_declared(name) && told.insert(name) {
                if findings.is_full(RULE.name, document) {
                    return;
                }
                let span = findings.in_message(document, turn, variable.span);
                let message = format!("`{name}` is used here and not declared in `input_schema`");
                let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message);
                let is_slip = nearest(name, known()).is_some();
                let schema = version.input_schema.as_deref().filter(|_| !is_slip && is_printed(templates, name));
                let fix = schema.and_then(|schema| declare::declaring(findings, document, schema, name));
                findings.add(Diagnostic { fix, ..finding.help(suggest::help(name, known(), &declaration(name))) });
            }
        }
        for partial in &template.partials {
            let Some(needs) = variables::of_partial(context, version, partial) else { continue };
            for name in needs.names {
                if !is_declared(name) && told.insert(name) {
                    if findings.is_full(RULE.name, document) {
                        return;
                    }
                    let span = findings.in_message(document, turn, partial.span);
                    let message = format!(
                        "the partial `{}` uses `{name}`, which is not declared in `input_schema`",
                        partial.name
                    );
                    let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message);
                    findings.add(finding.help(format!(
                        "{}, or give it here: `{{{{> {} {name}=…}}}}`",
                        declaration(name),
                        partial.name
                    )));
                }
            }
        }
    }
}

/// Whether a variable is printed and nothing else, so that it can only be a text.
fn is_printed(templates: &[Option<Parsed>], name: &str) -> bool {
    let mut uses = templates.iter().flatten().flat_map(|template| &template.variables);
    uses.all(|used| used.name != name || (used.used == Use::Output && used.path == name))
}

fn declaration(name: &str) -> String {
    format!("declare it: `input_schema: {{properties: {{{name}: {{type: string}}}}}}`")
}

/// Whether the schema declares variables in ways that a list of properties does not show.
pub(super) fn is_open(version: &Version) -> bool {
    let keys = ["$ref", "allOf", "anyOf", "oneOf", "patternProperties", "if", "dependentSchemas"];
    version.input_schema.as_deref().is_some_and(|schema| keys.iter().any(|key| schema.get(key).is_some()))
}
