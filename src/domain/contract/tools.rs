//! Tools: the model writes their arguments, and the caller executes them.

use super::{changes::ContractChange, compare::Pair, gap::shown, given::given, kinds::Kinds};
use crate::domain::Bump;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where a tool's schema may lie, as providers have it.
const SCHEMAS: [&str; 3] = ["/parameters", "/function/parameters", "/input_schema"];

/// A tool of a version.
struct Tool<'v> {
    place: usize,
    name: String,
    value: &'v Value,
}

/// What changed of the tools.
pub(super) fn tools(old: &[Value], new: &[Value]) -> Vec<ContractChange> {
    if old == new {
        return Vec::new();
    }
    let (mut before, after) = (by_name(old), by_name(new));
    let mut changes = Vec::new();
    for (key, tool) in after {
        match before.remove(&key) {
            Some(was) => changes.extend(tool.changes(&was)),
            None => changes.push(tool.change(Bump::Major, "is new, and callers must be able to execute it")),
        }
    }
    let gone = |tool: Tool<'_>| ContractChange { is_gone: true, ..tool.change(Bump::Minor, "is gone") };
    changes.extend(before.into_values().map(gone));
    changes
}

/// The tools by name; of several with one name, the first answers to the first.
fn by_name(tools: &[Value]) -> BTreeMap<(String, usize), Tool<'_>> {
    let mut found = BTreeMap::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (place, value) in tools.iter().enumerate() {
        let name = name(value);
        let count = counts.entry(name.clone()).or_default();
        found.insert((name.clone(), *count), Tool { place, name, value });
        *count += 1;
    }
    found
}

/// The name of a tool; a provider's own tool may have a type only.
fn name(tool: &Value) -> String {
    let named = ["/name", "/function/name", "/type"].iter().find_map(|at| tool.pointer(at)?.as_str());
    named.map_or_else(|| tool.to_string(), str::to_owned)
}

/// What callers hand to their provider besides the schema and what only the model reads.
fn form(tool: &Value) -> (Option<&str>, &str) {
    let place = SCHEMAS.into_iter().find(|at| tool.pointer(at).is_some());
    (place, tool.get("type").and_then(Value::as_str).unwrap_or("function"))
}

impl Tool<'_> {
    fn change(&self, bump: Bump, what: &str) -> ContractChange {
        let message = format!("the tool `{}` {what}", shown(&Value::from(self.name.as_str())));
        ContractChange { bump, pointer: format!("/tools/{}", self.place), is_gone: false, message }
    }

    fn changes(&self, was: &Tool<'_>) -> Vec<ContractChange> {
        let ((old_place, old_type), (new_place, new_type)) = (form(was.value), form(self.value));
        let has_moved = old_place.is_some() && new_place.is_some() && old_place != new_place;
        if has_moved || old_type != new_type {
            return vec![self.change(Bump::Major, "is written in another form")];
        }
        let none = json!({"type": "object", "properties": {}});
        let schema = |value: &'_ Value, place: Option<&str>| {
            place.and_then(|place| value.pointer(place)).unwrap_or(&none).clone()
        };
        let (old, new) = (schema(was.value, old_place), schema(self.value, new_place));
        given(&Pair {
            old: &old,
            new: &new,
            old_at: &format!("/tools/{}{}", was.place, old_place.unwrap_or_default()),
            new_at: &format!("/tools/{}{}", self.place, new_place.unwrap_or_default()),
            whole: &format!("the arguments of `{}`", shown(&Value::from(self.name.as_str()))),
            only: Kinds::OBJECT,
            addition: Bump::Major,
        })
    }
}
