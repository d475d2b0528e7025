//! Fetching one version, by every selector, and what its headers promise.

use super::registry;
use crate::harness::Registry;
use serde_json::{Value, json};

#[test]
fn every_selector_answers_the_version_that_it_means() {
    let server = registry().into_server(&[]);
    let get = |query: &str| {
        let reply = server.get(&format!("/v1/prompts/greet{query}"));
        assert_eq!(reply.status, 200, "{query}: {reply:?}");
        (reply.json()["version"].as_str().unwrap().to_owned(), reply.json()["label"].clone(), reply.text())
    };
    let label = |label: &str| Value::from(label);
    assert_eq!(get(""), ("1.1.0".into(), label("production"), "Hello.".into()));
    assert_eq!(get("?label=staging"), ("2.0.0".into(), label("staging"), "Good morning.".into()));
    assert_eq!(get("?version=1.0.0"), ("1.0.0".into(), Value::Null, "Hi.".into()));
    assert_eq!(get("?version=%5E1"), ("1.2.0".into(), Value::Null, "Hello there.".into()));
    assert_eq!(get("?version=~1.1"), ("1.1.0".into(), Value::Null, "Hello.".into()));
    assert_eq!(get("/versions/1.2.0"), ("1.2.0".into(), Value::Null, "Hello there.".into()));
    let digest = server.get("/v1/prompts/greet?version=1.2.0").json()["digest"].as_str().unwrap().to_owned();
    assert_eq!(get(&format!("?digest={digest}")), ("1.2.0".into(), Value::Null, "Hello there.".into()));
    assert_eq!(
        get("?digest=sha256%3A".to_owned().as_str().replace("sha256%3A", &digest.replace(':', "%3A")).as_str()).0,
        "1.2.0"
    );
    // The same label, named and meant, with and without other parameters, is the same answer.
    assert_eq!(get("?label=production&key=someone"), get(""));
}

