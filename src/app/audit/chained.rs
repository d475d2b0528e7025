//! What Git tells as rows of the chain that a database keeps.

use super::{
    Audited, Search,
    row::Rows,
    taken::{Landed, Taken},
};
use crate::{
    app::{App, Current, Error, past},
    git::CommitId,
    store::AuditRow,
};
use serde_json::{Map, Value, json};

/// How many contents are read at once.
const CHUNK: usize = 512;

impl App {
    /// What Git tells, oldest first: all of it, or what landed after a commit, where nothing else is new since. Blocks.
    ///
    /// # Errors
    /// Where Git fails.
    pub(in crate::app) fn audit_rows(
        &self,
        current: &Current,
        after: Option<CommitId>,
    ) -> Result<Vec<AuditRow>, Error> {
        let newer = after.and_then(|after| Taken::after(self, current, after));
        let taken = newer.unwrap_or_else(|| Taken::down(self, current, &Search::default()));
        let rows = Rows::of(current);
        let mut told = Vec::new();
        let mut said = taken.said.iter().peekable();
        for chunk in taken.landed.chunks(CHUNK) {
            let shelf = past::Contents::read(self.repository(), chunk.iter().filter_map(Landed::step))?;
            for landed in chunk {
                while let Some(said) = said.next_if(|said| landed.is_after(said)) {
                    told.push(rows.of_said(said));
                }
                let mut of_landed = rows.of_landed(landed, &shelf);
                of_landed.reverse();
                told.extend(of_landed);
            }
        }
        told.extend(said.map(|said| rows.of_said(said)));
        Ok(told.into_iter().map(Audited::chained).collect())
    }
}

impl Audited {
    /// The row for the chain: what was there before and what is since are told apart from what else is known.
    fn chained(self) -> AuditRow {
        let Self { id, at, actor, action, entity_type, entity, commit, mut details } = self;
        let is_said = details.contains_key("decision");
        let name = details.get("label").and_then(Value::as_str).unwrap_or("value").to_owned();
        let mut value = |key: &str| match details.shift_remove(key)? {
            values @ Value::Object(_) => Some(values),
            value => Some(json!({name.clone(): value})),
        };
        let (old_values, new_values) = if is_said { (None, None) } else { (value("from"), value("to")) };
        let is_new =
            !is_said && !matches!(&*action, "landed" | "changed") && old_values.is_none() && new_values.is_none();
        let new_values = if is_new { Some(Value::Object(std::mem::take(&mut details))) } else { new_values };
        let is_empty = |map: &Map<String, Value>| map.is_empty();
        AuditRow {
            id,
            at: at.and_then(|at| at.parse().ok()).unwrap_or_default(),
            actor,
            action,
            entity_type: entity_type.into_owned(),
            entity,
            commit: Some(commit),
            old_values,
            new_values: new_values.filter(|values| values.as_object().is_none_or(|values| !is_empty(values))),
            details: (!is_empty(&details)).then_some(Value::Object(details)),
        }
    }
}
