//! TOML to the same kind of tree as YAML, so that `registry.toml` is judged like every other file.

use super::tree::{Fault, Spans, Tree};
use crate::domain::Span;
use serde_json::{Map, Number, Value};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// Reads a TOML text to the same kind of tree as YAML; never fails.
#[must_use]
pub fn parse(text: &str) -> Tree {
    let (table, errors) = DeTable::parse_recoverable(text);
    let faults: Vec<_> = errors
        .into_iter()
        .map(|error| {
            let range = error.span().unwrap_or(0..0);
            Fault::error(Span::new(range.start, range.end), format!("this is not TOML: {}", error.message()))
        })
        .collect();
    let mut spans = vec![Span::new(0, text.len())];
    let value = object(table.get_ref(), &mut spans);
    Tree { value: faults.is_empty().then_some(value), spans: Spans::new(spans), faults }
}

fn object(table: &DeTable<'_>, spans: &mut Vec<Span>) -> Value {
    let mut map = Map::new();
    for (key, value) in table {
        spans.push(to_span(key));
        map.insert(key.get_ref().to_string(), node(value, spans));
    }
    Value::Object(map)
}

fn node(value: &Spanned<DeValue<'_>>, spans: &mut Vec<Span>) -> Value {
    spans.push(to_span(value));
    match value.get_ref() {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Value::Null, |number| Value::Number(number.into())),
        DeValue::Float(number) => {
            number.as_str().parse().ok().and_then(Number::from_f64).map_or(Value::Null, Value::Number)
        }
        DeValue::Boolean(yes) => Value::Bool(*yes),
        DeValue::Datetime(time) => Value::String(time.to_string()),
        DeValue::Array(items) => Value::Array(items.iter().map(|item| node(item, spans)).collect()),
        DeValue::Table(table) => object(table, spans),
    }
}

fn to_span<T>(value: &Spanned<T>) -> Span {
    Span::new(value.span().start, value.span().end)
}
