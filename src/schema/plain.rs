//! Plain schemas: those that can be seen to be right without compiling them, which most schemas of inputs are.

use super::bounds::DEPTH;
use serde_json::{Map, Value};

/// The most values in a schema that is judged this way.
const NODES: usize = 1_000;

/// The words that a `type` may have.
const TYPES: [&str; 7] = ["null", "boolean", "object", "array", "number", "string", "integer"];

/// Whether a schema is surely a JSON Schema: few well-known keywords, each with a value that it may have.
///
/// `false` says nothing: such a schema is compiled to find out.
pub(super) fn is_plain(schema: &Value) -> bool {
    is_schema(schema, DEPTH / 2, &mut 0)
}

fn is_schema(schema: &Value, levels: usize, count: &mut usize) -> bool {
    *count += 1;
    match schema {
        Value::Bool(_) => true,
        Value::Object(map) => {
            levels > 0 && *count <= NODES && map.iter().all(|(key, value)| fits(key, value, levels - 1, count))
        }
        _ => false,
    }
}

fn fits(key: &str, value: &Value, levels: usize, count: &mut usize) -> bool {
    match key {
        "type" => value.as_str().is_some_and(|word| TYPES.contains(&word)),
        "title" | "description" | "$comment" => value.is_string(),
        "required" => value.as_array().is_some_and(|names| names.iter().all(Value::is_string) && are_distinct(names)),
        "enum" => value.as_array().is_some_and(|items| items.iter().all(is_scalar) && are_distinct(items)),
        "default" | "const" => is_scalar(value),
        "minLength" | "maxLength" | "minItems" | "maxItems" => value.as_u64().is_some_and(|most| most < 1 << 31),
        "minimum" | "maximum" => value.as_i64().is_some_and(|limit| limit.unsigned_abs() < 1 << 52),
        "items" | "additionalProperties" => is_schema(value, levels, count),
        "properties" => value.as_object().is_some_and(|map| are_schemas(map, levels, count)),
        _ => false,
    }
}

fn are_schemas(map: &Map<String, Value>, levels: usize, count: &mut usize) -> bool {
    levels > 0 && map.values().all(|schema| is_schema(schema, levels - 1, count))
}

fn is_scalar(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

/// Short lists only: a long one is left to the compiler.
fn are_distinct(items: &[Value]) -> bool {
    !items.is_empty() && items.len() <= 64 && items.iter().enumerate().all(|(i, item)| !items[..i].contains(item))
}

#[cfg(test)]
mod tests {
    use super::{super::compiled, *};
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn an_input_schema_as_people_write_it_is_plain() {
        assert!(is_plain(&json!({"type": "object", "required": ["a"], "additionalProperties": false, "properties": {
            "a": {"type": "string", "description": "A.", "maxLength": 9},
            "b": {"type": "array", "items": {"enum": ["x", "y"], "default": "x"}}}})));
        for other in [
            json!({"type": "objekt"}),
            json!({"$ref": "#/x"}),
            json!({"pattern": "("}),
            json!({"required": ["a", "a"]}),
            json!({"minLength": -1}),
            json!({"properties": {"a": 1}}),
            json!({"type": []}),
            json!(7),
        ] {
            assert!(!is_plain(&other), "{other}");
        }
    }

    fn anything() -> impl Strategy<Value = Value> {
        let key = prop::sample::select(vec![
            "type",
            "title",
            "required",
            "enum",
            "default",
            "const",
            "minLength",
            "maximum",
            "items",
            "additionalProperties",
            "properties",
            "$ref",
            "pattern",
            "a",
            "b",
        ]);
        let leaf = prop::sample::select(vec![
            json!("string"),
            json!("object"),
            json!("a"),
            json!(1),
            json!(-1),
            json!(1.5),
            json!(true),
            json!(null),
            json!([]),
            json!(["a"]),
            json!(["a", "a"]),
            json!([1, "a", null]),
            json!({}),
            json!(9_007_199_254_740_993_i64),
        ]);
        leaf.prop_recursive(4, 40, 5, move |inner| {
            prop::collection::vec((key.clone(), inner), 0..5).prop_map(|pairs| {
                Value::Object(pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
            })
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn what_is_plain_compiles(schema in anything()) {
            if is_plain(&schema) {
                prop_assert!(compiled::Compiled::new(&schema).is_ok(), "{schema}");
            }
        }
    }
}
