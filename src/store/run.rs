//! Runs as they are written: begun, and moved on step by step by the one process that has claimed them.

use super::{
    Error, Row, Statement, Transaction,
    usage::{as_text, text},
};
use crate::domain::{RunStatus, StepStatus, TriggerType};
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::Value as Json;
use std::{collections::HashSet, time::Duration};
use uuid::Uuid;

/// What a run begins with, under its digest.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// The digest of it.
    pub digest: String,
    /// What is planned.
    pub plan: Json,
}

/// A run as it is begun.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewRun {
    /// Its id, which says when it was made: a UUIDv7.
    pub id: Uuid,
    /// The workflow.
    pub workflow_id: Uuid,
    /// The workflow's name.
    pub workflow: String,
    /// The commit that was served when it began.
    pub commit_id: Option<String>,
    /// The digest of its plan.
    pub plan: String,
    /// What started it.
    pub trigger_type: TriggerType,
    /// Which trigger of the workflow.
    pub trigger: Option<String>,
    /// What goes in.
    pub input: Json,
    /// Who started it, where that is known.
    pub user_id: Option<Uuid>,
    /// The process that runs it from the start; none where it is queued.
    pub claimed_by: Option<Uuid>,
    /// When.
    #[serde(serialize_with = "as_text")]
    pub created_at: Timestamp,
}

/// One step of a run that has ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunStep {
    /// The run.
    pub run_id: Uuid,
    /// Its place among the steps, from 0.
    pub place: i64,
    /// Its id in the workflow.
    pub step: String,
    /// How it ended.
    pub status: StepStatus,
    /// What goes into `outputs`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Json>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Json>,
    /// The model call.
    pub execution_id: Option<Uuid>,
    /// How often a provider was asked.
    pub attempts: i64,
    /// When it began.
    #[serde(serialize_with = "as_text")]
    pub started_at: Timestamp,
    /// When it ended.
    #[serde(serialize_with = "as_text")]
    pub finished_at: Timestamp,
}

/// A run that moves on. It does so only where the process has it still, and nobody moved it on meanwhile.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Advance {
    /// The run.
    pub id: Uuid,
    /// The process.
    pub claimed_by: Uuid,
    /// The step that was to come next.
    pub place: i64,
    /// The one that comes next now.
    pub next_place: i64,
    /// Running, or how it ended.
    pub status: RunStatus,
    /// What goes in, where that is to be written over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<Json>,
    /// What came out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Json>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Json>,
    /// When it ended, if it did.
    #[serde(serialize_with = "as_opt_text")]
    pub finished_at: Option<Timestamp>,
}

fn as_opt_text<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => as_text(time, serializer),
        None => serializer.serialize_none(),
    }
}

static PUT_PLANS: Statement = Statement::each(
    "INSERT INTO run_plans (tenant_id, digest, plan, created_at)
     SELECT $1, digest, plan, $3 FROM json_to_recordset(CAST($2 AS json)) AS r (digest text, plan jsonb)
     ON CONFLICT (tenant_id, digest) DO NOTHING",
    "INSERT INTO run_plans (tenant_id, digest, plan, created_at)
     SELECT $1, value ->> 'digest', value -> 'plan', $3 FROM json_each($2) WHERE true
     ON CONFLICT (tenant_id, digest) DO NOTHING",
);

/// Puts plans where they stay; those that are there stay as they are.
///
/// # Errors
/// Where the database is away.
pub async fn put_plans(
    begun: &mut dyn Transaction,
    tenant: Uuid,
    plans: &[&Plan],
    now: Timestamp,
) -> Result<(), Error> {
    if plans.is_empty() {
        return Ok(());
    }
    begun.query(&PUT_PLANS, vec![tenant.into(), text(&plans).into(), now.into()]).await?;
    Ok(())
}

static PUT_RUNS: Statement = Statement::each(
    "INSERT INTO workflow_runs (tenant_id, id, workflow_id, workflow, commit_id, plan, trigger_type, trigger, status, input,
         user_id, tries, claimed_by, claimed_until, created_at, started_at)
     SELECT $1, id, workflow_id, workflow, commit_id, plan, trigger_type, trigger,
         CASE WHEN claimed_by IS NULL THEN 'queued' ELSE 'running' END, input, user_id,
         CASE WHEN claimed_by IS NULL THEN 0 ELSE 1 END, claimed_by,
         CASE WHEN claimed_by IS NOT NULL THEN now() + make_interval(secs => $3) END, created_at,
         CASE WHEN claimed_by IS NOT NULL THEN created_at END
     FROM json_to_recordset(CAST($2 AS json)) AS r (id uuid, workflow_id uuid, workflow text, commit_id text, plan text,
         trigger_type text, trigger text, input jsonb, user_id uuid, claimed_by uuid, created_at timestamptz)",
    "INSERT INTO workflow_runs (tenant_id, id, workflow_id, workflow, commit_id, plan, trigger_type, trigger, status, input,
         user_id, tries, claimed_by, claimed_until, created_at, started_at)
     SELECT $1, value ->> 'id', value ->> 'workflow_id', value ->> 'workflow', value ->> 'commit_id', value ->> 'plan',
         value ->> 'trigger_type', value ->> 'trigger',
         CASE WHEN value ->> 'claimed_by' IS NULL THEN 'queued' ELSE 'running' END, value -> 'input', value ->> 'user_id',
         CASE WHEN value ->> 'claimed_by' IS NULL THEN 0 ELSE 1 END, value ->> 'claimed_by',
         CASE WHEN value ->> 'claimed_by' IS NOT NULL
             THEN strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '+' || $3 || ' seconds') END, value ->> 'created_at',
         CASE WHEN value ->> 'claimed_by' IS NOT NULL THEN value ->> 'created_at' END
     FROM json_each($2)",
);

