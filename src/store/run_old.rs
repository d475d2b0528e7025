//! Runs that are older than they are to be kept.

use super::{Engine, Error, Row, Statement, usage::text};
use jiff::Timestamp;
use uuid::Uuid;

/// How many runs are thrown away in one transaction.
const TOGETHER: usize = 1_000;

static OLD: Statement = Statement::both(
    "SELECT id FROM workflow_runs
     WHERE tenant_id = $1 AND created_at < $2 AND status NOT IN ('queued', 'running')
     ORDER BY created_at, id LIMIT 1000",
);
static STEPS: Statement = Statement::each(
    "DELETE FROM run_steps WHERE run_id IN (SELECT CAST(value AS uuid) FROM json_array_elements_text(CAST($1 AS json)))",
    "DELETE FROM run_steps WHERE run_id IN (SELECT value FROM json_each($1))",
);
static RUNS: Statement = Statement::each(
    "DELETE FROM workflow_runs WHERE id IN (SELECT CAST(value AS uuid) FROM json_array_elements_text(CAST($1 AS json)))",
    "DELETE FROM workflow_runs WHERE id IN (SELECT value FROM json_each($1))",
);

/// Throws away runs that were begun before a moment and have ended, with their steps. Answers how many. What they began with
/// stays: there is one of it for all runs of a workflow between two changes.
///
/// # Errors
/// Where the database is away.
pub async fn throw_away_runs(engine: &dyn Engine, tenant: Uuid, before: Timestamp) -> Result<usize, Error> {
    let mut gone = 0;
    loop {
        let mut begun = engine.begin().await?;
        let rows = begun.query(&OLD, vec![tenant.into(), before.into()]).await?;
        let ids: Vec<Uuid> = rows.iter().map(|row: &Row| row.uuid("id")).collect::<Result<_, _>>()?;
        for statement in [&STEPS, &RUNS] {
            begun.query(statement, vec![text(&ids).into()]).await?;
        }
        begun.commit().await?;
        gone += ids.len();
        if ids.len() < TOGETHER {
            return Ok(gone);
        }
    }
}

/// The statements of this file.
pub(super) fn statements() -> Vec<&'static Statement> {
    vec![&OLD, &STEPS, &RUNS]
}
