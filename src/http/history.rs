//! The route that tells what happened to a prompt.

use super::{
    error::Problem,
    extract::{Params, Path},
    routes::{self, Door},
};
use crate::{
    app::{Error, Window},
    domain::PromptName,
};
use axum::{
    extract::State,
    http::{HeaderMap, Uri},
    response::Response,
};
use serde::Deserialize;
use std::sync::Arc;

/// How many events a page has where nobody says.
const EVENTS: usize = 100;

/// The parameters that choose a page of a prompt's past.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    label: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// What happened to a prompt on the default branch, newest first. A removed prompt has a past too.
pub(super) async fn history(
    State(door): State<Door>,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let name: PromptName = name.parse().map_err(|error| Error::parameter("name", &error))?;
    let label = routes::parameter("label", asked.label)?;
    let window = Window { label, limit: routes::limit(asked.limit, EVENTS)?, cursor: asked.cursor };
    let (app, current) = (Arc::clone(&door.app), door.app.current());
    let state = Arc::clone(&current);
    let page = routes::blocking(move || app.history(&state, Some(&name), &window)).await;
    Ok(routes::send_value(&current, &routes::redirecting(page, &uri)?, &headers))
}
