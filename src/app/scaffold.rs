//! Making files: a new file of any kind, the next version of a prompt.

use super::Error;
use crate::{
    domain::{Bump, Kind, Location, NameError, PromptName, RegistryName, Semver, Version, nearest_name},
    files::{self, Loaded},
};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Where a registry keeps the schemas for its editors.
const SCHEMAS: &str = ".promptreg/schemas";

/// What the line begins with by which editors find the schema of a file.
const SCHEMA_LINE: &str = "# yaml-language-server:";

/// Writes a file and the folders it lies in.
///
/// # Errors
/// Where the operating system refuses.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let failed = |source| Error::Write { path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    fs::write(path, bytes).map_err(failed)
}

/// The name that a folder suggests for a registry.
#[must_use]
pub fn name_for(folder: &Path) -> Option<RegistryName> {
    let last = folder.file_name()?.to_string_lossy().into_owned();
    nearest_name(&last)?.parse().ok()
}

/// Writes the first file of a new thing, with the line by which editors find its schema. Answers the paths written.
///
/// A prompt gets a `prompt.yaml` and a version 0.1.0; its name may have its collection before it.
///
/// # Errors
/// Where the name is none, or the file is there already.
pub fn new_file(root: &Path, kind: Kind, name: &str) -> Result<Vec<PathBuf>, Error> {
    let parameter = |error: NameError| Error::parameter("name", &error);
    let (location, text) = match kind {
        Kind::Prompt => return new_prompt(root, name),
        Kind::Collection => (Location::Collection(name.parse().map_err(parameter)?), COLLECTION.to_owned()),
        Kind::Workflow => (Location::Workflow(name.parse().map_err(parameter)?), workflow(root)?),
        Kind::Model => (Location::Model(name.parse().map_err(parameter)?), MODEL.to_owned()),
        Kind::Hook => (Location::Hook(name.parse().map_err(parameter)?), HOOK.to_owned()),
        Kind::Client => (Location::Client(name.parse().map_err(parameter)?), CLIENT.to_owned()),
        Kind::User => (Location::User(name.parse().map_err(parameter)?), USER.to_owned()),
        Kind::Role => (Location::Role(name.parse().map_err(parameter)?), ROLE.to_owned()),
        Kind::Policy => (Location::Policy(name.parse().map_err(parameter)?), POLICY.to_owned()),
        Kind::Registry | Kind::Tags | Kind::Version => {
            return Err(Error::Refused(format!("a {kind} is not made by itself: `init` and `bump` make it")));
        }
    };
    Ok(vec![put(root, &location, &text.replace("TITLE", &title(name)))?])
}

fn new_prompt(root: &Path, path: &str) -> Result<Vec<PathBuf>, Error> {
    let parameter = |error: NameError| Error::parameter("name", &error);
    let (collection, name) = match path.rsplit_once('/') {
        Some((collection, name)) => (Some(collection.parse().map_err(parameter)?), name),
        None => (None, path),
    };
    let name: PromptName = name.parse().map_err(parameter)?;
    if let Some(folder) = super::load_folder(root)?.registry.prompts.get(&name) {
        let there = Location::Prompt(folder.collection.clone(), name);
        return Err(Error::Refused(format!("{there} has this name already: edit it, or name another")));
    }
    let number = Semver::new(0, 1, 0);
    let prompt = PROMPT.replace("TITLE", &title(path));
    let prompt = put(root, &Location::Prompt(collection.clone(), name.clone()), &prompt)?;
    let version = put(root, &Location::Version(collection, name, number), VERSION)?;
    Ok(vec![prompt, version])
}

/// A name as people write it: `support/draft-reply` is `Draft reply`.
fn title(name: &str) -> String {
    let words = name.rsplit('/').next().unwrap_or(name).replace('-', " ");
    let mut letters = words.chars();
    let title: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    // A name may read as a number or as `null`, which a display name is not.
    let is_odd = title.starts_with(|letter: char| letter.is_ascii_digit())
        || matches!(&*title, "Null" | "True" | "False" | "Yes" | "No" | "On" | "Off");
    if is_odd { format!("\"{title}\"") } else { title }
}

/// A workflow of one step: the registry's first prompt, each of its variables taken from the input.
fn workflow(root: &Path) -> Result<String, Error> {
    let loaded = super::load_folder(root)?;
    let label = loaded.registry.default_label();
    // A prompt that hands nothing out by default yet is named with its number.
    let first = loaded.registry.prompts.values().find_map(|folder| match folder.by_label(&label) {
        Ok(found) => Some((folder.name.to_string(), found.version)),
        Err(_) => {
            let (number, version) = folder.versions.iter().next_back()?;
            Some((format!("{}@{number}", folder.name), version))
        }
    });
    let Some((selector, version)) = first else {
        return Err(Error::Refused("a workflow needs a prompt: make one with `promptreg new prompt NAME`".to_owned()));
    };
    let variables: Vec<_> = version.variables().into_iter().filter(|variable| variable.required).collect();
    let list = |one: &dyn Fn(&str) -> String| {
        variables.iter().map(|variable| one(&variable.name)).collect::<Vec<_>>().join(", ")
    };
    Ok(WORKFLOW
        .replace("PROMPT", &selector)
        .replace("INPUTS", &list(&|name| format!("{name}: \"{{{{input.{name}}}}}\"")))
        .replace("REQUIRED", &list(&str::to_owned))
        .replace("PROPERTIES", &list(&|name| format!("{name}: {}", schema_of(version, name)))))
}

