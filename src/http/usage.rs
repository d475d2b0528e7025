//! Usage: what programs say they used, answered when it is durable; and how often that was.

use super::{
    error::{Problem, in_our_words},
    extract::{Params, Path},
    reply::unkept,
    routes::{self, Door, Result},
};
use crate::{
    app::{self, Bucket, Current, Error, Group, Query, UsageAsked, UsageBody},
    domain::PromptName,
};
use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest as _, Request, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::IntoResponse as _,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;

/// One of the three forms of a body: a list under the name of what is in it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed<T> {
    #[serde(alias = "executions", alias = "feedback")]
    events: Vec<T>,
}

/// What was sent, and where each of it stands, as a JSON pointer by its index: one, a bare list, and a list under a name.
pub(super) fn sent<T: DeserializeOwned>(body: &[u8], name: &str) -> Result<(Vec<T>, impl Fn(usize) -> String)> {
    let named = format!("{{\"{name}\":");
    let start: Vec<u8> = body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).take(named.len()).collect();
    let (all, at): (Vec<T>, _) = match &start[..] {
        [b'[', ..] => (read(body)?, Some("/".to_owned())),
        start if start == named.as_bytes() => (read::<Listed<T>>(body)?.events, Some(format!("/{name}/"))),
        _ => (vec![read(body)?], None),
    };
    Ok((all, move |index| at.as_ref().map(|at| format!("{at}{index}")).unwrap_or_default()))
}

/// Records one event, or many.
pub(super) async fn record(State(door): State<Door>, request: Request) -> Result {
    let body = in_time(&door, request).await?;
    let (events, pointer) = sent::<UsageBody>(&body, "events")?;
    let taken = door.app.record_usage(events, pointer).await?;
    Ok(unkept(&door.app.peek(), (StatusCode::CREATED, Json(taken)).into_response()))
}

/// Who asks, where a caller wants that to be counted: a word for the kind of client, or the name of a program.
pub(super) const CLIENT: &str = "promptreg-client";

/// For which project.
const PROJECT: &str = "promptreg-project";

/// Counts an answer to a caller who says who it is, of what is served now: drafts and the past are nobody's usage.
pub(super) fn count(door: &Door, current: &Current, query: &Query, headers: &HeaderMap) {
    let said = |name| headers.get(name).and_then(|value| value.to_str().ok()).filter(|value| !value.is_empty());
    if let Some(client) = said(CLIENT).filter(|_| current.is_live()) {
        door.app.count_fetch(current, query, client, said(PROJECT));
    }
}

/// The parameters of a report.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    from: Option<String>,
    to: Option<String>,
    #[serde(default)]
    bucket: Bucket,
    group: Option<Group>,
}

/// The parameters of the list of those that were used most.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Most {
    from: Option<String>,
    to: Option<String>,
    limit: Option<usize>,
}

/// How many prompts are listed where nobody says.
const MOST: usize = 20;

/// How often a prompt was used.
pub(super) async fn usage(
    State(door): State<Door>,
    Path(name): Path<String>,
    uri: Uri,
    Params(asked): Params<Asked>,
) -> Result {
    let name: PromptName = name.parse().map_err(|error| Error::parameter("name", &error))?;
    let asked = UsageAsked {
        from: time("from", asked.from)?,
        to: time("to", asked.to)?,
        bucket: asked.bucket,
        group: asked.group,
    };
    let report = routes::redirecting(door.app.usage(&name, asked).await.map_err(Problem::from), &uri)?;
    Ok(unkept(&door.app.peek(), Json(report).into_response()))
}

/// The prompts that were used most.
pub(super) async fn most_used(State(door): State<Door>, Params(asked): Params<Most>) -> Result {
    let limit = routes::limit(asked.limit, MOST)?;
    let asked = UsageAsked { from: time("from", asked.from)?, to: time("to", asked.to)?, ..UsageAsked::default() };
    let items = door.app.most_used(asked, limit).await?;
    Ok(unkept(&door.app.peek(), Json(json!({"items": items})).into_response()))
}

/// A time, or the beginning of a day in UTC.
pub(super) fn time(field: &str, text: Option<String>) -> Result<Option<app::Time>> {
    let Some(text) = text else { return Ok(None) };
    let is_day = text.len() == "2026-11-22".len() && text.bytes().filter(|byte| *byte == b'-').count() == 2;
    Ok(Some(app::time(field, &if is_day { format!("{text}T00:00:00Z") } else { text })?))
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
