//! The effective state: of every file the content that may be served, which is not always the newest.
//!
//! A version is its first valid content for good. Any other file is its newest valid content. What is broken steps
//! back (a version: forward) by itself and takes nothing else with it.

use super::{
    Error,
    answer::Arrival,
    current::{Arrivals, Current},
    ledger::{Ledger, Seen},
    status::{Complaint, Quarantined, Status},
};
use crate::{
    domain::{Diagnostic, Limits, Location, PromptName, REGISTRY_FILE, Registry, Semver, locate},
    files::{self, Document, Entity, Loaded, Refusal, Refused},
    git::{BlobId, CommitId, Person, Repository, Tree},
    lint,
};
use rayon::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// What was parsed before, by path and blob, so that only what changed is parsed again.
#[derive(Debug, Default)]
pub(super) struct Cache {
    limits: Limits,
    documents: HashMap<(Arc<str>, BlobId), Arc<Document>>,
}

/// One file and the contents that may stand for it.
struct Slot {
    path: Arc<str>,
    location: Location,
    /// The content on the branch; none where the file is gone.
    newest: Option<BlobId>,
    /// The contents to try, the best last.
    candidates: Vec<Candidate>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Candidate {
    blob: BlobId,
    /// The landing that brought it; none where history was not asked.
    landing: Option<usize>,
}

/// Reads the state that a commit of the default branch serves.
///
/// # Errors
/// Where Git fails; never for what a person wrote.
pub(super) fn at_landing(
    repository: &Repository,
    ledger: &Ledger,
    commit: CommitId,
    cache: &mut Cache,
) -> Result<Current, Error> {
    let last = ledger.landing_of(commit).ok_or(Error::NotOnBranch(commit))?;
    let tree = repository.tree(commit)?;
    let slots = with_history(tree_slots(&tree), ledger, last);
    let (slots, settled) = settle(repository, slots, &tree, cache)?;
    let arrivals = arrivals(&slots, ledger, &settled.loaded.registry);
    let status = status(&slots, &settled, ledger);
    Ok(Current::new(Some(commit), settled.loaded.registry, &arrivals, status))
}

/// Reads the state of any commit as it is; what the served state has with equal content keeps its arrival.
///
/// # Errors
/// Where Git fails.
pub(super) fn at_commit(
    repository: &Repository,
    commit: CommitId,
    served: &Current,
    cache: &mut Cache,
) -> Result<Current, Error> {
    let tree = repository.tree(commit)?;
    let (slots, settled) = settle(repository, tree_slots(&tree), &tree, cache)?;
    let registry = settled.loaded.registry.clone();
    let arrivals = known_arrivals(&registry, served);
    let status = status(&slots, &settled, &Ledger::default());
    Ok(Current::new(Some(commit), registry, &arrivals, status))
}

/// The arrivals of those versions that the served state has with the same digest.
pub(super) fn known_arrivals(registry: &Registry, served: &Current) -> Arrivals {
    let versions = registry.prompts.values().flat_map(|folder| {
        folder.versions.iter().map(|(number, version)| ((folder.name.clone(), number.clone()), version))
    });
    versions
        .filter_map(|((name, number), version)| {
            let known = served.served(&name, &number)?;
            (known.digest == registry.digest(version)).then(|| ((name, number), known.arrival.clone()))
        })
        .collect()
}

fn tree_slots(tree: &Tree) -> BTreeMap<Location, Slot> {
    let located = tree.entries.iter().filter_map(|entry| Some((entry, locate(&entry.path).ok()??)));
    located
        .map(|(entry, location)| {
            let slot = Slot {
                path: Arc::clone(&entry.path),
                location: location.clone(),
                newest: Some(entry.blob),
                candidates: vec![Candidate { blob: entry.blob, landing: None }],
            };
            (location, slot)
        })
        .collect()
}

/// Gives every slot the contents that history holds for it, and versions that were removed their slots back.
fn with_history(mut slots: BTreeMap<Location, Slot>, ledger: &Ledger, last: usize) -> BTreeMap<Location, Slot> {
    for slot in slots.values_mut() {
        let candidates = candidates(&slot.location, ledger.seen(&slot.location, last));
        if !candidates.is_empty() {
            slot.candidates = candidates;
        }
    }
    let folders: HashMap<PromptName, Location> = slots
        .keys()
        .filter_map(|location| match location {
            Location::Prompt(_, name) => Some((name.clone(), location.clone())),
            _ => None,
        })
        .collect();
    for identity in ledger.identities() {
        let Location::Version(_, name, number) = identity else { continue };
        let Some(Location::Prompt(collection, _)) = folders.get(name) else { continue };
        let location = Location::Version(collection.clone(), name.clone(), number.clone());
        let seen = ledger.seen(identity, last);
        if seen.is_empty() || slots.contains_key(&location) {
            continue;
        }
        let candidates = candidates(&location, seen);
        let slot = Slot { path: location.to_string().into(), location: location.clone(), newest: None, candidates };
        slots.insert(location, slot);
    }
    slots
}

fn candidates(location: &Location, seen: &[Seen]) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = Vec::new();
    for seen in seen {
        if candidates.last().is_none_or(|last| last.blob != seen.blob) {
            candidates.push(Candidate { blob: seen.blob, landing: Some(seen.landing) });
        }
    }
    if matches!(location, Location::Version(..)) {
        candidates.reverse();
    }
    candidates
}

