//! Dry runs: all of a run that can be known before any model is asked.

use super::{
    mapping::Mapping,
    plan::PlannedStep,
    ready::Ready,
    start::fit,
    step::{Prepared, prepare},
};
use crate::{
    app::{Current, Error},
    domain::{Message, ModelName, PromptName, Semver, WorkflowName},
};
use serde::Serialize;
use serde_json::{Map, Value};

/// What a run would do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DryRun {
    /// The workflow.
    pub workflow: WorkflowName,
    /// The input, with its defaults.
    pub input: Map<String, Value>,
    /// The steps in their order.
    pub steps: Vec<DryStep>,
}

/// What a step would do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DryStep {
    /// Its id in the workflow.
    pub id: String,
    /// The prompt.
    pub prompt: PromptName,
    /// The version of it.
    pub version: Semver,
    /// The model profiles that would be tried, in turn.
    pub models: Vec<ModelName>,
    /// Whether it would be asked, as far as that can be known.
    pub state: DryState,
    /// The messages, where they can be rendered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages: Option<Vec<Message>>,
    /// What is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What is known of a step before any model was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DryState {
    /// It would be asked this.
    Rendered,
    /// It depends on what earlier steps answer.
    Depends,
    /// Its `when` is nothing.
    Skipped,
    /// It would fail.
    Failed,
}

impl Current {
    /// Says what a run would do, of a workflow that need not be published, and asks nobody. Takes as long as rendering takes.
    ///
    /// # Errors
    /// Where the workflow cannot run, or the input does not fit.
    pub fn dry_run(
        &self,
        name: &WorkflowName,
        input: Map<String, Value>,
        default_model: Option<&ModelName>,
    ) -> Result<DryRun, Error> {
        let ready = Ready::new(super::plan::plan(self, name, default_model, true)?)?;
        let input = fit(&ready, input)?;
        let scope = Map::from_iter([
            ("input".to_owned(), input.clone().into()),
            ("outputs".to_owned(), Value::Object(Map::new())),
        ]);
        let steps = ready.plan.steps.iter().zip(&ready.steps).enumerate().map(|(place, (step, made))| {
            let step = DryStep::new(step);
            if made.when.iter().chain([&made.input]).any(Mapping::reads_outputs) {
                return step;
            }
            match prepare(self, &ready, place, &scope) {
                Ok(Prepared::Asking(asking)) => {
                    DryStep { state: DryState::Rendered, messages: Some(asking.messages), ..step }
                }
                Ok(Prepared::Skipped) => DryStep { state: DryState::Skipped, ..step },
                Ok(Prepared::Unknown) => step,
                Err(fault) => DryStep { state: DryState::Failed, error: Some(fault.line()), ..step },
            }
        });
        Ok(DryRun { workflow: name.clone(), steps: steps.collect(), input })
    }
}

impl DryStep {
    fn new(step: &PlannedStep) -> Self {
        Self {
            id: step.id.clone(),
            prompt: step.prompt.clone(),
            version: step.version.clone(),
            models: step.models.iter().map(|(name, _)| name.clone()).collect(),
            state: DryState::Depends,
            messages: None,
            error: None,
        }
    }
}
