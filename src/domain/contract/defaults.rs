//! Defaults as rendering sees them: what an input leaves out is filled in before the input is judged.

use super::node::{below, decoded};
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};

/// How deep defaults are filled in.
const LEVELS: usize = 16;

/// The schema of an input as callers meet it: an object, whose properties are the variables, and of which those that
/// have a default need not be given.
///
/// Where a schema that several places refer to requires a property with a default, it stays required, since not all of
/// these places are filled in.
pub(super) fn as_met(schema: &Value) -> Value {
    let mut met = schema.clone();
    let mut references = HashMap::new();
    count(schema, &mut references);
    lenient(&mut met, "", &references, LEVELS);
    if let Value::Object(map) = &mut met
        && !["properties", "$ref", "allOf", "anyOf", "oneOf"].iter().any(|key| map.contains_key(*key))
    {
        map.insert("properties".to_owned(), Value::Object(Map::new()));
    }
    met
}

/// The default that rendering fills in where the property that `names` lead to is left out.
pub(super) fn default_of<'s>(root: &'s Value, names: &[String]) -> Option<&'s Value> {
    let mut schema = root;
    for name in names {
        schema = target(root, schema).get("properties")?.get(name)?;
    }
    schema.get("default").or_else(|| target(root, schema).get("default"))
}

/// The schema itself, or what its `$ref` within the same document leads to.
fn target<'s>(root: &'s Value, schema: &'s Value) -> &'s Value {
    let mut schema = schema;
    for _ in 0..LEVELS {
        let next = schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|reference| root.pointer(&decoded(reference.strip_prefix('#')?)?));
        let Some(next) = next else { break };
        schema = next;
    }
    schema
}

/// Takes out of `required` what has a default, in the schema at a pointer and in those of its properties. `references`
/// says how many places refer to the same.
fn lenient(root: &mut Value, at: &str, references: &HashMap<String, usize>, levels: usize) {
    let Some(schema) = root.pointer(at).filter(|_| levels > 0) else { return };
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let target = reference.strip_prefix('#').and_then(decoded);
        if let Some(target) = target.filter(|_| references.get(reference) == Some(&1)) {
            lenient(root, &target, references, levels - 1);
        }
        return;
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    let names: Vec<String> = properties.into_iter().flat_map(Map::keys).cloned().collect();
    let has_default =
        |property: &Value| property.get("default").is_some() || target(root, property).get("default").is_some();
    let filled = properties.into_iter().flatten().filter(|(_, property)| has_default(property));
    let filled: HashSet<String> = filled.map(|(name, _)| name.clone()).collect();
    if let Some(Value::Array(required)) = root.pointer_mut(at).and_then(|schema| schema.get_mut("required")) {
        required.retain(|name| !name.as_str().is_some_and(|name| filled.contains(name)));
    }
    for name in names {
        lenient(root, &below(&below(at, "properties"), &name), references, levels - 1);
    }
}

/// Counts how many places of a document refer to the same.
fn count(value: &Value, references: &mut HashMap<String, usize>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| count(item, references)),
        Value::Object(map) => {
            if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
                *references.entry(reference.to_owned()).or_default() += 1;
            }
            map.values().for_each(|item| count(item, references));
        }
        _ => {}
    }
}
