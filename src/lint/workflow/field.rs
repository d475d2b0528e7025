//! Where a path of names leads within a JSON Schema.

use serde_json::Value;

/// How many references are followed for one name.
const REFERENCES: usize = 8;
/// The keywords by which a schema says more than its list of properties shows.
const OPEN: [&str; 9] = [
    "$ref",
    "$dynamicRef",
    "allOf",
    "anyOf",
    "oneOf",
    "if",
    "patternProperties",
    "dependentSchemas",
    "unevaluatedProperties",
];

/// Where a path leads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::lint) enum Lead<'a> {
    /// To a value of this schema.
    To(&'a Value),
    /// Nobody can tell.
    Open,
    /// The name at this place is not among the properties of this schema.
    Undeclared(usize, &'a Value),
    /// The name at this place is looked for in a value of this type, which has no names.
    Scalar(usize, &'a str),
}

/// Where `names` lead from a value of the schema `root`.
pub(in crate::lint) fn lead<'a>(root: &'a Value, names: &[&str]) -> Lead<'a> {
    let mut at = local(root, root);
    for (i, name) in names.iter().enumerate() {
        if is_open(at) {
            return Lead::Open;
        }
        let kind = at["type"].as_str();
        let next = match kind {
            Some("string" | "number" | "integer" | "boolean" | "null") => {
                return if *name == "length" { Lead::Open } else { Lead::Scalar(i, kind.unwrap_or_default()) };
            }
            Some("array") => at.get("items").filter(|_| name.parse::<usize>().is_ok()),
            _ => match at["properties"].as_object() {
                None => None,
                Some(properties) => match properties.get(*name) {
                    None if takes_more(at) => None,
                    None => return Lead::Undeclared(i, at),
                    found => found,
                },
            },
        };
        let Some(next) = next else { return Lead::Open };
        at = local(root, next);
    }
    Lead::To(at)
}

/// The schema that a reference within `root` means; else the schema itself.
pub(super) fn local<'a>(root: &'a Value, mut schema: &'a Value) -> &'a Value {
    for _ in 0..REFERENCES {
        let target = schema["$ref"].as_str().and_then(|at| root.pointer(at.strip_prefix('#')?));
        match target {
            Some(target) => schema = target,
            None => break,
        }
    }
    schema
}

/// Whether a schema declares properties in ways that a list of them does not show.
pub(super) fn is_open(schema: &Value) -> bool {
    !schema.is_object() || OPEN.iter().any(|key| schema.get(key).is_some())
}

/// Whether a schema says that other properties than those it lists are welcome.
pub(super) fn takes_more(schema: &Value) -> bool {
    schema.get("additionalProperties").is_some_and(|more| *more != Value::Bool(false))
}
