//! `POST /v1/sync`: has the repository looked at now, for those who may.

use super::{
    error::Problem,
    reply::unkept,
    routes::{Door, Result},
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse as _,
};
use serde_json::json;

/// After how many seconds a look that failed is worth another.
const RETRY: u32 = 5;

pub(super) async fn sync(State(door): State<Door>, headers: HeaderMap) -> Result {
    let refused = |detail: &str| Problem::new(StatusCode::FORBIDDEN, "not allowed here", detail);
    if !is_own(&headers) {
        return Err(refused(
            "the request comes from a page of another host, and those may not have the server do things",
        ));
    }
    if !door.options.allow_sync {
        return Err(refused("other machines can reach this server, and it was started without --allow-sync"));
    }
    match door.app.nudge().await {
        Ok(nudged) => Ok(unkept(&door.app.peek(), Json(nudged).into_response())),
        Err(trouble) => {
            let trouble = trouble.in_public();
            let detail = format!("{} (what was served before is served on)", trouble.message);
            let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, trouble.title(), detail);
            Err(problem.with(json!({"commit": trouble.commit, "since": trouble.since})).retry_after(RETRY))
        }
    }
}

/// Whether a request comes from no web page, or from one of this host.
fn is_own(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let page = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, host)| host.as_bytes());
    page.is_some() && page == headers.get(header::HOST).map(axum::http::HeaderValue::as_bytes)
}
