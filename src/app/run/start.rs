//! Starting and cancelling runs.

use super::{ready::Ready, runner::Job};
use crate::{
    app::{
        App, Caller, Deed, Error,
        records::{Begun, KEY_BYTES, has_nul, tenant},
    },
    domain::{Handle, Kind, RunStatus, TriggerType, WorkflowName, id},
    schema::{About, Fault},
    store::{NewRun, Run, cancel_run, queued_runs, run_of},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

/// What a run is started with.
#[derive(Debug, Clone, Default)]
pub struct RunAsked {
    /// What goes in.
    pub input: Map<String, Value>,
    /// What is started twice under the same key is one run; at most 200 bytes.
    pub idempotency_key: Option<String>,
    /// What starts it.
    pub trigger_type: TriggerType,
    /// Which trigger of the workflow.
    pub trigger: Option<String>,
    /// The handle of who starts it.
    pub user: Option<Handle>,
}

/// A run that was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunStarted {
    /// Its id.
    pub id: Uuid,
    /// Where it is: queued or running; of one that was started before under the same key, where that one is.
    pub status: RunStatus,
    /// Whether it was started now.
    #[serde(skip)]
    pub is_new: bool,
}

impl App {
    /// Starts a run of a published workflow of the default branch; answers when that is durable. All that it needs is pinned:
    /// what is approved later changes nothing in it.
    ///
    /// # Errors
    /// Where nothing runs here, the workflow cannot run, the input does not fit, too many runs are queued, or the database is
    /// away: then it is not known, and the same key asks again.
    pub async fn start_run(&self, name: &WorkflowName, asked: RunAsked) -> Result<RunStarted, Error> {
        let (runner, records, current) = (self.runner()?, self.records()?, self.current());
        records.in_reach()?;
        let tenant = tenant(&current.registry)?;
        let key = key(name, asked.idempotency_key)?;
        let ready = runner.plans.of(&current, name, runner.settings.default_model.as_ref())?;
        let input = fit(&ready, asked.input)?;
        let place = runner.place(name);
        if place.is_none() {
            let most = runner.settings.queued;
            let queued = records.ask(queued_runs(records.engine(), tenant, most)).await?;
            if queued >= most {
                return Err(Error::QueueFull(queued));
            }
        }
        let now = self.meter().clock().now();
        let run = NewRun {
            id: Uuid::now_v7(),
            workflow_id: id(tenant, Kind::Workflow, name.as_str()),
            workflow: name.to_string(),
            commit_id: current.commit.map(|commit| commit.to_string()),
            plan: ready.row.digest.clone(),
            trigger_type: asked.trigger_type,
            trigger: asked.trigger,
            input: Value::Object(input),
            user_id: asked.user.map(|handle| id(tenant, Kind::User, handle.as_str())),
            claimed_by: place.as_ref().map(|_| runner.by),
            created_at: now,
        };
        let begun = Begun::new(run.clone(), key, ready.row.clone(), runner.settings.lease);
        let id = records.begin(begun).await?;
        if id != run.id {
            let known = records.ask(run_of(records.engine(), tenant, id)).await?;
            let status = known.map_or(RunStatus::Queued, |run| run.status);
            return Ok(RunStarted { id, status, is_new: false });
        }
        let Some(place) = place else {
            runner.queued();
            return Ok(RunStarted { id, status: RunStatus::Queued, is_new: true });
        };
        // Where nobody performs it here after all, its lease runs out.
        let _ = runner.begun.send(Job { run: taken_up(run), ready, ended: Vec::new(), place });
        Ok(RunStarted { id, status: RunStatus::Running, is_new: true })
    }

    /// Ends a run that has not ended; of one that has, nothing changes. Answers where it is then.
    ///
    /// # Errors
    /// Where there is none, or the database is away.
    pub async fn cancel_run(&self, run: &str, caller: &Caller) -> Result<RunStatus, Error> {
        let (runner, records, current) = (self.runner()?, self.records()?, self.current());
        let tenant = tenant(&current.registry)?;
        let missing =
            || Error::Missing { what: "run", name: run.chars().take(64).map(crate::domain::harmless).collect() };
        let id: Uuid = run.parse().map_err(|_| missing())?;
        let known = records.ask(run_of(records.engine(), tenant, id)).await?.ok_or_else(missing)?;
        let now = self.meter().clock().now();
        let instead = runner.settings.stored.instead(&known.input);
        if !records.ask(cancel_run(records.engine(), tenant, id, now, instead)).await? {
            let known = records.ask(run_of(records.engine(), tenant, id)).await?.ok_or_else(missing)?;
            return Ok(known.status);
        }
        runner.give_up(id);
        runner.tell(id);
        self.take_down(Deed {
            actor: caller.user().map_or_else(|| "anonymous".to_owned(), ToString::to_string),
            action: "cancelled",
            entity_type: "run",
            entity: id.to_string(),
            details: serde_json::json!({"workflow": known.workflow}),
        });
        Ok(RunStatus::Cancelled)
    }
}

/// A run as it is where it was claimed when it began.
fn taken_up(run: NewRun) -> Run {
    Run {
        id: run.id,
        workflow: run.workflow,
        commit_id: run.commit_id,
        plan: run.plan,
        trigger_type: run.trigger_type,
        trigger: run.trigger,
        status: RunStatus::Running,
        input: run.input,
        output: None,
        error: None,
        user_id: run.user_id,
        next_place: 0,
        tries: 1,
        claimed_by: run.claimed_by,
        created_at: run.created_at,
        started_at: Some(run.created_at),
        finished_at: None,
    }
}

/// The key of a run among those of all workflows.
fn key(name: &WorkflowName, key: Option<String>) -> Result<Option<String>, Error> {
    let Some(key) = key else { return Ok(None) };
    if !(1..=KEY_BYTES).contains(&key.len()) || key.contains('\0') {
        let reason = format!("it has to have 1 to {KEY_BYTES} bytes, and no NUL among them");
        return Err(Error::Parameter { field: "idempotency_key".to_owned(), reason });
    }
    Ok(Some(format!("{name}/{key}")))
}

/// The input with its defaults, where it fits.
pub(super) fn fit(ready: &Ready, input: Map<String, Value>) -> Result<Map<String, Value>, Error> {
    let input = ready.input.as_ref().map_or_else(|| input.clone(), |schema| schema.with_defaults(&input));
    let value = Value::Object(input);
    let mut faults = ready.input.as_ref().map(|schema| schema.faults(&value)).unwrap_or_default();
    if has_nul(&value) {
        let message = "it has a NUL in it".to_owned();
        faults.push(Fault { pointer: String::new(), about: About::Value, message, help: None, repair: None });
    }
    match value {
        Value::Object(input) if faults.is_empty() => Ok(input),
        _ => Err(Error::RunInput(faults)),
    }
}
