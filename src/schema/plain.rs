//! Plain schemas: those that can be seen to be right without compiling them, which most schemas of inputs are.

use super::bounds::{DEPTH, within};
use serde_json::{Map, Value};

/// The most values in a schema that is judged this way.
const NODES: usize = 1_000;

/// The words that a `type` may have.
const TYPES: [&str; 7] = ["null", "boolean", "object", "array", "number", "string", "integer"];

/// Whether a schema is surely a JSON Schema: few well-known keywords, each with a value that it may have.
///
/// `false` says nothing: such a schema is compiled to find out.
#[must_use]
pub fn is_plain(schema: &Value) -> bool {
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

/// Whether an input surely fits a schema, which is found out without compiling it.
///
/// `false` says nothing: the schema is compiled to find out.
#[must_use]
pub fn surely_fits(schema: &Value, input: &Map<String, Value>) -> bool {
    let Some(words) = schema.as_object().filter(|_| is_plain(schema)) else { return false };
    let fits = |(key, word): (&String, &Value)| match key.as_str() {
        "type" => word == "object",
        "enum" | "const" => false,
        _ => holds_object(words, key, word, input),
    };
    words.iter().all(fits) && input.values().all(|value| within(value, DEPTH - 1))
}

/// Whether a value surely fits a plain schema.
fn holds(schema: &Value, value: &Value) -> bool {
    match schema {
        Value::Object(words) => words.iter().all(|(key, word)| holds_word(words, key, word, value)),
        other => *other == Value::Bool(true),
    }
}

fn holds_word(words: &Map<String, Value>, key: &str, word: &Value, value: &Value) -> bool {
    let most = |count: usize| word.as_u64().is_some_and(|limit| count as u64 <= limit);
    let least = |count: usize| word.as_u64().is_some_and(|limit| count as u64 >= limit);
    let limit = || word.as_i64().map(|limit| limit as f64);
    match (key, value) {
        ("type", _) => has_type(word, value),
        ("enum", _) => word.as_array().is_some_and(|items| items.contains(value)),
        ("const", _) => word == value,
        ("minLength", Value::String(text)) => least(text.chars().count()),
        ("maxLength", Value::String(text)) => most(text.chars().count()),
        ("minItems", Value::Array(items)) => least(items.len()),
        ("maxItems", Value::Array(items)) => most(items.len()),
        ("items", Value::Array(items)) => items.iter().all(|item| holds(word, item)),
        ("minimum", Value::Number(number)) => {
            number.as_f64().zip(limit()).is_some_and(|(number, least)| number >= least)
        }
        ("maximum", Value::Number(number)) => number.as_f64().zip(limit()).is_some_and(|(number, most)| number <= most),
        (_, Value::Object(object)) => holds_object(words, key, word, object),
        _ => true,
    }
}

/// What is asked of an object's entries.
fn holds_object(words: &Map<String, Value>, key: &str, word: &Value, object: &Map<String, Value>) -> bool {
    let properties = words.get("properties").and_then(Value::as_object);
    match key {
        "required" => {
            let there = |name: &Value| name.as_str().is_some_and(|name| object.contains_key(name));
            word.as_array().is_some_and(|names| names.iter().all(there))
        }
        "properties" => properties.is_some_and(|properties| {
            properties.iter().all(|(name, schema)| object.get(name).is_none_or(|value| holds(schema, value)))
        }),
        "additionalProperties" => {
            let is_known = |name: &String| properties.is_some_and(|properties| properties.contains_key(name));
            object.iter().all(|(name, value)| is_known(name) || holds(word, value))
        }
        _ => true,
    }
}

fn has_type(word: &Value, value: &Value) -> bool {
    match word.as_str() {
        Some("null") => value.is_null(),
        Some("boolean") => value.is_boolean(),
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("number") => value.is_number(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        _ => false,
    }
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

    #[test]
    fn an_input_as_people_write_it_surely_fits() {
        let schema = json!({"type": "object", "required": ["a"], "additionalProperties": false, "properties": {
            "a": {"type": "string", "maxLength": 2}, "b": {"type": "array", "minItems": 1, "items": {"enum": ["x", "y"]}},
            "c": {"type": "integer", "minimum": 1, "maximum": 5}, "d": {"type": "object", "required": ["e"]}}});
        let fits = |input: Value| {
            let sure = surely_fits(&schema, input.as_object().unwrap());
            assert_eq!(sure, compiled::Compiled::new(&schema).unwrap().faults(&input).is_empty(), "{input}");
            sure
        };
        assert!(fits(json!({"a": "ää", "b": ["x"], "c": 5, "d": {"e": null}})));
        for other in [
            json!({}),
            json!({"a": 1}),
            json!({"a": "äää"}),
            json!({"a": "", "b": []}),
            json!({"a": "", "b": ["x", "z"]}),
            json!({"a": "", "c": 0}),
            json!({"a": "", "c": 6}),
            json!({"a": "", "c": 1.5}),
            json!({"a": "", "d": {}}),
            json!({"a": "", "z": 1}),
        ] {
            assert!(!fits(other));
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
        fn what_surely_fits_has_no_faults(schema in anything(), input in anything()) {
            if let Some(input) = input.as_object().filter(|input| surely_fits(&schema, input)) {
                let faults = compiled::Compiled::new(&schema).unwrap().faults(&Value::Object(input.clone()));
                prop_assert!(faults.is_empty(), "{schema} {input:?} {faults:?}");
            }
        }

        #[test]
        fn what_is_plain_compiles(schema in anything()) {
            if is_plain(&schema) {
                prop_assert!(compiled::Compiled::new(&schema).is_ok(), "{schema}");
            }
        }
    }
}
