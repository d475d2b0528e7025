//! `/v1/events`: what is told of a push, to whom, and how a subscriber goes on after it was away.

use super::registry;
use crate::harness::{Registry, Server};
use promptreg::{
    app::{App, Event},
    http::Options,
};
use serde_json::Value;
use std::{
    io::{BufRead as _, BufReader, Read},
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

/// Somebody who is told.
pub(crate) struct Subscriber {
    reply: ureq::http::response::Parts,
    lines: BufReader<Box<dyn Read>>,
}

impl Subscriber {
    pub(crate) fn new(address: &str, query: &str, headers: &[(&str, &str)]) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false);
        let agent: ureq::Agent = config.timeout_global(Some(Duration::from_secs(20))).build().into();
        let mut request = agent.get(format!("http://{address}/v1/events{query}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (reply, body) = request.call().unwrap().into_parts();
        Self { reply, lines: BufReader::new(Box::new(body.into_reader())) }
    }

    /// The next event: its word, its id and its data; `None` where the server ended the stream.
    pub(crate) fn next(&mut self) -> Option<(String, String, Value)> {
        let (mut event, mut id) = (String::new(), String::new());
        loop {
            let mut line = String::new();
            if self.lines.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            match line.trim_end().split_once(": ") {
                Some(("event", word)) => event = word.to_owned(),
                Some(("id", text)) => id = text.to_owned(),
                Some(("data", text)) => return Some((event, id, serde_json::from_str(text).unwrap())),
                _ => {}
            }
        }
    }

    /// The next event as a line, commits by their names.
    fn line(&mut self, commits: &[(&str, &str)]) -> String {
        let (event, id, mut data) = self.next().unwrap();
        assert_eq!(data["commit"], *id);
        data["at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        data.as_object_mut().unwrap().shift_remove("at");
        let line = format!("{event} {data}");
        commits.iter().fold(line, |line, (name, commit)| line.replace(commit, name))
    }
}

fn subscribe(server: &Server, query: &str) -> Subscriber {
    Subscriber::new(&server.address, query, &[])
}

/// Changes of every kind, one push after another, each with its name.
fn pushes(registry: &Registry) -> Vec<(&'static str, String)> {
    let first = registry.head().to_string();
    registry.version("support/greet", "2.1.0", "Good evening.");
    let version = registry.land("A version");
    registry.prompt("extra", "labels: {production: 1.0.0}\n", &[("1.0.0", "More.")]);
    registry.file("users/dora.yaml", "email: dora@example.org\n");
    let added = registry.land("A prompt and a user");
    registry.git(&["rm", "--quiet", "-r", "prompts/bare", "workflows/sketch.yaml"]);
    let removed = registry.land("Take away");
    registry.file("models/fast.yaml", "provider: openai\nmodel: small\n");
    registry.file("tags.yaml", "internal: {description: For us.}\npublic: {description: For all.}\n");
    let shared = registry.land("What is shared");
    registry.file("prompts/extra/prompt.yaml", "labels: [");
    let broken = registry.land("Break it");
    vec![
        ("FIRST", first),
        ("VERSION", version),
        ("ADDED", added),
        ("REMOVED", removed),
        ("SHARED", shared),
        ("BROKEN", broken),
    ]
}

#[test]
fn a_push_is_told_with_the_names_that_it_changed() {
    let registry = registry();
    let server = registry.serve(&[]);
    let first = registry.head().to_string();
    let mut told = subscribe(&server, "");
    assert_eq!((told.reply.status.as_u16(), &told.reply.headers["cache-control"]), (200, &"no-store".parse().unwrap()));
    assert_eq!(told.reply.headers["content-type"], "text/event-stream");
    let mut said = vec![told.line(&[("FIRST", &first)])];
    registry.version("support/greet", "2.1.0", "Good evening.");
    let version = registry.land("A version");
    said.push(told.line(&[("FIRST", &first), ("VERSION", &version)]));
    // Who is told of a commit is served it.
    assert_eq!(server.get("/v1/prompts/greet?version=2.1.0").header("promptreg-commit"), version);
    registry.git(&["rm", "--quiet", "-r", "prompts/bare", "workflows/sketch.yaml"]);
    registry.file("models/fast.yaml", "provider: openai\nmodel: small\n");
    let removed = registry.land("Take away and add");
    said.push(told.line(&[("VERSION", &version), ("REMOVED", &removed)]));
    registry.file("prompts/support/greet/prompt.yaml", "labels: [");
    let broken = registry.land("Break it");
    said.push(told.line(&[("REMOVED", &removed), ("BROKEN", &broken)]));
    insta::assert_snapshot!(said.join("\n"), @r#"
    hello {"commit":"FIRST"}
    commit {"commit":"VERSION","previous":"FIRST","changed":["greet"],"removed":[]}
    commit {"commit":"REMOVED","previous":"VERSION","changed":["models/fast"],"removed":["bare","workflows/sketch"]}
    commit {"commit":"BROKEN","previous":"REMOVED","changed":[],"removed":[]}
    "#);
}

#[test]
fn who_was_away_is_told_at_once_of_all_that_changed_since() {
    let registry = registry();
    let mut said = Vec::new();
    let commits = pushes(&registry);
    let names: Vec<(&str, &str)> = commits.iter().map(|(name, commit)| (*name, commit.as_str())).collect();
    // This server has read all of the history at once, so that it tells by its ledger.
    let server = registry.serve(&[]);
    for (name, commit) in &commits {
        said.push(format!("since {name}: {}", subscribe(&server, &format!("?after={commit}")).line(&names)));
    }
    insta::assert_snapshot!(said.join("\n"), @r#"
    since FIRST: commit {"commit":"BROKEN","previous":"FIRST","changed":["extra","greet","models/fast","tags","users/dora"],"removed":["bare","workflows/sketch"]}
    since VERSION: commit {"commit":"BROKEN","previous":"VERSION","changed":["extra","models/fast","tags","users/dora"],"removed":["bare","workflows/sketch"]}
    since ADDED: commit {"commit":"BROKEN","previous":"ADDED","changed":["models/fast","tags"],"removed":["bare","workflows/sketch"]}
    since REMOVED: commit {"commit":"BROKEN","previous":"REMOVED","changed":["models/fast","tags"],"removed":[]}
    since SHARED: commit {"commit":"BROKEN","previous":"SHARED","changed":[],"removed":[]}
    since BROKEN: hello {"commit":"BROKEN"}
    "#);
    // What a browser saw last counts, and not what its page said first.
    let headers = [("last-event-id", names[4].1)];
    let mut back = Subscriber::new(&server.address, &format!("?after={}", names[0].1), &headers);
    assert_eq!(format!("since SHARED: {}", back.line(&names)), said[4]);
}

#[test]
fn memory_and_history_tell_the_same_of_the_same_time() {
    let registry = registry();
    let live = Arc::new(App::open(&registry.path()).unwrap());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let first = |app: &Arc<App>, after: &str| runtime.block_on(app.subscribe(Some(after), None).next());
    let names = |event: Event| match event {
        Event::Commit(change) => (change.previous, change.moment.place.commit, change.changed, change.removed),
        other => panic!("{other:?}"),
    };
    let mut seen = vec![registry.head().to_string()];
    for round in 0..6 {
        match round {
            0 => _ = registry.version("support/greet", "3.0.0", "Hello, hello."),
            1 => _ = registry.prompt("extra", "labels: {production: 1.0.0}\n", &[("1.0.0", "More.")]),
            2 => _ = registry.git(&["mv", "prompts/bare", "prompts/support/bare"]),
            3 => _ = registry.git(&["rm", "--quiet", "-r", "prompts/extra"]),
            4 => _ = registry.git(&["revert", "--no-edit", "HEAD"]),
            _ => _ = registry.file("prompts/extra/prompt.yaml", "description: ["),
        }
        seen.push(if round == 4 { registry.head().to_string() } else { registry.land("A push") });
        assert!(live.sync().unwrap());
    }
    let anew = Arc::new(App::open(&registry.path()).unwrap());
    for commit in &seen[..6] {
        assert_eq!(names(first(&live, commit)), names(first(&anew, commit)));
    }
}

#[test]
fn who_knows_another_history_is_told_to_fetch_anew() {
    let registry = registry();
    let server = registry.serve(&[]);
    let commit = registry.head().to_string();
    registry.git(&["switch", "--quiet", "-c", "aside"]);
    registry.file("README.md", "Aside.");
    let aside = registry.land("Aside");
    let unknown = "0".repeat(40);
    let said: Vec<_> = [&*unknown, &aside, ""]
        .map(|after| subscribe(&server, &format!("?after={after}")).line(&[("NOW", &commit)]))
        .into();
    insta::assert_snapshot!(said.join("\n"), @r#"
    reset {"commit":"NOW"}
    reset {"commit":"NOW"}
    hello {"commit":"NOW"}
    "#);
    for after in ["yesterday", "%ff", "0123456"] {
        let wrong = server.get(&format!("/v1/events?after={after}"));
        assert_eq!((wrong.status, wrong.json()["field"].as_str()), (400, Some("after")));
    }
}

#[test]
fn who_asks_for_one_prompt_is_told_of_that_one_and_of_the_settings() {
    let registry = registry();
    let server = registry.serve(&[]);
    let first = registry.head().to_string();
    let mut told = subscribe(&server, "?prompt=greet");
    let mut said = vec![told.line(&[("FIRST", &first)])];
    registry.version("support/part", "2.0.0", "Farewell.");
    let other = registry.land("Another prompt");
    server.until_commit(&other);
    // Nothing that concerns it happened since, so that it is greeted with what is served.
    said.push(subscribe(&server, &format!("?prompt=greet&after={first}")).line(&[("OTHER", &other)]));
    registry.version("support/greet", "2.1.0", "Good evening.");
    registry.version("support/part", "2.1.0", "Farewell!");
    let both = registry.land("Both");
    said.push(told.line(&[("OTHER", &other), ("BOTH", &both)]));
    let settings = std::fs::read_to_string(registry.path().join("registry.toml")).unwrap();
    registry.file("registry.toml", format!("{settings}[labels]\ndefault = \"staging\"\n"));
    let labels = registry.land("Another default label");
    said.push(told.line(&[("BOTH", &both), ("LABELS", &labels)]));
    insta::assert_snapshot!(said.join("\n"), @r#"
    hello {"commit":"FIRST"}
    hello {"commit":"OTHER"}
    commit {"commit":"BOTH","previous":"OTHER","changed":["greet"],"removed":[]}
    commit {"commit":"LABELS","previous":"BOTH","changed":["registry"],"removed":[]}
    "#);
    assert_eq!(
        subscribe(&server, "?prompt=gret").line(&[("LABELS", &labels)]),
        r#"hello {"commit":"LABELS","unknown_prompt":true}"#
    );
    let wrong = server.get("/v1/events?prompt=Not+a+name");
    assert_eq!((wrong.status, wrong.json()["field"].as_str()), (400, Some("prompt")));
}

#[test]
fn more_names_than_one_event_holds_are_cut_and_it_says_so() {
    let registry = registry();
    let app = Arc::new(App::open(&registry.path()).unwrap());
    let mut told = app.subscribe(None, None);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    assert!(matches!(runtime.block_on(told.next()), Event::Hello(_)));
    for user in 0..=1_000 {
        registry.file(&format!("users/u{user}.yaml"), format!("email: u{user}@example.org\n"));
    }
    registry.land("Many users");
    assert!(app.sync().unwrap());
    registry.version("support/greet", "2.1.0", "Good evening.");
    registry.land("And a version");
    assert!(app.sync().unwrap());
    // Both pushes are one event for who was slow.
    let Event::Commit(change) = runtime.block_on(told.next()) else { panic!("it was told of no commit") };
    assert_eq!((change.changed.len(), &*change.changed[0], change.more), (1_000, "greet", true));
    assert_eq!(change.moment.place.commit, registry.head());
}

#[test]
fn more_subscribers_than_there_are_places_for_are_told_to_come_back() {
    let registry = registry();
    let app = Arc::new(App::open(&registry.path()).unwrap());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let options = Options { subscribers: 2, ..Default::default() };
    runtime.spawn(promptreg::http::serve(app, listener, options, std::future::pending()));
    let mut told: Vec<_> = (0..2).map(|_| Subscriber::new(&address, "", &[])).collect();
    assert!(told.iter_mut().all(|told| told.next().is_some()));
    let mut refused = Subscriber::new(&address, "", &[]);
    let mut body = String::new();
    refused.lines.read_to_string(&mut body).unwrap();
    assert_eq!((refused.reply.status.as_u16(), &refused.reply.headers["retry-after"]), (503, &"5".parse().unwrap()));
    assert!(body.contains("2 subscribers are told already: come back later"), "{body}");
    // Who leaves makes room.
    drop(told.pop());
    let since = Instant::now();
    while Subscriber::new(&address, "", &[]).reply.status.as_u16() != 200 {
        assert!(since.elapsed() < Duration::from_secs(20), "the place is not free again");
        std::thread::yield_now();
    }
}

#[test]
fn a_server_that_is_told_to_stop_does_not_wait_for_subscribers() {
    let registry = registry();
    let mut server = registry.serve(&[]);
    let mut told = subscribe(&server, "");
    assert!(told.next().is_some());
    let since = Instant::now();
    assert!(Command::new("kill").args(["-TERM", &server.child.id().to_string()]).status().unwrap().success());
    assert_eq!(told.next(), None);
    assert_eq!(server.child.wait().unwrap().code(), Some(0), "{}", server.log());
    assert!(since.elapsed() < Duration::from_secs(10), "{:?}", since.elapsed());
}
