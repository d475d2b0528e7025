//! Runs and their steps as they are told.

use super::{fault::RunFault, ready::Ready, runner::Runner};
use crate::{
    app::{
        App, Error, Page,
        records::{after, cut, tenant},
    },
    domain::{Handle, Kind, Registry, RunStatus, StepStatus, TriggerType, WorkflowName, harmless, id},
    store::{Run, RunQuestion, RunStep, plans_of, run_of, runs, steps_of},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

/// Which runs are asked for.
#[derive(Debug, Clone, Default)]
pub struct RunsAsked {
    /// Those of this workflow.
    pub workflow: Option<WorkflowName>,
    /// Those that are there.
    pub status: Option<RunStatus>,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// The most of them.
    pub limit: usize,
}

/// A run. What is not known, not there yet or not for the caller is left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunItem {
    /// Its id.
    pub id: Uuid,
    /// The workflow's name.
    pub workflow: String,
    /// Where it is.
    pub status: RunStatus,
    /// The commit that was served when it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// What started it.
    pub trigger_type: TriggerType,
    /// Which trigger of the workflow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
    /// The handle of who started it; their id where the registry does not have them any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// What went in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Value>,
    /// What came out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<RunFault>,
    /// The steps that have ended, in their order; only of one run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<Vec<StepItem>>,
    /// When it was wanted.
    pub created_at: Timestamp,
    /// When it was taken up first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
}

/// A step that has ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepItem {
    /// Its id in the workflow.
    pub id: String,
    /// How it ended.
    pub status: StepStatus,
    /// The prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// The version of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What the model answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<RunFault>,
    /// The model call, at `/v1/executions`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution: Option<Uuid>,
    /// How often a provider was asked.
    pub attempts: i64,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
}

impl App {
    /// Runs, the newest first, without their steps. What went in and came out is told only where `shows` says so.
    ///
    /// # Errors
    /// Where the cursor is none, or the database is away.
    pub async fn runs(&self, asked: RunsAsked, shows: bool) -> Result<Page<RunItem>, Error> {
        let (records, current) = (self.records()?, self.current());
        let tenant = tenant(&current.registry)?;
        let question = RunQuestion {
            workflow_id: asked.workflow.as_ref().map(|name| id(tenant, Kind::Workflow, name.as_str())),
            status: asked.status,
            after: after(asked.cursor.as_deref())?,
        };
        let rows = records.ask(runs(records.engine(), tenant, question, asked.limit + 1)).await?;
        let (rows, next_cursor) = cut(rows, asked.limit, |row| (row.created_at, row.id));
        let item = |row| run_item(row, &current.registry, tenant, shows);
        Ok(Page { items: rows.into_iter().map(item).collect(), next_cursor })
    }

    /// One run with its steps.
    ///
    /// # Errors
    /// Where there is none, or the database is away.
    pub async fn run(&self, run: &str, shows: bool) -> Result<RunItem, Error> {
        self.records()?;
        let missing = || Error::Missing { what: "run", name: run.chars().take(64).map(harmless).collect() };
        let id = run.parse().map_err(|_| missing())?;
        self.run_of(id, shows).await?.ok_or_else(missing)
    }

    pub(super) async fn run_of(&self, run: Uuid, shows: bool) -> Result<Option<RunItem>, Error> {
        let (records, current) = (self.records()?, self.current());
        let tenant = tenant(&current.registry)?;
        let Some(row) = records.ask(run_of(records.engine(), tenant, run)).await? else { return Ok(None) };
        let steps = records.ask(steps_of(records.engine(), tenant, &[run])).await?;
        let ready = self.ready_of(&row.plan, tenant).await?;
        let mut item = run_item(row, &current.registry, tenant, shows);
        // Between the two questions it may have moved on: the steps are the newer ones.
        item.steps = Some(steps.into_iter().map(|step| step_item(step, ready.as_deref(), shows)).collect());
        Ok(Some(item))
    }

    /// What a run began with, as far as it can be understood here.
    async fn ready_of(&self, digest: &str, tenant: Uuid) -> Result<Option<Arc<Ready>>, Error> {
        let runner = self.runner.get();
        if let Some(ready) = runner.and_then(|runner| runner.plans.get(digest)) {
            return Ok(Some(ready));
        }
        let records = self.records()?;
        let row = records.ask(plans_of(records.engine(), tenant, &[digest])).await?.pop();
        let ready = row.and_then(|row| Ready::kept(row).ok());
        Ok(ready.map(|ready| kept(runner, ready)))
    }
}

fn kept(runner: Option<&Arc<Runner>>, ready: Ready) -> Arc<Ready> {
    match runner {
        Some(runner) => runner.plans.keep(ready),
        None => Arc::new(ready),
    }
}

fn run_item(row: Run, registry: &Registry, tenant: Uuid, shows: bool) -> RunItem {
    let handle = |user: Uuid| {
        let is_it = |handle: &&Handle| id(tenant, Kind::User, handle.as_str()) == user;
        registry.users.keys().find(is_it).map_or_else(|| user.to_string(), ToString::to_string)
    };
    RunItem {
        id: row.id,
        workflow: row.workflow,
        status: row.status,
        commit: row.commit_id,
        trigger_type: row.trigger_type,
        trigger: row.trigger,
        user: row.user_id.map(handle),
        input: shows.then_some(row.input),
        output: row.output.filter(|_| shows),
        error: row.error.and_then(|error| fault(error, shows)),
        steps: None,
        created_at: row.created_at,
        started_at: row.started_at,
        finished_at: row.finished_at,
    }
}

pub(super) fn step_item(row: RunStep, ready: Option<&Ready>, shows: bool) -> StepItem {
    let planned = usize::try_from(row.place).ok().and_then(|place| ready?.plan.steps.get(place));
    StepItem {
        id: row.step,
        status: row.status,
        prompt: planned.map(|planned| planned.prompt.to_string()),
        version: planned.map(|planned| planned.version.to_string()),
        output: row.output.filter(|_| shows),
        error: row.error.and_then(|error| fault(error, shows)),
        execution: row.execution_id,
        attempts: row.attempts,
        started_at: row.started_at,
        finished_at: row.finished_at,
    }
}

/// What went wrong, without what may quote what went in or came out, unless that is told.
fn fault(error: Value, shows: bool) -> Option<RunFault> {
    let fault: RunFault = serde_json::from_value(error).ok()?;
    Some(if shows { fault } else { fault.stored(super::Stored::Nothing) })
}
