//! How the database of a server is, as its status tells.

use super::Records;
use crate::{
    app::{App, view::text},
    store::Dialect,
};
use serde::Serialize;

/// How the database of a server is. Why it is away is in the log alone: it names hosts and folders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reach {
    /// `postgres` or `sqlite`.
    pub engine: &'static str,
    /// Whether it can be written to and asked now.
    pub in_reach: bool,
    /// Since when that is so, RFC 3339.
    pub since: String,
    /// The commit whose rows are in it, as far as this server put them there since it was started.
    pub projected: Option<String>,
    /// Whether its audit tells all that Git tells of what is served.
    pub audited: bool,
}

impl Records {
    /// How many rows wait to be written, and how many deeds to be put into the audit.
    #[must_use]
    pub fn waiting(&self) -> (usize, usize) {
        let rows = super::ROWS.saturating_sub(self.rows.available_permits());
        (rows, self.deeds.max_capacity().saturating_sub(self.deeds.capacity()))
    }
}

impl App {
    /// How the database is; none where none is used.
    #[must_use]
    pub fn reach(&self) -> Option<Reach> {
        let records = self.records().ok()?;
        let (away, since) = &**records.away.load();
        let engine = match records.engine.dialect() {
            Dialect::Postgres => "postgres",
            Dialect::Sqlite => "sqlite",
        };
        Some(Reach {
            engine,
            in_reach: away.is_none(),
            since: text(*since),
            projected: (**records.projected.load()).clone(),
            audited: self.is_audited(),
        })
    }
}
