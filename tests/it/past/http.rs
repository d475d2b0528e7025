//! The past over HTTP.

use super::{rolled_back, says, without_commits};
use insta::assert_snapshot;
use serde_json::Value;

/// The events of a page, a line each, and the cursor.
fn events(json: &Value) -> String {
    let items = json["items"].as_array().unwrap().iter().map(|item| {
        let labels = ["label", "from", "to", "version"].iter().filter_map(|key| item[key].as_str());
        format!(
            "{} {} {}\n",
            item["approved_at"].as_str().unwrap(),
            item["event"].as_str().unwrap(),
            labels.collect::<Vec<_>>().join(" ")
        )
    });
    format!("{}next: {}", items.collect::<String>(), json["next_cursor"])
}

#[test]
fn the_history_of_a_prompt_is_told_in_pages() {
    let registry = rolled_back();
    let tip = registry.head().to_string();
    let server = registry.into_server(&[]);
    let first = server.get("/v1/prompts/greet/history?limit=3");
    assert_eq!((first.status, first.header("promptreg-commit")), (200, &*tip));
    assert_snapshot!(events(&first.json()), @r#"
    2026-01-01T00:04:00Z label_moved production 1.1.0 1.0.0
    2026-01-01T00:03:00Z label_moved production 1.0.0 1.1.0
    2026-01-01T00:02:00Z label_set staging 1.1.0
    next: "1.1"
    "#);
    let cursor = first.json()["next_cursor"].as_str().unwrap().to_owned();
    let second = server.get(&format!("/v1/prompts/greet/history?limit=500&cursor={cursor}"));
    assert_snapshot!(events(&second.json()), @"
    2026-01-01T00:02:00Z arrived 1.1.0
    2026-01-01T00:01:00Z label_set production 1.0.0
    2026-01-01T00:01:00Z arrived 1.0.0
    2026-01-01T00:01:00Z arrived 0.9.0
    2026-01-01T00:01:00Z added 
    next: null
    ");
    assert_snapshot!(events(&server.get("/v1/prompts/greet/history?label=production").json()), @"
    2026-01-01T00:04:00Z label_moved production 1.1.0 1.0.0
    2026-01-01T00:03:00Z label_moved production 1.0.0 1.1.0
    2026-01-01T00:01:00Z label_set production 1.0.0
    next: null
    ");
    assert_snapshot!(without_commits(&serde_json::to_string_pretty(&second.json()["items"][1]).unwrap()), @r#"
    {
      "kind": "prompt",
      "name": "greet",
      "event": "label_set",
      "label": "production",
      "to": "1.0.0",
      "created_by": "ana",
      "created_at": "2026-01-01T00:01:00Z",
      "approved_by": "ana",
      "approved_at": "2026-01-01T00:01:00Z",
      "commit": "COMMIT"
    }
    "#);
    let etag = first.header("etag").to_owned();
    assert_eq!(server.ask("GET", "/v1/prompts/greet/history?limit=3", &[("if-none-match", &etag)], "").status, 304);
}

#[test]
fn a_wrong_question_about_the_past_is_refused_in_words() {
    let registry = rolled_back();
    says(&registry, "labels: {production: 1.0.0}\naliases: [welcome]\n");
    registry.commit("Another name");
    let server = registry.into_server(&[]);
    let wrong = [
        "nobody/history",
        "Greet/history",
        "greet/history?cursor=x",
        "greet/history?cursor=1",
        "greet/history?limit=0",
        "greet/history?label=A",
        "greet/history?at=2026-01-01",
    ];
    let said = wrong.map(|path| format!("{}\n", server.get(&format!("/v1/prompts/{path}")).problem()));
    assert_snapshot!(said.concat(), @"
    404 not found: there is no prompt `nobody`
    400 malformed parameter: name: `Greet` is not a prompt name: only a-z, 0-9 and single hyphens between them are allowed
    400 malformed parameter: cursor: give the `next_cursor` of the page before
    400 malformed parameter: cursor: give the `next_cursor` of the page before
    400 malformed parameter: limit: 0 is not between 1 and 500
    400 malformed parameter: label: `A` is not a label: only a-z, 0-9 and single hyphens between them are allowed
    400 malformed parameter: there is no `at` here; there is `label`, `limit`, `cursor`
    ");
    let moved = server.get("/v1/prompts/welcome/history?limit=1");
    assert_eq!((moved.status, moved.header("location")), (301, "/v1/prompts/greet/history?limit=1"));
    let beyond = server.get("/v1/prompts/greet/history?cursor=99999999.0&limit=1");
    assert_snapshot!(events(&beyond.json()), @r#"
    2026-01-01T00:05:00Z label_removed staging 1.1.0
    next: "4.1"
    "#);
}

#[test]
fn the_past_follows_each_commit_and_stays_when_the_prompt_is_gone() {
    let registry = rolled_back();
    let server = registry.serve(&[]);
    registry.git(&["rm", "-r", "--quiet", "prompts/support/greet"]);
    server.until_commit(&registry.land("Remove it"));
    assert_eq!(server.get("/v1/prompts/greet").status, 410);
    assert_snapshot!(events(&server.get("/v1/prompts/greet/history?label=production").json()), @"
    2026-01-01T00:05:00Z removed 
    2026-01-01T00:04:00Z label_moved production 1.1.0 1.0.0
    2026-01-01T00:03:00Z label_moved production 1.0.0 1.1.0
    2026-01-01T00:01:00Z label_set production 1.0.0
    next: null
    ");
}
