//! What is not approved: who may read it, what it says of itself, and how it came to be approved.

use super::registry;
use crate::harness::Registry;
use serde_json::{Value, json};

#[test]
fn drafts_are_refused_unless_the_server_may_show_them() {
    let registry = registry();
    registry.git(&["switch", "--quiet", "-c", "proposal/warmer"]);
    registry.version("support/greet", "2.1.0", "Good morning, dear.");
    let draft = registry.commit_as("ben", "Warmer").to_string();
    registry.git(&["switch", "--quiet", "main"]);
    let closed = registry.serve(&[]);
    for query in ["ref=proposal/warmer", "at=2026-01-01T00:01:00Z", "ref=main"] {
        for path in
            ["/v1/prompts/greet", "/v1/prompts", "/v1/prompts/greet/versions", "/v1/prompts/greet/versions/1.0.0"]
        {
            let reply = closed.get(&format!("{path}?{query}"));
            assert_eq!(reply.status, 401, "{path}?{query}");
            assert!(reply.problem().contains("--read-drafts"));
        }
        let rendered = closed.post(&format!("/v1/prompts/ask/render?{query}"), &json!({"input": {"question": "?"}}));
        assert_eq!(rendered.status, 401);
    }
    assert_eq!(closed.get("/v1/prompts/greet?version=2.1.0").status, 404);

    let open = registry.serve(&["--read-drafts"]);
    assert_eq!(open.get("/v1/prompts/greet?version=2.1.0").status, 404);
    for name in ["proposal/warmer", &draft, &draft[..10], "refs/heads/proposal/warmer"] {
        let reply = open.get(&format!("/v1/prompts/greet?version=2.1.0&ref={name}"));
        let json = reply.json();
        assert_eq!((&json["status"], reply.text()), (&json!("draft"), "Good morning, dear.".to_owned()), "{name}");
        assert_eq!(
            (&json["approved_by"], &json["commit"], &json["version_number"]),
            (&Value::Null, &Value::Null, &Value::Null)
        );
        assert_eq!(reply.header("promptreg-commit"), draft);
        assert_eq!(reply.header("cache-control"), "no-cache");
    }
    // What is approved with the same content says so there too.
    let same = open.get("/v1/prompts/greet?version=2.0.0&ref=proposal/warmer").json();
    assert_eq!((&same["status"], &same["approved_by"]), (&json!("approved"), &json!("ana")));
    let versions = open.get("/v1/prompts/greet/versions?ref=proposal/warmer");
    assert_eq!(versions.each("status")[0], "draft");
}

#[test]
fn a_moment_of_the_past_is_answered_as_it_was_then() {
    let registry = Registry::new();
    registry.prompt("greet", "labels: {production: 1.0.0}\n", &[("1.0.0", "Hi.")]);
    let first = registry.land("Start"); // 00:01
    registry.prompt("greet", "labels: {production: 1.1.0}\n", &[("1.1.0", "Hello.")]);
    registry.land("Move"); // 00:02
    let server = registry.serve(&["--read-drafts"]);
    for at in ["2026-01-01T00:01:00Z", "2026-01-01T00:01:59Z", "2026-01-01T01:01:30%2B01:00", "1767225661"] {
        let reply = server.get(&format!("/v1/prompts/greet?at={at}"));
        assert_eq!((reply.status, reply.text()), (200, "Hi.".to_owned()), "{at}");
        assert_eq!(reply.header("promptreg-commit"), first);
        assert_eq!(reply.json()["status"], "approved");
        assert_eq!(reply.json()["version_number"], 1);
    }
    assert_eq!(server.get("/v1/prompts/greet?at=2026-01-01T00:02:00Z").text(), "Hello.");
    insta::assert_snapshot!(server.get("/v1/prompts/greet?at=2025-12-31T23:00:00Z").problem(), @"404 not found: there is no commit at `2025-12-31T23:00:00Z`");
}

