//! Dotprompt's `.prompt`: front matter with a model, parameters and schemas, and a Handlebars template.

use super::{Format, Imported, Options, carry, front, hint, picoschema};
use crate::domain::{Speaker, Turn};
use serde_json::{Map, Value, json};

/// The keys of front matter that dotprompt itself knows.
const RESERVED: [&str; 12] = [
    "config",
    "description",
    "ext",
    "input",
    "model",
    "name",
    "output",
    "raw",
    "toolDefs",
    "tools",
    "variant",
    "version",
];

/// What a `.prompt` file says, in dotprompt's own terms.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Metadata {
    /// The front matter as it was.
    pub raw: Map<String, Value>,
    /// Keys with a dot, by what stands before the last one: `myext.foo: 1` is `{"myext": {"foo": 1}}`.
    pub ext: Map<String, Value>,
    /// The model.
    pub model: Option<String>,
    /// The parameters of the model call.
    pub config: Map<String, Value>,
    /// The JSON Schema of the input.
    pub input_schema: Option<Value>,
    /// Values for variables that the caller does not give.
    pub input_default: Map<String, Value>,
    /// The JSON Schema of the answer.
    pub output_schema: Option<Value>,
    /// The form of the answer, such as `json`.
    pub output_format: Option<String>,
    /// The template: where there is front matter, without white space at both ends, as dotprompt reads it.
    pub template: String,
    /// What follows the front matter, byte for byte.
    pub body: String,
    /// What could not be understood, each a sentence.
    pub faults: Vec<String>,
}

impl Metadata {
    /// Reads a file. `schemas` are the JSON Schemas that it may name.
    ///
    /// Broken front matter is a fault, and the whole file is the template then, as it is in dotprompt.
    #[must_use]
    pub fn read(text: &str, schemas: &Map<String, Value>) -> Self {
        let parts = front::split(text);
        if parts.front.is_none() {
            return Self { template: text.to_owned(), body: text.to_owned(), ..Self::default() };
        }
        let raw = match parts.map() {
            Ok(raw) => raw,
            Err(fault) => {
                let faults = vec![format!("The front matter is broken, so the whole file is the text: {fault}.")];
                return Self { template: trim(text).to_owned(), body: text.to_owned(), faults, ..Self::default() };
            }
        };
        let mut read = Self { template: trim(parts.body).to_owned(), body: parts.body.to_owned(), ..Self::default() };
        if parts.above.contains('#') {
            read.faults.push("There is no place for the comment above the front matter.".into());
        }
        read.fields(&raw, schemas);
        read.raw = raw;
        read
    }

    fn fields(&mut self, raw: &Map<String, Value>, schemas: &Map<String, Value>) {
        let part = |key: &str, inner: &str| raw.get(key).and_then(|value| value.get(inner)).unwrap_or(&Value::Null);
        self.model = raw.get("model").and_then(Value::as_str).map(str::to_owned);
        self.config = raw.get("config").and_then(Value::as_object).cloned().unwrap_or_default();
        self.input_default = part("input", "default").as_object().cloned().unwrap_or_default();
        self.output_format = part("output", "format").as_str().map(str::to_owned);
        self.input_schema = self.schema("input", part("input", "schema"), schemas);
        self.output_schema = self.schema("output", part("output", "schema"), schemas);
        for (key, value) in raw {
            if let Some((namespace, field)) = key.rsplit_once('.')
                && let Some(fields) = self.ext.entry(namespace).or_insert_with(|| json!({})).as_object_mut()
            {
                fields.insert(field.to_owned(), value.clone());
            }
        }
    }

    /// The JSON Schema of the input or the output; names that are not known stand for anything.
    fn schema(&mut self, which: &str, written: &Value, schemas: &Map<String, Value>) -> Option<Value> {
        let mut unknown = Vec::new();
        let mut resolve = |name: &str| {
            Some(schemas.get(name).cloned().unwrap_or_else(|| {
                unknown.push(name.to_owned());
                json!({})
            }))
        };
        let schema = picoschema::picoschema(written, &mut resolve).map(|schema| {
            let mut schema = schema?;
            let mended = picoschema::mend(&mut schema, &mut resolve);
            Some((schema, mended))
        });
        let (schema, mended) = match schema {
            Ok(found) => found?,
            Err(fault) => {
                self.faults.push(format!("The schema of the {which} is broken: {fault}."));
                return None;
            }
        };
        if mended {
            self.faults.push(format!("The schema of the {which} mixes JSON Schema and Picoschema; it was mended."));
        }
        if !unknown.is_empty() {
            let names = carry::quoted(&unknown);
            self.faults.push(format!("The schema of the {which} names {names}, which the file does not define."));
        }
        let is_only_a_name = written.is_string() && !unknown.is_empty();
        (!is_only_a_name).then_some(schema)
    }
}

