//! Runs of workflows: started, cancelled, told, and looked on at as server-sent events.

use super::{
    error::{Problem, in_our_words},
    events::{self, Line},
    extract::{Body, Params, Path},
    reply::unkept,
    routes::{self, Door, Result, parameter, wrong},
};
use crate::{
    app::{App, Caller, Error, RunAsked, RunWatch, RunsAsked},
    domain::{Permission, RunStatus, WorkflowName},
};
use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse as _,
};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, MissedTickBehavior, interval_at, timeout},
};

/// How many items a page has where nobody says.
const ITEMS: usize = 50;

/// What a run is started with.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    #[serde(default)]
    input: Map<String, Value>,
    idempotency_key: Option<String>,
}

/// The parameters that choose runs, and a page of them.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listed {
    workflow: Option<String>,
    status: Option<RunStatus>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// From which step on somebody wants to look on.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct After {
    after: Option<usize>,
}

/// Whether a caller is told what went in and came out: who may run workflows is.
pub(super) fn shows(caller: &Caller) -> bool {
    caller.permissions.has(Permission::RunWorkflows)
}

/// Starts a run.
pub(super) async fn start(
    State(door): State<Door>,
    Path(name): Path<String>,
    Extension(caller): Extension<Caller>,
    Body(body): Body,
) -> Result {
    let malformed = |detail: String| Problem::new(StatusCode::BAD_REQUEST, "malformed body", detail);
    if body.get("input").is_some_and(|input| !input.is_object()) {
        return Err(malformed("input: give a JSON object".to_owned()));
    }
    let start: Start =
        serde_json::from_value(Value::Object(body)).map_err(|error| malformed(in_our_words(&error.to_string())))?;
    let name: WorkflowName = name.parse().map_err(|error| Error::parameter("name", &error))?;
    let asked = RunAsked {
        input: start.input,
        idempotency_key: start.idempotency_key,
        user: caller.user().cloned(),
        ..RunAsked::default()
    };
    let started = door.app.start_run(&name, asked).await?;
    let status = if started.is_new { StatusCode::CREATED } else { StatusCode::OK };
    let place = [(header::LOCATION, format!("/v1/runs/{}", started.id))];
    Ok(unkept(&door.app.peek(), (status, place, Json(started)).into_response()))
}

/// Ends a run that has not ended.
pub(super) async fn cancel(
    State(door): State<Door>,
    Path(id): Path<String>,
    Extension(caller): Extension<Caller>,
) -> Result {
    let status = door.app.cancel_run(&id, &caller).await?;
    Ok(unkept(&door.app.peek(), Json(json!({"id": id, "status": status})).into_response()))
}

/// Runs, the newest first.
pub(super) async fn runs(
    State(door): State<Door>,
    Extension(caller): Extension<Caller>,
    Params(asked): Params<Listed>,
) -> Result {
    let asked = RunsAsked {
        workflow: parameter("workflow", asked.workflow)?,
        status: asked.status,
        cursor: asked.cursor,
        limit: routes::limit(asked.limit, ITEMS)?,
    };
    let page = door.app.runs(asked, shows(&caller)).await?;
    Ok(unkept(&door.app.peek(), Json(page).into_response()))
}

/// One run with its steps.
pub(super) async fn run(
    State(door): State<Door>,
    Path(id): Path<String>,
    Extension(caller): Extension<Caller>,
) -> Result {
    Ok(unkept(&door.app.peek(), Json(door.app.run(&id, shows(&caller)).await?).into_response()))
}

/// What a run does, until it has ended.
pub(super) async fn look_on(
    State(door): State<Door>,
    Path(id): Path<String>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Params(asked): Params<After>,
) -> Result {
    let place = events::place(&door)?;
    // A browser that reconnects asks the same address again: the header is what it saw since.
    let last = headers.get("last-event-id").map(|id| {
        let id = id.to_str().ok().and_then(|id| id.parse::<usize>().ok());
        id.ok_or_else(|| wrong("last-event-id", "it is the number of steps that had ended".to_owned()))
    });
    let after = last.transpose()?.or(asked.after).unwrap_or(0);
    let watched = door.app.watch_run(&id, after, shows(&caller)).await?;
    let (line, receiver) = mpsc::channel(2);
    let onlooker = Onlooker { app: Arc::clone(&door.app), caller, line };
    tokio::spawn(tell(watched, onlooker, door.stopping.clone()));
    Ok(events::stream(Line::new(receiver, place)))
}

/// Who looks on.
struct Onlooker {
    app: Arc<App>,
    caller: Caller,
    line: mpsc::Sender<Bytes>,
}

impl Onlooker {
    /// Whether they may still be told what they are: a token may have been revoked since, or a role taken away.
    fn may_still(&self) -> bool {
        let may = |permission| self.app.may_still(&self.caller, permission);
        may(Permission::ReadReports) && (!shows(&self.caller) || may(Permission::RunWorkflows))
    }
}

/// Says what happens until the run has ended, whoever looks on has gone or may not any more, or the server stops.
async fn tell(mut watched: RunWatch, told: Onlooker, mut stopping: watch::Receiver<bool>) {
    let mut beats = interval_at(Instant::now() + events::HEARTBEAT, events::HEARTBEAT);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let telling = async {
        loop {
            let said = tokio::select! {
                event = watched.next() => match event {
                    Ok(Some(event)) => events::said(event.what.word(), &event.place, &event.what),
                    // Who was told of no end comes back, and is told more when the database is in reach.
                    Ok(None) | Err(_) => return,
                },
                _ = beats.tick() => Bytes::from_static(b":\n\n"),
                () = told.line.closed() => return,
            };
            if !told.may_still() || !matches!(timeout(events::SLOW, told.line.send(said)).await, Ok(Ok(()))) {
                return;
            }
        }
    };
    tokio::select! {
        () = telling => {}
        _ = stopping.wait_for(|is_stopping| *is_stopping) => {}
    }
}
