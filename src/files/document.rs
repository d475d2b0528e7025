//! A document: one file of the registry, read to what it says and what is wrong with it.

use super::{
    comment, mend, place, registry_toml,
    tree::{Fault, Found, Tree},
    yaml,
};
use crate::{
    domain::{
        ClientConfig, Collection, Hook, Kind, Level, Limits, Location, ModelProfile, Policy, Prompt, Role, Settings,
        Span, Tag, TagName, User, Version, Workflow,
    },
    schema,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// What one file says.
#[derive(Debug, Clone, PartialEq)]
pub enum Entity {
    /// `registry.toml`.
    Registry(Arc<Settings>),
    /// `tags.yaml`.
    Tags(Arc<BTreeMap<TagName, Tag>>),
    /// `collection.yaml`.
    Collection(Arc<Collection>),
    /// `prompt.yaml`.
    Prompt(Arc<Prompt>),
    /// `<semver>.yaml`.
    Version(Arc<Version>),
    /// `workflows/<name>.yaml`.
    Workflow(Arc<Workflow>),
    /// `models/<name>.yaml`.
    Model(Arc<ModelProfile>),
    /// `hooks/<name>.yaml`.
    Hook(Arc<Hook>),
    /// `clients/<name>.yaml`.
    Client(Arc<ClientConfig>),
    /// `users/<handle>.yaml`.
    User(Arc<User>),
    /// `roles/<name>.yaml`.
    Role(Arc<Role>),
    /// `policies/<name>.yaml`.
    Policy(Arc<Policy>),
}

/// One file of the registry.
#[derive(Debug, Clone)]
pub struct Document {
    /// The path from the registry's root.
    pub path: Arc<str>,
    /// What the path holds.
    pub location: Location,
    /// The text; empty where the bytes were none.
    pub text: Arc<str>,
    /// What it says; `None` where it is broken, or was not looked into.
    pub entity: Option<Entity>,
    /// What is wrong with its YAML and its shape.
    pub faults: Vec<Fault>,
}

impl Document {
    /// Reads the bytes of a file. Never fails: what is wrong is in `faults`.
    #[must_use]
    pub fn read(path: &Arc<str>, location: Location, bytes: &[u8], limits: &Limits) -> Self {
        if bytes.len() > limits.file_bytes {
            let (has, limit) = (bytes.len(), limits.file_bytes);
            let why = format!("the file has {has} bytes, more than the limit of {limit}");
            return Self::unreadable(path, location, why);
        }
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let line = 1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
                return Self::unreadable(
                    path,
                    location,
                    format!("the file is not UTF-8: line {line} holds other bytes"),
                );
            }
        };
        let kind = location.kind();
        let mut tree = parse(kind, text, limits);
        let value = tree.value.take();
        let mut faults = std::mem::take(&mut tree.faults);
        if value.is_none() && !faults.iter().any(|fault| fault.level == Level::Error) {
            let help = format!("write the {kind}, or delete the file: it is held back like this");
            faults.push(Fault::error(Span::default(), "this file says nothing").help(help));
        }
        let value = value.filter(|value| judge_shape(kind, text, value, &tree, &mut faults));
        let broken = faults.iter().any(|fault| fault.level == Level::Error);
        let entity = value.filter(|_| !broken).and_then(|value| match decode(kind, value) {
            Ok(entity) => Some(entity),
            Err(message) => {
                faults.push(Fault::error(Span::default(), message));
                None
            }
        });
        Self { path: Arc::clone(path), location, text: text.into(), entity, faults }
    }

    /// A file whose bytes could not be had.
    #[must_use]
    pub fn unreadable(path: &Arc<str>, location: Location, why: String) -> Self {
        let faults = vec![Fault::error(Span::default(), why)];
        Self { path: Arc::clone(path), location, text: Arc::default(), entity: None, faults }
    }

    /// A file that lies there and is not looked into: nothing is known of it, nothing is wrong with it.
    #[must_use]
    pub fn unread(path: &Arc<str>, location: Location) -> Self {
        Self { path: Arc::clone(path), location, text: Arc::default(), entity: None, faults: Vec::new() }
    }

    /// The same content at another place: its prompt moved.
    #[must_use]
    pub fn at(&self, location: Location) -> Self {
        Self { path: location.to_string().into(), location, ..self.clone() }
    }

    /// Where the part at a JSON pointer stands.
    ///
    /// The text is read again for this: places are asked for where something is wrong, which is seldom.
    #[must_use]
    pub fn find(&self, pointer: &str) -> Found {
        self.places().find(pointer)
    }

    /// Where bytes of the text at a JSON pointer stand. The text is read again for this.
    #[must_use]
    pub fn find_within(&self, pointer: &str, within: Span) -> Span {
        self.places().find_within(pointer, within)
    }

    /// Where everything stands, for who has many questions: the text is read again once.
    #[must_use]
    pub fn places(&self) -> Places {
        let limits = Limits { yaml_nodes: usize::MAX, ..Limits::default() };
        Places { tree: parse(self.location.kind(), &self.text, &limits), text: Arc::clone(&self.text) }
    }

    /// The comments in order, each from its `#` to the end of its line; a `#` within a text is none.
    #[must_use]
    pub fn comments(&self) -> Vec<Span> {
        comment::comments(self.location.kind(), &self.text)
    }
}

