//! `POST /v1/sync`: has the repository looked at now, for those who may.

use super::{
    error::Problem,
    reply::unkept,
    routes::{Door, Result},
};
use axum::{Json, extract::State, http::StatusCode, response::IntoResponse as _};
use serde_json::json;

/// After how many seconds a look that failed is worth another.
const RETRY: u32 = 5;

pub(super) async fn sync(State(door): State<Door>) -> Result {
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
