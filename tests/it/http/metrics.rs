//! `/metrics`, `/v1/sync` and what a server says of the age of what it serves.

use super::registry;
use crate::harness::{Registry, Server};
use promptreg::{
    app::{App, Clock, Opening, Outcome},
    http::{self, Options},
};
use regex::Regex;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

/// The samples of an exposition by name and labels; panics where it is not what the format allows.
fn samples(text: &str) -> BTreeMap<String, f64> {
    let sample = Regex::new(r#"^([a-z_]+)(?:\{((?:[a-z_]+="[^"\\\n]*",?)+)\})? ([0-9.e+-]+|\+Inf|NaN)$"#).unwrap();
    let (mut found, mut families, mut family) = (BTreeMap::new(), BTreeSet::new(), (String::new(), String::new()));
    assert!(text.ends_with('\n'));
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, said) = help.split_once(' ').unwrap();
            assert!(!said.is_empty() && families.insert(name.to_owned()), "{line}");
            let kind = lines.next().unwrap().strip_prefix(&format!("# TYPE {name} ")).unwrap();
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{kind}");
            family = (name.to_owned(), kind.to_owned());
            continue;
        }
        let parts = sample.captures(line).unwrap_or_else(|| panic!("{line}"));
        let name = match &*family.1 {
            "histogram" => {
                parts[1].rsplit_once('_').filter(|(_, end)| ["bucket", "sum", "count"].contains(end)).unwrap().0
            }
            kind => {
                assert_eq!(kind == "counter", parts[1].ends_with("_total"), "{line}");
                &parts[1]
            }
        };
        assert_eq!(name, family.0, "{line}");
        let key = line.rsplit_once(' ').unwrap().0.to_owned();
        assert_eq!(found.insert(key, parts[3].parse().unwrap()), None, "{line}");
    }
    cumulative(&found);
    found
}

/// Buckets grow, and the last one is all of them.
fn cumulative(samples: &BTreeMap<String, f64>) {
    let text: Vec<_> = samples.iter().filter(|(key, _)| key.contains("le=\"+Inf\"")).collect();
    for (key, all) in text {
        let start = key.split("le=").next().unwrap();
        let mut buckets: Vec<(f64, f64)> = samples
            .iter()
            .filter(|(other, _)| other.starts_with(start))
            .map(|(other, count)| {
                let bound = other.split("le=\"").nth(1).unwrap().trim_end_matches("\"}");
                (bound.replace("+Inf", "inf").parse().unwrap(), *count)
            })
            .collect();
        buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert!(buckets.len() > 5 && buckets.is_sorted_by(|a, b| a.1 <= b.1), "{buckets:?}");
        let count = start.replace("_bucket{", "_count{").trim_end_matches(',').to_owned() + "}";
        assert_eq!(samples[&count], *all, "{count}");
    }
}

