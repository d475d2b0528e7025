//! Making files: a new registry, a new file of any kind, the next version of a prompt.

use super::{Error, registry_template};
use crate::{
    domain::{Bump, Kind, Location, NameError, PromptName, RegistryName, Semver, nearest_name},
    files::{self, Loaded},
    git, schema,
};
use std::{
    fs,
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// Where a registry keeps the schemas for its editors.
const SCHEMAS: &str = ".promptreg/schemas";

/// Makes a registry in a folder: the template's files, an id of its own, a repository and its first commit.
///
/// # Errors
/// Where the folder is a registry already, or one of its files would be overwritten.
pub fn init(folder: &Path, name: &RegistryName) -> Result<(), Error> {
    let files = template_files(name);
    for (path, _) in &files {
        if folder.join(path).symlink_metadata().is_ok() {
            let place = folder.join(path);
            return Err(Error::Refused(format!(
                "{} is there already: name an empty folder, or remove the file",
                place.display()
            )));
        }
    }
    fs::create_dir_all(folder).map_err(|source| Error::Write { path: folder.to_owned(), source })?;
    // A repository around the folder is somebody else's: a registry is the root of its own.
    if !folder.join(".git").exists() {
        git::init(folder, "main")?;
    }
    for (path, bytes) in &files {
        write(&folder.join(path), bytes)?;
    }
    let paths: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    git::commit(folder, &paths, &format!("Start the prompt registry {name}"), None)?;
    Ok(())
}

fn template_files(name: &RegistryName) -> Vec<(String, Vec<u8>)> {
    let schemas = Kind::ALL.map(|kind| (format!("{SCHEMAS}/{kind}.json"), schema::source(kind).as_bytes().to_vec()));
    let id = Uuid::new_v4().to_string();
    let template = registry_template::FILES.iter().map(|(path, bytes)| {
        let bytes = match *path {
            "registry.toml" => String::from_utf8_lossy(bytes)
                .replace(&Uuid::nil().to_string(), &id)
                .replace("name = \"acme\"", &format!("name = \"{name}\""))
                .into_bytes(),
            _ => bytes.to_vec(),
        };
        ((*path).to_owned(), bytes)
    });
    template.chain(schemas).collect()
}

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
    let (path, text) = match kind {
        Kind::Prompt => return new_prompt(root, name),
        Kind::Collection => (Location::Collection(name.parse().map_err(parameter)?), COLLECTION),
        Kind::Workflow => (Location::Workflow(name.parse().map_err(parameter)?), WORKFLOW),
        Kind::Model => (Location::Model(name.parse().map_err(parameter)?), MODEL),
        Kind::Hook => (Location::Hook(name.parse().map_err(parameter)?), HOOK),
        Kind::Client => (Location::Client(name.parse().map_err(parameter)?), CLIENT),
        Kind::User => (Location::User(name.parse().map_err(parameter)?), USER),
        Kind::Role => (Location::Role(name.parse().map_err(parameter)?), ROLE),
        Kind::Policy => (Location::Policy(name.parse().map_err(parameter)?), POLICY),
        Kind::Registry | Kind::Tags | Kind::Version => {
            return Err(Error::Refused(format!("a {kind} is not made by itself: `init` and `bump` make it")));
        }
    };
    Ok(vec![put(root, &path, text)?])
}

fn new_prompt(root: &Path, name: &str) -> Result<Vec<PathBuf>, Error> {
    let parameter = |error: NameError| Error::parameter("name", &error);
    let (collection, name) = match name.rsplit_once('/') {
        Some((collection, name)) => (Some(collection.parse().map_err(parameter)?), name),
        None => (None, name),
    };
    let name: PromptName = name.parse().map_err(parameter)?;
    let number = Semver::new(0, 1, 0);
    let prompt = put(root, &Location::Prompt(collection.clone(), name.clone()), PROMPT)?;
    let version = put(root, &Location::Version(collection, name, number), VERSION)?;
    Ok(vec![prompt, version])
}

/// Writes one file of the registry, which must not be there yet.
pub(super) fn put(root: &Path, location: &Location, text: &str) -> Result<PathBuf, Error> {
    let relative = location.to_string();
    let path = root.join(&relative);
    if path.symlink_metadata().is_ok() {
        return Err(Error::Refused(format!("{relative} is there already")));
    }
    write(&path, format!("{}\n{text}", schema_line(location)).as_bytes())?;
    Ok(path)
}

/// The line by which editors find the schema of a file, as a path that works without a network.
#[must_use]
pub fn schema_line(location: &Location) -> String {
    let up = "../".repeat(location.to_string().matches('/').count());
    format!("# yaml-language-server: $schema={up}{SCHEMAS}/{}.json", location.kind())
}

/// Copies the newest version of a prompt to the next number. Answers the path written.
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
    let next = location(newest.bump(bump)).to_string();
    let path = root.join(&next);
    if path.symlink_metadata().is_ok() {
        return Err(Error::Refused(format!("{next} is there already")));
    }
    write(&path, files::format(&text).as_bytes())?;
    Ok(path)
}

const PROMPT: &str = "display_name: \"\"\ndescription: \"\"\ntags: []\nlabels: {}\n";
const VERSION: &str = "messages:\n  - role: system\n    content: |\n      You are a helpful assistant.\n  - role: user\n    \
    content: \"{{question}}\"\ninput_schema:\n  type: object\n  required: [question]\n  properties:\n    \
    question: {type: string, description: What the caller wants to know.}\nnotes: First draft.\ntests:\n  \
    - name: asks\n    input: {question: \"Why is the sky blue?\"}\n    render_contains: [\"Why is the sky blue?\"]\n";
const COLLECTION: &str = "display_name: \"\"\ndescription: \"\"\n";
const WORKFLOW: &str = "display_name: \"\"\nstatus: draft\ntriggers:\n  - {id: by-hand, type: manual}\nsteps:\n  \
    - id: first\n    prompt: name-of-a-prompt\n    input_mapping: {question: \"{{input.question}}\"}\n    output_key: answer\noutput: {answer: \"{{outputs.answer}}\"}\n";
const MODEL: &str =
    "provider: openai\nmodel: gpt-4o-mini\napi_key: {env: OPENAI_API_KEY}\nparameters: {temperature: 0.2}\n";
const HOOK: &str = "type: webhook\ntarget_url: https://example.com/hooks/promptreg\nauth_token: {env: HOOK_TOKEN}\nevents: [run.succeeded, run.failed]\n";
const CLIENT: &str = "description: \"\"\nconfig: {}\ndefault_filter: {labels: [production]}\n";
const USER: &str = "email: name@example.com\ndisplay_name: \"\"\nroles: [contributor]\n";
const ROLE: &str = "description: \"\"\npermissions: [read]\n";
const POLICY: &str = "description: \"\"\nselector: {collections: []}\nchecks:\n  - forbid_pattern: \"(?i)password\"\n";
