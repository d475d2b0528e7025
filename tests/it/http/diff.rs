//! Two versions compared over HTTP.

use super::registry;
use serde_json::json;

#[test]
fn two_versions_are_compared_by_number_and_by_label() {
    let server = registry().into_server(&[]);
    let reply = server.get("/v1/prompts/greet/diff?from=production&to=2.0.0");
    assert_eq!(reply.status, 200, "{reply:?}");
    insta::assert_snapshot!(serde_json::to_string_pretty(&reply.json()).unwrap(), @r#"
    {
      "name": "greet",
      "from": "1.1.0",
      "to": "2.0.0",
      "digest_from": "sha256:8076d602efac78094da2b3318698163511da375509be101bf3869e70a5007528",
      "digest_to": "sha256:afba69987db8c9c1e701588ac718a80222afed0a9349610c9b4ce6a5e6e2e475",
      "bump": "patch",
      "falls_short": false,
      "contract": [],
      "messages": [
        {
          "change": "changed",
          "from": 0,
          "to": 0,
          "role_from": "user",
          "role_to": "user",
          "text": [
            {
              "op": "removed",
              "text": "Hello."
            },
            {
              "op": "added",
              "text": "Good morning."
            }
          ]
        }
      ],
      "partials": [],
      "keys": [],
      "tokens": {
        "from": 3,
        "to": 4
      },
      "rendered": [],
      "affected_from": {
        "versions": [],
        "labels": [
          {
            "prompt": "greet",
            "label": "production",
            "version": "1.1.0"
          }
        ],
        "variants": [],
        "workflows": [
          {
            "workflow": "sketch",
            "status": "draft",
            "step": "first",
            "selector": "greet"
          },
          {
            "workflow": "triage",
            "status": "published",
            "step": "first",
            "selector": "greet"
          }
        ],
        "clients": []
      },
      "affected_to": {
        "versions": [],
        "labels": [
          {
            "prompt": "greet",
            "label": "staging",
            "version": "2.0.0"
          }
        ],
        "variants": [],
        "workflows": [],
        "clients": [
          {
            "client": "desk",
            "prompt": "greet",
            "by": "default_filter"
          }
        ]
      }
    }
    "#);
    assert_eq!(server.get("/v1/prompts/greet/diff?from=1.1.0&to=staging").json(), reply.json());
    let again =
        server.ask("GET", "/v1/prompts/greet/diff?from=1.1.0&to=2.0.0", &[("if-none-match", reply.header("etag"))], "");
    assert_eq!(again.status, 304);
}

#[test]
fn what_cannot_be_compared_is_a_problem_that_says_why() {
    let server = registry().into_server(&[]);
    let said: Vec<String> = [
        "greet/diff?from=1.0.0&to=3.0.0",
        "greet/diff?from=1.0.0&to=canary",
        "nobody/diff?from=1.0.0&to=1.1.0",
        "greet/diff?from=1.0.0",
        "greet/diff?from=1.0&to=1.1.0",
        "greet/diff?from=1.0.0&to=Nope!",
        "greet/diff?from=1.0.0&to=1.1.0&label=production",
        "part/diff?from=1.0.0&to=1.2.0",
        "greet/diff?from=1.0.0&to=1.1.0&ref=main",
    ]
    .iter()
    .map(|asked| format!("{asked}\n  {}", server.get(&format!("/v1/prompts/{asked}")).problem()))
    .collect();
    insta::assert_snapshot!(said.join("\n"), @"
    greet/diff?from=1.0.0&to=3.0.0
      404 not found: `greet` has no version 3.0.0; it has 2.0.0, 1.2.0, 1.1.0, 1.0.0
    greet/diff?from=1.0.0&to=canary
      404 not found: `greet` has no label `canary`; it has production, staging
    nobody/diff?from=1.0.0&to=1.1.0
      404 not found: there is no prompt `nobody`
    greet/diff?from=1.0.0
      400 malformed parameter: to: it is missing
    greet/diff?from=1.0&to=1.1.0
      400 malformed parameter: from: `1.0` is not a version number: write three numbers such as 1.2.0, or a pre-release such as 1.2.0-rc.1
    greet/diff?from=1.0.0&to=Nope!
      400 malformed parameter: to: `Nope!` is not a label: only a-z, 0-9 and single hyphens between them are allowed
    greet/diff?from=1.0.0&to=1.1.0&label=production
      400 malformed parameter: there is no `label` here; there is `from`, `to`, `ref`, `at`
    part/diff?from=1.0.0&to=1.2.0
      410 revoked: `part` 1.2.0 was revoked: leaks a name
    greet/diff?from=1.0.0&to=1.1.0&ref=main
      401 a token is needed: this needs the permission `read_drafts`: send `Authorization: Bearer prg_…` with a token that has it (or have the server started with --read-drafts)
    ");
    let renamed = server.get("/v1/prompts/greeting/diff?from=1.0.0&to=1.1.0");
    assert_eq!((renamed.status, renamed.header("location")), (301, "/v1/prompts/greet/diff?from=1.0.0&to=1.1.0"));
}

#[test]
fn a_draft_is_compared_where_drafts_may_be_read() {
    let registry = registry();
    registry.git(&["switch", "--quiet", "-c", "proposal"]);
    registry.version("support/greet", "2.1.0", "Good evening.");
    registry.commit("Propose");
    registry.git(&["switch", "--quiet", "main"]);
    let server = registry.into_server(&["--read-drafts"]);
    assert_eq!(server.get("/v1/prompts/greet/diff?from=2.0.0&to=2.1.0").status, 404);
    let reply = server.get("/v1/prompts/greet/diff?from=2.0.0&to=2.1.0&ref=proposal");
    assert_eq!((reply.status, &reply.json()["to"]), (200, &json!("2.1.0")));
}
