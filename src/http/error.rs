//! Errors as problem+json (RFC 9457): what is wrong, which field, what to do.

use super::routes::BODY_BYTES;
use crate::{app::Error, domain::Unresolved, git, identity, schema, store};
use axum::{
    extract::rejection::{JsonRejection, PathRejection, QueryRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// After how many seconds a database that is away is worth another try.
const AWAY: u32 = 2;

/// An error on its way out.
#[derive(Debug)]
pub(super) struct Problem(Box<Said>);

#[derive(Debug)]
struct Said {
    status: StatusCode,
    title: &'static str,
    detail: String,
    more: Value,
    /// Where the thing is now.
    moved_to: Option<String>,
    /// After how many seconds it is worth to ask again.
    retry_after: Option<u32>,
    /// How to say who one is.
    challenge: Option<&'static str>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self(Box::new(Said {
            status,
            title,
            detail: detail.into(),
            more: Value::Null,
            moved_to: None,
            retry_after: None,
            challenge: None,
        }))
    }

    /// The same with where the thing is now: a permanent redirect.
    pub(super) fn moved_to(mut self, place: String) -> Self {
        self.0.status = StatusCode::MOVED_PERMANENTLY;
        self.0.moved_to = Some(place);
        self
    }

    /// The same where a redirect is to be followed by the method it answers: after 301 a POST becomes a GET.
    pub(super) fn with_same_method(mut self) -> Self {
        if self.0.moved_to.is_some() {
            self.0.status = StatusCode::PERMANENT_REDIRECT;
        }
        self
    }

    /// The new name, where the prompt was renamed.
    pub(super) fn new_name(&self) -> Option<&str> {
        self.0.more["renamed_to"].as_str()
    }

    /// The same with the number of seconds after which it is worth to ask again.
    pub(super) fn retry_after(mut self, seconds: u32) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// The same with how to say who one is.
    pub(super) fn challenge(mut self, challenge: &'static str) -> Self {
        self.0.challenge = Some(challenge);
        self
    }

    /// The same with an object of more to say.
    pub(super) fn with(mut self, more: Value) -> Self {
        self.0.more = more;
        self
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        let new = |status, title| Self::new(status, title, detail.clone());
        match &error {
            Error::Unresolved(Unresolved::Renamed { new: name, .. }) => {
                new(StatusCode::NOT_FOUND, "renamed").with(json!({"renamed_to": name}))
            }
            Error::Unresolved(Unresolved::Removed(_)) => new(StatusCode::GONE, "removed"),
            Error::Unresolved(Unresolved::Revoked { reason, .. }) => {
                new(StatusCode::GONE, "revoked").with(json!({"reason": reason}))
            }
            Error::Unresolved(_) | Error::Missing { .. } | Error::NotOnBranch(_) => {
                new(StatusCode::NOT_FOUND, "not found")
            }
            Error::Parameter { field, .. } => {
                new(StatusCode::BAD_REQUEST, "malformed parameter").with(json!({"field": field}))
            }
            Error::Conflict(_) => new(StatusCode::BAD_REQUEST, "conflicting selectors"),
            Error::Input(faults) => {
                new(StatusCode::UNPROCESSABLE_ENTITY, "the input does not fit").with(listed(faults))
            }
            Error::Schema(faults) => {
                new(StatusCode::UNPROCESSABLE_ENTITY, "the version cannot be rendered").with(listed(faults))
            }
            Error::Template(_) => new(StatusCode::UNPROCESSABLE_ENTITY, "the version cannot be rendered"),
            Error::Workflow { .. } => new(StatusCode::CONFLICT, "the workflow cannot run"),
            Error::RunInput(faults) => {
                new(StatusCode::UNPROCESSABLE_ENTITY, "the input does not fit").with(listed(faults))
            }
            Error::NoRunner => new(StatusCode::SERVICE_UNAVAILABLE, "workflows are not run here"),
            Error::QueueFull(_) => new(StatusCode::SERVICE_UNAVAILABLE, "too many runs are queued").retry_after(5),
            Error::Body(faults) => new(StatusCode::UNPROCESSABLE_ENTITY, "not recorded").with(listed(faults)),
            Error::Forbidden(_) => new(StatusCode::FORBIDDEN, "not allowed"),
            Error::Stranger(_) => new(StatusCode::FORBIDDEN, "nobody signs in as that"),
            Error::NoDatabase => new(StatusCode::SERVICE_UNAVAILABLE, "no database"),
            Error::Busy => new(StatusCode::SERVICE_UNAVAILABLE, "too busy").retry_after(1),
            Error::Store(store::Error::Away(why)) => {
                tracing::debug!(why, "a request needs the database");
                let detail = "the database is away: come back later; what was to be recorded may have been, so send it with the \
                    same idempotency_key";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "the database is away", detail).retry_after(AWAY)
            }
            Error::NotIndexed => new(StatusCode::SERVICE_UNAVAILABLE, "not indexed yet").retry_after(1),
            Error::Git(
                git::Error::RefName { .. }
                | git::Error::UnknownRef { .. }
                | git::Error::Ambiguous { .. }
                | git::Error::NotACommit { .. },
            ) => new(StatusCode::NOT_FOUND, "no such ref"),
            _ => {
                // What failed on our side is for the log; the caller can do nothing with a path of ours.
                tracing::error!(%error, "a request failed");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error", "the server's log says what failed")
            }
        }
    }
}

