//! Usage: who asked for which version when, one by one and counted by day.

use super::{Dialect, Engine, Error, Row, Statement, Transaction, time_text};
use crate::domain::ClientType;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use uuid::Uuid;

/// One use of a version.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UsageEvent {
    /// Its id, which says when it was made: a UUIDv7.
    pub id: Uuid,
    /// The prompt.
    pub prompt_id: Uuid,
    /// The version of it.
    pub prompt_version_id: Uuid,
    /// Who used it, where that is known.
    pub user_id: Option<Uuid>,
    /// With what kind of program.
    pub client_type: ClientType,
    /// For which project.
    pub project_key: Option<String>,
    /// Whatever else the program had to say.
    pub context: Option<serde_json::Value>,
    /// When.
    #[serde(serialize_with = "as_text")]
    pub created_at: Timestamp,
}

pub(super) fn as_text<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time_text(*time))
}

/// How PostgreSQL takes events.
macro_rules! put_events {
    () => {
        "INSERT INTO usage_events
         (tenant_id, id, prompt_id, prompt_version_id, user_id, client_type, project_key, context, created_at)
     SELECT $1, id, prompt_id, prompt_version_id, user_id, client_type, project_key, context, created_at
     FROM json_to_recordset(CAST($2 AS json)) AS r (id uuid, prompt_id uuid, prompt_version_id uuid, user_id uuid,
         client_type text, project_key text, context jsonb, created_at timestamptz)"
    };
}

static PUT: Statement = Statement::each(
    put_events!(),
    "INSERT INTO usage_events
         (tenant_id, id, prompt_id, prompt_version_id, user_id, client_type, project_key, context, created_at)
     SELECT $1, value ->> 'id', value ->> 'prompt_id', value ->> 'prompt_version_id', value ->> 'user_id',
         value ->> 'client_type', value ->> 'project_key', json_extract(value, '$.context'), value ->> 'created_at'
     FROM json_each($2)",
);

static PUT_DELTA: Statement = Statement::each(
    "INSERT INTO usage_deltas (id, tenant_id, counts) VALUES ($1, $2, CAST($3 AS jsonb))",
    "INSERT INTO usage_deltas (id, tenant_id, counts) VALUES ($1, $2, $3)",
);

/// Both in one statement, which is a transaction by itself: one way to the database and back, where there were four.
static PUT_ALONE: Statement = Statement::each(
    concat!(
        "WITH put AS (",
        put_events!(),
        ") INSERT INTO usage_deltas (id, tenant_id, counts) VALUES ($3, $1, CAST($4 AS jsonb))"
    ),
    // SQLite has one writer, and no way to go.
    "SELECT $1, $2, $3, $4",
);

/// How many rows of usage_deltas are added up at a time.
const FOLDED: i64 = 500;

static FOLD: Statement = Statement::each(
    "WITH gone AS (
         DELETE FROM usage_deltas WHERE id IN
             (SELECT id FROM usage_deltas WHERE tenant_id = $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED)
         RETURNING counts),
     said AS (SELECT r.* FROM gone, jsonb_to_recordset(gone.counts) AS r (p uuid, d date, v text, c text, k text, n bigint)),
     added AS (
         INSERT INTO usage_daily (tenant_id, prompt_id, facet, day, value, count)
         SELECT $1, p, facet, d, value, sum(n)
         FROM said, LATERAL (VALUES ('version', v), ('client_type', c), ('project_key', k)) AS f (facet, value)
         GROUP BY p, facet, d, value ORDER BY p, facet, d, value
         ON CONFLICT (prompt_id, facet, day, value) DO UPDATE SET count = usage_daily.count + excluded.count)
     SELECT count(*) AS folded FROM gone",
    "SELECT count(*) AS folded FROM (SELECT id FROM usage_deltas WHERE tenant_id = $1 ORDER BY id LIMIT $2)",
);

