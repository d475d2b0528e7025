//! A schema of a version compared with its successor: what callers may give, and what they have to reckon with.

use super::{
    accepts::{Undeclared, gaps},
    changes::ContractChange,
    defaults::{as_met, default_of},
    evaluate,
    gap::{Gap, Told, What, path, shown},
    kinds::Kinds,
    names::{Fate, Name, names},
    narrow::Narrow,
    node::{Document, Node},
};
use crate::domain::Bump;
use serde_json::Value;

/// How much it may cost to see whether a default fits, in keywords.
const FUEL: usize = 10_000;

/// A schema and its successor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair<'v> {
    pub(super) old: &'v Value,
    pub(super) new: &'v Value,
    /// The pointer of the old one in its file.
    pub(super) old_at: &'v str,
    /// The pointer of the new one in its file.
    pub(super) new_at: &'v str,
    /// What they describe, such as `the input`.
    pub(super) whole: &'v str,
    /// The kinds of values that there can be at all.
    pub(super) only: Kinds,
    /// What a new property that is optional demands.
    pub(super) addition: Bump,
}

impl Pair<'_> {
    fn change(&self, bump: Bump, pointer: &str, message: String) -> ContractChange {
        ContractChange { bump, pointer: format!("{}{pointer}", self.new_at), is_gone: false, message }
    }

    fn gone(&self, bump: Bump, pointer: &str, message: String) -> ContractChange {
        ContractChange { bump, pointer: format!("{}{pointer}", self.old_at), is_gone: true, message }
    }

    fn of_gap(&self, bump: Bump, told: Told, gap: &Gap) -> ContractChange {
        let is_wide_new = matches!(told, Told::TakesLess | Told::GivesLess);
        let pointer = if is_wide_new { &gap.wide } else { &gap.narrow };
        let message = gap.told(told, self.whole);
        let is_placed = self.whole == INPUT || gap.names().is_empty();
        self.change(bump, pointer, if is_placed { message } else { format!("in {}, {message}", self.whole) })
    }

    /// A property as it is called in a message.
    fn named(&self, name: &Name) -> String {
        let path = path(&name.names);
        match (self.whole, name.names.len()) {
            (INPUT, 1) => format!("the variable `{path}`"),
            (INPUT, _) => format!("`{path}`"),
            (whole, _) => format!("in {whole}, `{path}`"),
        }
    }

    fn intricate(&self) -> Vec<ContractChange> {
        vec![self.change(Bump::Major, "", format!("the schemas of {} are too intricate to be compared", self.whole))]
    }
}

/// What the input is called.
pub(super) const INPUT: &str = "the input";

/// What changed for those who give what the schemas describe: the callers, of the input.
pub(super) fn taken(pair: &Pair<'_>) -> Vec<ContractChange> {
    if pair.old == pair.new {
        return Vec::new();
    }
    if Document::new(pair.old).is_none() || Document::new(pair.new).is_none() {
        return pair.intricate();
    }
    let (old, new) = (as_met(pair.old), as_met(pair.new));
    let (Some(old), Some(new)) = (Document::new(&old), Document::new(&new)) else { return pair.intricate() };
    let (Some(old), Some(new)) = (old.at(""), new.at("")) else { return pair.intricate() };
    let names = names(&old, &new);
    let (mut less, mut more) = (between(pair, &new, &old), between(pair, &old, &new));
    let mut changes = Vec::new();
    for name in &names {
        let of = |gap: &Gap| name.fate != Fate::Stays && gap.names() == name.names;
        let is_needed = less.iter().any(|gap| is_required(gap) && of(gap));
        less.retain(|gap| !(of(gap) && gap.names() != gap.about));
        more.retain(|gap| !of(gap));
        let called = pair.named(name);
        let default = default(pair, name, &new, &mut less);
        if let Some(change) = default.filter(|change| change.bump == Bump::Major || name.fate == Fate::Stays) {
            more.retain(|gap| change.bump != Bump::Major || gap.names() != name.names);
            changes.push(change);
            continue;
        }
        changes.extend(match name.fate {
            Fate::Gone => Some(pair.gone(Bump::Major, &name.pointer, format!("{called} is gone"))),
            Fate::New if is_needed => {
                Some(pair.change(Bump::Major, &name.pointer, format!("{called} is new and required")))
            }
            Fate::New => Some(pair.change(pair.addition, &name.pointer, format!("{called} is new and optional"))),
            Fate::Stays => None,
        });
    }
    more.retain(|gap| !is_told(gap, &less));
    changes.extend(less.iter().map(|gap| pair.of_gap(Bump::Major, Told::TakesLess, gap)));
    changes.extend(more.iter().map(|gap| pair.of_gap(Bump::Minor, Told::TakesMore, gap)));
    changes
}