#[test]
fn a_fetched_version_is_the_whole_object() {
    let registry = registry();
    let commit = registry.head().to_string();
    let server = registry.serve(&[]);
    let reply = server.get("/v1/prompts/ask");
    assert_eq!(reply.header("content-type"), "application/json");
    assert_eq!(reply.header("promptreg-commit"), commit);
    let mut json = reply.json();
    json["digest"] = "sha256:…".into();
    json["commit"] = "…".into();
    insta::assert_snapshot!(serde_json::to_string_pretty(&json).unwrap(), @r#"
    {
      "name": "ask",
      "display_name": null,
      "description": "Asks a question back.",
      "collection": "support",
      "category": null,
      "tags": [],
      "owner": "ben",
      "version": "1.0.0",
      "version_number": 1,
      "label": "production",
      "pinned": null,
      "status": "approved",
      "deprecated": null,
      "digest": "sha256:…",
      "messages": [
        {
          "role": "system",
          "content": "Answer in {{language}}."
        },
        {
          "role": "user",
          "content": "{{question}}"
        }
      ],
      "content": "{{role \"system\"}}Answer in {{language}}.{{role \"user\"}}{{question}}",
      "engine": "handlebars",
      "input_schema": {
        "type": "object",
        "required": [
          "question"
        ],
        "properties": {
          "question": {
            "type": "string",
            "description": "What is asked."
          },
          "language": {
            "type": "string",
            "enum": [
              "English",
              "German"
            ],
            "default": "English",
            "description": "The language."
          }
        }
      },
      "variables": [
        {
          "name": "question",
          "type": "string",
          "description": "What is asked.",
          "required": true
        },
        {
          "name": "language",
          "type": "string",
          "description": "The language.",
          "required": false,
          "default": "English",
          "enum": [
            "English",
            "German"
          ]
        }
      ],
      "uses": {},
      "output_schema": null,
      "tools": [],
      "model": null,
      "parameters": {
        "temperature": 0.2
      },
      "notes": "The first.",
      "created_by": "ana",
      "created_at": "2026-01-01T00:01:00Z",
      "approved_by": "ana",
      "approved_at": "2026-01-01T00:01:00Z",
      "commit": "…"
    }
    "#);
}

#[test]
fn a_label_that_is_not_there_is_never_another_one() {
    let server = registry().into_server(&[]);
    let problem = |path: &str| server.get(path).problem();
    insta::assert_snapshot!(
        [
            problem("/v1/prompts/greet?label=canary"),
            problem("/v1/prompts/bare"),
            problem("/v1/prompts/bare?label=staging"),
            problem("/v1/prompts/greet?version=3.0.0"),
            problem("/v1/prompts/greet?version=%5E3"),
            problem(&format!("/v1/prompts/greet?digest=sha256:{}", "0".repeat(64))),
            problem("/v1/prompts/nobody"),
            problem("/v1/prompts/gret"),
        ]
        .join("\n"),
        @"
    404 not found: `greet` has no label `canary`; it has production, staging
    404 not found: `bare` has no label `production`; it has no label
    404 not found: `bare` has no label `staging`; it has no label
    404 not found: `greet` has no version 3.0.0; it has 2.0.0, 1.2.0, 1.1.0, 1.0.0
    404 not found: `greet` has no version ^3; it has 2.0.0, 1.2.0, 1.1.0, 1.0.0
    404 not found: `greet` has no version sha256:0000000000000000000000000000000000000000000000000000000000000000; it has 2.0.0, 1.2.0, 1.1.0, 1.0.0
    404 not found: there is no prompt `nobody`
    404 not found: there is no prompt `gret`
    "
    );
}

#[test]
fn an_entity_tag_spares_the_body() {
    let registry = registry();
    let server = registry.serve(&[]);
    for path in ["/v1/prompts/greet", "/v1/prompts/greet?version=%5E1", "/v1/prompts", "/v1/prompts/greet/versions"] {
        let first = server.get(path);
        let etag = first.header("etag").to_owned();
        assert!(etag.starts_with('"') && etag.ends_with('"') && etag.len() > 10, "{path}: {etag}");
        for known in [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".to_owned()] {
            let again = server.ask("GET", path, &[("if-none-match", &known)], "");
            assert_eq!((again.status, &*again.body), (304, ""), "{path} {known}");
            assert_eq!(again.header("etag"), etag);
            assert_eq!(again.header("cache-control"), first.header("cache-control"));
            assert_eq!(again.header("promptreg-commit"), registry.head().to_string());
        }
        assert_eq!(server.ask("GET", path, &[("if-none-match", "\"other\"")], "").body, first.body);
    }
}

#[test]
fn what_cannot_change_may_be_kept_and_what_can_is_asked_for_again() {
    let server = registry().into_server(&["--read-drafts"]);
    let cache = |path: &str| server.get(path).header("cache-control").to_owned();
    let digest = server.get("/v1/prompts/greet").json()["digest"].as_str().unwrap().to_owned();
    let kept = "public, max-age=31536000, immutable";
    assert_eq!(cache("/v1/prompts/greet?version=1.1.0"), kept);
    assert_eq!(cache("/v1/prompts/greet/versions/1.1.0"), kept);
    assert_eq!(cache(&format!("/v1/prompts/greet?digest={digest}")), kept);
    for path in ["", "?label=production", "?version=%5E1", "/versions", "?ref=main&version=%5E1"] {
        assert_eq!(cache(&format!("/v1/prompts/greet{path}")), "no-cache", "{path}");
    }
    assert_eq!(cache("/v1/prompts"), "no-cache");
    assert_eq!(cache("/v1/status"), "no-cache");
}

#[test]
fn a_former_name_leads_to_the_new_one_with_the_question() {
    let server = registry().into_server(&[]);
    for (from, to) in [
        ("/v1/prompts/greeting", "/v1/prompts/greet"),
        ("/v1/prompts/%67reeting?label=staging", "/v1/prompts/greet?label=staging"),
        ("/v1/prompts/greeting?label=staging", "/v1/prompts/greet?label=staging"),
        ("/v1/prompts/greeting?version=%5E1&key=a%20b", "/v1/prompts/greet?version=%5E1&key=a%20b"),
        ("/v1/prompts/greeting/versions?limit=1", "/v1/prompts/greet/versions?limit=1"),
        ("/v1/prompts/greeting/versions/1.0.0", "/v1/prompts/greet/versions/1.0.0"),
    ] {
        let reply = server.get(from);
        assert_eq!((reply.status, reply.header("location")), (301, to), "{reply:?}");
    }
    // A POST must stay a POST, which 308 says and 301 does not.
    let reply = server.post("/v1/prompts/inquire/render?label=production", &json!({"input": {"question": "Why?"}}));
    assert_eq!((reply.status, reply.header("location")), (308, "/v1/prompts/ask/render?label=production"), "{reply:?}");
}

#[test]
fn what_was_withdrawn_is_answered_as_it_was_withdrawn() {
    let server = registry().into_server(&[]);
    let deprecated = server.get("/v1/prompts/greet?version=1.0.0").json();
    assert_eq!((&deprecated["status"], &deprecated["deprecated"]), (&json!("deprecated"), &json!("too short")));
    let yanked = server.get("/v1/prompts/part?version=1.1.0").json();
    assert_eq!((&yanked["status"], &yanked["deprecated"]), (&json!("yanked"), &json!("says too much")));
    // A range never means a yanked or a revoked version.
    assert_eq!(server.get("/v1/prompts/part?version=%5E1").json()["version"], "1.0.0");
    let digest = |number: &str| {
        let items = server.get("/v1/prompts/part/versions").json();
        let of = items["items"].as_array().unwrap().iter().find(|item| item["version"] == number).unwrap();
        of["digest"].as_str().unwrap().to_owned()
    };
    let problems = [
        server.get("/v1/prompts/part?version=1.2.0").problem(),
        server.get("/v1/prompts/part/versions/1.2.0").problem(),
        server.get(&format!("/v1/prompts/part?digest={}", digest("1.2.0"))).problem(),
    ];
    insta::assert_snapshot!(problems.join("\n"), @"
    410 revoked: `part` 1.2.0 was revoked: leaks a name
    410 revoked: `part` 1.2.0 was revoked: leaks a name
    410 revoked: `part` 1.2.0 was revoked: leaks a name
    ");
}

#[test]
fn an_archived_prompt_is_in_no_list_and_still_fetched() {
    let server = registry().into_server(&[]);
    assert!(!server.get("/v1/prompts").each("name").contains(&json!("attic")));
    assert_eq!(server.get("/v1/prompts?status=archived").each("name"), ["attic"]);
    assert_eq!(server.get("/v1/prompts/attic").text(), "Old.");
}

#[test]
fn a_head_request_answers_the_headers_alone() {
    let server = registry().into_server(&[]);
    for path in ["/v1/prompts/greet", "/v1/prompts/greet?version=1.0.0", "/v1/prompts", "/healthz"] {
        let (head, get) = (server.ask("HEAD", path, &[], ""), server.get(path));
        assert_eq!((head.status, &*head.body), (200, ""), "{path}");
        for header in ["etag", "content-length", "content-type", "cache-control", "promptreg-commit"] {
            assert_eq!(head.header(header), get.header(header), "{path} {header}");
        }
    }
}

#[test]
fn a_variant_hands_out_another_version_and_the_same_one_to_the_same_caller() {
    let registry = Registry::new();
    registry.file("clients/team.yaml", "description: A team.\nconfig: {}\n");
    registry.prompt(
        "pick",
        "labels: {production: 1.0.0}\nvariants:\n  production:\n    split: {1.0.0: 50, 1.1.0: 50}\n    \
         overrides: [{client: team, version: 1.2.0}]\n",
        &[("1.0.0", "one"), ("1.1.0", "two"), ("1.2.0", "three")],
    );
    registry.commit("Start");
    let server = registry.serve(&[]);
    let by_key = |key: usize| server.get(&format!("/v1/prompts/pick?key={key}")).text();
    let picked: Vec<_> = (0..20).map(by_key).collect();
    assert!(picked.contains(&"one".to_owned()) && picked.contains(&"two".to_owned()), "{picked:?}");
    assert_eq!(picked, (0..20).map(by_key).collect::<Vec<_>>());
    let team = server.get("/v1/prompts/pick?client=team").json();
    assert_eq!((&team["version"], &team["label"]), (&json!("1.2.0"), &json!("production")));
    assert_eq!(server.get("/v1/prompts/pick").text(), "one");
}

#[test]
fn an_input_that_fits_is_rendered_and_one_that_does_not_is_told_every_fault() {
    let server = registry().into_server(&[]);
    let render = |input: Value| server.post("/v1/prompts/ask/render", &json!({"input": input}));
    let mut rendered = render(json!({"question": "Why <b>\"?\" {{language}}"})).json();
    rendered["digest"] = "sha256:…".into();
    insta::assert_snapshot!(serde_json::to_string_pretty(&rendered).unwrap(), @r#"
    {
      "name": "ask",
      "version": "1.0.0",
      "status": "approved",
      "digest": "sha256:…",
      "messages": [
        {
          "role": "system",
          "content": "Answer in English."
        },
        {
          "role": "user",
          "content": "Why <b>\"?\" {{language}}"
        }
      ],
      "parameters": {
        "temperature": 0.2
      },
      "model": null
    }
    "#);
    let wrong = render(json!({"question": 3, "language": "Latin"}));
    assert_eq!(wrong.status, 422);
    wrong.problem();
    insta::assert_snapshot!(serde_json::to_string_pretty(&wrong.json()).unwrap(), @r#"
    {
      "type": "about:blank",
      "title": "the input does not fit",
      "status": 422,
      "detail": "the input does not fit the input_schema of this version",
      "errors": [
        {
          "pointer": "/language",
          "message": "`language` must be one of English, German; it is `Latin`",
          "help": null
        },
        {
          "pointer": "/question",
          "message": "expected text, found a number",
          "help": "write it in quotes"
        }
      ]
    }
    "#);
    assert_eq!(render(json!({})).json()["errors"].as_array().unwrap().len(), 1);
}
