//! Values: what counts as true, how a value is printed, what equals what — as JavaScript's Handlebars has it.

use serde_json::{Map, Number, Value, ser::PrettyFormatter};
use std::io;

/// The deepest list inside lists that is printed.
const LISTS: usize = 64;

/// Whether a condition holds.
pub(super) fn holds(value: &Value, include_zero: bool) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(is) => *is,
        Value::Number(number) => include_zero || number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(_) => true,
    }
}

/// Whether two values are the same; numbers by what they are, not by how they are written.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || (a.as_f64() == b.as_f64() && (a.is_f64() || b.is_f64())),
        _ => a == b,
    }
}

/// Prints a value: a list by its items with commas between.
///
/// # Errors
/// What is wrong with the value, where it has no text.
pub(super) fn print(value: &Value, into: &mut String) -> Result<(), &'static str> {
    print_at(value, into, 0)
}

fn print_at(value: &Value, into: &mut String, depth: usize) -> Result<(), &'static str> {
    match value {
        Value::Null => {}
        Value::Bool(is) => into.push_str(if *is { "true" } else { "false" }),
        Value::Number(number) => into.push_str(&digits(number)),
        Value::String(text) => into.push_str(text),
        Value::Array(_) if depth >= LISTS => return Err("is a list of lists that is too deep to be printed"),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    into.push(',');
                }
                print_at(item, into, depth + 1)?;
            }
        }
        Value::Object(_) => {
            return Err("is an object, which has no text of its own; write {{json …}}, or name one of its properties");
        }
    }
    Ok(())
}

/// `1` for 1.0, as JavaScript prints it.
fn digits(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 1e21 => format!("{float:.0}"),
        _ => number.to_string(),
    }
}

/// A property of an object, an item of a list, or the length of a list or text.
pub(super) fn lookup<'a>(value: &'a Value, key: &Value) -> Option<std::borrow::Cow<'a, Value>> {
    use std::borrow::Cow::{Borrowed, Owned};
    match (value, key) {
        (Value::Object(map), Value::String(name)) => map.get(name).map(Borrowed),
        (Value::Object(map), Value::Number(number)) => map.get(&digits(number)).map(Borrowed),
        (Value::Array(items), Value::String(name)) if name == "length" => Some(Owned(items.len().into())),
        (Value::String(text), Value::String(name)) if name == "length" => {
            Some(Owned(text.encode_utf16().count().into()))
        }
        (Value::Array(items), Value::String(name)) => items.get(name.parse::<usize>().ok()?).map(Borrowed),
        (Value::Array(items), Value::Number(number)) => {
            items.get(usize::try_from(number.as_u64()?).ok()?).map(Borrowed)
        }
        _ => None,
    }
}

/// JSON text, with line breaks where `indent` is not 0; `None` where it is longer than `most` bytes.
pub(super) fn json(value: &Value, indent: usize, most: usize) -> Option<String> {
    let mut sink = Bounded { text: Vec::new(), most };
    let spaces = [b' '; 10];
    let written = if indent == 0 {
        serde_json::to_writer(&mut sink, value)
    } else {
        let format = PrettyFormatter::with_indent(&spaces[..indent.min(10)]);
        serde::Serialize::serialize(value, &mut serde_json::Serializer::with_formatter(&mut sink, format))
    };
    written.ok().and_then(|()| String::from_utf8(sink.text).ok())
}

struct Bounded {
    text: Vec<u8>,
    most: usize,
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.text.len() + bytes.len() > self.most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether the input has no value for a variable.
pub(super) fn absent(input: &Map<String, Value>, name: &str) -> bool {
    input.get(name).is_none_or(Value::is_null)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_is_printed_as_javascript_prints_it_and_an_object_is_not() {
        let text = |value: Value| {
            let mut into = String::new();
            print(&value, &mut into).map(|()| into)
        };
        assert_eq!(text(json!([1, 2.0, "x", [true, null]])).unwrap(), "1,2,x,true,");
        assert_eq!(text(json!(0.5)).unwrap(), "0.5");
        assert!(text(json!([{}])).unwrap_err().contains("{{json …}}"));
    }

    #[test]
    fn json_stops_at_its_limit() {
        assert_eq!(json(&json!({"a": [1]}), 0, 100).as_deref(), Some(r#"{"a":[1]}"#));
        assert_eq!(json(&json!({"a": 1}), 2, 100).as_deref(), Some("{\n  \"a\": 1\n}"));
        assert_eq!(json(&json!({"a": [1]}), 10, 20), None);
    }

    #[test]
    fn numbers_are_the_same_however_they_are_written_and_never_the_same_as_text() {
        assert!(same(&json!(5), &json!(5.0)));
        assert!(!same(&json!(u64::MAX), &json!(u64::MAX - 1)));
        assert!(!same(&json!(5), &json!("5")));
    }
}
