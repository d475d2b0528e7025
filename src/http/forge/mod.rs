//! `POST /v1/forge/{forge}`: what a forge tells, believed only with a signature, and only as a reason to look again.

mod gitea;
mod github;
mod gitlab;
mod pagure;
mod payload;
mod seen;
mod signature;

pub use self::signature::{SECRETS, Secrets};
use self::{payload::Payload, seen::Seen};
use super::{
    error::Problem,
    extract::Path,
    reply::unkept,
    routes::{Door, Result},
};
use crate::{
    app::forge::{Event, Forge},
    domain::Digest,
};
use axum::{
    Json,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{StatusCode, header},
    response::IntoResponse as _,
};
use serde_json::{Value, json};
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::Semaphore;

/// The most bytes of a forge's request.
pub const FORGE_BYTES: usize = 5 << 20;

/// How many bodies are read at a time, since they are held before it is known who sent them.
const READERS: usize = 64;

/// Why a payload is no event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// It is about nothing that matters here: why, in words.
    Ignored(&'static str),
    /// It is no JSON object: what is wrong with it.
    Malformed(String),
}

const fn ignored(why: &'static str) -> Unread {
    Unread::Ignored(why)
}

/// Reads the payload of a forge's request.
///
/// # Errors
/// [`Unread::Ignored`] for what is about nothing that matters here, [`Unread::Malformed`] for what is no JSON object.
pub fn read(forge: Forge, body: &[u8]) -> std::result::Result<Event, Unread> {
    let value: Value = serde_json::from_slice(body).map_err(|error| Unread::Malformed(error.to_string()))?;
    if !value.is_object() {
        return Err(Unread::Malformed("it is no object".to_owned()));
    }
    let payload = Payload(&value);
    let event = match forge {
        Forge::Github => github::read(payload),
        Forge::Gitlab => gitlab::read(payload),
        Forge::Gitea => gitea::read(payload),
        Forge::Pagure => pagure::read(payload),
    }?;
    Ok(Event { repository: repository(forge, payload), ..event })
}

/// The repository that a payload is about, as the forge calls it.
fn repository(forge: Forge, payload: Payload<'_>) -> Option<String> {
    match forge {
        Forge::Github | Forge::Gitea => payload.at("repository").owned("full_name"),
        Forge::Gitlab => payload.at("project").owned("path_with_namespace"),
        Forge::Pagure => {
            let message = payload.at("msg");
            let of_request = message.at("pullrequest").at("project").owned("url_path");
            of_request.or_else(|| message.at("repo").owned("url_path"))
        }
    }
}

/// What the door for forges remembers.
#[derive(Clone)]
pub(super) struct Forges {
    seen: Arc<Mutex<Seen>>,
    readers: Arc<Semaphore>,
}

impl Default for Forges {
    fn default() -> Self {
        Self { seen: Arc::default(), readers: Arc::new(Semaphore::new(READERS)) }
    }
}

impl fmt::Debug for Forges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Forges")
    }
}

pub(super) async fn forge(State(door): State<Door>, Path(word): Path<String>, request: Request) -> Result {
    let Some(forge) = Forge::named(&word) else {
        let detail = "forges are github, gitlab, gitea (Forgejo too) and pagure";
        return Err(Problem::new(StatusCode::NOT_FOUND, "no such forge", detail));
    };
    if !door.options.secrets.has(forge) {
        let detail = format!(
            "no secret is configured for {forge}: name one under [forge.{forge}] in promptreg.toml, and give the forge the same"
        );
        return Err(Problem::new(StatusCode::FORBIDDEN, "not configured", detail));
    }
    let (head, body) = request.into_parts();
    let length = head.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: u64| length > FORGE_BYTES as u64) {
        return Err(too_long());
    }
    let body = whole(&door, body).await?;
    let now = door.app.seconds();
    if !door.options.secrets.made(forge, &head.headers, &body, now) {
        let detail = format!("no secret of {forge} made this request's signature");
        return Err(Problem::new(StatusCode::UNAUTHORIZED, "not signed", detail));
    }
    let told = json!({"ignored": "this was told within the last 24 hours"});
    // A table that a panic left half-changed still only says what was seen.
    let is_new = door.forges.seen.lock().unwrap_or_else(PoisonError::into_inner).is_new(forge, &body, now);
    let is_new = is_new || door.app.was_lost(&Digest::of(&body));
    let answer = if is_new { heard(&door, forge, &body)? } else { told };
    Ok(unkept(&door.app.peek(), (StatusCode::ACCEPTED, Json(answer)).into_response()))
}

/// Hands an event on, and says what it was.
fn heard(door: &Door, forge: Forge, body: &[u8]) -> Result<Value> {
    match read(forge, body) {
        Ok(event) if !door.app.is_told_of(&event) => {
            Ok(json!({"ignored": "this is about another repository than the one that is followed"}))
        }
        Ok(event) => {
            let answer = json!({"heard": event});
            door.app.hear(event, Digest::of(body));
            Ok(answer)
        }
        Err(Unread::Ignored(why)) => Ok(json!({"ignored": why})),
        Err(Unread::Malformed(why)) => Err(Problem::new(StatusCode::BAD_REQUEST, "malformed body", why)),
    }
}

/// The whole body, if it is not too long and comes in time.
async fn whole(door: &Door, body: Body) -> Result<bytes::Bytes> {
    let Ok(_place) = door.forges.readers.try_acquire() else {
        let detail = "too many requests of forges are being read at the moment";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail).retry_after(1));
    };
    let time = door.options.body_time;
    match tokio::time::timeout(time, to_bytes(body, FORGE_BYTES)).await {
        Ok(body) => body.map_err(|_| too_long()),
        Err(_) => {
            let detail = format!("the body did not come within {} s", time.as_secs_f32());
            Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "body too slow", detail))
        }
    }
}

fn too_long() -> Problem {
    let detail = format!("the body is longer than {FORGE_BYTES} bytes");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body too long", detail)
}
