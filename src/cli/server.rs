//! A server that is asked for something, with the token in the environment.

use super::{error::Failure, settings::variable};
use crate::{
    app,
    calls::{Call, Caller, Method, StatusCode},
    domain::clean,
};
use serde_json::Value;
use std::time::Duration;

/// How long a server may take, and the most bytes of its answer.
const PATIENCE: Duration = Duration::from_secs(30);
const MOST: usize = 16 << 20;

/// The addresses to which a token is sent in the clear: they do not leave this machine.
const HERE: [&str; 3] = ["http://127.0.0.1", "http://localhost", "http://[::1]"];

/// A server, and who asks.
pub(super) struct Server {
    url: String,
    token: Option<String>,
    caller: Caller,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum NoReply {
    /// There may be one later.
    Away(String),
    /// The server does not do it.
    Refused(String),
}

impl Server {
    /// The server at an address. The token is the one in `PROMPTREG_TOKEN`, where there is one.
    pub(super) fn at(url: &str) -> Result<Self, Failure> {
        let url = url.trim_end_matches('/');
        let is_port =
            |rest: &str| rest.strip_prefix(':').is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
        let is_here = |here: &&str| url.strip_prefix(*here).is_some_and(|rest| rest.is_empty() || is_port(rest));
        if !url.starts_with("https://") && !HERE.iter().any(is_here) {
            let why =
                "--server takes https://HOST, or http://127.0.0.1:PORT: a token is sent nowhere else in the clear";
            return Err(Failure::Usage(why.to_owned()));
        }
        let token = variable("PROMPTREG_TOKEN").map(|token| token.to_string_lossy().trim().to_owned());
        Ok(Self { url: url.to_owned(), token, caller: Caller::new(PATIENCE, MOST) })
    }

    /// Whether it is known who asks.
    pub(super) const fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// Asks a route, with a body of JSON where there is one; answers what it answers.
    pub(super) async fn ask(&self, method: Method, route: &str, body: Option<&Value>) -> Result<Value, NoReply> {
        let mut headers = vec![("content-type", "application/json".to_owned())];
        headers.extend(self.token.iter().map(|token| ("authorization", format!("Bearer {token}"))));
        let url = format!("{}{route}", self.url);
        let call =
            Call { method, url: &url, headers: &headers, body: body.map(ToString::to_string).unwrap_or_default() };
        let told = self.caller.call(call).await.map_err(|error| NoReply::Away(error.to_string()))?;
        let said: Value = serde_json::from_slice(&told.body).unwrap_or_default();
        if told.status.is_success() {
            return Ok(said);
        }
        let why = match said["detail"].as_str() {
            Some(detail) => detail.to_owned() + &places(&said),
            None => format!("it answers {}", told.status),
        };
        match told.status.is_server_error() || told.status == StatusCode::TOO_MANY_REQUESTS {
            true => Err(NoReply::Away(why)),
            false => Err(NoReply::Refused(why)),
        }
    }

    /// The same as a failure of a verb.
    pub(super) fn failed(&self, none: NoReply) -> Failure {
        let (NoReply::Away(why) | NoReply::Refused(why)) = none;
        let lines: Vec<String> = why.lines().map(clean).collect();
        Failure::App(app::Error::Refused(format!("{}: {}", self.url, lines.join("\n"))))
    }
}

/// What is wrong at which place, a line each.
fn places(problem: &Value) -> String {
    let places = problem["errors"].as_array().into_iter().flatten().map(|error| {
        let text = |key: &str| error[key].as_str().unwrap_or_default();
        format!("\n  {}: {}", text("pointer"), text("message"))
    });
    places.collect()
}
