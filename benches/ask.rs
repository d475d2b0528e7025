//! A client that is faster than what it measures: one thread, no more work than a request and its answer.
//!
//! `cargo bench --bench ask -- VERB …`:
//! `bodies HOST:PORT` reads every version and says how many bytes they have;
//! `pushes HOST:PORT REPOSITORY ROUNDS` pushes commits of one file and says when fetch and search show them;
//! `searchable HOST:PORT` ends when search answers;
//! `search HOST:PORT FILE ROUNDS [MORE]` asks the questions of a file (`kind<tab>question` a line) in turn, with MORE
//! parameters (`&versions=all`);
//! `texts REPOSITORY` prints every version at the tip as PostgreSQL's COPY reads it: name, number and text;
//! `commits REPOSITORY COUNT` makes commits of one file on top of each other and prints their ids;
//! `usage HOST:PORT CONNECTIONS BATCH SECONDS [keys] [rate=N]` posts usage events, so many in a request;
//! `fetches HOST:PORT PATH CONNECTIONS SECONDS [rate=N]` fetches one path over and over.
#![expect(clippy::print_stdout, reason = "a bench is run by people")]

mod asked;

use asked::{connection::Connection, push::Author, texts};
use serde_json::Value;
use std::{error::Error, fs, time::Instant};

type Done<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> Done {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["bodies", address] => bodies(address),
        ["pushes", address, repository, rounds] => asked::visible::pushes(address, repository, rounds.parse()?),
        ["searchable", address] => match asked::visible::searches(&mut Connection::open(address)?)? {
            true => Ok(()),
            false => Err("there is no search".into()),
        },
        ["search", address, file, rounds] => search(address, file, rounds.parse()?, ""),
        ["search", address, file, rounds, more] => search(address, file, rounds.parse()?, more),
        ["texts", repository] => texts::print(repository),
        ["commits", repository, count] => commits(repository, count.parse()?),
        ["usage", address, connections, batch, seconds, ref more @ ..] => {
            asked::usage::post(address, connections, batch, seconds, more)
        }
        ["fetches", address, path, connections, seconds, ref more @ ..] => {
            asked::usage::fetch(address, path, connections, seconds, more)
        }
        _ => Err("usage: cargo bench --bench ask -- VERB …, see benches/ask.rs".into()),
    }
}

/// Reads all versions of all prompts.
fn bodies(address: &str) -> Done {
    let mut connection = Connection::open(address)?;
    let (mut count, mut bytes, mut cursor) = (0_usize, 0_usize, String::new());
    loop {
        let page = connection.json(&format!("/v1/prompts?limit=500{cursor}"))?;
        for item in page["items"].as_array().into_iter().flatten() {
            let name = item["name"].as_str().unwrap_or_default();
            let versions = connection.json(&format!("/v1/prompts/{name}/versions"))?;
            for version in versions["items"].as_array().into_iter().flatten() {
                let number = version["version"].as_str().unwrap_or_default();
                let (status, body) = connection.get(&format!("/v1/prompts/{name}/versions/{number}"))?;
                if status == 200 {
                    count += 1;
                    bytes += body.len();
                }
            }
        }
        match &page["next_cursor"] {
            Value::String(next) => cursor = format!("&cursor={next}"),
            _ => break,
        }
    }
    println!("versions {count}\nbody_bytes {bytes}");
    Ok(())
}

/// Asks every question once a round; the first round warms up and is not counted.
fn search(address: &str, file: &str, rounds: usize, more: &str) -> Done {
    let mut connection = Connection::open(address)?;
    let text = fs::read_to_string(file)?;
    let questions: Vec<(&str, &str)> = text.lines().filter_map(|line| line.split_once('\t')).collect();
    let mut took = vec![Vec::with_capacity(rounds); questions.len()];
    let mut hits = vec![0; questions.len()];
    for round in 0..=rounds {
        for (i, (kind, question)) in questions.iter().enumerate() {
            let path = format!("/v1/search?q={}&limit=10{more}", asked::connection::encoded(question));
            let since = Instant::now();
            let (status, body) = connection.get(&path)?;
            let elapsed = since.elapsed();
            if status != 200 {
                return Err(format!("{kind}: {path} answers {status}: {}", String::from_utf8_lossy(&body)).into());
            }
            if round == 0 {
                let answer: Value = serde_json::from_slice(&body)?;
                hits[i] = answer["items"].as_array().map_or(0, Vec::len);
            } else {
                took[i].push(elapsed.as_secs_f64() * 1e3);
            }
        }
    }
    for (i, (kind, _)) in questions.iter().enumerate() {
        let [p50, p99] = [50, 99].map(|percent| asked::percentile(&mut took[i], percent));
        println!("{kind}\t{p50:.3}\t{p99:.3}\t{}", hits[i]);
    }
    Ok(())
}

fn commits(repository: &str, count: usize) -> Done {
    let mut author = Author::of(repository)?;
    for round in 0..count {
        println!("{}", author.commit(round)?.id);
    }
    Ok(())
}
