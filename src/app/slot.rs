//! Slots: the files of a state, each with the contents that may stand for it.

use super::{
    ledger::{Ledger, Seen},
    status::{Complaint, Quarantined},
};
use crate::{
    domain::{Level, Location, PromptName, locate},
    git::{BlobId, Tree},
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// One file and the contents that may stand for it.
pub(super) struct Slot {
    pub path: Arc<str>,
    pub location: Location,
    /// The content on the branch; none where the file is gone.
    pub newest: Option<BlobId>,
    /// The contents to try, the best last.
    pub candidates: Vec<Candidate>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Candidate {
    pub blob: BlobId,
    /// The landing that brought it; none where history was not asked.
    pub landing: Option<usize>,
}

pub(super) fn tree_slots(tree: &Tree) -> BTreeMap<Location, Slot> {
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

/// Of two folders with one name the one that was there first stays: a push cannot take a good prompt away.
pub(super) fn without_doubles(
    mut slots: BTreeMap<Location, Slot>,
    ledger: &Ledger,
    last: usize,
) -> (BTreeMap<Location, Slot>, Vec<Quarantined>) {
    let mut folders: BTreeMap<PromptName, Vec<(usize, Location)>> = BTreeMap::new();
    for (location, slot) in &slots {
        if let Location::Prompt(_, name) = location {
            let since = ledger.since(location, &slot.path, last).unwrap_or(usize::MAX);
            folders.entry(name.clone()).or_default().push((since, location.clone()));
        }
    }
    let mut doubles = Vec::new();
    for mut folders in folders.into_values().filter(|folders| folders.len() > 1) {
        folders.sort();
        let first = folders[0].1.to_string();
        for (_, double) in folders.drain(1..) {
            let (Location::Prompt(collection, name), path) = (&double, double.to_string()) else { continue };
            slots.retain(|location, _| match location {
                Location::Prompt(other, own) | Location::Version(other, own, _) => own != name || other != collection,
                _ => true,
            });
            doubles.push(Quarantined { diagnostics: vec![double_of(&path, &first)], path, served_from: None });
        }
    }
    (slots, doubles)
}

/// What is said of a folder that has the name of another.
fn double_of(path: &str, first: &str) -> Complaint {
    Complaint {
        rule: "duplicate-name",
        severity: Level::Error,
        message: format!("{first} has this name already, and is still served"),
        path: path.to_owned(),
        line: None,
        column: None,
        help: Some("a prompt's name is unique in the registry: give this folder another".to_owned()),
    }
}

/// Gives every slot the contents that history holds for it, and versions that were removed their slots back.
pub(super) fn with_history(
    mut slots: BTreeMap<Location, Slot>,
    ledger: &Ledger,
    last: usize,
) -> BTreeMap<Location, Slot> {
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
