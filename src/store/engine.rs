//! What a database does for us: statements with values in, rows out, some of them in a transaction.

use super::{Error, Row, Statement, Value};
use std::{future::Future, pin::Pin};

/// Something that a database is doing.
pub type Doing<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// Which SQL a database speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// PostgreSQL and what speaks its protocol.
    Postgres,
    /// SQLite, embedded.
    Sqlite,
}

/// A database.
pub trait Engine: std::fmt::Debug + Send + Sync {
    /// Which SQL it speaks.
    fn dialect(&self) -> Dialect;

    /// Runs one statement that only reads, and answers its rows.
    ///
    /// # Errors
    /// Where the database is away or refuses the statement.
    fn query<'a>(&'a self, statement: &'a Statement, values: Vec<Value>) -> Doing<'a, Vec<Row>>;

    /// Begins a transaction that may write; in SQLite there is one of them at a time. What is not committed is undone.
    ///
    /// # Errors
    /// Where the database is away.
    fn begin(&self) -> Doing<'_, Box<dyn Transaction>>;

    /// Brings the tables to the newest form. Others that do so at the same time are waited for.
    ///
    /// # Errors
    /// Where the database is away, or was made by a newer program.
    fn migrate(&self) -> Doing<'_, ()>;

    /// Has the database look at a statement without running it.
    ///
    /// # Errors
    /// Where the database does not understand it.
    fn prepare<'a>(&'a self, statement: &'a Statement) -> Doing<'a, ()>;
}

/// A transaction: all of it is done, or nothing.
pub trait Transaction: Send {
    /// Runs one statement, and answers its rows.
    ///
    /// # Errors
    /// Where the database is away or refuses the statement; nothing more can be done in this transaction then.
    fn query<'a>(&'a mut self, statement: &'a Statement, values: Vec<Value>) -> Doing<'a, Vec<Row>>;

    /// Makes it last.
    ///
    /// # Errors
    /// Where the database went away: whether it was done is not known then.
    fn commit(self: Box<Self>) -> Doing<'static, ()>;
}
