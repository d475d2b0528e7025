//! Schemas as they are compared: without what only people read, each with the document that its references lead into.

use serde_json::{Map, Value};

/// The most levels and the most values of a document that is compared.
const DEPTH: usize = 64;
const NODES: usize = 10_000;

/// The rules that a document follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// 2020-12, which is also what a document follows that does not say.
    Current,
    /// 2019-09.
    Nine,
    /// Draft 7: nothing stands beside `$ref`, and `format` is a condition.
    Seven,
    /// Anything else, of which only equality is understood.
    Other,
}

/// A document without what only people read.
#[derive(Debug)]
pub(super) struct Document {
    root: Value,
    pub(super) dialect: Dialect,
}

impl Document {
    /// `None` where it is too deep or too large to be compared.
    pub(super) fn new(root: &Value) -> Option<Self> {
        let dialect = match root.get("$schema").map(Value::as_str) {
            None => Dialect::Current,
            Some(None) => Dialect::Other,
            Some(Some(uri)) => dialect(uri),
        };
        is_bounded(root).then(|| Self { root: bare(root, dialect, true), dialect })
    }

    /// The schema at a JSON pointer.
    pub(super) fn at(&self, pointer: &str) -> Option<Node<'_>> {
        Some(Node { document: self, schema: self.root.pointer(pointer)?, at: pointer.to_owned() })
    }
}

fn dialect(uri: &str) -> Dialect {
    match uri.trim_end_matches('#').trim_start_matches("https://").trim_start_matches("http://") {
        "json-schema.org/draft/2020-12/schema" => Dialect::Current,
        "json-schema.org/draft/2019-09/schema" => Dialect::Nine,
        "json-schema.org/draft-07/schema" => Dialect::Seven,
        _ => Dialect::Other,
    }
}

/// Whether a document is neither too deep nor too large to be compared.
pub(super) fn is_bounded(root: &Value) -> bool {
    count(root, DEPTH, &mut 0)
}

/// Counts values; `false` where there are too many, or too many in each other.
fn count(value: &Value, levels: usize, seen: &mut usize) -> bool {
    *seen += 1;
    *seen <= NODES
        && match value {
            Value::Array(items) => levels > 0 && items.iter().all(|item| count(item, levels - 1, seen)),
            Value::Object(map) => levels > 0 && map.values().all(|item| count(item, levels - 1, seen)),
            _ => true,
        }
}

/// A schema without annotations. Pointers lead to the same places as before.
fn bare(schema: &Value, dialect: Dialect, is_root: bool) -> Value {
    let Value::Object(map) = schema else { return schema.clone() };
    let kept = map.iter().filter(|(key, _)| !is_annotation(key, dialect, is_root));
    Value::Object(kept.map(|(key, value)| (key.clone(), bare_at(key, value, dialect))).collect())
}

fn bare_at(key: &str, value: &Value, dialect: Dialect) -> Value {
    let inner = |value: &Value| bare(value, dialect, false);
    match (key, value) {
        ("properties" | "patternProperties" | "dependentSchemas" | "$defs" | "definitions", Value::Object(map)) => {
            Value::Object(map.iter().map(|(name, value)| (name.clone(), inner(value))).collect())
        }
        ("allOf" | "anyOf" | "oneOf" | "prefixItems" | "items", Value::Array(list)) => {
            Value::Array(list.iter().map(inner).collect())
        }
        (
            "not"
            | "if"
            | "then"
            | "else"
            | "items"
            | "contains"
            | "additionalProperties"
            | "propertyNames"
            | "unevaluatedProperties"
            | "unevaluatedItems",
            value,
        ) => inner(value),
        _ => value.clone(),
    }
}

fn is_annotation(key: &str, dialect: Dialect, is_root: bool) -> bool {
    match key {
        "title" | "description" | "$comment" | "default" | "examples" | "deprecated" | "readOnly" | "writeOnly" => true,
        "format" | "contentMediaType" | "contentEncoding" | "contentSchema" => {
            matches!(dialect, Dialect::Current | Dialect::Nine)
        }
        "$schema" => is_root && dialect != Dialect::Other,
        "$id" => is_root,
        _ => key.starts_with("x-"),
    }
}

/// A schema within its document.
#[derive(Debug, Clone)]
pub(super) struct Node<'s> {
    pub(super) document: &'s Document,
    pub(super) schema: &'s Value,
    /// Its JSON pointer.
    pub(super) at: String,
}