/// A state in which nothing is broken any more, and what was found on the way to it.
struct Settled {
    loaded: Loaded,
    /// Every diagnostic that was found, of each content that was tried.
    found: BTreeMap<(Arc<str>, Option<BlobId>), Vec<Complaint>>,
    last: Vec<Complaint>,
}

/// Tries the contents of each slot until what is left can be served.
fn settle(
    repository: &Repository,
    slots: BTreeMap<Location, Slot>,
    tree: &Tree,
    cache: &mut Cache,
) -> Result<(Vec<Slot>, Settled), Error> {
    let mut slots: Vec<Slot> = slots.into_values().collect();
    slots.sort_by(|a, b| a.path.cmp(&b.path));
    let refused = refused(tree);
    let mut found: BTreeMap<_, Vec<Complaint>> = BTreeMap::new();
    loop {
        let documents = read(repository, &slots, cache)?;
        let loaded = files::load(documents, refused.clone());
        let diagnostics = lint::lint(&loaded);
        let complaints: Vec<_> = diagnostics.iter().map(|diagnostic| complaint(diagnostic, &loaded)).collect();
        let broken = lint::broken(&diagnostics);
        let mut stepped = false;
        for slot in slots.iter_mut().filter(|slot| !slot.candidates.is_empty() && broken.contains(&slot.path)) {
            let tried = slot.candidates.pop().map(|candidate| candidate.blob);
            let of_slot = complaints.iter().filter(|complaint| *complaint.path == *slot.path);
            found.entry((Arc::clone(&slot.path), tried)).or_default().extend(of_slot.cloned());
            stepped = true;
        }
        if !stepped {
            cache.keep(&slots);
            return Ok((slots, Settled { loaded, found, last: complaints }));
        }
    }
}

fn complaint(diagnostic: &Diagnostic, loaded: &Loaded) -> Complaint {
    let document = loaded.documents.get(&diagnostic.place.path);
    Complaint::new(diagnostic, document.map(|document| &*document.text))
}

fn refused(tree: &Tree) -> Vec<Refused> {
    let odd = tree
        .refused
        .iter()
        .map(|refused| Refused { path: refused.path.as_str().into(), reason: Refusal::Unsafe(refused.reason) });
    let misplaced = tree.entries.iter().filter_map(|entry| {
        let reason = locate(&entry.path).err()?;
        Some(Refused { path: Arc::clone(&entry.path), reason: Refusal::Misplaced(reason) })
    });
    odd.chain(misplaced).collect()
}

/// The documents of the slots' present contents; parses what was not parsed before.
fn read(repository: &Repository, slots: &[Slot], cache: &mut Cache) -> Result<Vec<Arc<Document>>, Error> {
    cache.set_limits(repository, slots)?;
    let present = |slot: &Slot| Some((Arc::clone(&slot.path), slot.candidates.last()?.blob));
    let missing: Vec<&Slot> =
        slots.iter().filter(|slot| present(slot).is_some_and(|key| !cache.documents.contains_key(&key))).collect();
    let ids: Vec<BlobId> = missing.iter().filter_map(|slot| Some(slot.candidates.last()?.blob)).collect();
    let blobs = repository.blobs(&ids, bytes(cache.limits))?;
    let limits = cache.limits;
    let parsed: Vec<_> = missing
        .par_iter()
        .zip(ids.into_par_iter().zip(blobs))
        .map(|(slot, (id, blob))| {
            let document = match blob {
                Ok(bytes) => Document::read(&slot.path, slot.location.clone(), &bytes, &limits),
                Err(error) => Document::unreadable(&slot.path, slot.location.clone(), error.to_string()),
            };
            ((Arc::clone(&slot.path), id), Arc::new(document))
        })
        .collect();
    cache.documents.extend(parsed);
    Ok(slots.iter().filter_map(|slot| cache.documents.get(&present(slot)?).cloned()).collect())
}

fn bytes(limits: Limits) -> u64 {
    u64::try_from(limits.file_bytes).unwrap_or(u64::MAX)
}

