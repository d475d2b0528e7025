//! Mapping: values made of the input and of what steps answered, by templates that were compiled once.

use crate::{
    domain::{Content, Limits, Speaker, Turn, Version},
    template::{self, Parsed, Use},
};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// How deep lists and objects of a mapping are looked into.
const DEPTH: usize = 64;

/// What is wrong with one value of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::app) struct Unmapped {
    /// The JSON pointer to the value in the workflow's file.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
}

/// A value that may hold templates, ready to be made.
#[derive(Debug)]
pub(in crate::app) enum Mapping {
    /// No template.
    Plain(Value),
    /// One value and nothing else, which keeps its type.
    Same { pointer: String, names: Vec<String> },
    /// A text.
    Text(Box<Text>),
    /// A list.
    List(Vec<Self>),
    /// An object.
    Object(Vec<(String, Self)>),
}

/// A template that makes a text.
#[derive(Debug)]
pub(in crate::app) struct Text {
    pointer: String,
    compiled: template::Compiled,
    /// What it reads, name by name from the outside inwards.
    reads: Vec<(Vec<String>, Use)>,
    /// Whether it reads all there is.
    reads_all: bool,
}

impl Mapping {
    /// Checks and compiles a value; `pointer` says where it stands.
    pub(in crate::app) fn new(value: &Value, pointer: &str, limits: &Limits) -> Result<Self, Unmapped> {
        Self::within(value, pointer, limits, DEPTH)
    }

    fn within(value: &Value, pointer: &str, limits: &Limits, depth: usize) -> Result<Self, Unmapped> {
        let inner = |name: &str, value: &Value| {
            let left = depth.checked_sub(1).ok_or_else(|| unmapped(pointer, format!("it is deeper than {DEPTH}")))?;
            let name = name.replace('~', "~0").replace('/', "~1");
            Self::within(value, &format!("{pointer}/{name}"), limits, left)
        };
        match value {
            Value::String(text) if text.contains("{{") => Self::template(text, pointer, limits),
            Value::Array(items) => {
                let items = items.iter().enumerate().map(|(place, item)| inner(&place.to_string(), item));
                Ok(Self::List(items.collect::<Result<_, _>>()?))
            }
            Value::Object(items) => {
                let items = items.iter().map(|(name, item)| Ok((name.clone(), inner(name, item)?)));
                Ok(Self::Object(items.collect::<Result<_, _>>()?))
            }
            other => Ok(Self::Plain(other.clone())),
        }
    }

    fn template(text: &str, pointer: &str, limits: &Limits) -> Result<Self, Unmapped> {
        let parsed = template::parse(text, limits);
        if let (true, [one]) = (parsed.is_one_value(text), &parsed.variables[..]) {
            let names = one.names().into_iter().map(str::to_owned).collect();
            return Ok(Self::Same { pointer: pointer.to_owned(), names });
        }
        Ok(Self::Text(Box::new(Text::new(text, &parsed, pointer, limits)?)))
    }

    /// Whether it reads what steps answered.
    pub(in crate::app) fn reads_outputs(&self) -> bool {
        let is_outputs = |names: &[String]| names.first().is_some_and(|name| name == "outputs");
        match self {
            Self::Plain(_) => false,
            Self::Same { names, .. } => is_outputs(names),
            Self::Text(text) => text.reads_all || text.reads.iter().any(|(names, _)| is_outputs(names)),
            Self::List(items) => items.iter().any(Self::reads_outputs),
            Self::Object(items) => items.iter().any(|(_, item)| item.reads_outputs()),
        }
    }

    /// Makes the value of what there is to read.
    ///
    /// # Errors
    /// Every value that reads what is missing, or cannot be made.
    pub(in crate::app) fn value(&self, scope: &Map<String, Value>) -> Result<Value, Vec<Unmapped>> {
        let mut wrong = Vec::new();
        let value = self.make(scope, &mut wrong);
        if wrong.is_empty() { Ok(value) } else { Err(wrong) }
    }

    fn make(&self, scope: &Map<String, Value>, wrong: &mut Vec<Unmapped>) -> Value {
        match self {
            Self::Plain(value) => value.clone(),
            Self::Same { pointer, names } => found(scope, names).unwrap_or_else(|| {
                wrong.push(unmapped(pointer, missing(names)));
                Value::Null
            }),
            Self::Text(text) => match text.render(&text.read(scope)) {
                Ok(text) => text.into(),
                Err(error) => {
                    wrong.push(error);
                    Value::Null
                }
            },
            Self::List(items) => items.iter().map(|item| item.make(scope, wrong)).collect(),
            Self::Object(items) => items.iter().map(|(name, item)| (name.clone(), item.make(scope, wrong))).collect(),
        }
    }

