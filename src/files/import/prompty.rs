//! Prompty's `.prompty`, versions 1 and 2: front matter, and a body of sections.

use super::{Format, Imported, Options, braces, carry, front, hint, sections};
use crate::domain::Turn;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The keys that have a place here, or that are spoken of by name.
const KNOWN: [&str; 12] = [
    "name",
    "description",
    "model",
    "inputs",
    "outputs",
    "sample",
    "tools",
    "template",
    "tags",
    "metadata",
    "parameters",
    "configuration",
];

pub(super) fn import(path: &str, text: &str, options: &Options) -> Result<Imported, String> {
    let parts = front::split(text);
    let file = parts.map().map_err(|fault| format!("The front matter of {path} is broken: {fault}."))?;
    let mut imported = Imported { name_hint: hint::from_path(Format::Prompty, path), ..Imported::default() };
    carry::titles(&mut imported, &file);
    let metadata = file.get("metadata").and_then(Value::as_object).cloned().unwrap_or_default();
    carry::tags(&mut imported, file.get("tags").or_else(|| metadata.get("tags")));
    carry::leftovers(&mut imported, &metadata, &["tags"]);
    sections::messages(&mut imported, parts.body);
    model(&mut imported, file.get("model").unwrap_or(&Value::Null));
    tools(&mut imported, file.get("tools"));
    outputs(&mut imported, file.get("outputs"));
    let (declared, threads) = inputs(&mut imported, &file);
    let options = template(&mut imported, &file, options);
    if !options.literal {
        for name in &threads {
            let turns = std::mem::take(&mut imported.version.messages);
            imported.version.messages = sections::thread(turns, name);
        }
    }
    carry::settle(&mut imported, declared, &options);
    carry::leftovers(&mut imported, &file, &KNOWN);
    imported.front_matter = file;
    Ok(imported)
}

/// Decides whether a text that is to be a template can be one: Jinja's statements and filters mean nothing here.
fn template(imported: &mut Imported, file: &Map<String, Value>, options: &Options) -> Options {
    let written = file.get("template").unwrap_or(&Value::Null);
    let format = written.as_str().or_else(|| written["format"].as_str()).or_else(|| written["format"]["kind"].as_str());
    let mut texts = imported.version.messages.iter().filter_map(|turn| match turn {
        Turn::Message { content, .. } => Some(content),
        Turn::Placeholder { .. } => None,
    });
    let is_kin = matches!(format, Some("mustache" | "handlebars"));
    if options.literal || is_kin || texts.all(|text| braces::is_plain(text)) {
        return options.clone();
    }
    let format = format.unwrap_or("jinja2");
    imported.lost.push(format!("The text is more {format} than variables alone, so it is taken literally."));
    Options { literal: true, ..options.clone() }
}

/// Takes over the model and its parameters; connections and keys stay behind.
fn model(imported: &mut Imported, model: &Value) {
    let configuration = &model["configuration"];
    let place =
        [model, &model["id"], &configuration["name"], &configuration["model"], &configuration["azure_deployment"]];
    if let Some(name) = place.into_iter().find_map(Value::as_str).filter(|name| !name.is_empty()) {
        if name.starts_with("${") {
            imported.lost.push(format!("The model is the reference `{name}`, which is not followed."));
        } else {
            carry::model(imported, name);
        }
    }
    for key in ["options", "parameters"] {
        let Some(options) = model[key].as_object() else { continue };
        let mut config = options.clone();
        if let Some(Value::Object(more)) = config.shift_remove("additionalProperties") {
            config.extend(more);
        }
        // Version 1 keeps tools among the parameters.
        tools(imported, config.shift_remove("tools").as_ref());
        carry::parameters(imported, config);
    }
    if !model["connection"].is_null() || configuration.as_object().is_some_and(|map| !map.is_empty()) {
        imported.lost.push("The connection to the model is not taken over: it belongs in a model profile.".into());
    }
}

/// The JSON Schema of the inputs, and the names of those that hold a conversation.
fn inputs(imported: &mut Imported, file: &Map<String, Value>) -> (Option<Value>, Vec<String>) {
    let samples = file.get("sample").and_then(Value::as_object).cloned().unwrap_or_default();
    reference(imported, "inputs", file.get("inputs"));
    reference(imported, "sample", file.get("sample"));
    let (mut properties, mut required, mut threads) = (Map::new(), Vec::new(), Vec::new());
    let declared = listed(file.get("inputs").unwrap_or(&Value::Null));
    let known: Vec<_> = declared.iter().map(|(name, _)| name.clone()).collect();
    let sampled = samples.iter().filter(|(name, _)| !known.contains(name));
    let sampled = sampled.map(|(name, sample)| (name.clone(), json!({"default": sample})));
    for (name, input) in declared.into_iter().chain(sampled) {
        if input["kind"] == "thread" {
            threads.push(name);
            continue;
        }
        let mut property = property(&input);
        let default =
            ["default", "sample", "example"].iter().find_map(|key| input.get(key)).or_else(|| samples.get(&name));
        let is_required = input["required"].as_bool().unwrap_or(default.is_none());
        if let (Some(map), Some(default)) = (property.as_object_mut(), default) {
            map.insert("default".into(), default.clone());
        }
        if is_required {
            required.push(Value::from(name.as_str()));
        }
        properties.insert(name, property);
    }
    if properties.is_empty() {
        return (None, threads);
    }
    (Some(json!({"type": "object", "required": required, "properties": properties})), threads)
}

