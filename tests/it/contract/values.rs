//! Values that are near to schemas, and what callers may be trusted to give.

use serde_json::{Map, Value, json};

/// A sequence of numbers that look as if they had been drawn.
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// A number below `end`, or nought.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % end.max(1)
    }

    pub(super) fn one_of<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }
}

/// A name that no schema declares.
const STRANGE: &str = "zz";

/// A value that fits a schema more often than one drawn at random.
pub(super) fn near(schema: &Value, chance: &mut Chance) -> Value {
    Near { root: schema, chance }.value(schema, 6)
}

struct Near<'s, 'c> {
    root: &'s Value,
    chance: &'c mut Chance,
}

impl Near<'_, '_> {
    fn value(&mut self, schema: &Value, levels: usize) -> Value {
        if levels == 0 || self.chance.below(20) == 0 {
            return self.any();
        }
        if let Some(target) = schema["$ref"].as_str().and_then(|at| self.root.pointer(at.strip_prefix('#')?)) {
            return self.value(&target.clone(), levels - 1);
        }
        if let Some(value) = schema.get("const") {
            return value.clone();
        }
        if let Some(values) = schema["enum"].as_array() {
            return self.chance.one_of(values);
        }
        let branches: Vec<&Value> =
            ["allOf", "anyOf", "oneOf"].iter().filter_map(|key| schema[*key].as_array()).flatten().collect();
        if !branches.is_empty() && self.chance.below(3) > 0 {
            let branch = self.chance.one_of(&branches);
            return self.value(&merged(schema, branch), levels - 1);
        }
        let kinds = match &schema["type"] {
            Value::String(kind) => vec![kind.clone()],
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => self.kinds(schema),
        };
        match self.chance.one_of(&kinds).as_str() {
            "object" => self.object(schema, levels),
            "array" => self.list(schema, levels),
            "string" => self.text(schema),
            "integer" => self.number(schema, 1.0),
            "number" => self.number(schema, 0.5),
            "boolean" => json!(self.chance.below(2) == 0),
            "null" => Value::Null,
            _ => self.any(),
        }
    }

    fn any(&mut self) -> Value {
        let pool = [
            json!(null),
            json!(true),
            json!(0),
            json!(1),
            json!(2.5),
            json!(-3),
            json!("a"),
            json!("abcd"),
            json!([]),
            json!({}),
            json!([1, "a"]),
            json!({"a": 1, "b": "b"}),
            json!({"kind": "a"}),
            json!({"c": {"a": null}}),
        ];
        self.chance.one_of(&pool)
    }

    /// What a schema without a type seems to be about.
    fn kinds(&mut self, schema: &Value) -> Vec<String> {
        let about = |keys: &[&str]| keys.iter().any(|key| schema.get(key).is_some());
        let mut kinds = vec!["any".to_owned()];
        for (kind, keys) in [
            ("object", &["properties", "required", "additionalProperties", "minProperties", "propertyNames"][..]),
            ("array", &["items", "prefixItems", "minItems", "maxItems", "contains", "uniqueItems"]),
            ("string", &["minLength", "maxLength", "pattern"]),
            ("number", &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]),
        ] {
            if about(keys) {
                kinds.extend([kind.to_owned(), kind.to_owned()]);
            }
        }
        kinds
    }

    fn object(&mut self, schema: &Value, levels: usize) -> Value {
        let mut map = Map::new();
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            if required.contains(&name.as_str()) || self.chance.below(2) == 0 {
                map.insert(name.clone(), self.value(property, levels - 1));
            }
        }
        let other = schema.get("additionalProperties").cloned().unwrap_or(Value::Bool(true));
        for name in required.into_iter().chain([STRANGE, "a", "b"]) {
            let is_wanted = schema["required"].to_string().contains(name) || self.chance.below(6) == 0;
            if is_wanted && other != Value::Bool(false) && !map.contains_key(name) {
                map.insert(name.to_owned(), self.value(&other, levels - 1));
            }
        }
        Value::Object(map)
    }

    fn list(&mut self, schema: &Value, levels: usize) -> Value {
        let least = schema["minItems"].as_u64().unwrap_or(0);
        let prefix = schema["prefixItems"].as_array().cloned().unwrap_or_default();
        let count = usize::try_from(least).unwrap() + self.chance.below(3);
        let rest = [schema.get("items"), schema.get("contains")];
        let rest: Vec<Value> = rest.into_iter().flatten().cloned().chain([json!(true)]).take(2).collect();
        let mut items = Vec::new();
        for place in 0..count {
            let item = prefix.get(place).cloned().unwrap_or_else(|| rest[0].clone());
            items.push(self.value(&item, levels - 1));
        }
        Value::Array(items)
    }

    fn text(&mut self, schema: &Value) -> Value {
        let ends = [schema["minLength"].as_u64(), schema["maxLength"].as_u64(), Some(1), Some(3)];
        let length = self.chance.one_of(&ends).unwrap_or(2);
        let letters = self.chance.one_of(&["ab", "ba", "äb"]);
        json!(letters.chars().cycle().take(usize::try_from(length).unwrap()).collect::<String>())
    }

    /// A number at one of the ends, or a step beyond it.
    fn number(&mut self, schema: &Value, step: f64) -> Value {
        let ends = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
        let mut ends: Vec<f64> = ends.iter().filter_map(|key| schema[*key].as_f64()).collect();
        ends.extend([0.0, 2.0]);
        let number = self.chance.one_of(&ends) + self.chance.one_of(&[-step, 0.0, 0.0, step]);
        let number = if step == 1.0 { number.round() } else { number };
        if number.fract() == 0.0 && self.chance.below(3) > 0 { json!(number as i64) } else { json!(number) }
    }
}

