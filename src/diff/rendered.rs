//! Both versions rendered with the same inputs, and what of it differs.

use super::{
    messages::{Change, MessageDiff, Said, messages},
    version::{Side, Tokens},
};
use crate::{
    domain::{Test, Version},
    schema, template,
};
use serde::Serialize;
use serde_json::{Map, Value};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// How long all renderings of two versions may take together; the rest is left out.
const TIME: Duration = Duration::from_secs(5);

/// Both versions rendered with one test input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RenderedDiff {
    /// The name of the test whose input it is.
    pub test: String,
    /// Whether the test is the new version's; else the old one's.
    pub is_new: bool,
    /// Why the old version cannot be rendered with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault_from: Option<String>,
    /// Why the new version cannot be rendered with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault_to: Option<String>,
    /// An estimate of the tokens of what was rendered.
    pub tokens: Tokens,
    /// What was rendered, word by word; empty where one of them could not be.
    pub messages: Vec<MessageDiff>,
}

impl RenderedDiff {
    /// Whether both were rendered to the same.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.fault_from.is_none()
            && self.fault_to.is_none()
            && self.messages.iter().all(|message| message.change == Change::Same)
    }
}

/// A version that was made ready for rendering.
struct Ready {
    template: Result<template::Compiled, String>,
    input: Option<Result<schema::Compiled, Vec<schema::Fault>>>,
}

/// Renders both versions with the new one's test inputs, and with those of the old one whose names are gone.
pub(super) fn rendered(old: &Side<'_>, new: &Side<'_>, inputs: usize) -> Vec<RenderedDiff> {
    let tests = tests(old.version, new.version);
    if tests.is_empty() || inputs == 0 {
        return Vec::new();
    }
    let since = Instant::now();
    let (before, after) = (ready(old), ready(new));
    let mut found = Vec::new();
    for (test, is_new) in tests.into_iter().take(inputs) {
        if since.elapsed() > TIME {
            break;
        }
        found.push(one(test, is_new, before.render(&test.input), after.render(&test.input)));
    }
    found
}

fn tests<'a>(old: &'a Version, new: &'a Version) -> Vec<(&'a Test, bool)> {
    let own = new.tests.iter().map(|test| (test, true));
    let gone = old.tests.iter().filter(|test| new.tests.iter().all(|other| other.name != test.name));
    own.chain(gone.map(|test| (test, false))).collect()
}

fn one(test: &Test, is_new: bool, before: Result<Vec<Said>, String>, after: Result<Vec<Said>, String>) -> RenderedDiff {
    let tokens = Tokens { from: estimate(&before), to: estimate(&after) };
    let (test, none) = (test.name.clone(), Vec::new());
    match (before, after) {
        (Ok(before), Ok(after)) => {
            let messages = messages(&before, &after);
            RenderedDiff { test, is_new, fault_from: None, fault_to: None, tokens, messages }
        }
        (before, after) => {
            RenderedDiff { test, is_new, fault_from: before.err(), fault_to: after.err(), tokens, messages: none }
        }
    }
}

fn estimate(rendered: &Result<Vec<Said>, String>) -> usize {
    rendered.iter().flatten().map(|said| said.tokens()).sum()
}

fn ready(side: &Side<'_>) -> Ready {
    let limits = side.registry.settings.as_deref().map(|settings| settings.limits).unwrap_or_default();
    let find = |pin: &_| side.registry.pinned(pin).map(|version| &**version);
    Ready {
        template: template::Compiled::new(side.version, find, &limits).map_err(|error| error.to_string()),
        input: side.version.input_schema.as_deref().map(schema::Compiled::new),
    }
}

impl Ready {
    fn render(&self, input: &Map<String, Value>) -> Result<Vec<Said>, String> {
        let template = self.template.as_ref().map_err(String::clone)?;
        let input = self.fit(input)?;
        let rendered = template.render(&input, &BTreeMap::new(), &Map::new()).map_err(|error| error.to_string())?;
        Ok(rendered.iter().map(Said::from).collect())
    }

    /// The input with the defaults filled in, or the first reason why it does not fit.
    fn fit(&self, input: &Map<String, Value>) -> Result<Map<String, Value>, String> {
        let first = |faults: &[schema::Fault]| {
            let place = |pointer: &str| if pointer.is_empty() { String::new() } else { format!("{pointer}: ") };
            faults.first().map(|fault| place(&fault.pointer) + &fault.message).unwrap_or_default()
        };
        match &self.input {
            None => Ok(input.clone()),
            Some(Err(faults)) => Err(format!("the input_schema is broken: {}", first(faults))),
            Some(Ok(schema)) => {
                let input = schema.with_defaults(input);
                let faults = schema.faults(&Value::Object(input.clone()));
                if faults.is_empty() { Ok(input) } else { Err(format!("the input does not fit: {}", first(&faults))) }
            }
        }
    }
}