/// SQLite changes no table within a query: the same in two steps, within one transaction.
static FOLD_IN_SQLITE: [Statement; 2] = [
    Statement::each(
        "SELECT $1, $2",
        "INSERT INTO usage_daily (tenant_id, prompt_id, facet, day, value, count)
         SELECT $1, r.value ->> 'p', f.value, r.value ->> 'd',
             CASE f.value WHEN 'version' THEN r.value ->> 'v' WHEN 'client_type' THEN r.value ->> 'c' ELSE r.value ->> 'k' END AS facet_value,
             sum(r.value ->> 'n')
         FROM (SELECT counts FROM usage_deltas WHERE tenant_id = $1 ORDER BY id LIMIT $2) d, json_each(d.counts) r,
             json_each('[\"version\", \"client_type\", \"project_key\"]') f
         WHERE true
         GROUP BY r.value ->> 'p', f.value, r.value ->> 'd', facet_value
         ON CONFLICT (prompt_id, facet, day, value) DO UPDATE SET count = usage_daily.count + excluded.count",
    ),
    Statement::each(
        "SELECT $1, $2",
        "DELETE FROM usage_deltas WHERE id IN (SELECT id FROM usage_deltas WHERE tenant_id = $1 ORDER BY id LIMIT $2)",
    ),
];

/// Puts events where they stay, and what they count.
///
/// # Errors
/// Where the database is away; nothing of it is there then, once the transaction is gone.
pub async fn put_usage(begun: &mut dyn Transaction, tenant: Uuid, events: &[&UsageEvent]) -> Result<(), Error> {
    let Some(last) = events.last() else { return Ok(()) };
    begun.query(&PUT, vec![tenant.into(), text(&events).into()]).await?;
    let deltas = text(&deltas(events));
    begun.query(&PUT_DELTA, vec![last.id.into(), tenant.into(), deltas.into()]).await?;
    Ok(())
}

/// The same in a transaction of its own.
///
/// # Errors
/// Where the database is away; nobody knows then whether it is there.
pub async fn put_usage_alone(engine: &dyn Engine, tenant: Uuid, events: &[&UsageEvent]) -> Result<(), Error> {
    let Some(last) = events.last() else { return Ok(()) };
    if engine.dialect() == Dialect::Sqlite {
        let mut begun = engine.begin().await?;
        put_usage(&mut *begun, tenant, events).await?;
        return begun.commit().await;
    }
    let deltas = text(&deltas(events));
    engine.query(&PUT_ALONE, vec![tenant.into(), text(&events).into(), last.id.into(), deltas.into()]).await?;
    Ok(())
}

/// What can always be written: our own types have string keys and finite numbers.
pub(super) fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// How many events there are of each prompt, day, version, client and project.
#[derive(Debug, Serialize)]
struct Delta<'a> {
    p: Uuid,
    d: Date,
    v: Uuid,
    c: ClientType,
    k: &'a str,
    n: u32,
}

fn deltas<'a>(events: &[&'a UsageEvent]) -> Vec<Delta<'a>> {
    let mut counts: BTreeMap<_, u32> = BTreeMap::new();
    for event in events {
        let day = event.created_at.to_zoned(TimeZone::UTC).date();
        let project = event.project_key.as_deref().unwrap_or_default();
        let key = (event.prompt_id, day, event.prompt_version_id, event.client_type, project);
        *counts.entry(key).or_default() += 1;
    }
    counts.into_iter().map(|((p, d, v, c, k), n)| Delta { p, d, v, c, k, n }).collect()
}

/// Adds up what came lately into the counts by day. Answers whether there may be more to do.
///
/// # Errors
/// Where the database is away.
pub async fn fold_usage(engine: &dyn Engine, tenant: Uuid) -> Result<bool, Error> {
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

/// By what usage of a prompt is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Facet {
    /// By version; the value is its id.
    Version,
    /// By kind of client.
    ClientType,
    /// By project; empty where there is none.
    ProjectKey,
    /// By user; the value is the id. Counted one by one.
    User,
}

/// How often a prompt was used in some time, as one value of a facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageCount {
    /// Where the hour or the day begins; none where all is counted together.
    pub from: Timestamp,
    /// The value of the facet; none where nothing is told apart.
    pub value: Option<String>,
    /// How often.
    pub count: u64,
}

/// What is counted of one prompt.
#[derive(Debug, Clone, Copy)]
pub struct UsageQuestion {
    /// The prompt.
    pub prompt_id: Uuid,
    /// From when on; where days are counted, from the beginning of that day in UTC.
    pub from: Timestamp,
    /// Up to when, without that moment; where days are counted, without that day.
    pub to: Timestamp,
    /// Whether hours are counted, and not days.
    pub hourly: bool,
    /// By what it is told apart.
    pub facet: Option<Facet>,
}

