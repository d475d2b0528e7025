//! Admission: reading what is new of the default branch, landing by landing, and deciding what of it may be served.

use super::{
    Error,
    ledger::{Content, Entry, Landing, Ledger, identity},
    shelf::{Shelf, Wanted},
};
use crate::{
    domain::{CollectionPath, DEPTH, Limits, Location, Prompt, PromptName, Semver, Version, Which, locate},
    files::Entity,
    git::{Author, CommitId, FirstParent, Repository},
};
use std::sync::Arc;

impl Ledger {
    /// Reads what is new up to `tip`. Where it fails, nothing has changed.
    ///
    /// # Errors
    /// Where Git fails, or where `tip` does not come after what was read before.
    pub(super) fn advance(&mut self, repository: &Repository, tip: CommitId, shelf: &mut Shelf) -> Result<(), Error> {
        if self.tip == Some(tip) {
            return Ok(());
        }
        let history = repository.history(tip, self.tip)?;
        let authors = repository.authors(tip, self.tip)?;
        let limits = self.limits_of(repository, &history, shelf)?;
        let wanted = history.iter().zip(&limits).flat_map(|(commit, limits)| wanted(commit, *limits));
        shelf.fetch(repository, wanted.collect())?;
        self.authors.extend(authors);
        for (commit, limits) in history.into_iter().zip(limits) {
            self.limits = limits;
            self.land(commit, shelf);
        }
        self.tip = Some(tip);
        Ok(())
    }

    /// The limits that bind each new landing: those of the newest sound `registry.toml` up to and with it.
    fn limits_of(
        &self,
        repository: &Repository,
        history: &[FirstParent],
        shelf: &mut Shelf,
    ) -> Result<Vec<Limits>, Error> {
        let settings = |commit: &FirstParent| {
            let wanted = wanted(commit, Limits::default()).into_iter();
            wanted.filter(|wanted| wanted.location == Location::Registry).collect::<Vec<_>>()
        };
        shelf.fetch(repository, history.iter().flat_map(settings).collect())?;
        let mut limits = self.limits;
        let of_each = history.iter().map(|commit| {
            for wanted in settings(commit) {
                let judged = shelf.get(&wanted.path, wanted.blob).filter(|judged| judged.is_sound);
                if let Some(Entity::Registry(settings)) = judged.and_then(|judged| judged.document.entity.as_ref()) {
                    limits = settings.limits;
                }
            }
            limits
        });
        Ok(of_each.collect())
    }

    /// What may be served of these files, as if they were the first to land. The shelf has to hold them.
    pub(super) fn of_files(files: Vec<Wanted>, shelf: &Shelf) -> Self {
        let mut ledger = Self::default();
        for Wanted { location, path, blob, .. } in files {
            ledger.put(&location, Some(Content { location: location.clone(), path, blob }));
        }
        ledger.admit_what_can_be(0, shelf);
        ledger
    }

    fn land(&mut self, commit: FirstParent, shelf: &Shelf) {
        let landing = self.landings.len();
        self.landings.push(Landing {
            commit: commit.commit,
            by: commit.committer,
            at: commit.committed_at,
            author: Author { person: commit.author, time: commit.authored_at },
        });
        let mut removed = Vec::new();
        for change in &commit.changes {
            let Ok(Some(location)) = locate(&change.path) else { continue };
            if change.new.is_none() && change.mode == 0 {
                self.remove(&location);
                removed.push(location);
                continue;
            }
            let path = Arc::clone(&change.path);
            self.put(&location, change.new.map(|blob| Content { location: location.clone(), path, blob }));
        }
        self.admit_what_can_be(landing, shelf);
        for location in removed {
            self.take_away(location, landing);
        }
    }

    /// Notes what lies at a place now; no content where it is no plain file.
    fn put(&mut self, location: &Location, content: Option<Content>) {
        if let Location::Prompt(collection, name) = location {
            let homes = self.homes.entry(name.clone()).or_default();
            if !homes.contains(collection) {
                homes.push(collection.clone());
            }
        }
        self.heads.insert(location.clone(), content);
        self.waiting.insert(location.clone());
    }

