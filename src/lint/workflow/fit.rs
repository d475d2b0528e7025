//! Whether values of one JSON Schema can fit another, as far as their types alone show.

use super::field::{is_open, local};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// How deep lists and objects are looked into, and how many schemas are compared: they may refer to themselves.
const DEPTH: usize = 8;
const PAIRS: usize = 500;

/// The schema of an answer that has none: a text.
pub(in crate::lint) static TEXT: LazyLock<Value> = LazyLock::new(|| json!({"type": "string"}));

/// A schema, and the one that it is a part of, in which its references are found.
#[derive(Debug, Clone, Copy)]
pub(in crate::lint) struct Part<'a> {
    /// The whole.
    pub(in crate::lint) root: &'a Value,
    /// The part.
    pub(in crate::lint) schema: &'a Value,
}

/// Why values do not fit.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::lint) struct Misfit {
    /// The way to the values within what is given, such as `.items[].id`; empty for the whole of it.
    pub(in crate::lint) path: String,
    /// What is given there.
    pub(in crate::lint) given: String,
    /// What is taken there.
    pub(in crate::lint) taken: String,
    /// Whether none of the values fits, and not only some.
    pub(in crate::lint) is_sure: bool,
}

/// Why values of `given` do not fit `taken`; `None` where they do, and where types do not tell.
pub(in crate::lint) fn misfit(taken: Part<'_>, given: Part<'_>) -> Option<Misfit> {
    within(taken, given, &mut String::new(), &mut (DEPTH, PAIRS))
}

fn within(taken: Part<'_>, given: Part<'_>, path: &mut String, left: &mut (usize, usize)) -> Option<Misfit> {
    left.1 = left.1.checked_sub(1)?;
    let (taken_at, given_at) = (local(taken.root, taken.schema), local(given.root, given.schema));
    if let (Some(takes), Some(gives)) = (types(taken_at), types(given_at)) {
        let fits = |kind: &&str| takes.contains(kind) || (*kind == "integer" && takes.contains(&"number"));
        // What is a number may be a whole one.
        let may_fit = |kind: &&str| fits(kind) || (*kind == "number" && takes.contains(&"integer"));
        let is_sure = !gives.iter().any(may_fit);
        let other: Vec<&str> = gives.iter().copied().filter(|kind| !fits(kind)).collect();
        if is_sure || (!other.is_empty() && !is_open(given_at)) {
            let given = if is_sure { &gives } else { &other };
            return Some(Misfit { path: path.clone(), given: given.join(" or "), taken: takes.join(" or "), is_sure });
        }
    }
    left.0.checked_sub(1)?;
    let mut inner = |step: &str, taken_at: &Value, given_at: &Value| {
        let length = path.len();
        path.push_str(step);
        let taken = Part { root: taken.root, schema: taken_at };
        left.0 -= 1;
        let found = within(taken, Part { root: given.root, schema: given_at }, path, left);
        left.0 += 1;
        path.truncate(length);
        found
    };
    if let (Some(taken), Some(given)) = (taken_at.get("items"), given_at.get("items"))
        && taken_at.get("prefixItems").is_none()
        && let Some(found) = inner("[]", taken, given)
    {
        return Some(found);
    }
    let (takes, gives) = (taken_at["properties"].as_object()?, given_at["properties"].as_object()?);
    takes.iter().find_map(|(name, taken)| inner(&format!(".{name}"), taken, gives.get(name)?))
}

/// The types that values of a schema may have at most; `None` where it does not say.
fn types(schema: &Value) -> Option<Vec<&str>> {
    match &schema["type"] {
        Value::String(kind) => return Some(vec![kind]),
        Value::Array(kinds) => return kinds.iter().map(Value::as_str).collect(),
        _ => {}
    }
    let values = schema["enum"].as_array().map(Vec::as_slice);
    let values = values.or_else(|| schema.get("const").map(std::slice::from_ref))?;
    let mut kinds: Vec<&str> = values.iter().map(kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    Some(kinds)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(taken: &Value, given: &Value) -> String {
        let part = |schema| Part { root: schema, schema };
        misfit(part(taken), part(given)).map_or("fits".to_owned(), |found| {
            let sure = if found.is_sure { "" } else { "perhaps " };
            format!("{sure}{} {} for {}", found.path, found.given, found.taken)
        })
    }

    #[test]
    fn only_types_that_conflict_are_told() {
        let string = json!({"type": "string"});
        for (taken, given, expected) in [
            (json!({}), string.clone(), "fits"),
            (string.clone(), json!({}), "fits"),
            (json!({"type": "number"}), json!({"type": "integer"}), "fits"),
            (json!({"type": "integer"}), json!({"type": "number"}), "perhaps  number for integer"),
            (json!({"enum": [1, 2]}), string.clone(), " string for integer"),
            (string.clone(), json!({"type": ["string", "null"]}), "perhaps  null for string"),
            (string.clone(), json!({"type": ["string", "null"], "anyOf": [{"type": "string"}]}), "fits"),
            (string.clone(), json!({"anyOf": [{"type": "integer"}]}), "fits"),
            (
                json!({"type": "array", "items": {"properties": {"id": {"type": "integer"}}}}),
                json!({"type": "array", "items": {"$ref": "#/$defs/a"}, "$defs": {"a": {"properties": {"id": string}}}}),
                "[].id string for integer",
            ),
        ] {
            assert_eq!(told(&taken, &given), expected, "{taken} takes {given}");
        }
    }

    #[test]
    fn a_schema_that_refers_to_itself_comes_to_an_end() {
        let round = json!({"properties": {
            "a": {"$ref": "#"}, "b": {"$ref": "#/properties/b"}, "c": {"$ref": "#"}, "d": {"$ref": "#"}, "e": {"$ref": "#"},
            "f": {"$ref": "#"}, "g": {"$ref": "#"}, "h": {"$ref": "#"}, "i": {"$ref": "#"}, "j": {"items": {"$ref": "#"}},
        }});
        assert_eq!(told(&round, &round), "fits");
    }
}
