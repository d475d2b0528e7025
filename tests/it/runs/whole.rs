//! The whole of it: the real binary, a real database, and a provider that is played.

use crate::{
    harness::{self, Registry, Reply, Server, binary},
    model::{
        forms::{openai, openai_error},
        pretend::{Act, Pretend},
    },
    postgres,
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// The key that nothing may show.
const KEY: &str = "sk-test-0123456789abcdefghij";

/// A registry whose models are played.
fn registry(pretend: &Pretend) -> Registry {
    let registry = super::registry();
    let address = &pretend.address;
    registry.file(
        "models/fast.yaml",
        format!(
            "provider: openai\nmodel: some-model\nbase_url: http://{address}/v1\napi_key: {{env: MODEL_KEY}}\n\
             price: {{input: 1000, output: 2000}}\n"
        ),
    );
    registry.file("roles/runner.yaml", "permissions: [read, read_reports, run_workflows]\n");
    registry.file("users/ana.yaml", "email: ana@example.org\ndisplay_name: Ana\nroles: [runner]\n");
    registry.land("Models that are played");
    registry
}

fn serve(registry: &Registry, database: &str) -> Server {
    serve_with(registry, database, "keys = [{env = \"MODEL_KEY\"}]\n")
}

fn serve_with(registry: &Registry, database: &str, runs: &str) -> Server {
    let (path, config) = (registry.path(), registry.path().join("server.toml"));
    std::fs::write(&config, format!("[runs]\nlease_seconds = 1\n{runs}")).unwrap();
    let repository = path.to_str().unwrap();
    let server = Server::run(
        binary(&path)
            .args(["serve", "--listen", "127.0.0.1:0", "--registry", repository, "--database", database])
            .args(["--config", config.to_str().unwrap()])
            .env("MODEL_KEY", KEY),
    );
    server.until("/v1/status", |reply| reply.json()["database"]["in_reach"] == true);
    server
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::yield_now();
    }
}

fn a_run_outlives_its_server(database: &str) {
    let pretend = Pretend::new([
        openai("first"),
        openai_error(429, "application/json\r\nretry-after: 0", "slower, please"),
        openai("second"),
        Act::Hang,
        openai("third"),
    ]);
    let registry = registry(&pretend);
    let mut server = serve(&registry, database);
    let created = registry.promptreg(&["token", "create", "--user", "ana", "--name", "test", "--database", database]);
    let bearer = format!("Bearer {}", created.stdout.trim());
    let ask = |server: &Server, method: &str, path: &str, body: &str| -> Reply {
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        harness::ask(&server.address, method, path, &headers, body).unwrap()
    };
    // A token is heard of within a second.
    until("the token is known", || ask(&server, "GET", "/v1/runs", "").status == 200);
    let started = ask(&server, "POST", "/v1/workflows/chain/runs", "{\"input\": {\"n\": 7}}");
    assert_eq!(started.status, 201, "{started:?}");
    let place = started.header("location").to_owned();
    until("the third step is asked for", || pretend.asked().len() == 4);
    let mut log = server.log();
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    let mut server = serve(&registry, database);
    let mut run = Value::Null;
    until("the run has ended", || {
        run = ask(&server, "GET", &place, "").json();
        run["status"] == "succeeded"
    });
    let steps = run["steps"].as_array().unwrap().iter().map(|step| (step["output"].clone(), step["attempts"].clone()));
    let steps: Vec<(Value, Value)> = steps.collect();
    assert_eq!(steps, [(json!("first"), json!(1)), (json!("second"), json!(2)), (json!("third"), json!(1))]);
    assert_eq!(run["output"], json!({"n": 7, "text": "third"}));
    let execution = run["steps"][1]["execution"].as_str().unwrap();
    let execution = ask(&server, "GET", &format!("/v1/executions/{execution}"), "").json();
    let cost = execution["cost_usd"].as_f64().unwrap();
    assert_eq!(
        (&execution["input"], &execution["output"], &execution["input_tokens"], &execution["model"]),
        (&json!({"text": "first"}), &json!("second"), &json!(19), &json!("gpt-4.1-mini-2025-04-14"))
    );
    assert!((cost - (19.0 * 1000.0 + 10.0 * 2000.0) / 1e6).abs() < 1e-9, "{execution}");
    log += &server.log();
    assert!(!log.contains(KEY) && !run.to_string().contains(KEY), "{log}");
    assert!(pretend.asked()[0].headers.iter().any(|header| header.contains(KEY)));
}

