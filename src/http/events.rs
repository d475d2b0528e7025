//! `GET /v1/events`: every commit that comes to be served, as server-sent events.

use super::{
    error::Problem,
    extract::Params,
    routes::{Door, Result, parameter, wrong},
};
use crate::{
    app::{App, Caller, Event, Place, Subscription},
    domain::Permission,
};
use axum::{
    Extension,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use hyper::body::Frame;
use serde::{Deserialize, Serialize};
use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc, watch},
    time::{Instant, MissedTickBehavior, interval_at, timeout},
};

/// How often something is said where there is nothing to say, so that nobody on the way takes the line for dead.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(15);

/// How long a subscriber may take nothing off the line.
pub(super) const SLOW: Duration = Duration::from_secs(60);

/// After how many seconds a subscriber that finds no place comes back.
const RETRY: u32 = 5;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    prompt: Option<String>,
    after: Option<String>,
}

pub(super) async fn events(
    State(door): State<Door>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Params(asked): Params<Asked>,
) -> Result {
    let prompt = parameter("prompt", asked.prompt)?;
    let place = self::place(&door)?;
    if let Some(after) = asked.after.as_ref().filter(|after| !after.is_empty() && after.parse::<Place>().is_err()) {
        let shown: String = after.chars().take(40).collect();
        return Err(wrong("after", format!("`{shown}` is no commit: write the 40 digits of its id")).into());
    }
    // A browser that reconnects asks the same address again: the header is what it saw since.
    let last = headers.get("last-event-id").map(|id| String::from_utf8_lossy(id.as_bytes()).into_owned());
    let after = last.or(asked.after).filter(|after| !after.is_empty());
    let (line, receiver) = mpsc::channel(2);
    let subscription = door.app.subscribe(after.as_deref(), prompt);
    tokio::spawn(tell(subscription, Subscriber { app: Arc::clone(&door.app), caller, line }, door.stopping.clone()));
    Ok(stream(Line::new(receiver, place)))
}

/// A place for one more who is told.
pub(super) fn place(door: &Door) -> Result<OwnedSemaphorePermit> {
    door.subscribers.clone().try_acquire_owned().map_err(|_| {
        let detail = format!("{} subscribers are told already: come back later", door.options.subscribers);
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too many subscribers", detail).retry_after(RETRY)
    })
}

/// The answer to whoever is told something as it happens.
pub(super) fn stream(line: Line) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    (headers, Body::new(line)).into_response()
}

/// Who is told.
struct Subscriber {
    app: Arc<App>,
    caller: Caller,
    line: mpsc::Sender<Bytes>,
}

/// Says one event after another until the subscriber has gone or may not be told any more, or the server stops.
async fn tell(mut subscription: Subscription, told: Subscriber, mut stopping: watch::Receiver<bool>) {
    let mut beats = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let telling = async {
        if told.line.send(Bytes::from_static(b"retry: 1000\n\n")).await.is_err() {
            return;
        }
        loop {
            let said = tokio::select! {
                event = subscription.next() => text(&event),
                _ = beats.tick() => Bytes::from_static(b":\n\n"),
                () = told.line.closed() => return,
            };
            // A token may have been revoked since, or a role taken away.
            if !told.app.may_still(&told.caller, Permission::Read)
                || !matches!(timeout(SLOW, told.line.send(said)).await, Ok(Ok(())))
            {
                return;
            }
        }
    };
    tokio::select! {
        () = telling => {}
        _ = stopping.wait_for(|is_stopping| *is_stopping) => {}
    }
}

fn text(event: &Event) -> Bytes {
    said(event.word(), &event.place(), event)
}

/// An event as it is written.
pub(super) fn said(word: &str, place: &impl std::fmt::Display, event: &impl Serialize) -> Bytes {
    // Our own types have string keys only, so that nothing in them can fail to serialize; and JSON has no line feeds.
    let data = serde_json::to_string(event).unwrap_or_default();
    format!("event: {word}\nid: {place}\ndata: {data}\n\n").into()
}

/// The body of the answer: what is said, as it is said. Its place is free again when it is dropped.
pub(super) struct Line {
    receiver: mpsc::Receiver<Bytes>,
    _place: OwnedSemaphorePermit,
}

impl Line {
    /// What comes out of a channel, for who has this place.
    pub(super) const fn new(receiver: mpsc::Receiver<Bytes>, place: OwnedSemaphorePermit) -> Self {
        Self { receiver, _place: place }
    }
}

impl hyper::body::Body for Line {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Bytes>, Infallible>>> {
        self.receiver.poll_recv(context).map(|said| said.map(|said| Ok(Frame::data(said))))
    }
}
