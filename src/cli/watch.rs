//! `promptreg watch`: prints what a server comes to serve, as it comes.

use super::{
    Outcome,
    error::Failure,
    serve::{self, LISTEN},
    settings,
    stream::{Ended, Said, Server, Stream, plain},
    terminal::Terminal,
};
use crate::domain::PromptName;
use hyper::header::HeaderValue;
use serde_json::{Map, Value};
use std::{
    io::{self, Write},
    time::Duration,
};

/// How long to wait before the first and before every later try to reach a server again.
const FIRST: Duration = Duration::from_millis(500);
const LAST: Duration = Duration::from_secs(30);

/// Print what a server comes to serve, commit by commit
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  promptreg watch\n  promptreg watch summarize-ticket --server http://127.0.0.1:8484\n  \
    promptreg watch --json --after 0b433ee1c5fbb0a0c5a2d0bd4c1e8a4f1d2c3b4a\n\n\
    Each line is a commit: when it came to be served, its id, and the names of what is answered differently, those \
    that are gone with a minus. With --json each line is an event: `hello` (nothing changed), `commit`, or `reset` \
    (what was seen last is not in the history: fetch anew). A server that goes away is tried again until it is back."
)]
pub(super) struct Arguments {
    /// Only what concerns this prompt
    name: Option<PromptName>,
    /// The server [env: PROMPTREG_SERVER; default: http://127.0.0.1:8484]
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// Begin with what changed after this commit, of 40 digits
    #[arg(long, value_name = "COMMIT")]
    after: Option<String>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let url = settings::server(arguments.server.as_deref()).unwrap_or_else(|| format!("http://{LISTEN}"));
    let server = Server::read(&url)?;
    let after = arguments.after.as_deref().map(|after| {
        let is_commit = after.len() == 40 && after.bytes().all(|byte| byte.is_ascii_hexdigit());
        let wrong = || Failure::Usage(format!("--after takes a commit of 40 hexadecimal digits, not {after:?}"));
        HeaderValue::from_str(after).ok().filter(|_| is_commit).ok_or_else(wrong)
    });
    let after = after.transpose()?;
    serve::run_to_end(async {
        tokio::select! {
            ended = watch(arguments, &server, after, terminal) => ended,
            () = serve::stopped() => Ok(Outcome::Clean),
        }
    })
}

/// Follows a server for good; what it said last is where it goes on after it was away.
async fn watch(
    arguments: &Arguments,
    server: &Server,
    mut last: Option<HeaderValue>,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let route = match &arguments.name {
        Some(name) => format!("/v1/events?prompt={name}"),
        None => "/v1/events".to_owned(),
    };
    let (mut pause, mut is_told) = (FIRST, false);
    loop {
        let ended = match Stream::open(server, &route, last.as_ref()).await {
            Err(ended) => ended,
            Ok(mut stream) => loop {
                match stream.next().await {
                    Ok(said) => {
                        (pause, is_told) = (FIRST, false);
                        last = HeaderValue::from_str(&said.id).ok().filter(|id| !id.is_empty()).or(last);
                        print(&said, server, arguments.json, terminal)?;
                    }
                    Err(ended) => break ended,
                }
            },
        };
        match ended {
            Ended::Refused(failure) => return Err(failure),
            Ended::Away(why) if !is_told => {
                is_told = true;
                writeln!(terminal.aside(), "cannot hear {}: {why}; trying again", server.url)?;
            }
            Ended::Away(_) => {}
        }
        tokio::time::sleep(pause).await;
        pause = LAST.min(pause * 2);
    }
}

/// Prints an event. What cannot be read as one is left out: it may be of a newer server.
fn print(said: &Said, server: &Server, is_json: bool, terminal: &mut Terminal) -> io::Result<()> {
    let Ok(data) = serde_json::from_str::<Map<String, Value>>(&said.data) else { return Ok(()) };
    if is_json {
        let mut line = Map::from_iter([("event".to_owned(), said.event.as_str().into())]);
        line.extend(data);
        writeln!(terminal.out(), "{}", Value::Object(line))?;
        return terminal.out().flush();
    }
    let text = |key: &str| plain(data.get(key).and_then(Value::as_str).unwrap_or_default());
    let (at, commit) = (text("at"), text("commit"));
    let short = commit.get(..12).unwrap_or(&commit);
    match &*said.event {
        "hello" => {
            writeln!(terminal.aside(), "watching {} at {short}", server.url)?;
            match data.get("unknown_prompt").and_then(Value::as_bool) {
                Some(true) => writeln!(terminal.aside(), "no prompt has this name yet: it is told when one comes"),
                _ => Ok(()),
            }
        }
        "commit" => writeln!(terminal.out(), "{at}  {short}  {}", names(&data)),
        "reset" => writeln!(terminal.out(), "{at}  {short}  (what was seen last is not in the history: fetch anew)"),
        _ => Ok(()),
    }?;
    terminal.out().flush()
}

fn names(data: &Map<String, Value>) -> String {
    let list = |key: &str, before: &'static str| {
        let names = data.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        names.map(move |name| format!("{before}{}", plain(name))).collect::<Vec<_>>()
    };
    let mut names = [list("changed", ""), list("removed", "-")].concat();
    if data.get("more").and_then(Value::as_bool).unwrap_or_default() {
        names.push("…".to_owned());
    }
    if names.is_empty() { "(nothing that is served)".to_owned() } else { names.join(", ") }
}
