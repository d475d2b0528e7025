//! What every importer does alike: texts and variables, parameters, names, and what is said of the rest.

use super::{Imported, Options, braces};
use crate::{
    domain::{Engine, Turn, nearest_name},
    schema::check,
};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// How other tools call the parameters that have a name here.
const PARAMETERS: [(&str, &str); 12] = [
    ("maxTokens", "max_tokens"),
    ("maxOutputTokens", "max_tokens"),
    ("max_output_tokens", "max_tokens"),
    ("maxCompletionTokens", "max_tokens"),
    ("max_completion_tokens", "max_tokens"),
    ("topP", "top_p"),
    ("topK", "top_k"),
    ("stopSequences", "stop"),
    ("stop_sequences", "stop"),
    ("frequencyPenalty", "frequency_penalty"),
    ("presencePenalty", "presence_penalty"),
    ("reasoningEffort", "reasoning_effort"),
];

/// The longest name of a model that the notes mention.
const MODEL_BYTES: usize = 200;

/// Decides the engine, and the variables by what the file declares and its texts use.
///
/// `declared` is a JSON Schema of the input.
pub(super) fn settle(imported: &mut Imported, declared: Option<Value>, options: &Options) {
    let texts: Vec<_> = imported
        .version
        .messages
        .iter()
        .filter_map(|turn| match turn {
            Turn::Message { content, .. } => Some(content.clone()),
            Turn::Placeholder { .. } => None,
        })
        .collect();
    if options.literal {
        if texts.iter().any(|text| text.contains("{{")) {
            imported.version.engine = Engine::None;
        }
        let names: Vec<_> = properties(declared.as_ref()).map(|map| map.keys().cloned().collect()).unwrap_or_default();
        if !names.is_empty() {
            let names = quoted(&names);
            imported.lost.push(format!("The text is literal, so its variables {names} are not declared."));
        }
        return;
    }
    for turn in &mut imported.version.messages {
        if let Turn::Message { content, .. } = turn {
            let named = braces::with_partials_named(content);
            if named != **content {
                imported.lost.push("Partials are called by lower-case names with hyphens here.".to_owned());
                *content = named.into();
            }
        }
    }
    let texts = texts.iter().map(|text| braces::with_partials_named(text));
    let uses = braces::uses(&texts.collect::<String>());
    let declared = declared.filter(|schema| sound(imported, "input", schema));
    imported.version.input_schema = schema(declared, uses.variables).map(Arc::new);
    for name in &uses.partials {
        imported.lost.push(format!("The text includes the partial `{name}`: pin what it stands for under `uses`."));
    }
    imported.partials = uses.partials;
}

fn properties(schema: Option<&Value>) -> Option<&Map<String, Value>> {
    schema?.get("properties")?.as_object()
}

/// The declared schema with what is used besides; nothing where there are no variables.
fn schema(declared: Option<Value>, used: Vec<(String, bool)>) -> Option<Value> {
    let mut schema = declared.unwrap_or_else(|| json!({"type": "object", "required": [], "properties": {}}));
    let map = schema.as_object_mut()?;
    let known = |map: &Map<String, Value>, name: &str| map.get("properties").is_some_and(|all| all.get(name).is_some());
    for (name, optional) in used {
        if known(map, &name) {
            continue;
        }
        if let Some(all) = map.entry("properties").or_insert_with(|| json!({})).as_object_mut() {
            all.insert(name.clone(), json!({"type": "string"}));
        }
        if let Some(required) = map.entry("required").or_insert_with(|| json!([])).as_array_mut()
            && !optional
        {
            required.push(name.into());
        }
    }
    if map.get("required").is_some_and(|required| required.as_array().is_some_and(Vec::is_empty)) {
        map.shift_remove("required");
    }
    properties(Some(&schema)).is_some_and(|all| !all.is_empty()).then_some(schema)
}

