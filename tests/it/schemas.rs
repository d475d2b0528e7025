//! The schemas and the Rust types say the same: what one knows the other knows.

use promptreg::{
    domain::{
        ClientConfig, Collection, Hook, Kind, ModelProfile, Policy, Prompt, Role, Settings, Tag, TagName, User,
        Version, Workflow,
    },
    schema::{self, Compiled},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

fn document(kind: Kind) -> Value {
    serde_json::from_str(schema::source(kind)).unwrap()
}

fn examples(kind: Kind) -> Vec<Value> {
    document(kind)["examples"].as_array().unwrap().clone()
}

/// The file after a trip through the type of its kind.
fn trip(kind: Kind, file: &Value) -> Value {
    fn through<T: DeserializeOwned + Serialize>(file: &Value) -> Value {
        serde_json::to_value(serde_json::from_value::<T>(file.clone()).unwrap()).unwrap()
    }
    match kind {
        Kind::Registry => through::<Settings>(file),
        Kind::Collection => through::<Collection>(file),
        Kind::Prompt => through::<Prompt>(file),
        Kind::Version => through::<Version>(file),
        Kind::Workflow => through::<Workflow>(file),
        Kind::Model => through::<ModelProfile>(file),
        Kind::Hook => through::<Hook>(file),
        Kind::Client => through::<ClientConfig>(file),
        Kind::User => through::<User>(file),
        Kind::Role => through::<Role>(file),
        Kind::Policy => through::<Policy>(file),
        Kind::Tags => through::<BTreeMap<TagName, Tag>>(file),
    }
}

#[test]
fn every_schema_is_valid_and_named_after_its_kind() {
    for kind in Kind::ALL {
        let document = document(kind);
        assert_eq!(schema::check(&document), [], "{kind}");
        assert_eq!(document["$id"], format!("https://promptreg.dev/schemas/{kind}.json"));
        assert_eq!(document["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert!(document["title"].is_string() && document["description"].is_string(), "{kind}");
    }
}

#[test]
fn every_example_fits_its_schema_and_survives_the_trip_through_its_type() {
    for kind in Kind::ALL {
        let compiled = Compiled::new(&document(kind)).unwrap();
        let whole = |file: &Value| Value::Object(compiled.with_defaults(file.as_object().unwrap()));
        for example in examples(kind) {
            assert_eq!(schema::faults(kind, &example), [], "{kind}");
            let back = trip(kind, &example);
            assert_eq!(schema::faults(kind, &back), [], "{kind} after its trip: {back:#}");
            assert_eq!(whole(&back), whole(&example), "{kind}");
        }
    }
}

#[test]
fn the_examples_use_every_property_that_the_schemas_know() {
    for kind in Kind::ALL {
        let document = document(kind);
        let mut unused = properties(&document);
        for example in examples(kind) {
            touch(&document, &document, &example, &mut unused);
        }
        assert!(unused.is_empty(), "{kind}: no example uses {unused:#?}");
    }
}

#[test]
fn every_property_is_described() {
    for kind in Kind::ALL {
        let document = document(kind);
        for pointer in properties(&document) {
            let property = document.pointer(&pointer).unwrap();
            assert!(property["description"].as_str().is_some_and(|text| text.len() > 10), "{kind}: {pointer}");
        }
    }
}

#[test]
fn every_list_and_every_text_of_a_set_form_has_an_example_and_every_example_fits() {
    let (mut shown, mut bare) = (0, BTreeSet::new());
    for kind in Kind::ALL {
        let document = document(kind);
        for pointer in properties(&document) {
            let mut property = document.pointer(&pointer).unwrap().clone();
            let Some(examples) = property["examples"].as_array().cloned() else {
                let is_formed = property.get("pattern").is_some() || property["type"] == "array";
                bare.extend(is_formed.then(|| format!("{kind}{pointer}")));
                continue;
            };
            property["$defs"] = document["$defs"].clone();
            property.as_object_mut().unwrap().retain(|_, value| !value.is_null());
            let compiled = Compiled::new(&property).unwrap();
            for example in examples {
                assert_eq!(compiled.faults(&example), [], "{kind}: {pointer}");
                shown += 1;
            }
        }
    }
    assert!(shown > 50, "{shown}");
    assert!(bare.is_empty(), "{bare:#?}");
}

#[test]
fn a_key_that_the_type_does_not_know_is_a_fault_unless_it_begins_with_x() {
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Tags) {
        let mut file = examples(kind).remove(0);
        file["x-team"] = Value::from("blue");
        assert_eq!(schema::faults(kind, &file), [], "{kind}");
        file["qqqqqqqq"] = Value::from("blue");
        let faults = schema::faults(kind, &file);
        assert_eq!(faults.len(), 1, "{kind}: {faults:?}");
        assert_eq!(faults[0].message, "unknown key `qqqqqqqq`");
    }
}

#[test]
fn a_default_that_a_schema_states_is_the_one_that_the_type_has() {
    for kind in Kind::ALL {
        let compiled = Compiled::new(&document(kind)).unwrap();
        for example in examples(kind) {
            let filled = compiled.with_defaults(example.as_object().unwrap());
            let typed = trip(kind, &example);
            assert_eq!(trip(kind, &Value::Object(filled)), typed, "{kind}");
        }
    }
}

/// The pointers of all properties with a name of ours; what a condition or a negation adds is no new property.
fn properties(document: &Value) -> BTreeSet<String> {
    fn walk(at: &str, node: &Value, found: &mut BTreeSet<String>) {
        let Some(map) = node.as_object() else { return };
        for (name, property) in map.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let at = format!("{at}/properties/{}", name.replace('~', "~0").replace('/', "~1"));
            walk(&at, property, found);
            found.insert(at);
        }
        for key in ["items", "additionalProperties", "then", "else"].into_iter().filter(|key| map.contains_key(*key)) {
            if key != "then" || map["then"].get("type").is_some() {
                walk(&format!("{at}/{key}"), &map[key], found);
            }
        }
        for (name, definition) in map.get("$defs").and_then(Value::as_object).into_iter().flatten() {
            walk(&format!("{at}/$defs/{name}"), definition, found);
        }
    }
    let mut found = BTreeSet::new();
    walk("", document, &mut found);
    found
}

/// Strikes out every property of `node` that `value` has.
fn touch(document: &Value, node: &Value, value: &Value, unused: &mut BTreeSet<String>) {
    unused.retain(|pointer| {
        let (holder, name) = pointer.rsplit_once("/properties/").unwrap();
        !(std::ptr::eq(document.pointer(holder).unwrap(), node) && value.get(name).is_some())
    });
    let empty = Map::new();
    let target = node["$ref"].as_str().and_then(|at| document.pointer(at.strip_prefix('#')?));
    let branches = [target, node.get("then"), node.get("else")];
    for inner in branches.into_iter().flatten() {
        touch(document, inner, value, unused);
    }
    for item in value.as_array().into_iter().flatten() {
        touch(document, &node["items"], item, unused);
    }
    let properties = node["properties"].as_object().unwrap_or(&empty);
    for (name, inner) in value.as_object().into_iter().flatten() {
        touch(document, properties.get(name).unwrap_or(&node["additionalProperties"]), inner, unused);
    }
}
