//! GitHub Models' `.prompt.yml`: messages, parameters, a schema of the answer, test data and evaluators.

use super::{Format, Imported, Options, carry, front, hint};
use crate::domain::{Speaker, Test, Turn};
use serde_json::{Map, Value};

/// The keys that have a place here, or that are spoken of by name.
const KNOWN: [&str; 9] = [
    "name",
    "description",
    "model",
    "modelParameters",
    "messages",
    "testData",
    "evaluators",
    "responseFormat",
    "jsonSchema",
];

pub(super) fn import(path: &str, text: &str, options: &Options) -> Result<Imported, String> {
    let file = front::map(text).map_err(|fault| format!("{path} is not a prompt of GitHub Models: {fault}."))?;
    let mut imported = Imported { name_hint: hint::from_path(Format::GithubModels, path), ..Imported::default() };
    carry::titles(&mut imported, &file);
    let messages = file.get("messages").and_then(Value::as_array).filter(|messages| !messages.is_empty());
    let messages = messages.ok_or_else(|| format!("{path} has no list of `messages`."))?;
    for message in messages {
        let turn = turn(message, &mut imported.lost).map_err(|fault| format!("{path}: {fault}."))?;
        imported.version.messages.push(turn);
    }
    if let Some(config) = file.get("modelParameters").and_then(Value::as_object) {
        carry::parameters(&mut imported, config.clone());
    }
    if let Some(model) = file.get("model").and_then(Value::as_str) {
        carry::model(&mut imported, model);
    }
    answer(&mut imported, &file);
    carry::settle(&mut imported, None, options);
    tests(&mut imported, &file, options);
    carry::leftovers(&mut imported, &file, &KNOWN);
    imported.front_matter = file;
    Ok(imported)
}

fn turn(message: &Value, lost: &mut Vec<String>) -> Result<Turn, String> {
    let role = match message["role"].as_str() {
        Some("system") => Speaker::System,
        Some("user") => Speaker::User,
        Some("assistant") => Speaker::Assistant,
        Some("tool") => Speaker::Tool,
        Some("developer") => {
            lost.push("A message of the role `developer` is one of `system` here.".into());
            Speaker::System
        }
        _ => return Err(format!("a message has the role {}", carry::brief(&message["role"]))),
    };
    match message["content"].as_str() {
        Some(content) => Ok(Turn::Message { role, content: content.into() }),
        None => Err(format!("the content of a message is no text: {}", carry::brief(&message["content"]))),
    }
}

/// Takes over the form of the answer. `jsonSchema` is JSON in a text, with the schema below `schema`.
fn answer(imported: &mut Imported, file: &Map<String, Value>) {
    let format = file.get("responseFormat").and_then(Value::as_str);
    let written = match file.get("jsonSchema") {
        None => {
            if let Some(format) = format.filter(|format| *format != "text") {
                imported.lost.push(format!("There is no place for the response format `{format}`."));
            }
            return;
        }
        Some(Value::String(text)) => match serde_json::from_str::<Value>(text) {
            Ok(schema) => schema,
            Err(error) => {
                imported.lost.push(format!("The text of `jsonSchema` is not JSON: {error}."));
                return;
            }
        },
        Some(value) => value.clone(),
    };
    let schema = written.get("schema").filter(|schema| schema.is_object()).cloned();
    carry::output_schema(imported, Some(schema.unwrap_or(written)));
}

/// Takes over the test data, with the evaluators that look for a text.
fn tests(imported: &mut Imported, file: &Map<String, Value>, options: &Options) {
    let rows = file.get("testData").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let evaluators = file.get("evaluators").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if options.literal {
        if !rows.is_empty() || !evaluators.is_empty() {
            imported.lost.push("The text is literal, so its test data and evaluators are left out.".into());
        }
        return;
    }
    let (wanted, other): (Vec<_>, Vec<_>) =
        evaluators.iter().partition(|evaluator| evaluator["string"]["contains"].is_string());
    for evaluator in other {
        imported.lost.push(format!("There is no place for the evaluator {}.", carry::brief(&evaluator["name"])));
    }
    for (i, row) in rows.iter().enumerate() {
        match row.as_object() {
            Some(row) => test(imported, i + 1, row, &wanted),
            None => imported.lost.push(format!("Row {} of the test data is no map.", i + 1)),
        }
    }
}

