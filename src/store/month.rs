//! Months: the partitions of the tables that grow, and how long they are kept.

use super::{Dialect, Engine, Error, Statement};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// The tables that are kept by month.
const TABLES: [&str; 2] = ["usage_events", "execution_logs"];

static LOCK: Statement = Statement::both("SELECT pg_advisory_xact_lock(727268070) IS NULL AS locked");
static PARTITIONS: Statement = Statement::both(
    "SELECT CAST(child.relname AS text) AS name FROM pg_inherits
     JOIN pg_class child ON child.oid = pg_inherits.inhrelid
     JOIN pg_class parent ON parent.oid = pg_inherits.inhparent
     WHERE parent.relname IN ('usage_events', 'execution_logs')",
);
/// How many rows the last statement of a transaction deleted, where whole months cannot go.
static GONE: Statement = Statement::each("SELECT 0 AS gone", "SELECT changes() AS gone");
static OLD: [Statement; 3] = [
    Statement::both("DELETE FROM usage_events WHERE created_at < $1"),
    Statement::both("DELETE FROM execution_logs WHERE created_at < $1"),
    Statement::both("DELETE FROM idempotency_keys WHERE created_at < $1"),
];

/// The month of a moment in UTC: its first day.
#[must_use]
pub fn month_of(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date().first_of_month()
}

/// Makes room for a month, where the engine keeps months apart. What is there already stays.
///
/// # Errors
/// Where the database is away.
pub async fn make_month(engine: &dyn Engine, month: Date) -> Result<(), Error> {
    if engine.dialect() == Dialect::Sqlite {
        return Ok(());
    }
    let next = month.last_of_month().tomorrow().map_err(|_| Error::Refused(format!("no month comes after {month}")))?;
    let mut begun = engine.begin().await?;
    begun.query(&LOCK, vec![]).await?;
    for table in TABLES {
        let name = partition(table, month);
        let sql =
            format!("CREATE TABLE IF NOT EXISTS {name} PARTITION OF {table} FOR VALUES FROM ('{month}') TO ('{next}')");
        begun.query(&Statement::made(sql, String::new()), vec![]).await?;
    }
    begun.commit().await
}

fn partition(table: &str, month: Date) -> String {
    format!("{table}_{:04}_{:02}", month.year(), month.month())
}

/// Throws away events and executions that are older than a moment: in PostgreSQL whole months, as soon as all of a month is
/// older. Counts by day stay. Answers what went: `usage_events_2026_01` for such a month, else `usage_events: 12 rows`.
///
/// # Errors
/// Where the database is away.
pub async fn throw_away(engine: &dyn Engine, before: Timestamp) -> Result<Vec<String>, Error> {
    let [_, _, keys] = &OLD;
    if engine.dialect() == Dialect::Sqlite {
        let (mut begun, mut gone) = (engine.begin().await?, Vec::new());
        for (table, old) in TABLES.iter().zip(&OLD) {
            begun.query(old, vec![before.into()]).await?;
            let rows = begun.query(&GONE, vec![]).await?;
            let count = rows.first().map_or(Ok(0), |row| row.int("gone"))?;
            gone.extend((count > 0).then(|| format!("{table}: {count} rows")));
        }
        begun.query(keys, vec![before.into()]).await?;
        begun.commit().await?;
        return Ok(gone);
    }
    let rows = engine.query(&PARTITIONS, vec![]).await?;
    let names = rows.iter().map(|row| row.text("name")).collect::<Result<Vec<_>, _>>()?;
    let kept = month_of(before);
    // Names sort as their months do, and only those of ours are touched.
    let is_old =
        |name: &&String| TABLES.iter().any(|table| is_partition(table, name) && **name < partition(table, kept));
    let old: Vec<String> = names.iter().filter(is_old).cloned().collect();
    for name in &old {
        let mut begun = engine.begin().await?;
        begun.query(&Statement::made(format!("DROP TABLE IF EXISTS {name}"), String::new()), vec![]).await?;
        begun.commit().await?;
    }
    let mut begun = engine.begin().await?;
    begun.query(keys, vec![before.into()]).await?;
    begun.commit().await?;
    Ok(old)
}

fn is_partition(table: &str, name: &str) -> bool {
    let month = name.strip_prefix(table).and_then(|rest| rest.strip_prefix('_'));
    month.is_some_and(|month| month.len() == 7 && month.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_'))
}

/// The statements of this file that both engines understand.
pub(super) fn statements() -> Vec<&'static Statement> {
    OLD.iter().chain([&GONE]).collect()
}
