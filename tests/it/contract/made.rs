//! Small schemas, and changes of them.

use super::values::Chance;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Two schemas, the one made of the other, and what the values are made by.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    pub(super) narrow: Value,
    pub(super) wide: Value,
    pub(super) seed: u64,
}

const NAMES: [&str; 4] = ["a", "b", "c", "kind"];

fn scalar() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(1),
        json!(2.0),
        json!(2.5),
        json!(-3),
        json!(6),
        json!("a"),
        json!("b"),
        json!("abc"),
        json!(""),
        json!([1]),
        json!({"a": 1}),
    ])
}

fn kind() -> impl Strategy<Value = Value> {
    let one = prop::sample::select(vec!["string", "integer", "number", "null", "boolean", "object", "array"]);
    prop_oneof![
        3 => one.clone().prop_map(Value::from),
        1 => prop::collection::btree_set(one, 1..4).prop_map(|kinds| json!(kinds.into_iter().collect::<Vec<_>>())),
    ]
}

/// A keyword with a scalar value.
fn condition() -> impl Strategy<Value = (String, Value)> {
    let keyed = |keys: &'static [&'static str], value: BoxedStrategy<Value>| {
        (prop::sample::select(keys), value).prop_map(|(key, value)| (key.to_owned(), value)).boxed()
    };
    let small = (0..4_u64).prop_map(Value::from).boxed();
    let number =
        prop::sample::select(vec![json!(-3), json!(0), json!(1), json!(1.5), json!(2), json!(2.0), json!(6)]).boxed();
    prop_oneof![
        6 => keyed(&["type"], kind().boxed()),
        3 => keyed(&["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"], small),
        3 => keyed(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"], number),
        1 => keyed(&["multipleOf"], prop::sample::select(vec![json!(1), json!(2), json!(3), json!(6), json!(0.5)]).boxed()),
        1 => keyed(&["uniqueItems"], any::<bool>().prop_map(Value::from).boxed()),
        1 => keyed(&["pattern"], prop::sample::select(vec![json!("^a"), json!("b")]).boxed()),
        1 => keyed(&["format"], Just(json!("date")).boxed()),
        1 => keyed(&["title", "x-note"], Just(json!("t")).boxed()),
        2 => keyed(&["const"], scalar().boxed()),
        3 => prop::collection::vec(scalar(), 1..5).prop_map(|mut values| {
            values.dedup();
            ("enum".to_owned(), Value::Array(distinct(values)))
        }),
        2 => names().prop_map(|names| ("required".to_owned(), names)),
        1 => (prop::sample::select(NAMES.to_vec()), names())
            .prop_map(|(name, names)| ("dependentRequired".to_owned(), json!({name: names}))),
    ]
}

/// A schema of a simple value as people write it.
fn usual() -> impl Strategy<Value = Value> {
    let some = |keys: [&'static str; 2], ends: std::ops::Range<i64>| {
        let end = move || prop::option::of(ends.clone());
        (end(), end()).prop_map(move |(first, second)| {
            let given = [(keys[0], first), (keys[1], second)].into_iter();
            json!(given.filter_map(|(key, end)| Some((key, end?))).collect::<BTreeMap<_, _>>())
        })
    };
    let typed = |kind: &'static str, conditions: BoxedStrategy<Value>| {
        conditions.prop_map(move |mut schema| {
            schema["type"] = json!(kind);
            schema
        })
    };
    let words = prop::collection::btree_set(prop::sample::select(vec!["a", "b", "abc", ""]), 1..4);
    prop_oneof![
        typed("string", some(["minLength", "maxLength"], 0..4).boxed()),
        typed("integer", some(["minimum", "maximum"], -3..6).boxed()),
        typed("number", some(["exclusiveMinimum", "maximum"], -3..6).boxed()),
        typed("array", some(["minItems", "maxItems"], 0..4).boxed()),
        words.prop_map(|words| json!({"enum": words.into_iter().collect::<Vec<_>>()})),
        kind().prop_map(|kind| json!({"type": kind})),
    ]
}

fn distinct(values: Vec<Value>) -> Vec<Value> {
    let mut kept: Vec<Value> = Vec::new();
    for value in values {
        if !kept.contains(&value) {
            kept.push(value);
        }
    }
    kept
}

