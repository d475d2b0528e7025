//! Bounds: what a schema or an input may not exceed, so that nothing a person wrote can overflow the stack.

use super::fault::{Fault, entry};
use serde_json::Value;
use std::collections::HashMap;

/// The most levels of a schema or of an input.
pub(super) const DEPTH: usize = 64;

/// The most schemas that may lie in each other and apply to the same value, references counted: with [`DEPTH`] levels of
/// a value the validator's stack stays below a megabyte.
const CHAIN: usize = 16;

/// The most values in a schema, and the most subschemas that may apply to one value.
const NODES: usize = 10_000;

/// Keywords whose schema applies to the same value.
const SAME: [&str; 4] = ["not", "if", "then", "else"];
/// Keywords whose list of schemas applies to the same value.
const SAME_LISTS: [&str; 3] = ["allOf", "anyOf", "oneOf"];
/// Keywords whose map of schemas applies to the same value.
const SAME_MAPS: [&str; 2] = ["dependentSchemas", "dependencies"];
/// Keywords whose schema applies to something inside the value.
const INNER: [&str; 8] = [
    "additionalProperties",
    "propertyNames",
    "unevaluatedProperties",
    "items",
    "additionalItems",
    "contains",
    "unevaluatedItems",
    "contentSchema",
];
/// Keywords whose list of schemas applies to something inside the value.
const INNER_LISTS: [&str; 2] = ["prefixItems", "items"];
/// Keywords whose map of schemas applies to something inside the value, or to nothing unless it is referred to.
const INNER_MAPS: [&str; 4] = ["properties", "patternProperties", "$defs", "definitions"];

/// The drafts whose meta-schemas are built in.
const DRAFTS: [&str; 5] = [
    "json-schema.org/draft/2020-12/schema",
    "json-schema.org/draft/2019-09/schema",
    "json-schema.org/draft-07/schema",
    "json-schema.org/draft-06/schema",
    "json-schema.org/draft-04/schema",
];

/// Judges how deep and how large a schema is.
pub(super) fn size(schema: &Value) -> Result<(), Fault> {
    if !within(schema, DEPTH) {
        return Err(Fault::value("", format!("this schema is nested deeper than {DEPTH} levels")));
    }
    if nodes(schema) > NODES {
        return Err(Fault::value("", format!("this schema has more than {NODES} values")));
    }
    Ok(())
}

/// The fault of an input that is nested too deep.
pub(super) fn too_deep(input: &Value) -> Option<Fault> {
    (!within(input, DEPTH)).then(|| Fault::value("", format!("this is nested deeper than {DEPTH} levels")))
}

/// Whether a value is nested no deeper than so many levels.
pub(super) fn within(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(items) => levels > 0 && items.iter().all(|item| within(item, levels - 1)),
        Value::Object(map) => levels > 0 && map.values().all(|item| within(item, levels - 1)),
        _ => true,
    }
}

fn nodes(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(nodes).sum(),
        Value::Object(map) => map.values().map(nodes).sum(),
        _ => 0,
    }
}

/// The fault of a schema that follows a draft that is not built in.
pub(super) fn unknown_draft(schema: &Value) -> Option<Fault> {
    let named = schema.get("$schema")?;
    let Some(text) = named.as_str() else { return Some(Fault::value("/$schema", "`$schema` must be text")) };
    let bare = text.trim_end_matches('#').trim_start_matches("https://").trim_start_matches("http://");
    (!DRAFTS.contains(&bare)).then(|| {
        Fault::value("/$schema", "`$schema` names a dialect that is not known")
            .help("write https://json-schema.org/draft/2020-12/schema, or leave it out")
    })
}

/// What a reference within the schema leads to: `#`, `#/json/pointer`.
pub(super) fn resolve<'s>(root: &'s Value, reference: &str) -> Option<&'s Value> {
    root.pointer(&percent_decoded(reference.strip_prefix('#')?)?)
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// All references that leave the schema, lead nowhere, or lead round in circles without going into the value.
pub(super) fn references(schema: &Value) -> Vec<Fault> {
    let mut walk = Walk { root: schema, seen: HashMap::new(), later: vec![Place::root(schema)], faults: Vec::new() };
    while let Some(place) = walk.later.pop() {
        walk.visit(&place, 0);
    }
    walk.faults.sort();
    walk.faults.dedup();
    walk.faults
}

/// What is known of a subschema: how many levels of schemas, and how many of them, apply to the same value.
#[derive(Clone, Copy)]
enum Seen {
    Entered,
    Left { levels: usize, count: usize },
}

/// A subschema.
struct Place<'s> {
    /// The pointer of the keyword that leads to it: its own, or that of a `$ref`.
    from: String,
    /// Its own pointer.
    at: String,
    node: &'s Value,
}

