//! Loading: documents to one registry.

use super::{
    document::{Document, Entity},
    read::{Refused, Source},
};
use crate::domain::{Limits, Location, PromptFolder, PromptName, REGISTRY_FILE, Registry, Settings};
use rayon::prelude::*;
use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};

/// A registry with the documents it was made of and the paths that were refused.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// What all documents together say; broken ones are left out.
    pub registry: Registry,
    /// Every document by its path, broken ones too.
    pub documents: BTreeMap<Arc<str>, Arc<Document>>,
    /// What was not read.
    pub refused: Vec<Refused>,
}

/// The limits that `registry.toml` among these files sets, else the defaults.
#[must_use]
pub fn limits(sources: &[Source]) -> Limits {
    let settings = sources.iter().find(|source| &*source.path == REGISTRY_FILE);
    let document =
        settings.map(|source| Document::read(&source.path, source.location.clone(), &source.bytes, &Limits::default()));
    match document.and_then(|document| document.entity) {
        Some(Entity::Registry(settings)) => settings.limits,
        _ => Limits::default(),
    }
}

/// Reads every source on all cores.
#[must_use]
pub fn documents(sources: &[Source], limits: &Limits) -> Vec<Arc<Document>> {
    sources
        .par_iter()
        .map(|source| Arc::new(Document::read(&source.path, source.location.clone(), &source.bytes, limits)))
        .collect()
}

/// Makes one registry of documents. Broken ones, and versions without a `prompt.yaml`, are left out of it.
#[must_use]
pub fn load(documents: Vec<Arc<Document>>, refused: Vec<Refused>) -> Loaded {
    let mut registry = Registry::default();
    for document in &documents {
        place(&mut registry, document);
    }
    // Versions come second, since a folder's prompt.yaml sorts after them.
    for document in &documents {
        let (Location::Version(collection, name, number), Some(Entity::Version(version))) =
            (&document.location, &document.entity)
        else {
            continue;
        };
        if let Some(folder) = registry.prompts.get_mut(name).filter(|folder| folder.collection == *collection) {
            folder.versions.insert(number.clone(), Arc::clone(version));
        }
    }
    let documents = documents.into_iter().map(|document| (Arc::clone(&document.path), document)).collect();
    Loaded { registry, documents, refused }
}

fn place(registry: &mut Registry, document: &Document) {
    let Some(entity) = document.entity.clone() else { return };
    match (&document.location, entity) {
        (_, Entity::Registry(settings)) => registry.settings = Some(settings),
        (_, Entity::Tags(tags)) => registry.tags = Some(tags),
        (Location::Collection(path), Entity::Collection(collection)) => {
            registry.collections.insert(path.clone(), collection);
        }
        (Location::Prompt(collection, name), Entity::Prompt(prompt)) => {
            // Of two folders with one name the first by path stays; the linter names both.
            if let Entry::Vacant(free) = registry.prompts.entry(name.clone()) {
                let (name, collection): (PromptName, _) = (name.clone(), collection.clone());
                free.insert(PromptFolder { name, collection, prompt, versions: BTreeMap::new(), is_removed: false });
            }
        }
        (Location::Workflow(name), Entity::Workflow(workflow)) => {
            registry.workflows.insert(name.clone(), workflow);
        }
        (Location::Model(name), Entity::Model(model)) => {
            registry.models.insert(name.clone(), model);
        }
        (Location::Hook(name), Entity::Hook(hook)) => {
            registry.hooks.insert(name.clone(), hook);
        }
        (Location::Client(name), Entity::Client(client)) => {
            registry.clients.insert(name.clone(), client);
        }
        (Location::User(handle), Entity::User(user)) => {
            registry.users.insert(handle.clone(), user);
        }
        (Location::Role(name), Entity::Role(role)) => {
            registry.roles.insert(name.clone(), role);
        }
        (Location::Policy(name), Entity::Policy(policy)) => {
            registry.policies.insert(name.clone(), policy);
        }
        _ => {}
    }
}

impl Loaded {
    /// The settings, or the defaults' limits where `registry.toml` is broken.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.registry.settings.as_deref().map(|settings: &Settings| settings.limits).unwrap_or_default()
    }
}
