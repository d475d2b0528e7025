//! Usage events as programs post them, and fetches meanwhile.

use super::{connection::Connection, load::Load, percentile};
use crate::Done;
use std::{
    io::Write as _,
    time::{Duration, SystemTime},
};

/// What is posted.
struct Posted {
    /// Names and versions of what was used, in turn.
    used: Vec<(String, String)>,
    batch: usize,
    /// What every idempotency key begins with, where there are any.
    keys: Option<String>,
    /// The request's head, without its length.
    head: String,
}

/// Posts events for so many seconds, and prints how many were acknowledged in all, how many requests failed, events a second,
/// and the milliseconds that a request took (p50, p99). `more`: `keys` gives each event a key, `rate=N` posts N events
/// a second.
pub(crate) fn post(address: &str, connections: &str, batch: &str, seconds: &str, more: &[&str]) -> Done {
    let rate = rate(more)?;
    let posted = Posted::new(address, batch.parse()?, more.contains(&"keys"))?;
    let (connections, seconds) = (connections.parse()?, seconds.parse()?);
    let per_second = rate.map(|events| events / posted.batch as f64);
    let load = Load { connections, measured: Duration::from_secs_f64(seconds), per_second, expected: 201 };
    let mut tally = load.run(address, move |connection, round, out| posted.write(connection, round, out))?;
    let [p50, p99] = [50, 99].map(|percent| percentile(&mut tally.took, percent));
    println!("{}\t{}\t{:.0}\t{p50:.3}\t{p99:.3}", tally.accepted, tally.failed, tally.measured as f64 / seconds);
    tally.failure.map_or(Ok(()), |failure| Err(format!("the first answer that is no success: {failure}").into()))
}

/// Fetches one path for so many seconds, and prints how often, how many requests failed, requests a second, and the
/// milliseconds that one took (p50, p99). `more` as in [`post`].
pub(crate) fn fetch(address: &str, path: &str, connections: &str, seconds: &str, more: &[&str]) -> Done {
    let per_second = rate(more)?;
    let (connections, seconds) = (connections.parse()?, seconds.parse()?);
    let load = Load { connections, measured: Duration::from_secs_f64(seconds), per_second, expected: 200 };
    let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", host(address)).into_bytes();
    let mut tally = load.run(address, move |_, _, out| out.extend_from_slice(&request))?;
    let [p50, p99] = [50, 99].map(|percent| percentile(&mut tally.took, percent));
    let count = tally.took.len();
    println!("{count}\t{}\t{:.0}\t{p50:.3}\t{p99:.3}", tally.failed, count as f64 / seconds);
    tally.failure.map_or(Ok(()), |failure| Err(format!("the first answer that is no success: {failure}").into()))
}

impl Posted {
    /// Asks the server what there is; `PROMPTREG_TOKEN` says who posts.
    fn new(address: &str, batch: usize, keys: bool) -> Done<Self> {
        let page = Connection::open(address)?.json("/v1/prompts?limit=500")?;
        let text = |value: &serde_json::Value| value.as_str().map(ToOwned::to_owned);
        let items = page["items"].as_array().into_iter().flatten();
        let used: Vec<_> = items.filter_map(|item| Some((text(&item["name"])?, text(&item["latest"])?))).collect();
        if used.is_empty() || batch == 0 {
            return Err("there is nothing to post: no prompt with a version, or a batch of none".into());
        }
        let mut head =
            format!("POST /v1/usage HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n", host(address));
        if let Ok(token) = std::env::var("PROMPTREG_TOKEN") {
            head += &format!("Authorization: Bearer {token}\r\n");
        }
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_nanos();
        Ok(Self { used, batch, keys: keys.then(|| format!("{now:x}")), head })
    }

    fn write(&self, connection: usize, round: u64, out: &mut Vec<u8>) {
        let mut body = Vec::with_capacity(self.batch * 256);
        for event in 0..self.batch {
            body.push(if event == 0 { b'[' } else { b',' });
            self.event(connection, round, event, &mut body);
        }
        body.push(b']');
        // One event is posted as itself.
        let body = if self.batch == 1 { &body[1..body.len() - 1] } else { &body[..] };
        let _ = write!(out, "{}Content-Length: {}\r\n\r\n", self.head, body.len());
        out.extend_from_slice(body);
    }

    fn event(&self, connection: usize, round: u64, event: usize, out: &mut Vec<u8>) {
        let turn = round as usize * self.batch + event;
        let (name, version) = &self.used[(connection * 7919 + turn) % self.used.len()];
        let _ = write!(
            out,
            r#"{{"prompt":"{name}","version":"{version}","client_type":"cli","project_key":"checkout","context":{{"region":"eu","trace":"4bf92f3577b34da6{connection:08x}{turn:08x}"}}"#
        );
        if let Some(run) = &self.keys {
            let _ = write!(out, r#","idempotency_key":"{run}-{connection}-{turn}""#);
        }
        out.push(b'}');
    }
}

fn rate(more: &[&str]) -> Done<Option<f64>> {
    Ok(more.iter().find_map(|word| word.strip_prefix("rate=")).map(str::parse).transpose()?)
}

fn host(address: &str) -> &str {
    address.trim_start_matches("http://").trim_end_matches('/')
}
