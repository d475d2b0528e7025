//! Admission: reading what is new of the default branch, landing by landing, and deciding what of it may be served.

use super::{
    Error, Step,
    arrivals::timestamp,
    gate::Landed,
    ledger::{Content, Entry, Landing, Ledger, Touched, identity},
    reading::{Reading, Start, keys, wanted, wanted_of},
    shelf::Shelf,
};
use crate::{
    domain::{
        CollectionPath, DEPTH, Limits, Location, Prompt, PromptName, REGISTRY_FILE, Semver, Version, Which, is_policy,
        locate,
    },
    files::{Entity, Refusal},
    git::{self, Change, CommitId, FirstParent, Repository},
};
use std::{collections::BTreeSet, sync::Arc};

/// Whether the line up to `tip`, from its first commit on, has been through `root`: a commit's id seals all that came before
/// it, so that whoever names one vouches for the first.
///
/// # Errors
/// [`Error::Untrusted`] where it has not. Where it has, and the clone is shallow: the first commit here is not the first one,
/// and what nobody approved before it would be trusted with it.
fn vouched(repository: &Repository, history: &[FirstParent], root: CommitId, tip: CommitId) -> Result<(), Error> {
    let shallow = repository.is_shallow();
    if history.iter().all(|landed| landed.commit != root) {
        return Err(Error::Untrusted { root, tip, shallow });
    }
    if shallow { Err(git::Error::Shallow.into()) } else { Ok(()) }
}

impl Ledger {
    /// Reads all of a line up to `tip`, and answers what it brought.
    ///
    /// # Errors
    /// Where Git fails.
    pub(super) fn read(repository: &Repository, tip: CommitId, start: &Start<'_>) -> Result<(Self, Touched), Error> {
        let mut ledger = Self::default();
        // What begins has nothing to be read again.
        let touched = ledger.advance(repository, tip, start)?.unwrap_or_default();
        Ok((ledger, touched))
    }

    /// Reads what is new up to `tip`, and answers what is different by it; none where what people decided changes what was
    /// read before, so that all has to be read again. Where it fails before anything has changed, the ledger is as it was; where
    /// it fails or panics later, or answers none, [`Ledger::tip`] is none.
    ///
    /// Cost grows with what is new, and with what waits for it.
    ///
    /// # Errors
    /// Where Git fails, or where `tip` does not come after what was read before.
    pub(super) fn advance(
        &mut self,
        repository: &Repository,
        tip: CommitId,
        start: &Start<'_>,
    ) -> Result<Option<Touched>, Error> {
        let mut touched = Touched::default();
        let newer = self.decisions.newer(repository)?;
        if self.tip == Some(tip) && newer.is_none() {
            return Ok(Some(touched));
        }
        (start.progress)(Step { name: "reading history", done: 0, total: 0 });
        let (history, authors) = self.newer(repository, tip, start)?;
        if let Some(root) = start.trust_root.filter(|_| self.landings.is_empty()) {
            vouched(repository, &history, root, tip)?;
        }
        let mut shelf = Shelf::with(start.parsed);
        let limits = self.limits_of(repository, &history, &mut shelf)?;
        let landings = history.iter().zip(&limits);
        shelf.fetch(repository, landings.flat_map(|(commit, limits)| wanted(commit, *limits)), start.progress)?;
        let keys = keys(repository, &history)?;
        self.tip = None;
        let first = self.landings.len();
        self.numbers_of.extend(history.iter().enumerate().map(|(place, commit)| (commit.commit, first + place)));
        let mut spoken = self.decisions.caught_up(history.iter().map(|commit| commit.commit));
        let knows = |commit| self.numbers_of.contains_key(&commit);
        spoken.extend(newer.map(|newer| self.decisions.take_in(newer, knows)).unwrap_or_default());
        self.authors.extend(authors);
        if first == 0 {
            self.settle(repository, &history, (&limits, &keys), &mut shelf)?;
        } else if self.may_revoke(&spoken) || self.judge_again(repository, &spoken, &mut touched) {
            return Ok(None);
        }
        let claims = self.claims.len();
        for ((commit, limits), key) in history.iter().zip(limits).zip(keys) {
            let mut reading = Reading { repository, shelf: &mut shelf, key: key.as_deref(), limits };
            self.land(commit, &mut reading, &mut touched)?;
        }
        if first > 0 && self.claims.len() > claims {
            return Ok(None);
        }
        self.unread.extend(shelf.unread.iter().copied());
        self.fresh.append(&mut shelf.fresh);
        self.tip = Some(tip);
        Ok(Some(touched))
    }

