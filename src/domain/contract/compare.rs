//! A schema of a version and its successor: what lies between them, and how it is told.

use super::{
    accepts::{Undeclared, gaps},
    changes::ContractChange,
    gap::{Gap, Told, What, path},
    kinds::Kinds,
    names::Name,
    narrow::Narrow,
    node::Node,
};
use crate::domain::Bump;
use serde_json::Value;

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
    pub(super) fn change(&self, bump: Bump, pointer: &str, message: String) -> ContractChange {
        ContractChange { bump, pointer: format!("{}{pointer}", self.new_at), is_gone: false, message }
    }

    pub(super) fn gone(&self, bump: Bump, pointer: &str, message: String) -> ContractChange {
        ContractChange { bump, pointer: format!("{}{pointer}", self.old_at), is_gone: true, message }
    }

    /// What `gaps` demand.
    pub(super) fn of_gaps(&self, bump: Bump, told: Told, gaps: &[Gap]) -> impl Iterator<Item = ContractChange> {
        gaps.iter().map(move |gap| self.of_gap(bump, told, gap))
    }

    fn of_gap(&self, bump: Bump, told: Told, gap: &Gap) -> ContractChange {
        let is_wide_new = matches!(told, Told::TakesLess | Told::GivesLess);
        let pointer = if is_wide_new { &gap.wide } else { &gap.narrow };
        let message = gap.told(told, self.whole);
        let is_placed = self.whole == INPUT || gap.names().is_empty();
        self.change(bump, pointer, if is_placed { message } else { format!("in {}, {message}", self.whole) })
    }

    /// A property as it is called in a message.
    pub(super) fn named(&self, name: &Name) -> String {
        let path = path(&name.names);
        match (self.whole, name.names.len()) {
            (INPUT, 1) => format!("the variable `{path}`"),
            (INPUT, _) => format!("`{path}`"),
            (whole, _) => format!("in {whole}, `{path}`"),
        }
    }

    pub(super) fn intricate(&self) -> Vec<ContractChange> {
        vec![self.change(Bump::Major, "", format!("the schemas of {} are too intricate to be compared", self.whole))]
    }
}

/// What the input is called.
pub(super) const INPUT: &str = "the input";

pub(super) fn between<'s>(pair: &Pair<'_>, wide: &Node<'s>, narrow: &Node<'s>) -> Vec<Gap> {
    gaps(wide, &Narrow::new(vec![narrow.clone()]).only(pair.only), Undeclared::Apart)
}

pub(super) const fn is_required(gap: &Gap) -> bool {
    matches!(gap.what, What::Required(_))
}

/// Whether a gap is about the presence of the property of these names, rather than about what it holds.
pub(super) fn is_presence_of(gap: &Gap, names: &[String]) -> bool {
    matches!(gap.what, What::Required(_) | What::Refused(_)) && gap.names() == names
}

/// Drops what was said in the other direction already: one thing became another.
pub(super) fn drop_told(gaps: &mut Vec<Gap>, others: &[Gap]) {
    gaps.retain(|gap| !is_told(gap, others));
}

/// Whether the same was said in the other direction already: one thing became another.
fn is_told(gap: &Gap, others: &[Gap]) -> bool {
    let is_same = |other: &&Gap| other.about == gap.about && other.what.is_about_the_same(&gap.what);
    !matches!(gap.what, What::Values(_)) && others.iter().any(|other| is_same(&other))
}
