//! Lists: what they filter, how they are paged, and what they count.

use super::registry;
use crate::harness::Registry;
use serde_json::{Value, json};

#[test]
fn prompts_are_filtered_by_each_parameter() {
    let server = registry().into_server(&[]);
    let names = |query: &str| server.get(&format!("/v1/prompts{query}")).each("name");
    assert_eq!(names(""), ["ask", "bare", "greet", "part"]);
    assert_eq!(names("?collection=support"), ["ask", "greet", "part"]);
    assert_eq!(names("?collection=supp"), Vec::<Value>::new());
    assert_eq!(names("?tag=internal"), ["greet"]);
    assert_eq!(names("?label=staging"), ["greet"]);
    assert_eq!(names("?status=active"), ["ask", "bare", "greet", "part"]);
    assert_eq!(names("?status=archived"), ["attic"]);
    assert_eq!(names("?q=QUESTION"), ["ask"]);
    assert_eq!(names("?q=greet%20a"), ["greet"]);
    assert_eq!(names("?client=desk"), ["greet"]);
    assert_eq!(names("?collection=support&label=production&q=says"), ["greet", "part"]);
}

#[test]
fn a_prompt_in_a_list_says_what_it_is() {
    let server = registry().into_server(&[]);
    let item = &server.get("/v1/prompts?q=greet").json()["items"][0];
    insta::assert_snapshot!(serde_json::to_string_pretty(item).unwrap(), @r#"
    {
      "name": "greet",
      "display_name": "Greet a customer",
      "description": "Says something.",
      "collection": "support",
      "category": "support",
      "tags": [
        "internal"
      ],
      "owner": "ana",
      "status": "active",
      "labels": {
        "production": "1.1.0",
        "staging": "2.0.0"
      },
      "latest": "2.0.0",
      "versions": 4
    }
    "#);
}

#[test]
fn a_cursor_leads_through_every_prompt_once() {
    let registry = Registry::new();
    let expected: Vec<String> = (0..230).map(|i| format!("p{i:03}")).collect();
    for name in &expected {
        registry.prompt(name, "labels: {production: 1.0.0}\n", &[("1.0.0", name)]);
    }
    registry.commit("Start");
    let server = registry.serve(&[]);
    for (limit, pages) in [("", 3), ("&limit=50", 5), ("&limit=230", 1), ("&limit=229", 2)] {
        let (mut cursor, mut seen, mut count) = (String::new(), Vec::new(), 0);
        loop {
            let page = server.get(&format!("/v1/prompts?status=active{limit}{cursor}"));
            seen.extend(page.each("name"));
            count += 1;
            let json = page.json();
            let Some(next) = json["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen, expected, "{limit}");
        assert_eq!(count, pages, "{limit}");
    }
    assert_eq!(server.get("/v1/prompts?limit=500").each("name").len(), 230);
}

#[test]
fn the_versions_of_a_prompt_are_listed_newest_first() {
    let server = registry().into_server(&[]);
    let reply = server.get("/v1/prompts/greet/versions");
    assert_eq!(reply.each("version"), ["2.0.0", "1.2.0", "1.1.0", "1.0.0"]);
    assert_eq!(reply.each("labels"), [json!(["staging"]), json!([]), json!(["production"]), json!([])]);
    assert_eq!(reply.each("status"), ["approved", "approved", "approved", "deprecated"]);
    assert_eq!(server.get("/v1/prompts/part/versions").each("status"), ["revoked", "yanked", "approved"]);
    let first = server.get("/v1/prompts/greet/versions?limit=3");
    assert_eq!(first.each("version").len(), 3);
    let cursor = first.json()["next_cursor"].as_str().unwrap().to_owned();
    let second = server.get(&format!("/v1/prompts/greet/versions?limit=3&cursor={cursor}"));
    assert_eq!(second.each("version"), ["1.0.0"]);
    assert_eq!(second.json()["next_cursor"], Value::Null);
}

#[test]
fn collections_tags_and_workflows_are_listed() {
    let server = registry().into_server(&[]);
    insta::assert_snapshot!(server.get("/v1/collections").body, @r#"{"items":[{"path":"support","display_name":"Support","description":"For the help desk.","prompts":3}]}"#);
    insta::assert_snapshot!(server.get("/v1/tags").body, @r#"{"items":[{"name":"internal","display_name":null,"description":"For colleagues.","prompts":1},{"name":"public","display_name":null,"description":"For all.","prompts":1}]}"#);
    assert_eq!(server.get("/v1/workflows").each("name"), ["triage"]);
    assert_eq!(server.get("/v1/workflows/triage").json()["status"], "published");
    assert_eq!(server.get("/v1/workflows/sketch").status, 404);
    insta::assert_snapshot!(server.get("/v1/workflows/nothing").problem(), @"404 not found: there is no workflow `nothing`");
}

#[test]
fn every_list_is_paged_alike() {
    let registry = registry();
    registry.file("prompts/legal/collection.yaml", "display_name: Legal\n");
    let text = std::fs::read_to_string(registry.path().join("workflows/triage.yaml")).unwrap();
    registry.file("workflows/again.yaml", text);
    registry.commit("More");
    let server = registry.serve(&[]);
    for (path, key, all) in [
        ("/v1/prompts", "name", &["ask", "bare", "greet", "part"][..]),
        ("/v1/prompts/greet/versions", "version", &["2.0.0", "1.2.0", "1.1.0", "1.0.0"]),
        ("/v1/collections", "path", &["legal", "support"]),
        ("/v1/tags", "name", &["internal", "public"]),
        ("/v1/workflows", "name", &["again", "triage"]),
    ] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = server.get(&format!("{path}?limit=1{cursor}"));
            assert_eq!(page.each(key).len(), 1, "{page:?}");
            seen.extend(page.each(key));
            let json = page.json();
            let Some(next) = json["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen, all, "{path}");
        // Past the end there is nothing, however far.
        assert_eq!(server.get(&format!("{path}?cursor={}", u64::MAX)).status, 200, "{path}");
    }
    assert_eq!(server.get(&format!("/v1/prompts/greet/versions?cursor={}", u64::MAX)).body, "{\"items\":[]}");
}

#[test]
fn the_server_says_how_it_is() {
    let registry = registry();
    let server = registry.serve(&[]);
    assert_eq!(server.get("/healthz").body, "ok\n");
    let ready = server.get("/readyz");
    assert_eq!(ready.status, 200);
    let mut ready = ready.json();
    let is_put_right = |said: &serde_json::Value| said["projected"].is_string() && said["audited"] == true;
    let mut status = server.until("/v1/status", |reply| is_put_right(&reply.json()["database"])).json();
    assert_eq!(status["database"]["projected"], status["commit"]);
    assert_eq!(status["approval"]["first"], status["commit"]);
    status["approval"]["first"] = "…".into();
    for key in ["since", "projected"] {
        status["database"][key] = "…".into();
    }
    for said in [&mut ready, &mut status] {
        assert_eq!(said["commit"], registry.head().to_string());
        assert!(said["looked_at"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok() && said["age_seconds"].is_u64());
        for key in ["commit", "looked_at", "age_seconds"] {
            said[key] = "…".into();
        }
    }
    insta::assert_snapshot!(ready, @r#"{"ready":true,"commit":"…","looked_at":"…","age_seconds":"…","stale":false,"trouble":null}"#);
    insta::assert_snapshot!(status, @r#"{"registry":"acme","branch":"main","commit":"…","source":"local","looked_at":"…","age_seconds":"…","trouble":null,"prompts":5,"versions":10,"pins":[],"database":{"engine":"sqlite","in_reach":true,"since":"…","projected":"…","audited":true},"approval":{"mode":"merge","first":"…","trust_root":null,"effective":"sha256:c0c1b50cd03479df83f441207d429cbe07285fbdf90ca923b573220d83f86677","log":null,"faults":[],"ignored":[],"uncovered":[]},"quarantined":[]}"#);
    // The index is made aside.
    server.until("/v1/search", |reply| reply.status == 200);
    let index = server.get("/").json();
    for route in index["routes"].as_array().unwrap() {
        let (method, path) = route.as_str().unwrap().split_once(' ').unwrap();
        let path = path.split(['?', ' ']).next().unwrap().replacen("{name}", "greet", 1).replace("{version}", "1.0.0");
        // The events never end.
        if path == "/v1/events" {
            continue;
        }
        let path = path
            .replace("workflows/greet", "workflows/triage")
            .replace("clients/greet", "clients/desk")
            .replace("/diff", "/diff?from=1.0.0&to=1.1.0");
        let status = match method {
            // Drafts are for those who may read them.
            "GET" if path.starts_with("/v1/proposals") || path == "/v1/audit" || path.ends_with("/provenance") => 401,
            // There is no identity provider.
            "GET" if path.starts_with("/v1/sign-in") => 404,
            // Nobody told of any.
            "GET" if path.ends_with("/{id}") || path.ends_with("/{id}/events") => 404,
            "GET" => 200,
            // They answer both.
            _ if ["/v1/usage", "/v1/executions", "/v1/feedback"].contains(&&*path) => 200,
            _ => 405,
        };
        assert_eq!(server.get(&path).status, status, "{path}");
    }
}
