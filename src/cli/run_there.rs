//! A run on a server: started there, followed step by step, and told as it ended.

use super::{
    Outcome,
    error::Failure,
    run::{Arguments, print, tell},
    serve::{run_to_end, stopped},
    settings,
    stream::{Ended, Server, Stream},
    terminal::Terminal,
};
use crate::{
    app::{RunItem, RunStarted, StepItem},
    domain::RunStatus,
};
use hyper::header::HeaderValue;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::{io, time::Duration};

/// How long to wait before a server that is away is asked again, and how often.
const PAUSE: Duration = Duration::from_secs(1);
const TRIES: u32 = 30;

/// Has a server run a workflow, and waits until it has ended. Who stops waiting cancels nothing.
pub(super) fn run(
    arguments: &Arguments,
    url: &str,
    input: Map<String, Value>,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let server = Server::read(url)?.with_token(settings::token()?.as_deref())?;
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
    let failed = |ended: Ended| match ended {
        Ended::Refused(failure) => failure,
        Ended::Away(why) => Failure::Read { path: server.url.clone(), source: io::Error::other(why) },
    };
    let body = json!({"input": input, "idempotency_key": arguments.key});
    let started = server.ask(&format!("/v1/workflows/{}/runs", arguments.name), Some(&body)).await.map_err(failed)?;
    let RunStarted { id, .. } = read(server, started)?;
    let route = format!("/v1/runs/{id}");
    let waiting = terminal.waiting(&format!("running {} as {id}", arguments.name));
    let (mut seen, mut tries) = (0_usize, 0);
    loop {
        match steps(server, &route, &mut seen, terminal).await {
            Ok(()) => break,
            Err(Ended::Away(_)) if tries < TRIES => tries += 1,
            Err(ended) => return Err(failed(ended)),
        }
        tokio::time::sleep(PAUSE).await;
    }
    drop(waiting);
    let run: RunItem = read(server, server.ask(&route, None).await.map_err(failed)?)?;
    print(&run, arguments.json, terminal)
}

/// What is read of an event of a run.
#[derive(Deserialize)]
struct Where {
    status: RunStatus,
}

/// Tells of steps as they end, until the run has.
async fn steps(server: &Server, route: &str, seen: &mut usize, terminal: &mut Terminal) -> Result<(), Ended> {
    let last = HeaderValue::from(*seen);
    let mut stream = Stream::open(server, &format!("{route}/events"), Some(&last)).await?;
    loop {
        let said = stream.next().await?;
        *seen = said.id.parse().unwrap_or(*seen);
        match &*said.event {
            "step" => {
                if let Ok(step) = serde_json::from_str::<StepItem>(&said.data) {
                    tell(&step, terminal.aside()).map_err(|error| Ended::Refused(error.into()))?;
                }
            }
            "run" if serde_json::from_str::<Where>(&said.data).is_ok_and(|run| run.status.is_end()) => return Ok(()),
            _ => {}
        }
    }
}

/// What an answer says.
fn read<T: serde::de::DeserializeOwned>(server: &Server, answer: Value) -> Result<T, Failure> {
    let wrong = |error| Failure::Read { path: server.url.clone(), source: io::Error::other(error) };
    serde_json::from_value(answer).map_err(wrong)
}
