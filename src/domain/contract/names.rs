//! The properties that two schemas declare, at every level of the value: which are new, which are gone, which stay.

use super::{narrow::Narrow, node::Node};
use std::collections::{BTreeMap, HashSet};

/// How many objects are looked at.
const OBJECTS: usize = 2_000;

/// How deep they are looked at.
const LEVELS: usize = 32;

/// What became of a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    New,
    Gone,
    Stays,
}

/// A property that one of two schemas declares, or both.
#[derive(Debug)]
pub(super) struct Name {
    pub(super) fate: Fate,
    /// The names that lead to it, `[]` for the items of a list and `*` for properties of any name.
    pub(super) names: Vec<String>,
    /// Its pointer: into the new document, or into the old one where it is gone.
    pub(super) pointer: String,
    /// Whether the new schema requires it.
    pub(super) is_required: bool,
}

/// All properties that `old` or `new` declares, down to those of items.
pub(super) fn names(old: &Node<'_>, new: &Node<'_>) -> Vec<Name> {
    let mut walk = Walk { seen: HashSet::new(), at: Vec::new(), found: Vec::new() };
    walk.object(&Narrow::new(vec![old.clone()]), &Narrow::new(vec![new.clone()]));
    walk.found
}

struct Walk {
    /// The pairs that were looked at, by what tells their schemas from others.
    seen: HashSet<(Vec<usize>, Vec<usize>)>,
    at: Vec<String>,
    found: Vec<Name>,
}

impl Walk {
    fn object(&mut self, old: &Narrow<'_>, new: &Narrow<'_>) {
        let (before, after) = (old.applying(), new.applying());
        let key = |nodes: &[Node<'_>]| nodes.iter().map(|node| node.address().addr()).collect::<Vec<_>>();
        if self.at.len() >= LEVELS || self.seen.len() >= OBJECTS || !self.seen.insert((key(&before), key(&after))) {
            return;
        }
        self.properties(&before, &after, new);
        for (keyword, name) in [("items", "[]"), ("prefixItems", "[]"), ("additionalProperties", "*")] {
            let (before, after) = (inner(&before, keyword), inner(&after, keyword));
            if !before.is_empty() && !after.is_empty() {
                self.at.push(name.to_owned());
                self.object(&Narrow::new(before), &Narrow::new(after));
                self.at.pop();
            }
        }
    }

    fn properties(&mut self, before: &[Node<'_>], after: &[Node<'_>], new: &Narrow<'_>) {
        let declare = |nodes: &[Node<'_>]| nodes.iter().any(|node| node.get("properties").is_some());
        if !declare(before) || !declare(after) {
            return;
        }
        let (mut before, after) = (declared(before), declared(after));
        let required = new.required();
        for (name, nodes) in after {
            let gone = before.remove(name);
            let fate = if gone.is_some() { Fate::Stays } else { Fate::New };
            self.at.push(name.to_owned());
            self.note(fate, &nodes, required.contains(name));
            if let Some(gone) = gone {
                self.object(&Narrow::new(gone), &Narrow::new(nodes));
            }
            self.at.pop();
        }
        for (name, nodes) in before {
            self.at.push(name.to_owned());
            self.note(Fate::Gone, &nodes, false);
            self.at.pop();
        }
    }

    fn note(&mut self, fate: Fate, nodes: &[Node<'_>], is_required: bool) {
        let pointer = nodes.first().map(|node| node.at.clone()).unwrap_or_default();
        self.found.push(Name { fate, names: self.at.clone(), pointer, is_required });
    }
}

/// The schemas of every property, by name.
fn declared<'s>(nodes: &[Node<'s>]) -> BTreeMap<&'s str, Vec<Node<'s>>> {
    let mut found: BTreeMap<&str, Vec<Node<'s>>> = BTreeMap::new();
    for node in nodes {
        for name in node.names("properties") {
            found.entry(name).or_default().extend(node.named("properties", name));
        }
    }
    found
}

/// The schemas of what lies inside by a keyword.
fn inner<'s>(nodes: &[Node<'s>], keyword: &str) -> Vec<Node<'s>> {
    let of = |node: &Node<'s>| {
        let mut listed = node.listed(keyword);
        listed.extend(node.child(keyword).filter(|child| child.schema.is_object()));
        listed
    };
    nodes.iter().flat_map(of).collect()
}
