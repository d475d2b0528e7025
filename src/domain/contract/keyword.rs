//! Keywords: of what they say anything, and on what their meaning depends.

use super::kinds::Kinds;

/// The kinds of values of which a keyword says anything.
pub(super) fn concerned(keyword: &str) -> Kinds {
    match keyword {
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" => Kinds::NUMBER,
        "minLength" | "maxLength" | "pattern" | "format" | "contentEncoding" | "contentMediaType" => Kinds::STRING,
        "items" | "prefixItems" | "additionalItems" | "unevaluatedItems" | "contains" | "uniqueItems" | "minItems"
        | "maxItems" => Kinds::ARRAY,
        "properties"
        | "required"
        | "additionalProperties"
        | "patternProperties"
        | "propertyNames"
        | "dependentRequired"
        | "dependentSchemas"
        | "dependencies"
        | "minProperties"
        | "maxProperties"
        | "unevaluatedProperties" => Kinds::OBJECT,
        _ => Kinds::ALL,
    }
}

/// Whether what a keyword means depends on its value alone: neither on the keywords beside it, nor, as with a bare
/// reference, on what lies elsewhere.
pub(super) fn stands_alone(keyword: &str) -> bool {
    !matches!(
        keyword,
        "additionalProperties"
            | "unevaluatedProperties"
            | "items"
            | "additionalItems"
            | "unevaluatedItems"
            | "contains"
            | "if"
            | "$ref"
            | "$dynamicRef"
            | "$recursiveRef"
            | "contentEncoding"
            | "contentMediaType"
    )
}
