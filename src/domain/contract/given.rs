//! What changed for those who are given what a schema describes: for callers, answers and the arguments of tools.

use super::{
    changes::ContractChange,
    compare::{Pair, between, drop_told, is_presence_of},
    gap::{Gap, Told},
    names::{Fate, Name, names},
    node::Document,
};
use crate::domain::Bump;

/// What changed for those who are given what the schemas describe.
pub(super) fn given(pair: &Pair<'_>) -> Vec<ContractChange> {
    if pair.old == pair.new {
        return Vec::new();
    }
    let (Some(old), Some(new)) = (Document::new(pair.old), Document::new(pair.new)) else { return pair.intricate() };
    let (Some(old), Some(new)) = (old.at(""), new.at("")) else { return pair.intricate() };
    let (mut more, mut less) = (between(pair, &old, &new), between(pair, &new, &old));
    let mut changes = Vec::new();
    for name in names(&old, &new).iter().filter(|name| name.fate != Fate::Stays) {
        changes.push(of_name(pair, name, &mut more, &mut less));
    }
    drop_told(&mut less, &more);
    changes.extend(pair.of_gaps(Bump::Major, Told::GivesMore, &more));
    changes.extend(pair.of_gaps(Bump::Minor, Told::GivesLess, &less));
    changes
}

/// What became of one property; what is said by that is taken out of the gaps in both directions.
fn of_name(pair: &Pair<'_>, name: &Name, more: &mut Vec<Gap>, less: &mut Vec<Gap>) -> ContractChange {
    let is_break = more.iter().any(|gap| is_presence_of(gap, &name.names));
    more.retain(|gap| !is_presence_of(gap, &name.names));
    less.retain(|gap| gap.names() != name.names);
    let called = pair.named(name);
    if name.fate == Fate::Gone {
        let bump = if is_break { Bump::Major } else { Bump::Minor };
        pair.gone(bump, &name.pointer, format!("{called} is gone"))
    } else {
        let bump = if is_break { Bump::Major } else { pair.addition };
        pair.change(bump, &name.pointer, format!("{called} is new"))
    }
}
