//! `GET /v1/audit`: who did what, as the database keeps it, or as Git tells.

use super::{
    extract::Params,
    proposals::answer,
    routes::{self, Door, Result},
};
use crate::app::{self, Audited, Page, Search};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How many rows a page has where nobody says.
const ROWS: usize = 100;

/// The parameters that choose rows, and a page of them.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    actor: Option<String>,
    entity: Option<String>,
    action: Option<String>,
    since: Option<String>,
    until: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// A page, and what tells it: the chain in the database, or Git where there is none in reach.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    page: Page<Audited>,
    source: &'static str,
}

/// Every decision, every landing and what it did, newest first.
pub(super) async fn audit(State(door): State<Door>, Params(asked): Params<Asked>) -> Result {
    let time = |field, text: Option<String>| text.map(|text| app::seconds(field, &text)).transpose();
    let search = Search {
        actor: asked.actor,
        entity: asked.entity,
        action: asked.action,
        since: time("since", asked.since)?,
        until: time("until", asked.until)?,
        limit: routes::limit(asked.limit, ROWS)?,
        cursor: asked.cursor,
    };
    // A page that Git began is gone on with by Git.
    let is_git = search.cursor.as_ref().is_some_and(|cursor| cursor.contains('.'));
    let is_kept = door.app.is_audited();
    let app = Arc::clone(&door.app);
    let (page, source) = match is_kept && !is_git {
        true => (door.app.kept_audit(&search).await?, "database"),
        false => (routes::blocking(move || app.audit(&app.current(), &search)).await?, "git"),
    };
    Ok(answer(&door, &Told { page, source }))
}
