//! Importing: prompts in other formats to files of the registry, literally, and the same again changes nothing.

use super::{Error, scaffold};
use crate::{
    domain::{CollectionPath, Kind, LabelName, Location, PromptName, Registry, Semver, Version},
    files::{
        self, Loaded,
        import::{self, Format, Imported},
    },
};
use serde::Serialize;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// What is imported, and to where.
#[derive(Debug, Clone)]
pub struct Import {
    /// The format of the files.
    pub format: Format,
    /// The collection that new prompts go to.
    pub collection: Option<CollectionPath>,
    /// The label that a new version gets.
    pub label: Option<LabelName>,
    /// Whether braces are text and not a template.
    pub literal: bool,
}

/// What became of one prompt of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportedFile {
    /// The file it came from.
    pub source: String,
    /// The prompt; none where the file could not be read.
    pub name: Option<PromptName>,
    /// The version that holds it now.
    pub version: Option<Semver>,
    /// What was done.
    pub done: Done,
    /// What could not be carried over, a sentence each; why, where it failed.
    pub lost: Vec<String>,
}

/// What was done with one prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Done {
    /// A new prompt was made.
    Created,
    /// An existing prompt got a new version.
    Updated,
    /// The same content was there already.
    Unchanged,
    /// It could not be read.
    Failed,
}

/// The files of a format in a file or folder, sorted; links are not followed.
///
/// # Errors
/// Where the operating system refuses.
pub fn import_sources(format: Format, path: &Path) -> Result<Vec<PathBuf>, Error> {
    Ok(files::list(path, |name| format.takes(name))?)
}

/// Imports one file. `base` is the folder that names are made relative to.
///
/// # Errors
/// Where a file of the registry cannot be written; what is wrong with the source is in the answer.
pub fn import_file(
    root: &Path,
    loaded: &mut Loaded,
    what: &Import,
    (base, path): (&Path, &Path),
    taken: &mut BTreeSet<PromptName>,
) -> Result<Vec<ImportedFile>, Error> {
    let source = path.display().to_string();
    let failed = |reason: String| {
        vec![ImportedFile { source: source.clone(), name: None, version: None, done: Done::Failed, lost: vec![reason] }]
    };
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => return Ok(failed(error.to_string())),
    };
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => return Ok(failed("the file is not UTF-8".to_owned())),
    };
    let relative = path.strip_prefix(base).ok().filter(|path| !path.as_os_str().is_empty());
    let name = relative.unwrap_or(path.file_name().map_or(path, Path::new)).to_string_lossy().into_owned();
    let options = import::Options { literal: what.literal, ..import::Options::default() };
    let batch = import::import(what.format, &name, &text, &options);
    let mut done: Vec<ImportedFile> = batch.faults.into_iter().flat_map(failed).collect();
    // What a whole table loses is said once, with its first row.
    let mut lost = batch.lost;
    for mut imported in batch.prompts {
        imported.lost.append(&mut lost);
        done.push(place(root, loaded, what, &source, imported, taken)?);
    }
    Ok(done)
}

fn place(
    root: &Path,
    loaded: &mut Loaded,
    what: &Import,
    source: &str,
    imported: Imported,
    taken: &mut BTreeSet<PromptName>,
) -> Result<ImportedFile, Error> {
    let name = free_name(&imported.name_hint, taken);
    taken.insert(name.clone());
    let imported = known_tags(imported, &loaded.registry);
    let report = |version: &Semver, done| ImportedFile {
        source: source.to_owned(),
        name: Some(name.clone()),
        version: Some(version.clone()),
        done,
        lost: imported.lost.clone(),
    };
    let Some(folder) = loaded.registry.prompts.get(&name) else {
        let number = Semver::new(1, 0, 0);
        let mut prompt = imported.prompt.clone();
        prompt.labels.extend(what.label.clone().map(|label| (label, number.clone())));
        let location = Location::Prompt(what.collection.clone(), name.clone());
        scaffold::put(root, &location, &written(&prompt))?;
        put_version(root, what.collection.clone(), &name, &number, &imported.version)?;
        return Ok(report(&number, Done::Created));
    };
    if let Some(number) = same(&loaded.registry, &name, &imported.version) {
        return Ok(report(&number, Done::Unchanged));
    }
    let newest = folder.versions.keys().next_back().cloned().unwrap_or(Semver::new(0, 0, 0));
    let number = newest.bump(crate::domain::Bump::Minor);
    put_version(root, folder.collection.clone(), &name, &number, &imported.version)?;
    Ok(report(&number, Done::Updated))
}

/// Leaves out the tags that `tags.yaml` does not name: a new prompt should not begin with an error.
fn known_tags(mut imported: Imported, registry: &Registry) -> Imported {
    let Some(tags) = &registry.tags else { return imported };
    let (known, unknown): (Vec<_>, Vec<_>) = imported.prompt.tags.into_iter().partition(|tag| tags.contains_key(tag));
    imported.prompt.tags = known;
    imported.lost.extend(unknown.into_iter().map(|tag| format!("The tag `{tag}` is not in tags.yaml.")));
    imported
}

fn put_version(
    root: &Path,
    collection: Option<CollectionPath>,
    name: &PromptName,
    number: &Semver,
    version: &Version,
) -> Result<(), Error> {
    let location = Location::Version(collection, name.clone(), number.clone());
    debug_assert_eq!(location.kind(), Kind::Version);
    scaffold::put(root, &location, &written(version)).map(|_| ())
}

/// The noun as the text of its file.
fn written(noun: &impl Serialize) -> String {
    files::write::yaml(&serde_json::to_value(noun).unwrap_or_default())
}

/// The number of the version with the same content, if there is one.
fn same(registry: &Registry, name: &PromptName, version: &Version) -> Option<Semver> {
    let wanted = registry.digest(version);
    let folder = registry.prompts.get(name)?;
    folder.versions.iter().find(|(_, other)| registry.digest(other) == wanted).map(|(number, _)| number.clone())
}

/// The hint as a name; with a number behind it where another file of this import has the name already.
fn free_name(hint: &str, taken: &BTreeSet<PromptName>) -> PromptName {
    let base = crate::domain::nearest_name(hint).unwrap_or_else(|| "prompt".to_owned());
    let numbered = (2..).map(|number: u32| {
        let cut: String = base.chars().take(crate::domain::NAME_BYTES - 6).collect();
        format!("{}-{number}", cut.trim_end_matches('-'))
    });
    let mut names = std::iter::once(base.clone()).chain(numbered);
    names
        .find_map(|name| name.parse::<PromptName>().ok().filter(|name| !taken.contains(name)))
        .unwrap_or_else(|| unreachable!("there are more numbers than files"))
}
