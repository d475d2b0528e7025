//! Tending: the database is reached again whenever it was away, and its tables are kept in order.

use super::{Records, taken};
use crate::{
    app::{App, Error},
    store::{self, fold_usage, make_month, month_of, throw_away},
};
use jiff::{Span, Timestamp};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// How often the database is looked at while it is in reach, and how soon it is called again where it is away; the latter
/// at most.
const LOOK: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(10);

/// After how many looks old events are thrown away, and room is made for the next month.
const CLEAN: u32 = 3_600;

impl App {
    /// Has records kept in a database from now on; once. [`App::watch`] looks after it.
    pub fn keep_records(&self, records: Records) {
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

    /// Looks after the database until the future is dropped; at once where there is none.
    pub(in crate::app) async fn tend_records(self: &Arc<Self>) {
        let (Ok(records), Some(settings)) = (self.records(), &self.current().registry.settings) else { return };
        let (tenant, records) = (settings.registry.id, Arc::clone(records));
        let Some(waiting) = taken(&records.waiting) else { return };
        let mut running = tokio::task::JoinSet::new();
        running.spawn(Arc::clone(&records).write(tenant, waiting));
        running.spawn(Arc::clone(&records).count(tenant));
        self.look_after(&records, tenant).await;
    }

    async fn look_after(self: &Arc<Self>, records: &Records, tenant: Uuid) {
        let mut failures: u32 = 0;
        let mut looks: u32 = 0;
        loop {
            let looked = match records.away() {
                Some(_) => records.reach().await.inspect(|()| tracing::info!("the database is in reach")),
                None => records.look(tenant, looks.is_multiple_of(CLEAN)).await,
            };
            match looked {
                Ok(()) => (failures, looks) = (0, looks.wrapping_add(1)),
                Err(error) => {
                    let why = match &error {
                        store::Error::Away(why) => why.clone(),
                        other => other.to_string(),
                    };
                    records.is_away(&why);
                    (failures, looks) = (failures.saturating_add(1), 0);
                }
            }
            tokio::time::sleep((LOOK * (1 << failures.min(4))).min(LONGEST)).await;
        }
    }
}

impl Records {
    /// Reaches a database that was away, and makes its tables.
    async fn reach(&self) -> Result<(), store::Error> {
        self.engine.migrate().await?;
        self.away.store(Arc::new(None));
        Ok(())
    }

    /// What is to be done now and then.
    async fn look(&self, tenant: Uuid, is_time_to_clean: bool) -> Result<(), store::Error> {
        while fold_usage(&*self.engine, tenant).await? {}
        if is_time_to_clean {
            let now = Timestamp::now();
            let soon = now.checked_add(Span::new().hours(24 * 7)).unwrap_or(now);
            for month in [month_of(now), month_of(soon)] {
                make_month(&*self.engine, month).await?;
            }
            let kept = self.days.and_then(|days| now.checked_sub(Span::new().hours(24 * i64::from(days))).ok());
            if let Some(before) = kept {
                throw_away(&*self.engine, before).await?;
                self.months.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clear();
            }
        }
        Ok(())
    }
}
