//! What is held back: every file whose content on the branch is not what is served, and why.

use super::{
    gate::Uncovered,
    ledger::{Content, Ledger, Standing, Touched, identity},
    status::Complaint,
};
use crate::{
    domain::{Handle, Level, Limits, Location, PromptName, locate},
    files::{Entity, Refusal},
    git::{BlobId, CommitId},
    lint::Breach,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// All that is held back, and with it what is needed to say why.
#[derive(Debug, Clone, Default)]
pub(super) struct Held {
    /// By the name of the prompt that it belongs to.
    by_name: Arc<BTreeMap<Option<PromptName>, Files>>,
    /// What is not read at all, by path.
    pub(super) refused: Arc<BTreeMap<Arc<str>, Refusal>>,
    /// The limits that bind the branch.
    pub(super) limits: Limits,
    /// The blobs that Git could not hand out.
    pub(super) unread: Arc<[BlobId]>,
}

/// Files that are held back, by path.
type Files = BTreeMap<Arc<str>, Back>;

/// One file that is held back.
#[derive(Debug, Clone)]
pub(super) struct Back {
    pub(super) location: Location,
    /// What lies there; none where nothing does, or no plain file.
    pub(super) content: Option<Arc<Content>>,
    /// The commit whose content is served instead.
    pub(super) served_from: Option<CommitId>,
    /// The reason in a sentence, where the linter has none.
    pub(super) why: Complaint,
    /// Whether it is said besides what the linter says.
    pub(super) says_why: bool,
}

impl Held {
    /// Every file that is held back, with its path.
    pub(super) fn files(&self) -> impl Iterator<Item = (&Arc<str>, &Back)> {
        self.by_name.values().flatten()
    }

    /// Whether the file at a path is among them.
    pub(super) fn has(&self, path: &str) -> bool {
        let Ok(Some(location)) = locate(path) else { return false };
        self.by_name.get(&name(&location).cloned()).is_some_and(|files| files.contains_key(path))
    }
}

/// Everything that is held back at the ledger's tip, by what was held back before and what is different since.
pub(super) fn held_back(before: &Held, ledger: &Ledger, touched: &Touched) -> Held {
    let mut held = before.clone();
    held.limits = ledger.limits;
    if held.unread.len() != ledger.unread.len() {
        held.unread = ledger.unread.iter().copied().collect();
    }
    if !touched.refused.is_empty() {
        let refused = Arc::make_mut(&mut held.refused);
        for path in &touched.refused {
            match ledger.refused.get(path) {
                Some(reason) => drop(refused.insert(Arc::clone(path), reason.clone())),
                None => drop(refused.remove(path)),
            }
        }
    }
    let mut places: BTreeMap<Option<PromptName>, BTreeSet<Location>> = BTreeMap::new();
    for name in &touched.prompts {
        places.entry(Some(name.clone())).or_default();
    }
    for place in touched.places.iter().chain(&touched.others) {
        places.entry(name(place).cloned()).or_default().insert(place.clone());
    }
    for (name, mut places) in places {
        let known = held.by_name.get(&name);
        let is_prompt = name.is_some();
        // What is true of one file of a prompt depends on the others; other things stand by themselves.
        let known: Vec<Location> = known.into_iter().flatten().map(|(_, back)| back.location.clone()).collect();
        places.extend(known.iter().filter(|_| is_prompt).cloned());
        places.extend(name.iter().flat_map(|name| ledger.places(name)).cloned());
        places.extend(name.iter().flat_map(|name| kept(ledger, name)));
        let now: Vec<_> = places.iter().map(|place| (place, back(ledger, place))).collect();
        if known.is_empty() && now.iter().all(|(_, back)| back.is_none()) {
            continue;
        }
        let group = Arc::make_mut(&mut held.by_name).entry(name.clone()).or_default();
        for (place, back) in now {
            let path: Arc<str> = place.to_string().into();
            match back {
                Some(back) => drop(group.insert(path, back)),
                None => drop(group.remove(&path)),
            }
        }
        if group.is_empty() {
            Arc::make_mut(&mut held.by_name).remove(&name);
        }
    }
    held
}

fn name(location: &Location) -> Option<&PromptName> {
    match location {
        Location::Prompt(_, name) | Location::Version(_, name, _) => Some(name),
        _ => None,
    }
}

/// Where those versions of a prompt lay that are served, though nothing lies there any more.
fn kept(ledger: &Ledger, name: &PromptName) -> Vec<Location> {
    let standings = ledger.numbers(name).filter_map(|(identity, _)| ledger.standing(identity, ledger.last()));
    standings.map(|standing| standing.content.location.clone()).collect()
}

/// What is held back at a place; none where nothing is.
fn back(ledger: &Ledger, location: &Location) -> Option<Back> {
    let standing = ledger.standing(&identity(location), ledger.last());
    if let Some(uncovered) = ledger.uncovered.get(location) {
        let back = held_at(ledger, location, uncovered.content.clone(), standing);
        return Some(Back { why: lack(ledger, location, uncovered), says_why: true, ..back });
    }
    match ledger.heads.get(location) {
        Some(head) => {
            let is_served = standing.is_some_and(|standing| head.as_ref().is_some_and(|head| same(standing, head)));
            (!is_served).then(|| held_at(ledger, location, head.clone(), standing))
        }
        // What was removed and is served all the same.
        None => {
            let standing =
                standing.filter(|standing| !standing.is_removed && standing.content.location == *location)?;
            let own = identity(location);
            let mut lying = name(location).into_iter().flat_map(|name| ledger.places(name));
            let is_there = lying.any(|place| identity(place) == own);
            let prompt = name(location).map(|name| Location::Prompt(None, name.clone()));
            let is_gone = prompt.is_some_and(|prompt| {
                ledger.standing(&prompt, ledger.last()).is_none_or(|standing| standing.is_removed)
            });
            let is_kept = matches!(location, Location::Version(..) | Location::Registry);
            (is_kept && !is_there && !is_gone).then(|| held_at(ledger, location, None, Some(standing)))
        }
    }
}

/// Whether a content on the branch is what is served: the same bytes, or a version that says the same.
fn same(standing: Standing<'_>, head: &Content) -> bool {
    if standing.content.blob == head.blob {
        return !standing.is_removed && identity(&standing.content.location) == identity(&head.location);
    }
    match (&standing.content.entity, &head.entity) {
        (Some(Entity::Version(served)), Some(Entity::Version(version))) => served == version,
        _ => false,
    }
}

fn held_at(
    ledger: &Ledger,
    location: &Location,
    content: Option<Arc<Content>>,
    standing: Option<Standing<'_>>,
) -> Back {
    let since = |standing: Standing<'_>| {
        let entries = ledger.admitted.get(&identity(location))?;
        let is_it = |content: &Arc<Content>| content.is(standing.content);
        let entry = entries.iter().rev().find(|entry| entry.content.as_ref().is_some_and(is_it))?;
        Some(ledger.landings.get(entry.landing)?.commit)
    };
    let served = standing.filter(|standing| !standing.is_removed && home(ledger, location).is_none());
    Back {
        location: location.clone(),
        content,
        served_from: served.and_then(since),
        why: why(ledger, location, standing),
        says_why: standing.is_some_and(|_| matches!(location, Location::Version(..))),
    }
}