impl<'s> Place<'s> {
    const fn root(node: &'s Value) -> Self {
        Self { from: String::new(), at: String::new(), node }
    }

    fn new(at: String, node: &'s Value) -> Self {
        Self { from: at.clone(), at, node }
    }
}

struct Walk<'s> {
    root: &'s Value,
    /// By the subschema's address.
    seen: HashMap<*const Value, Seen>,
    later: Vec<Place<'s>>,
    faults: Vec<Fault>,
}

impl<'s> Walk<'s> {
    /// Goes through all that applies to the same value as the subschema at `place`, and puts aside what applies to parts.
    fn visit(&mut self, place: &Place<'s>, level: usize) -> (usize, usize) {
        let address = std::ptr::from_ref(place.node);
        match self.seen.get(&address) {
            Some(Seen::Left { levels, count }) if level + levels <= CHAIN => return (*levels, *count),
            Some(Seen::Left { .. }) => return self.refuse(place, "too many schemas lie in each other here"),
            Some(Seen::Entered) => return self.refuse(place, "this leads back to itself without going into the value"),
            None if level > CHAIN => return self.refuse(place, "too many schemas lie in each other here"),
            None => {}
        }
        self.seen.insert(address, Seen::Entered);
        self.put_aside(place);
        let (mut levels, mut count) = (1, 1_usize);
        for same in self.same(place) {
            let (inner, more) = self.visit(&same, level + 1);
            levels = levels.max(inner + 1);
            count = count.saturating_add(more);
        }
        if count > NODES {
            self.refuse(place, "too many schemas apply to one value here");
            count = 1;
        }
        self.seen.insert(address, Seen::Left { levels, count });
        (levels, count)
    }

    fn refuse(&mut self, place: &Place<'s>, why: &str) -> (usize, usize) {
        self.faults.push(Fault::value(&place.from, why));
        (1, 1)
    }

    /// The subschemas that apply to the same value, references followed.
    fn same(&mut self, Place { at, node, .. }: &Place<'s>) -> Vec<Place<'s>> {
        let mut same = Vec::new();
        if let Some(map) = node.as_object() {
            self.reference(at, map, &mut same);
        }
        for key in SAME {
            same.extend(node.get(key).map(|schema| Place::new(entry(at, key), schema)));
        }
        lists(at, node, &SAME_LISTS, &mut same);
        maps(at, node, &SAME_MAPS, &mut same);
        same
    }

    fn reference(&mut self, at: &str, map: &'s serde_json::Map<String, Value>, same: &mut Vec<Place<'s>>) {
        for key in ["$dynamicRef", "$recursiveRef"] {
            if map.contains_key(key) {
                self.faults
                    .push(Fault::value(entry(at, key), format!("`{key}` is not supported")).help("write `$ref`"));
            }
        }
        if !at.is_empty() && map.get("$id").is_some_and(Value::is_string) {
            self.faults.push(Fault::value(entry(at, "$id"), "`$id` may stand only at the top of a schema"));
        }
        let Some(reference) = map.get("$ref").and_then(Value::as_str) else { return };
        let from = entry(at, "$ref");
        let told = super::words::shown(&map["$ref"]);
        let Some(pointer) = reference.strip_prefix('#') else {
            self.faults.push(
                Fault::value(from, format!("`{told}` is another document"))
                    .help("only references within the schema are followed, such as `#/$defs/name`"),
            );
            return;
        };
        match resolve(self.root, reference) {
            Some(node) => same.push(Place { from, at: percent_decoded(pointer).unwrap_or_default(), node }),
            None => self.faults.push(
                Fault::value(from, format!("`{told}` leads nowhere"))
                    .help("write a pointer into the schema, such as `#/$defs/name`"),
            ),
        }
    }

    fn put_aside(&mut self, Place { at, node, .. }: &Place<'s>) {
        for key in INNER {
            self.later.extend(node.get(key).map(|schema| Place::new(entry(at, key), schema)));
        }
        lists(at, node, &INNER_LISTS, &mut self.later);
        maps(at, node, &INNER_MAPS, &mut self.later);
    }
}

fn lists<'s>(at: &str, node: &'s Value, keys: &[&str], found: &mut Vec<Place<'s>>) {
    for key in keys {
        let items = node.get(*key).and_then(Value::as_array).into_iter().flatten();
        found.extend(items.enumerate().map(|(i, item)| Place::new(format!("{}/{i}", entry(at, key)), item)));
    }
}

fn maps<'s>(at: &str, node: &'s Value, keys: &[&str], found: &mut Vec<Place<'s>>) {
    for key in keys {
        let items = node.get(*key).and_then(Value::as_object).into_iter().flatten();
        found.extend(items.map(|(name, item)| Place::new(entry(&entry(at, key), name), item)));
    }
}
