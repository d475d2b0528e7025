//! Runs as they are read: one, its steps, and lists of the newest.

use super::{Engine, Error, Plan, Row, RunStep, Statement, page::After, usage::text};
use crate::domain::{RunStatus, StepStatus, TriggerType};
use jiff::Timestamp;
use serde_json::Value as Json;
use uuid::Uuid;

/// A run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its id.
    pub id: Uuid,
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
    /// Where it is.
    pub status: RunStatus,
    /// What went in.
    pub input: Json,
    /// What came out.
    pub output: Option<Json>,
    /// What went wrong.
    pub error: Option<Json>,
    /// Who started it.
    pub user_id: Option<Uuid>,
    /// The place of the step that comes next, from 0.
    pub next_place: i64,
    /// How often it was taken up since its last step was recorded.
    pub tries: i64,
    /// The process that has it, or had it last.
    pub claimed_by: Option<Uuid>,
    /// When it was wanted.
    pub created_at: Timestamp,
    /// When it was taken up first.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

pub(super) fn read(row: &Row) -> Result<Run, Error> {
    let word = |column: &'static str| Error::column(column, "is no word of ours");
    Ok(Run {
        id: row.uuid("id")?,
        workflow: row.text("workflow")?,
        commit_id: row.opt_text("commit_id")?,
        plan: row.text("plan")?,
        trigger_type: TriggerType::named(&row.text("trigger_type")?).ok_or_else(|| word("trigger_type"))?,
        trigger: row.opt_text("trigger")?,
        status: RunStatus::named(&row.text("status")?).ok_or_else(|| word("status"))?,
        input: row.json("input")?,
        output: row.opt_json("output")?,
        error: row.opt_json("error")?,
        user_id: row.opt_uuid("user_id")?,
        next_place: row.int("next_place")?,
        tries: row.int("tries")?,
        claimed_by: row.opt_uuid("claimed_by")?,
        created_at: row.time("created_at")?,
        started_at: row.opt_time("started_at")?,
        finished_at: row.opt_time("finished_at")?,
    })
}

static ONE: Statement = Statement::both("SELECT * FROM workflow_runs WHERE id = $2 AND tenant_id = $1");

/// One run.
///
/// # Errors
/// Where the database is away.
pub async fn run_of(engine: &dyn Engine, tenant: Uuid, id: Uuid) -> Result<Option<Run>, Error> {
    let rows = engine.query(&ONE, vec![tenant.into(), id.into()]).await?;
    rows.first().map(read).transpose()
}

static STEPS: Statement = Statement::each(
    "SELECT * FROM run_steps
     WHERE tenant_id = $1 AND run_id IN (SELECT CAST(value AS uuid) FROM json_array_elements_text(CAST($2 AS json)))
     ORDER BY run_id, place",
    "SELECT * FROM run_steps WHERE tenant_id = $1 AND run_id IN (SELECT value FROM json_each($2)) ORDER BY run_id, place",
);

/// The steps of runs that have ended, run by run in their order.
///
/// # Errors
/// Where the database is away.
pub async fn steps_of(engine: &dyn Engine, tenant: Uuid, runs: &[Uuid]) -> Result<Vec<RunStep>, Error> {
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    engine.query(&STEPS, vec![tenant.into(), text(&runs).into()]).await?.iter().map(step).collect()
}

fn step(row: &Row) -> Result<RunStep, Error> {
    let status = StepStatus::named(&row.text("status")?);
    Ok(RunStep {
        run_id: row.uuid("run_id")?,
        place: row.int("place")?,
        step: row.text("step")?,
        status: status.ok_or_else(|| Error::column("status", "is no word of ours"))?,
        output: row.opt_json("output")?,
        error: row.opt_json("error")?,
        execution_id: row.opt_uuid("execution_id")?,
        attempts: row.int("attempts")?,
        started_at: row.time("started_at")?,
        finished_at: row.time("finished_at")?,
    })
}