impl Cache {
    /// Takes the limits from `registry.toml`; other limits make everything be read again.
    fn set_limits(&mut self, repository: &Repository, slots: &[Slot]) -> Result<(), Error> {
        let settings = slots.iter().find(|slot| &*slot.path == REGISTRY_FILE);
        let Some((slot, candidate)) = settings.and_then(|slot| Some((slot, slot.candidates.last()?))) else {
            return Ok(());
        };
        let mut blobs = repository.blobs(&[candidate.blob], bytes(Limits::default()))?;
        let Some(Ok(bytes)) = blobs.pop() else { return Ok(()) };
        let document = Document::read(&slot.path, slot.location.clone(), &bytes, &Limits::default());
        let limits = match document.entity {
            Some(Entity::Registry(settings)) => settings.limits,
            _ => return Ok(()),
        };
        if limits != self.limits {
            *self = Self { limits, documents: HashMap::new() };
        }
        Ok(())
    }

    /// Forgets what no slot holds any more.
    fn keep(&mut self, slots: &[Slot]) {
        let wanted: BTreeSet<(&str, BlobId)> = slots
            .iter()
            .flat_map(|slot| {
                slot.candidates
                    .last()
                    .map(|candidate| candidate.blob)
                    .into_iter()
                    .chain(slot.newest)
                    .map(|blob| (&*slot.path, blob))
            })
            .collect();
        self.documents.retain(|(path, blob), _| wanted.contains(&(&**path, *blob)));
    }
}

fn arrivals(slots: &[Slot], ledger: &Ledger, registry: &Registry) -> Arrivals {
    let mut by_prompt: BTreeMap<&PromptName, Vec<(usize, &Semver, BlobId)>> = BTreeMap::new();
    for slot in slots {
        if let (Location::Version(_, name, number), Some(Candidate { blob, landing: Some(landing) })) =
            (&slot.location, slot.candidates.last())
        {
            by_prompt.entry(name).or_default().push((*landing, number, *blob));
        }
    }
    let who = handles(registry);
    let mut arrivals = Arrivals::new();
    for (name, mut versions) in by_prompt {
        versions.sort_unstable();
        for ((landing, number, blob), order) in versions.into_iter().zip(1..) {
            let location = Location::Version(None, name.clone(), number.clone());
            let seen = ledger.seen(&location, landing).iter().rev().find(|seen| seen.blob == blob);
            let (author, landed) = (seen.map(|seen| ledger.author(seen)), ledger.landing(landing));
            let arrival = Arrival {
                version_number: Some(order),
                created_by: author.map(|author| name_of(&author.person, &who)),
                created_at: author.and_then(|author| timestamp(author.time)),
                approved_by: Some(name_of(&landed.by, &who)),
                approved_at: timestamp(landed.at),
                commit: Some(landed.commit.to_string()),
            };
            arrivals.insert((name.clone(), number.clone()), arrival);
        }
    }
    arrivals
}

fn handles(registry: &Registry) -> HashMap<String, String> {
    registry.users.iter().map(|(handle, user)| (user.email.to_lowercase(), handle.to_string())).collect()
}

fn name_of(person: &Person, handles: &HashMap<String, String>) -> String {
    handles.get(&person.email.to_lowercase()).cloned().unwrap_or_else(|| person.name.to_string())
}

fn timestamp(seconds: i64) -> Option<String> {
    jiff::Timestamp::from_second(seconds).ok().map(|time| time.to_string())
}

fn status(slots: &[Slot], settled: &Settled, ledger: &Ledger) -> Status {
    let quarantined = slots.iter().filter_map(|slot| quarantined(slot, settled, ledger)).collect::<Vec<_>>();
    let mut diagnostics = settled.last.clone();
    for complaint in quarantined.iter().flat_map(|quarantined: &Quarantined| &quarantined.diagnostics) {
        if !diagnostics.contains(complaint) {
            diagnostics.push(complaint.clone());
        }
    }
    Status { quarantined, diagnostics }
}

fn quarantined(slot: &Slot, settled: &Settled, ledger: &Ledger) -> Option<Quarantined> {
    let serving = slot.candidates.last();
    if serving.map(|candidate| candidate.blob) == slot.newest {
        return None;
    }
    let found = settled.found.get(&(Arc::clone(&slot.path), slot.newest)).cloned().unwrap_or_default();
    let diagnostics = if found.is_empty() && serving.is_some() { vec![immutable(slot)] } else { found };
    let landing = serving.and_then(|candidate| candidate.landing);
    Some(Quarantined {
        path: slot.path.to_string(),
        served_from: landing.map(|landing| ledger.landing(landing).commit.to_string()),
        diagnostics,
    })
}

/// What is said of a version whose approved content was changed or removed.
fn immutable(slot: &Slot) -> Complaint {
    let (rule, what) = match slot.newest {
        Some(_) => ("approved-version-changed", "changed"),
        None => ("approved-version-removed", "removed"),
    };
    Complaint {
        rule,
        severity: crate::domain::Level::Error,
        message: format!("this version was {what} after it reached the default branch; its approved content is still served"),
        path: slot.path.to_string(),
        line: None,
        column: None,
        help: Some("put it back, and make a new version with `promptreg bump`; to withdraw it, name it under `yanked` or `revoked` in prompt.yaml".to_owned()),
    }
}
