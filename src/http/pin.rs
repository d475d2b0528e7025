//! Pins: a label hands out another version for a time, by the word of an operator.

use super::{
    error::Problem,
    extract::{Body, Path},
    reply::unkept,
    routes::{Door, Result, redirecting, wrong},
};
use crate::{
    app::{Caller, Error, NewPin, Pin, Unpin},
    domain::{LabelName, PromptName, Semver},
};
use axum::{
    Extension, Json,
    extract::State,
    http::Uri,
    response::{IntoResponse as _, Response},
};
use serde_json::{Map, Value};

/// Pins a label.
pub(super) async fn pin(
    State(door): State<Door>,
    Path((name, label)): Path<(String, String)>,
    uri: Uri,
    Extension(caller): Extension<Caller>,
    Body(body): Body,
) -> Result {
    let (prompt, label) = read(&name, &label)?;
    let unknown = body.keys().find(|key| !["version", "duration", "reason"].contains(&key.as_str()));
    if let Some(unknown) = unknown {
        return Err(wrong(unknown, "there is version, duration and reason here, and nothing else".to_owned()).into());
    }
    let version: Semver = text(&body, "version")?.parse().map_err(|error| Error::parameter("version", &error))?;
    let (duration, reason) = (text(&body, "duration")?.to_owned(), text(&body, "reason")?.to_owned());
    let asked = NewPin { prompt, label, version, duration, reason, by: String::new() };
    answer(&door, door.app.pin_label(asked, &caller).await, &uri)
}

/// Ends a pin.
pub(super) async fn unpin(
    State(door): State<Door>,
    Path((name, label)): Path<(String, String)>,
    uri: Uri,
    Extension(caller): Extension<Caller>,
) -> Result {
    let (prompt, label) = read(&name, &label)?;
    let asked = Unpin { prompt, label, by: String::new() };
    answer(&door, door.app.unpin_label(asked, &caller).await, &uri)
}

fn read(name: &str, label: &str) -> Result<(PromptName, LabelName)> {
    let name = name.parse().map_err(|error| Error::parameter("name", &error))?;
    Ok((name, label.parse().map_err(|error| Error::parameter("label", &error))?))
}

fn text<'a>(body: &'a Map<String, Value>, field: &str) -> Result<&'a str> {
    let text = body.get(field).and_then(Value::as_str);
    text.ok_or_else(|| wrong(field, "give a text here".to_owned()).into())
}

/// The pin, or why there is none; a prompt's former name leads to the new one.
fn answer(door: &Door, done: std::result::Result<Pin, Error>, uri: &Uri) -> Result<Response> {
    let pin = redirecting(done.map_err(Problem::from), uri).map_err(Problem::with_same_method)?;
    Ok(unkept(&door.app.peek(), Json(pin).into_response()))
}