/// Takes over the parameters of a model call, under our names where we have them.
pub(super) fn parameters(imported: &mut Imported, config: Map<String, Value>) {
    for (key, value) in config {
        let name = PARAMETERS.iter().find(|(theirs, _)| *theirs == key).map_or(key.as_str(), |(_, ours)| ours);
        if value.is_null() {
            continue;
        }
        if is_in_range(name, &value) {
            Arc::make_mut(&mut imported.version.parameters).insert(name.to_owned(), value);
        } else {
            imported.lost.push(format!("The parameter `{key}` is {value}, which no model takes."));
        }
    }
}

fn is_in_range(name: &str, value: &Value) -> bool {
    let number = value.as_f64();
    match name {
        "temperature" => number.is_some_and(|number| (0.0..=2.0).contains(&number)),
        "top_p" => number.is_some_and(|number| number > 0.0 && number <= 1.0),
        "max_tokens" => value.as_u64().is_some_and(|number| number > 0),
        _ => true,
    }
}

/// Notes the provider's name of the model. It is no model profile, so the notes mention it for those who make one.
pub(super) fn model(imported: &mut Imported, model: &str) {
    imported.model = Some(model.to_owned());
    if model.chars().any(char::is_control) || model.len() > MODEL_BYTES {
        imported.lost.push(format!("The model `{model}` has no name that could be mentioned."));
        return;
    }
    imported.version.notes = Some(format!("Written for the model {model}."));
    imported.lost.push(format!("The model `{model}` is only mentioned in the notes: name a model profile for it."));
}

/// Takes over a title and a description.
pub(super) fn titles(imported: &mut Imported, file: &Map<String, Value>) {
    let text = |key| file.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    imported.prompt.display_name = text("name");
    imported.prompt.description = text("description");
}

/// Takes over tags, each as the nearest valid name.
pub(super) fn tags(imported: &mut Imported, tags: Option<&Value>) {
    for tag in tags.and_then(Value::as_array).into_iter().flatten() {
        let name = tag.as_str().and_then(nearest_name).and_then(|name| name.parse().ok());
        match name {
            Some(name) if !imported.prompt.tags.contains(&name) => imported.prompt.tags.push(name),
            Some(_) => {}
            None => imported.lost.push(format!("The tag {tag} cannot be a tag's name.")),
        }
    }
}

/// Takes over the JSON Schema of the answer; an empty one says nothing.
pub(super) fn output_schema(imported: &mut Imported, schema: Option<Value>) {
    let schema = schema.filter(|schema| *schema != json!({}) && sound(imported, "output", schema));
    imported.version.output_schema = schema.map(Arc::new);
}

/// Whether a JSON Schema is one; what is wrong with it goes to what was lost.
fn sound(imported: &mut Imported, which: &str, schema: &Value) -> bool {
    let fault = match schema {
        Value::Object(_) => check(schema).first().map(|fault| format!("{} at `{}`", fault.message, fault.pointer)),
        other => Some(brief(other)),
    };
    let Some(fault) = fault else { return true };
    imported.lost.push(format!("The schema of the {which} is no JSON Schema: {fault}."));
    false
}

/// Takes over a function tool; `parameters` is a JSON Schema.
pub(super) fn tool(imported: &mut Imported, name: &str, description: &Value, parameters: Value) {
    if !sound(imported, &format!("tool `{name}`"), &parameters) {
        return;
    }
    let mut tool = json!({"name": name});
    if let Some(description) = description.as_str().filter(|text| !text.is_empty()) {
        tool["description"] = description.into();
    }
    tool["parameters"] = parameters;
    imported.version.tools.push(tool);
}

/// Says which keys of `file` have no place here; `known` are those that have one or were spoken of.
pub(super) fn leftovers(imported: &mut Imported, file: &Map<String, Value>, known: &[&str]) {
    let names: Vec<_> = file.keys().filter(|key| !known.contains(&key.as_str())).cloned().collect();
    if !names.is_empty() {
        imported.lost.push(format!("There is no place for {} of the file.", quoted(&names)));
    }
}

/// Names in backquotes, with commas.
pub(super) fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// A value as JSON, cut to a length that can be printed.
pub(super) fn brief(value: &Value) -> String {
    value.to_string().chars().take(80).collect()
}