fn names() -> impl Strategy<Value = Value> {
    prop::collection::btree_set(prop::sample::select(NAMES.to_vec()), 1..3)
        .prop_map(|names| json!(names.into_iter().collect::<Vec<_>>()))
}

/// A schema without references in places where they would lead round in circles.
fn schema() -> impl Strategy<Value = Value> {
    let conditions = |most| {
        prop::collection::vec(condition(), 0..most)
            .prop_map(|conditions| Value::Object(conditions.into_iter().collect::<Map<_, _>>()))
    };
    let leaf = prop_oneof![
        8 => usual(),
        3 => conditions(3),
        1 => any::<bool>().prop_map(Value::from),
        2 => reference()
    ];
    leaf.prop_recursive(2, 6, 2, move |inner| {
        let listed = prop::collection::vec(inner.clone(), 1..4).prop_map(Value::Array);
        let one = |key: &'static str| inner.clone().prop_map(move |schema| (key.to_owned(), schema)).boxed();
        let list =
            |key: &'static str| listed.clone().prop_map(move |schemas| (key.to_owned(), schemas)).boxed();
        let named = prop::collection::btree_map(prop::sample::select(NAMES.to_vec()), inner.clone(), 1..4)
            .prop_map(|map| json!(map));
        let keyword = prop_oneof![
            8 => named.prop_map(|map| ("properties".to_owned(), map)),
            3 => prop_oneof![Just(json!(false)), inner.clone()].prop_map(|schema| ("additionalProperties".to_owned(), schema)),
            1 => inner.clone().prop_map(|schema| ("patternProperties".to_owned(), json!({"^[ab]": schema}))),
            1 => one("propertyNames"),
            3 => one("items"),
            1 => list("prefixItems"),
            1 => one("contains"),
            2 => list("allOf"),
            3 => list("anyOf"),
            2 => list("oneOf"),
            1 => one("not"),
            1 => one("if"),
            1 => one("then"),
            1 => one("else"),
        ];
        (conditions(3), prop::collection::vec(keyword, 1..4)).prop_map(|(schema, keywords)| {
            let mut schema = schema;
            for (key, value) in keywords {
                schema[key] = value;
            }
            schema
        })
    })
}

fn reference() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![json!({"$ref": "#/$defs/x"}), json!({"$ref": "#/$defs/y"}), json!({"$ref": "#"})])
}

/// An object with a few properties, as inputs are.
fn object(has_defaults: bool) -> impl Strategy<Value = Value> {
    let property = (schema(), prop::option::weighted(0.3, scalar()));
    let property = property.prop_map(move |(schema, default)| match (schema, default) {
        (Value::Object(mut schema), Some(default)) if has_defaults => {
            schema.insert("default".to_owned(), default);
            Value::Object(schema)
        }
        (schema, _) => schema,
    });
    let properties = prop::collection::btree_map(prop::sample::select(NAMES.to_vec()), property, 1..4);
    (properties, prop::option::of(names()), prop::option::weighted(0.3, prop_oneof![Just(json!(false)), schema()]))
        .prop_map(|(properties, required, additional)| {
            let mut schema = json!({"type": "object", "properties": properties});
            schema.as_object_mut().unwrap().extend(required.map(|names| ("required".to_owned(), names)));
            schema.as_object_mut().unwrap().extend(additional.map(|other| ("additionalProperties".to_owned(), other)));
            schema
        })
}

