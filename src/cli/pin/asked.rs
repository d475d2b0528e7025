//! A server that is asked to pin: one call, with the token in the environment.

use crate::{
    calls::Method,
    cli::{error::Failure, serve::run_to_end, server::Server},
    domain::{LabelName, PromptName},
};
use serde_json::Value;

/// Asks a server to pin a label, or, without a body, to end its pin; answers the pin.
pub(super) fn of(
    server: &str,
    (prompt, label): (&PromptName, &LabelName),
    body: Option<&Value>,
) -> Result<Value, Failure> {
    let server = Server::at(server)?;
    if !server.has_token() {
        return Err(Failure::Usage("set PROMPTREG_TOKEN to a token that may move_labels".to_owned()));
    }
    let method = if body.is_some() { Method::PUT } else { Method::DELETE };
    let route = format!("/v1/prompts/{prompt}/labels/{label}/pin");
    run_to_end(async { server.ask(method, &route, body).await.map_err(|none| server.failed(none)) })
}
