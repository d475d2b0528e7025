//! Executions: model calls one by one, and how many ended how by day.

use super::{
    Dialect, Engine, Error, Row, Statement, Transaction,
    page::{After, lists},
    usage::{as_text, text},
};
use crate::domain::{ClientType, ExecutionStatus};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// One model call.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Execution {
    /// Its id, which says when it was recorded: a UUIDv7.
    pub id: Uuid,
    /// The run that made it, and the step of that.
    pub run_id: Option<Uuid>,
    /// The step's id in the workflow.
    pub step: Option<String>,
    /// The prompt.
    pub prompt_id: Uuid,
    /// The version of it.
    pub prompt_version_id: Uuid,
    /// Who had it made, where that is known.
    pub user_id: Option<Uuid>,
    /// With what kind of program.
    pub client_type: ClientType,
    /// For which project.
    pub project_key: Option<String>,
    /// Who runs the model.
    pub provider: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// What the model was told besides messages: temperature and the like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Json>,
    /// How it ended.
    pub status: ExecutionStatus,
    /// What the prompt was rendered with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<Json>,
    /// What the model answered.
    pub output: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
    /// How long it took, in milliseconds.
    pub latency_ms: Option<i64>,
    /// How many tokens went in.
    pub input_tokens: Option<i64>,
    /// How many came out.
    pub output_tokens: Option<i64>,
    /// What it cost, in US dollars.
    pub cost_usd: Option<f64>,
    /// Whatever else the program had to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<Json>,
    /// When.
    #[serde(serialize_with = "as_text")]
    pub created_at: Timestamp,
}

static PUT: Statement = Statement::each(
    "INSERT INTO execution_logs
         (tenant_id, id, run_id, step, prompt_id, prompt_version_id, user_id, client_type, project_key, provider, model, parameters,
          status, input, output, error, latency_ms, input_tokens, output_tokens, cost_usd, context, created_at)
     SELECT $1, id, run_id, step, prompt_id, prompt_version_id, user_id, client_type, project_key, provider, model, parameters,
          status, input, output, error, latency_ms, input_tokens, output_tokens, cost_usd, context, created_at
     FROM json_to_recordset(CAST($2 AS json)) AS r (id uuid, run_id uuid, step text, prompt_id uuid,
         prompt_version_id uuid, user_id uuid, client_type text, project_key text, provider text, model text, parameters jsonb, status text, input jsonb,
         output text, error text, latency_ms bigint, input_tokens bigint, output_tokens bigint, cost_usd double precision,
         context jsonb, created_at timestamptz)",
    "INSERT INTO execution_logs
         (tenant_id, id, run_id, step, prompt_id, prompt_version_id, user_id, client_type, project_key, provider, model, parameters,
          status, input, output, error, latency_ms, input_tokens, output_tokens, cost_usd, context, created_at)
     SELECT $1, value ->> 'id', value ->> 'run_id', value ->> 'step', value ->> 'prompt_id', value ->> 'prompt_version_id', value ->> 'user_id',
         value ->> 'client_type', value ->> 'project_key', value ->> 'provider', value ->> 'model', value -> 'parameters',
         value ->> 'status', value -> 'input', value ->> 'output', value ->> 'error', value ->> 'latency_ms',
         value ->> 'input_tokens', value ->> 'output_tokens', value ->> 'cost_usd', value -> 'context',
         value ->> 'created_at'
     FROM json_each($2)",
);

static PUT_DELTA: Statement = Statement::each(
    "INSERT INTO execution_deltas (id, tenant_id, counts) VALUES ($1, $2, CAST($3 AS jsonb))",
    "INSERT INTO execution_deltas (id, tenant_id, counts) VALUES ($1, $2, $3)",
);

/// How many rows of execution_deltas are added up at a time.
const FOLDED: i64 = 500;

