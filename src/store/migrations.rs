//! Migrations: how the tables came to be, step by step; a step that was released is never changed.

use super::{Dialect, Error};
use sqlx::{
    Acquire,
    migrate::{Migrate, Migration, MigrationType, Migrator},
};
use std::{borrow::Cow, ops::Deref};

type Step = (&'static str, &'static str);

macro_rules! steps {
    ($folder:literal: $($name:literal),*) => {
        &[$(($name, include_str!(concat!("../../migrations/", $folder, "/", $name, ".sql")))),*]
    };
}

/// The steps in their order: a number, a name, and the SQL.
const POSTGRES: &[Step] =
    steps!("postgres": "0001_registry", "0002_records", "0003_views", "0004_quality", "0005_prices", "0006_runs");
const SQLITE: &[Step] =
    steps!("sqlite": "0001_registry", "0002_records", "0003_views", "0004_quality", "0005_prices", "0006_runs");

/// Takes the steps that were not taken yet, each in a transaction.
pub(super) async fn run<'a, A>(dialect: Dialect, database: A) -> Result<(), Error>
where
    A: Acquire<'a> + Copy,
    <A::Connection as Deref>::Target: Migrate,
{
    let migrator = migrator(dialect);
    // PostgreSQL has a lock for this. In SQLite another process may take a step after we looked: once for each step.
    let mut others = if dialect == Dialect::Sqlite { migrator.iter().len() } else { 0 };
    loop {
        match migrator.run(database).await {
            Ok(()) => return Ok(()),
            Err(_) if others > 0 => others -= 1,
            Err(sqlx::migrate::MigrateError::Execute(error)) => return Err(error.into()),
            Err(error) => return Err(Error::Migration(error.to_string())),
        }
    }
}

fn migrator(dialect: Dialect) -> Migrator {
    let steps = match dialect {
        Dialect::Postgres => POSTGRES,
        Dialect::Sqlite => SQLITE,
    };
    let steps = steps.iter().map(|(name, sql)| {
        let (number, said) = name.split_once('_').unwrap_or(("0", name));
        let number = number.parse().unwrap_or_default();
        let sql = sqlx::SqlSafeStr::into_sql_str(*sql);
        Migration::new(number, Cow::Borrowed(said), MigrationType::Simple, sql, false)
    });
    Migrator { migrations: Cow::Owned(steps.collect::<Vec<_>>()), ..Migrator::DEFAULT }
}