    /// Notes that nothing lies at a place any more.
    fn remove(&mut self, location: &Location) {
        if let Location::Prompt(collection, name) = location
            && let Some(homes) = self.homes.get_mut(name)
        {
            homes.retain(|home| home != collection);
        }
        self.heads.remove(location);
        self.waiting.remove(location);
    }

    /// Admits what waits, again and again until nothing more can be: one content may wait for another.
    fn admit_what_can_be(&mut self, landing: usize, shelf: &Shelf) {
        loop {
            let ready: Vec<Content> = self
                .waiting
                .iter()
                .filter_map(|location| self.heads.get(location)?.as_ref())
                .filter(|content| self.is_ready(content, shelf))
                .cloned()
                .collect();
            if ready.is_empty() {
                return;
            }
            for content in ready {
                self.waiting.remove(&content.location);
                let judged = shelf.get(&content.path, content.blob);
                if let Some(Entity::Version(version)) = judged.and_then(|judged| judged.document.entity.as_ref()) {
                    let depth = self.depth_of(version).unwrap_or_default();
                    self.depths.insert(identity(&content.location), depth);
                }
                let entries = self.admitted.entry(identity(&content.location)).or_default();
                entries.push(Entry { landing, content: Some(content) });
            }
        }
    }

    /// Whether a content may be served: it is sound, at home, and finds what it names.
    fn is_ready(&self, content: &Content, shelf: &Shelf) -> bool {
        let Some(judged) = shelf.get(&content.path, content.blob).filter(|judged| judged.is_sound) else {
            return false;
        };
        match (&content.location, &judged.document.entity) {
            (Location::Version(collection, name, _), Some(Entity::Version(version))) => {
                let first = self.standing(&identity(&content.location), self.last());
                self.is_home(name, collection)
                    && first.is_none_or(|first| first.content.blob == content.blob)
                    && self.depth_of(version).is_some()
            }
            (Location::Prompt(collection, name), Some(Entity::Prompt(prompt))) => {
                self.is_home(name, collection) && self.finds_versions(name, prompt)
            }
            (_, entity) => entity.is_some(),
        }
    }

    fn is_home(&self, name: &PromptName, collection: &Option<CollectionPath>) -> bool {
        self.homes.get(name).and_then(|homes| homes.first()) == Some(collection)
    }

    /// Whether every label and variant points to a version that may be served.
    fn finds_versions(&self, name: &PromptName, prompt: &Prompt) -> bool {
        let variants = prompt.variants.values();
        let of_variants =
            variants.flat_map(|variant| variant.split.keys().chain(variant.overrides.iter().map(|own| &own.version)));
        prompt.labels.values().chain(of_variants).all(|number| self.has(name, number))
    }

    fn has(&self, name: &PromptName, number: &Semver) -> bool {
        self.admitted.contains_key(&Location::Version(None, name.clone(), number.clone()))
    }

    /// How deep the inclusions of a version go; none where a pin leads to nothing that was admitted before, or too deep.
    ///
    /// What is admitted includes only what was admitted before it, so that no circle can come to be.
    fn depth_of(&self, version: &Version) -> Option<usize> {
        let mut depth = 0;
        for pin in version.uses.values() {
            let Which::Exact(number) = &pin.which else { return None };
            let partial = Location::Version(None, pin.name.clone(), number.clone());
            depth = depth.max(1 + self.depths.get(&partial)?);
        }
        (depth <= DEPTH).then_some(depth)
    }

    /// A file was removed: what was admitted of it goes too, but for what others rely on.
    fn take_away(&mut self, location: Location, landing: usize) {
        let stays = match &location {
            // A version is immutable for good, and a registry without settings would be another one.
            Location::Version(..) | Location::Registry => true,
            Location::Prompt(_, name) => self.homes.get(name).is_some_and(|homes| !homes.is_empty()),
            _ => false,
        };
        if let (false, Some(entries)) = (stays, self.admitted.get_mut(&identity(&location))) {
            entries.push(Entry { landing, content: None });
        }
    }
}

/// What a commit brings that is the registry's.
fn wanted(commit: &FirstParent, limits: Limits) -> Vec<Wanted> {
    let changes = commit.changes.iter().filter_map(|change| {
        let location = locate(&change.path).ok()??;
        Some(Wanted { location, path: Arc::clone(&change.path), blob: change.new?, limits })
    });
    changes.collect()
}