fn metrics(server: &Server) -> BTreeMap<String, f64> {
    let reply = server.get("/metrics");
    assert_eq!(reply.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    samples(&reply.body)
}

fn requests(metrics: &BTreeMap<String, f64>, route: &str, status: &str) -> f64 {
    let key = format!("promptreg_http_requests_total{{route=\"{route}\",status=\"{status}\"}}");
    metrics.get(&key).copied().unwrap_or_default()
}

#[test]
fn what_is_asked_is_counted_by_route_and_status() {
    let server = registry().into_server(&[]);
    let prompt = "/v1/prompts/{name}";
    for _ in 0..3 {
        let reply = server.get("/v1/prompts/greet");
        let known = server.ask("GET", "/v1/prompts/greet", &[("if-none-match", reply.header("etag"))], "");
        assert_eq!(known.status, 304);
        // This one is answered behind the router.
        assert_eq!(server.get("/v1/prompts/greet?version=^1").status, 200);
    }
    for path in ["/v1/prompts/nobody", "/nowhere", "/v1/prompts/%ff", "/v1/prompts/greet/versions"] {
        server.get(path);
    }
    let found = metrics(&server);
    assert_eq!((requests(&found, prompt, "2xx"), requests(&found, prompt, "3xx")), (6.0, 3.0));
    assert_eq!((requests(&found, prompt, "4xx"), requests(&found, "other", "4xx")), (2.0, 1.0));
    assert_eq!(requests(&found, "/v1/prompts/{name}/versions", "2xx"), 1.0);
    assert_eq!(found[&format!("promptreg_http_request_seconds_count{{route=\"{prompt}\"}}")], 11.0);
    assert_eq!(requests(&metrics(&server), "/metrics", "2xx"), 1.0);
}

#[test]
fn every_route_is_counted_under_its_own_pattern_and_nothing_under_a_name() {
    let server = registry().into_server(&[]);
    let index = server.get("/").json();
    let routes: Vec<_> = index["routes"].as_array().unwrap().iter().map(|route| route.as_str().unwrap()).collect();
    for route in &routes {
        let (method, pattern) = route.split_once(' ').unwrap();
        let pattern = pattern.split(['?', ' ']).next().unwrap();
        if pattern != "/v1/events" {
            server.ask(method, &pattern.replace(['{', '}'], "x"), &[], "");
        }
        let found = metrics(&server);
        // What can be searched is made aside.
        let is_counted = ["2xx", "4xx", "5xx"].iter().any(|class| requests(&found, pattern, class) > 0.0);
        assert!(is_counted || ["/v1/events", "/metrics"].contains(&pattern), "{pattern}");
    }
    let text = server.get("/metrics").body;
    assert!(!text.contains("xname"), "{text}");
}

#[test]
fn what_is_followed_is_counted_with_the_time_of_each_phase() {
    let registry = registry();
    let server = registry.serve(&[]);
    let before = metrics(&server);
    assert_eq!((before["promptreg_prompts"], before["promptreg_quarantined"]), (5.0, 0.0));
    assert_eq!(before["promptreg_newest_commit_served"], 1.0);
    assert!(before["process_resident_memory_bytes"] > 1e6);
    registry.prompt("extra", "labels: {production: 1.0.0}\n", &[("1.0.0", "More.")]);
    registry.file("prompts/support/greet/prompt.yaml", "labels: [");
    server.until_commit(&registry.land("More, and something broken"));
    let after = metrics(&server);
    assert_eq!((after["promptreg_prompts"], after["promptreg_quarantined"]), (6.0, 1.0));
    assert_eq!(after["promptreg_versions"], before["promptreg_versions"] + 1.0);
    for phase in ["git", "load", "swap"] {
        assert_eq!(after[&format!("promptreg_sync_seconds_count{{phase=\"{phase}\"}}")], 1.0);
    }
    assert!(after["promptreg_data_age_seconds"] < 20.0 && after["promptreg_http_connections"] >= 1.0);
    registry.git(&["commit", "--quiet", "--amend", "--message", "Another past"]);
    registry.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    server.until("/v1/status", |reply| !reply.json()["trouble"].is_null());
    let failed = metrics(&server);
    assert_eq!(
        (failed["promptreg_newest_commit_served"], failed["promptreg_syncs_total{outcome=\"changed\"}"]),
        (0.0, 1.0)
    );
    assert!(failed["promptreg_syncs_total{outcome=\"failed\"}"] >= 1.0);
}

/// A server in this process, whose repository is looked at only when it is asked to.
pub(super) struct Quiet {
    pub(super) app: Arc<App>,
    pub(super) address: String,
    _runtime: tokio::runtime::Runtime,
}

impl Quiet {
    pub(super) fn new(registry: &Registry, bind: &str, options: Options, clock: Clock) -> Self {
        let app = Arc::new(App::open_with(Opening { clock, ..Opening::of(&registry.path()) }, &|_| ()).unwrap());
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind(bind)).unwrap();
        let address = format!("127.0.0.1:{}", listener.local_addr().unwrap().port());
        runtime.spawn(http::serve(Arc::clone(&app), listener, options, std::future::pending()));
        runtime.spawn(Arc::clone(&app).watch(Duration::from_secs(86_400)));
        Self { app, address, _runtime: runtime }
    }

    pub(super) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> (u16, Value) {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut request = ureq::http::Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut reply = agent.run(request.body(()).unwrap()).unwrap();
        (reply.status().as_u16(), serde_json::from_str(&reply.body_mut().read_to_string().unwrap()).unwrap_or_default())
    }

    fn nudge(&self) -> (u16, Value) {
        let reply = crate::harness::ask(&self.address, "POST", "/v1/sync", &[], "").unwrap();
        assert!(reply.status != 503 || reply.header("retry-after") == "5");
        (reply.status, reply.json())
    }
}

#[test]
fn a_nudge_is_answered_when_the_push_is_served() {
    let registry = registry();
    let server = Quiet::new(&registry, "127.0.0.1:0", Options::default(), Clock::default());
    let first = registry.head().to_string();
    assert_eq!(server.nudge(), (200, json!({"commit": first, "changed": false})));
    registry.version("support/greet", "2.1.0", "Good evening.");
    let second = registry.land("A version");
    // Whoever watches the repository may have been quicker than the nudge.
    assert_eq!(server.nudge().1["commit"], second);
    assert_eq!(server.ask("GET", "/v1/prompts/greet?version=2.1.0", &[]).0, 200);
    registry.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    let (status, problem) = server.nudge();
    let since = problem["since"].as_str().unwrap().to_owned();
    assert_eq!(
        (status, &problem["title"], &problem["commit"]),
        (503, &json!("the newest commit is not served"), &json!(first))
    );
    assert_eq!(server.nudge().1["since"], *since);
    assert_eq!(server.ask("GET", "/v1/status", &[]).1["trouble"]["since"], *since);
    registry.git(&["reset", "--quiet", "--hard", &second]);
    assert_eq!(server.nudge(), (200, json!({"commit": second, "changed": false})));
}

