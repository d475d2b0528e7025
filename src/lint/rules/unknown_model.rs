//! Rule `unknown-model`: model profiles that are not there.

use crate::{
    domain::{Diagnostic, Level, Location, ModelName},
    files::{Document, Entity},
    lint::{Check, Context, Findings, Rule, suggest},
};

pub(super) static RULE: Rule = Rule {
    name: "unknown-model",
    default: Level::Error,
    summary: "model profiles that are not under `models/`",
    explanation: r#"
Versions, steps of workflows, fallbacks and users' preferences name a model profile, a file under `models/`, and not a
provider's model: so a model is exchanged in one place.

Bad:
```yaml
model: gpt-4o
```
Good:
```yaml
model: fast       # models/fast.yaml says which model that is
```
"#,
    breaks: false,
    check: Check::Each(check),
};

fn check(context: &Context<'_>, document: &Document, findings: &mut Findings) {
    for (pointer, model) in models(document) {
        if context.lies(&Location::Model(model.clone())) {
            continue;
        }
        let known = context.registry().models.keys().map(AsRef::as_ref);
        let help = suggest::help(model.as_str(), known, &format!("add models/{model}.yaml to make this one"));
        let message = format!("there is no model profile `{model}`");
        let span = findings.at(document, &pointer);
        // Another model with a name that is near is for a person to choose.
        findings.add(Diagnostic::error(RULE.name, &document.path, Some(span), message).help(help));
    }
}

/// The model profiles that a file names, each with its JSON pointer.
fn models(document: &Document) -> Vec<(String, &ModelName)> {
    match &document.entity {
        Some(Entity::Version(version)) => version.model.iter().map(|model| ("/model".to_owned(), model)).collect(),
        Some(Entity::Workflow(workflow)) => {
            let steps = workflow.steps.iter().enumerate();
            steps.filter_map(|(i, step)| Some((format!("/steps/{i}/model"), step.model.as_ref()?))).collect()
        }
        Some(Entity::Model(model)) => {
            model.fallback.iter().enumerate().map(|(i, model)| (format!("/fallback/{i}"), model)).collect()
        }
        Some(Entity::User(user)) => {
            let preferred = user.preferences.as_ref().and_then(|preferences| preferences.default_model.as_ref());
            preferred.into_iter().map(|model| ("/preferences/default_model".to_owned(), model)).collect()
        }
        _ => Vec::new(),
    }
}
