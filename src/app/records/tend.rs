//! Tending: the database is reached again whenever it was away, and its tables are kept in order.

use super::{
    Records,
    audit::{Deed, Deeds},
    refusals::Refusals,
    taken,
    tokens::Heard,
};
use crate::{
    app::{App, Current, Error, How, Projected, Projection, view::text},
    store::{self, fold_executions, fold_usage, make_month, month_of, throw_away, throw_away_runs},
};
use jiff::{Span, Timestamp};
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;
use uuid::Uuid;

/// How often the database is looked at while it is in reach, and how soon it is called again where it is away; the latter
/// at most.
const LOOK: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(10);

/// After how many looks at the repository a commit that is not known is one that was left.
const UNKNOWN: u32 = 5;

/// After how many looks old events are thrown away, and room is made for the next month.
const CLEAN: u32 = 3_600;

/// Why the database is taken to be away.
fn reason(error: &Error) -> String {
    match error {
        Error::Store(store::Error::Away(why)) => why.clone(),
        other => other.to_string(),
    }
}

impl App {
    /// Has records kept in a database from now on; once. [`App::watch`] looks after it.
    pub fn keep_records(&self, records: Records) {
        if let Some(path) = &records.remembered {
            self.set_tokens(super::remembered::read(path));
        }
        if self.records.set(Arc::new(records)).is_err() {
            tracing::error!("records are kept in a database already");
        }
    }

    /// Reaches the database now, for those who only ask.
    ///
    /// # Errors
    /// Where there is none, or it is away.
    pub async fn reach_records(&self) -> Result<(), Error> {
        Ok(self.records()?.reach().await?)
    }

    /// Reaches the database before anybody asks, so that the tokens and pins are known: for so long at most, and what fails is tried
    /// again by [`App::watch`].
    pub async fn meet_records(self: &Arc<Self>, patience: Duration) {
        let (Ok(records), Some(settings)) = (self.records(), &self.current().registry.settings) else { return };
        let met = async {
            records.reach().await?;
            self.hear_of_tokens(records, settings.registry.id, &mut Heard::default()).await
        };
        match tokio::time::timeout(patience, met).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => records.is_away(&reason(&error)),
            Err(_) => records.is_away("it did not answer in time"),
        }
    }

    /// Looks after the database until the future is dropped, and puts its rows right whenever something else is served; at
    /// once where there is none.
    pub(in crate::app) async fn tend_records(self: &Arc<Self>, served: watch::Receiver<()>) {
        let (Ok(records), Some(settings)) = (self.records(), &self.current().registry.settings) else { return };
        let (tenant, records) = (settings.registry.id, Arc::clone(records));
        let (Some(waiting), Some(done)) = (taken(&records.waiting), taken(&records.done)) else { return };
        let refusals = self.refusals().map(Refusals::new);
        let deeds = Deeds { waiting: done, tried: Vec::new(), refusals };
        let mut running = tokio::task::JoinSet::new();
        running.spawn(Arc::clone(&records).write(tenant, waiting));
        running.spawn(Arc::clone(&records).count(tenant));
        self.look_after(&records, tenant, deeds, served).await;
    }

    async fn look_after(
        self: &Arc<Self>,
        records: &Records,
        tenant: Uuid,
        mut deeds: Deeds,
        mut served: watch::Receiver<()>,
    ) {
        let mut kept = Kept::default();
        loop {
            let looked = match records.away() {
                Some(_) => records.reach().await.map_err(Error::from),
                None => self.look_once(records, tenant, &mut deeds, &mut kept).await,
            };
            match looked {
                Ok(()) => kept.failures = 0,
                Err(error) => {
                    records.is_away(&reason(&error));
                    kept = Kept { failures: kept.failures.saturating_add(1), ..Kept::default() };
                }
            }
            let pause = match (records.away(), kept.failures) {
                (Some(_), 0) => Duration::ZERO,
                (_, failures) => (LOOK * (1 << failures.min(4))).min(LONGEST),
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                changed = served.changed() => if changed.is_err() { return },
            }
        }
    }

    /// What is to be done whenever something else is served, and each second.
    async fn look_once(
        self: &Arc<Self>,
        records: &Records,
        tenant: Uuid,
        deeds: &mut Deeds,
        kept: &mut Kept,
    ) -> Result<(), Error> {
        self.hear_of_tokens(records, tenant, &mut kept.heard).await?;
        self.put_right(records, kept).await?;
        self.put_audit(records).await?;
        if let Some(refusals) = &mut deeds.refusals {
            refusals.take_down(self, self.meter().clock().now().as_second());
        }
        records.put_deeds(tenant, deeds).await?;
        records.look(tenant, kept.looks.is_multiple_of(CLEAN)).await?;
        kept.looks = kept.looks.wrapping_add(1);
        Ok(())
    }

    /// Puts what Git tells into the audit.
    async fn put_audit(self: &Arc<Self>, records: &Records) -> Result<(), Error> {
        if self.is_audited() {
            return Ok(());
        }
        let served = self.current();
        match self.audit_git(records).await {
            Err(error @ Error::Store(store::Error::Away(_))) => return Err(error),
            Err(error) => tracing::error!(%error, "what Git tells cannot be put into the audit"),
            Ok(rows) => tracing::debug!(rows, "what Git tells is in the audit"),
        }
        records.audited.store(Arc::new(Some(served)));
        Ok(())
    }

    /// Puts the rows right. Where they are of a commit that is not known here, the repository is looked at first: only where
    /// it is not known then either, they are of a history that was left.
    async fn put_right(self: &Arc<Self>, records: &Records, kept: &mut Kept) -> Result<(), Error> {
        let is_now = |state: &Arc<Current>| Arc::ptr_eq(state, &self.peek());
        if kept.projected.as_ref().is_some_and(|projected| projected.is_of(&self.peek()))
            || kept.refused.as_ref().is_some_and(is_now)
        {
            return Ok(());
        }
        let is_left = kept.unknown > UNKNOWN && self.trouble().is_none();
        let how = if is_left { How::All } else { How::Since };
        let served = self.current();
        let projection = match self.project(records, kept.projected.as_ref(), how).await {
            Ok(projection) => projection,
            Err(error @ Error::Store(store::Error::Away(_))) => return Err(error),
            Err(error) => {
                // All else can go on. Another state may have other rows, and is tried.
                tracing::error!(%error, "the rows in the database cannot be put right");
                (kept.refused, kept.projected) = (Some(served), None);
                return Ok(());
            }
        };
        match projection {
            Projection::Done(projected, rows) => {
                tracing::debug!(rows, "the rows in the database say what is served");
                records.projected.store(Arc::new(projected.commit().map(str::to_owned)));
                (kept.projected, kept.unknown) = (Some(projected), 0);
            }
            Projection::Unknown(commit) => {
                tracing::debug!(commit, "the rows in the database are of a commit that is not known here");
                kept.unknown += 1;
                self.nudges.wake();
            }
        }
        Ok(())
    }
}

