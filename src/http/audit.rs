//! `GET /v1/audit`: who did what, as Git tells.

use super::{
    extract::Params,
    proposals::{answer, readable},
    routes::{self, Door, Result},
};
use crate::app::{self, Search};
use axum::extract::State;
use serde::Deserialize;

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

/// Every decision, every landing and what it did, newest first, for those who may read drafts: requests name them.
pub(super) async fn audit(State(door): State<Door>, Params(asked): Params<Asked>) -> Result {
    let app = readable(&door)?;
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
    let page = routes::blocking(move || app.audit(&app.current(), &search)).await?;
    Ok(answer(&door, &page))
}
