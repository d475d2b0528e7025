//! The narrow side of a comparison: schemas that all hold for the same value, and what follows from them.

use super::{kinds::Kinds, node::Node, number};
use serde_json::{Number, Value};
use std::{
    cmp::Ordering,
    collections::{BTreeSet, HashSet},
};

/// The most schemas that are looked at together; those beyond it are not made use of.
const TOGETHER: usize = 256;

/// The most schemas that are gone through for what they declare.
pub(super) const APPLYING: usize = 256;

/// Schemas that all hold for the same value.
#[derive(Debug, Clone)]
pub(super) struct Narrow<'s> {
    /// What it was made of.
    given: Vec<Node<'s>>,
    /// All of them that have keywords, with what they refer to and those of `allOf`.
    pub(super) all: Vec<Node<'s>>,
    /// Whether one of them is `false`.
    pub(super) is_never: bool,
    /// The kinds that are looked at; the others are looked at elsewhere.
    only: Kinds,
    /// Where it matters which keys are declared: all schemas that may apply to the value in any branch at all, also in
    /// those that were decided against on the way here.
    around: Option<Vec<Node<'s>>>,
    /// The `anyOf` and `oneOf` of which one branch was given, by address.
    pub(super) decided: Vec<*const Value>,
}

/// An end of a range of numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit<'s> {
    pub(super) number: &'s Number,
    /// Whether the number itself lies outside.
    pub(super) is_outside: bool,
}

impl<'s> Narrow<'s> {
    /// What all of the given schemas accept; anything where there are none.
    pub(super) fn new(given: Vec<Node<'s>>) -> Self {
        let mut narrow =
            Self { given, all: Vec::new(), is_never: false, only: Kinds::ALL, around: None, decided: Vec::new() };
        let mut later = narrow.given.clone();
        later.reverse();
        while let Some(node) = later.pop() {
            let seen = narrow.all.iter().any(|other| other.address() == node.address());
            if seen || narrow.all.len() >= TOGETHER {
                continue;
            }
            narrow.is_never |= node.schema == &Value::Bool(false);
            if node.schema.is_object() && !node.is_strange() {
                later.extend(node.listed("allOf").into_iter().rev());
                later.extend(node.target());
                narrow.all.push(node);
            }
        }
        narrow
    }

