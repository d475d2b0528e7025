//! Loading: documents to one registry.

use super::{
    document::{Document, Entity},
    read::{Refused, Source},
};
use crate::domain::{Limits, Location, PromptFolder, PromptName, REGISTRY_FILE, Registry, Semver, Settings, Version};
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
        if let Some(entity) = &document.entity {
            place(&mut registry, &document.location, entity.clone());
        }
    }
    // Versions come second, since a folder's prompt.yaml sorts after them.
    for document in &documents {
        let (Location::Version(collection, name, number), Some(Entity::Version(version))) =
            (&document.location, &document.entity)
        else {
            continue;
        };
        if let Some(folder) = registry.prompts.get_mut(name).filter(|folder| folder.collection == *collection) {
            Arc::make_mut(folder).versions.insert(number.clone(), Arc::clone(version));
        }
    }
    let documents = documents.into_iter().map(|document| (Arc::clone(&document.path), document)).collect();
    Loaded { registry, documents, refused }
}

/// Puts what a file says into a registry. Versions are put into their folder by who made it; of two folders of one name
/// the first that comes stays.
pub fn place(registry: &mut Registry, location: &Location, entity: Entity) {
    match (location, entity) {
        (_, Entity::Registry(settings)) => registry.settings = Some(settings),
        (_, Entity::Tags(tags)) => registry.tags = Some(tags),
        (Location::Collection(path), Entity::Collection(collection)) => {
            registry.collections.insert(path.clone(), collection);
        }
        (Location::Prompt(collection, name), Entity::Prompt(prompt)) => {
            // Of two folders with one name the first by path stays; the linter names both.
            if let Entry::Vacant(free) = registry.prompts.entry(name.clone()) {
                let (name, collection): (PromptName, _) = (name.clone(), collection.clone());
                let (versions, digests) = (BTreeMap::new(), BTreeMap::new());
                let folder = PromptFolder { name, collection, prompt, versions, digests, is_removed: false };
                free.insert(Arc::new(folder));
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

/// Takes what lies at a place out of a registry.
pub fn leave_out(registry: &mut Registry, location: &Location) {
    match location {
        Location::Registry => registry.settings = None,
        Location::Tags => registry.tags = None,
        Location::Collection(path) => drop(registry.collections.remove(path)),
        Location::Prompt(_, name) => drop(registry.prompts.remove(name)),
        Location::Version(_, name, number) => {
            registry.prompts.get_mut(name).map(|folder| Arc::make_mut(folder).versions.remove(number));
        }
        Location::Workflow(name) => drop(registry.workflows.remove(name)),
        Location::Model(name) => drop(registry.models.remove(name)),
        Location::Hook(name) => drop(registry.hooks.remove(name)),
        Location::Client(name) => drop(registry.clients.remove(name)),
        Location::User(name) => drop(registry.users.remove(name)),
        Location::Role(name) => drop(registry.roles.remove(name)),
        Location::Policy(name) => drop(registry.policies.remove(name)),
    }
}

/// The files of a registry as far as what they say is known: without their texts. Without prompts; see [`said_of`].
#[must_use]
pub fn said(registry: &Registry) -> Vec<Document> {
    let own = [
        registry.settings.clone().map(|settings| (Location::Registry, Entity::Registry(settings))),
        registry.tags.clone().map(|tags| (Location::Tags, Entity::Tags(tags))),
    ];
    let mut all: Vec<(Location, Entity)> = own.into_iter().flatten().collect();
    macro_rules! add {
        ($($field:ident $Kind:ident),*) => {$(
            let said = registry.$field.iter();
            all.extend(said.map(|(name, said)| (Location::$Kind(name.clone()), Entity::$Kind(Arc::clone(said)))));
        )*};
    }
    add!(collections Collection, workflows Workflow, models Model, hooks Hook, clients Client, users User, roles Role, policies Policy);
    all.into_iter().map(|(location, entity)| document(location, entity)).collect()
}

/// The files of one prompt as far as what they say is known.
#[must_use]
pub fn said_of(folder: &PromptFolder) -> Vec<Document> {
    let PromptFolder { name, collection, .. } = folder;
    let prompt = (Location::Prompt(collection.clone(), name.clone()), Entity::Prompt(Arc::clone(&folder.prompt)));
    let version = |(number, version): (&Semver, &Arc<Version>)| {
        let location = Location::Version(collection.clone(), name.clone(), number.clone());
        (location, Entity::Version(Arc::clone(version)))
    };
    let all = folder.versions.iter().map(version).chain([prompt]);
    all.map(|(location, entity)| document(location, entity)).collect()
}

fn document(location: Location, entity: Entity) -> Document {
    let path = location.to_string().into();
    Document { path, location, text: Arc::default(), entity: Some(entity), faults: Vec::new() }
}

impl Loaded {
    /// The settings, or the defaults' limits where `registry.toml` is broken.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.registry.settings.as_deref().map(|settings: &Settings| settings.limits).unwrap_or_default()
    }
}
