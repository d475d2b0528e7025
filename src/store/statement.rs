//! Statements: SQL with numbered parameters, in the words of both engines.

use super::Dialect;
use std::borrow::Cow;

/// SQL with parameters `$1`, `$2`, …; no value is ever written into its text.
#[derive(Debug, Clone)]
pub struct Statement {
    postgres: Cow<'static, str>,
    sqlite: Cow<'static, str>,
}

impl Statement {
    /// A statement that both engines understand alike: without casts by `::`, which SQLite takes for a parameter's name.
    #[must_use]
    pub const fn both(sql: &'static str) -> Self {
        Self { postgres: Cow::Borrowed(sql), sqlite: Cow::Borrowed(sql) }
    }

    /// A statement in two dialects; the parameters are the same.
    #[must_use]
    pub const fn each(postgres: &'static str, sqlite: &'static str) -> Self {
        Self { postgres: Cow::Borrowed(postgres), sqlite: Cow::Borrowed(sqlite) }
    }

    /// A statement that was put together from names of ours: tables and columns, never values.
    #[must_use]
    pub const fn made(postgres: String, sqlite: String) -> Self {
        Self { postgres: Cow::Owned(postgres), sqlite: Cow::Owned(sqlite) }
    }

    /// The text for one engine.
    #[must_use]
    pub fn sql(&self, dialect: Dialect) -> &Cow<'static, str> {
        match dialect {
            Dialect::Postgres => &self.postgres,
            Dialect::Sqlite => &self.sqlite,
        }
    }
}
