//! Importing: prompts in other formats to files of the registry, literally, and the same again changes nothing.

use super::{Error, scaffold};
use crate::{
    domain::{CollectionPath, Kind, LabelName, Location, PromptFolder, PromptName, Registry, Semver, Version},
    files::{
        self, Loaded,
        import::{self, Format, Imported},
    },
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
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
    /// It could not be read, or another prompt has its name.
    Failed,
}

/// The files of a format in a file or folder, sorted; links are not followed.
///
/// # Errors
/// Where the operating system refuses.
pub fn import_sources(format: Format, path: &Path) -> Result<Vec<PathBuf>, Error> {
    Ok(files::list(path, |name| format.takes(name))?)
}

/// The names that this import has given already, each with the file or folder it was asked to import.
///
/// A name is made from a file's path below what was asked for, and from nothing else. Where two files of one folder
/// give the same name (`a.md` and `a.txt`, or two rows of a table), the second gets a number behind it, in the order
/// of their paths, which is the same in every import of that folder. Between two things that were asked for there is
/// no such order: there the second is a conflict.
pub type Taken = BTreeMap<PromptName, PathBuf>;

/// Imports one file. `base` is the folder that names are made relative to.
///
/// A prompt of the same name gets a new version only where it lies in the collection that is imported to; anywhere
/// else it is another prompt, and a conflict.
///
/// # Errors
/// Where a file of the registry cannot be written; what is wrong with the source is in the answer.
pub fn import_file(
    root: &Path,
    loaded: &Loaded,
    what: &Import,
    (base, path): (&Path, &Path),
    taken: &mut Taken,
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
        let imported = known_tags(imported, &loaded.registry);
        let one = match place(root, &loaded.registry, what, base, &imported, taken) {
            Ok((name, version, done)) => ImportedFile {
                source: source.clone(),
                name: Some(name),
                version: Some(version),
                done,
                lost: imported.lost,
            },
            Err(Error::Refused(reason)) => failed(reason).remove(0),
            Err(error) => return Err(error),
        };
        done.push(one);
    }
    Ok(done)
}

/// Puts one prompt where it belongs. What is in the way is `Error::Refused`.
fn place(
    root: &Path,
    registry: &Registry,
    what: &Import,
    base: &Path,
    imported: &Imported,
    taken: &mut Taken,
) -> Result<(PromptName, Semver, Done), Error> {
    let Imported { prompt, version, .. } = imported;
    let name = choose_name(registry, what, base, imported, taken)?;
    taken.insert(name.clone(), base.to_owned());
    let Some(folder) = registry.prompts.get(&name) else {
        let number = Semver::new(1, 0, 0);
        let mut prompt = prompt.clone();
        prompt.labels.extend(what.label.clone().map(|label| (label, number.clone())));
        let location = Location::Prompt(what.collection.clone(), name.clone());
        scaffold::put(root, &location, &written(&prompt))?;
        put_version(root, what.collection.clone(), &name, &number, version)?;
        return Ok((name, number, Done::Created));
    };
    if let Some(number) = same(registry, &name, version) {
        return Ok((name, number, Done::Unchanged));
    }
    if folder.collection != what.collection {
        return Err(Error::Refused(elsewhere(folder)));
    }
    let newest = folder.versions.keys().next_back().cloned().unwrap_or(Semver::new(0, 0, 0));
    let number = newest.bump(crate::domain::Bump::Minor);
    put_version(root, folder.collection.clone(), &name, &number, version)?;
    Ok((name, number, Done::Updated))
}

fn elsewhere(folder: &PromptFolder) -> String {
    let name = &folder.name;
    match &folder.collection {
        Some(path) => format!(
            "There is a prompt `{name}` in {path} already, with another text: import with --collection {path} to give \
             it a version, or rename the file."
        ),
        None => format!(
            "There is a prompt `{name}` in no collection already, with another text: import without --collection to \
             give it a version, or rename the file."
        ),
    }
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

/// The name of an imported prompt: the first of the hint, the hint and 2, 3, … that this import has not given yet.
///
/// One that has the same content already goes before all others, so that an unchanged file keeps its name where it is
/// imported alone, or where another file that gives the same name is gone. What was changed cannot be told from what is
/// new: where such files stand before it, the order of paths alone decides.
fn choose_name(
    registry: &Registry,
    what: &Import,
    base: &Path,
    imported: &Imported,
    taken: &Taken,
) -> Result<PromptName, Error> {
    let mut first_free = None;
    for name in names(&imported.name_hint) {
        match taken.get(&name) {
            Some(other) if other != base => {
                let other = other.display();
                return Err(Error::Refused(format!(
                    "The name `{name}` was given to a prompt of {other} already: rename one of the files."
                )));
            }
            Some(_) => continue,
            None => {}
        }
        let there = registry.prompts.get(&name).filter(|folder| folder.collection == what.collection);
        if there.is_some() && same(registry, &name, &imported.version).is_some() {
            return Ok(name);
        }
        let first = first_free.get_or_insert_with(|| name.clone());
        if there.is_none() {
            return Ok(first.clone());
        }
    }
    Err(Error::Refused(format!("No name is free for `{}`: rename the file.", imported.name_hint)))
}

/// A hint as a name, then with 2, 3, … behind it.
fn names(hint: &str) -> impl Iterator<Item = PromptName> {
    let base = crate::domain::nearest_name(hint).unwrap_or_else(|| "prompt".to_owned());
    let cut: String = base.chars().take(crate::domain::NAME_BYTES - 6).collect();
    let numbered = (2..).map(move |number: u32| format!("{}-{number}", cut.trim_end_matches('-')));
    std::iter::once(base).chain(numbered).filter_map(|name| name.parse().ok())
}
