//! Arrivals: how each version came to the default branch, in whose name, and in which order.

use super::{
    answer::Arrival,
    current::{Arrivals, Current},
    ledger::{Ledger, Standing},
};
use crate::{
    domain::{Handle, Location, PromptName, Registry, Semver, User},
    git::Person,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// The arrivals of those versions that the served state has with the same content, notes and tests included.
pub(super) fn known_arrivals(registry: &Registry, served: &Current) -> Arrivals {
    let mut arrivals = Arrivals::new();
    for folder in registry.prompts.values() {
        let Some(known) = served.registry.prompts.get(&folder.name) else { continue };
        for (number, version) in &folder.versions {
            let is_same =
                known.versions.get(number) == Some(version) && folder.digests.get(number) == known.digests.get(number);
            if let (true, Some(served)) = (is_same, served.served(&folder.name, number)) {
                let own = arrivals.entry(folder.name.clone()).or_default();
                own.insert(number.clone(), served.arrival.clone());
            }
        }
    }
    arrivals
}

/// The handles of people by their mail address in lower case.
#[derive(Debug, Default)]
pub(super) struct Handles(HashMap<String, Arc<str>>);

impl Handles {
    pub(super) fn of(users: &BTreeMap<Handle, Arc<User>>) -> Self {
        Self(users.iter().map(|(handle, user)| (user.email.to_lowercase(), handle.as_str().into())).collect())
    }

    /// What a person is called: the handle where the address is known, else the name in the commit.
    pub(super) fn name_of(&self, person: &Person) -> Arc<str> {
        Arc::clone(self.0.get(&person.email.to_lowercase()).unwrap_or(&person.name))
    }

    /// The addresses that belong to somebody else than before.
    fn differ(&self, before: &Self) -> BTreeSet<String> {
        let all = self.0.keys().chain(before.0.keys());
        all.filter(|address| self.0.get(*address) != before.0.get(*address)).cloned().collect()
    }
}

/// The arrivals of one prompt's versions that stand as of a landing.
pub(super) fn arrivals_of(ledger: &Ledger, name: &PromptName, last: usize, who: &Handles) -> BTreeMap<Semver, Arrival> {
    let standings =
        ledger.numbers(name).filter_map(|(identity, number)| Some((number, ledger.standing(identity, last)?)));
    let mut versions: Vec<(&Semver, Standing<'_>)> = standings.collect();
    versions.sort_unstable_by_key(|(number, standing)| (standing.since, *number));
    let numbered = versions.into_iter().zip(1..);
    let arrivals = numbered.map(|((number, standing), order)| {
        let (author, landed) = (ledger.author(standing.first, standing.since), &ledger.landings[standing.since]);
        let approval = approval(ledger, &standing);
        let approved_at = match approval.as_ref().map(|(_, at)| *at).filter(|at| *at > landed.at) {
            Some(later) => timestamp(later),
            None => landed.at_text.clone(),
        };
        let arrival = Arrival {
            version_number: Some(order),
            created_by: Some(who.name_of(&author.person)),
            created_at: if author.time == landed.at { landed.at_text.clone() } else { timestamp(author.time) },
            approved_by: approval.map(|(names, _)| names).or_else(|| Some(who.name_of(&landed.by))),
            approved_at,
            commit: Some(Arc::clone(&landed.commit_text)),
        };
        (number.clone(), arrival)
    });
    arrivals.collect()
}

/// Who approved a version by signed decisions, and when the last that was needed was logged; none where being on the branch
/// was enough.
fn approval(ledger: &Ledger, standing: &Standing<'_>) -> Option<(Arc<str>, i64)> {
    let judged = ledger.judged(standing.first).iter().find(|judged| judged.landing == standing.since)?;
    let approved = &judged.verdict.approved;
    if approved.is_empty() {
        return None;
    }
    let names: Vec<&str> = approved.iter().map(|voice| voice.decision.by.as_str()).collect();
    let mut times: Vec<i64> = approved.iter().map(|voice| voice.logged_at).collect();
    times.sort_unstable();
    let last = times.get((judged.verdict.required.max(1) as usize).min(times.len()) - 1)?;
    Some((names.join(", ").into(), *last))
}

/// The prompts of which a version came in the name of somebody who is called something else now.
pub(super) fn renamed(ledger: &Ledger, who: &Handles, before: &Handles) -> BTreeSet<PromptName> {
    let differ = who.differ(before);
    if differ.is_empty() {
        return BTreeSet::new();
    }
    let is_concerned = |person: &Person| differ.contains(&person.email.to_lowercase());
    let versions = ledger.standings(ledger.last()).filter_map(|(identity, standing)| {
        let Location::Version(_, name, _) = identity else { return None };
        let author = ledger.author(standing.first, standing.since);
        let landed = &ledger.landings[standing.since];
        (is_concerned(&author.person) || is_concerned(&landed.by)).then(|| name.clone())
    });
    versions.collect()
}

/// A time as RFC 3339; none beyond what a calendar can hold.
pub(super) fn timestamp(seconds: i64) -> Option<Arc<str>> {
    jiff::Timestamp::from_second(seconds).ok().map(|time| time.to_string().into())
}
