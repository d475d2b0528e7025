//! Quality: how each version of a prompt does, in one look at what people said and how executions ended.

use super::{Engine, Error, Row, Statement};
use crate::domain::ExecutionStatus;
use jiff::civil::Date;
use std::collections::BTreeMap;
use uuid::Uuid;

/// How one version did in some days.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Quality {
    /// How often anything was said of it.
    pub feedback: u64,
    /// How often each rating was given, from 1 to 5.
    pub ratings: [u64; 5],
    /// How many executions ended well, with an error, and too late.
    pub ended: [u64; 3],
    /// How many executions say how long they took.
    pub timed: u64,
    /// How long those took together, in milliseconds.
    pub latency_ms: u64,
    /// How many tokens went in.
    pub input_tokens: u64,
    /// How many came out.
    pub output_tokens: u64,
    /// What it cost, in US dollars.
    pub cost_usd: f64,
}

static SAID: Statement = Statement::each(
    "SELECT prompt_version_id, CAST(rating AS bigint) AS rating, count(*) AS count FROM feedback
     WHERE prompt_id = $2 AND (tenant_id = $1) IS TRUE
         AND created_at >= CAST($3 AS date) AND created_at < CAST($4 AS date)
     GROUP BY prompt_version_id, rating",
    "SELECT prompt_version_id, rating, count(*) AS count FROM feedback
     WHERE prompt_id = $2 AND tenant_id = $1 AND created_at >= $3 AND created_at < $4
     GROUP BY prompt_version_id, rating",
);

static ENDED: Statement = Statement::each(
    "SELECT prompt_version_id, status, CAST(sum(count) AS bigint) AS count, CAST(sum(timed) AS bigint) AS timed,
         CAST(sum(latency_ms) AS bigint) AS latency_ms, CAST(sum(input_tokens) AS bigint) AS input_tokens,
         CAST(sum(output_tokens) AS bigint) AS output_tokens, sum(cost_usd) AS cost_usd
     FROM (
         SELECT prompt_version_id, day, status, count, timed, latency_ms, input_tokens, output_tokens, cost_usd
         FROM executions_daily WHERE prompt_id = $2 AND tenant_id = $1
         UNION ALL
         SELECT r.v, r.d, r.s, r.n, r.t, r.l, r.i, r.o, r.c FROM execution_deltas d,
             jsonb_to_recordset(d.counts) AS r (p uuid, v uuid, d date, s text, n bigint, t bigint, l bigint, i bigint,
                 o bigint, c double precision)
         WHERE d.tenant_id = $1 AND r.p = $2
     ) e WHERE day >= CAST($3 AS date) AND day < CAST($4 AS date) GROUP BY prompt_version_id, status",
    "SELECT prompt_version_id, status, sum(count) AS count, sum(timed) AS timed, sum(latency_ms) AS latency_ms,
         sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens, sum(cost_usd) AS cost_usd
     FROM (
         SELECT prompt_version_id, day, status, count, timed, latency_ms, input_tokens, output_tokens, cost_usd
         FROM executions_daily WHERE prompt_id = $2 AND tenant_id = $1
         UNION ALL
         SELECT r.value ->> 'v', r.value ->> 'd', r.value ->> 's', r.value ->> 'n', r.value ->> 't', r.value ->> 'l',
             r.value ->> 'i', r.value ->> 'o', r.value ->> 'c' FROM execution_deltas d, json_each(d.counts) r
         WHERE d.tenant_id = $1 AND r.value ->> 'p' = $2
     ) e WHERE day >= $3 AND day < $4 GROUP BY prompt_version_id, status",
);

/// How each version of a prompt did from one day up to another one, without that, both in UTC; versions of which nothing
/// is known are left out.
///
/// # Errors
/// Where the database is away.
pub async fn quality_of(
    engine: &dyn Engine,
    tenant: Uuid,
    prompt_id: Uuid,
    (from, to): (Date, Date),
) -> Result<BTreeMap<Uuid, Quality>, Error> {
    let values = || vec![tenant.into(), prompt_id.into(), from.to_string().into(), to.to_string().into()];
    let mut all: BTreeMap<Uuid, Quality> = BTreeMap::new();
    for row in engine.query(&SAID, values()).await? {
        let (quality, count) = (all.entry(row.uuid("prompt_version_id")?).or_default(), number(&row, "count")?);
        quality.feedback += count;
        let rating = row.opt_int("rating")?.and_then(|rating| usize::try_from(rating).ok()?.checked_sub(1));
        if let Some(given) = rating.and_then(|index| quality.ratings.get_mut(index)) {
            *given += count;
        }
    }
    for row in engine.query(&ENDED, values()).await? {
        add(all.entry(row.uuid("prompt_version_id")?).or_default(), &row)?;
    }
    Ok(all)
}

fn add(quality: &mut Quality, row: &Row) -> Result<(), Error> {
    let status = ExecutionStatus::named(&row.text("status")?);
    let [success, error, timeout] = &mut quality.ended;
    let ended = match status.ok_or_else(|| Error::column("status", "is no status"))? {
        ExecutionStatus::Success => success,
        ExecutionStatus::Error => error,
        ExecutionStatus::Timeout => timeout,
    };
    *ended += number(row, "count")?;
    quality.timed += number(row, "timed")?;
    quality.latency_ms += number(row, "latency_ms")?;
    quality.input_tokens += number(row, "input_tokens")?;
    quality.output_tokens += number(row, "output_tokens")?;
    quality.cost_usd += row.opt_real("cost_usd")?.unwrap_or_default();
    Ok(())
}

fn number(row: &Row, column: &str) -> Result<u64, Error> {
    Ok(u64::try_from(row.int(column)?).unwrap_or_default())
}

/// The statements of this file.
pub(super) fn statements() -> Vec<&'static Statement> {
    vec![&SAID, &ENDED]
}
