//! Two JSON values key by key: which keys changed, from what to what.

use serde::Serialize;
use serde_json::{Map, Value};

/// The most changed keys of one thing that are told apart.
const KEYS: usize = 200;

/// One key whose value changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KeyChange {
    /// A JSON pointer into the file, such as `/parameters/temperature`.
    pub pointer: String,
    /// What it was; none where it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Value>,
    /// What it is; none where it is not there any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
}

/// The keys that changed between two objects, objects within objects up to `depth` levels looked into; lists are compared
/// whole. No more than 200.
pub(super) fn changes(old: &Map<String, Value>, new: &Map<String, Value>, depth: usize) -> Vec<KeyChange> {
    let mut found = Vec::new();
    compare(old, new, "", depth, &mut found);
    found
}

/// What any value of ours says as JSON; nothing where it is no object.
pub(super) fn object(value: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

/// A key as a pointer has it.
pub(super) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// A list of things as an object by their names; as it is where some have none, or two the same.
pub(super) fn by(list: Value, name: impl Fn(&Value) -> Option<Value>) -> Value {
    let Value::Array(items) = &list else { return list };
    let text = |item: &Value| name(item)?.as_str().map(str::to_owned);
    let named: Option<Map<String, Value>> = items.iter().map(|item| Some((text(item)?, item.clone()))).collect();
    named.filter(|map| map.len() == items.len()).map_or(list, Value::Object)
}

fn compare(old: &Map<String, Value>, new: &Map<String, Value>, at: &str, depth: usize, found: &mut Vec<KeyChange>) {
    let added = new.keys().filter(|key| !old.contains_key(*key));
    for key in old.keys().chain(added) {
        if found.len() == KEYS {
            return;
        }
        let pointer = || format!("{at}/{}", escaped(key));
        match (old.get(key), new.get(key)) {
            (from, to) if from == to => {}
            (Some(Value::Object(from)), Some(Value::Object(to))) if depth > 0 => {
                compare(from, to, &pointer(), depth - 1, found);
            }
            (from, to) => found.push(KeyChange { pointer: pointer(), from: from.cloned(), to: to.cloned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_are_told_apart_down_to_the_depth_that_is_asked_for() {
        let (old, new) =
            (json!({"a": {"b": {"c": 1}, "x": 1}, "d": [1]}), json!({"a": {"b": {"c": 2}}, "d": [1], "e/f": 0}));
        let shown = |depth| {
            let found = changes(old.as_object().unwrap(), new.as_object().unwrap(), depth);
            serde_json::to_string(&found).unwrap()
        };
        insta::assert_snapshot!(shown(2), @r#"[{"pointer":"/a/b/c","from":1,"to":2},{"pointer":"/a/x","from":1},{"pointer":"/e~1f","to":0}]"#);
        insta::assert_snapshot!(shown(0), @r#"[{"pointer":"/a","from":{"b":{"c":1},"x":1},"to":{"b":{"c":2}}},{"pointer":"/e~1f","to":0}]"#);
    }
}
