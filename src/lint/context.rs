//! What rules look at: the registry, its files by place, and what was computed once for all of them.

use super::workflow::{self, Text};
use crate::{
    domain::{CollectionPath, Engine, Limits, Location, PromptName, Registry, Semver, Turn, Version, Workflow},
    files::{Document, Entity, Loaded},
    schema,
    template::{self, Parsed},
};
use rayon::prelude::*;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    ops::Bound,
    sync::OnceLock,
};

/// A prompt's folder as it lies in the repository: broken files count too.
#[derive(Debug, Default)]
pub(super) struct Folder<'a> {
    /// Its `prompt.yaml`.
    pub(super) prompt: Option<&'a Document>,
    /// Its versions.
    pub(super) versions: BTreeMap<&'a Semver, &'a Document>,
}

/// Everything a rule may look at.
#[derive(Debug)]
pub struct Context<'a> {
    /// The registry and its files.
    pub(super) loaded: &'a Loaded,
    /// The folders of prompts, by name and then by collection.
    pub(super) folders: BTreeMap<&'a PromptName, BTreeMap<Option<&'a CollectionPath>, Folder<'a>>>,
    /// The templates of every version that has some, by path: one for each of its messages.
    parsed: HashMap<&'a str, Vec<Option<Parsed>>>,
    /// The templates of every workflow that has some, by path.
    texts: HashMap<&'a str, Vec<Text<'a>>>,
    /// What is wrong with the schemas that people wrote and that are none, by content.
    schemas: HashMap<&'a Value, Vec<schema::Fault>>,
    /// How much of everything is taken in.
    pub(super) limits: Limits,
    /// The labels that prompts have, for the few files that ask.
    labels: OnceLock<BTreeSet<String>>,
    /// The collections that have a file of their own or a prompt in them, for the few files that ask.
    collections: OnceLock<BTreeSet<String>>,
}

impl<'a> Context<'a> {
    /// Computes, on all cores, what several rules need.
    #[must_use]
    pub(super) fn new(loaded: &'a Loaded) -> Self {
        let limits = loaded.limits();
        let documents: Vec<&Document> = loaded.documents.values().map(AsRef::as_ref).collect();
        let parse = |document: &&'a Document| Some((&*document.path, parse(version(document)?, &limits)?));
        Self {
            loaded,
            limits,
            folders: folders(&documents),
            texts: documents.par_iter().filter_map(|document| texts_of(document, &limits)).collect(),
            parsed: documents.par_iter().filter_map(parse).collect(),
            schemas: documents.par_chunks(CHUNK).flat_map_iter(faulty).collect(),
            labels: OnceLock::new(),
            collections: OnceLock::new(),
        }
    }

    /// What the files that are not broken say.
    pub(super) const fn registry(&self) -> &'a Registry {
        &self.loaded.registry
    }

    /// Whether a file lies there, broken or not.
    pub(super) fn lies(&self, location: &Location) -> bool {
        self.loaded.documents.contains_key(location.to_string().as_str())
    }

    /// The file that lies there, broken or not.
    pub(super) fn document(&self, location: &Location) -> Option<&'a Document> {
        self.loaded.documents.get(location.to_string().as_str()).map(AsRef::as_ref)
    }

    /// Whether any file lies under `roles/`, broken or not.
    pub(super) fn has_roles(&self) -> bool {
        // Paths are sorted, so that the first from there on tells.
        let mut from_there = self.loaded.documents.range::<str, _>((Bound::Included("roles/"), Bound::Unbounded));
        from_there.next().is_some_and(|(path, _)| path.starts_with("roles/"))
    }

    /// The labels that prompts have.
    pub(super) fn labels(&self) -> &BTreeSet<String> {
        let labels =
            || self.registry().listed().flat_map(|folder| folder.prompt.labels.keys().map(ToString::to_string));
        self.labels.get_or_init(|| labels().collect())
    }

    /// The collections that have a file of their own or a prompt in them.
    pub(super) fn collections(&self) -> &BTreeSet<String> {
        let of_prompts = || self.folders.values().flat_map(|folders| folders.keys().copied().flatten());
        let own = || self.loaded.registry.collections.keys();
        self.collections.get_or_init(|| own().chain(of_prompts()).map(ToString::to_string).collect())
    }

    /// The numbers of all versions of a prompt, broken ones too; `None` where there is no such prompt.
    pub(super) fn numbers(&self, name: &PromptName) -> Option<BTreeSet<&'a Semver>> {
        let folders = self.folders.get(name)?;
        Some(folders.values().flat_map(|folder| folder.versions.keys().copied()).collect())
    }

    /// The file of a version, broken or not.
    pub(super) fn version_file(&self, name: &PromptName, number: &Semver) -> Option<&'a Document> {
        self.folders.get(name)?.values().find_map(|folder| folder.versions.get(number).copied())
    }

    /// The version in a file with its parsed templates, one for each message; `None` where text is literal or broken.
    pub(super) fn templates(&self, document: &'a Document) -> Option<(&'a Version, &[Option<Parsed>])> {
        Some((version(document)?, self.parsed.get(&*document.path)?))
    }

    /// The workflow in a file with those of its texts that hold braces.
    pub(super) fn workflow(&self, document: &'a Document) -> Option<(&'a Workflow, &[Text<'a>])> {
        let Some(Entity::Workflow(workflow)) = &document.entity else { return None };
        Some((workflow, self.texts.get(&*document.path).map(Vec::as_slice).unwrap_or_default()))
    }

    /// What is wrong with a schema that somebody wrote.
    pub(super) fn schema_faults(&self, schema: &Value) -> &[schema::Fault] {
        // To look up a schema is to hash all of it, and mostly there is nothing to find.
        if self.schemas.is_empty() { &[] } else { self.schemas.get(schema).map(Vec::as_slice).unwrap_or_default() }
    }
}