/// What a variable takes, in one line of YAML.
fn schema_of(version: &Version, variable: &str) -> String {
    let schema = version.input_schema.as_ref().and_then(|schema| schema["properties"][variable].as_object());
    let mut schema = schema.cloned().unwrap_or_default();
    schema.retain(|key, _| !["title", "description", "default", "examples"].contains(&key.as_str()));
    match (schema.len(), &schema.get("type")) {
        (1, Some(Value::String(one))) => format!("{{type: {one}}}"),
        // A reference leads to another place in another file.
        _ if schema.contains_key("$ref") => "{}".to_owned(),
        _ => Value::Object(schema).to_string(),
    }
}

/// Writes one file of the registry, which must not be there yet.
pub(super) fn put(root: &Path, location: &Location, text: &str) -> Result<PathBuf, Error> {
    let relative = location.to_string();
    let path = root.join(&relative);
    if path.symlink_metadata().is_ok() {
        return Err(Error::Refused(format!("{relative} is there already: edit it, or name another")));
    }
    write(&path, format!("{}\n{text}", schema_line(location)).as_bytes())?;
    Ok(path)
}

/// The line by which editors find the schema of a file, as a path that works without a network.
#[must_use]
pub fn schema_line(location: &Location) -> String {
    let up = "../".repeat(location.to_string().matches('/').count());
    format!("{SCHEMA_LINE} $schema={up}{}", schema_path(location.kind()))
}

/// Where a registry keeps the schema of a kind of file.
pub(super) fn schema_path(kind: Kind) -> String {
    format!("{SCHEMAS}/{kind}.json")
}

/// Copies the newest version of a prompt to the next number, formatted, without its `notes`, and with the line by which editors find the
/// schema where it had none. Answers the path written.
///
/// # Errors
/// Where there is no such prompt or no version of it that could be read.
pub fn bump(root: &Path, loaded: &Loaded, name: &PromptName, bump: Bump) -> Result<PathBuf, Error> {
    let folder = loaded.registry.prompt(name)?;
    let newest = folder.versions.keys().next_back();
    let newest = newest.ok_or_else(|| Error::Missing { what: "version of", name: name.to_string() })?;
    let location = |number: Semver| Location::Version(folder.collection.clone(), name.clone(), number);
    let from = location(newest.clone()).to_string();
    let text = loaded.documents.get(from.as_str()).map(|document| document.text.clone()).unwrap_or_default();
    let to = location(newest.bump(bump));
    let next = to.to_string();
    let path = root.join(&next);
    if path.symlink_metadata().is_ok() {
        return Err(Error::Refused(format!("{next} is there already: edit it, or bump another part of the number")));
    }
    let text = files::format(&text).unwrap_or_else(|| text.to_string());
    // What was said of the version before is not true of this one.
    let text = files::write::set_whole(&text, "notes", None).unwrap_or(text);
    let has_line = text.lines().any(|line| line.starts_with(SCHEMA_LINE));
    let line = if has_line { String::new() } else { format!("{}\n", schema_line(&to)) };
    write(&path, format!("{line}{text}").as_bytes())?;
    Ok(path)
}

const PROMPT: &str = "display_name: TITLE\ndescription: Say in a sentence what it does, and for whom.\nlabels: {}\n";
const VERSION: &str = "messages:
  - role: system
    content: |
      You are a helpful assistant.
  - role: user
    content: \"{{question}}\"
input_schema:
  type: object
  required: [question]
  properties:
    question: {type: string, description: What the caller wants to know.}
notes: First draft.
tests:
  - name: asks
    input: {question: \"Why is the sky blue?\"}
    render_contains: [\"Why is the sky blue?\"]
";
const COLLECTION: &str = "display_name: TITLE\ndescription: Say in a sentence what belongs here.\n";
const WORKFLOW: &str = "display_name: TITLE
status: draft
input_schema:
  type: object
  required: [REQUIRED]
  properties: {PROPERTIES}
triggers:
  - {id: by-hand, type: manual}
steps:
  - id: first
    prompt: \"PROMPT\"
    input_mapping: {INPUTS}
    output_key: answer
output: {answer: \"{{outputs.answer}}\"}
";
const MODEL: &str = "provider: openai
model: gpt-4o-mini
api_key: {env: OPENAI_API_KEY}
parameters: {temperature: 0.2}
";
const HOOK: &str = "type: webhook
target_url: https://example.com/hooks/promptreg
auth_token: {env: HOOK_TOKEN}
events: [run.succeeded, run.failed]
";
const CLIENT: &str = "description: Say which client this is for.\ndefault_filter: {labels: [production]}\n";
const USER: &str = "email: name@example.com\ndisplay_name: TITLE\nroles: []\n";
const ROLE: &str = "description: Say who should have it.\npermissions: [read]\n";
const POLICY: &str = "description: Say what it guards, and why.
selector: {collections: []}
checks:
  - forbid_pattern: \"(?i)password\"
";