/// Takes over one row of the test data; `wanted` are the evaluators that look for a text.
fn test(imported: &mut Imported, number: usize, row: &Map<String, Value>, wanted: &[&Value]) {
    let names: Vec<_> = imported.version.variable_names().map(str::to_owned).collect();
    let (input, rest): (Map<_, _>, Map<_, _>) = row.clone().into_iter().partition(|(key, _)| names.contains(key));
    // The variables are texts, and the other tool fills in whatever it finds.
    let input = input.into_iter().map(|(key, value)| (key, word(&value).into())).collect();
    let texts = wanted.iter().filter_map(|evaluator| evaluator["string"]["contains"].as_str());
    let expect = texts.map(|text| serde_json::json!({"contains": filled(text, row)})).collect();
    let unused: Vec<_> = rest.keys().filter(|key| !wanted_key(wanted, key)).cloned().collect();
    if !unused.is_empty() {
        let unused = carry::quoted(&unused);
        imported.lost.push(format!("Row {number} of the test data has {unused}, which no message uses."));
    }
    imported.version.tests.push(Test { name: format!("row {number}"), input, render_contains: Vec::new(), expect });
}

/// Whether an evaluator that was taken over fills in this key.
fn wanted_key(wanted: &[&Value], key: &str) -> bool {
    let tag = format!("{{{{{key}}}}}");
    wanted.iter().any(|evaluator| evaluator["string"]["contains"].as_str().is_some_and(|text| text.contains(&tag)))
}

/// The text with the row's values in the place of its variables.
fn filled(text: &str, row: &Map<String, Value>) -> String {
    row.iter().fold(text.to_owned(), |text, (key, value)| text.replace(&format!("{{{{{key}}}}}"), &word(value)))
}

/// A value as it stands in a text.
fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::write;

    const FILE: &str = r#"name: Compare
description: Compares two things.
model: openai/gpt-4o
modelParameters: {temperature: 0.5, maxTokens: 100}
messages:
  - role: system
    content: |
      Be brief.
  - {role: user, content: "Compare {{a}} and {{b}}."}
responseFormat: json_schema
jsonSchema: '{"name": "answer", "schema": {"type": "object"}}'
testData:
  - {a: 1, b: tea, expected: tea}
evaluators:
  - {name: has, string: {contains: "{{expected}}"}}
  - {name: similar, uses: github/similarity}
sharedWith: [everyone]
"#;

    fn imported(literal: bool) -> (String, String, Vec<String>) {
        let options = Options { literal, ..Options::default() };
        let imported = import("ai/compare.prompt.yml", FILE, &options).unwrap();
        assert_eq!(imported.name_hint, "ai-compare");
        let file = |noun: &dyn Fn() -> serde_json::Result<String>| noun().unwrap();
        let version = file(&|| write::document(&imported.version, None));
        (file(&|| write::document(&imported.prompt, None)), version, imported.lost)
    }

    #[test]
    fn a_literal_prompt_keeps_its_braces_and_says_what_is_lost() {
        let (prompt, version, lost) = imported(true);
        insta::assert_snapshot!(prompt, @"
        display_name: Compare
        description: Compares two things.
        ");
        insta::assert_snapshot!(version, @"
        messages:
          - role: system
            content: |
              Be brief.
          - role: user
            content: Compare {{a}} and {{b}}.
        engine: none
        output_schema: {type: object}
        parameters: {temperature: 0.5, max_tokens: 100}
        notes: Written for the model openai/gpt-4o.
        ");
        insta::assert_snapshot!(lost.join("\n"), @"
        The model `openai/gpt-4o` is only mentioned in the notes: name a model profile for it.
        The text is literal, so its test data and evaluators are left out.
        There is no place for `sharedWith` of the file.
        ");
    }

    #[test]
    fn a_template_keeps_its_variables_and_tests() {
        let (_, version, lost) = imported(false);
        insta::assert_snapshot!(version, @r#"
        messages:
          - role: system
            content: |
              Be brief.
          - role: user
            content: Compare {{a}} and {{b}}.
        input_schema:
          type: object
          required: [a, b]
          properties:
            a: {type: string}
            b: {type: string}
        output_schema: {type: object}
        parameters: {temperature: 0.5, max_tokens: 100}
        notes: Written for the model openai/gpt-4o.
        tests:
          - name: row 1
            input: {a: "1", b: tea}
            expect:
              - contains: tea
        "#);
        insta::assert_snapshot!(lost.join("\n"), @r#"
        The model `openai/gpt-4o` is only mentioned in the notes: name a model profile for it.
        There is no place for the evaluator "similar".
        There is no place for `sharedWith` of the file.
        "#);
    }

    #[test]
    fn a_broken_file_is_named_with_what_is_wrong() {
        let fault = |text| import("a.prompt.yml", text, &Options::default()).unwrap_err();
        insta::assert_snapshot!(fault("messages: ["), @"a.prompt.yml is not a prompt of GitHub Models: this is not YAML: unclosed bracket '[', in line 1.");
        insta::assert_snapshot!(fault("name: x"), @"a.prompt.yml has no list of `messages`.");
        insta::assert_snapshot!(fault("messages: [{role: robot, content: x}]"), @r#"a.prompt.yml: a message has the role "robot"."#);
        insta::assert_snapshot!(fault("messages: [{role: user, content: [x]}]"), @r#"a.prompt.yml: the content of a message is no text: ["x"]."#);
    }
}
