//! The audit in the database: what Git tells, and what was done that is no commit, in one chain.

use super::{Records, refusals::Refusals};
use crate::{
    app::{App, Current, Error},
    git::CommitId,
    store::{AuditRow, append_audit, audit_head, move_audit},
};
use serde_json::Value;
use std::sync::{Arc, atomic::Ordering::Relaxed};
use tokio::sync::mpsc;
use uuid::Uuid;

/// The most rows that one transaction adds.
const TOGETHER: usize = 2_000;

/// Something that was done and that no commit tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Deed {
    /// Who did it: a handle, or who else is known.
    pub actor: String,
    /// What was done, in a word: `token_created`, `signed_in`, `refused`, …
    pub action: &'static str,
    /// To what kind of thing.
    pub entity_type: &'static str,
    /// To which.
    pub entity: String,
    /// What else is known of it; never a secret.
    pub details: Value,
}

impl Deed {
    /// The row for the chain.
    #[must_use]
    pub fn row(self, at: jiff::Timestamp) -> AuditRow {
        let Self { actor, action, entity_type, entity, details } = self;
        AuditRow {
            id: Uuid::now_v7(),
            at,
            actor,
            action: action.to_owned(),
            entity_type: entity_type.to_owned(),
            entity,
            commit: None,
            old_values: None,
            new_values: None,
            details: Some(details),
        }
    }
}

impl App {
    /// Has something put into the audit, soon and without waiting. Where the database is away for so long that too much waits,
    /// that is counted ([`super::RecordCounts::unaudited`]) and told in the log.
    pub fn take_down(&self, deed: Deed) {
        if let Ok(records) = self.records() {
            records.take_down(deed.row(self.meter().clock().now()));
        }
    }

    /// Whether the database is in reach, and its audit tells all that Git tells of what is served now.
    #[must_use]
    pub fn is_audited(&self) -> bool {
        let is_now = |state: &Arc<Current>| Arc::ptr_eq(state, &self.peek());
        self.records()
            .is_ok_and(|records| records.away().is_none() && (**records.audited.load()).as_ref().is_some_and(is_now))
    }

    /// Puts what Git tells that is new into the chain. What is in it already is left out, so that to try again does no harm.
    ///
    /// # Errors
    /// Where the database is away, or Git fails.
    pub async fn audit_git(self: &Arc<Self>, records: &Records) -> Result<usize, Error> {
        let current = self.current();
        let tenant = current.registry.settings.as_ref().ok_or(Error::NoDatabase)?.registry.id;
        let [commit, log] = [current.commit, current.log].map(|tip| tip.map(|tip| tip.to_string()));
        let head = audit_head(records.engine(), tenant).await?.unwrap_or_default();
        if (&head.commit, &head.log) == (&commit, &log) {
            return Ok(0);
        }
        let after =
            head.commit.as_deref().filter(|_| head.log == log).and_then(|commit| commit.parse::<CommitId>().ok());
        let rows = self.told(Arc::clone(&current), after).await?;
        let mut added = 0;
        for some in rows.chunks(TOGETHER) {
            let mut begun = records.engine().begin().await?;
            added += append_audit(&mut *begun, tenant, some.to_vec()).await?;
            begun.commit().await?;
        }
        let mut begun = records.engine().begin().await?;
        move_audit(&mut *begun, tenant, commit.as_deref(), log.as_deref()).await?;
        begun.commit().await?;
        Ok(added)
    }

    async fn told(self: &Arc<Self>, current: Arc<Current>, after: Option<CommitId>) -> Result<Vec<AuditRow>, Error> {
        let app = Arc::clone(self);
        let told = tokio::task::spawn_blocking(move || app.audit_rows(&current, after)).await;
        told.map_err(|error| Error::Refused(format!("the history cannot be told: {error}")))?
    }
}

/// What was done and waits to be put into the chain.
#[derive(Debug)]
pub(super) struct Deeds {
    pub waiting: mpsc::Receiver<AuditRow>,
    /// What was tried before.
    pub tried: Vec<AuditRow>,
    /// Accesses that were refused; none where somebody else takes them down.
    pub refusals: Option<Refusals>,
}

impl Records {
    pub(super) fn take_down(&self, row: AuditRow) {
        if let Err(error) = self.deeds.try_send(row) {
            let row = error.into_inner();
            tracing::error!(action = row.action, entity = row.entity, "this cannot be put into the audit");
            self.counts.unaudited.fetch_add(1, Relaxed);
        }
    }

    /// Notes that the audit tells all that Git tells of a state, where it does so of another one of the same commit.
    pub(in crate::app) fn is_audited_too(&self, known: &Arc<Current>, state: &Arc<Current>) {
        if (**self.audited.load()).as_ref().is_some_and(|audited| Arc::ptr_eq(audited, known)) {
            self.audited.store(Arc::new(Some(Arc::clone(state))));
        }
    }

    /// Puts what was done into the chain, as far as anything waits. What cannot be put there is tried again: whether it is
    /// there after all is known by its id.
    pub(super) async fn put_deeds(&self, tenant: Uuid, deeds: &mut Deeds) -> Result<(), Error> {
        while deeds.tried.len() < TOGETHER
            && let Ok(row) = deeds.waiting.try_recv()
        {
            deeds.tried.push(row);
        }
        if deeds.tried.is_empty() {
            return Ok(());
        }
        let mut begun = self.engine().begin().await?;
        append_audit(&mut *begun, tenant, deeds.tried.clone()).await?;
        begun.commit().await?;
        deeds.tried.clear();
        Ok(())
    }
}
