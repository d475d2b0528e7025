//! Fuel: how often schemas apply to parts of an input, counted before they do, since references may multiply that.

use super::bounds::resolve;
use serde_json::Value;

/// The most times that schemas may apply to an input and its parts.
const FUEL: usize = 500_000;

/// Whether judging `input` by `schema` stays affordable. The schema has to be within the bounds of its own.
///
/// It is an upper estimate: every subschema that may apply to a value counts, whatever the validator leaves out.
pub(super) fn affordable(schema: &Value, input: &Value) -> bool {
    let mut fuel = FUEL;
    apply(schema, schema, input, &mut fuel).is_some()
}

/// Whether a schema refers to anything: only then may an input cost more than its size times the schema's.
pub(super) fn refers(schema: &Value) -> bool {
    match schema {
        Value::Object(map) => map.contains_key("$ref") || map.values().any(refers),
        Value::Array(items) => items.iter().any(refers),
        _ => false,
    }
}

/// Uses up fuel for all that applies to `value`; `None` where it runs out.
fn apply(root: &Value, schema: &Value, value: &Value, fuel: &mut usize) -> Option<()> {
    let Some(keywords) = schema.as_object() else { return Some(()) };
    *fuel = fuel.checked_sub(1)?;
    for (keyword, part) in keywords {
        match keyword.as_str() {
            "$ref" => {
                let target = part.as_str().and_then(|at| resolve(root, at));
                target.map_or(Some(()), |target| apply(root, target, value, fuel))?;
            }
            "not" | "if" | "then" | "else" => apply(root, part, value, fuel)?,
            "allOf" | "anyOf" | "oneOf" => {
                part.as_array().into_iter().flatten().try_for_each(|each| apply(root, each, value, fuel))?;
            }
            "dependentSchemas" | "dependencies" => {
                part.as_object().into_iter().flatten().try_for_each(|(_, each)| apply(root, each, value, fuel))?;
            }
            keyword => apply_inside(root, keyword, part, value, fuel)?,
        }
    }
    Some(())
}

/// The same for the keywords that apply to the parts of `value`.
fn apply_inside(root: &Value, keyword: &str, part: &Value, value: &Value, fuel: &mut usize) -> Option<()> {
    let mut each = |schema: &Value, inner: &Value| apply(root, schema, inner, fuel);
    match (keyword, value, part) {
        ("properties", Value::Object(map), Value::Object(schemas)) => {
            map.iter().try_for_each(|(name, inner)| each(schemas.get(name).unwrap_or(&Value::Null), inner))
        }
        ("patternProperties", Value::Object(map), Value::Object(schemas)) => {
            schemas.values().try_for_each(|schema| map.values().try_for_each(|inner| each(schema, inner)))
        }
        ("additionalProperties" | "unevaluatedProperties" | "propertyNames", Value::Object(map), _) => {
            map.values().try_for_each(|inner| each(part, inner))
        }
        ("items" | "prefixItems", Value::Array(items), Value::Array(schemas)) => {
            schemas.iter().zip(items).try_for_each(|(schema, inner)| each(schema, inner))
        }
        ("items" | "additionalItems" | "unevaluatedItems" | "contains", Value::Array(items), _) => {
            items.iter().try_for_each(|inner| each(part, inner))
        }
        _ => Some(()),
    }
}