/// The folder that has the name of this file's prompt, where the file is there and lies in another folder.
fn home(ledger: &Ledger, location: &Location) -> Option<Location> {
    let (Location::Prompt(collection, name) | Location::Version(collection, name, _)) = location else { return None };
    ledger.heads.get(location)?;
    let first = ledger.homes.get(name)?.first().filter(|first| *first != collection)?;
    Some(Location::Prompt(first.clone(), name.clone()))
}

/// The rule that a content breaks which is not covered.
pub(super) const UNAPPROVED: &str = "unapproved";

/// What a change that is not covered lacks, as a complaint.
pub(super) fn lack(ledger: &Ledger, location: &Location, uncovered: &Uncovered) -> Complaint {
    let Uncovered { content, refused, landing, verdict } = uncovered;
    let landed = &ledger.landings[*landing];
    let what = match content {
        None if refused.is_none() => "its removal",
        _ => "what lies there",
    };
    let lack = uncovered.lacks();
    let commit = &landed.commit_text[..7.min(landed.commit_text.len())];
    let may: Vec<&str> = verdict.may.iter().map(Handle::as_str).collect();
    Complaint {
        rule: UNAPPROVED,
        severity: Level::Error,
        message: format!("{what} came with commit {commit} by {} and is not covered: {lack}", landed.by.name),
        path: location.to_string(),
        line: None,
        column: None,
        help: Some(match may.is_empty() {
            _ if refused.is_some() => "nobody can approve it so: put the file back, or mend it".to_owned(),
            true => "nobody is left who may approve it: name more approvers in registry.toml or users/".to_owned(),
            false => format!("`promptreg approve` by {} covers it, without a new commit", may.join(" or ")),
        }),
    }
}

/// The reason in a sentence, where the linter has none.
fn why(ledger: &Ledger, location: &Location, standing: Option<Standing<'_>>) -> Complaint {
    let is_there = ledger.heads.contains_key(location);
    let (rule, message, help) = match (location, standing, home(ledger, location)) {
        (_, _, Some(home)) => (
            "duplicate-name",
            format!("{home} has this name already, and is still served"),
            "a prompt's name is unique in the registry: give this folder another",
        ),
        (Location::Version(..), Some(_), _) => {
            let breach = if is_there { Breach::Changed } else { Breach::Removed };
            (breach.rule(), breach.message(), breach.help())
        }
        (Location::Registry, Some(_), _) if !is_there => {
            ("shape", "registry.toml was removed; its last settings still hold".to_owned(), "put it back")
        }
        _ => match ledger.forbidden.get(location) {
            Some(policy) => (
                "policy-violation",
                format!("the safety policy `{policy}` forbids it"),
                "`promptreg lint` says what of it; make another version, or have the policy changed",
            ),
            None => (
                "shape",
                "it cannot be served as it is".to_owned(),
                "`promptreg lint` judges the files of the registry",
            ),
        },
    };
    Complaint {
        rule,
        severity: Level::Error,
        message,
        path: location.to_string(),
        line: None,
        column: None,
        help: Some(help.to_owned()),
    }
}