static FOLD: Statement = Statement::each(
    "WITH gone AS (
         DELETE FROM execution_deltas WHERE id IN
             (SELECT id FROM execution_deltas WHERE tenant_id = $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED)
         RETURNING counts),
     added AS (
         INSERT INTO executions_daily AS daily (tenant_id, prompt_id, prompt_version_id, day, status,
             count, timed, latency_ms, input_tokens, output_tokens, cost_usd)
         SELECT $1, p, v, d, s, sum(n), sum(t), sum(l), sum(i), sum(o), sum(c)
         FROM gone, jsonb_to_recordset(gone.counts) AS r (p uuid, v uuid, d date, s text, n bigint, t bigint,
             l bigint, i bigint, o bigint, c double precision)
         GROUP BY p, v, d, s ORDER BY p, v, d, s
         ON CONFLICT (prompt_id, prompt_version_id, day, status) DO UPDATE SET
             count = daily.count + excluded.count, timed = daily.timed + excluded.timed,
             latency_ms = daily.latency_ms + excluded.latency_ms,
             input_tokens = daily.input_tokens + excluded.input_tokens,
             output_tokens = daily.output_tokens + excluded.output_tokens,
             cost_usd = daily.cost_usd + excluded.cost_usd)
     SELECT count(*) AS folded FROM gone",
    "SELECT count(*) AS folded FROM (SELECT id FROM execution_deltas WHERE tenant_id = $1 ORDER BY id LIMIT $2)",
);

/// SQLite changes no table within a query: the same in two steps, within one transaction.
static FOLD_IN_SQLITE: [Statement; 2] = [
    Statement::each(
        "SELECT $1, $2",
        "INSERT INTO executions_daily AS daily (tenant_id, prompt_id, prompt_version_id, day, status,
             count, timed, latency_ms, input_tokens, output_tokens, cost_usd)
         SELECT $1, r.value ->> 'p', r.value ->> 'v', r.value ->> 'd', r.value ->> 's', sum(r.value ->> 'n'),
             sum(r.value ->> 't'), sum(r.value ->> 'l'), sum(r.value ->> 'i'), sum(r.value ->> 'o'), sum(r.value ->> 'c')
         FROM (SELECT counts FROM execution_deltas WHERE tenant_id = $1 ORDER BY id LIMIT $2) d, json_each(d.counts) r
         WHERE true
         GROUP BY r.value ->> 'p', r.value ->> 'v', r.value ->> 'd', r.value ->> 's'
         ON CONFLICT (prompt_id, prompt_version_id, day, status) DO UPDATE SET
             count = daily.count + excluded.count, timed = daily.timed + excluded.timed,
             latency_ms = daily.latency_ms + excluded.latency_ms,
             input_tokens = daily.input_tokens + excluded.input_tokens,
             output_tokens = daily.output_tokens + excluded.output_tokens,
             cost_usd = daily.cost_usd + excluded.cost_usd",
    ),
    Statement::each(
        "SELECT $1, $2",
        "DELETE FROM execution_deltas WHERE id IN
             (SELECT id FROM execution_deltas WHERE tenant_id = $1 ORDER BY id LIMIT $2)",
    ),
];

/// Puts executions where they stay, and what they count.
///
/// # Errors
/// Where the database is away; nothing of it is there then, once the transaction is gone.
pub async fn put_executions(begun: &mut dyn Transaction, tenant: Uuid, executions: &[Execution]) -> Result<(), Error> {
    let Some(last) = executions.last() else { return Ok(()) };
    begun.query(&PUT, vec![tenant.into(), text(&executions).into()]).await?;
    let deltas = text(&deltas(executions));
    begun.query(&PUT_DELTA, vec![last.id.into(), tenant.into(), deltas.into()]).await?;
    Ok(())
}

/// How many executions there are of each version, day and end, and what they sum up to.
#[derive(Debug, Serialize)]
struct Delta {
    p: Uuid,
    v: Uuid,
    d: Date,
    s: ExecutionStatus,
    #[serde(flatten)]
    sums: Sums,
}