    /// What may be served of these files, as if they were the first to land.
    pub(super) fn of_files(files: Vec<Content>) -> Self {
        let (mut ledger, mut touched) = (Self::default(), Touched::default());
        let places = files.iter().map(|content| content.location.clone()).collect();
        for content in files {
            let location = content.location.clone();
            ledger.put(&location, Some(content.into()));
        }
        ledger.admit(places, 0, &mut touched);
        ledger
    }

    /// Takes in one commit.
    pub(super) fn land(
        &mut self,
        commit: &FirstParent,
        reading: &mut Reading<'_, '_>,
        touched: &mut Touched,
    ) -> Result<(), Error> {
        let rules = self.gate();
        let landing = self.landings.len();
        self.landings.push(Landing {
            commit: commit.commit,
            by: commit.committer.clone(),
            at: commit.committed_at,
            commit_text: commit.commit.to_string().into(),
            at_text: timestamp(commit.committed_at),
            author: commit.written_by(),
        });
        let (mut changed, mut removed) = (BTreeSet::new(), Vec::new());
        // The settings first: their limits bind what lands with them, where they are covered.
        let (settings, others): (Vec<&Change>, Vec<&Change>) =
            commit.changes.iter().partition(|change| *change.path == *REGISTRY_FILE);
        let mut is_bound = false;
        for change in settings.into_iter().chain(others) {
            if *change.path != *REGISTRY_FILE && !is_bound {
                self.limits = self.limits_now();
                reading.by(commit, self.limits)?;
                is_bound = true;
            }
            let is_gone = change.new.is_none() && change.refused.is_none();
            let place = locate(&change.path);
            self.refuse(change, place.as_ref().err().cloned().map(Refusal::Misplaced), touched);
            let Ok(Some(location)) = place else { continue };
            // The names of the location itself, which is a key too, and not those of another reading of the path.
            let content = wanted_of(change, self.limits).map(|wanted| Content {
                entity: reading.shelf.get(&wanted).cloned(),
                location: location.clone(),
                path: wanted.path,
                blob: wanted.blob,
            });
            let content = content.map(Arc::new);
            let is_covered = rules.as_ref().is_none_or(|rules| {
                let content = content.as_ref();
                let landed = Landed { commit, landing, change, location: &location, content, key: reading.key };
                self.covers(reading.repository, rules, &landed, touched)
            });
            if let Some(said) = content.as_ref().and_then(|content| content.entity.as_ref()) {
                self.note_claims(said, landing, is_covered);
            }
            if !is_covered {
                continue;
            }
            if is_gone {
                self.remove(&location);
                removed.push(location.clone());
            } else {
                self.put(&location, content);
            }
            changed.insert(location);
        }
        self.limits = self.limits_now();
        let is_policy = changed.iter().any(|place| is_policy(&place.to_string()));
        touched.places.extend(changed.iter().cloned());
        let has_policies = changed.iter().any(|place| matches!(place, Location::Policy(_)));
        self.admit(changed, landing, touched);
        for location in removed {
            self.take_away(&location, landing, touched);
        }
        if is_policy {
            self.rules = None;
        }
        if has_policies {
            self.hold_policies();
            let forbidden = std::mem::take(&mut self.forbidden);
            touched.places.extend(forbidden.keys().cloned());
            self.admit(forbidden.into_keys().collect(), landing, touched);
        }
        Ok(())
    }

