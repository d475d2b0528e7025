//! Search over HTTP: hits, filters, pages, facets, and what is refused.

use super::registry;
use crate::harness::{Registry, Server};
use serde_json::{Value, json};

/// A server whose index has been made.
fn server(registry: Registry) -> Server {
    let server = registry.into_server(&[]);
    server.until("/v1/search", |reply| reply.status == 200);
    server
}

fn names(server: &Server, query: &str) -> Vec<Value> {
    server.get(&format!("/v1/search?{query}")).each("name")
}

#[test]
fn a_search_answers_hits_with_snippets() {
    let server = server(registry());
    let found = server.get("/v1/search?q=question&facets=true").json();
    insta::assert_snapshot!(serde_json::to_string_pretty(&found).unwrap(), @r#"
    {
      "items": [
        {
          "name": "ask",
          "display_name": null,
          "description": "Asks a question back.",
          "collection": "support",
          "category": null,
          "tags": [],
          "owner": "ben",
          "version": "1.0.0",
          "labels": [
            "production"
          ],
          "score": 2.0058594,
          "snippets": [
            {
              "field": "description",
              "text": "Asks a question back.",
              "marks": [
                {
                  "start": 7,
                  "end": 15
                }
              ]
            },
            {
              "field": "messages/1",
              "text": "{{question}}",
              "marks": [
                {
                  "start": 2,
                  "end": 10
                }
              ]
            }
          ]
        }
      ],
      "total": 1,
      "facets": {
        "collection": {
          "support": 1
        },
        "tag": {},
        "label": {
          "production": 1
        },
        "owner": {
          "ben": 1
        },
        "category": {}
      }
    }
    "#);
}

#[test]
fn hits_are_filtered_as_a_list_is() {
    let server = server(registry());
    assert_eq!(names(&server, "q=hello"), ["greet"]);
    assert_eq!(names(&server, "q=morning"), ["greet"]);
    assert_eq!(names(&server, "q=there"), Vec::<Value>::new());
    assert_eq!(names(&server, "q=there&versions=all"), ["greet"]);
    assert_eq!(names(&server, "q=leak"), Vec::<Value>::new());
    for query in
        ["", "collection=support", "tag=internal", "label=staging", "status=archived", "owner=ben", "client=desk"]
    {
        let mut found = names(&server, query);
        found.sort_by_key(Value::to_string);
        assert_eq!(found, server.get(&format!("/v1/prompts?{query}")).each("name"), "{query}");
    }
}

#[test]
fn a_cursor_leads_through_every_hit_once() {
    let registry = Registry::new();
    let expected: Vec<String> = (0..45).map(|i| format!("p{i:03}")).collect();
    for name in &expected {
        registry.prompt(name, "", &[("1.0.0", "The very same text.")]);
    }
    registry.commit("Start");
    let server = server(registry);
    let (mut cursor, mut seen) = (String::new(), Vec::new());
    loop {
        let page = server.get(&format!("/v1/search?q=same{cursor}"));
        seen.extend(page.each("name"));
        assert_eq!(page.json()["total"], 45);
        let Some(next) = page.json()["next_cursor"].as_str().map(str::to_owned) else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, expected.iter().map(|name| json!(name)).collect::<Vec<_>>());
}

#[test]
fn a_push_is_found_with_the_state_that_it_makes() {
    let registry = registry();
    let server = registry.serve(&[]);
    server.until("/v1/search", |reply| reply.status == 200);
    registry.version("support/greet", "2.1.0", "Salutations from afar.");
    let commit = registry.land("Greet from afar");
    server.until_commit(&commit);
    let reply = server.until("/v1/search?q=salutations", |reply| reply.status == 200);
    assert_eq!(reply.header("promptreg-commit"), commit);
    assert_eq!(reply.each("version"), ["2.1.0"]);
}

#[test]
fn what_is_not_understood_is_refused_and_no_words_are() {
    let server = server(registry());
    for query in
        ["limit=0", "limit=501", "cursor=x", "cursor=10001", "tag=A%20B", "versions=some", "nope=1", "client=nobody"]
    {
        let reply = server.get(&format!("/v1/search?{query}"));
        assert!((400..500).contains(&reply.status), "{query}: {}", reply.text());
    }
    assert_eq!(server.get("/v1/search?q=x&ref=main").status, 401);
    for q in ["%22", "%22open", "-", "*", "a%20AND%20(b", "%00", "%F0%9F%A6%80"] {
        assert_eq!(server.get(&format!("/v1/search?q={q}")).status, 200, "{q}");
    }
}