#[test]
fn a_hostile_ref_is_no_such_ref() {
    let registry = registry();
    registry.file("outside.txt", "not a registry");
    let server = registry.serve(&["--read-drafts"]);
    for name in [
        "nothing",
        "-x",
        "--upload-pack=touch%20/tmp/x",
        "..",
        "../..",
        "/etc/passwd",
        "main..main",
        "main%5E%7Btree%7D",
        "HEAD%3Aregistry.toml",
        "main%40%7B1%7D",
        "%00",
        "main%00",
        "a%0Ab",
        "%2A",
        "refs/heads/%2A",
        "0000000000000000000000000000000000000000",
        "%3A/Start",
        "main~99",
        "main%5E%7B/Start%7D",
        "",
        "%20",
        &"a".repeat(5000),
        "%F0%9F%92%A9",
        "..%2F..%2Fetc",
    ] {
        let reply = server.get(&format!("/v1/prompts/greet?ref={name}"));
        assert!([400, 404].contains(&reply.status), "{name}: {reply:?}");
        reply.problem();
    }
    assert_eq!(server.get("/v1/prompts/greet").status, 200);
}

#[test]
fn a_merged_version_names_who_wrote_it_and_who_let_it_in() {
    let registry = Registry::new();
    registry.prompt("greet", "labels: {production: 1.0.0}\n", &[("1.0.0", "Hi.")]);
    registry.land("Start");
    registry.git(&["switch", "--quiet", "-c", "warmer"]);
    registry.version("greet", "1.1.0", "Hello.");
    registry.commit_as("ben", "Say more");
    registry.file("notes.txt", "nothing to do with it");
    registry.commit_as("eve", "Take a note");
    registry.git(&["switch", "--quiet", "main"]);
    registry.version("greet", "0.9.0", "Yo.");
    registry.commit_as("stranger", "A late early version");
    registry.git_as("cleo", &["merge", "--quiet", "--no-ff", "--message", "Let it in", "warmer"], b"");
    let merge = registry.head().to_string();
    let server = registry.serve(&[]);
    let merged = server.get("/v1/prompts/greet?version=1.1.0").json();
    assert_eq!((&merged["created_by"], &merged["approved_by"]), (&json!("ben"), &json!("cleo")));
    assert_eq!(merged["created_at"], "2026-01-01T00:02:00Z");
    assert_eq!(merged["commit"], merge);
    let stranger = server.get("/v1/prompts/greet?version=0.9.0").json();
    assert_eq!((&stranger["created_by"], &stranger["approved_by"]), (&json!("stranger"), &json!("stranger")));
    // Numbers follow arrival, not semver.
    let versions = server.get("/v1/prompts/greet/versions");
    assert_eq!(versions.each("version"), ["1.1.0", "1.0.0", "0.9.0"]);
    assert_eq!(versions.each("version_number"), [3, 1, 2]);
}

#[test]
fn what_is_rendered_names_its_state_and_is_kept_by_nobody() {
    let registry = registry();
    let approved = registry.head().to_string();
    registry.git(&["switch", "--quiet", "-c", "proposal/warmer"]);
    registry.version("support/greet", "2.1.0", "Good morning, dear.");
    let draft = registry.commit_as("ben", "Warmer").to_string();
    registry.git(&["switch", "--quiet", "main"]);
    let server = registry.serve(&["--read-drafts"]);
    for (query, status, commit) in [
        ("", "approved", &approved),
        ("?version=1.0.0", "deprecated", &approved),
        ("?version=2.1.0&ref=proposal/warmer", "draft", &draft),
        ("?version=2.0.0&ref=proposal/warmer", "approved", &draft),
        ("?at=2026-01-01T00:01:00Z", "approved", &approved),
    ] {
        let reply = server.post(&format!("/v1/prompts/greet/render{query}"), &json!({}));
        assert_eq!((reply.status, &reply.json()["status"]), (200, &json!(status)), "{query}");
        assert_eq!(reply.header("promptreg-commit"), commit, "{query}");
        assert_eq!(reply.header("cache-control"), "no-store", "{query}");
    }
}