macro_rules! by_day {
    ($facet:literal, $key:literal, $value:literal) => {
        Statement::each(
            concat!(
                "SELECT CAST(day AS text) AS bucket, ",
                $value,
                " AS value, CAST(sum(count) AS bigint) AS count FROM (
                     SELECT day, value, count FROM usage_daily
                     WHERE prompt_id = $2 AND tenant_id = $1 AND facet = '",
                $facet,
                "'
                     UNION ALL
                     SELECT r.d, r.",
                $key,
                ", r.n FROM usage_deltas d,
                         jsonb_to_recordset(d.counts) AS r (p uuid, d date, v text, c text, k text, n bigint)
                     WHERE d.tenant_id = $1 AND r.p = $2
                 ) u WHERE day >= CAST($3 AS date) AND day < CAST($4 AS date) GROUP BY 1, 2"
            ),
            concat!(
                "SELECT day AS bucket, ",
                $value,
                " AS value, sum(count) AS count FROM (
                     SELECT day, value, count FROM usage_daily
                     WHERE prompt_id = $2 AND tenant_id = $1 AND facet = '",
                $facet,
                "'
                     UNION ALL
                     SELECT r.value ->> 'd', r.value ->> '",
                $key,
                "', r.value ->> 'n' FROM usage_deltas d, json_each(d.counts) r
                     WHERE d.tenant_id = $1 AND r.value ->> 'p' = $2
                 ) u WHERE day >= $3 AND day < $4 GROUP BY 1, 2"
            ),
        )
    };
}

static BY_DAY: Statement = by_day!("version", "v", "NULL");
static BY_DAY_AND_VERSION: Statement = by_day!("version", "v", "value");
static BY_DAY_AND_CLIENT: Statement = by_day!("client_type", "c", "value");
static BY_DAY_AND_PROJECT: Statement = by_day!("project_key", "k", "value");

macro_rules! one_by_one {
    ($cut:literal, $postgres:literal, $sqlite:literal) => {
        Statement::each(
            concat!(
                "SELECT to_char(date_trunc('",
                $cut,
                "', created_at AT TIME ZONE 'UTC'), 'YYYY-MM-DD\"T\"HH24:00:00Z') AS bucket, ",
                $postgres,
                " AS value, count(*) AS count FROM usage_events
                 WHERE prompt_id = $2 AND tenant_id = $1 AND created_at >= $3 AND created_at < $4 GROUP BY 1, 2"
            ),
            concat!(
                "SELECT strftime(CASE '",
                $cut,
                "' WHEN 'hour' THEN '%Y-%m-%dT%H:00:00Z' ELSE '%Y-%m-%dT00:00:00Z' END, created_at) AS bucket, ",
                $sqlite,
                " AS value, count(*) AS count FROM usage_events
                 WHERE prompt_id = $2 AND tenant_id = $1 AND created_at >= $3 AND created_at < $4 GROUP BY 1, 2"
            ),
        )
    };
}

static BY_HOUR: Statement = one_by_one!("hour", "NULL", "NULL");
static BY_HOUR_AND_VERSION: Statement = one_by_one!("hour", "CAST(prompt_version_id AS text)", "prompt_version_id");
static BY_HOUR_AND_CLIENT: Statement = one_by_one!("hour", "client_type", "client_type");
static BY_HOUR_AND_PROJECT: Statement = one_by_one!("hour", "coalesce(project_key, '')", "coalesce(project_key, '')");
static BY_HOUR_AND_USER: Statement = one_by_one!("hour", "CAST(user_id AS text)", "user_id");
static BY_DAY_AND_USER: Statement = one_by_one!("day", "CAST(user_id AS text)", "user_id");

