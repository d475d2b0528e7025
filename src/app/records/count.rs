//! Counting fetches: of callers who say who they are, without having them wait.

use super::{
    Records,
    take::{KEY_BYTES, ids},
    taken,
    write::{Batch, Keyed},
};
use crate::{
    app::{App, Current, Query},
    domain::{ClientType, PromptName, Semver},
    store::UsageEvent,
};
use jiff::Timestamp;
use serde_json::json;
use std::sync::{Arc, atomic::Ordering::Relaxed};
use tokio::sync::mpsc;
use uuid::Uuid;

/// The most fetches that are written at a time.
const TOGETHER: usize = 500;

/// A fetch that is to be counted.
#[derive(Debug)]
pub(super) struct Fetch {
    prompt: PromptName,
    version: Semver,
    client: String,
    project: Option<String>,
    at: Timestamp,
}

impl App {
    /// Counts a fetch by a program that says who it is, soon and without waiting. Where too many wait, or the database is
    /// away, it is not counted, and that is ([`super::RecordCounts::dropped`]).
    pub fn count_fetch(&self, current: &Current, query: &Query, client: &str, project: Option<&str>) {
        let (Ok(records), Ok((folder, number, _))) = (self.records(), current.find(query)) else { return };
        let bounded = |text: &str| text.chars().filter(|letter| !letter.is_control()).take(KEY_BYTES / 4).collect();
        let fetch = Fetch {
            prompt: folder.name.clone(),
            version: number.clone(),
            client: bounded(client),
            project: project.filter(|project| !project.is_empty()).map(bounded),
            at: self.meter().clock().now(),
        };
        if records.fetches.try_send(fetch).is_err() {
            records.counts.dropped.fetch_add(1, Relaxed);
        }
    }
}

impl Records {
    /// Writes the fetches that are counted, until nobody can send any more.
    pub(super) async fn count(self: Arc<Self>, tenant: Uuid) {
        let Some(mut fetched) = taken(&self.fetched) else { return };
        loop {
            let fetches = gather(&mut fetched).await;
            if fetches.is_empty() {
                return;
            }
            let count = fetches.len() as u64;
            let usage = fetches.into_iter().map(|fetch| Keyed { key: None, event: event(tenant, fetch) }).collect();
            // Whether it was written is not known where the database went away meanwhile: to count it again would be worse.
            if self.put(Batch { usage, ..Batch::default() }).await.is_err() {
                self.counts.dropped.fetch_add(count, Relaxed);
            }
        }
    }
}

async fn gather(fetched: &mut mpsc::Receiver<Fetch>) -> Vec<Fetch> {
    let mut fetches = Vec::new();
    fetched.recv_many(&mut fetches, TOGETHER).await;
    fetches
}

fn event(tenant: Uuid, fetch: Fetch) -> UsageEvent {
    let Fetch { prompt, version, client, project, at } = fetch;
    let (prompt_id, prompt_version_id) = ids(tenant, &prompt, &version);
    let known = ClientType::named(&client);
    UsageEvent {
        id: Uuid::now_v7(),
        prompt_id,
        prompt_version_id,
        user_id: None,
        client_type: known.unwrap_or(ClientType::Other),
        project_key: project,
        context: known.is_none().then(|| json!({"client": client})),
        created_at: at,
    }
}
