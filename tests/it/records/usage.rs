//! Usage over HTTP and on the command line.

use super::{Served, served};
use crate::harness::Reply;
use serde_json::{Value, json};

served!(usage_is_recorded_once_and_told_by_day, told);
served!(what_does_not_fit_is_not_recorded_and_every_fault_is_named, faults);
served!(a_fetch_that_says_who_it_is_is_counted, counted);

/// An answer without what differs each time.
fn said(reply: &Reply) -> String {
    let text = format!("{} {}", reply.status, reply.body);
    let id = regex::Regex::new("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}").unwrap();
    id.replace_all(&text, "ID").into_owned()
}

fn event(more: Value) -> Value {
    let mut event = json!({"prompt": "greet", "version": "1.1.0", "client_type": "web"});
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

fn total(served: &Served) -> u64 {
    served.server.get("/v1/prompts/greet/usage").json()["total"].as_u64().unwrap()
}

fn told(served: Served) {
    let server = &served.server;
    let one = server.post("/v1/usage", &event(json!({"idempotency_key": "a", "user": "ana", "project_key": "shop"})));
    assert_eq!(said(&one), "201 {\"accepted\":1,\"ids\":[\"ID\"]}");
    let again = server.post("/v1/usage", &event(json!({"idempotency_key": "a"})));
    assert_eq!(again.body, one.body);
    let both = json!([
        event(json!({"idempotency_key": "b"})),
        event(json!({"version": "1.0.0", "client_type": "cli"})),
        event(json!({"idempotency_key": "b", "client_type": "codex"}))
    ]);
    let many = server.post("/v1/usage", &both);
    let ids = many.json()["ids"].clone();
    assert_eq!((many.status, ids[0] == ids[2], ids[0] == ids[1]), (201, true, false));
    let before = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(40 * 24);
    let named = server.post("/v1/usage", &json!({"events": [event(json!({"created_at": before.to_string()}))]}));
    assert_eq!(named.status, 201);
    assert_eq!(total(&served), 3);
    let by = |group: &str| {
        let report = server.get(&format!("/v1/prompts/greet/usage?group={group}")).json();
        let buckets = report["buckets"].as_array().unwrap().clone();
        let without_times = buckets.into_iter().map(|mut bucket| {
            let bucket = bucket.as_object_mut().unwrap();
            bucket.shift_remove("from");
            bucket.shift_remove("to");
            json!(bucket).to_string()
        });
        without_times.collect::<Vec<_>>().join("\n")
    };
    insta::allow_duplicates! {
        insta::assert_snapshot!(["version", "client", "project", "user"].map(by).join("\n\n"), @r#"
        {"version":"1.0.0","count":1}
        {"version":"1.1.0","count":2}

        {"client_type":"cli","count":1}
        {"client_type":"web","count":2}

        {"project_key":"","count":2}
        {"project_key":"shop","count":1}

        {"user":"","count":2}
        {"user":"ana","count":1}
        "#);
        insta::assert_snapshot!(server.get("/v1/usage").body, @r#"{"items":[{"name":"greet","count":3}]}"#);
    }
    let day = before.to_zoned(jiff::tz::TimeZone::UTC).date();
    let then = format!("/v1/prompts/greet/usage?from={day}&to={}", day.tomorrow().unwrap());
    let bucket =
        json!({"from": format!("{day}T00:00:00Z"), "to": format!("{}T00:00:00Z", day.tomorrow().unwrap()), "count": 1});
    assert_eq!(server.get(&then).json(), json!({"total": 1, "buckets": [bucket]}));
    let days = server.get("/v1/prompts/hello/usage").header("location").to_owned();
    assert_eq!(days, "/v1/prompts/greet/usage");
    let printed = served.registry.promptreg(&["usage", "greet", "--by", "version", "--database", &served.database]);
    insta::allow_duplicates! {
        insta::assert_snapshot!(printed.all(), @"
        1.1.0 2 ███████████████████████████████████████████████████████████████████████
        1.0.0 1 ███████████████████████████████████▌
        3 in all
        exit code 0
        ");
    }
}

fn faults(served: Served) {
    let server = &served.server;
    let events = json!([
        event(json!({})),
        event(json!({"version": "9.9.9", "user": "eve", "client_type": "toaster"})),
        event(json!({"prompt": "nobody", "project_key": "", "context": [1], "created_at": "soon"})),
        event(json!({"context": {"a": "\u{0}"}, "created_at": "1999-01-01T00:00:00Z"}))
    ]);
    let refused = server.post("/v1/usage", &events);
    let lines: Vec<String> = refused.json()["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| format!("{}: {}", fault["pointer"], fault["message"]))
        .collect();
    insta::allow_duplicates! {
        insta::assert_snapshot!(lines.join("\n"), @r#"
        "/1/version": "`greet` has no version `9.9.9`"
        "/1/user": "there is no user `eve`"
        "/1/client_type": "`toaster` is none of desktop, web, codex, cli, other"
        "/2/prompt": "there is no prompt `nobody`"
        "/2/project_key": "it has to have 1 to 200 bytes, and no NUL among them"
        "/2/context": "it has to be a JSON object"
        "/2/created_at": "`soon` is no time: write 2026-11-22T14:02:00Z"
        "/3/context": "it has a NUL in it"
        "/3/created_at": "1999-01-01T00:00:00Z is more than 366 days ago, or still to come"
        "#);
    }
    assert_eq!((refused.status, total(&served)), (422, 0));
    let many: Vec<Value> = (0..1_001).map(|_| event(json!({}))).collect();
    let refusals = [
        server.post("/v1/usage", &json!(many)),
        server.post("/v1/usage", &json!({"prompt": "greet"})),
        server.post("/v1/usage", &json!({"events": []})),
        server.post("/v1/usage", &event(json!({"promptt": 1}))),
        server.ask("POST", "/v1/usage", &[("content-type", "application/json")], "{"),
        server.ask("POST", "/v1/usage", &[("content-type", "text/plain")], "{}"),
        server.get("/v1/prompts/nobody/usage"),
        server.get("/v1/prompts/greet/usage?from=2026-11-01&to=2026-11-01&bucket=hour"),
        server.get("/v1/prompts/greet/usage?from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z"),
        server.get("/v1/prompts/greet/usage?bucket=minute"),
    ];
    insta::allow_duplicates! {
        insta::assert_snapshot!(refusals.each_ref().map(said).join("\n"), @r#"
        422 {"type":"about:blank","title":"not recorded","status":422,"detail":"what was sent cannot be recorded","errors":[{"pointer":"","message":"1001 events are too many: send at most 1000 at a time","help":null}]}
        400 {"type":"about:blank","title":"malformed body","status":400,"detail":"version: it is missing"}
        201 {"accepted":0,"ids":[]}
        400 {"type":"about:blank","title":"malformed body","status":400,"detail":"there is no `promptt` here; there is `prompt`, `version`, `user`, `client_type`, `project_key`, `context`, `created_at`, `idempotency_key` at line 1 column 65"}
        400 {"type":"about:blank","title":"malformed body","status":400,"detail":"EOF while parsing an object at line 1 column 1"}
        415 {"type":"about:blank","title":"unsupported media type","status":415,"detail":"send JSON, and say so: `content-type: application/json`"}
        404 {"type":"about:blank","title":"not found","status":404,"detail":"there is no prompt `nobody`"}
        400 {"type":"about:blank","title":"malformed parameter","status":400,"detail":"from: 2026-11-01T00:00:00Z is not before 2026-11-01T00:00:00Z","field":"from"}
        400 {"type":"about:blank","title":"malformed parameter","status":400,"detail":"from: that would be more than 1000 buckets: ask for less, or for longer ones","field":"from"}
        400 {"type":"about:blank","title":"malformed parameter","status":400,"detail":"bucket: write `hour`, `day`, `week`, `month`","field":"bucket"}
        "#);
    }
}

fn counted(served: Served) {
    let server = &served.server;
    let get = |path: &str, client: &str| {
        server.ask("GET", path, &[("promptreg-client", client), ("promptreg-project", "shop")], "")
    };
    assert_eq!(get("/v1/prompts/greet", "web").status, 200);
    assert_eq!(get("/v1/prompts/greet/versions/1.0.0", "web").status, 200);
    assert_eq!(get("/v1/prompts/greet?label=production", "my-program").status, 200);
    assert_eq!(get("/v1/prompts/greet?version=3.0.0", "web").status, 404);
    assert_eq!(server.get("/v1/prompts/greet").status, 200);
    let told = server.until("/v1/prompts/greet/usage?group=client", |reply| reply.json()["total"] == 3);
    let clients: Vec<String> = told.json()["buckets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bucket| format!("{} {}", bucket["client_type"], bucket["count"]))
        .collect();
    assert_eq!(clients, ["\"other\" 1", "\"web\" 2"]);
}