impl<'s> Node<'s> {
    /// The schema's keywords, those that its dialect knows; none where it is `true`, `false` or not understood.
    pub(super) fn keywords(&self) -> impl Iterator<Item = (&'s str, &'s Value)> {
        let map = self.schema.as_object();
        let keys = map.into_iter().flat_map(Map::iter).map(|(key, value)| (key.as_str(), value));
        let (dialect, alone) = (self.document.dialect, self.is_only_reference());
        keys.filter(move |(key, _)| if alone { *key == "$ref" } else { is_known(key, dialect) })
    }

    /// The value of a keyword that its dialect knows.
    pub(super) fn get(&self, keyword: &str) -> Option<&'s Value> {
        let hidden = (self.is_only_reference() && keyword != "$ref") || !is_known(keyword, self.document.dialect);
        if hidden { None } else { self.schema.get(keyword) }
    }

    fn is_only_reference(&self) -> bool {
        self.document.dialect == Dialect::Seven && self.schema.get("$ref").is_some()
    }

    /// Whether what its keywords mean is not known here: a document of its own, or one of rules of its own.
    pub(super) fn is_strange(&self) -> bool {
        self.document.dialect == Dialect::Other || ["$id", "$schema"].iter().any(|key| self.schema.get(key).is_some())
    }

    /// The pointer of a keyword, or the schema's own where it does not have it.
    pub(super) fn pointer(&self, keyword: &str) -> String {
        if self.schema.get(keyword).is_some() { below(&self.at, keyword) } else { self.at.clone() }
    }

    /// The schema that is the value of a keyword.
    pub(super) fn child(&self, keyword: &str) -> Option<Self> {
        Some(Self { document: self.document, schema: self.get(keyword)?, at: below(&self.at, keyword) })
    }

    /// One of the schemas that a keyword maps names to.
    pub(super) fn named(&self, keyword: &str, name: &str) -> Option<Self> {
        let schema = self.get(keyword)?.as_object()?.get(name)?;
        Some(Self { document: self.document, schema, at: below(&below(&self.at, keyword), name) })
    }

    /// The schemas that a keyword lists; none where it does not.
    pub(super) fn listed(&self, keyword: &str) -> Vec<Self> {
        let list = self.get(keyword).and_then(Value::as_array).into_iter().flatten().enumerate();
        let at = below(&self.at, keyword);
        list.map(|(i, schema)| Self { document: self.document, schema, at: format!("{at}/{i}") }).collect()
    }

    /// All schemas that a keyword has, whether it is one, lists them or maps names to them.
    pub(super) fn all_of(&self, keyword: &str) -> Vec<Self> {
        match keyword {
            "properties" | "patternProperties" => {
                self.names(keyword).filter_map(|name| self.named(keyword, name)).collect()
            }
            _ => {
                let one = self.child(keyword).filter(|child| !child.schema.is_array());
                self.listed(keyword).into_iter().chain(one).collect()
            }
        }
    }

    /// The names that a keyword maps to schemas.
    pub(super) fn names(&self, keyword: &str) -> impl Iterator<Item = &'s str> + use<'s> {
        self.get(keyword).and_then(Value::as_object).into_iter().flat_map(Map::keys).map(String::as_str)
    }

    /// What `$ref` leads to; `None` where there is none, or it leads nowhere within the document.
    pub(super) fn target(&self) -> Option<Self> {
        let pointer = decoded(self.get("$ref")?.as_str()?.strip_prefix('#')?)?;
        self.document.at(&pointer)
    }

    /// What tells it from all other schemas of the comparison.
    pub(super) const fn address(&self) -> *const Value {
        std::ptr::from_ref(self.schema)
    }
}

fn is_known(keyword: &str, dialect: Dialect) -> bool {
    match keyword {
        "prefixItems" => dialect == Dialect::Current,
        "dependentRequired"
        | "dependentSchemas"
        | "unevaluatedProperties"
        | "unevaluatedItems"
        | "minContains"
        | "maxContains" => dialect != Dialect::Seven,
        _ => true,
    }
}

/// The pointer of an entry.
pub(super) fn below(at: &str, key: &str) -> String {
    format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// The text of a URI's fragment.
pub(super) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}
