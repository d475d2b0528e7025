//! Who gives what to whom: a step to the versions that its selector leads to, a trigger to its workflow.

use super::field::{is_open, takes_more};
use crate::{
    domain::{Selector, Semver, TriggerKind, Version, Which, Workflow},
    files::Document,
    lint::context::Context,
};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The most versions that one selector is judged by; a split is between few.
const TAKERS: usize = 16;

/// What a step or a trigger gives.
#[derive(Debug)]
pub(in crate::lint) struct Given<'a> {
    /// Who gives, for people.
    pub(in crate::lint) who: String,
    /// The key under which values are given.
    pub(in crate::lint) key: &'static str,
    /// The JSON pointer of the values.
    pub(in crate::lint) pointer: String,
    /// The JSON pointer of what names the taker, for where nothing is given.
    pub(in crate::lint) instead: String,
    /// The values by name.
    pub(in crate::lint) values: &'a Map<String, Value>,
    /// Whether braces in a text are templates.
    pub(in crate::lint) is_template: bool,
    /// The place of the step that gives; `None` for a trigger.
    pub(in crate::lint) step: Option<usize>,
    /// Who takes it: each of them may.
    pub(in crate::lint) takers: Vec<Taker<'a>>,
}

/// Who takes what is given.
#[derive(Debug, Clone)]
pub(in crate::lint) struct Taker<'a> {
    /// Its name, for people.
    pub(in crate::lint) name: String,
    /// The file in which it says what it takes.
    pub(in crate::lint) document: &'a Document,
    /// A JSON Schema of what it takes.
    pub(in crate::lint) schema: Option<&'a Value>,
    /// The version, where it is one.
    pub(in crate::lint) version: Option<&'a Version>,
}

impl<'a> Taker<'a> {
    /// The names that it declares, as far as a list of properties shows.
    pub(in crate::lint) fn names(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let properties = self.schema.and_then(|schema| schema["properties"].as_object());
        properties.into_iter().flat_map(|properties| properties.keys().map(String::as_str))
    }

    /// Whether it may take a value of this name: it lists it, or says more than a list shows.
    pub(in crate::lint) fn declares(&self, name: &str) -> bool {
        let Some(schema) = self.schema else { return false };
        is_open(schema)
            || takes_more(schema)
            || schema["properties"].as_object().is_some_and(|properties| properties.contains_key(name))
    }
}

/// All that is given in a workflow. A webhook without a mapping gives what the request holds, which nobody knows.
pub(in crate::lint) fn givens<'a>(
    context: &Context<'a>,
    document: &'a Document,
    workflow: &'a Workflow,
) -> impl Iterator<Item = Given<'a>> {
    let triggers = workflow.triggers.iter().enumerate().filter_map(move |(i, trigger)| {
        let (key, values, is_template) = match &trigger.kind {
            TriggerKind::Manual => return None,
            TriggerKind::Schedule { input, .. } => ("input", input, false),
            TriggerKind::Webhook { input_mapping, .. } if input_mapping.is_empty() => return None,
            TriggerKind::Webhook { input_mapping, .. } => ("input_mapping", input_mapping, true),
        };
        let schema = workflow.input_schema.as_ref()?;
        let taker = Taker { name: "the workflow".to_owned(), document, schema: Some(schema), version: None };
        Some(Given {
            who: format!("the trigger `{}`", trigger.id),
            key,
            pointer: format!("/triggers/{i}/{key}"),
            instead: format!("/triggers/{i}/id"),
            values,
            is_template,
            step: None,
            takers: vec![taker],
        })
    });
    let steps = workflow.steps.iter().enumerate().map(move |(i, step)| Given {
        who: format!("the step `{}`", step.id),
        key: "input_mapping",
        pointer: format!("/steps/{i}/input_mapping"),
        instead: format!("/steps/{i}/prompt"),
        values: &step.input_mapping,
        is_template: true,
        step: Some(i),
        takers: takers(context, &step.prompt),
    });
    triggers.chain(steps)
}

/// The versions that a selector may lead to now: of a label, those that its variant hands out too.
///
/// None where it leads nowhere, which is a complaint of its own.
pub(in crate::lint) fn takers<'a>(context: &Context<'a>, selector: &Selector) -> Vec<Taker<'a>> {
    let Some(folder) = context.registry().prompts.get(&selector.name) else { return Vec::new() };
    let label = match &selector.which {
        Which::Default => Some(context.registry().default_label()),
        Which::Label(label) => Some(label.clone()),
        _ => None,
    };
    let mut numbers: BTreeSet<&Semver> = BTreeSet::new();
    match label {
        Some(label) => {
            numbers.extend(folder.prompt.labels.get(&label));
            let variant = folder.prompt.variants.get(&label);
            numbers.extend(variant.iter().flat_map(|variant| variant.split.keys()));
            numbers.extend(variant.iter().flat_map(|variant| variant.overrides.iter().map(|own| &own.version)));
        }
        None => numbers.extend(context.registry().resolve(selector).ok().map(|found| found.number)),
    }
    let taker = |number: &Semver| {
        let version: &'a Version = folder.versions.get(number)?;
        Some(Taker {
            name: format!("`{}` {number}", selector.name),
            document: context.version_file(&selector.name, number)?,
            schema: version.input_schema.as_deref(),
            version: Some(version),
        })
    };
    numbers.into_iter().rev().filter_map(taker).take(TAKERS).collect()
}
