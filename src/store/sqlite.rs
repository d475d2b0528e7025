//! SQLite, embedded: a file, one writer, as many readers as like.

use super::{
    Dialect, Error, Row, Statement, Value,
    engine::{Doing, Engine, Transaction},
    migrations, time_text,
};
use sqlx::{
    AssertSqlSafe, Column as _, Executor as _, Row as _, SqlitePool, TypeInfo as _, ValueRef as _,
    query::Query,
    sqlite::{
        SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
    },
};
use std::{path::Path, time::Duration};

/// The most connections that read.
const READERS: u32 = 4;

/// How long another process that writes, or a free connection, is waited for.
const BUSY: Duration = Duration::from_secs(5);

/// A SQLite file.
#[derive(Debug)]
pub(super) struct Sqlite {
    readers: SqlitePool,
    writer: SqlitePool,
}

impl Sqlite {
    /// Knows the file; it is opened, and made where it is not there, with the first statement.
    pub(super) fn new(path: &Path) -> Self {
        // FULL: what was committed is there after a power cut.
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY);
        let pool = |most| SqlitePoolOptions::new().max_connections(most).acquire_timeout(BUSY);
        Self { readers: pool(READERS).connect_lazy_with(options.clone()), writer: pool(1).connect_lazy_with(options) }
    }
}

impl Engine for Sqlite {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn query<'a>(&'a self, statement: &'a Statement, values: Vec<Value>) -> Doing<'a, Vec<Row>> {
        Box::pin(async move {
            let rows = bound(statement, values).fetch_all(&self.readers).await?;
            rows.iter().map(row).collect()
        })
    }

    fn begin(&self) -> Doing<'_, Box<dyn Transaction>> {
        // A transaction that reads first and writes then could find that another process wrote in between.
        Box::pin(async move {
            let begun = self.writer.begin_with("BEGIN IMMEDIATE").await?;
            Ok(Box::new(Begun(begun)) as Box<dyn Transaction>)
        })
    }

    fn migrate(&self) -> Doing<'_, ()> {
        Box::pin(migrations::run(Dialect::Sqlite, &self.writer))
    }

    fn prepare<'a>(&'a self, statement: &'a Statement) -> Doing<'a, ()> {
        Box::pin(async move {
            let sql = statement.sql(Dialect::Sqlite).clone();
            self.readers.prepare(sqlx::SqlSafeStr::into_sql_str(AssertSqlSafe(sql))).await?;
            Ok(())
        })
    }
}

/// A transaction that has begun.
struct Begun(sqlx::Transaction<'static, sqlx::Sqlite>);

impl Transaction for Begun {
    fn query<'a>(&'a mut self, statement: &'a Statement, values: Vec<Value>) -> Doing<'a, Vec<Row>> {
        Box::pin(async move {
            let rows = bound(statement, values).fetch_all(&mut *self.0).await?;
            rows.iter().map(row).collect()
        })
    }

    fn commit(self: Box<Self>) -> Doing<'static, ()> {
        Box::pin(async move { Ok(self.0.commit().await?) })
    }
}

/// A statement with its values; the text is ours, see [`Statement`].
fn bound(statement: &Statement, values: Vec<Value>) -> Query<'static, sqlx::Sqlite, SqliteArguments> {
    let query = sqlx::query(AssertSqlSafe(statement.sql(Dialect::Sqlite).clone()));
    values.into_iter().fold(query, |query, value| match value {
        Value::Text(value) => query.bind(value),
        Value::Int(value) => query.bind(value),
        Value::Real(value) => query.bind(value),
        Value::Bool(value) => query.bind(value),
        Value::Uuid(value) => query.bind(value.map(|id| id.to_string())),
        Value::Time(value) => query.bind(value.map(time_text)),
        Value::Json(value) => query.bind(value.map(|json| json.to_string())),
    })
}

fn row(row: &SqliteRow) -> Result<Row, Error> {
    let columns = row.columns().iter().enumerate();
    let values = columns.map(|(index, column)| Ok((column.name().to_owned(), value(row, index)?)));
    Ok(Row(values.collect::<Result<_, Error>>()?))
}

fn value(row: &SqliteRow, index: usize) -> Result<Value, Error> {
    let raw = row.try_get_raw(index)?;
    let info = raw.type_info();
    Ok(match info.name() {
        "NULL" => Value::Text(None),
        "INTEGER" => Value::Int(row.try_get_unchecked(index)?),
        "REAL" => Value::Real(row.try_get_unchecked(index)?),
        _ => Value::Text(row.try_get_unchecked(index)?),
    })
}
