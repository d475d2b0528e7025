//! Claims on runs: each is run by one process at a time, for as long as it goes on saying so.

use super::{Engine, Error, Row, Run, Statement, run::forget_outputs, run_read::read, usage::text};
use serde_json::Value as Json;
use std::{collections::HashSet, time::Duration};
use uuid::Uuid;

/// What a process wants to have.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// Whose runs.
    pub tenant: Uuid,
    /// The process.
    pub by: Uuid,
    /// For how long the others leave them alone.
    pub lease: Duration,
    /// How many at most.
    pub most: usize,
    /// Workflows of which it wants none.
    pub but: &'a [&'a str],
    /// Whether those are wanted whose process does not say any more that it runs them, and not those that are queued.
    pub is_lapsed: bool,
}

macro_rules! claim {
    ($which:literal, $still:literal, $sqlite_still:literal, $order:literal) => {
        Statement::each(
            concat!(
                "WITH due AS MATERIALIZED (
                     SELECT id FROM workflow_runs
                     WHERE tenant_id = $1 AND status = '",
                $which,
                "' AND status <> 'succeeded' AND workflow NOT IN (SELECT json_array_elements_text(CAST($5 AS json)))",
                $still,
                " ORDER BY ",
                $order,
                " LIMIT $3 FOR UPDATE SKIP LOCKED)
                 UPDATE workflow_runs w SET status = 'running', tries = tries + 1, claimed_by = $2,
                     claimed_until = now() + make_interval(secs => $4), started_at = coalesce(started_at, now())
                 FROM due WHERE w.id = due.id RETURNING w.*"
            ),
            concat!(
                "UPDATE workflow_runs SET status = 'running', tries = tries + 1, claimed_by = $2,
                     claimed_until = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '+' || $4 || ' seconds'),
                     started_at = coalesce(started_at, strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))
                 WHERE id IN (SELECT id FROM workflow_runs
                     WHERE tenant_id = $1 AND status = '",
                $which,
                "' AND status <> 'succeeded' AND workflow NOT IN (SELECT value FROM json_each($5))",
                $sqlite_still,
                " ORDER BY ",
                $order,
                " LIMIT $3) RETURNING *"
            ),
        )
    };
}

static QUEUED: Statement = claim!("queued", "", "", "created_at, id");
static LAPSED: Statement = claim!(
    "running",
    " AND claimed_until < now()",
    " AND claimed_until < strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')",
    "claimed_until, id"
);

/// Claims runs, the oldest first; of two processes that do so at the same time each gets others.
///
/// # Errors
/// Where the database is away.
pub async fn claim_runs(engine: &dyn Engine, claim: Claim<'_>) -> Result<Vec<Run>, Error> {
    let statement = if claim.is_lapsed { &LAPSED } else { &QUEUED };
    let most = i64::try_from(claim.most).unwrap_or(i64::MAX);
    let but = text(&claim.but);
    let values = vec![claim.tenant.into(), claim.by.into(), most.into(), claim.lease.as_secs_f64().into(), but.into()];
    let mut begun = engine.begin().await?;
    let rows = begun.query(statement, values).await?;
    begun.commit().await?;
    let mut runs = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    runs.sort_by_key(|run| (run.created_at, run.id));
    Ok(runs)
}

static RENEW: Statement = Statement::each(
    "UPDATE workflow_runs SET claimed_until = now() + make_interval(secs => $3)
     WHERE id IN (SELECT id FROM workflow_runs WHERE tenant_id = $1 AND claimed_by = $2 AND status = 'running'
         AND status <> 'succeeded' AND id IN (SELECT CAST(value AS uuid) FROM json_array_elements_text(CAST($4 AS json)))
         FOR UPDATE SKIP LOCKED)",
    "UPDATE workflow_runs SET claimed_until = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '+' || $3 || ' seconds')
     WHERE tenant_id = $1 AND claimed_by = $2 AND status = 'running' AND status <> 'succeeded'
         AND id IN (SELECT value FROM json_each($4))",
);

/// Says that a process goes on with some of the runs that it has claimed. What is just being written is left out: whoever
/// moves a run on says so too.
///
/// # Errors
/// Where the database is away.
pub async fn renew_claims(
    engine: &dyn Engine,
    tenant: Uuid,
    by: Uuid,
    runs: &[Uuid],
    lease: Duration,
) -> Result<(), Error> {
    if runs.is_empty() {
        return Ok(());
    }
    let mut begun = engine.begin().await?;
    begun.query(&RENEW, vec![tenant.into(), by.into(), lease.as_secs_f64().into(), text(&runs).into()]).await?;
    begun.commit().await
}

static STILL: Statement = Statement::both(
    "SELECT id FROM workflow_runs
     WHERE tenant_id = $1 AND status = 'running' AND status <> 'succeeded' AND claimed_by = $2",
);

/// The runs that a process has claimed.
///
/// # Errors
/// Where the database is away.
pub async fn claimed_still(engine: &dyn Engine, tenant: Uuid, by: Uuid) -> Result<HashSet<Uuid>, Error> {
    let rows = engine.query(&STILL, vec![tenant.into(), by.into()]).await?;
    rows.iter().map(|row: &Row| row.uuid("id")).collect()
}

static HAND_BACK: Statement = Statement::both(
    "UPDATE workflow_runs SET status = 'queued', tries = tries - 1, claimed_by = NULL, claimed_until = NULL
     WHERE tenant_id = $1 AND status = 'running' AND status <> 'succeeded' AND claimed_by = $2",
);

/// Puts back into the queue what a process has claimed.
///
/// # Errors
/// Where the database is away.
pub async fn hand_back_runs(engine: &dyn Engine, tenant: Uuid, by: Uuid) -> Result<(), Error> {
    let mut begun = engine.begin().await?;
    begun.query(&HAND_BACK, vec![tenant.into(), by.into()]).await?;
    begun.commit().await
}

static CANCEL: Statement = Statement::both(
    "UPDATE workflow_runs SET status = 'cancelled', finished_at = $3, input = coalesce($4, input)
     WHERE tenant_id = $1 AND id = $2 AND status IN ('queued', 'running') RETURNING id",
);

/// Ends a run that has not ended; answers whether it did. What went in is written over with `input`, where that is given,
/// and what its steps answered is forgotten then.
///
/// # Errors
/// Where the database is away.
pub async fn cancel_run(
    engine: &dyn Engine,
    tenant: Uuid,
    id: Uuid,
    now: jiff::Timestamp,
    input: Option<Json>,
) -> Result<bool, Error> {
    let mut begun = engine.begin().await?;
    let forgets = input.is_some();
    let rows = begun.query(&CANCEL, vec![tenant.into(), id.into(), now.into(), input.into()]).await?;
    if forgets && !rows.is_empty() {
        forget_outputs(&mut *begun, tenant, &[id]).await?;
    }
    begun.commit().await?;
    Ok(!rows.is_empty())
}

/// The statements of this file.
pub(super) fn statements() -> Vec<&'static Statement> {
    vec![&QUEUED, &LAPSED, &RENEW, &STILL, &HAND_BACK, &CANCEL]
}