/// Says so where a part of the file is a text such as `${file:…}` that stands for another file.
fn reference(imported: &mut Imported, key: &str, value: Option<&Value>) {
    if let Some(Value::String(text)) = value {
        imported.lost.push(format!("`{key}` is the reference `{text}`, which is not followed."));
    }
}

/// Named things in either notation: a list of maps with a `name`, or a map by name.
fn listed(value: &Value) -> Vec<(String, Value)> {
    match value {
        Value::Array(items) => {
            items.iter().filter_map(|item| Some((item["name"].as_str()?.to_owned(), item.clone()))).collect()
        }
        Value::Object(map) => map
            .iter()
            .map(|(name, item)| {
                // A value in the place of a description is what the variable is by default.
                let item = if item.is_object() || item.is_null() { item.clone() } else { json!({"default": item}) };
                (name.clone(), item)
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The JSON Schema of one property.
fn property(input: &Value) -> Value {
    let mut schema = Map::new();
    let kind = input["kind"].as_str().or_else(|| input["type"].as_str());
    let default = ["default", "sample", "example"].iter().find_map(|key| input.get(key));
    let kind = match kind {
        Some("float" | "number") => Some("number"),
        Some(kind @ ("string" | "integer" | "boolean" | "array" | "object")) => Some(kind),
        Some("image" | "file" | "audio") => Some("string"),
        Some(_) => None,
        None => default.is_none_or(Value::is_string).then_some("string"),
    };
    schema.extend(kind.map(|kind| ("type".to_owned(), kind.into())));
    if let Some(text) = input["description"].as_str() {
        schema.insert("description".into(), text.into());
    }
    if let Some(values) = input["enumValues"].as_array().or_else(|| input["enum"].as_array()) {
        schema.insert("enum".into(), values.clone().into());
    }
    if input["items"].is_object() {
        schema.insert("items".into(), property(&input["items"]));
    }
    let inner = listed(&input["properties"]);
    if !inner.is_empty() {
        let all: Map<_, _> = inner.iter().map(|(name, item)| (name.clone(), property(item))).collect();
        schema.insert("properties".into(), all.into());
    }
    Value::Object(schema)
}

/// The JSON Schema of an object with these properties; those count as required that say so.
fn object(items: &[(String, Value)]) -> Value {
    let all: Map<_, _> = items.iter().map(|(name, item)| (name.clone(), property(item))).collect();
    let required: Vec<_> = items.iter().filter(|(_, item)| item["required"] == true).map(|(name, _)| name).collect();
    if required.is_empty() {
        return json!({"type": "object", "properties": all});
    }
    json!({"type": "object", "required": required, "properties": all})
}

fn outputs(imported: &mut Imported, outputs: Option<&Value>) {
    let items = listed(outputs.unwrap_or(&Value::Null));
    if !items.is_empty() {
        imported.version.output_schema = Some(Arc::new(object(&items)));
    }
}

/// Takes over function tools, in Prompty's notation and in OpenAI's.
fn tools(imported: &mut Imported, tools: Option<&Value>) {
    reference(imported, "tools", tools);
    for (name, tool) in listed_tools(tools.unwrap_or(&Value::Null)) {
        let kind = tool["kind"].as_str().or_else(|| tool["type"].as_str()).unwrap_or("function");
        if kind != "function" {
            imported.lost.push(format!("There is no place for the tool `{name}` of the kind `{kind}`."));
            continue;
        }
        let body = if tool["function"].is_object() { &tool["function"] } else { &tool };
        let parameters = &body["parameters"];
        let is_schema = parameters["type"] == "object";
        let parameters = if is_schema { parameters.clone() } else { object(&listed(parameters)) };
        carry::tool(imported, &name, &body["description"], parameters);
    }
}

fn listed_tools(tools: &Value) -> Vec<(String, Value)> {
    match tools {
        Value::Array(items) => items
            .iter()
            .map(|tool| {
                let name = tool["name"].as_str().or_else(|| tool["function"]["name"].as_str());
                (name.unwrap_or("unnamed").to_owned(), tool.clone())
            })
            .collect(),
        map => listed(map),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::write;

    fn written(text: &str, literal: bool) -> String {
        let imported = import("chat/shop.prompty", text, &Options { literal, ..Options::default() }).unwrap();
        assert_eq!(imported.name_hint, "chat-shop");
        let (prompt, version) = (write::document(&imported.prompt, None), write::document(&imported.version, None));
        format!("{}---\n{}---\n{}", prompt.unwrap(), version.unwrap(), imported.lost.join("\n"))
    }

    const TWO: &str = "---\nname: Shop\ndescription: Answers.\nmetadata: {authors: [ana], tags: [Basic]}\nmodel:\n  id: gpt-4\n  connection:\n    kind: key\n    apiKey: ${env:KEY}\n  options: {temperature: 0.7, maxOutputTokens: 10, additionalProperties: {seed: 7}}\ninputs:\n  - {name: first, kind: string, default: Jane}\n  - {name: question, kind: string, description: What., required: true}\n  - {name: talk, kind: thread}\noutputs:\n  - {name: sure, kind: float}\ntools:\n  - name: find\n    kind: function\n    description: Finds.\n    parameters:\n      - {name: id, kind: string, required: true}\n  - {name: disk, kind: mcp}\n---\nsystem:\nYou help {{first}}.\n\n{{talk}}\n\nuser:\n{{question}}\n";

    #[test]
    fn version_two_is_taken_literally() {
        insta::assert_snapshot!(written(TWO, true), @r#"
        display_name: Shop
        description: Answers.
        tags: [basic]
        ---
        messages:
          - role: system
            content: |-
              You help {{first}}.

              {{talk}}
          - role: user
            content: "{{question}}"
        engine: none
        output_schema:
          type: object
          properties:
            sure: {type: number}
        tools:
          - name: find
            description: Finds.
            parameters:
              type: object
              required: [id]
              properties:
                id: {type: string}
        parameters: {temperature: 0.7, max_tokens: 10, seed: 7}
        notes: Written for the model gpt-4.
        ---
        There is no place for `authors` of the file.
        The model `gpt-4` is only mentioned in the notes: name a model profile for it.
        The connection to the model is not taken over: it belongs in a model profile.
        There is no place for the tool `disk` of the kind `mcp`.
        The text is literal, so its variables `first`, `question` are not declared.
        "#);
    }

    #[test]
    fn version_two_is_taken_as_a_template() {
        insta::assert_snapshot!(written(TWO, false), @r#"
        display_name: Shop
        description: Answers.
        tags: [basic]
        ---
        messages:
          - role: system
            content: You help {{first}}.
          - placeholder: talk
          - role: user
            content: "{{question}}"
        input_schema:
          type: object
          required: [question]
          properties:
            first: {type: string, default: Jane}
            question: {type: string, description: What.}
        output_schema:
          type: object
          properties:
            sure: {type: number}
        tools:
          - name: find
            description: Finds.
            parameters:
              type: object
              required: [id]
              properties:
                id: {type: string}
        parameters: {temperature: 0.7, max_tokens: 10, seed: 7}
        notes: Written for the model gpt-4.
        ---
        There is no place for `authors` of the file.
        The model `gpt-4` is only mentioned in the notes: name a model profile for it.
        The connection to the model is not taken over: it belongs in a model profile.
        There is no place for the tool `disk` of the kind `mcp`.
        "#);
    }

    #[test]
    fn version_one_keeps_samples_as_defaults() {
        let one = "---\nname: Old\nauthors: [ana]\nmodel:\n  api: chat\n  configuration: {type: azure_openai, azure_deployment: gpt-35}\n  parameters: {max_tokens: 30, tools: [{type: function, function: {name: f, parameters: {type: object}}}]}\ninputs:\n  question: {type: string}\nsample:\n  question: Why?\n  age: 3\n---\nsystem:\nHi\nuser:\n{{question}}\n";
        insta::assert_snapshot!(written(one, false), @r#"
        display_name: Old
        ---
        messages:
          - role: system
            content: Hi
          - role: user
            content: "{{question}}"
        input_schema:
          type: object
          properties:
            question: {type: string, default: "Why?"}
            age: {default: 3}
        tools:
          - name: f
            parameters: {type: object}
        parameters: {max_tokens: 30}
        notes: Written for the model gpt-35.
        ---
        The model `gpt-35` is only mentioned in the notes: name a model profile for it.
        The connection to the model is not taken over: it belongs in a model profile.
        There is no place for `authors` of the file.
        "#);
    }

    #[test]
    fn jinja_is_never_taken_as_a_template_and_references_are_not_followed() {
        let text = "---\nmodel: ${file:model.json}\ninputs: ${file:inputs.json}\n---\nuser:\n{% if a %}{{ b | upper }}{% endif %}\n";
        insta::assert_snapshot!(written(text, false), @r#"
        {}
        ---
        content: "{% if a %}{{ b | upper }}{% endif %}"
        engine: none
        ---
        The model is the reference `${file:model.json}`, which is not followed.
        `inputs` is the reference `${file:inputs.json}`, which is not followed.
        The text is more jinja2 than variables alone, so it is taken literally.
        "#);
    }

    #[test]
    fn a_broken_file_is_named_with_what_is_wrong() {
        let fault = import("a.prompty", "---\na: [\n---\nx", &Options::default()).unwrap_err();
        insta::assert_snapshot!(fault, @"The front matter of a.prompty is broken: this is not YAML: unclosed bracket '[', in line 2.");
    }
}
