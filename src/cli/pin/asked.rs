//! A server that is asked to pin: one call, with the token in the environment.

use crate::{
    app,
    calls::{Call, Caller, Method, StatusCode},
    cli::{error::Failure, serve::run_to_end, settings::variable},
    domain::{LabelName, PromptName, clean},
};
use serde_json::Value;
use std::time::Duration;

/// How long a server may take, and the most bytes of its answer.
const PATIENCE: Duration = Duration::from_secs(30);
const MOST: usize = 64 << 10;

/// The addresses to which a token is sent in the clear: they do not leave this machine.
const HERE: [&str; 3] = ["http://127.0.0.1", "http://localhost", "http://[::1]"];

/// Asks a server to pin a label, or, without a body, to end its pin; answers the pin.
pub(super) fn of(
    server: &str,
    (prompt, label): (&PromptName, &LabelName),
    body: Option<&Value>,
) -> Result<Value, Failure> {
    let server = server.trim_end_matches('/');
    let is_port =
        |rest: &str| rest.strip_prefix(':').is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
    let is_here = |here: &&str| server.strip_prefix(*here).is_some_and(|rest| rest.is_empty() || is_port(rest));
    if !server.starts_with("https://") && !HERE.iter().any(is_here) {
        let why = "--server takes https://HOST, or http://127.0.0.1:PORT: a token is sent nowhere else in the clear";
        return Err(Failure::Usage(why.to_owned()));
    }
    let token = variable("PROMPTREG_TOKEN").map(|token| token.to_string_lossy().trim().to_owned());
    let token =
        token.ok_or_else(|| Failure::Usage("set PROMPTREG_TOKEN to a token that may move_labels".to_owned()))?;
    let headers = [("authorization", format!("Bearer {token}")), ("content-type", "application/json".to_owned())];
    let call = Call {
        method: if body.is_some() { Method::PUT } else { Method::DELETE },
        url: &format!("{server}/v1/prompts/{prompt}/labels/{label}/pin"),
        headers: &headers,
        body: body.map(ToString::to_string).unwrap_or_default(),
    };
    let caller = Caller::new(PATIENCE, MOST);
    let failed = |why: String| Failure::App(app::Error::Refused(format!("{server}: {}", clean(&why))));
    let told = run_to_end(async { caller.call(call).await.map_err(|error| failed(error.to_string())) })?;
    let said: Value = serde_json::from_slice(&told.body).unwrap_or_default();
    match (told.status, said["detail"].as_str()) {
        (StatusCode::OK, _) => Ok(said),
        (_, Some(detail)) => Err(failed(detail.to_owned())),
        (status, None) => Err(failed(format!("it answers {status}"))),
    }
}
