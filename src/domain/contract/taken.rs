//! What changed for those who give what a schema describes: for callers, the input.

use super::{
    changes::ContractChange,
    compare::{Pair, between, drop_told, is_presence_of, is_required},
    defaults::{as_met, default_of},
    evaluate,
    gap::{Gap, Told, shown},
    names::{Fate, Name, names},
    node::{Document, Node, is_bounded},
};
use crate::domain::Bump;
use serde_json::Value;

/// How much it may cost to see whether a default fits, in keywords.
const FUEL: usize = 10_000;

/// What changed for those who give what the schemas describe.
pub(super) fn taken(pair: &Pair<'_>) -> Vec<ContractChange> {
    if pair.old == pair.new {
        return Vec::new();
    }
    if !is_bounded(pair.old) || !is_bounded(pair.new) {
        return pair.intricate();
    }
    let (old, new) = (as_met(pair.old), as_met(pair.new));
    let (Some(old), Some(new)) = (Document::new(&old), Document::new(&new)) else { return pair.intricate() };
    let (Some(old), Some(new)) = (old.at(""), new.at("")) else { return pair.intricate() };
    let (mut less, mut more) = (between(pair, &new, &old), between(pair, &old, &new));
    let mut changes = Vec::new();
    for name in names(&old, &new) {
        changes.extend(of_name(pair, &name, &new, &mut less, &mut more));
    }
    drop_told(&mut more, &less);
    changes.extend(pair.of_gaps(Bump::Major, Told::TakesLess, &less));
    changes.extend(pair.of_gaps(Bump::Minor, Told::TakesMore, &more));
    changes
}

/// What became of one property; what is said by that is taken out of the gaps in both directions.
fn of_name(
    pair: &Pair<'_>,
    name: &Name,
    new: &Node<'_>,
    less: &mut Vec<Gap>,
    more: &mut Vec<Gap>,
) -> Option<ContractChange> {
    let change = default(pair, name, new);
    let is_needed = less.iter().any(|gap| is_required(gap) && gap.names() == name.names);
    if name.fate != Fate::Stays || change.as_ref().is_some_and(|change| change.bump == Bump::Major) {
        less.retain(|gap| !is_presence_of(gap, &name.names));
        more.retain(|gap| gap.names() != name.names);
    }
    let called = pair.named(name);
    match name.fate {
        _ if change.is_some() => change,
        Fate::Gone => Some(pair.gone(Bump::Major, &name.pointer, format!("{called} is gone"))),
        Fate::New if is_needed => {
            Some(pair.change(Bump::Major, &name.pointer, format!("{called} is new and required")))
        }
        Fate::New => Some(pair.change(pair.addition, &name.pointer, format!("{called} is new and optional"))),
        Fate::Stays => None,
    }
}

/// What the default of a property demands. Whoever leaves the property out gets another text by another default, so that
/// it is more than a change of the text alone; but what is asked of callers stays the same, so that it is less than
/// [`Bump::Major`], unless nothing stands in for the property any more.
fn default(pair: &Pair<'_>, name: &Name, new: &Node<'_>) -> Option<ContractChange> {
    let old_default = default_of(pair.old, &name.names).filter(|_| name.fate == Fate::Stays);
    let new_default = default_of(pair.new, &name.names).filter(|_| name.fate != Fate::Gone);
    let (bump, what) = match (old_default, new_default) {
        (was, Some(is)) if was != Some(is) && does_not_fit(new, name, is) => {
            let new = if name.fate == Fate::New { "is new and must be given" } else { "must be given" };
            (Bump::Major, format!("{new}: its default `{}` is none that it takes", shown(is)))
        }
        (None, Some(is)) if name.fate == Fate::Stays => (Bump::Minor, format!("defaults to `{}` now", shown(is))),
        (Some(was), Some(is)) if was != is => {
            (Bump::Minor, format!("defaults to `{}` now, not to `{}`", shown(is), shown(was)))
        }
        (Some(_), None) if name.is_required => {
            (Bump::Major, "has no default any more, so that it must be given".to_owned())
        }
        (Some(_), None) => (Bump::Minor, "has no default any more".to_owned()),
        _ => return None,
    };
    Some(pair.change(bump, &name.pointer, format!("{} {what}", pair.named(name))))
}

fn does_not_fit(new: &Node<'_>, name: &Name, default: &Value) -> bool {
    let schema = new.document.at(&name.pointer);
    schema.is_some_and(|schema| evaluate::fits(&schema, default, &mut FUEL.clone()) == Some(false))
}
