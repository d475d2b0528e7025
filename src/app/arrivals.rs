//! Arrivals: how each version came to the default branch, in whose name, and in which order.

use super::{
    answer::Arrival,
    current::{Arrivals, Current},
    ledger::Ledger,
    slot::{Candidate, Slot},
};
use crate::{
    domain::{Location, PromptName, Registry, Semver},
    git::{BlobId, Person},
};
use std::collections::{BTreeMap, HashMap};

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

pub(super) fn arrivals(slots: &[Slot], ledger: &Ledger, registry: &Registry) -> Arrivals {
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
