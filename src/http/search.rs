//! The route that finds prompts by their words.

use super::{
    extract::Params,
    routes::{self, Door, Moment, Result},
};
use crate::{
    domain::{Filter, Listing, PromptStatus},
    search::{LEFT_OUT, Question},
};
use axum::{extract::State, http::HeaderMap};
use serde::Deserialize;
use std::sync::Arc;

/// How many hits a page has where nobody says.
const HITS: usize = 20;

/// What is looked for, and among what.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    q: Option<String>,
    collection: Option<String>,
    tag: Option<String>,
    label: Option<String>,
    status: Option<PromptStatus>,
    owner: Option<String>,
    client: Option<String>,
    versions: Option<Versions>,
    facets: Option<bool>,
    limit: Option<usize>,
    cursor: Option<String>,
    r#ref: Option<String>,
    at: Option<String>,
}

/// Which versions are looked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Versions {
    InUse,
    All,
}

pub(super) async fn search(State(door): State<Door>, headers: HeaderMap, Params(asked): Params<Asked>) -> Result {
    let client = routes::parameter("client", asked.client)?;
    let listing = Listing {
        collection: routes::parameter("collection", asked.collection)?,
        tag: routes::parameter("tag", asked.tag)?,
        label: routes::parameter("label", asked.label)?,
        status: asked.status,
        owner: routes::parameter("owner", asked.owner)?,
        client: Filter::default(),
    };
    let offset = left_out(asked.cursor.as_deref())?;
    let limit = routes::limit(asked.limit, HITS)?;
    let current = door.state(&Moment { r#ref: asked.r#ref, at: asked.at }).await?;
    let question = Question {
        text: asked.q.unwrap_or_default(),
        listing: Listing { client: current.filter_of(client.as_ref())?, ..listing },
        all_versions: asked.versions == Some(Versions::All),
        limit,
        offset,
        facets: asked.facets.unwrap_or_default(),
    };
    let state = Arc::clone(&current);
    let found = routes::blocking(move || state.search(&question)).await?;
    Ok(routes::send_value(&current, &current.hits(&found, offset), &headers))
}

fn left_out(cursor: Option<&str>) -> Result<usize> {
    let Some(cursor) = cursor else { return Ok(0) };
    let wrong = |reason: String| routes::wrong("cursor", reason);
    match cursor.parse() {
        Ok(count @ 0..=LEFT_OUT) => Ok(count),
        Ok(_) => Err(wrong(format!("no more than {LEFT_OUT} hits are handed out: ask for something narrower")).into()),
        Err(_) => Err(wrong("give the `next_cursor` of the page before".to_owned()).into()),
    }
}
