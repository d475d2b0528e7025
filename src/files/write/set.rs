//! Setting one entry of a file that people wrote: all that is not concerned stays as it was, byte for byte.

use super::yaml;
use crate::{domain::Limits, files::yaml::parse};
use serde_json::{Map, Value};

/// Sets `key` of the map at the top-level `map` to a value, or takes it out where the value is none; a map that becomes empty
/// goes too. `text` is a YAML file that is a map in block style, as the registry's files are.
///
/// # Errors
/// What keeps it from being done without touching anything else, in words.
pub fn set(text: &str, map: &str, key: &str, value: Option<&Value>) -> Result<String, String> {
    let before = value_of(text)?;
    let mut wanted = before.clone();
    let entries = wanted.entry(map.to_owned()).or_insert_with(|| Value::Object(Map::new()));
    let entries = entries.as_object_mut().ok_or_else(|| format!("{map} is no map"))?;
    match value {
        Some(value) => drop(entries.insert(key.to_owned(), value.clone())),
        None => drop(entries.shift_remove(key)),
    }
    let entries = (!entries.is_empty()).then(|| Value::Object(entries.clone()));
    set_whole(text, map, entries.as_ref())
}

/// Sets the value of a top-level key, or takes the key out where the value is none.
///
/// # Errors
/// As [`set`].
pub fn set_whole(text: &str, key: &str, value: Option<&Value>) -> Result<String, String> {
    let mut wanted = value_of(text)?;
    if wanted.get(key) == value {
        return Ok(text.to_owned());
    }
    match value {
        Some(value) => drop(wanted.insert(key.to_owned(), value.clone())),
        None => drop(wanted.shift_remove(key)),
    }
    let written = value.map_or_else(String::new, |value| entry(key, value));
    let lines = range(text, key);
    let mut edited = String::with_capacity(text.len() + written.len());
    match lines {
        Some((from, to)) => {
            edited.push_str(&text[..from]);
            edited.push_str(&written);
            edited.push_str(&text[to..]);
        }
        None => {
            edited.push_str(text);
            if !text.is_empty() && !text.ends_with('\n') {
                edited.push('\n');
            }
            edited.push_str(&written);
        }
    }
    // What is not written as we think shows here, and is left to a person.
    match value_of(&edited) {
        Ok(found) if found == wanted => Ok(edited),
        _ => Err(format!("{key} cannot be set without touching the rest of the file: edit it by hand")),
    }
}

fn value_of(text: &str) -> Result<Map<String, Value>, String> {
    match parse(text, &Limits::default()).value {
        Some(Value::Object(map)) => Ok(map),
        _ => Err("it is no map".to_owned()),
    }
}

/// One entry as YAML: short maps of scalars in one line.
fn entry(key: &str, value: &Value) -> String {
    let one = Value::Object([(key.to_owned(), value.clone())].into_iter().collect());
    yaml(&one)
}

/// From where to where the entry of a top-level key goes, in bytes, without the comments and blank lines that follow it.
fn range(text: &str, key: &str) -> Option<(usize, usize)> {
    let (mut at, mut from, mut to) = (0, None, 0);
    for line in text.split_inclusive('\n') {
        let is_top = line.starts_with(|c: char| !c.is_whitespace() && c != '#');
        match from {
            None if is_key(line, key) => (from, to) = (Some(at), at + line.len()),
            None => {}
            Some(_) if is_top && !line.starts_with("- ") => break,
            Some(_) if line.trim().is_empty() || line.starts_with('#') => {}
            Some(_) => to = at + line.len(),
        }
        at += line.len();
    }
    Some((from?, to))
}

/// Whether a line begins the entry of a key: `key:`, plain or quoted.
fn is_key(line: &str, key: &str) -> bool {
    let plain = line.strip_prefix(key).or_else(|| {
        let quote = line.chars().next().filter(|c| *c == '"' || *c == '\'')?;
        line[1..].strip_prefix(key)?.strip_prefix(quote)
    });
    plain.is_some_and(|rest| rest.trim_start_matches(' ').starts_with(':'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const PROMPT: &str = "# yaml-language-server: $schema=x\ndisplay_name: Triage # kept\nlabels:   # where to\n  \
                          production: 1.0.0\n  staging: 1.1.0\n\n# the owner\nowner: ana\ntags: [a, b]";

    #[test]
    fn an_entry_is_set_and_the_rest_stays_byte_for_byte() {
        let moved = set(PROMPT, "labels", "production", Some(&json!("1.1.0"))).unwrap();
        let deprecated = set(&moved, "deprecated", "1.0.0", Some(&json!("leaks: \"ids\""))).unwrap();
        insta::assert_snapshot!(deprecated, @r#"
        # yaml-language-server: $schema=x
        display_name: Triage # kept
        labels: {production: 1.1.0, staging: 1.1.0}

        # the owner
        owner: ana
        tags: [a, b]
        deprecated: {1.0.0: "leaks: \"ids\""}
        "#);
        let back = set(&deprecated, "deprecated", "1.0.0", None).unwrap();
        assert_eq!(back.trim_end(), moved.trim_end());
        insta::assert_snapshot!(set_whole(PROMPT, "status", Some(&json!("archived"))).unwrap(), @"
        # yaml-language-server: $schema=x
        display_name: Triage # kept
        labels:   # where to
          production: 1.0.0
          staging: 1.1.0

        # the owner
        owner: ana
        tags: [a, b]
        status: archived
        ");
    }

    #[test]
    fn what_cannot_be_set_alone_is_left_to_a_person() {
        assert!(set("{labels: {production: 1.0.0}}", "labels", "production", Some(&json!("1.1.0"))).is_err());
        assert!(set("labels: 1", "labels", "production", Some(&json!("1.1.0"))).is_err());
    }
}