/// What changed for those who are given what the schemas describe: the callers, of answers and of tools' arguments.
pub(super) fn given(pair: &Pair<'_>) -> Vec<ContractChange> {
    if pair.old == pair.new {
        return Vec::new();
    }
    let (Some(old), Some(new)) = (Document::new(pair.old), Document::new(pair.new)) else { return pair.intricate() };
    let (Some(old), Some(new)) = (old.at(""), new.at("")) else { return pair.intricate() };
    let (mut more, mut less) = (between(pair, &old, &new), between(pair, &new, &old));
    let mut changes = Vec::new();
    for name in names(&old, &new).iter().filter(|name| name.fate != Fate::Stays) {
        let of = |gap: &Gap| gap.names() == name.names;
        let is_break = more.iter().any(|gap| of(gap) && gap.names() != gap.about);
        more.retain(|gap| !(of(gap) && gap.names() != gap.about));
        less.retain(|gap| !of(gap));
        let called = pair.named(name);
        changes.push(match name.fate {
            Fate::Gone => {
                let bump = if is_break { Bump::Major } else { Bump::Minor };
                pair.gone(bump, &name.pointer, format!("{called} is gone"))
            }
            _ => {
                let bump = if is_break { Bump::Major } else { pair.addition };
                pair.change(bump, &name.pointer, format!("{called} is new"))
            }
        });
    }
    less.retain(|gap| !is_told(gap, &more));
    changes.extend(more.iter().map(|gap| pair.of_gap(Bump::Major, Told::GivesMore, gap)));
    changes.extend(less.iter().map(|gap| pair.of_gap(Bump::Minor, Told::GivesLess, gap)));
    changes
}

fn between<'s>(pair: &Pair<'_>, wide: &Node<'s>, narrow: &Node<'s>) -> Vec<Gap> {
    gaps(wide, &Narrow::new(vec![narrow.clone()]).only(pair.only), Undeclared::Apart)
}

const fn is_required(gap: &Gap) -> bool {
    matches!(gap.what, What::Required(_))
}

/// Whether the same was said in the other direction already: one thing became another.
fn is_told(gap: &Gap, others: &[Gap]) -> bool {
    let is_same = |other: &&Gap| other.about == gap.about && other.what.is_about_the_same(&gap.what);
    !matches!(gap.what, What::Values(_)) && others.iter().any(|other| is_same(&other))
}

/// What the default of a variable demands. Whoever leaves the variable out gets another text by another default, so that
/// it is more than a change of the text alone; but what is asked of callers stays the same.
fn default(pair: &Pair<'_>, name: &Name, new: &Node<'_>, less: &mut Vec<Gap>) -> Option<ContractChange> {
    let old_default = default_of(pair.old, &name.names).filter(|_| name.fate == Fate::Stays);
    let new_default = default_of(pair.new, &name.names).filter(|_| name.fate != Fate::Gone);
    let called = pair.named(name);
    let changed = |bump, what: String| Some(pair.change(bump, &name.pointer, format!("{called} {what}")));
    match (old_default, new_default) {
        (_, Some(is)) if old_default != Some(is) && does_not_fit(new, name, is) => {
            let new = if name.fate == Fate::New { "is new and must be given" } else { "must be given" };
            changed(Bump::Major, format!("{new}: its default `{}` is none that it takes", shown(is)))
        }
        (None, Some(is)) if name.fate == Fate::Stays => {
            changed(Bump::Minor, format!("defaults to `{}` now", shown(is)))
        }
        (Some(was), Some(is)) if was != is => {
            changed(Bump::Minor, format!("defaults to `{}` now, not to `{}`", shown(is), shown(was)))
        }
        (Some(_), None) => {
            let before = less.len();
            less.retain(|gap| !(is_required(gap) && gap.names() == name.names));
            if name.is_required || less.len() < before {
                changed(Bump::Major, "has no default any more, so that it must be given".to_owned())
            } else {
                changed(Bump::Minor, "has no default any more".to_owned())
            }
        }
        _ => None,
    }
}

fn does_not_fit(new: &Node<'_>, name: &Name, default: &Value) -> bool {
    let schema = new.document.at(&name.pointer);
    schema.is_some_and(|schema| evaluate::fits(&schema, default, &mut FUEL.clone()) == Some(false))
}