static PLANS: Statement = Statement::each(
    "SELECT digest, plan FROM run_plans
     WHERE tenant_id = $1 AND digest IN (SELECT json_array_elements_text(CAST($2 AS json)))",
    "SELECT digest, plan FROM run_plans WHERE tenant_id = $1 AND digest IN (SELECT value FROM json_each($2))",
);

/// Plans by their digests.
///
/// # Errors
/// Where the database is away.
pub async fn plans_of(engine: &dyn Engine, tenant: Uuid, digests: &[&str]) -> Result<Vec<Plan>, Error> {
    if digests.is_empty() {
        return Ok(Vec::new());
    }
    let rows = engine.query(&PLANS, vec![tenant.into(), text(&digests).into()]).await?;
    rows.iter().map(|row| Ok(Plan { digest: row.text("digest")?, plan: row.json("plan")? })).collect()
}

static COUNT: Statement = Statement::both(
    "SELECT count(*) AS count FROM (SELECT id FROM workflow_runs
         WHERE tenant_id = $1 AND status = 'queued' AND status <> 'succeeded' LIMIT $2) q",
);

/// How many runs are queued, counted up to a number.
///
/// # Errors
/// Where the database is away.
pub async fn queued_runs(engine: &dyn Engine, tenant: Uuid, most: usize) -> Result<usize, Error> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = engine.query(&COUNT, vec![tenant.into(), most.into()]).await?;
    let count = rows.first().map_or(Ok(0), |row| row.int("count"))?;
    Ok(usize::try_from(count).unwrap_or_default())
}

/// Which runs are listed.
#[derive(Debug, Clone, Copy, Default)]
pub struct RunQuestion {
    /// Those of this workflow.
    pub workflow_id: Option<Uuid>,
    /// Those that are there.
    pub status: Option<RunStatus>,
    /// Those that come after this one in the list.
    pub after: Option<After>,
}

/// A list of everything, and of a workflow ($5); its last parameter is the status, where one is asked for.
macro_rules! page {
    ($more_of_all:literal, $more_of_workflow:literal) => {
        [page!(@one "tenant_id = $1", $more_of_all), page!(@one "(tenant_id = $1) IS TRUE AND workflow_id = $5", $more_of_workflow)]
    };
    (@one $scope:literal, $more:literal) => {
        Statement::both(concat!(
            "SELECT * FROM workflow_runs WHERE ", $scope,
            " AND created_at <= $2 AND (created_at, id) < ($2, $3)", $more, " ORDER BY created_at DESC, id DESC LIMIT $4"
        ))
    };
}

static ALL: [Statement; 2] = page!("", "");
static SUCCEEDED: [Statement; 2] = page!(" AND status = 'succeeded'", " AND status = 'succeeded'");
static OTHERS: [Statement; 2] =
    page!(" AND status = $5 AND status <> 'succeeded'", " AND status = $6 AND status <> 'succeeded'");

/// The newest runs, at most `limit` of them.
///
/// # Errors
/// Where the database is away.
pub async fn runs(engine: &dyn Engine, tenant: Uuid, question: RunQuestion, limit: usize) -> Result<Vec<Run>, Error> {
    let [of_all, of_workflow] = match question.status {
        None => &ALL,
        Some(RunStatus::Succeeded) => &SUCCEEDED,
        Some(_) => &OTHERS,
    };
    let statement = if question.workflow_id.is_some() { of_workflow } else { of_all };
    let mut values = After::values(tenant, question.after, limit);
    values.extend(question.workflow_id.map(Into::into));
    let other = question.status.filter(|status| *status != RunStatus::Succeeded);
    values.extend(other.map(|status| status.as_str().into()));
    engine.query(statement, values).await?.iter().map(read).collect()
}

/// The statements of this file.
pub(super) fn statements() -> Vec<&'static Statement> {
    let mut all = vec![&ONE, &STEPS, &PLANS, &COUNT];
    all.extend([&ALL, &SUCCEEDED, &OTHERS].into_iter().flatten());
    all
}
