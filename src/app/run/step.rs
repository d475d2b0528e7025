//! One step: what it is rendered from, what the model is asked, and what its answer is worth.

use super::{
    fault::RunFault,
    model::{Answered, Asked, Model, NoAnswer},
    ready::Ready,
};
use crate::{
    app::{Current, Error, program::Program},
    domain::{Message, Version, VersionState},
    schema, store,
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// The most bytes of an answer.
const ANSWER_BYTES: usize = 1 << 20;

/// What is there for a step when its turn comes.
#[derive(Debug)]
pub(super) enum Prepared {
    /// It does not run, since its `when` is nothing.
    Skipped,
    /// This is asked.
    Asking(Box<Asking>),
    /// The version is not known here yet: somebody else has seen more of the repository.
    Unknown,
}

/// What a model is asked.
#[derive(Debug)]
pub(super) struct Asking {
    /// The input of the prompt, with its defaults.
    pub input: Map<String, Value>,
    /// The rendered messages.
    pub messages: Vec<Message>,
    version: Arc<Version>,
}

/// Makes ready what a step asks. Takes as long as rendering takes.
///
/// # Errors
/// Where its input cannot be made or does not fit, or the version cannot be rendered or was revoked.
pub(super) fn prepare(
    current: &Current,
    ready: &Ready,
    place: usize,
    scope: &Map<String, Value>,
) -> Result<Prepared, RunFault> {
    let (Some(step), Some(made)) = (ready.plan.steps.get(place), ready.steps.get(place)) else {
        return Err(RunFault::new("there is no such step"));
    };
    if let Some(when) = &made.when {
        let holds = when.holds(scope).map_err(|one| RunFault::unmapped("`when`", vec![one]))?;
        if !holds {
            return Ok(Prepared::Skipped);
        }
    }
    let folder = current.registry.prompts.get(&step.prompt);
    let Some((folder, version)) = folder.and_then(|folder| Some((folder, folder.versions.get(&step.version)?))) else {
        return Ok(Prepared::Unknown);
    };
    let name = || format!("{}@{}", step.prompt, step.version);
    if let (VersionState::Revoked, reason) = folder.prompt.state(&step.version) {
        return Err(RunFault::new(format!("{} was revoked: {}", name(), reason.unwrap_or_default())));
    }
    let digest = folder.digests.get(&step.version).copied().unwrap_or_else(|| current.registry.digest(version));
    if digest != step.digest {
        return Err(RunFault::new(format!("{} is not what it was when the run began", name())));
    }
    let input = match made.input.value(scope).map_err(|all| RunFault::unmapped("the input", all))? {
        Value::Object(input) => input,
        _ => Map::new(),
    };
    let compile = || Program::new(&current.registry, version).map(Arc::new).map_err(Box::new);
    let program = match current.served(&step.prompt, &step.version) {
        Some(served) => served.program.get_or_init(compile).clone(),
        None => compile(),
    };
    let broken = |error: &dyn std::fmt::Display| RunFault::new(format!("{} cannot be rendered: {error}", name()));
    let program = program.map_err(|error| broken(&error))?;
    let input = program.fit(input).map_err(|error| match error {
        Error::Input(faults) => {
            RunFault::unfit(format!("the input does not fit the input_schema of {}", name()), &faults)
        }
        error => broken(&error),
    })?;
    let messages = program.template.render(&input, &BTreeMap::new(), &Map::new()).map_err(|error| broken(&error))?;
    Ok(Prepared::Asking(Box::new(Asking { input, messages, version: Arc::clone(version) })))
}

/// Asks the model, for as long as it may take.
pub(super) async fn ask(
    model: &dyn Model,
    ready: &Ready,
    place: usize,
    asking: &Asking,
    most: Duration,
) -> Result<Answered, Box<NoAnswer>> {
    let Some(step) = ready.plan.steps.get(place) else { return Err(Box::default()) };
    let deadline = Duration::from_secs(step.timeout_seconds.into()).min(most);
    let asked = Asked {
        models: &step.models,
        messages: &asking.messages,
        tools: &asking.version.tools,
        parameters: &asking.version.parameters,
        output_schema: asking.version.output_schema.as_deref(),
        deadline,
        retries: step.retries,
    };
    // Whoever calls models keeps to the deadline; this is for one that does not.
    match tokio::time::timeout(deadline + GRACE, model.call(asked)).await {
        Ok(answered) => answered,
        Err(_) => Err(Box::new(NoAnswer {
            is_timeout: true,
            message: "there was no answer in time".to_owned(),
            latency_ms: u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX),
            ..NoAnswer::default()
        })),
    }
}

/// How much longer than its deadline a call is left alone.
const GRACE: Duration = Duration::from_secs(1);

/// What an answer is to the steps after it: JSON where the version has an `output_schema`, else its text, and an object of
/// both where the model wants to have tools called.
///
/// # Errors
/// Where it does not fit the schema, or is too long.
pub(super) fn value_of(ready: &Ready, place: usize, asking: &Asking, answered: &Answered) -> Result<Value, RunFault> {
    let name = ready.plan.steps.get(place).map(|step| format!("{}@{}", step.prompt, step.version)).unwrap_or_default();
    if answered.text.len() > ANSWER_BYTES {
        return Err(RunFault::new(format!("the answer is longer than {ANSWER_BYTES} bytes")));
    }
    if !answered.tool_calls.is_empty() {
        return Ok(store::storable(json!({"text": answered.text, "tool_calls": answered.tool_calls})));
    }
    let compile = |made: &super::ready::ReadyStep| {
        let schema = asking.version.output_schema.as_deref();
        made.answer.get_or_init(|| schema.and_then(|schema| schema::Compiled::new(schema).ok().map(Arc::new))).clone()
    };
    let Some(schema) = ready.steps.get(place).and_then(compile) else {
        return Ok(store::storable(answered.text.as_str().into()));
    };
    let unfit = || format!("the answer does not fit the output_schema of {name}");
    let value = match &answered.output {
        Some(value) => value.clone(),
        None => serde_json::from_str(&answered.text)
            .map_err(|error| RunFault { detail: Some(format!("it is no JSON: {error}")), ..RunFault::new(unfit()) })?,
    };
    let faults = schema.faults(&value);
    if faults.is_empty() { Ok(store::storable(value)) } else { Err(RunFault::unfit(unfit(), &faults)) }
}
