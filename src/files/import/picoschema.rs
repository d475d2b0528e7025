//! Picoschema, dotprompt's short notation of schemas, to JSON Schema.

use serde_json::{Map, Value, json};

/// The types that a text may name, besides schemas known by name.
const SCALARS: [&str; 6] = ["any", "boolean", "integer", "null", "number", "string"];

/// The name of a property that stands for all properties without one of their own.
const WILDCARD: &str = "(*)";

/// Translates a schema in Picoschema; one that is JSON Schema already, by its `type` or `properties`, stays itself.
///
/// Optional properties may also be null. `resolve` answers the JSON Schema of a name. Nothing and the empty text
/// are no schema.
///
/// # Errors
/// A sentence, without a full stop, where a name is not known or something is neither a text nor a map.
pub fn picoschema(schema: &Value, resolve: &mut dyn FnMut(&str) -> Option<Value>) -> Result<Option<Value>, String> {
    match schema {
        Value::Null | Value::Bool(false) => Ok(None),
        Value::String(text) if text.is_empty() => Ok(None),
        Value::String(text) => named(text, resolve).map(Some),
        Value::Object(map) if is_json_schema(map) => Ok(Some(schema.clone())),
        Value::Object(map) if map.get("properties").is_some_and(Value::is_object) => {
            let mut map = map.clone();
            map.insert("type".into(), "object".into());
            Ok(Some(Value::Object(map)))
        }
        other => pico(other, resolve).map(Some),
    }
}

fn is_json_schema(map: &Map<String, Value>) -> bool {
    let word = map.get("type").and_then(Value::as_str);
    word.is_some_and(|word| SCALARS.contains(&word) || word == "object" || word == "array")
}

/// `type` or `type, description`.
fn named(text: &str, resolve: &mut dyn FnMut(&str) -> Option<Value>) -> Result<Value, String> {
    let (word, description) = described(text);
    let mut schema = match word {
        "any" => json!({}),
        word if SCALARS.contains(&word) => json!({"type": word}),
        word => resolve(word).ok_or_else(|| format!("the schema `{}` is not known", short(word)))?,
    };
    describe(&mut schema, description);
    Ok(schema)
}

fn described(text: &str) -> (&str, Option<&str>) {
    match text.split_once(',') {
        Some((word, description)) => (word, Some(description.trim_start_matches(' '))),
        None => (text, None),
    }
}

fn describe(schema: &mut Value, description: Option<&str>) {
    if let (Some(map), Some(text)) = (schema.as_object_mut(), description.filter(|text| !text.is_empty())) {
        map.insert("description".into(), text.into());
    }
}

fn pico(value: &Value, resolve: &mut dyn FnMut(&str) -> Option<Value>) -> Result<Value, String> {
    match value {
        Value::String(text) => named(text, resolve),
        Value::Object(map) => object(map, resolve),
        other => Err(format!("a schema is a text or a map, not {}", short(&other.to_string()))),
    }
}

fn object(map: &Map<String, Value>, resolve: &mut dyn FnMut(&str) -> Option<Value>) -> Result<Value, String> {
    let (mut properties, mut required, mut others) = (Map::new(), Vec::new(), Value::Bool(false));
    for (key, value) in map {
        if key == WILDCARD {
            others = pico(value, resolve)?;
            continue;
        }
        let (name, kind) = match key.split_once('(') {
            Some((name, kind)) => (name.trim_end(), Some(kind.strip_suffix(')').unwrap_or(kind))),
            None => (key.as_str(), None),
        };
        let (name, optional) = name.strip_suffix('?').map_or((name, false), |name| (name, true));
        if !optional {
            required.push(Value::from(name));
        }
        properties.insert(name.to_owned(), property(value, kind, optional, resolve)?);
    }
    let mut schema = Map::new();
    schema.insert("type".into(), "object".into());
    schema.insert("properties".into(), Value::Object(properties));
    if !required.is_empty() {
        schema.insert("required".into(), Value::Array(required));
    }
    schema.insert("additionalProperties".into(), others);
    Ok(Value::Object(schema))
}

/// One property; `kind` is what its key says in parentheses.
fn property(
    value: &Value,
    kind: Option<&str>,
    optional: bool,
    resolve: &mut dyn FnMut(&str) -> Option<Value>,
) -> Result<Value, String> {
    let Some(kind) = kind else {
        let mut schema = pico(value, resolve)?;
        nullable(&mut schema, optional);
        return Ok(schema);
    };
    let (kind, description) = described(kind);
    let mut schema = match kind {
        "array" => json!({"type": "array", "items": pico(value, resolve)?}),
        "object" => pico(value, resolve)?,
        "enum" => return enumeration(value, optional, description),
        other => return Err(format!("`({})` is not array, object or enum", short(other))),
    };
    nullable(&mut schema, optional);
    describe(&mut schema, description);
    Ok(schema)
}

fn enumeration(value: &Value, optional: bool, description: Option<&str>) -> Result<Value, String> {
    let Value::Array(values) = value else { return Err("an enum is a list of values".into()) };
    let mut values = values.clone();
    if optional && !values.contains(&Value::Null) {
        values.push(Value::Null);
    }
    let mut schema = json!({"enum": values});
    describe(&mut schema, description);
    Ok(schema)
}

