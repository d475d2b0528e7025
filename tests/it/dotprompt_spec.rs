//! Dotprompt's own conformance cases: every expected field but the messages, which take a renderer.

use promptreg::{
    domain::Limits,
    files::{
        import::{Format, Imported, Options, dotprompt::Metadata, import},
        yaml,
    },
};
use serde_json::{Map, Value, json};
use std::{fs, path::Path};

/// One case: a template with all that is around it, the data, and what must come of them.
struct Case {
    name: String,
    template: String,
    schemas: Map<String, Value>,
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

/// What does not come out as expected, each with its name.
fn faults(case: &Case) -> Vec<String> {
    let read = Metadata::read(&case.template, &case.schemas);
    let options = Options { literal: false, schemas: case.schemas.clone() };
    let batch = import(Format::Dotprompt, "case.prompt", &case.template, &options);
    let [Imported { version, front_matter, .. }] = &batch.prompts[..] else { panic!("{}", case.name) };
    let mut faults = Vec::new();
    let mut compare = |key: &str, actual: Option<Value>, expected: &Value| {
        if actual.as_ref() != Some(expected) {
            faults.push(format!("{}: {key} is {actual:?}, not {expected}", case.name));
        }
    };
    for (key, expected) in case.expect.iter().filter(|(key, _)| *key != "messages") {
        compare(key, field(key, &read, case), expected);
    }
    // What was imported says the same as what was read.
    if let Some(expected) = case.expect.get("output").and_then(|output| output.get("schema")) {
        compare("output_schema", version.output_schema.clone(), expected);
    }
    if let Some(expected) = case.expect.get("raw") {
        compare("front_matter", Some(Value::Object(front_matter.clone())), expected);
    }
    faults
}

#[test]
#[ignore = "needs PROMPTREG_DOTPROMPT_SPEC, the folder of dotprompt's specification"]
fn every_case_expects_the_front_matter_that_is_read() {
    let folder = std::env::var("PROMPTREG_DOTPROMPT_SPEC").unwrap();
    let cases = cases(Path::new(&folder));
    let faults: Vec<_> = cases.iter().flat_map(faults).collect();
    assert!(faults.is_empty(), "{} faults in {} cases:\n{}", faults.len(), cases.len(), faults.join("\n"));
    assert_eq!(cases.len(), 117);
}