/// Puts runs into the queue, or claims them at once for so long.
///
/// # Errors
/// Where the database is away.
pub async fn put_runs(
    begun: &mut dyn Transaction,
    tenant: Uuid,
    runs: &[NewRun],
    lease: Duration,
) -> Result<(), Error> {
    if runs.is_empty() {
        return Ok(());
    }
    begun.query(&PUT_RUNS, vec![tenant.into(), text(&runs).into(), lease.as_secs_f64().into()]).await?;
    Ok(())
}

static ADVANCE: Statement = Statement::each(
    "UPDATE workflow_runs w SET next_place = r.next_place, tries = 0, status = r.status,
         input = coalesce(r.input, w.input), output = r.output, error = r.error, finished_at = r.finished_at,
         claimed_until = now() + make_interval(secs => $3)
     FROM json_to_recordset(CAST($2 AS json)) AS r (id uuid, claimed_by uuid, place bigint, next_place bigint, status text,
         input jsonb, output jsonb, error jsonb, finished_at timestamptz)
     WHERE w.id = r.id AND w.tenant_id = $1 AND w.claimed_by = r.claimed_by AND w.next_place = r.place
         AND w.status = 'running'
     RETURNING w.id",
    "UPDATE workflow_runs SET next_place = r.value ->> 'next_place', tries = 0, status = r.value ->> 'status',
         input = coalesce(r.value -> 'input', workflow_runs.input), output = r.value -> 'output',
         error = r.value -> 'error', finished_at = r.value ->> 'finished_at',
         claimed_until = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '+' || $3 || ' seconds')
     FROM json_each($2) r
     WHERE workflow_runs.id = r.value ->> 'id' AND workflow_runs.tenant_id = $1
         AND workflow_runs.claimed_by = r.value ->> 'claimed_by' AND workflow_runs.next_place = r.value ->> 'place'
         AND workflow_runs.status = 'running'
     RETURNING workflow_runs.id AS id",
);

/// Moves runs on, and their leases; answers those that did: the others were cancelled, or somebody else has them.
///
/// # Errors
/// Where the database is away.
pub async fn advance_runs(
    begun: &mut dyn Transaction,
    tenant: Uuid,
    advances: &[&Advance],
    lease: Duration,
) -> Result<HashSet<Uuid>, Error> {
    if advances.is_empty() {
        return Ok(HashSet::new());
    }
    let values = vec![tenant.into(), text(&advances).into(), lease.as_secs_f64().into()];
    begun.query(&ADVANCE, values).await?.iter().map(|row: &Row| row.uuid("id")).collect()
}

static PUT_STEPS: Statement = Statement::each(
    "INSERT INTO run_steps (tenant_id, run_id, place, step, status, output, error, execution_id, attempts, started_at,
         finished_at)
     SELECT $1, run_id, place, step, status, output, error, execution_id, attempts, started_at, finished_at
     FROM json_to_recordset(CAST($2 AS json)) AS r (run_id uuid, place bigint, step text, status text, output jsonb,
         error jsonb, execution_id uuid, attempts bigint, started_at timestamptz, finished_at timestamptz)",
    "INSERT INTO run_steps (tenant_id, run_id, place, step, status, output, error, execution_id, attempts, started_at,
         finished_at)
     SELECT $1, value ->> 'run_id', value ->> 'place', value ->> 'step', value ->> 'status', value -> 'output',
         value -> 'error', value ->> 'execution_id', value ->> 'attempts', value ->> 'started_at', value ->> 'finished_at'
     FROM json_each($2)",
);

/// Puts steps that have ended where they stay.
///
/// # Errors
/// Where the database is away, or a step of the same place is there.
pub async fn put_steps(begun: &mut dyn Transaction, tenant: Uuid, steps: &[&RunStep]) -> Result<(), Error> {
    if steps.is_empty() {
        return Ok(());
    }
    begun.query(&PUT_STEPS, vec![tenant.into(), text(&steps).into()]).await?;
    Ok(())
}

static FORGET: Statement = Statement::each(
    "UPDATE run_steps SET output = NULL
     WHERE tenant_id = $1 AND run_id IN (SELECT CAST(value AS uuid) FROM json_array_elements_text(CAST($2 AS json)))",
    "UPDATE run_steps SET output = NULL WHERE tenant_id = $1 AND run_id IN (SELECT value FROM json_each($2))",
);

/// Forgets what the steps of some runs answered.
///
/// # Errors
/// Where the database is away.
pub async fn forget_outputs(begun: &mut dyn Transaction, tenant: Uuid, runs: &[Uuid]) -> Result<(), Error> {
    if runs.is_empty() {
        return Ok(());
    }
    begun.query(&FORGET, vec![tenant.into(), text(&runs).into()]).await?;
    Ok(())
}

/// The statements of this file.
pub(super) fn statements() -> Vec<&'static Statement> {
    vec![&PUT_PLANS, &PUT_RUNS, &ADVANCE, &PUT_STEPS, &FORGET]
}
