//! Names: what rows call by their ids.

use crate::domain::{Handle, Kind, PromptFolder, PromptName, Registry, Semver, id};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// What ids stand for in a registry; an id that it does not have stands for itself.
pub(super) struct Names<'a> {
    versions: HashMap<Uuid, (&'a PromptName, &'a Semver)>,
    prompts: HashMap<Uuid, &'a PromptName>,
    users: HashMap<Uuid, &'a Handle>,
}

/// The ids that a row has: of a prompt, a version and a user.
pub(super) type Ids = (Uuid, Uuid, Option<Uuid>);

impl<'a> Names<'a> {
    /// The names of what some rows have; they are all of one prompt, where that is known.
    pub(super) fn new(registry: &'a Registry, tenant: Uuid, of: Option<&'a PromptFolder>, rows: &[Ids]) -> Self {
        let wanted: BTreeSet<Uuid> = rows.iter().map(|(prompt, ..)| *prompt).collect();
        let prompt = |folder: &PromptFolder| id(tenant, Kind::Prompt, folder.name.as_str());
        let folders: Vec<(Uuid, &PromptFolder)> = match of {
            Some(folder) => vec![(prompt(folder), folder)],
            None if wanted.is_empty() => vec![],
            None => registry.prompts.values().map(|folder| (prompt(folder), &**folder)).collect(),
        };
        let folders: Vec<_> = folders.into_iter().filter(|(id, _)| wanted.contains(id)).collect();
        let version = |name: &PromptName, number: &Semver| id(tenant, Kind::Version, &format!("{name}@{number}"));
        let versions = folders.iter().flat_map(|(_, folder)| {
            folder.versions.keys().map(|number| (version(&folder.name, number), (&folder.name, number)))
        });
        let has_users = rows.iter().any(|(.., user)| user.is_some());
        let users = registry.users.keys().filter(|_| has_users);
        Self {
            versions: versions.collect(),
            prompts: folders.iter().map(|(id, folder)| (*id, &folder.name)).collect(),
            users: users.map(|handle| (id(tenant, Kind::User, handle.as_str()), handle)).collect(),
        }
    }

    pub(super) fn prompt(&self, id: Uuid) -> String {
        self.prompts.get(&id).map_or_else(|| id.to_string(), ToString::to_string)
    }

    pub(super) fn version(&self, id: Uuid) -> String {
        self.versions.get(&id).map_or_else(|| id.to_string(), |(_, number)| number.to_string())
    }

    pub(super) fn user(&self, id: Uuid) -> String {
        self.users.get(&id).map_or_else(|| id.to_string(), ToString::to_string)
    }
}
