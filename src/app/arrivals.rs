//! Arrivals: how each version came to the default branch, in whose name, and in which order.

use super::{
    answer::Arrival,
    current::{Arrivals, Current},
    ledger::{Ledger, Standing},
};
use crate::{
    domain::{Location, PromptName, Registry, Semver},
    git::Person,
};
use std::collections::{BTreeMap, HashMap};

/// The arrivals of those versions that the served state has with the same content, notes and tests included.
pub(super) fn known_arrivals(registry: &Registry, served: &Current) -> Arrivals {
    let mut arrivals = Arrivals::new();
    for folder in registry.prompts.values() {
        let Some(known) = served.registry.prompts.get(&folder.name) else { continue };
        for (number, version) in &folder.versions {
            let is_same = known.versions.get(number) == Some(version)
                && registry.digest_of(&folder.name, number) == served.registry.digest_of(&folder.name, number);
            if let (true, Some(served)) = (is_same, served.served(&folder.name, number)) {
                arrivals.insert((folder.name.clone(), number.clone()), served.arrival.clone());
            }
        }
    }
    arrivals
}

/// The arrivals of all versions that stand as of a landing. Handles are those of the registry's users.
pub(super) fn arrivals(ledger: &Ledger, last: usize, registry: &Registry) -> Arrivals {
    let mut by_prompt: BTreeMap<&PromptName, Vec<(usize, &Semver, Standing<'_>)>> = BTreeMap::new();
    for (identity, standing) in ledger.standings(last) {
        if let Location::Version(_, name, number) = identity {
            by_prompt.entry(name).or_default().push((standing.since, number, standing));
        }
    }
    let who = handles(registry);
    let mut arrivals = Arrivals::new();
    for (name, mut versions) in by_prompt {
        versions.sort_unstable_by_key(|(landing, number, _)| (*landing, *number));
        for ((landing, number, standing), order) in versions.into_iter().zip(1..) {
            let (author, landed) = (ledger.author(standing.first, landing), &ledger.landings[landing]);
            let arrival = Arrival {
                version_number: Some(order),
                created_by: Some(name_of(&author.person, &who)),
                created_at: timestamp(author.time),
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
