//! The audit as the database keeps it: what Git tells, and what was done besides, in one chain.

use super::{Audited, Search};
use crate::{
    app::{App, Error, Page},
    store::{AuditAsked, Chain, Chained, audit_after, audit_before, verify_audit},
};
use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

impl App {
    /// The rows of the chain, the newest first, a page at a time.
    ///
    /// # Errors
    /// Where the cursor is none, or the database is away.
    pub async fn kept_audit(&self, search: &Search) -> Result<Page<Audited>, Error> {
        let records = self.records()?;
        let no_cursor = || Error::Parameter {
            field: "cursor".to_owned(),
            reason: "give the `next_cursor` of the page before".to_owned(),
        };
        let before = search.cursor.as_deref().map_or(Ok(i64::MAX), |cursor| cursor.parse().map_err(|_| no_cursor()))?;
        let time = |seconds: Option<i64>, otherwise| {
            seconds.and_then(|at| Timestamp::from_second(at).ok()).unwrap_or(otherwise)
        };
        // What no calendar of a database can hold is nobody's question.
        let [early, late] = ["0001-01-01T00:00:00Z", "9999-01-01T00:00:00Z"].map(|at| at.parse().unwrap_or_default());
        let asked = AuditAsked {
            actor: search.actor.clone(),
            entity: search.entity.clone(),
            action: search.action.clone(),
            since: time(search.since, early),
            until: time(search.until.map(|until| until.saturating_add(1)), late),
            before,
            limit: search.limit.saturating_add(1),
        };
        let mut rows = records.ask(audit_before(records.engine(), self.tenant()?, asked)).await?;
        let is_more = rows.len() > search.limit;
        rows.truncate(search.limit);
        let next_cursor = rows.last().filter(|_| is_more).map(|last| last.seq.to_string());
        Ok(Page { items: rows.into_iter().map(Audited::of).collect(), next_cursor })
    }

    /// Follows the whole chain.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn verify_audit(&self) -> Result<Chain, Error> {
        Ok(verify_audit(self.records()?.engine(), self.tenant()?).await?)
    }

    /// Hands over the whole chain, row by row, in order.
    ///
    /// # Errors
    /// Where the database is away, or `each` fails.
    pub async fn export_audit<E: From<Error>>(&self, mut each: impl FnMut(&Chained) -> Result<(), E>) -> Result<(), E> {
        let (records, tenant) = (self.records()?, self.tenant()?);
        let mut last = 0;
        loop {
            let rows = audit_after(records.engine(), tenant, last).await.map_err(Error::from)?;
            let Some(newest) = rows.last() else { return Ok(()) };
            last = newest.seq;
            rows.iter().try_for_each(&mut each)?;
        }
    }

    /// The registry's id.
    ///
    /// # Errors
    /// Where it has no settings.
    pub fn tenant(&self) -> Result<Uuid, Error> {
        self.peek().registry.settings.as_ref().map(|settings| settings.registry.id).ok_or(Error::NoDatabase)
    }
}

impl Audited {
    /// The row that the chain keeps, told as Git tells it.
    fn of(chained: Chained) -> Self {
        let row = chained.row;
        let map = |values: Option<Value>| match values {
            Some(Value::Object(values)) => values,
            _ => Map::new(),
        };
        let mut details = map(row.details);
        let is_move = MOVES.contains(&row.action.as_str());
        for (name, values) in [("from", row.old_values), ("to", row.new_values)] {
            let values = map(values);
            match values.values().next() {
                Some(value) if is_move => drop(details.insert(name.to_owned(), value.clone())),
                Some(_) if row.action == "changed" => drop(details.insert(name.to_owned(), Value::Object(values))),
                _ => details.extend(values),
            }
        }
        Self {
            id: row.id,
            at: Some(row.at.to_string().into()),
            actor: row.actor,
            action: row.action,
            entity_type: row.entity_type.into(),
            entity: row.entity,
            commit: row.commit.unwrap_or_default(),
            details,
        }
    }
}

/// What has one value before and one after, where Git tells it.
const MOVES: [&str; 4] = ["label_set", "label_moved", "label_removed", "moved"];