    /// What it was made of.
    pub(super) fn given(&self) -> impl Iterator<Item = &Node<'s>> {
        self.given.iter()
    }

    /// The same where it matters which keys are declared.
    pub(super) fn watched(mut self) -> Self {
        self.around = Some(self.applying());
        self
    }

    /// All schemas that may apply to the value, where it matters which keys are declared.
    pub(super) fn around(&self) -> Option<&[Node<'s>]> {
        self.around.as_deref()
    }

    /// What lies inside, with all that may apply there by any of `keywords`.
    fn inside(&self, given: Vec<Node<'s>>, named: Option<&str>, keywords: &[&str]) -> Self {
        let mut inside = Self::new(given);
        if let Some(around) = &self.around {
            let of = |node: &Node<'s>| {
                let own = named.and_then(|name| node.named("properties", name));
                keywords.iter().flat_map(|keyword| node.all_of(keyword)).chain(own).collect::<Vec<_>>()
            };
            inside.around = Some(around.iter().flat_map(of).take(APPLYING).collect());
            inside.around = Some(inside.applying());
        }
        inside
    }

    /// The same with one more schema.
    pub(super) fn with(&self, more: Node<'s>) -> Self {
        let mut given = self.given.clone();
        given.push(more);
        Self { only: self.only, decided: self.decided.clone(), around: self.around.clone(), ..Self::new(given) }
    }

    /// The same where only some kinds of values are looked at.
    pub(super) fn only(&self, only: Kinds) -> Self {
        Self { only, ..self.clone() }
    }

    /// The part of it that fits one branch of `of`, which is an `anyOf` or a `oneOf` of it.
    pub(super) fn branch(&self, of: &Value, branch: Node<'s>) -> Self {
        let mut part = self.with(branch);
        part.decided.push(std::ptr::from_ref(of));
        part
    }

    /// What tells it from others: the addresses of what it was made of and of what is around it, and the kinds that are looked at.
    pub(super) fn key(&self) -> (Vec<*const Value>, Vec<*const Value>, Kinds) {
        let addresses = |nodes: &[Node<'_>]| {
            let mut addresses: Vec<_> = nodes.iter().map(Node::address).collect();
            addresses.sort_unstable();
            addresses.dedup();
            addresses
        };
        (addresses(&self.given), addresses(self.around.as_deref().unwrap_or_default()), self.only)
    }

    /// The pointer of what it is mostly about.
    pub(super) fn pointer(&self, keyword: &str) -> String {
        let has = self.all.iter().find(|node| node.get(keyword).is_some());
        has.map_or_else(
            || self.given.first().map(|node| node.at.clone()).unwrap_or_default(),
            |node| node.pointer(keyword),
        )
    }

    /// All schemas that may apply to the same value, in any branch; at most [`APPLYING`].
    pub(super) fn applying(&self) -> Vec<Node<'s>> {
        let mut found: Vec<Node<'s>> = Vec::new();
        let mut seen = HashSet::new();
        let mut later: Vec<Node<'s>> = self.around.iter().flatten().chain(&self.all).cloned().collect();
        later.reverse();
        while let Some(node) = later.pop().filter(|_| found.len() < APPLYING) {
            if !seen.insert(node.address()) {
                continue;
            }
            later.extend(["allOf", "anyOf", "oneOf"].iter().flat_map(|keyword| node.listed(keyword)));
            later.extend(["not", "if", "then", "else"].iter().filter_map(|keyword| node.child(keyword)));
            later.extend(node.names("dependentSchemas").filter_map(|name| node.named("dependentSchemas", name)));
            later.extend(node.target());
            found.push(node);
        }
        found
    }

    /// The values of a keyword.
    pub(super) fn each(&self, keyword: &str) -> impl Iterator<Item = &'s Value> {
        self.all.iter().filter_map(move |node| node.get(keyword))
    }

    /// The kinds that `type` leaves.
    pub(super) fn kinds(&self) -> Kinds {
        self.each("type").filter_map(Kinds::named).fold(self.only, Kinds::and)
    }

    /// The values of the shortest list of values; `None` where there is none.
    pub(super) fn listed(&self) -> Option<Vec<&'s Value>> {
        if let Some(only) = self.each("const").next() {
            return Some(vec![only]);
        }
        let shortest = self.each("enum").filter_map(Value::as_array).min_by_key(|list| list.len());
        if let Some(list) = shortest {
            return Some(list.iter().collect());
        }
        let kinds = self.kinds();
        let few = kinds.without(Kinds::NULL.or(Kinds::BOOLEAN)).is_none();
        few.then(|| FEW.iter().filter(|value| kinds.meets(Kinds::of(value))).collect())
    }

    /// The least number, of `minimum` and `exclusiveMinimum`.
    pub(super) fn lower(&self) -> Option<Limit<'s>> {
        self.limits("minimum", "exclusiveMinimum").max_by(|a, b| a.as_lower(b))
    }

    /// The greatest number, of `maximum` and `exclusiveMaximum`.
    pub(super) fn upper(&self) -> Option<Limit<'s>> {
        self.limits("maximum", "exclusiveMaximum").min_by(|a, b| a.as_upper(b))
    }

    fn limits(&self, inside: &'static str, outside: &'static str) -> impl Iterator<Item = Limit<'s>> {
        let of = |keyword, is_outside| {
            self.each(keyword).filter_map(move |value| Some(Limit { number: value.as_number()?, is_outside }))
        };
        of(inside, false).chain(of(outside, true))
    }

    /// The greatest of what a keyword such as `minLength` says.
    pub(super) fn least(&self, keyword: &str) -> u64 {
        self.each(keyword).filter_map(Value::as_u64).max().unwrap_or(0)
    }

    /// The least of what a keyword such as `maxLength` says.
    pub(super) fn most(&self, keyword: &str) -> Option<u64> {
        self.each(keyword).filter_map(Value::as_u64).min()
    }

    /// The properties that an object must have.
    pub(super) fn required(&self) -> BTreeSet<&'s str> {
        self.each("required").filter_map(Value::as_array).flatten().filter_map(Value::as_str).collect()
    }

    /// The properties that some of the schemas declare.
    pub(super) fn properties(&self) -> BTreeSet<&'s str> {
        self.all.iter().flat_map(|node| node.names("properties")).collect()
    }

    /// What holds for a property.
    pub(super) fn property(&self, name: &str) -> Self {
        let of = |node: &Node<'s>| {
            let other = || node.child("additionalProperties").filter(|_| node.get("patternProperties").is_none());
            node.named("properties", name).or_else(other)
        };
        let given = self.all.iter().filter_map(of).collect();
        self.inside(given, Some(name), &["additionalProperties", "patternProperties"])
    }

    /// What holds for every property that no schema declares, by name or by pattern.
    pub(super) fn others(&self) -> Self {
        let given = self.all.iter().filter_map(|node| node.child("additionalProperties")).collect();
        self.inside(given, None, &PROPERTIES)
    }

    /// What holds for the properties that match each pattern, by pattern.
    pub(super) fn patterns(&self) -> Vec<(&'s str, Self)> {
        let of = |node: &Node<'s>| {
            let node = node.clone();
            let name =
                |name| Some((name, self.inside(vec![node.named("patternProperties", name)?], None, &PROPERTIES)));
            node.names("patternProperties").filter_map(name).collect::<Vec<_>>()
        };
        self.all.iter().flat_map(of).collect()
    }

    /// What holds for the names of properties.
    pub(super) fn names(&self) -> Self {
        Self::new(self.all.iter().filter_map(|node| node.child("propertyNames")).collect()).only(Kinds::STRING)
    }

    /// What holds for the item at a place of a list.
    pub(super) fn item(&self, place: usize) -> Self {
        let of = |node: &Node<'s>| node.listed("prefixItems").into_iter().nth(place).or_else(|| rest(node));
        self.inside(self.all.iter().filter_map(of).collect(), None, &ITEMS)
    }

    /// What holds for every item after those that `prefixItems` lists.
    pub(super) fn items(&self) -> Self {
        self.inside(self.all.iter().filter_map(rest).collect(), None, &ITEMS)
    }

    /// How many items have schemas of their own.
    pub(super) fn prefix(&self) -> usize {
        self.each("prefixItems").filter_map(Value::as_array).map(Vec::len).max().unwrap_or(0)
    }
}

/// The keywords whose schemas apply to properties.
const PROPERTIES: [&str; 3] = ["properties", "patternProperties", "additionalProperties"];

/// The keywords whose schemas apply to items.
const ITEMS: [&str; 3] = ["items", "prefixItems", "contains"];

/// All values of the kinds that have few.
static FEW: [Value; 3] = [Value::Null, Value::Bool(true), Value::Bool(false)];

/// The schema of the items of a list; the older form of `items`, which lists them, is not understood.
fn rest<'s>(node: &Node<'s>) -> Option<Node<'s>> {
    node.child("items").filter(|items| !items.schema.is_array())
}

impl Limit<'_> {
    /// The order by which the later one leaves less above it.
    pub(super) fn as_lower(&self, other: &Self) -> Ordering {
        number::compare(self.number, other.number).then(self.is_outside.cmp(&other.is_outside))
    }

    /// The order by which the earlier one leaves less below it.
    pub(super) fn as_upper(&self, other: &Self) -> Ordering {
        number::compare(self.number, other.number).then(other.is_outside.cmp(&self.is_outside))
    }
}
