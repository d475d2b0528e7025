//! A run on a server: started there, followed step by step, and told as it ended.

use super::{
    Outcome,
    error::Failure,
    run::{Arguments, print, tell},
    serve::{run_to_end, stopped},
    server::{NoReply, Server},
    terminal::Terminal,
};
use crate::{
    app::{RunItem, RunStarted},
    calls::Method,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// How often the run is asked for, and how often a server may be away before nobody waits any more.
const PAUSE: Duration = Duration::from_millis(500);
const TRIES: u32 = 120;

/// Has a server run a workflow, and waits until it has ended. Who stops waiting cancels nothing.
pub(super) fn run(
    arguments: &Arguments,
    url: &str,
    input: Map<String, Value>,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let server = Server::at(url)?;
    run_to_end(async {
        tokio::select! {
            ended = follow(arguments, &server, input, terminal) => ended,
            () = stopped() => Err(Failure::Run("nobody waits for the run any more; it goes on".to_owned())),
        }
    })
}

async fn follow(
    arguments: &Arguments,
    server: &Server,
    input: Map<String, Value>,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let body = json!({"input": input, "idempotency_key": arguments.key});
    let route = format!("/v1/workflows/{}/runs", arguments.name);
    let started = server.ask(Method::POST, &route, Some(&body)).await.and_then(read::<RunStarted>);
    let id = started.map_err(|none| server.failed(none))?.id;
    let route = format!("/v1/runs/{id}");
    let waiting = terminal.waiting(&format!("running {} as {id}", arguments.name));
    let (mut told, mut tries) = (0, 0);
    let run = loop {
        match server.ask(Method::GET, &route, None).await.and_then(read::<RunItem>) {
            Ok(run) => {
                for step in run.steps.iter().flatten().skip(told) {
                    tell(step, terminal.aside())?;
                    told += 1;
                }
                if run.status.is_end() {
                    break run;
                }
                tries = 0;
            }
            Err(NoReply::Away(_)) if tries < TRIES => tries += 1,
            Err(none) => return Err(server.failed(none)),
        }
        tokio::time::sleep(PAUSE).await;
    };
    drop(waiting);
    print(&run, arguments.json, terminal)
}

/// What an answer says.
fn read<T: DeserializeOwned>(answer: Value) -> Result<T, NoReply> {
    serde_json::from_value(answer).map_err(|error| NoReply::Refused(format!("its answer is not understood: {error}")))
}
