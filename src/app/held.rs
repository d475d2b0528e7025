//! What is held back: every file whose content on the branch is not what is served, and why.

use super::{
    effective::present,
    ledger::{Content, Ledger, Standing, identity},
    shelf::Shelf,
    status::{Complaint, Quarantined},
};
use crate::{
    domain::{Level, Location},
    files::Entity,
    lint::Breach,
};

/// Everything that is held back at the tip. `found` is what the linter says of the branch.
pub(super) fn held_back(ledger: &Ledger, shelf: &Shelf, found: &[Complaint]) -> Vec<Quarantined> {
    let mut held = Vec::new();
    for (location, head) in &ledger.heads {
        let standing = ledger.standing(&identity(location), ledger.last());
        let is_served = standing.is_some_and(|standing| head.as_ref().is_some_and(|head| same(standing, head, shelf)));
        if !is_served {
            held.push(quarantined(ledger, location, standing, found));
        }
    }
    // What was removed and is served all the same.
    let present = present(ledger);
    for (identity, standing) in ledger.standings(ledger.last()) {
        let is_kept = matches!(identity, Location::Version(..) | Location::Registry);
        let prompt_is_gone = match identity {
            Location::Version(_, name, _) => ledger
                .standing(&Location::Prompt(None, name.clone()), ledger.last())
                .is_none_or(|prompt| prompt.is_removed),
            _ => false,
        };
        if is_kept && !prompt_is_gone && !present.contains(identity) {
            held.push(quarantined(ledger, &standing.content.location, Some(standing), found));
        }
    }
    held.sort_by(|a, b| a.path.cmp(&b.path));
    held
}

/// Whether a content on the branch is what is served: the same bytes, or a version that says the same.
fn same(standing: Standing<'_>, head: &Content, shelf: &Shelf) -> bool {
    if standing.content.blob == head.blob {
        return !standing.is_removed && identity(&standing.content.location) == identity(&head.location);
    }
    let entity = |content: &Content| shelf.get(&content.path, content.blob)?.document.entity.clone();
    match (entity(standing.content), entity(head)) {
        (Some(Entity::Version(served)), Some(Entity::Version(version))) => served == version,
        _ => false,
    }
}

fn quarantined(
    ledger: &Ledger,
    location: &Location,
    standing: Option<Standing<'_>>,
    found: &[Complaint],
) -> Quarantined {
    let path = location.to_string();
    let errors = found.iter().filter(|found| found.path == path && found.severity == Level::Error);
    let mut diagnostics: Vec<Complaint> = errors.cloned().collect();
    if diagnostics.is_empty() || standing.is_some_and(|_| matches!(location, Location::Version(..))) {
        diagnostics.push(why(ledger, location, standing, &path));
    }
    let since = |standing: Standing<'_>| {
        let entries = ledger.admitted.get(&identity(location))?;
        let entry = entries.iter().rev().find(|entry| entry.content.as_ref() == Some(standing.content))?;
        Some(ledger.landings[entry.landing].commit.to_string())
    };
    let standing = standing.filter(|standing| !standing.is_removed && home(ledger, location).is_none());
    Quarantined { path, served_from: standing.and_then(since), diagnostics }
}

/// The folder that has the name of this file's prompt, where the file is there and lies in another folder.
fn home(ledger: &Ledger, location: &Location) -> Option<Location> {
    let (Location::Prompt(collection, name) | Location::Version(collection, name, _)) = location else { return None };
    ledger.heads.get(location)?;
    let first = ledger.homes.get(name)?.first().filter(|first| *first != collection)?;
    Some(Location::Prompt(first.clone(), name.clone()))
}

/// The reason in a sentence, where the linter has none.
fn why(ledger: &Ledger, location: &Location, standing: Option<Standing<'_>>, path: &str) -> Complaint {
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
        _ => ("shape", "it cannot be served as it is".to_owned(), "`promptreg lint` judges the files of the registry"),
    };
    Complaint {
        rule,
        severity: Level::Error,
        message,
        path: path.to_owned(),
        line: None,
        column: None,
        help: Some(help.to_owned()),
    }
}