    /// The limits of the settings that lie on the branch; those before, where they are not sound.
    fn limits_now(&self) -> Limits {
        match self.heads.get(&Location::Registry).and_then(Option::as_ref).and_then(|head| head.entity.as_ref()) {
            Some(Entity::Registry(settings)) => settings.limits,
            _ => self.limits,
        }
    }

    /// Notes whether what lies at a path now is refused.
    fn refuse(&mut self, change: &Change, misplaced: Option<Refusal>, touched: &mut Touched) {
        let is_there = change.new.is_some() || change.refused.is_some();
        let reason = change.refused.map(Refusal::Unsafe).or(misplaced).filter(|_| is_there);
        let before = match &reason {
            Some(reason) => self.refused.insert(Arc::clone(&change.path), reason.clone()),
            None => self.refused.remove(&change.path),
        };
        if before != reason {
            touched.refused.insert(Arc::clone(&change.path));
        }
    }

    /// Notes what lies at a place now; no content where it is no plain file.
    fn put(&mut self, location: &Location, content: Option<Arc<Content>>) {
        if let Location::Prompt(collection, name) = location {
            let homes = self.homes.entry(name.clone()).or_default();
            if !homes.contains(collection) {
                homes.push(collection.clone());
            }
        }
        self.wait_no_more(location);
        self.forbidden.remove(location);
        self.uncovered.remove(location);
        if let Location::Prompt(_, name) | Location::Version(_, name, _) = location {
            self.lies.entry(name.clone()).or_default().insert(location.clone());
        }
        self.heads.insert(location.clone(), content);
    }

    /// Notes that nothing lies at a place any more.
    fn remove(&mut self, location: &Location) {
        if let Location::Prompt(collection, name) = location
            && let Some(homes) = self.homes.get_mut(name)
        {
            homes.retain(|home| home != collection);
        }
        self.wait_no_more(location);
        self.forbidden.remove(location);
        self.uncovered.remove(location);
        if let Location::Prompt(_, name) | Location::Version(_, name, _) = location
            && let Some(places) = self.lies.get_mut(name)
        {
            places.remove(location);
        }
        self.heads.remove(location);
    }

    /// Admits what lies at these places and can be, and then what waited for it: one content may wait for another.
    fn admit(&mut self, changed: BTreeSet<Location>, landing: usize, touched: &mut Touched) {
        let mut open = changed.clone();
        // Another folder may have a prompt's name now.
        let moved = changed.iter().filter_map(|location| match location {
            Location::Prompt(_, name) => self.waiting.get(name),
            _ => None,
        });
        open.extend(moved.flatten().cloned());
        // Each round admits what waited for the one before; none is deeper than inclusions may be.
        while !open.is_empty() {
            let mut entered = BTreeSet::new();
            for location in std::mem::take(&mut open) {
                if self.try_admit(&location, landing, touched)
                    && let Location::Prompt(_, name) | Location::Version(_, name, _) = location
                {
                    entered.insert(name);
                }
            }
            open.extend(entered.iter().filter_map(|name| self.waiting.get(name)).flatten().cloned());
        }
    }

    /// Admits what lies at a place, where it can be; else it waits.
    fn try_admit(&mut self, location: &Location, landing: usize, touched: &mut Touched) -> bool {
        let Some(Some(content)) = self.heads.get(location) else { return false };
        if content.entity.is_none() {
            return false;
        }
        let content = Arc::clone(content);
        if !self.is_ready(&content) || !self.knows_prompt(&content) {
            self.wait(location, &content);
            return false;
        }
        self.wait_no_more(location);
        if let Some(policy) = self.forbidden_by(&content) {
            self.forbidden.insert(location.clone(), policy);
            return false;
        }
        if let Location::Version(_, name, number) = location {
            self.note_depth(name, number, &content);
        }
        self.enter(content, landing, touched);
        true
    }