    /// Whether it makes anything but white space. What is missing is nothing here, and so are `false`, and a list with
    /// nothing in it, where they are the one value that is asked for.
    ///
    /// # Errors
    /// Where it cannot be made for another reason.
    pub(in crate::app) fn holds(&self, scope: &Map<String, Value>) -> Result<bool, Unmapped> {
        match self {
            Self::Plain(Value::String(text)) => Ok(!text.trim().is_empty()),
            Self::Same { names, .. } => Ok(match found(scope, names) {
                None | Some(Value::Null | Value::Bool(false)) => false,
                Some(Value::String(text)) => !text.trim().is_empty(),
                Some(Value::Array(items)) => !items.is_empty(),
                Some(_) => true,
            }),
            Self::Text(text) => {
                let mut scope = text.read(scope);
                for (names, _) in text.reads.iter().filter(|(_, used)| *used == Use::Output) {
                    fill(&mut scope, names);
                }
                Ok(!text.render(&scope)?.trim().is_empty())
            }
            _ => Ok(true),
        }
    }
}

impl Text {
    fn new(text: &str, parsed: &Parsed, pointer: &str, limits: &Limits) -> Result<Self, Unmapped> {
        if let Some(marker) = parsed.markers.first() {
            let what = format!("`{}` makes messages, and a workflow passes on values", marker.helper);
            return Err(unmapped(pointer, what));
        }
        let turn = Turn::Message { role: Speaker::User, content: text.into() };
        let version = Version { messages: vec![turn], ..Version::default() };
        let compiled = template::Compiled::new(&version, |_| None, limits);
        let reads = parsed.variables.iter().map(|one| (one.names().into_iter().map(str::to_owned).collect(), one.used));
        Ok(Self {
            pointer: pointer.to_owned(),
            compiled: compiled.map_err(|error| unmapped(pointer, error.to_string()))?,
            reads: reads.collect(),
            reads_all: parsed.whole_input,
        })
    }

    /// What it reads of all there is: a text that names one field is not given a copy of everything.
    fn read(&self, scope: &Map<String, Value>) -> Map<String, Value> {
        if self.reads_all || self.reads.iter().any(|(names, _)| names.len() < 2) {
            return scope.clone();
        }
        let mut read = Map::new();
        for (root, inner) in scope {
            let Value::Object(inner) = inner else {
                read.insert(root.clone(), inner.clone());
                continue;
            };
            let wanted = self.reads.iter().filter(|(names, _)| names.first() == Some(root));
            let wanted = wanted.filter_map(|(names, _)| names.get(1));
            let kept: Map<_, _> = wanted.filter_map(|name| Some((name.clone(), inner.get(name)?.clone()))).collect();
            read.insert(root.clone(), kept.into());
        }
        read
    }

    fn render(&self, scope: &Map<String, Value>) -> Result<String, Unmapped> {
        let rendered = self.compiled.render(scope, &BTreeMap::new(), &Map::new());
        let mut messages = rendered.map_err(|error| {
            // Where in the text it is matters less than where in the file.
            let message = match &error {
                template::Error::Missing { path, .. } => format!("`{path}` has no value"),
                other => other.to_string(),
            };
            unmapped(&self.pointer, message)
        })?;
        match messages.pop().map(|message| message.content) {
            None => Ok(String::new()),
            Some(Content::Text(text)) => Ok(text),
            Some(Content::Parts(_)) => Err(unmapped(&self.pointer, "it makes no text".to_owned())),
        }
    }
}

fn unmapped(pointer: &str, message: String) -> Unmapped {
    Unmapped { pointer: pointer.to_owned(), message }
}

fn missing(names: &[String]) -> String {
    format!("`{}` has no value", names.join("."))
}

/// The value at the end of a path.
fn found(scope: &Map<String, Value>, names: &[String]) -> Option<Value> {
    let (first, rest) = names.split_first()?;
    let mut at = scope.get(first)?;
    for (place, name) in rest.iter().enumerate() {
        at = match at {
            Value::Object(map) => map.get(name)?,
            Value::Array(items) if name == "length" && place + 1 == rest.len() => return Some(items.len().into()),
            Value::String(text) if name == "length" && place + 1 == rest.len() => {
                return Some(text.encode_utf16().count().into());
            }
            Value::Array(items) => items.get(name.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(at.clone())
}

/// Puts an empty text where a path leads to nothing.
fn fill(scope: &mut Map<String, Value>, names: &[String]) {
    if found(scope, names).is_some_and(|value| !value.is_null()) {
        return;
    }
    let Some((last, way)) = names.split_last() else { return };
    let mut at = scope;
    for name in way {
        let next = at.entry(name.clone()).or_insert_with(|| Value::Object(Map::new()));
        if !next.is_object() {
            *next = Value::Object(Map::new());
        }
        let Value::Object(inner) = next else { return };
        at = inner;
    }
    at.insert(last.clone(), Value::String(String::new()));
}
