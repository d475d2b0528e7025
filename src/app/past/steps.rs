//! Steps: what the ledger says of the past, taken down under its lock so that everything else needs none.

use crate::{
    app::ledger::{Content, Entry, Landing, Ledger},
    domain::{Location, PromptName, Semver},
    git::Author,
};
use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

/// What one landing did to one thing. A version counts to its prompt.
#[derive(Debug)]
pub(in crate::app) struct Step {
    /// The number of the landing.
    pub landing: usize,
    pub landed: Landing,
    /// The thing, without a collection.
    pub thing: Location,
    /// The versions that arrived, in their order.
    pub arrived: Vec<Arrived>,
    /// What became of the thing's own file.
    pub turn: Option<Turn>,
}

/// A version that arrived.
#[derive(Debug)]
pub(in crate::app) struct Arrived {
    pub number: Semver,
    /// 1, 2, 3, … in the order of arrival.
    pub order: u32,
    pub author: Author,
}

/// One content in place of another.
#[derive(Debug)]
pub(in crate::app) struct Turn {
    /// None where the thing was not served.
    pub before: Option<Arc<Content>>,
    /// None where it was taken away.
    pub after: Option<Arc<Content>>,
    /// Whether it had been served at all.
    pub was_known: bool,
    pub author: Author,
}

/// The steps of these things up to the landing `last`, oldest first.
pub(in crate::app) fn steps<'a>(
    ledger: &Ledger,
    last: usize,
    entries: impl Iterator<Item = (&'a Location, &'a Vec<Entry>)>,
) -> Vec<Step> {
    let mut steps = BTreeMap::new();
    let mut versions: BTreeMap<&PromptName, Vec<(usize, &Semver, &Content)>> = BTreeMap::new();
    for (identity, entries) in entries {
        let entries = &entries[..entries.partition_point(|entry| entry.landing <= last)];
        if let Location::Version(_, name, number) = identity {
            // A version is immutable for good: only how it came is told.
            if let Some((since, first)) =
                entries.iter().find_map(|entry| Some((entry.landing, entry.content.as_ref()?)))
            {
                versions.entry(name).or_default().push((since, number, first));
            }
            continue;
        }
        for (landing, turn) in turns(ledger, entries) {
            step(&mut steps, ledger, landing, identity.clone()).turn = Some(turn);
        }
    }
    for (name, mut versions) in versions {
        versions.sort_unstable_by_key(|(landing, number, _)| (*landing, *number));
        for ((landing, number, content), order) in versions.into_iter().zip(1..) {
            let author = ledger.author(content, landing).clone();
            let step = step(&mut steps, ledger, landing, Location::Prompt(None, name.clone()));
            step.arrived.push(Arrived { number: number.clone(), order, author });
        }
    }
    steps.into_values().collect()
}

fn step<'a>(
    steps: &'a mut BTreeMap<(usize, Location), Step>,
    ledger: &Ledger,
    landing: usize,
    thing: Location,
) -> &'a mut Step {
    let landed = &ledger.landings[landing];
    steps.entry((landing, thing.clone())).or_insert_with(|| Step {
        landing,
        landed: landed.clone(),
        thing,
        arrived: Vec::new(),
        turn: None,
    })
}

/// What became of one file, landing by landing.
fn turns(ledger: &Ledger, entries: &[Entry]) -> Vec<(usize, Turn)> {
    let mut turns = Vec::new();
    let mut seen = HashSet::new();
    let (mut before, mut was_known): (Option<Arc<Content>>, _) = (None, false);
    for entries in entries.chunk_by(|a, b| a.landing == b.landing) {
        let Some(Entry { landing, content: after }) = entries.last() else { continue };
        let own = &ledger.landings[*landing].author;
        let author = match after {
            // Where an older content is back, whoever wrote it then did not bring it back.
            Some(content) if seen.insert((Arc::clone(&content.path), content.blob)) => ledger.author(content, *landing),
            _ => own,
        };
        let is_same = |before: &Arc<Content>| after.as_ref().is_some_and(|after| after.is(before));
        if !before.as_ref().map_or(after.is_none(), is_same) {
            let turn = Turn { before, after: after.clone(), was_known, author: author.clone() };
            turns.push((*landing, turn));
        }
        (before, was_known) = (after.clone(), true);
    }
    turns
}
