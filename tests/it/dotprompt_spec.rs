//! Cases in the form of dotprompt's conformance suite, imported and rendered: every expected field is compared.

use promptreg::{
    domain::{Content, Limits, Media, Message, Part, PartialName, Selector, Speaker, Version},
    files::{
        import::{Format, Imported, Options, dotprompt::Metadata, import},
        yaml,
    },
    template::Compiled,
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

/// One case: a template with all that is around it, the data, and what must come of them.
struct Case {
    name: String,
    template: String,
    schemas: Map<String, Value>,
    /// The partials, however the case hands them over.
    partials: Map<String, Value>,
    /// Input, messages and context: the group's, then the test's own.
    data: Map<String, Value>,
    options: Value,
    expect: Map<String, Value>,
}

fn map(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn cases(folder: &Path) -> Vec<Case> {
    let mut cases = Vec::new();
    let files = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().map(Result::unwrap);
    for file in files.filter(|file| file.path().extension().is_some_and(|end| end == "yaml")) {
        let tree = yaml::parse(&fs::read_to_string(file.path()).unwrap(), &Limits::default());
        let groups = tree.value.unwrap_or_else(|| panic!("{}: {:?}", file.path().display(), tree.faults));
        for group in groups.as_array().unwrap() {
            for test in group["tests"].as_array().unwrap() {
                let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let file = file.path().file_stem().unwrap().to_str().unwrap();
                cases.push(Case {
                    name: format!("{file}/{}: {}", word(&group["name"]), word(&test["desc"])),
                    template: word(&group["template"]),
                    schemas: map(&group["schemas"]),
                    partials: map(&group["partials"]).into_iter().chain(map(&group["resolverPartials"])).collect(),
                    data: map(&group["data"]).into_iter().chain(map(&test["data"])).collect(),
                    options: test["options"].clone(),
                    expect: map(&test["expect"]),
                });
            }
        }
    }
    cases
}

/// What we make of a field of the front matter, in the shape in which the case expects it.
fn field(key: &str, read: &Metadata, case: &Case) -> Option<Value> {
    let with = |parts: Vec<(&str, Option<Value>)>| {
        Value::Object(parts.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect())
    };
    Some(match key {
        "config" => json!(read.config),
        "model" => json!(read.model),
        "raw" => json!(read.raw),
        "ext" => json!(read.ext),
        "input" => {
            // What a caller sets goes before what the file says.
            let set = map(&case.options["input"]["default"]);
            let default: Map<_, _> = read.input_default.clone().into_iter().chain(set).collect();
            let default = (!default.is_empty()).then_some(Value::Object(default));
            with(vec![("schema", read.input_schema.clone()), ("default", default)])
        }
        "output" => {
            with(vec![("schema", read.output_schema.clone()), ("format", read.output_format.clone().map(Value::from))])
        }
        _ => return None,
    })
}

/// The messages that the imported version renders to, in dotprompt's own shape.
fn messages(case: &Case, read: &Metadata, imported: &Imported) -> Result<Value, String> {
    let data = |key: &str| case.data.get(key).map(map).unwrap_or_default();
    let mut version = imported.version.clone();
    let mut partials: Vec<(Selector, Version)> = Vec::new();
    for (name, text) in &case.partials {
        let pin: Selector = format!("{}@1.0.0", promptreg::domain::nearest_name(name).unwrap()).parse().unwrap();
        let options = Options { literal: false, ..Options::default() };
        let batch = import(Format::Dotprompt, "partial.prompt", text.as_str().unwrap(), &options);
        partials.push((pin.clone(), batch.prompts[0].version.clone()));
        let name = promptreg::domain::nearest_name(name).unwrap();
        Arc::make_mut(&mut version.uses).insert(name.parse::<PartialName>().map_err(|error| error.to_string())?, pin);
    }
    for (_, partial) in &mut partials {
        partial.uses = version.uses.clone();
    }
    let find = |pin: &Selector| partials.iter().find(|(other, _)| other == pin).map(|(_, version)| version);
    let compiled = Compiled::new(&version, find, &Limits::default()).map_err(|error| error.to_string())?;
    let set = map(&case.options["input"]["default"]);
    let input = read.input_default.clone().into_iter().chain(set).chain(data("input")).collect();
    let history: Vec<Message> =
        case.data.get("messages").and_then(Value::as_array).into_iter().flatten().map(ours).collect();
    let given = if history.is_empty() { BTreeMap::new() } else { BTreeMap::from([("history".to_owned(), history)]) };
    let rendered = compiled.render(&input, &given, &data("context")).map_err(|error| error.to_string())?;
    Ok(rendered.iter().map(theirs).collect())
}

fn ours(message: &Value) -> Message {
    let role = match message["role"].as_str().unwrap() {
        "model" => Speaker::Assistant,
        role => serde_json::from_value(json!(role)).unwrap(),
    };
    let parts = message["content"].as_array().unwrap().iter().map(|part| match part.get("media") {
        Some(media) => Part::Media {
            media: Media {
                url: media["url"].as_str().unwrap().to_owned(),
                content_type: media["contentType"].as_str().map(str::to_owned),
            },
        },
        None => Part::Text { text: part["text"].as_str().unwrap().to_owned() },
    });
    Message { role, content: Content::Parts(parts.collect()), metadata: map(&message["metadata"]) }
}

fn theirs(message: &Message) -> Value {
    let part = |part: &Part| match part {
        Part::Media { media } => {
            let mut value = json!({"url": media.url});
            if let Some(kind) = &media.content_type {
                value["contentType"] = json!(kind);
            }
            json!({"media": value})
        }
        other => json!(other),
    };
    let content: Vec<Value> = match &message.content {
        Content::Text(text) => vec![json!({"text": text})],
        Content::Parts(parts) => parts.iter().map(part).collect(),
    };
    let role = if message.role == Speaker::Assistant { "model" } else { message.role.as_str() };
    let mut value = json!({"role": role, "content": content});
    if !message.metadata.is_empty() {
        value["metadata"] = json!(message.metadata);
    }
    value
}

/// What does not come out as expected, each with its name.
fn faults(case: &Case) -> Vec<String> {
    let read = Metadata::read(&case.template, &case.schemas);
    let options = Options { literal: false, schemas: case.schemas.clone() };
    let batch = import(Format::Dotprompt, "case.prompt", &case.template, &options);
    let [imported @ Imported { version, front_matter, .. }] = &batch.prompts[..] else { panic!("{}", case.name) };
    let mut faults = Vec::new();
    let mut compare = |key: &str, actual: Option<Value>, expected: &Value| {
        if actual.as_ref() != Some(expected) {
            faults.push(format!("{}: {key} is {actual:?}, not {expected}", case.name));
        }
    };
    for (key, expected) in case.expect.iter().filter(|(key, _)| *key != "messages") {
        compare(key, field(key, &read, case), expected);
    }
    if let Some(expected) = case.expect.get("messages") {
        let actual = messages(case, &read, imported).unwrap_or_else(Value::String);
        compare("messages", Some(actual), expected);
    }
    // What was imported says the same as what was read.
    if let Some(expected) = case.expect.get("output").and_then(|output| output.get("schema")) {
        compare("output_schema", version.output_schema.as_deref().cloned(), expected);
    }
    if let Some(expected) = case.expect.get("raw") {
        compare("front_matter", Some(Value::Object(front_matter.clone())), expected);
    }
    faults
}

/// Our own cases, in the form of dotprompt's; `PROMPTREG_DOTPROMPT_SPEC` names the folder of its own specification.
#[test]
fn every_case_comes_out_as_it_expects() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/dotprompt_cases");
    let folder = std::env::var_os("PROMPTREG_DOTPROMPT_SPEC").map_or(own, Into::into);
    let cases = cases(&folder);
    let faults: Vec<_> = cases.iter().flat_map(faults).collect();
    assert!(faults.is_empty(), "{} faults in {} cases:\n{}", faults.len(), cases.len(), faults.join("\n"));
    assert!(cases.len() >= 14, "{} cases in {}", cases.len(), folder.display());
}