/// Takes white space off both ends, as JavaScript does.
fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| (c.is_whitespace() && c != '\u{85}') || c == '\u{FEFF}')
}

pub(super) fn import(path: &str, text: &str, options: &Options) -> Imported {
    let read = Metadata::read(text, &options.schemas);
    let mut imported = Imported { name_hint: hint::from_path(Format::Dotprompt, path), ..Imported::default() };
    imported.lost = read.faults;
    carry::titles(&mut imported, &read.raw);
    let content = if options.literal { read.body.as_str() } else { read.template.as_str() };
    imported.version.messages = vec![Turn::Message { role: Speaker::User, content: content.into() }];
    carry::parameters(&mut imported, read.config);
    if let Some(model) = &read.model {
        carry::model(&mut imported, model);
    }
    if let Some(format) = read.output_format.filter(|format| format != "text" && read.output_schema.is_none()) {
        imported.lost.push(format!("There is no place for the output format `{format}`."));
    }
    carry::output_schema(&mut imported, read.output_schema);
    tools(&mut imported, &read.raw, options);
    let declared = declared(&mut imported, read.input_schema, read.input_default);
    carry::settle(&mut imported, declared, options);
    if options.literal && ["{{role", "{{#role", "{{ role"].iter().any(|marker| content.contains(marker)) {
        imported.lost.push("The text is literal, so its role markers make no messages.".into());
    }
    carry::leftovers(&mut imported, &read.raw, &RESERVED);
    imported.front_matter = read.raw;
    imported
}

/// The schema of the input with the defaults in it; variables with a default are not required.
fn declared(imported: &mut Imported, schema: Option<Value>, defaults: Map<String, Value>) -> Option<Value> {
    let is_object = |schema: &Value| schema["type"] == "object";
    if let Some(other) = schema.as_ref().filter(|schema| !is_object(schema)) {
        let other = carry::brief(other);
        imported.lost.push(format!("The schema of the input is not one of an object: {other}."));
    }
    let schema = schema.filter(is_object);
    if defaults.is_empty() {
        return schema;
    }
    let mut schema = schema.unwrap_or_else(|| json!({"type": "object", "properties": {}}));
    let map = schema.as_object_mut()?;
    if let Some(required) = map.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| name.as_str().is_none_or(|name| !defaults.contains_key(name)));
    }
    let properties = map.entry("properties").or_insert_with(|| json!({})).as_object_mut()?;
    for (name, default) in defaults {
        let property = properties.entry(name).or_insert_with(|| json!({"type": kind(&default)}));
        if let Some(property) = property.as_object_mut() {
            property.insert("default".into(), default);
        }
    }
    Some(schema)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Takes over the tools that the file defines, and names those that it only names.
