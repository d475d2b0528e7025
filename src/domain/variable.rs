//! Variables: the properties of a version's `input_schema`.

use serde::Serialize;
use serde_json::Value;

/// One variable of a version.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Variable {
    /// Its name in templates.
    pub name: String,
    /// Its JSON type, where the schema names exactly one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#type: Option<String>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether a caller has to give it.
    pub required: bool,
    /// What it is where a caller gives none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// The values it may have, where the schema lists them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#enum: Option<Vec<Value>>,
}

/// The variables that a JSON Schema declares, in its order. A `$ref` within the schema is followed once.
#[must_use]
pub fn variables(schema: &Value) -> Vec<Variable> {
    let required: Vec<&str> =
        schema["required"].as_array().map(|names| names.iter().filter_map(Value::as_str).collect()).unwrap_or_default();
    let Some(properties) = schema["properties"].as_object() else { return Vec::new() };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    properties
        .iter()
        .map(|(name, property)| {
            let target = property["$ref"].as_str().and_then(|at| schema.pointer(at.strip_prefix('#')?));
            let property = target.unwrap_or(property);
            Variable {
                name: name.clone(),
                r#type: text(&property["type"]),
                description: text(&property["description"]),
                required: required.contains(&name.as_str()),
                default: property.get("default").cloned(),
                r#enum: property["enum"].as_array().cloned(),
            }
        })
        .collect()
}