/// The version in a file.
pub(super) fn version(document: &Document) -> Option<&Version> {
    match document.entity.as_ref()? {
        Entity::Version(version) => Some(version),
        _ => None,
    }
}

/// A name as one step of a JSON pointer.
pub(super) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The schemas that people wrote into a file, each with its JSON pointer.
pub(super) fn schemas(entity: &Entity) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    match entity {
        Entity::Version(version) => {
            found.extend(version.input_schema.as_deref().map(|schema| ("/input_schema".to_owned(), schema)));
            found.extend(version.output_schema.as_deref().map(|schema| ("/output_schema".to_owned(), schema)));
            for (i, tool) in version.tools.iter().enumerate() {
                for place in ["/parameters", "/function/parameters", "/input_schema"] {
                    found.extend(tool.pointer(place).map(|schema| (format!("/tools/{i}{place}"), schema)));
                }
            }
        }
        Entity::Workflow(workflow) => {
            found.extend(workflow.input_schema.as_ref().map(|schema| ("/input_schema".to_owned(), schema)));
        }
        _ => {}
    }
    found
}

/// How many files are looked at together for schemas that are equal, as those of neighbouring versions often are.
const CHUNK: usize = 128;

/// The schemas of some files that are none, and why.
fn faulty<'a>(documents: &[&'a Document]) -> Vec<(&'a Value, Vec<schema::Fault>)> {
    let entities = documents.iter().filter_map(|document| document.entity.as_ref());
    let distinct: HashSet<&Value> = entities
        .flat_map(|entity| schemas(entity).into_iter().map(|(_, schema)| schema))
        // To hash a schema costs more than to see that it is plain, as most are.
        .filter(|schema| !schema::is_plain(schema))
        .collect();
    let judged = distinct.into_iter().map(|schema| (schema, schema::check(schema)));
    judged.filter(|(_, faults)| !faults.is_empty()).collect()
}

fn parse(version: &Version, limits: &Limits) -> Option<Vec<Option<Parsed>>> {
    let parse = |turn: &Turn| match turn {
        Turn::Message { content, .. } => Some(template::parse(content, limits)),
        Turn::Placeholder { .. } => None,
    };
    (version.engine == Engine::Handlebars).then(|| version.messages.iter().map(parse).collect())
}

fn texts_of<'a>(document: &'a Document, limits: &Limits) -> Option<(&'a str, Vec<Text<'a>>)> {
    match &document.entity {
        Some(Entity::Workflow(workflow)) => Some((&*document.path, workflow::texts(workflow, limits))),
        _ => None,
    }
}

fn folders<'a>(
    documents: &[&'a Document],
) -> BTreeMap<&'a PromptName, BTreeMap<Option<&'a CollectionPath>, Folder<'a>>> {
    let mut folders: BTreeMap<_, BTreeMap<_, Folder<'_>>> = BTreeMap::new();
    for document in documents {
        match &document.location {
            Location::Prompt(collection, name) => {
                folders.entry(name).or_default().entry(collection.as_ref()).or_default().prompt = Some(document);
            }
            Location::Version(collection, name, number) => {
                let folder = folders.entry(name).or_default().entry(collection.as_ref()).or_default();
                folder.versions.insert(number, document);
            }
            _ => {}
        }
    }
    folders
}
