//! The usual words of JSON Schema, for the schemas that people write into versions and workflows.

use super::offer::Offer;
use lsp_types::CompletionItemKind;

const KEYS: [(&str, &str); 15] = [
    ("type", "The type: `string`, `integer`, `number`, `boolean`, `array`, `object` or `null`."),
    ("description", "What it is for; callers read this."),
    ("properties", "The fields of an object, each with a schema of its own. At the top they are the variables."),
    ("required", "The names of the fields that must be given."),
    ("default", "What it is where none is given."),
    ("enum", "The values that it may have."),
    ("items", "The schema of every item of a list."),
    ("additionalProperties", "Whether other fields may be given, or their schema."),
    ("minLength", "The shortest text, in characters."),
    ("maxLength", "The longest text, in characters."),
    ("pattern", "A regular expression that the text must match."),
    ("minimum", "The smallest number."),
    ("maximum", "The greatest number."),
    ("minItems", "The fewest items."),
    ("maxItems", "The most items."),
];

const TYPES: [&str; 7] = ["string", "integer", "number", "boolean", "array", "object", "null"];

/// The keys of a schema, where the map at a path is one.
pub(super) fn keys(path: &[&str]) -> Vec<Offer> {
    let is_schema = within_schema(path).is_some_and(|rest| rest.last().is_none_or(|last| !names_its_own(last)));
    let all = KEYS.iter().filter(|_| is_schema);
    all.map(|(name, about)| Offer::new((*name).to_owned(), (*about).to_owned(), CompletionItemKind::PROPERTY)).collect()
}

/// The values of a key of a schema.
pub(super) fn values(path: &[&str]) -> Vec<Offer> {
    let words: &[&str] = match within_schema(path) {
        Some([.., parent, "type"]) if names_its_own(parent) => &[],
        Some([.., "type"]) => &TYPES,
        Some([.., "additionalProperties"]) => &["false", "true"],
        _ => &[],
    };
    words.iter().map(|word| Offer::new((*word).to_owned(), String::new(), CompletionItemKind::ENUM_MEMBER)).collect()
}

/// The keys whose maps are named by people, or hold no schema.
fn names_its_own(key: &str) -> bool {
    matches!(key, "properties" | "$defs" | "patternProperties" | "default" | "enum" | "examples" | "required" | "const")
}

fn within_schema<'a, 'b>(path: &'a [&'b str]) -> Option<&'a [&'b str]> {
    match path {
        ["input_schema" | "output_schema", rest @ ..]
        | ["tools", _, "parameters", rest @ ..]
        | ["tools", _, "function", "parameters", rest @ ..] => Some(rest),
        _ => None,
    }
}
