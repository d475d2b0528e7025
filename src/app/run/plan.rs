//! Plans: all that a run pins when it begins, so that nothing that is approved meanwhile changes it.

use crate::{
    app::{Current, Error, Query},
    domain::{
        Digest, Hook, HookName, Limits, ModelName, ModelProfile, PromptName, Semver, Workflow, WorkflowName,
        WorkflowStatus,
    },
    model,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, sync::Arc};

/// How long a call may take, and how often it is tried again, where the step does not say.
const TIMEOUT_SECONDS: u32 = 120;
const RETRIES: u32 = 2;

/// What a run begins with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunPlan {
    /// The workflow.
    pub workflow: WorkflowName,
    /// A JSON Schema of the input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_schema: Option<Value>,
    /// The steps in their order.
    pub steps: Vec<PlannedStep>,
    /// The result, as templates.
    pub output: Map<String, Value>,
    /// Where the result is delivered.
    pub hooks: BTreeMap<HookName, Arc<Hook>>,
    /// The bounds of templates.
    pub limits: Limits,
}

/// A step with all that its names meant when the run began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedStep {
    /// Its id in the workflow.
    pub id: String,
    /// The prompt.
    pub prompt: PromptName,
    /// The version of it.
    pub version: Semver,
    /// The digest of that, by which its content is known again.
    pub digest: Digest,
    /// The profiles to try in turn; where a key is found, never the key.
    pub models: Vec<(ModelName, Arc<ModelProfile>)>,
    /// The input, as templates.
    pub input_mapping: Map<String, Value>,
    /// Under which key later steps read the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_key: Option<String>,
    /// How long the call may take.
    pub timeout_seconds: u32,
    /// How often a failed call is tried again.
    pub retries: u32,
    /// The step runs only where this renders to something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

/// Plans a run of a published workflow as it is served now; one that `is_dry` may be of any workflow, in any state.
///
/// # Errors
/// Where there is no such workflow, it is not published, or a step leads to no version or to no model.
pub(super) fn plan(
    current: &Current,
    name: &WorkflowName,
    default: Option<&ModelName>,
    is_dry: bool,
) -> Result<RunPlan, Error> {
    let missing = || Error::Missing { what: "workflow", name: name.to_string() };
    let workflow = current.registry.workflows.get(name).ok_or_else(missing)?;
    if !is_dry && (workflow.status != WorkflowStatus::Published || !current.is_live()) {
        let why = "it is not published: only workflows with `status: published` on the default branch run".to_owned();
        return Err(Error::Workflow { workflow: name.clone(), why });
    }
    let settings = current.registry.settings.as_deref();
    let due = |hook: &Hook| hook.workflow.as_ref().is_none_or(|of| of == name);
    let hooks = current.registry.hooks.iter().filter(|(_, hook)| due(hook));
    Ok(RunPlan {
        workflow: name.clone(),
        input_schema: workflow.input_schema.clone(),
        steps: steps(current, (name, workflow), default, is_dry)?,
        output: workflow.output.clone(),
        hooks: hooks.map(|(name, hook)| (name.clone(), Arc::clone(hook))).collect(),
        limits: settings.map(|settings| settings.limits).unwrap_or_default(),
    })
}

fn steps(
    current: &Current,
    (name, workflow): (&WorkflowName, &Workflow),
    default: Option<&ModelName>,
    is_dry: bool,
) -> Result<Vec<PlannedStep>, Error> {
    let planned = workflow.steps.iter().map(|step| {
        let wrong = |why: String| Error::Workflow { workflow: name.clone(), why: format!("step `{}`: {why}", step.id) };
        let (folder, number, _) =
            current.find(&Query::from(step.prompt.clone())).map_err(|error| wrong(error.to_string()))?;
        let gone = || wrong(format!("{}@{number} is not served", folder.name));
        let served = current.served(&folder.name, &number).filter(|served| is_dry || !served.draft).ok_or_else(gone)?;
        let version = folder.versions.get(&number).ok_or_else(gone)?;
        let profile = step.model.as_ref().or(version.model.as_ref()).or(default).ok_or_else(|| {
            wrong("no model is named: give the step or the version a `model`, or the server a default_model".to_owned())
        })?;
        let models = model::in_turn(&current.registry.models, profile);
        if models.is_empty() {
            return Err(wrong(format!("there is no model profile `{profile}`")));
        }
        Ok(PlannedStep {
            id: step.id.clone(),
            prompt: folder.name.clone(),
            digest: served.digest,
            version: number,
            models,
            input_mapping: step.input_mapping.clone(),
            output_key: step.output_key.clone(),
            timeout_seconds: step.timeout_seconds.unwrap_or(TIMEOUT_SECONDS),
            retries: step.retries.unwrap_or(RETRIES),
            when: step.when.clone(),
        })
    });
    planned.collect()
}