#[derive(Debug, Default, Serialize)]
struct Sums {
    n: i64,
    t: i64,
    l: i64,
    i: i64,
    o: i64,
    c: f64,
}

fn deltas(executions: &[Execution]) -> Vec<Delta> {
    let mut all: BTreeMap<_, Sums> = BTreeMap::new();
    for execution in executions {
        let day = execution.created_at.to_zoned(TimeZone::UTC).date();
        let key = (execution.prompt_id, execution.prompt_version_id, day, execution.status);
        let sums = all.entry(key).or_default();
        sums.n += 1;
        sums.t += i64::from(execution.latency_ms.is_some());
        for (sum, more) in [
            (&mut sums.l, execution.latency_ms),
            (&mut sums.i, execution.input_tokens),
            (&mut sums.o, execution.output_tokens),
        ] {
            *sum = sum.saturating_add(more.unwrap_or_default());
        }
        sums.c += execution.cost_usd.unwrap_or_default();
    }
    all.into_iter().map(|((p, v, d, s), sums)| Delta { p, v, d, s, sums }).collect()
}

/// Adds up what came lately into the counts by day. Answers whether there may be more to do.
///
/// # Errors
/// Where the database is away.
pub async fn fold_executions(engine: &dyn Engine, tenant: Uuid) -> Result<bool, Error> {
    let values = || vec![tenant.into(), FOLDED.into()];
    let mut begun = engine.begin().await?;
    let rows = begun.query(&FOLD, values()).await?;
    let folded = rows.first().map_or(Ok(0), |row| row.int("folded"))?;
    if folded > 0 && engine.dialect() == Dialect::Sqlite {
        for step in &FOLD_IN_SQLITE {
            begun.query(step, values()).await?;
        }
    }
    begun.commit().await?;
    Ok(folded == FOLDED)
}

/// Which executions are listed.
#[derive(Debug, Clone, Copy, Default)]
pub struct ExecutionQuestion {
    /// Those of this prompt.
    pub prompt_id: Option<Uuid>,
    /// Those of this version; it is left out of account where no prompt is named.
    pub prompt_version_id: Option<Uuid>,
    /// Those that ended so.
    pub status: Option<ExecutionStatus>,
    /// Those that come after this one in the list.
    pub after: Option<After>,
}

macro_rules! page {
    ($newest:literal, $prompt:literal, $version:literal, $more:literal) => {
        lists!(
            "id, run_id, step, prompt_id, prompt_version_id, user_id, client_type, project_key, provider, model, status, error, latency_ms,
                 input_tokens, output_tokens, cost_usd, created_at",
            "execution_logs",
            [$newest, $prompt, $version],
            $more
        )
    };
    ($more:literal) => {
        page!("execution_logs_newest", "execution_logs_prompt", "execution_logs_version", $more)
    };
    (@failed $status:literal) => {
        // Said twice, so that both engines know which index is meant.
        page!(
            "execution_logs_failed_newest",
            "execution_logs_failed_prompt",
            "execution_logs_failed_version",
            $status
        )
    };
}

static ALL: [Statement; 3] = page!("");
static SUCCEEDED: [Statement; 3] = page!(" AND status = 'success'");
static FAILED: [Statement; 3] = page!(@failed " AND status = 'error' AND status <> 'success'");
static LATE: [Statement; 3] = page!(@failed " AND status = 'timeout' AND status <> 'success'");

