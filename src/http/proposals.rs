//! The routes that tell of proposals, and how a version came to be served.

use super::{
    extract::{Params, Path},
    reply::unkept,
    routes::{self, Door, Result},
};
use crate::{
    app::{Error, Page},
    domain::{PromptName, Semver},
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, Uri},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How many proposals a page has where nobody says.
const PROPOSALS: usize = 50;

/// The parameters that choose a page of the proposals.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    limit: Option<usize>,
    /// The name of the last proposal of the page before.
    cursor: Option<String>,
}

/// No parameters.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// All proposals, by name: drafts and requests, each with its files, who said what, and what it lacks.
pub(super) async fn proposals(State(door): State<Door>, Params(asked): Params<Asked>) -> Result {
    let limit = routes::limit(asked.limit, PROPOSALS)?;
    let app = Arc::clone(&door.app);
    let proposed = routes::blocking(move || app.proposed()).await?;
    let mut items: Vec<_> = proposed.iter().collect();
    items.sort_by(|a, b| a.id.cmp(&b.id));
    items.retain(|proposal| asked.cursor.as_ref().is_none_or(|last| proposal.id > *last));
    let next_cursor = items.get(limit).and_then(|_| Some(items.get(limit - 1)?.id.clone()));
    items.truncate(limit);
    Ok(answer(&door, &Page { items, next_cursor }))
}

/// One proposal, by its branch, with what it changes in meaning.
pub(super) async fn proposal(State(door): State<Door>, Path(id): Path<String>, Params(_): Params<Nothing>) -> Result {
    let app = Arc::clone(&door.app);
    let change = routes::blocking(move || app.change(&id)).await?;
    Ok(answer(&door, &change))
}

/// How a version came to be served: the commit, the authors, and the decisions that cover it.
pub(super) async fn provenance(
    State(door): State<Door>,
    Path((name, version)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    Params(_): Params<Nothing>,
) -> Result {
    let name: PromptName = name.parse().map_err(|error| Error::parameter("name", &error))?;
    let number: Semver = version.parse().map_err(|error| Error::parameter("version", &error))?;
    let (app, current) = (Arc::clone(&door.app), door.app.current());
    let found = routes::blocking(move || app.provenance(&name, &number)).await;
    Ok(routes::send_value(&current, &routes::redirecting(found, &uri)?, &headers))
}

pub(super) fn answer(door: &Door, value: &impl Serialize) -> Response {
    unkept(&door.app.current(), Json(value).into_response())
}
