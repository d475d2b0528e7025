//! What changed between two versions for those who call them.

use super::{
    compare::{INPUT, Pair},
    gap::shown,
    given::given,
    kinds::Kinds,
    taken::taken,
    tools::tools,
};
use crate::domain::{Bump, Turn, Version};
use serde_json::{Value, json};
use std::{cmp::Reverse, collections::BTreeMap};

/// One change of what a version promises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractChange {
    /// The smallest bump that it demands, [`Bump::Minor`] or [`Bump::Major`].
    pub bump: Bump,
    /// The JSON pointer of what changed: into the new version's file, or into the old one's where it is gone.
    pub pointer: String,
    /// Whether it is gone, so that the pointer leads into the old version's file.
    pub is_gone: bool,
    /// What changed, for the author of the change, without a full stop.
    pub message: String,
}

/// What changed between two versions for those who call them, the most demanding first, then by pointer.
///
/// Callers give the input, so the new `input_schema` has to take what the old one took; they read answers and execute
/// tools, so the new `output_schema` and the new schemas of tools may let through only what the old ones did. What cannot
/// be shown to be so demands [`Bump::Major`]. Nothing is said where only texts, models, parameters and descriptions
/// changed: that demands [`Bump::Patch`].
///
/// Of keys that the old schema does not declare, at any level, it is taken for granted that nobody gives one that the new
/// schema declares; else no optional variable could ever be added. An object declares its keys where it has
/// `properties` and says nothing of others but whether there may be any. Whoever refuses undeclared keys from now on
/// breaks callers all the same, and so does whoever drops a variable: what callers give does nothing then.
///
/// A variable with a default need not be given, as rendering fills it in. Conditions on which keys stand together, such
/// as `dependentRequired` and `maxProperties`, are looked at without what is filled in.
#[must_use]
pub fn contract_changes(old: &Version, new: &Version) -> Vec<ContractChange> {
    let mut changes = input(old.input_schema.as_deref(), new.input_schema.as_deref());
    changes.extend(output(old.output_schema.as_deref(), new.output_schema.as_deref()));
    changes.extend(tools(&old.tools, &new.tools));
    changes.extend(placeholders(&old.messages, &new.messages));
    changes.sort_by(|a, b| (Reverse(a.bump), &a.pointer, &a.message).cmp(&(Reverse(b.bump), &b.pointer, &b.message)));
    changes.dedup();
    changes
}

fn input(old: Option<&Value>, new: Option<&Value>) -> Vec<ContractChange> {
    let none = json!({"type": "object", "properties": {}});
    let mut changes = taken(&Pair {
        old: old.unwrap_or(&none),
        new: new.unwrap_or(&none),
        old_at: "/input_schema",
        new_at: "/input_schema",
        whole: INPUT,
        only: Kinds::OBJECT,
        addition: Bump::Minor,
    });
    if new.is_none() {
        // There is no place in the new file; what is gone has one in the old file.
        changes.iter_mut().filter(|change| !change.is_gone).for_each(|change| change.pointer.clear());
    }
    changes
}

fn output(old: Option<&Value>, new: Option<&Value>) -> Vec<ContractChange> {
    let at = "/output_schema";
    let whole = |bump, is_gone, message: &str| {
        vec![ContractChange { bump, pointer: at.to_owned(), is_gone, message: message.to_owned() }]
    };
    match (old, new) {
        (None, None) => Vec::new(),
        (Some(_), None) => whole(Bump::Major, true, "`output_schema` is gone, and answers may be anything"),
        (None, Some(_)) => whole(Bump::Minor, false, "`output_schema` is new, and answers fit it"),
        (Some(old), Some(new)) => given(&Pair {
            old,
            new,
            old_at: at,
            new_at: at,
            whole: "the answer",
            only: Kinds::ALL,
            addition: Bump::Minor,
        }),
    }
}

fn placeholders(old: &[Turn], new: &[Turn]) -> Vec<ContractChange> {
    let (before, after) = (places(old), places(new));
    let only = |these: &BTreeMap<&str, usize>, others: &BTreeMap<&str, usize>, bump, is_gone, what: &str| {
        let these = these.iter().filter(|(name, _)| !others.contains_key(*name));
        let of = |(name, place): (&&str, &usize)| ContractChange {
            bump,
            pointer: format!("/messages/{place}/placeholder"),
            is_gone,
            message: format!("the placeholder `{}` is {what}", shown(&Value::from(*name))),
        };
        these.map(of).collect::<Vec<_>>()
    };
    let mut changes = only(&before, &after, Bump::Major, true, "gone, and callers' messages go nowhere");
    changes.extend(only(&after, &before, Bump::Minor, false, "new"));
    changes
}

/// The placeholders, each with the number of its first turn.
fn places(turns: &[Turn]) -> BTreeMap<&str, usize> {
    let mut places = BTreeMap::new();
    for (at, turn) in turns.iter().enumerate() {
        if let Turn::Placeholder { placeholder } = turn {
            places.entry(&**placeholder).or_insert(at);
        }
    }
    places
}
