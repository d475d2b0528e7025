//! Runs over HTTP and on the command line.

use super::{Played, Process, Told, registry, said, story};
use crate::harness::{self, Output, Registry, Reply, binary};
use promptreg::{
    app::{KnownToken, RunSettings, Tokens},
    domain::{Token, TokenKind, token_digest},
    http::{self, Options},
};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

story!(a_run_is_started_followed_and_told_over_http, told_over_http);
story!(what_went_in_and_came_out_is_for_those_who_may_run_workflows, shown);
story!(the_command_line_has_a_server_run_a_workflow, on_the_command_line);

/// A process, and the address at which it answers.
struct Served {
    process: Process,
    registry: Registry,
    model: Arc<Played>,
    address: String,
    /// Who may run workflows and read reports.
    token: String,
}

impl Served {
    async fn new(told: &Told, permits: usize) -> Self {
        let (registry, model) = (registry(), Played::with_permits(said, permits));
        registry.file("roles/runner.yaml", "permissions: [read, read_reports, run_workflows]\n");
        registry.file("users/ana.yaml", "email: ana@example.org\ndisplay_name: Ana\nroles: [runner]\n");
        registry.land("Who may run workflows");
        let process = Process::new(&registry, told, RunSettings::default(), model.clone()).await;
        let token = format!("prg_{}", "a".repeat(43));
        let known = Token {
            id: Uuid::nil(),
            name: "test".to_owned(),
            user: "ana".parse().unwrap(),
            scopes: Vec::new(),
            expires_at: None,
            kind: TokenKind::Token,
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(http::serve(process.app.clone(), listener, Options::default(), std::future::pending()));
        let known = Arc::new(KnownToken::new(known, 0));
        let served = Self { process, registry, model, address, token };
        // The database, which knows of no token, is heard first.
        served.until_heard().await;
        let all = [(token_digest(&served.token).unwrap(), known)];
        served.process.app.set_tokens(all.into_iter().collect::<Tokens>());
        served
    }

    async fn until_heard(&self) {
        while self.ask("GET", "/v1/runs", Some(&self.token), &Value::Null).await.status == 503 {}
    }

    async fn ask(&self, method: &'static str, path: &str, token: Option<&str>, body: &Value) -> Reply {
        let (address, path) = (self.address.clone(), path.to_owned());
        let bearer = token.map(|token| format!("Bearer {token}"));
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let asked = tokio::task::spawn_blocking(move || {
            let mut headers: Vec<(&str, &str)> = vec![("content-type", "application/json")];
            headers.extend(bearer.iter().map(|bearer| ("authorization", bearer.as_str())));
            harness::ask(&address, method, &path, &headers, &body).unwrap()
        });
        asked.await.unwrap()
    }

    async fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, Some(&self.token), &Value::Null).await
    }

    async fn post(&self, path: &str, body: Value) -> Reply {
        self.ask("POST", path, Some(&self.token), &body).await
    }

    async fn run(&self, args: &[&str]) -> Output {
        let mut command = binary(&self.registry.path());
        command.args(["run", "--server", &format!("http://{}", self.address)]).args(args);
        command.env("PROMPTREG_TOKEN", &self.token);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        Output {
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            code: output.status.code().unwrap(),
        }
    }
}

/// A text without what differs each time.
fn plain(text: &str) -> String {
    let mut text = text.to_owned();
    for (pattern, word) in [
        ("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}", "ID"),
        ("20[0-9-]+T[0-9:.]+Z", "TIME"),
        ("[0-9]+\\.[0-9] s", "0.0 s"),
        ("[0-9a-f]{40}", "COMMIT"),
        ("127\\.0\\.0\\.1:[0-9]+", "ADDRESS"),
    ] {
        text = regex::Regex::new(pattern).unwrap().replace_all(&text, word).into_owned();
    }
    text
}