#[test]
fn a_run_goes_on_where_it_was_though_its_server_was_killed_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("runs.db");
    a_run_outlives_its_server(&format!("sqlite://{}", file.display()));
    for name in ["runs.db", "runs.db-wal"] {
        let bytes = std::fs::read(folder.path().join(name)).unwrap_or_default();
        assert!(!bytes.windows(KEY.len()).any(|window| window == KEY.as_bytes()), "{name}");
    }
}

#[test]
#[ignore = "needs PostgreSQL: run tests/run"]
fn a_run_goes_on_where_it_was_though_its_server_was_killed_in_postgres() {
    a_run_outlives_its_server(postgres::Database::new().url());
}

#[test]
fn a_server_takes_no_key_that_its_operator_did_not_list() {
    let pretend = Pretend::new([openai("never")]);
    let registry = registry(&pretend);
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite://{}", folder.path().join("runs.db").display());
    let server = serve_with(&registry, &database, "keys = [{env = \"ANOTHER_KEY\"}, {file = \"MODEL_KEY\"}]\n");
    let created = registry.promptreg(&["token", "create", "--user", "ana", "--name", "test", "--database", &database]);
    let bearer = format!("Bearer {}", created.stdout.trim());
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    until("the token is known", || server.ask("GET", "/v1/runs", &headers, "").status == 200);
    let started = server.ask("POST", "/v1/workflows/chain/runs", &headers, "{\"input\": {\"n\": 7}}");
    let mut run = Value::Null;
    until("the run has ended", || {
        run = server.ask("GET", started.header("location"), &headers, "").json();
        run["status"] == "failed"
    });
    let why = "MODEL_KEY is not listed under `keys` in [runs] of promptreg.toml";
    assert!(run["steps"][0].to_string().contains(why), "{run}");
    assert_eq!(pretend.asked().len(), 0);
}

#[test]
fn a_workflow_runs_in_the_terminal_too() {
    let refuse = || openai_error(400, "application/json", "no such model");
    let pretend = Pretend::new([openai("first"), openai("second"), openai("third"), refuse()]);
    let registry = registry(&pretend);
    let run = |args: &[&str]| {
        let output = binary(&registry.path()).args(["run", "chain"]).args(args).env("MODEL_KEY", KEY).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let text = format!("{}{}exit code {:?}", text(output.stdout), text(output.stderr), output.status.code());
        regex::Regex::new("[0-9]+\\.[0-9] s").unwrap().replace_all(&text, "0.0 s").into_owned()
    };
    let said = [run(&["--input", "n=7"]), run(&["--input", "n=8"]), run(&["--input", "n=eight"])];
    insta::assert_snapshot!(said.join("\n\n"), @r#"
    {
      "n": 7,
      "text": "third"
    }
    ✓ one  first@1.0.0  0.0 s
    ✓ two  second@1.0.0  0.0 s
    ✓ three  third@1.0.0  0.0 s
    exit code Some(0)

    ✗ one  first@1.0.0  0.0 s
    error: the run failed: step `one`: the model gave no answer: the provider refused (400): no such model
    exit code Some(3)

    error: the input does not fit the input_schema of this workflow
      /n: expected a whole number, found text
    exit code Some(3)
    "#);
    let key = registry.promptreg(&["run", "chain", "--input", "n=7"]);
    insta::assert_snapshot!(key.all(), @"
    ✗ one  first@1.0.0  0.0 s
    error: the run failed: step `one`: the model gave no answer: there is no key: MODEL_KEY is to hold a secret, and it is not set
    exit code 3
    ");
}
