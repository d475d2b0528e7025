//! Defaults: what a schema says of the properties that an input leaves out.

use serde_json::{Map, Value};

/// How deep defaults are filled in; a schema that contains itself would never end.
const LEVELS: usize = 16;

/// The input with the default of every property that it leaves out, in nested objects too, to 16 levels.
///
/// An object that is left out itself is filled in only where the schema gives it a default.
#[must_use]
pub fn with_defaults(schema: &Value, input: &Map<String, Value>) -> Map<String, Value> {
    let mut filled = input.clone();
    fill_in(schema, schema, &mut filled, LEVELS);
    filled
}

fn fill_in(root: &Value, schema: &Value, input: &mut Map<String, Value>, levels: usize) {
    let Some(properties) = target(root, schema)["properties"].as_object().filter(|_| levels > 0) else { return };
    for (name, property) in properties {
        if !input.contains_key(name) {
            let default = property.get("default").or_else(|| target(root, property).get("default"));
            let Some(default) = default else { continue };
            input.insert(name.clone(), default.clone());
        }
        if let Some(Value::Object(inner)) = input.get_mut(name) {
            fill_in(root, property, inner, levels - 1);
        }
    }
}

/// The schema itself, or what its `$ref` within the same schema leads to.
fn target<'s>(root: &'s Value, schema: &'s Value) -> &'s Value {
    let mut schema = schema;
    for _ in 0..LEVELS {
        let Some(next) = schema["$ref"].as_str().and_then(|at| super::bounds::resolve(root, at)) else { break };
        schema = next;
    }
    schema
}