fn nullable(schema: &mut Value, optional: bool) {
    let kind = schema.get_mut("type").filter(|kind| optional && kind.is_string());
    if let Some(kind) = kind {
        *kind = json!([kind, "null"]);
    }
}

/// Mends a JSON Schema whose parts are in Picoschema (`{properties: {name: string}}`); answers whether it had to.
pub(super) fn mend(schema: &mut Value, resolve: &mut dyn FnMut(&str) -> Option<Value>) -> bool {
    let mut mended = false;
    if let Value::String(text) = schema {
        *schema = named(text, resolve).unwrap_or_else(|_| json!({}));
        return true;
    }
    let Some(map) = schema.as_object_mut() else { return false };
    if map.get("type").is_some_and(|kind| kind == "any") {
        map.shift_remove("type");
        mended = true;
    }
    for (key, part) in map.iter_mut() {
        mended |= match (key.as_str(), part) {
            ("properties", Value::Object(all)) => all.values_mut().fold(false, |any, part| mend(part, resolve) | any),
            ("items" | "additionalProperties", part) => mend(part, resolve),
            _ => false,
        };
    }
    mended
}

fn short(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(schema: Value) -> Value {
        let mut resolve = |name: &str| (name == "Color").then(|| json!({"type": "string", "description": "a color"}));
        picoschema(&schema, &mut resolve).unwrap().unwrap_or_default()
    }

    #[test]
    fn texts_name_a_type_and_describe_it() {
        assert_eq!(translated(json!("string")), json!({"type": "string"}));
        assert_eq!(translated(json!("any")), json!({}));
        assert_eq!(translated(json!("any, what, ever")), json!({"description": "what, ever"}));
        assert_eq!(translated(json!("integer,   years")), json!({"type": "integer", "description": "years"}));
        assert_eq!(translated(json!("Color")), json!({"type": "string", "description": "a color"}));
        assert_eq!(translated(json!("Color, mine")), json!({"type": "string", "description": "mine"}));
        assert_eq!(translated(json!("")), Value::Null);
    }

    #[test]
    fn json_schema_stays_itself() {
        for schema in [json!({"type": "array", "items": {}}), json!({"type": "object", "title": "x"})] {
            assert_eq!(translated(schema.clone()), schema);
        }
        assert_eq!(translated(json!({"properties": {"a": {}}})), json!({"type": "object", "properties": {"a": {}}}));
    }

    #[test]
    fn maps_become_closed_objects_and_optional_properties_may_be_null() {
        let schema = json!({
            "name": "string, who", "age?": "integer", "tags(array, some (or none))": "string",
            "home?(object, where)": {"city": "string"}, "kind?(enum)": ["a", "b"], "shade?": "Color", "more?(array)": {"x?": "any"},
        });
        assert_eq!(
            translated(schema),
            json!({
                "type": "object",
                "properties": {
                    "name": {"type": "string", "description": "who"},
                    "age": {"type": ["integer", "null"]},
                    "tags": {"type": "array", "items": {"type": "string"}, "description": "some (or none)"},
                    "home": {"type": ["object", "null"], "description": "where", "properties": {"city": {"type": "string"}},
                        "required": ["city"], "additionalProperties": false},
                    "kind": {"enum": ["a", "b", null]},
                    "shade": {"type": ["string", "null"], "description": "a color"},
                    "more": {"type": ["array", "null"], "items": {
                        "type": "object", "properties": {"x": {}}, "additionalProperties": false}},
                },
                "required": ["name", "tags"],
                "additionalProperties": false,
            })
        );
        assert_eq!(
            translated(json!({"(*)": "number, luck"})),
            json!({"type": "object", "properties": {}, "additionalProperties": {"type": "number", "description": "luck"}})
        );
    }

    #[test]
    fn what_is_no_schema_is_refused_with_a_reason() {
        let fault = |schema| picoschema(&schema, &mut |_| None).unwrap_err();
        insta::assert_snapshot!(fault(json!("Recipe, tasty")), @"the schema `Recipe` is not known");
        insta::assert_snapshot!(fault(json!({"a": 1})), @"a schema is a text or a map, not 1");
        insta::assert_snapshot!(fault(json!({"a(map)": "string"})), @"`(map)` is not array, object or enum");
        insta::assert_snapshot!(fault(json!({"a(enum)": "x"})), @"an enum is a list of values");
        insta::assert_snapshot!(fault(json!([])), @"a schema is a text or a map, not []");
    }

    #[test]
    fn a_json_schema_with_parts_in_picoschema_is_mended() {
        let mut schema = json!({"type": "object", "properties": {
            "a": "string, x", "b": {"type": "array", "items": "any"}, "c": {"type": "any"}, "d": "no[]"}});
        assert!(mend(&mut schema, &mut |_| None));
        assert_eq!(
            schema,
            json!({"type": "object", "properties": {
                "a": {"type": "string", "description": "x"}, "b": {"type": "array", "items": {}}, "c": {}, "d": {}}})
        );
        assert!(!mend(&mut schema, &mut |_| None));
    }
}