/// The newest executions, without what went in and came out; at most `limit` of them.
///
/// # Errors
/// Where the database is away.
pub async fn executions(
    engine: &dyn Engine,
    tenant: Uuid,
    question: ExecutionQuestion,
    limit: usize,
) -> Result<Vec<Execution>, Error> {
    let statements = match question.status {
        None => &ALL,
        Some(ExecutionStatus::Success) => &SUCCEEDED,
        Some(ExecutionStatus::Error) => &FAILED,
        Some(ExecutionStatus::Timeout) => &LATE,
    };
    let mut values = After::values(tenant, question.after, limit);
    let [of_all, of_prompt, of_version] = statements;
    let statement = match (question.prompt_id, question.prompt_version_id) {
        (None, _) => of_all,
        (Some(_), None) => of_prompt,
        (Some(_), Some(_)) => of_version,
    };
    values.extend(question.prompt_id.map(Into::into));
    values.extend(question.prompt_id.and(question.prompt_version_id).map(Into::into));
    engine.query(statement, values).await?.iter().map(|row| execution(row, false)).collect()
}

static ONE: Statement = Statement::both("SELECT * FROM execution_logs WHERE id = $2 AND (tenant_id = $1) IS TRUE");

/// One execution with all that is known of it.
///
/// # Errors
/// Where the database is away.
pub async fn execution_of(engine: &dyn Engine, tenant: Uuid, id: Uuid) -> Result<Option<Execution>, Error> {
    let rows = engine.query(&ONE, vec![tenant.into(), id.into()]).await?;
    rows.first().map(|row| execution(row, true)).transpose()
}

static VERSIONS: Statement = Statement::each(
    "SELECT id, prompt_id, prompt_version_id FROM execution_logs
     WHERE (tenant_id = $1) IS TRUE AND id IN (SELECT CAST(value AS uuid) FROM json_array_elements_text(CAST($2 AS json)))",
    "SELECT id, prompt_id, prompt_version_id FROM execution_logs
     WHERE (tenant_id = $1) IS TRUE AND id IN (SELECT value FROM json_each($2))",
);

/// Which prompt and version some executions are of; what is not recorded is left out.
///
/// # Errors
/// Where the database is away.
pub async fn versions_of(
    engine: &dyn Engine,
    tenant: Uuid,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, (Uuid, Uuid)>, Error> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = engine.query(&VERSIONS, vec![tenant.into(), text(&ids).into()]).await?;
    let said = |row: &Row| Ok((row.uuid("id")?, (row.uuid("prompt_id")?, row.uuid("prompt_version_id")?)));
    rows.iter().map(said).collect()
}

fn execution(row: &Row, is_whole: bool) -> Result<Execution, Error> {
    let status = ExecutionStatus::named(&row.text("status")?).ok_or_else(|| Error::column("status", "is no status"))?;
    let json = |column| if is_whole { row.opt_json(column) } else { Ok(None) };
    Ok(Execution {
        id: row.uuid("id")?,
        run_id: row.opt_uuid("run_id")?,
        step: row.opt_text("step")?,
        prompt_id: row.uuid("prompt_id")?,
        prompt_version_id: row.uuid("prompt_version_id")?,
        user_id: row.opt_uuid("user_id")?,
        client_type: ClientType::named(&row.text("client_type")?).unwrap_or(ClientType::Other),
        project_key: row.opt_text("project_key")?,
        provider: row.opt_text("provider")?,
        model: row.opt_text("model")?,
        parameters: json("parameters")?,
        status,
        input: json("input")?,
        output: if is_whole { row.opt_text("output")? } else { None },
        error: row.opt_text("error")?,
        latency_ms: row.opt_int("latency_ms")?,
        input_tokens: row.opt_int("input_tokens")?,
        output_tokens: row.opt_int("output_tokens")?,
        cost_usd: row.opt_real("cost_usd")?,
        context: json("context")?,
        created_at: row.time("created_at")?,
    })
}

/// The statements of this file.
pub(super) fn statements() -> Vec<&'static Statement> {
    let mut all = vec![&PUT, &PUT_DELTA, &FOLD, &ONE, &VERSIONS];
    all.extend(&FOLD_IN_SQLITE);
    all.extend([&ALL, &SUCCEEDED, &FAILED, &LATE].into_iter().flatten());
    all
}