fn tools(imported: &mut Imported, raw: &Map<String, Value>, options: &Options) {
    let list = |key: &str| raw.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let names: Vec<_> = list("tools").iter().filter_map(Value::as_str).map(str::to_owned).collect();
    if !names.is_empty() {
        let names = carry::quoted(&names);
        imported.lost.push(format!("The tools {names} are only named in the file: describe them under `tools`."));
    }
    for tool in list("toolDefs") {
        let mut resolve = |name: &str| options.schemas.get(name).cloned();
        match picoschema::picoschema(&tool["inputSchema"], &mut resolve) {
            Ok(schema) => {
                let parameters = schema.unwrap_or_else(|| json!({"type": "object", "properties": {}}));
                let name = tool["name"].as_str().unwrap_or("unnamed");
                carry::tool(imported, name, &tool["description"], parameters);
            }
            Err(fault) => imported.lost.push(format!("The tool {} is broken: {fault}.", carry::brief(&tool["name"]))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::one_text, files::write};

    const FILE: &str = "# Licence\n\n---\nmodel: googleai/gemini\nconfig: {temperature: 0.4, maxOutputTokens: 64, topK: 9}\n\
        input:\n  schema:\n    name: string, who\n    mood?: string\n  default: {name: Ana}\noutput: {format: json, schema: Answer}\n\
        tools: [search]\nmyext.foo: 1\nodd: 2\n---\n\n{{role \"system\"}}Be kind.\n{{role \"user\"}}I am {{name}} from {{city}}.\n\n";

    fn imported(literal: bool) -> Imported {
        import("greet.fr.prompt", FILE, &Options { literal, ..Options::default() })
    }

    #[test]
    fn a_literal_prompt_keeps_every_byte_after_the_front_matter() {
        let imported = imported(true);
        assert_eq!(imported.name_hint, "greet-fr");
        assert!(FILE.ends_with(&format!("---\n{}", one_text(&imported.version.messages))));
        insta::assert_snapshot!(write::document(&imported.version, None).unwrap(), @r#"
        content: |+

          {{role "system"}}Be kind.
          {{role "user"}}I am {{name}} from {{city}}.

        engine: none
        parameters: {temperature: 0.4, max_tokens: 64, top_k: 9}
        notes: Written for the model googleai/gemini.
        "#);
        insta::assert_snapshot!(imported.lost.join("\n"), @"
        There is no place for the comment above the front matter.
        The schema of the output names `Answer`, which the file does not define.
        The model `googleai/gemini` is only mentioned in the notes: name a model profile for it.
        There is no place for the output format `json`.
        The tools `search` are only named in the file: describe them under `tools`.
        The text is literal, so its variables `name`, `mood` are not declared.
        The text is literal, so its role markers make no messages.
        There is no place for `myext.foo`, `odd` of the file.
        ");
    }

    #[test]
    fn a_template_keeps_its_variables_and_is_trimmed_as_dotprompt_does() {
        let imported = imported(false);
        insta::assert_snapshot!(write::document(&imported.version, None).unwrap(), @r#"
        content: |-
          {{role "system"}}Be kind.
          {{role "user"}}I am {{name}} from {{city}}.
        input_schema:
          type: object
          properties:
            name: {type: string, description: who, default: Ana}
            mood:
              type: [string, "null"]
            city: {type: string}
          required: [city]
          additionalProperties: false
        parameters: {temperature: 0.4, max_tokens: 64, top_k: 9}
        notes: Written for the model googleai/gemini.
        "#);
        insta::assert_snapshot!(imported.lost.join("\n"), @"
        There is no place for the comment above the front matter.
        The schema of the output names `Answer`, which the file does not define.
        The model `googleai/gemini` is only mentioned in the notes: name a model profile for it.
        There is no place for the output format `json`.
        The tools `search` are only named in the file: describe them under `tools`.
        There is no place for `myext.foo`, `odd` of the file.
        ");
        assert_eq!(imported.front_matter["myext.foo"], 1);
    }

    #[test]
    fn extensions_are_sorted_by_what_stands_before_their_last_dot() {
        let read = Metadata::read("---\na.b: 1\na.c.d: 2\n---\nx", &Map::new());
        assert_eq!(Value::from(read.ext), json!({"a": {"b": 1}, "a.c": {"d": 2}}));
    }

    #[test]
    fn broken_front_matter_makes_the_whole_file_the_text_and_says_so() {
        let text = "---\na: [\n---\nHello {{name}}\n";
        let imported = import("a.prompt", text, &Options::default());
        assert_eq!(one_text(&imported.version.messages), text);
        insta::assert_snapshot!(imported.lost.join("\n"), @"The front matter is broken, so the whole file is the text: this is not YAML: unclosed bracket '[', in line 2.");
    }

    #[test]
    fn tools_that_the_file_defines_are_taken_over() {
        let text = "---\ntoolDefs:\n  - {name: find, description: Finds., inputSchema: {id: string}}\n  - {name: bad, inputSchema: No}\n---\nx";
        let imported = import("a.prompt", text, &Options::default());
        assert_eq!(imported.version.tools.len(), 1);
        assert_eq!(imported.version.tools[0]["parameters"]["required"], json!(["id"]));
        assert_eq!(imported.lost, ["The tool \"bad\" is broken: the schema `No` is not known."]);
    }
}