    /// Enters a content as what may be served from now on. Only the newest is kept parsed.
    fn enter(&mut self, content: Arc<Content>, landing: usize, touched: &mut Touched) {
        touched.places.insert(content.location.clone());
        let identity = identity(&content.location);
        touched.thing(&identity);
        let entries = self.admitted.entry(identity).or_default();
        let is_known = |entry: &Entry| entry.content.as_ref().is_some_and(|known| known.is(&content));
        // What is pushed and taken back again has changed nothing, and outdates no approval.
        if entries.last().is_some_and(is_known) {
            return;
        }
        if let Some(old) = entries.iter_mut().rev().find_map(|entry| entry.content.as_mut()) {
            Arc::make_mut(old).entity = None;
        }
        if entries.is_empty() {
            // Most are the only one for good.
            entries.reserve_exact(1);
        }
        entries.push(Entry { landing, content: Some(content) });
    }

    fn note_depth(&mut self, name: &PromptName, number: &Semver, content: &Content) {
        if let Some(Entity::Version(version)) = &content.entity {
            let depth = self.depth_of(version).unwrap_or_default();
            self.depths.insert((name.clone(), number.clone()), depth);
        }
    }

    fn wait(&mut self, location: &Location, content: &Content) {
        for name in waits_for(content) {
            self.waiting.entry(name).or_default().insert(location.clone());
        }
    }

    fn wait_no_more(&mut self, location: &Location) {
        if self.waiting.is_empty() {
            return;
        }
        let Some(Some(content)) = self.heads.get(location) else { return };
        for name in waits_for(content) {
            let Some(waiting) = self.waiting.get_mut(&name) else { continue };
            waiting.remove(location);
            if waiting.is_empty() {
                self.waiting.remove(&name);
            }
        }
    }

    /// Whether a content that is sound is at home, and finds what it names.
    fn is_ready(&self, content: &Content) -> bool {
        match (&content.location, &content.entity) {
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
            // A version has no folder to be found in before its prompt was admitted too.
            self.admitted.get(&Location::Prompt(None, pin.name.clone()))?;
            depth = depth.max(1 + self.depths.get(&(pin.name.clone(), number.clone()))?);
        }
        (depth <= DEPTH).then_some(depth)
    }

    /// A file was removed: what was admitted of it goes too, but for what others rely on.
    fn take_away(&mut self, location: &Location, landing: usize, touched: &mut Touched) {
        let identity = identity(location);
        touched.thing(&identity);
        let stays = match location {
            // A version is immutable for good, and a registry without settings would be another one.
            Location::Version(..) | Location::Registry => true,
            Location::Prompt(_, name) => self.homes.get(name).is_some_and(|homes| !homes.is_empty()),
            _ => false,
        };
        if let (false, Some(entries)) = (stays, self.admitted.get_mut(&identity))
            && entries.last().is_some_and(|entry| entry.content.is_some())
        {
            entries.push(Entry { landing, content: None });
        }
    }
}

impl Touched {
    /// Notes a thing by its [`identity`].
    pub(super) fn thing(&mut self, identity: &Location) {
        match identity {
            Location::Prompt(_, name) | Location::Version(_, name, _) => drop(self.prompts.insert(name.clone())),
            other => drop(self.others.insert(other.clone())),
        }
    }
}

/// The prompts of which something may make this content ready to be served.
fn waits_for(content: &Content) -> Vec<PromptName> {
    match (&content.location, &content.entity) {
        (Location::Prompt(_, name), _) => vec![name.clone()],
        (Location::Version(_, name, _), Some(Entity::Version(version))) => {
            version.uses.values().map(|pin| pin.name.clone()).chain([name.clone()]).collect()
        }
        _ => Vec::new(),
    }
}