/// What is remembered between two looks.
#[derive(Default)]
struct Kept {
    failures: u32,
    looks: u32,
    projected: Option<Projected>,
    /// The state whose rows the database refused.
    refused: Option<Arc<Current>>,
    /// How often the rows were of a commit that is not known here.
    unknown: u32,
    heard: Heard,
}

impl Records {
    /// Reaches a database that was away, and makes its tables.
    async fn reach(&self) -> Result<(), store::Error> {
        self.engine.migrate().await?;
        self.is_back();
        Ok(())
    }

    /// What is to be done now and then.
    async fn look(&self, tenant: Uuid, is_time_to_clean: bool) -> Result<(), store::Error> {
        while fold_usage(&*self.engine, tenant).await? {}
        while fold_executions(&*self.engine, tenant).await? {}
        if is_time_to_clean {
            let now = Timestamp::now();
            let soon = now.checked_add(Span::new().hours(24 * 7)).unwrap_or(now);
            for month in [month_of(now), month_of(soon)] {
                make_month(&*self.engine, month).await?;
            }
            self.throw_away(tenant, now).await?;
        }
        Ok(())
    }

    /// Throws away what is older than it is to be kept, and has the audit tell.
    async fn throw_away(&self, tenant: Uuid, now: Timestamp) -> Result<(), store::Error> {
        let span = self.days.map(|days| Span::new().hours(24 * i64::from(days)));
        let Some(before) = span.and_then(|span| now.checked_sub(span).ok()) else { return Ok(()) };
        let mut gone = throw_away(&*self.engine, before).await?;
        let runs = throw_away_runs(&*self.engine, tenant, before).await?;
        gone.extend((runs > 0).then(|| format!("workflow_runs: {runs} rows")));
        self.months.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clear();
        if !gone.is_empty() {
            let details = serde_json::json!({"before": text(before), "retention_days": self.days, "what": gone});
            let (actor, entity_type, entity) =
                ("server".to_owned(), "database", "usage, executions and runs".to_owned());
            self.take_down(Deed { actor, action: "thrown_away", entity_type, entity, details }.row(now));
        }
        Ok(())
    }
}
