//! The effective state: of every file the content that may be served, which is not always the newest.
//!
//! A version is its first valid content for good. Any other file is its newest valid content. What is broken steps
//! back (a version: forward) by itself and takes nothing else with it.

use super::{
    Error,
    arrivals::{arrivals, known_arrivals},
    cache::{self, Cache},
    current::Current,
    ledger::Ledger,
    slot::{Slot, tree_slots, with_history, without_doubles},
    status::{Complaint, Quarantined, Status},
};
use crate::{
    domain::{Diagnostic, Level, Location, locate},
    files::{self, Loaded, Refusal, Refused},
    git::{BlobId, CommitId, Repository, Tree},
    lint,
};
use std::{collections::BTreeMap, sync::Arc};

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
    let (slots, doubles) = without_doubles(tree_slots(&tree), ledger, last);
    let slots = with_history(slots, ledger, last);
    let (slots, settled) = settle(repository, slots, &tree, cache)?;
    let arrivals = arrivals(&slots, ledger, &settled.loaded.registry);
    let status = status(&slots, &settled, ledger, doubles);
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
    let status = status(&slots, &settled, &Ledger::default(), Vec::new());
    Ok(Current::new(Some(commit), registry, &arrivals, status))
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
        let documents = cache::read(repository, &slots, cache)?;
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

fn status(slots: &[Slot], settled: &Settled, ledger: &Ledger, doubles: Vec<Quarantined>) -> Status {
    let mut quarantined = doubles;
    quarantined.extend(slots.iter().filter_map(|slot| self::quarantined(slot, settled, ledger)));
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
        severity: Level::Error,
        message: format!("this version was {what} after it reached the default branch; its approved content is still served"),
        path: slot.path.to_string(),
        line: None,
        column: None,
        help: Some("put it back, and make a new version with `promptreg bump`; to withdraw it, name it under `yanked` or `revoked` in prompt.yaml".to_owned()),
    }
}