/// A schema without its branches, and with one of them.
fn merged(schema: &Value, branch: &Value) -> Value {
    let mut merged = schema.clone();
    let Some(map) = merged.as_object_mut() else { return merged };
    ["allOf", "anyOf", "oneOf"].iter().for_each(|key| {
        map.remove(*key);
    });
    for (key, value) in branch.as_object().into_iter().flatten() {
        match (map.get_mut(key), value) {
            (Some(Value::Object(old)), Value::Object(new)) if key == "properties" => {
                old.extend(new.iter().map(|(name, schema)| (name.clone(), schema.clone())));
            }
            _ => {
                map.insert(key.clone(), value.clone());
            }
        }
    }
    merged
}

/// Whether a value has, wherever the schema declares keys and says nothing of others, only keys that it declares, and
/// one that no schema here declares.
///
/// The root of an input without `properties` declares none.
pub(super) fn is_spoken(schema: &Value, value: &Value) -> bool {
    let mut declaring = schema.clone();
    let says = |key: &&str| schema.get(*key).is_some();
    if !["properties", "$ref", "allOf", "anyOf", "oneOf"].iter().any(says)
        && let Some(map) = declaring.as_object_mut()
    {
        map.insert("properties".to_owned(), json!({}));
    }
    spoken(&declaring, &[&declaring], value)
}

fn spoken(root: &Value, schemas: &[&Value], value: &Value) -> bool {
    let all = applying(root, schemas);
    match value {
        Value::Object(map) => {
            let declared: Vec<&Map<String, Value>> =
                all.iter().filter_map(|one| one["properties"].as_object()).collect();
            let is_free = all.iter().any(|one| {
                one.get("patternProperties").is_some()
                    || one["additionalProperties"].as_object().is_some_and(|map| !map.is_empty())
            });
            let is_known = |name: &String| name == STRANGE || declared.iter().any(|map| map.contains_key(name));
            if !declared.is_empty() && !is_free && !map.keys().all(is_known) {
                return false;
            }
            map.iter().all(|(name, inner)| {
                let own = declared.iter().filter_map(|map| map.get(name));
                let others = all.iter().filter_map(|one| one.get("additionalProperties"));
                let patterns = all.iter().filter_map(|one| one["patternProperties"].as_object()).flat_map(Map::values);
                spoken(root, &own.chain(others).chain(patterns).collect::<Vec<_>>(), inner)
            })
        }
        Value::Array(items) => {
            let keys = ["items", "contains"].into_iter().flat_map(|key| all.iter().filter_map(move |one| one.get(key)));
            let prefix = all.iter().filter_map(|one| one["prefixItems"].as_array()).flatten();
            let inner: Vec<&Value> = keys.chain(prefix).collect();
            items.iter().all(|item| spoken(root, &inner, item))
        }
        _ => true,
    }
}

/// All schemas that may apply to the same value.
fn applying<'s>(root: &'s Value, schemas: &[&'s Value]) -> Vec<&'s Value> {
    let mut found: Vec<&Value> = Vec::new();
    let mut later = schemas.to_vec();
    while let Some(schema) = later.pop() {
        if found.iter().any(|other| std::ptr::eq(*other, schema)) {
            continue;
        }
        found.push(schema);
        later.extend(schema["$ref"].as_str().and_then(|at| root.pointer(at.strip_prefix('#')?)));
        later.extend(["allOf", "anyOf", "oneOf"].iter().filter_map(|key| schema[*key].as_array()).flatten());
        later.extend(["not", "if", "then", "else"].iter().filter_map(|key| schema.get(*key)));
    }
    found
}