impl From<identity::Error> for Problem {
    fn from(error: identity::Error) -> Self {
        let new = |status, title| Self::new(status, title, error.to_string());
        match &error {
            identity::Error::Refused(_) => new(StatusCode::FORBIDDEN, "not signed in"),
            identity::Error::Busy => new(StatusCode::SERVICE_UNAVAILABLE, "too busy").retry_after(1),
            identity::Error::Away(why) => {
                tracing::warn!(why, "the identity provider is away");
                let detail = "the identity provider does not answer: try again in a moment";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "the identity provider is away", detail).retry_after(AWAY)
            }
            identity::Error::Unbelievable(_) => {
                tracing::error!(%error, "somebody could not sign in");
                new(StatusCode::BAD_GATEWAY, "not signed in")
            }
            identity::Error::Setting(_) | identity::Error::Machine(_) => {
                tracing::error!(%error, "nobody can sign in");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error", "the server's log says what failed")
            }
        }
    }
}

/// Every fault with its JSON pointer.
fn listed(faults: &[schema::Fault]) -> Value {
    let faults = faults.iter();
    let faults = faults.map(|fault| json!({"pointer": fault.pointer, "message": fault.message, "help": fault.help}));
    json!({"errors": faults.collect::<Vec<_>>()})
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                let detail = format!("the body is longer than {BODY_BYTES} bytes");
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body too long", detail)
            }
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                let detail = "send JSON, and say so: `content-type: application/json`";
                Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported media type", detail)
            }
            _ => {
                let text = rejection.body_text();
                let detail = match reason(&text) {
                    shape if shape.contains("expected a map") => "send a JSON object: {…}".to_owned(),
                    reason => format!("this is no JSON ({reason})"),
                };
                Self::new(StatusCode::BAD_REQUEST, "malformed body", detail)
            }
        }
    }
}

/// What is wrong, without what axum says before it about the step that found it.
fn reason(text: &str) -> &str {
    text.split_once(": ").map_or(text, |(_, reason)| reason)
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        let text = rejection.body_text();
        let reason = reason(&text);
        let problem = Self::new(rejection.status(), "malformed parameter", in_our_words(reason));
        match field(reason) {
            Some(field) => problem.with(json!({"field": field})),
            None => problem,
        }
    }
}

/// The parameter that a complaint of serde's is about: `limit: …` or ``duplicate field `limit` ``.
fn field(reason: &str) -> Option<&str> {
    let is_field = |field: &&str| !field.is_empty() && field.bytes().all(|byte| byte.is_ascii_lowercase());
    let before = reason.split_once(": ").map(|(field, _)| field);
    let quoted = || reason.split_once("field `").and_then(|(_, rest)| rest.split_once('`')).map(|(field, _)| field);
    before.filter(is_field).or_else(|| quoted().filter(is_field))
}

/// A complaint of serde's as we would say it, with the field's name before it; what it never said so far stays as it is.
pub(super) fn in_our_words(reason: &str) -> String {
    let name = field(reason).unwrap_or_default();
    let what = reason.strip_prefix(name).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(reason);
    let expected = what.split_once("expected ").map(|(_, rest)| rest.strip_prefix("one of ").unwrap_or(rest));
    let said = |start: &str| what.starts_with(start);
    let ours = match expected {
        Some(known) if said("unknown field") => return format!("there is no `{name}` here; there is {known}"),
        Some(known) if said("unknown variant") => format!("write {known}"),
        _ if said("duplicate field") => "it is given twice".to_owned(),
        _ if said("missing field") => "it is missing".to_owned(),
        _ if said("invalid digit") || said("cannot parse integer") => "write a whole number".to_owned(),
        _ if said("number too large") => "the number is too large".to_owned(),
        _ if said("provided string was not") => "write `true` or `false`".to_owned(),
        _ => return reason.to_owned(),
    };
    if name.is_empty() { ours } else { format!("{name}: {ours}") }
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        let text = rejection.body_text();
        let problem = Self::new(rejection.status(), "malformed path", reason(&text));
        // Such as: Invalid UTF-8 in `name`.
        match text.split('`').nth(1) {
            Some(field) => problem.with(json!({"field": field})),
            None => problem,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Said { status, title, detail, more, moved_to, retry_after, challenge } = *self.0;
        let mut body = json!({"type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail});
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        let mut response = (status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(place) = moved_to.and_then(|place| HeaderValue::from_str(&place).ok()) {
            headers.insert(header::LOCATION, place);
        }
        if let Some(challenge) = challenge {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