/// Where everything in a document stands.
#[derive(Debug, Clone)]
pub struct Places {
    tree: Tree,
    text: Arc<str>,
}

impl Places {
    /// Where the part at a JSON pointer stands, or the nearest part above it that there is.
    #[must_use]
    pub fn find(&self, pointer: &str) -> Found {
        self.tree.spans.find(self.tree.value.as_ref().unwrap_or(&Value::Null), pointer)
    }

    /// Where bytes of the text at a JSON pointer stand; the whole of it where that cannot be told.
    #[must_use]
    pub fn find_within(&self, pointer: &str, within: Span) -> Span {
        let found = self.find(pointer).value;
        match self.tree.value.as_ref().and_then(|value| value.pointer(pointer)).and_then(Value::as_str) {
            Some(decoded) => place::within(&self.text, found, decoded, within),
            None => found,
        }
    }
}

fn parse(kind: Kind, text: &str, limits: &Limits) -> Tree {
    if kind == Kind::Registry { registry_toml::parse(text) } else { yaml::parse(text, limits) }
}

/// The most faults of shape of one file that are placed: to find a key takes the longer the more keys there are.
const MOST_FAULTS: usize = 128;

/// Adds what the schema of this kind says; answers whether the value fits it.
fn judge_shape(kind: Kind, text: &str, value: &Value, tree: &Tree, faults: &mut Vec<Fault>) -> bool {
    let found = schema::faults(kind, value);
    let fits = found.is_empty();
    for fault in found.into_iter().take(MOST_FAULTS) {
        let place = tree.spans.find(value, &fault.pointer);
        let span = match fault.about {
            schema::About::Key => place.key.unwrap_or(place.value),
            schema::About::Value => place.value,
        };
        let fix = fault.repair.and_then(|repair| mend::fix(text, span, &repair));
        faults.push(Fault { span, level: Level::Error, message: fault.message, help: fault.help, fix });
    }
    fits
}

fn decode(kind: Kind, value: Value) -> Result<Entity, String> {
    fn to<T: DeserializeOwned>(value: Value) -> Result<Arc<T>, String> {
        serde_json::from_value(value).map(Arc::new).map_err(|error| error.to_string())
    }
    Ok(match kind {
        Kind::Registry => Entity::Registry(to(value)?),
        Kind::Tags => Entity::Tags(to(value)?),
        Kind::Collection => Entity::Collection(to(value)?),
        Kind::Prompt => Entity::Prompt(to(value)?),
        Kind::Version => Entity::Version(to(value)?),
        Kind::Workflow => Entity::Workflow(to(value)?),
        Kind::Model => Entity::Model(to(value)?),
        Kind::Hook => Entity::Hook(to(value)?),
        Kind::Client => Entity::Client(to(value)?),
        Kind::User => Entity::User(to(value)?),
        Kind::Role => Entity::Role(to(value)?),
        Kind::Policy => Entity::Policy(to(value)?),
    })
}
