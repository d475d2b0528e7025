//! Whether two schemas say the same word for word, with all that they refer to.

use super::node::{Node, decoded};
use serde_json::Value;
use std::collections::HashSet;

/// The most references that are followed.
const REFERENCES: usize = 256;

/// Whether `a`, within the document of `first`, says the same as `b` within that of `second`.
pub(super) fn is_same(first: &Node<'_>, a: &Value, second: &Node<'_>, b: &Value) -> bool {
    let mut seen = HashSet::new();
    let mut later = Vec::new();
    if a != b {
        return false;
    }
    references(a, &mut later);
    while let Some(reference) = later.pop() {
        if !seen.insert(reference) {
            continue;
        }
        if seen.len() > REFERENCES {
            return false;
        }
        let Some(pointer) = reference.strip_prefix('#').and_then(decoded) else { return false };
        let (Some(a), Some(b)) = (first.document.at(&pointer), second.document.at(&pointer)) else { return false };
        if a.schema != b.schema {
            return false;
        }
        references(a.schema, &mut later);
    }
    true
}

/// All references within a value. What only looks like one does no harm: it is followed like any other.
fn references<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(map) => {
            for (key, value) in map {
                found.extend(value.as_str().filter(|_| key == "$ref" || key == "$dynamicRef"));
                references(value, found);
            }
        }
        _ => {}
    }
}
