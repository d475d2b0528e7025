//! Whether a schema accepts a value, as far as it can be told without regular expressions.

use super::{
    kinds::Kinds,
    node::Node,
    number::{self, equal},
};
use serde_json::{Map, Value};
use std::cmp::Ordering;

/// The most levels of schemas that are gone into.
const LEVELS: usize = 32;

/// The most items whose being distinct is looked at.
const DISTINCT: usize = 64;

/// Whether `node` accepts `value`; `None` where that is not known. `fuel` is what it may still cost, in keywords.
pub(super) fn fits(node: &Node<'_>, value: &Value, fuel: &mut usize) -> Option<bool> {
    Evaluation { fuel, levels: LEVELS }.schema(node, value)
}

/// Whether one keyword of `node` accepts `value`.
pub(super) fn keyword_fits(node: &Node<'_>, keyword: &str, value: &Value, fuel: &mut usize) -> Option<bool> {
    Evaluation { fuel, levels: LEVELS }.keyword(node, keyword, node.get(keyword)?, value)
}

struct Evaluation<'f> {
    fuel: &'f mut usize,
    levels: usize,
}

/// All of them: one that is false decides, else one that is not known.
fn all(mut judged: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut all = Some(true);
    loop {
        match judged.next() {
            None => return all,
            Some(Some(true)) => {}
            Some(Some(false)) => return Some(false),
            Some(None) => all = None,
        }
    }
}

impl Evaluation<'_> {
    fn schema(&mut self, node: &Node<'_>, value: &Value) -> Option<bool> {
        if let Value::Bool(accepts) = node.schema {
            return Some(*accepts);
        }
        if self.levels == 0 || node.is_strange() || !node.schema.is_object() {
            return None;
        }
        self.levels -= 1;
        let judged = all(node.keywords().map(|(keyword, is)| self.keyword(node, keyword, is, value)));
        self.levels += 1;
        judged
    }

    fn keyword(&mut self, node: &Node<'_>, keyword: &str, is: &Value, value: &Value) -> Option<bool> {
        *self.fuel = self.fuel.checked_sub(1)?;
        match keyword {
            "type" => Some(Kinds::named(is)?.meets(Kinds::of(value))),
            "const" => Some(equal(is, value)),
            "enum" => Some(is.as_array()?.iter().any(|one| equal(one, value))),
            "$ref" => self.schema(&node.target()?, value),
            "allOf" => all(node.listed(keyword).iter().map(|branch| self.schema(branch, value))),
            "anyOf" | "oneOf" if is.as_array().is_none_or(Vec::is_empty) => None,
            "anyOf" => {
                let mut none = node.listed(keyword).into_iter().map(|branch| self.schema(&branch, value).map(|is| !is));
                all(&mut none).map(|none| !none)
            }
            "oneOf" => self.one_of(node, value),
            "not" => self.schema(&node.child(keyword)?, value).map(|is| !is),
            "if" => {
                let branch = if self.schema(&node.child(keyword)?, value)? { "then" } else { "else" };
                node.child(branch).map_or(Some(true), |branch| self.schema(&branch, value))
            }
            _ => match value {
                Value::Number(number) => of_number(keyword, is, number),
                Value::String(text) => of_text(keyword, is, text),
                Value::Array(items) => self.of_list(node, keyword, is, items),
                Value::Object(map) => self.of_map(node, keyword, is, map),
                Value::Null | Value::Bool(_) => unconcerned(keyword),
            },
        }
    }

    fn one_of(&mut self, node: &Node<'_>, value: &Value) -> Option<bool> {
        let judged: Vec<_> = node.listed("oneOf").iter().map(|branch| self.schema(branch, value)).collect();
        let sure = judged.iter().filter(|judged| **judged == Some(true)).count();
        let unsure = judged.iter().filter(|judged| judged.is_none()).count();
        match (sure, unsure) {
            (1, 0) => Some(true),
            (0, 0) | (2.., _) => Some(false),
            _ => None,
        }
    }

    fn of_list(&mut self, node: &Node<'_>, keyword: &str, is: &Value, items: &[Value]) -> Option<bool> {
        match keyword {
            "minItems" => Some(items.len() as u64 >= is.as_u64()?),
            "maxItems" => Some(items.len() as u64 <= is.as_u64()?),
            "uniqueItems" if is == &Value::Bool(false) || items.len() < 2 => Some(true),
            "uniqueItems" if items.len() > DISTINCT => None,
            "uniqueItems" => {
                Some(items.iter().enumerate().all(|(i, item)| items.iter().take(i).all(|other| !equal(item, other))))
            }
            "prefixItems" => {
                all(node.listed(keyword).iter().zip(items).map(|(schema, item)| self.schema(schema, item)))
            }
            "items" if is.is_array() => None,
            "items" => {
                let (schema, prefix) = (node.child(keyword)?, node.listed("prefixItems").len());
                all(items.iter().skip(prefix).map(|item| self.schema(&schema, item)))
            }
            "contains" | "additionalItems" | "unevaluatedItems" => None,
            _ => unconcerned(keyword),
        }
    }

    fn of_map(&mut self, node: &Node<'_>, keyword: &str, is: &Value, map: &Map<String, Value>) -> Option<bool> {
        match keyword {
            "minProperties" => Some(map.len() as u64 >= is.as_u64()?),
            "maxProperties" => Some(map.len() as u64 <= is.as_u64()?),
            "required" => all(is.as_array()?.iter().map(|name| Some(map.contains_key(name.as_str()?)))),
            "properties" => {
                let given = map.iter().filter_map(|(name, value)| Some((node.named(keyword, name)?, value)));
                all(given.map(|(schema, value)| self.schema(&schema, value)))
            }
            "additionalProperties" if node.get("patternProperties").is_none() => {
                let schema = node.child(keyword)?;
                let others = map.iter().filter(|(name, _)| node.named("properties", name).is_none());
                all(others.map(|(_, value)| self.schema(&schema, value)))
            }
            "propertyNames" => {
                let schema = node.child(keyword)?;
                all(map.keys().map(|name| self.schema(&schema, &Value::String(name.clone()))))
            }
            _ if map.is_empty() => Some(true),
            "additionalProperties"
            | "patternProperties"
            | "dependentRequired"
            | "dependentSchemas"
            | "dependencies"
            | "unevaluatedProperties" => None,
            _ => unconcerned(keyword),
        }
    }
}

fn of_number(keyword: &str, is: &Value, number: &serde_json::Number) -> Option<bool> {
    let order = || Some(number::compare(number, is.as_number()?));
    match keyword {
        "minimum" => Some(order()? != Ordering::Less),
        "exclusiveMinimum" => Some(order()? == Ordering::Greater),
        "maximum" => Some(order()? != Ordering::Greater),
        "exclusiveMaximum" => Some(order()? == Ordering::Less),
        "multipleOf" => Some(number::whole(number)?.checked_rem(number::whole(is.as_number()?)?)? == 0),
        _ => unconcerned(keyword),
    }
}

fn of_text(keyword: &str, is: &Value, text: &str) -> Option<bool> {
    match keyword {
        "minLength" => Some(text.chars().count() as u64 >= is.as_u64()?),
        "maxLength" => Some(text.chars().count() as u64 <= is.as_u64()?),
        "pattern" | "format" | "contentMediaType" | "contentEncoding" => None,
        _ => unconcerned(keyword),
    }
}

/// A keyword that says nothing about this kind of value, unless it is one that is not understood.
fn unconcerned(keyword: &str) -> Option<bool> {
    (!matches!(keyword, "$dynamicRef" | "$recursiveRef")).then_some(true)
}
