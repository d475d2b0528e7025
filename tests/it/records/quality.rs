//! Executions and feedback over HTTP and on the command line.

use super::{Served, pin::token, served};
use crate::{harness::Reply, store::block_on};
use promptreg::store::{self, Statement};
use serde_json::{Value, json};

served!(versions_are_told_by_what_programs_and_people_report, told);
served!(what_does_not_fit_is_not_recorded_and_each_fault_is_named, faults);
served!(what_is_sent_twice_is_recorded_once, once);
served!(the_sql_of_the_readme_has_answers, asked_in_sql);
served!(lists_begin_with_the_newest_and_go_on_where_they_ended, listed);

/// An answer without what differs each time.
fn said(reply: &Reply) -> String {
    plain(&format!("{} {}", reply.status, reply.body))
}

fn plain(text: &str) -> String {
    let id = regex::Regex::new("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}").unwrap();
    id.replace_all(text, "ID").into_owned()
}

fn with(mut event: Value, more: Value) -> Value {
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

fn execution(more: Value) -> Value {
    with(json!({"prompt": "greet", "version": "1.1.0", "status": "success"}), more)
}

fn feedback(more: Value) -> Value {
    with(json!({"prompt": "greet", "version": "1.1.0"}), more)
}

/// Yesterday at an hour, so that times are the same whenever a test runs.
fn at(hour: i8) -> String {
    let day = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date().yesterday().unwrap();
    format!("{day}T{hour:02}:00:00Z")
}

fn dated(text: &str) -> String {
    let day = at(0)[..10].to_owned();
    plain(&text.replace(&day, "DAY"))
}

fn told(served: Served) {
    let reader = token(&served, "rita", "reader");
    let server = &served.server;
    let full = execution(json!({
        "client_type": "web", "user": "ana", "project_key": "shop", "provider": "openai", "model": "gpt-5",
        "parameters": {"temperature": 0.2}, "input": {"name": "Ben"}, "output": "Hello, Ben.", "latency_ms": 800,
        "input_tokens": 20, "output_tokens": 5, "cost_usd": 0.25, "context": {"page": 3}, "created_at": at(9)
    }));
    let one = server.post("/v1/executions", &full);
    assert_eq!(said(&one), "201 {\"accepted\":1,\"ids\":[\"ID\"]}");
    let id = one.json()["ids"][0].as_str().unwrap().to_owned();
    let more = json!({"executions": [
        execution(json!({"status": "timeout", "latency_ms": 30_000, "created_at": at(10)})),
        execution(json!({"status": "error", "error": "429", "version": "1.0.0", "created_at": at(11)})),
        execution(json!({"created_at": at(12)}))
    ]});
    assert_eq!(server.post("/v1/executions", &more).json()["accepted"], 3);
    let said_of_it = json!([
        {"execution": id, "rating": 5, "comment": "Just right.\nThank you!", "user": "ana", "tags": ["tone"], "created_at": at(13)},
        feedback(json!({"rating": 4, "created_at": at(14)})),
        feedback(json!({"tags": ["length"], "created_at": at(15)})),
        feedback(json!({"version": "1.0.0", "rating": 2, "comment": "Too short.", "created_at": at(16)}))
    ]);
    let taken = server.post("/v1/feedback", &said_of_it);
    assert_eq!(said(&taken), "201 {\"accepted\":4,\"ids\":[\"ID\",\"ID\",\"ID\",\"ID\"]}");
    insta::allow_duplicates! {
        insta::assert_snapshot!(server.get("/v1/prompts/greet/quality").body, @r#"{"prompt":"greet","items":[{"version":"1.1.0","feedback_count":3,"rating_count":2,"rating_mean":4.5,"ratings":{"1":0,"2":0,"3":0,"4":1,"5":1},"executions":{"success":2,"error":0,"timeout":1},"latency_ms_mean":15400.0,"input_tokens":20,"output_tokens":5,"cost_usd":0.25,"against":{"version":"1.0.0","rating_mean_change":2.5}},{"version":"1.0.0","feedback_count":1,"rating_count":1,"rating_mean":2.0,"ratings":{"1":0,"2":1,"3":0,"4":0,"5":0},"executions":{"success":0,"error":1,"timeout":0},"latency_ms_mean":null,"input_tokens":0,"output_tokens":0,"cost_usd":0.0,"against":null}]}"#);
        // What people wrote and were answered is for those who say who they are.
        insta::assert_snapshot!(dated(&server.get(&format!("/v1/executions/{id}")).body), @r#"{"id":"ID","prompt":"greet","version":"1.1.0","status":"success","client_type":"web","user":"ana","project_key":"shop","provider":"openai","model":"gpt-5","parameters":{"temperature":0.2},"latency_ms":800,"input_tokens":20,"output_tokens":5,"cost_usd":0.25,"created_at":"DAYT09:00:00Z"}"#);
        insta::assert_snapshot!(dated(&server.ask("GET", &format!("/v1/executions/{id}"), &[("authorization", &reader)], "").body), @r#"{"id":"ID","prompt":"greet","version":"1.1.0","status":"success","client_type":"web","user":"ana","project_key":"shop","provider":"openai","model":"gpt-5","parameters":{"temperature":0.2},"input":{"name":"Ben"},"output":"Hello, Ben.","latency_ms":800,"input_tokens":20,"output_tokens":5,"cost_usd":0.25,"context":{"page":3},"created_at":"DAYT09:00:00Z"}"#);
        insta::assert_snapshot!(dated(&server.get("/v1/executions?prompt=greet").body), @r#"{"items":[{"id":"ID","prompt":"greet","version":"1.1.0","status":"success","client_type":"other","created_at":"DAYT12:00:00Z"},{"id":"ID","prompt":"greet","version":"1.0.0","status":"error","client_type":"other","error":"429","created_at":"DAYT11:00:00Z"},{"id":"ID","prompt":"greet","version":"1.1.0","status":"timeout","client_type":"other","latency_ms":30000,"created_at":"DAYT10:00:00Z"},{"id":"ID","prompt":"greet","version":"1.1.0","status":"success","client_type":"web","user":"ana","project_key":"shop","provider":"openai","model":"gpt-5","latency_ms":800,"input_tokens":20,"output_tokens":5,"cost_usd":0.25,"created_at":"DAYT09:00:00Z"}]}"#);
        insta::assert_snapshot!(dated(&server.get("/v1/feedback?prompt=greet").body), @r#"{"items":[{"id":"ID","prompt":"greet","version":"1.0.0","rating":2,"comment":"Too short.","tags":[],"created_at":"DAYT16:00:00Z"},{"id":"ID","prompt":"greet","version":"1.1.0","tags":["length"],"created_at":"DAYT15:00:00Z"},{"id":"ID","prompt":"greet","version":"1.1.0","rating":4,"tags":[],"created_at":"DAYT14:00:00Z"},{"id":"ID","prompt":"greet","version":"1.1.0","execution":"ID","rating":5,"comment":"Just right.\nThank you!","tags":["tone"],"user":"ana","created_at":"DAYT13:00:00Z"}]}"#);
    }
    let before = server.get("/v1/prompts/greet/quality?to=2026-01-01").json();
    assert_eq!((&before["items"][0]["feedback_count"], &before["items"][0]["rating_mean"]), (&json!(0), &Value::Null));
    assert_eq!(server.get("/v1/prompts/hello/quality").header("location"), "/v1/prompts/greet/quality");
    let verb = |more: &[&str]| {
        let printed =
            served.registry.promptreg(&[&["feedback", "greet", "--database", &served.database], more].concat());
        dated(&printed.all())
    };
    insta::allow_duplicates! {
        insta::assert_snapshot!(verb(&[]), @"
        1.1.0  4.50  ···██  2 ratings  +2.50 against 1.0.0  66.6% of 3 executions ended well
        1.0.0  2.00  ·█···  1 rating                        0.0% of 1 execution ended well
        exit code 0
        ");
        insta::assert_snapshot!(verb(&["--comments"]), @"
        DAY 16:00  1.0.0  ★★☆☆☆
            Too short.
        DAY 15:00  1.1.0  -----  #length
        DAY 14:00  1.1.0  ★★★★☆
        DAY 13:00  1.1.0  ★★★★★  ana  #tone
            Just right.
            Thank you!
        exit code 0
        ");
        insta::assert_snapshot!(verb(&["--comments", "--of", "1.0.0", "--rating", "1"]), @"
        nothing was reported
        exit code 1
        ");
    }
    let json = served.registry.promptreg(&["feedback", "greet", "--json", "--database", &served.database]);
    assert_eq!(json.json(), server.get("/v1/prompts/greet/quality").json());
}

fn lines(reply: &Reply) -> String {
    let json = reply.json();
    let faults = json["errors"].as_array().unwrap_or_else(|| panic!("{json}"));
    let line =
        |fault: &Value| format!("{}: {}", fault["pointer"].as_str().unwrap(), fault["message"].as_str().unwrap());
    faults.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn faults(served: Served) {
    let server = &served.server;
    let long = "a".repeat((256 << 10) + 1);
    let executions = json!({"executions": [
        execution(json!({})),
        execution(json!({"prompt": "nobody", "status": "fine", "client_type": "toaster", "user": "eve"})),
        execution(json!({"version": "9.9.9", "latency_ms": -1, "input_tokens": 1_000_000_001, "output_tokens": -5, "cost_usd": -0.5})),
        execution(json!({"input": {"a": "\u{0}"}, "output": "\u{0}", "error": "e".repeat(9_000), "parameters": 1, "context": "a"})),
        execution(json!({"output": long, "provider": "", "model": "m".repeat(201), "created_at": "soon", "project_key": ""})),
        execution(json!({"input": long, "idempotency_key": "k".repeat(201)})),
        // What only looks like a NUL is none.
        execution(json!({"input": "\\u0000", "output": "\\u0000", "context": {"\\u0000": "\\u0000"}}))
    ]});
    let refused = server.post("/v1/executions", &executions);
    insta::allow_duplicates! {
        insta::assert_snapshot!(lines(&refused), @"
        /executions/1/prompt: there is no prompt `nobody`
        /executions/1/status: `fine` is none of success, error, timeout
        /executions/1/client_type: `toaster` is none of desktop, web, codex, cli, other
        /executions/1/user: there is no user `eve`
        /executions/2/version: `greet` has no version `9.9.9`
        /executions/2/latency_ms: -1 is no whole number from 0 to 604800000
        /executions/2/input_tokens: 1000000001 is no whole number from 0 to 1000000000
        /executions/2/output_tokens: -5 is no whole number from 0 to 1000000000
        /executions/2/cost_usd: -0.5 is not between 0 and 1000000
        /executions/3/parameters: it has to be a JSON object
        /executions/3/input: it has a NUL in it
        /executions/3/output: it has to have 0 to 262144 bytes, and no NUL among them
        /executions/3/error: it has to have 0 to 8192 bytes, and no NUL among them
        /executions/3/context: it has to be a JSON object
        /executions/4/project_key: it has to have 1 to 200 bytes, and no NUL among them
        /executions/4/provider: it has to have 1 to 200 bytes, and no NUL among them
        /executions/4/model: it has to have 1 to 200 bytes, and no NUL among them
        /executions/4/output: it has to have 0 to 262144 bytes, and no NUL among them
        /executions/4/created_at: `soon` is no time: write 2026-11-22T14:02:00Z
        /executions/5/idempotency_key: it has to have 1 to 200 bytes, and no NUL among them
        /executions/5/input: it is longer than 262144 bytes
        ");
    }
    assert_eq!(refused.status, 422);
    let unknown = "01939d5e-0000-7000-8000-000000000000";
    let many: Vec<String> = (0..21).map(|number| format!("tag-{number}")).collect();
    let said_of_it = json!([
        feedback(json!({})),
        feedback(json!({"rating": 6, "comment": "", "tags": ["Not A Name"]})),
        {"execution": unknown, "rating": 1},
        {"execution": "it", "rating": 1},
        feedback(json!({"execution": unknown, "rating": 0})),
        {"prompt": "greet", "rating": 1},
        feedback(json!({"tags": many, "user": "eve", "created_at": "1999-01-01T00:00:00Z", "comment": "c".repeat(8_193)}))
    ]);
    let refused = server.post("/v1/feedback", &said_of_it);
    insta::allow_duplicates! {
        insta::assert_snapshot!(lines(&refused), @"
        /0: it says nothing: give a rating, a comment or a tag
        /1/rating: 6 is no whole number from 1 to 5
        /1/comment: it has to have 1 to 8192 bytes, and no NUL among them
        /1/tags/0: `Not A Name` is not a tag: only a-z, 0-9 and single hyphens between them are allowed
        /2/execution: there is no execution `01939d5e-0000-7000-8000-000000000000`
        /3/execution: there is no execution `it`
        /4/execution: the execution says which version is meant: leave `prompt` and `version` out
        /4/rating: 0 is no whole number from 1 to 5
        /5: it does not say what it is about: give `execution`, or `prompt` and `version`
        /6/user: there is no user `eve`
        /6/comment: it has to have 1 to 8192 bytes, and no NUL among them
        /6/tags: 21 tags are too many: give at most 20
        /6/created_at: 1999-01-01T00:00:00Z is more than 366 days ago, or still to come
        ");
    }
    assert_eq!(refused.status, 422);
    assert_eq!(server.get("/v1/executions").body, r#"{"items":[]}"#);
    assert_eq!(server.get("/v1/feedback").body, r#"{"items":[]}"#);
    let refusals = [
        server.post("/v1/executions", &json!((0..1_001).map(|_| execution(json!({}))).collect::<Vec<_>>())),
        server.post("/v1/executions", &json!({"prompt": "greet", "version": "1.1.0"})),
        server.post("/v1/executions", &execution(json!({"latency_ms": 1.5}))),
        server.post("/v1/executions", &execution(json!({"latency_ms": "1"}))),
        server.post("/v1/executions", &json!({"events": []})),
        server.post("/v1/feedback", &feedback(json!({"stars": 5}))),
        server.get("/v1/executions?version=1.1.0"),
        server.get("/v1/executions?prompt=greet&version=9.9.9"),
        server.get("/v1/executions?prompt=greet&version=one"),
        server.get("/v1/executions?status=fine"),
        server.get("/v1/executions?cursor=1"),
        server.get("/v1/executions/1"),
        server.get(&format!("/v1/executions/{unknown}")),
        server.get("/v1/feedback?prompt=hello"),
        server.get("/v1/feedback?rating=0"),
        server.get("/v1/feedback?limit=501"),
        server.get("/v1/prompts/nobody/quality"),
        server.get("/v1/prompts/greet/quality?from=2026-02-01&to=2026-01-01"),
    ];
    insta::allow_duplicates! {
        insta::assert_snapshot!(refusals.each_ref().map(said).join("\n"), @r#"
        422 {"type":"about:blank","title":"not recorded","status":422,"detail":"what was sent cannot be recorded","errors":[{"pointer":"","message":"1001 events are too many: send at most 1000 at a time","help":null}]}
        400 {"type":"about:blank","title":"malformed body","status":400,"detail":"status: it is missing"}
        422 {"type":"about:blank","title":"not recorded","status":422,"detail":"what was sent cannot be recorded","errors":[{"pointer":"/latency_ms","message":"1.5 is no whole number from 0 to 604800000","help":null}]}
        400 {"type":"about:blank","title":"malformed body","status":400,"detail":"invalid type: string \"1\", expected a JSON number at line 1 column 71"}
        400 {"type":"about:blank","title":"malformed body","status":400,"detail":"there is no `events` here; there is `prompt`, `version`, `status`, `client_type`, `user`, `project_key`, `provider`, `model`, `parameters`, `input`, `output`, `error`, `latency_ms`, `input_tokens`, `output_tokens`, `cost_usd`, `context`, `created_at`, `idempotency_key` at line 1 column 9"}
        400 {"type":"about:blank","title":"malformed body","status":400,"detail":"there is no `stars` here; there is `execution`, `prompt`, `version`, `rating`, `comment`, `tags`, `user`, `created_at`, `idempotency_key` at line 1 column 43"}
        400 {"type":"about:blank","title":"malformed parameter","status":400,"detail":"version: give `prompt` too: numbers of versions are those of a prompt","field":"version"}
        404 {"type":"about:blank","title":"not found","status":404,"detail":"there is no version `greet@9.9.9`"}
        400 {"type":"about:blank","title":"malformed parameter","status":400,"detail":"version: `one` is not a version number: write three numbers such as 1.2.0, or a pre-release such as 1.2.0-rc.1","field":"version"}
        400 {"type":"about:blank","title":"malformed parameter","status":400,"detail":"status: write `success`, `error`, `timeout`","field":"status"}
        400 {"type":"about:blank","title":"malformed parameter","status":400,"detail":"cursor: give the `next_cursor` of the page before","field":"cursor"}
        404 {"type":"about:blank","title":"not found","status":404,"detail":"there is no execution `1`"}
        404 {"type":"about:blank","title":"not found","status":404,"detail":"there is no execution `ID`"}
        404 {"type":"about:blank","title":"renamed","status":404,"detail":"`hello` is now called `greet`","renamed_to":"greet"}
        400 {"type":"about:blank","title":"malformed parameter","status":400,"detail":"rating: 0 is not between 1 and 5","field":"rating"}
        400 {"type":"about:blank","title":"malformed parameter","status":400,"detail":"limit: 501 is not between 1 and 500","field":"limit"}
        404 {"type":"about:blank","title":"not found","status":404,"detail":"there is no prompt `nobody`"}
        400 {"type":"about:blank","title":"malformed parameter","status":400,"detail":"from: 2026-02-01 is not before 2026-01-01","field":"from"}
        "#);
    }
    let none = served.registry.promptreg(&["feedback", "greet", "--database", &served.database]);
    insta::allow_duplicates! {
        insta::assert_snapshot!(none.all(), @"
        1.1.0  -  ·····  0 ratings
        1.0.0  -  ·····  0 ratings
        nothing was reported
        exit code 1
        ");
    }
}

fn once(served: Served) {
    let server = &served.server;
    let sent = json!([
        execution(json!({"idempotency_key": "a"})),
        execution(json!({"idempotency_key": "a"})),
        execution(json!({}))
    ]);
    let first = server.post("/v1/executions", &sent).json();
    let again = server.post("/v1/executions", &sent).json();
    assert_eq!(
        (&first["ids"][0], &first["ids"][0], &first["accepted"]),
        (&first["ids"][1], &again["ids"][0], &json!(3))
    );
    assert_ne!(first["ids"][2], again["ids"][2]);
    // A key stands for one thing of its kind only.
    let rated = feedback(json!({"rating": 3, "idempotency_key": "a"}));
    let (one, two) = (server.post("/v1/feedback", &rated).json(), server.post("/v1/feedback", &rated).json());
    assert_eq!(one, two);
    assert_ne!(one["ids"][0], first["ids"][0]);
    let item = &server.get("/v1/prompts/greet/quality").json()["items"][0];
    assert_eq!((&item["executions"]["success"], &item["feedback_count"]), (&json!(3), &json!(1)));
}

fn listed(served: Served) {
    let server = &served.server;
    let executions: Vec<Value> =
        (0..5).map(|hour| execution(json!({"created_at": at(hour), "model": format!("{hour}")}))).collect();
    assert_eq!(server.post("/v1/executions", &json!(executions)).status, 201);
    let said_of_it: Vec<Value> = (0..5)
        .map(|hour| feedback(json!({"created_at": at(hour), "rating": hour + 1, "comment": format!("{hour}")})))
        .collect();
    assert_eq!(server.post("/v1/feedback", &json!(said_of_it)).status, 201);
    for (route, key) in [("/v1/executions", "model"), ("/v1/feedback", "comment")] {
        for scope in ["", "&prompt=greet", "&prompt=greet&version=1.1.0"] {
            let (mut found, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = server.get(&format!("{route}?limit=2{scope}{cursor}"));
                found.push(page.each(key).iter().map(|value| value.as_str().unwrap().to_owned()).collect::<String>());
                match page.json()["next_cursor"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
                // What comes meanwhile is newer than what was shown, and moves nothing.
                let newer = if key == "model" {
                    execution(json!({}))
                } else {
                    feedback(json!({"rating": 1, "comment": "new"}))
                };
                if scope.is_empty() && cursor.is_empty() {
                    assert_eq!(server.post(route, &newer).status, 201);
                }
            }
            assert_eq!(found, ["43", "21", "0"], "{route} {scope}");
        }
    }
    assert_eq!(server.get("/v1/executions?prompt=greet&version=1.0.0").body, r#"{"items":[]}"#);
    assert_eq!(server.get("/v1/executions?status=error").body, r#"{"items":[]}"#);
    assert_eq!(server.get("/v1/feedback?rating=2").each("comment"), ["1"]);
}

fn asked_in_sql(served: Served) {
    let server = &served.server;
    let used = json!({"prompt": "greet", "version": "1.1.0", "client_type": "web"});
    assert_eq!(server.post("/v1/usage", &used).status, 201);
    assert_eq!(server.post("/v1/feedback", &feedback(json!({"rating": 4}))).status, 201);
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let block = readme.split("```sql\n").nth(1).unwrap().split("```").next().unwrap();
    let questions: Vec<_> =
        block.split_terminator(';').map(str::trim).filter(|question| !question.is_empty()).collect();
    assert_eq!(questions.len(), 2);
    // Whoever comes first puts the registry there; this one waits for it.
    let synced = served.registry.promptreg(&["sync", "--database", &served.database]);
    assert!(synced.all().trim_end().ends_with("exit code 0"), "{}", synced.all());
    block_on(async {
        let engine = store::open(&served.database).unwrap();
        for question in questions {
            let asked = format!("SELECT name, semver FROM ({question}) asked");
            let statement = Statement::made(asked.clone(), asked);
            let rows = engine.query(&statement, vec![]).await.unwrap();
            let told: Vec<_> =
                rows.iter().map(|row| (row.text("name").unwrap(), row.text("semver").unwrap())).collect();
            assert_eq!(told, [("greet".to_owned(), "1.1.0".to_owned())], "{question}");
        }
    });
}
