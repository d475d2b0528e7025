//! Executions and feedback: what programs report, answered when it is durable; and how versions do by that.

use super::{
    error::Problem,
    extract::{Params, Path},
    reply::unkept,
    routes::{self, Door, Result, parameter},
    runs,
    usage::{in_time, sent, time},
};
use crate::{
    app::{Caller, Error, ExecutionBody, ExecutionsAsked, FeedbackAsked, FeedbackBody, QualityAsked},
    domain::{ExecutionStatus, PromptName, Semver},
};
use axum::{
    Extension, Json,
    extract::{Request, State},
    http::{StatusCode, Uri},
    response::IntoResponse as _,
};
use serde::{Deserialize, Serialize};

/// How many items a page has where nobody says.
const ITEMS: usize = 50;

/// Records one execution, or many.
pub(super) async fn record_executions(State(door): State<Door>, request: Request) -> Result {
    let body = in_time(&door, request).await?;
    let (executions, pointer) = sent::<ExecutionBody>(&body, "executions")?;
    let taken = door.app.record_executions(executions, pointer).await?;
    Ok(unkept(&door.app.peek(), (StatusCode::CREATED, Json(taken)).into_response()))
}

/// Records what was said once, or often.
pub(super) async fn record_feedback(State(door): State<Door>, request: Request) -> Result {
    let body = in_time(&door, request).await?;
    let (feedback, pointer) = sent::<FeedbackBody>(&body, "feedback")?;
    let taken = door.app.record_feedback(feedback, pointer).await?;
    Ok(unkept(&door.app.peek(), (StatusCode::CREATED, Json(taken)).into_response()))
}

/// The parameters of a report.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Days {
    from: Option<String>,
    to: Option<String>,
}

/// The parameters that choose executions, and a page of them.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Executions {
    prompt: Option<String>,
    version: Option<String>,
    status: Option<ExecutionStatus>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// The parameters that choose feedback, and a page of it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    prompt: Option<String>,
    version: Option<String>,
    rating: Option<i64>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// How each version of a prompt does.
pub(super) async fn quality(
    State(door): State<Door>,
    Path(name): Path<String>,
    uri: Uri,
    Params(asked): Params<Days>,
) -> Result {
    let name: PromptName = name.parse().map_err(|error| Error::parameter("name", &error))?;
    let asked = QualityAsked { from: time("from", asked.from)?, to: time("to", asked.to)? };
    let report = routes::redirecting(door.app.quality(&name, asked).await.map_err(Problem::from), &uri)?;
    Ok(answer(&door, &report))
}

/// Executions, the newest first.
pub(super) async fn executions(
    State(door): State<Door>,
    Extension(caller): Extension<Caller>,
    Params(asked): Params<Executions>,
) -> Result {
    let asked = ExecutionsAsked {
        prompt: parameter("prompt", asked.prompt)?,
        version: version(asked.version)?,
        status: asked.status,
        cursor: asked.cursor,
        limit: routes::limit(asked.limit, ITEMS)?,
    };
    let mut page = door.app.executions(asked).await?;
    if !runs::shows(&caller) {
        page.items.iter_mut().filter(|item| item.run.is_some()).for_each(|item| item.error = None);
    }
    Ok(answer(&door, &page))
}

/// One execution with all that is known of it. What people wrote and were answered is for those who say who they are, and of a
/// run for those who may run workflows.
pub(super) async fn execution(
    State(door): State<Door>,
    Path(id): Path<String>,
    Extension(caller): Extension<Caller>,
) -> Result {
    let mut execution = door.app.execution(&id).await?;
    if caller.token.is_none() {
        (execution.input, execution.output, execution.context) = (None, None, None);
    }
    if execution.run.is_some() && !runs::shows(&caller) {
        (execution.input, execution.output, execution.error) = (None, None, None);
    }
    Ok(answer(&door, &execution))
}

/// Feedback, the newest first.
pub(super) async fn feedback(State(door): State<Door>, Params(asked): Params<Said>) -> Result {
    let asked = FeedbackAsked {
        prompt: parameter("prompt", asked.prompt)?,
        version: version(asked.version)?,
        rating: asked.rating,
        cursor: asked.cursor,
        limit: routes::limit(asked.limit, ITEMS)?,
    };
    Ok(answer(&door, &door.app.feedback(asked).await?))
}

fn version(text: Option<String>) -> Result<Option<Semver>> {
    let wrong = |error: <Semver as std::str::FromStr>::Err| routes::wrong("version", error.to_string());
    Ok(text.map(|text| text.parse()).transpose().map_err(wrong)?)
}

fn answer(door: &Door, value: &impl Serialize) -> axum::response::Response {
    unkept(&door.app.peek(), Json(value).into_response())
}
