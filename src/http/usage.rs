//! `POST /v1/usage`: what programs say they used, answered when it is durable.

use super::{
    error::{Problem, in_our_words},
    reply::unkept,
    routes::{Door, Result},
};
use crate::app::UsageBody;
use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest as _, Request, State},
    http::{StatusCode, header},
    response::IntoResponse as _,
};
use serde::{Deserialize, de::DeserializeOwned};

/// The three forms of a body: one event, `{"events": […]}`, and a bare list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Events {
    events: Vec<UsageBody>,
}

/// Records one event, or many.
pub(super) async fn record(State(door): State<Door>, request: Request) -> Result {
    let body = in_time(&door, request).await?;
    let start: Vec<u8> = body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).take(10).collect();
    let (events, at): (Vec<UsageBody>, &str) = match &start[..] {
        [b'[', ..] => (read(&body)?, "/"),
        b"{\"events\":" => (read::<Events>(&body)?.events, "/events/"),
        _ => (vec![read(&body)?], ""),
    };
    let pointer = |index| if at.is_empty() { String::new() } else { format!("{at}{index}") };
    let taken = door.app.record_usage(events, pointer).await?;
    Ok(unkept(&door.app.peek(), (StatusCode::CREATED, Json(taken)).into_response()))
}

/// The bytes of a body that came in time.
pub(super) async fn in_time(door: &Door, request: Request) -> Result<Bytes> {
    let media = request.headers().get(header::CONTENT_TYPE).and_then(|media| media.to_str().ok());
    if media.is_none_or(|media| media.split(';').next().is_none_or(|media| media.trim() != "application/json")) {
        let detail = "send JSON, and say so: `content-type: application/json`";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported media type", detail));
    }
    let time = door.options.body_time;
    let late = |_| {
        let detail = format!("the body did not come within {} s", time.as_secs_f32());
        Problem::new(StatusCode::REQUEST_TIMEOUT, "body too slow", detail)
    };
    let body = tokio::time::timeout(time, Bytes::from_request(request, door)).await.map_err(late)?;
    body.map_err(|rejection| Problem::new(rejection.status(), "body too long", rejection.body_text()))
}

/// What a body of JSON says.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_json::from_slice(body)
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, "malformed body", in_our_words(&error.to_string())))
}
