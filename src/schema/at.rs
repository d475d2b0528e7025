//! What the schema of a kind of file says of one place in it, for editors.

use super::own;
use crate::domain::Kind;
use serde_json::Value;

/// How many steps of `$ref`, `then` and the like are followed.
const STEPS: usize = 8;

/// The parts of the schema of `kind` that speak of the value at a path of keys and places in lists; none where none does.
///
/// What speaks of the place itself stands before what it refers to. Of both sides of a condition both speak.
#[must_use]
pub fn at(kind: Kind, path: &[String]) -> Vec<&'static Value> {
    let Some(own) = own(kind) else { return Vec::new() };
    let mut nodes = unfold(&own.schema, vec![&own.schema]);
    for name in path {
        let inner = nodes.into_iter().filter_map(|node| step(node, name));
        nodes = unfold(&own.schema, inner.filter(|node| node.get("not").is_none()).collect());
    }
    nodes
}

fn step<'a>(node: &'a Value, name: &str) -> Option<&'a Value> {
    let named = node.get("properties").and_then(|properties| properties.get(name));
    let inner = named.or_else(|| node.get("additionalProperties"));
    let inner = inner.or_else(|| name.bytes().all(|byte| byte.is_ascii_digit()).then(|| node.get("items")).flatten());
    inner.filter(|inner| inner.is_object())
}

/// The nodes with all that they refer to.
fn unfold<'a>(schema: &'a Value, mut nodes: Vec<&'a Value>) -> Vec<&'a Value> {
    let mut from = 0;
    for _ in 0..STEPS {
        let new: Vec<&Value> = nodes.iter().skip(from).flat_map(|node| parts(schema, node)).collect();
        from = nodes.len();
        nodes.extend(new);
    }
    nodes
}

fn parts<'a>(schema: &'a Value, node: &'a Value) -> Vec<&'a Value> {
    let target = node.get("$ref").and_then(Value::as_str).and_then(|at| schema.pointer(at.strip_prefix('#')?));
    let lists = ["allOf", "anyOf", "oneOf"].into_iter().filter_map(|key| node.get(key)?.as_array()).flatten();
    target.into_iter().chain(["then", "else"].into_iter().filter_map(|key| node.get(key))).chain(lists).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn descriptions(kind: Kind, path: &[&str]) -> Vec<&'static str> {
        let path: Vec<String> = path.iter().map(|name| (*name).to_owned()).collect();
        at(kind, &path).into_iter().filter_map(|node| node["description"].as_str()).collect()
    }

    #[test]
    fn a_place_is_found_through_references_and_conditions() {
        assert_eq!(descriptions(Kind::Version, &["messages", "0", "role"]), ["Who speaks."]);
        let model = descriptions(Kind::Workflow, &["steps", "3", "model"]);
        assert!(model.len() == 2 && model[1].starts_with("A name"), "{model:?}");
        assert!(descriptions(Kind::Workflow, &["triggers", "0", "secret", "env"])[0].contains("environment variable"));
        assert_eq!(descriptions(Kind::Prompt, &["no-such-key"]), [""; 0]);
    }
}