/// A change of a schema.
#[derive(Debug, Clone)]
pub(super) enum Mutation {
    /// A keyword less, or a value of a list.
    Remove,
    /// A keyword more, or another value for it.
    Set(String, Value),
    /// Another schema altogether.
    Replace(Value),
    /// Another schema will do, too.
    Or(&'static str, Value),
    /// Another schema is asked for, too.
    And(Value),
    /// One more value or kind.
    More(Value),
    /// Another property.
    Property(&'static str, Value),
}

impl Mutation {
    fn apply(&self, schema: &mut Value, chance: &mut Chance) {
        let old = schema.clone();
        match (self, schema.as_object_mut()) {
            (Self::Replace(new), _) => *schema = new.clone(),
            (Self::Or(key, new), _) => *schema = json!({*key: [old, new]}),
            (Self::And(new), _) => *schema = json!({"allOf": [old, new]}),
            (Self::Set(key, value), Some(map)) => {
                map.insert(key.clone(), value.clone());
            }
            (Self::Property(name, value), Some(map)) => {
                map.entry("properties").or_insert_with(|| json!({}))[*name] = value.clone();
            }
            (Self::Remove, Some(map)) => remove(map, chance),
            (Self::More(value), Some(map)) => more(map, value),
            (_, None) => {}
        }
    }
}

fn remove(map: &mut Map<String, Value>, chance: &mut Chance) {
    let keys: Vec<String> = map.keys().cloned().collect();
    if keys.is_empty() {
        return;
    }
    let key = chance.one_of(&keys);
    match map.get_mut(&key) {
        Some(Value::Array(items)) if items.len() > 1 => {
            items.remove(chance.below(items.len()));
        }
        Some(Value::Object(inner)) if inner.len() > 1 && key == "properties" => {
            let names: Vec<String> = inner.keys().cloned().collect();
            inner.remove(&chance.one_of(&names));
        }
        _ => {
            map.remove(&key);
        }
    }
}

fn more(map: &mut Map<String, Value>, value: &Value) {
    if let Some(Value::Array(values)) = map.get_mut("enum") {
        values.push(value.clone());
        *values = distinct(std::mem::take(values));
    } else if let Some(kind) = map.get("type").and_then(Value::as_str).filter(|kind| *kind != "null") {
        map.insert("type".to_owned(), json!([kind, "null"]));
    }
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        4 => Just(Mutation::Remove),
        3 => condition().prop_map(|(key, value)| Mutation::Set(key, value)),
        1 => schema().prop_map(Mutation::Replace),
        2 => (prop::sample::select(vec!["anyOf", "anyOf", "oneOf"]), schema()).prop_map(|(key, or)| Mutation::Or(key, or)),
        1 => schema().prop_map(Mutation::And),
        3 => scalar().prop_map(Mutation::More),
        2 => (prop::sample::select(NAMES.to_vec()), schema()).prop_map(|(name, schema)| Mutation::Property(name, schema)),
    ]
}

/// A schema with definitions, and what a few changes made of it; either may be the narrow one.
pub(super) fn pair(is_input: bool) -> impl Strategy<Value = Pair> {
    let root = if is_input { object(true).boxed() } else { prop_oneof![schema(), object(false)].boxed() };
    let definition = || prop_oneof![2 => usual(), 1 => schema()];
    let definitions = (definition(), definition());
    let changes = prop::collection::vec((any::<u64>(), mutation()), 0..3);
    (root, definitions, changes, any::<bool>(), any::<u64>()).prop_map(
        move |(root, (x, y), changes, is_turned, seed)| {
            let mut old = root;
            if old.to_string().contains("$ref") && old.is_object() {
                old["$defs"] = json!({"x": x, "y": y});
            }
            let mut new = old.clone();
            for (seed, change) in changes {
                let mut chance = Chance::new(seed);
                let places = places(&new, is_input);
                let place = chance.one_of(&places);
                change.apply(new.pointer_mut(&place).unwrap(), &mut chance);
            }
            if let (Some(map), Some(definitions)) = (new.as_object_mut(), old.get("$defs")) {
                map.entry("$defs").or_insert_with(|| definitions.clone());
            }
            let (narrow, wide) = if is_turned { (new, old) } else { (old, new) };
            Pair { narrow, wide, seed }
        },
    )
}

/// The pointers of all schemas within a schema.
fn places(schema: &Value, only_inner: bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut later = vec![(String::new(), schema)];
    while let Some((at, schema)) = later.pop() {
        for (key, value) in schema.as_object().into_iter().flatten() {
            let below = format!("{at}/{key}");
            match (key.as_str(), value) {
                ("properties" | "patternProperties" | "$defs", Value::Object(map)) => {
                    later.extend(map.iter().map(|(name, inner)| (format!("{below}/{name}"), inner)));
                }
                ("allOf" | "anyOf" | "oneOf" | "prefixItems", Value::Array(list)) => {
                    later.extend(list.iter().enumerate().map(|(i, inner)| (format!("{below}/{i}"), inner)));
                }
                (
                    "items" | "additionalProperties" | "not" | "contains" | "propertyNames" | "if" | "then" | "else",
                    value,
                ) => later.push((below, value)),
                _ => {}
            }
        }
        found.push(at);
    }
    // The root of an input stays an object with properties, most of the time.
    if only_inner && found.len() > 1 && found.len() % 3 > 0 {
        found.retain(|at| !at.is_empty());
    }
    found
}