async fn told_over_http(told: Told) {
    let served = Served::new(&told, 0).await;
    let start = "/v1/workflows/chain/runs";
    let started = served.post(start, json!({"input": {"n": 7}, "idempotency_key": "a"})).await;
    let again = served.post(start, json!({"input": {"n": 7}, "idempotency_key": "a"})).await;
    let place = started.header("location").to_owned();
    assert_eq!((started.status, again.status, again.header("location")), (201, 200, &*place));
    assert_eq!(started.json()["id"], again.json()["id"]);
    // It may have been taken up before this was answered, or not.
    let mut lines = vec![plain(&started.body).replace("queued", "running")];
    for (path, body) in [
        (start, json!({"input": {"n": "seven"}})),
        (start, json!({"input": []})),
        (start, json!({"input": {"n": 1}, "priority": 3})),
        ("/v1/workflows/nobody/runs", json!({})),
        ("/v1/runs/nothing/cancel", json!({})),
    ] {
        let refused = served.post(path, body).await;
        let errors = refused.json()["errors"].to_string();
        lines.push(format!("{} {errors}", refused.problem()).replace(" null", ""));
    }
    for path in ["/v1/runs?status=lost", "/v1/runs?cursor=x", "/v1/runs/01939d5e-0000-7000-8000-000000000000/events"] {
        lines.push(served.get(path).await.problem());
    }
    insta::allow_duplicates! {
        insta::assert_snapshot!(lines.join("\n"), @r#"
        {"id":"ID","status":"running"}
        422 the input does not fit: the input does not fit the input_schema of this workflow [{"pointer":"/n","message":"expected a whole number, found text","help":null}]
        400 malformed body: input: give a JSON object
        400 malformed body: there is no `priority` here; there is `input` or `idempotency_key`
        404 not found: there is no workflow `nobody`
        404 not found: there is no run `nothing`
        400 malformed parameter: status: write `queued`, `running`, `succeeded`, `failed`, `timed_out`, `cancelled`
        400 malformed parameter: cursor: give the `next_cursor` of the page before
        404 not found: there is no run `01939d5e-0000-7000-8000-000000000000`
        "#);
    }
    served.model.permits.add_permits(100);
    let events = served.get(&format!("{place}/events")).await;
    assert_eq!(events.header("content-type"), "text/event-stream");
    let heads = events.body.lines().filter(|line| line.starts_with("event") || line.starts_with("id"));
    let heads = heads.collect::<Vec<_>>().join(" ");
    assert!(events.body.lines().filter(|line| line.starts_with("data: {\"id\":")).count() > 3, "{}", events.body);
    assert!(heads.ends_with("event: step id: 1 event: step id: 2 event: step id: 3 event: run id: 3"), "{heads}");
    let run = served.get(&place).await.body;
    let listed = served.get("/v1/runs?workflow=chain&status=succeeded").await.body;
    let ended = served.post(&format!("{place}/cancel"), json!({})).await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(plain(&run), @r#"{"id":"ID","workflow":"chain","status":"succeeded","commit":"COMMIT","trigger_type":"manual","user":"ana","input":{"n":7,"more":false},"output":{"n":7,"text":"(Three of <(One of 7.)>.)"},"steps":[{"id":"one","status":"succeeded","prompt":"first","version":"1.0.0","output":"(One of 7.)","execution":"ID","attempts":1,"started_at":"TIME","finished_at":"TIME"},{"id":"two","status":"succeeded","prompt":"second","version":"1.0.0","output":"(Two of (One of 7.).)","execution":"ID","attempts":1,"started_at":"TIME","finished_at":"TIME"},{"id":"three","status":"succeeded","prompt":"third","version":"1.0.0","output":"(Three of <(One of 7.)>.)","execution":"ID","attempts":1,"started_at":"TIME","finished_at":"TIME"}],"created_at":"TIME","started_at":"TIME","finished_at":"TIME"}"#);
        insta::assert_snapshot!(plain(&listed), @r#"{"items":[{"id":"ID","workflow":"chain","status":"succeeded","commit":"COMMIT","trigger_type":"manual","user":"ana","input":{"n":7,"more":false},"output":{"n":7,"text":"(Three of <(One of 7.)>.)"},"created_at":"TIME","started_at":"TIME","finished_at":"TIME"}]}"#);
        insta::assert_snapshot!(plain(&ended.body), @r#"{"id":"ID","status":"succeeded"}"#);
    }
}

async fn shown(told: Told) {
    let served = Served::new(&told, 100).await;
    let started = served.post("/v1/workflows/chain/runs", json!({"input": {"n": 471_147_114_711_u64}})).await.json();
    let id: Uuid = started["id"].as_str().unwrap().parse().unwrap();
    served.process.ended(id).await;
    let run = format!("/v1/runs/{id}");
    let execution = served.get(&run).await.json()["steps"][0]["execution"].as_str().unwrap().to_owned();
    // On loopback nobody has to say who they are to read reports.
    let paths = [run.clone(), format!("{run}/events"), "/v1/runs".to_owned(), format!("/v1/executions/{execution}")];
    for path in paths {
        let (theirs, anybodys) = (served.get(&path).await, served.ask("GET", &path, None, &Value::Null).await);
        assert_eq!((theirs.status, anybodys.status), (200, 200), "{path}");
        assert!(
            theirs.body.contains("471147114711") && !anybodys.body.contains("471147114711"),
            "{path}: {}",
            anybodys.body
        );
    }
    let refused = served.ask("POST", "/v1/workflows/chain/runs", None, &json!({"input": {"n": 1}})).await;
    assert_eq!((refused.status, refused.json()["permission"].as_str()), (401, Some("run_workflows")));
}

async fn on_the_command_line(told: Told) {
    let served = Served::new(&told, 100).await;
    std::fs::write(served.registry.path().join("input.json"), "{\"n\": 2}").unwrap();
    let mut said = Vec::new();
    for args in [
        &["chain", "--input", "n=7"][..],
        &["chain", "--input", "input.json"],
        &["chain", "--input", "n=seven"],
        &["nobody"],
    ] {
        said.push(plain(&served.run(args).await.all()));
    }
    let json = served.run(&["chain", "--input", "n=7", "--key", "one", "--json"]).await.json();
    let again = served.run(&["chain", "--input", "n=7", "--key", "one", "--json"]).await.json();
    assert_eq!((&json["id"], json["steps"].as_array().map(Vec::len)), (&again["id"], Some(3)));
    insta::allow_duplicates! {
        insta::assert_snapshot!(said.join("\n"), @r#"
        {
          "n": 7,
          "text": "(Three of <(One of 7.)>.)"
        }
        ✓ one  first@1.0.0  0.0 s
        ✓ two  second@1.0.0  0.0 s
        ✓ three  third@1.0.0  0.0 s
        exit code 0
        {
          "n": 2,
          "text": "(Three of <(One of 2.)>.)"
        }
        ✓ one  first@1.0.0  0.0 s
        ✓ two  second@1.0.0  0.0 s
        ✓ three  third@1.0.0  0.0 s
        exit code 0
        error: http://ADDRESS: the input does not fit the input_schema of this workflow
          /n: expected a whole number, found text
        exit code 3
        error: http://ADDRESS: there is no workflow `nobody`
        exit code 3
        "#);
    }
}

#[test]
fn a_dry_run_renders_all_that_can_be_rendered_and_asks_nobody() {
    let registry = registry();
    super::workflow(&registry, "sketch", ", when: \"{{input.more}}\"");
    let text = std::fs::read_to_string(registry.path().join("workflows/sketch.yaml")).unwrap();
    let text = text.replace("status: published", "status: draft").replace("{{outputs.one}}", "{{input.n}}");
    registry.file("workflows/sketch.yaml", text);
    let mut said = Vec::new();
    for args in [
        &["chain", "--input", "n=7"][..],
        &["sketch", "--input", "n=7", "--input", "more=true", "--work-tree"],
        &["sketch", "--input", "n=7"],
        &["chain", "--input", "n=seven"],
        &["chain", "--input", "nothing.json"],
    ] {
        said.push(registry.promptreg(&[&["run", "--dry-run"], args].concat()).all());
    }
    insta::assert_snapshot!(said.join("\n\n"), @"
    one  first@1.0.0  fast
    ── user
    One of 7.

    two  second@1.0.0  fast
    depends on what steps before it answer

    three  third@1.0.0  fast
    depends on what steps before it answer
    exit code 0

    one  first@1.0.0  fast
    ── user
    One of 7.

    two  second@1.0.0  fast
    would fail: the input does not fit the input_schema of second@1.0.0: /text: expected text, found a number

    three  third@1.0.0  fast
    ── user
    Three of <7>.
    exit code 1

    error: there is no workflow `sketch`
    exit code 3

    error: the input does not fit the input_schema of this workflow
      /n: expected a whole number, found text
    exit code 3

    error: cannot read nothing.json: No such file or directory (os error 2)
    exit code 3
    ");
    let json = registry.promptreg(&["run", "chain", "--dry-run", "--input", "n=7", "--json"]).json();
    assert_eq!(json["steps"][0]["messages"], json!([{"role": "user", "content": "One of 7."}]));
}