/// Counts one prompt's usage by hour or by day, the newest events included; days and hours without any are left out.
///
/// # Errors
/// Where the database is away.
pub async fn usage_of(engine: &dyn Engine, tenant: Uuid, question: UsageQuestion) -> Result<Vec<UsageCount>, Error> {
    let UsageQuestion { prompt_id, from, to, hourly, facet } = question;
    let (one_by_one, statement) = match (hourly, facet) {
        (false, None) => (false, &BY_DAY),
        (false, Some(Facet::Version)) => (false, &BY_DAY_AND_VERSION),
        (false, Some(Facet::ClientType)) => (false, &BY_DAY_AND_CLIENT),
        (false, Some(Facet::ProjectKey)) => (false, &BY_DAY_AND_PROJECT),
        (false, Some(Facet::User)) => (true, &BY_DAY_AND_USER),
        (true, None) => (true, &BY_HOUR),
        (true, Some(Facet::Version)) => (true, &BY_HOUR_AND_VERSION),
        (true, Some(Facet::ClientType)) => (true, &BY_HOUR_AND_CLIENT),
        (true, Some(Facet::ProjectKey)) => (true, &BY_HOUR_AND_PROJECT),
        (true, Some(Facet::User)) => (true, &BY_HOUR_AND_USER),
    };
    let bounds = match one_by_one {
        true => [from.into(), to.into()],
        false => [from, to].map(|time| time.to_zoned(TimeZone::UTC).date().to_string().into()),
    };
    let [from, to] = bounds;
    let rows = engine.query(statement, vec![tenant.into(), prompt_id.into(), from, to]).await?;
    let mut counts = rows.iter().map(counted).collect::<Result<Vec<_>, _>>()?;
    // Databases differ in how they sort texts, and where NULL belongs.
    counts.sort_by(|a, b| (a.from, a.value.is_none(), &a.value).cmp(&(b.from, b.value.is_none(), &b.value)));
    Ok(counts)
}

fn counted(row: &Row) -> Result<UsageCount, Error> {
    let bucket = row.text("bucket")?;
    let bucket = if bucket.contains('T') { bucket } else { format!("{bucket}T00:00:00Z") };
    let from = bucket.parse().map_err(|_| Error::column("bucket", "is no time"))?;
    Ok(UsageCount { from, value: row.opt_text("value")?, count: count(row)? })
}

fn count(row: &Row) -> Result<u64, Error> {
    Ok(u64::try_from(row.int("count")?).unwrap_or_default())
}

static MOST_USED: Statement = Statement::each(
    "SELECT prompt_id, CAST(sum(count) AS bigint) AS count FROM (
         SELECT prompt_id, count FROM usage_daily
         WHERE tenant_id = $1 AND facet = 'version' AND day >= CAST($2 AS date) AND day < CAST($3 AS date)
         UNION ALL
         SELECT r.p, r.n FROM usage_deltas d, jsonb_to_recordset(d.counts) AS r (p uuid, d date, n bigint)
         WHERE d.tenant_id = $1 AND r.d >= CAST($2 AS date) AND r.d < CAST($3 AS date)
     ) u GROUP BY prompt_id ORDER BY 2 DESC, 1 LIMIT $4",
    "SELECT prompt_id, sum(count) AS count FROM (
         SELECT prompt_id, count FROM usage_daily
         WHERE tenant_id = $1 AND facet = 'version' AND day >= $2 AND day < $3
         UNION ALL
         SELECT r.value ->> 'p', r.value ->> 'n' FROM usage_deltas d, json_each(d.counts) r
         WHERE d.tenant_id = $1 AND r.value ->> 'd' >= $2 AND r.value ->> 'd' < $3
     ) u GROUP BY prompt_id ORDER BY 2 DESC, 1 LIMIT $4",
);

/// The prompts that were used most in some days, the most used first.
///
/// # Errors
/// Where the database is away.
pub async fn most_used(
    engine: &dyn Engine,
    tenant: Uuid,
    (from, to): (Date, Date),
    limit: usize,
) -> Result<Vec<(Uuid, u64)>, Error> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let values = vec![tenant.into(), from.to_string().into(), to.to_string().into(), limit.into()];
    let rows = engine.query(&MOST_USED, values).await?;
    rows.iter().map(|row| Ok((row.uuid("prompt_id")?, count(row)?))).collect()
}

/// The statements of this file.
pub(super) fn statements() -> Vec<&'static Statement> {
    let mut all = vec![
        &PUT,
        &PUT_DELTA,
        &PUT_ALONE,
        &FOLD,
        &BY_DAY,
        &BY_DAY_AND_VERSION,
        &BY_DAY_AND_CLIENT,
        &BY_DAY_AND_PROJECT,
        &BY_HOUR,
        &BY_HOUR_AND_VERSION,
        &BY_HOUR_AND_CLIENT,
        &BY_HOUR_AND_PROJECT,
        &BY_HOUR_AND_USER,
        &BY_DAY_AND_USER,
        &MOST_USED,
    ];
    all.extend(&FOLD_IN_SQLITE);
    all
}
