//! PostgreSQL, and what speaks its protocol.

use super::{
    Dialect, Error, Row, Statement, Value,
    engine::{Doing, Engine, Transaction},
    migrations,
};
use jiff::Timestamp;
use sqlx::{
    AssertSqlSafe, Column as _, Executor as _, PgPool, Row as _, TypeInfo as _, ValueRef as _,
    postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgRow},
    query::Query,
    types::time::OffsetDateTime,
};
use std::time::Duration;

/// The most connections of one server.
const CONNECTIONS: u32 = 16;

/// How long a connection is waited for, one statement may take, and a lock is waited for.
const ACQUIRE: Duration = Duration::from_secs(3);
const STATEMENT: &str = "30s";
const LOCK: &str = "10s";

/// A PostgreSQL server.
#[derive(Debug)]
pub(super) struct Postgres {
    pool: PgPool,
    options: PgConnectOptions,
}

impl Postgres {
    /// Knows where the server is; it is not called yet.
    pub(super) fn new(url: &str) -> Result<Self, Error> {
        let options: PgConnectOptions = url.parse().map_err(|_| {
            Error::Address("this is no address of a PostgreSQL database: write postgres://USER@HOST/NAME".to_owned())
        })?;
        let options =
            options.application_name("promptreg").options([("TimeZone", "UTC"), ("client_min_messages", "warning")]);
        let bounded = options.clone().options([
            ("statement_timeout", STATEMENT),
            ("lock_timeout", LOCK),
            ("idle_in_transaction_session_timeout", STATEMENT),
        ]);
        let pool =
            PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(ACQUIRE).connect_lazy_with(bounded);
        Ok(Self { pool, options })
    }
}

impl Engine for Postgres {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn query<'a>(&'a self, statement: &'a Statement, values: Vec<Value>) -> Doing<'a, Vec<Row>> {
        Box::pin(async move {
            let rows = bound(statement, values).fetch_all(&self.pool).await?;
            rows.iter().map(row).collect()
        })
    }

    fn begin(&self) -> Doing<'_, Box<dyn Transaction>> {
        Box::pin(async move { Ok(Box::new(Begun(self.pool.begin().await?)) as Box<dyn Transaction>) })
    }

    fn migrate(&self) -> Doing<'_, ()> {
        Box::pin(async move {
            // A migration may take longer than any statement of ours may.
            let options = self.options.clone();
            let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(ACQUIRE).connect_lazy_with(options);
            let done = migrations::run(Dialect::Postgres, &pool).await;
            pool.close().await;
            done
        })
    }

    fn prepare<'a>(&'a self, statement: &'a Statement) -> Doing<'a, ()> {
        Box::pin(async move {
            let sql = statement.sql(Dialect::Postgres).clone();
            self.pool.prepare(sqlx::SqlSafeStr::into_sql_str(AssertSqlSafe(sql))).await?;
            Ok(())
        })
    }
}

/// A transaction that has begun.
struct Begun(sqlx::Transaction<'static, sqlx::Postgres>);

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
fn bound(statement: &Statement, values: Vec<Value>) -> Query<'static, sqlx::Postgres, PgArguments> {
    let query = sqlx::query(AssertSqlSafe(statement.sql(Dialect::Postgres).clone()));
    values.into_iter().fold(query, |query, value| match value {
        Value::Text(value) => query.bind(value),
        Value::Int(value) => query.bind(value),
        Value::Real(value) => query.bind(value),
        Value::Bool(value) => query.bind(value),
        Value::Uuid(value) => query.bind(value),
        Value::Time(value) => query.bind(value.and_then(offset)),
        Value::Json(value) => query.bind(value),
    })
}

fn offset(time: Timestamp) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(time.as_nanosecond()).ok()
}

fn row(row: &PgRow) -> Result<Row, Error> {
    let columns = row.columns().iter().enumerate();
    let values = columns.map(|(index, column)| Ok((column.name().to_owned(), value(row, index)?)));
    Ok(Row(values.collect::<Result<_, Error>>()?))
}

fn value(row: &PgRow, index: usize) -> Result<Value, Error> {
    let raw = row.try_get_raw(index)?;
    let info = raw.type_info();
    Ok(match info.name() {
        "UUID" => Value::Uuid(row.try_get(index)?),
        "INT8" => Value::Int(row.try_get(index)?),
        "INT4" => Value::Int(row.try_get::<Option<i32>, _>(index)?.map(i64::from)),
        "INT2" => Value::Int(row.try_get::<Option<i16>, _>(index)?.map(i64::from)),
        "FLOAT8" => Value::Real(row.try_get(index)?),
        "BOOL" => Value::Bool(row.try_get(index)?),
        "JSONB" | "JSON" => Value::Json(row.try_get(index)?),
        "TIMESTAMPTZ" => {
            let time: Option<OffsetDateTime> = row.try_get(index)?;
            let time = time.map(|time| Timestamp::from_nanosecond(time.unix_timestamp_nanos()));
            Value::Time(time.transpose().map_err(|_| Error::column("time", "is out of range"))?)
        }
        _ => Value::Text(row.try_get(index)?),
    })
}