#[test]
fn many_nudges_become_one_look() {
    let registry = registry();
    let app = Arc::new(App::open(&registry.path()).unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let nudge = |app: Arc<App>| async move { app.nudge().await.unwrap() };
        let nudges: Vec<_> = (0..100).map(|_| tokio::spawn(nudge(Arc::clone(&app)))).collect();
        tokio::task::yield_now().await;
        let watcher = tokio::spawn(Arc::clone(&app).watch(Duration::from_secs(86_400)));
        for nudge in nudges {
            nudge.await.unwrap();
        }
        watcher.abort();
    });
    // The watcher's own first look, and at most one for all of them.
    assert!((1..=2).contains(&app.meter().count(Outcome::Unchanged)), "{:?}", app.meter());
}

#[test]
fn who_may_not_have_the_server_look_is_told_why() {
    let registry = registry();
    let local = Quiet::new(&registry, "127.0.0.1:0", Options::default(), Clock::default());
    let open = Quiet::new(&registry, "0.0.0.0:0", Options::default(), Clock::default());
    let allowed = Options { allow_sync: true, ..Options::default() };
    let allowed = Quiet::new(&registry, "0.0.0.0:0", allowed, Clock::default());
    let own = format!("http://{}", local.address);
    let of = |server: &Quiet, origin: &str| {
        let headers: &[_] = if origin.is_empty() { &[] } else { &[("origin", origin)] };
        let (status, said) = server.ask("POST", "/v1/sync", headers);
        format!("{status} {}", said["detail"].as_str().unwrap_or("done"))
    };
    let said = [
        of(&local, ""),
        of(&local, &own),
        of(&local, "http://evil.example"),
        of(&local, "null"),
        of(&open, ""),
        of(&allowed, ""),
        of(&allowed, "http://evil.example"),
    ];
    insta::assert_snapshot!(said.join("\n"), @"
    200 done
    200 done
    403 the request comes from a page of another host, and those may not have the server do things
    403 the request comes from a page of another host, and those may not have the server do things
    401 this needs the permission `sync`: send `Authorization: Bearer prg_…` with a token that has it (or have the server started with --allow-sync)
    200 done
    403 the request comes from a page of another host, and those may not have the server do things
    ");
}

#[test]
fn what_could_not_be_looked_at_for_long_is_served_and_said_to_be_stale() {
    let registry = registry();
    let seconds = Arc::new(AtomicU64::new(1_000_000_000));
    let now = Arc::clone(&seconds);
    let clock = Clock::new(move || SystemTime::UNIX_EPOCH + Duration::from_secs(now.load(Ordering::SeqCst)));
    let options = Options { max_age: Some(Duration::from_secs(60)), ..Options::default() };
    let server = Quiet::new(&registry, "127.0.0.1:0", options, clock);
    server.nudge();
    registry.git(&["switch", "--quiet", "--orphan", "other"]);
    registry.git(&["branch", "--quiet", "--delete", "--force", "main"]);
    let said: Vec<_> = [0, 60, 1]
        .map(|later| {
            seconds.fetch_add(later, Ordering::SeqCst);
            server.nudge();
            let (status, ready) = server.ask("GET", "/readyz", &[]);
            assert_eq!(status, 200);
            let age = server.ask("GET", "/v1/status", &[]).1["age_seconds"].clone();
            assert_eq!(age, ready["age_seconds"]);
            ready.to_string().replace(ready["commit"].as_str().unwrap(), "COMMIT")
        })
        .into();
    insta::assert_snapshot!(said.join("\n"), @r#"
    {"ready":true,"commit":"COMMIT","looked_at":"2001-09-09T01:46:40.000Z","age_seconds":0,"stale":false,"trouble":{"commit":null,"message":"the branch `main` has no commit yet: commit something, or name another branch in registry.toml","since":"2001-09-09T01:46:40.000Z"}}
    {"ready":true,"commit":"COMMIT","looked_at":"2001-09-09T01:46:40.000Z","age_seconds":60,"stale":false,"trouble":{"commit":null,"message":"the branch `main` has no commit yet: commit something, or name another branch in registry.toml","since":"2001-09-09T01:46:40.000Z"}}
    {"ready":true,"commit":"COMMIT","looked_at":"2001-09-09T01:46:40.000Z","age_seconds":61,"stale":true,"trouble":{"commit":null,"message":"the branch `main` has no commit yet: commit something, or name another branch in registry.toml","since":"2001-09-09T01:46:40.000Z"},"reason":"the repository was not looked at with success for more than 60 s"}
    "#);
    assert_eq!(server.app.meter().age(), Duration::from_secs(61));
    assert_eq!(server.ask("GET", "/v1/prompts/greet", &[]).0, 200);
}
