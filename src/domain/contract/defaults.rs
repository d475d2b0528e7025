//! Defaults as rendering sees them: what an input leaves out is filled in before the input is judged.

use serde_json::{Map, Value};

/// How deep defaults are filled in.
const LEVELS: usize = 16;

/// The schema of an input as callers meet it: an object, whose properties are the variables, and of which those that
/// have a default need not be given.
///
/// Where a schema that several places refer to requires a property with a default, it stays required, since not all of
/// these places are filled in.
pub(super) fn as_met(schema: &Value) -> Value {
    let mut met = schema.clone();
    let mut at = String::new();
    lenient(&mut met, &mut at, LEVELS);
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
            .and_then(|reference| root.pointer(&super::node::decoded(reference.strip_prefix('#')?)?));
        let Some(next) = next else { break };
        schema = next;
    }
    schema
}

/// Takes out of `required` what has a default, in the schema at a pointer and in those of its properties.
fn lenient(root: &mut Value, at: &mut String, levels: usize) {
    let Some(schema) = root.pointer(at).filter(|_| levels > 0) else { return };
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let target = reference.strip_prefix('#').and_then(super::node::decoded);
        if let Some(mut target) = target.filter(|_| references(root, reference) == 1) {
            lenient(root, &mut target, levels - 1);
        }
        return;
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    let names: Vec<String> = properties.into_iter().flat_map(Map::keys).cloned().collect();
    let has_default = |name: &str| {
        let property = schema.get("properties").and_then(|properties| properties.get(name));
        property
            .is_some_and(|property| property.get("default").or_else(|| target(root, property).get("default")).is_some())
    };
    let filled: Vec<String> = names.iter().filter(|name| has_default(name)).cloned().collect();
    if let Some(Value::Array(required)) = root.pointer_mut(at).and_then(|schema| schema.get_mut("required")) {
        required.retain(|name| !filled.iter().any(|filled| name.as_str() == Some(filled)));
    }
    for name in names {
        let mut inner = super::node::below(&super::node::below(at, "properties"), &name);
        lenient(root, &mut inner, levels - 1);
    }
}

/// How many places of a document refer to the same.
fn references(value: &Value, reference: &str) -> usize {
    match value {
        Value::Array(items) => items.iter().map(|item| references(item, reference)).sum(),
        Value::Object(map) => {
            let own = usize::from(map.get("$ref").and_then(Value::as_str) == Some(reference));
            own + map.values().map(|item| references(item, reference)).sum::<usize>()
        }
        _ => 0,
    }
}
