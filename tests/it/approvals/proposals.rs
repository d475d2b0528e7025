//! Proposals and provenance over HTTP: the same as the command line tells in a clone.

use crate::{
    harness::{Server, binary, promptreg},
    walkthrough::{Team, serve, steady},
};

fn proposed() -> Team {
    let mut team = Team::new();
    team.writes("ana", "kinder", "prompts/triage/1.1.0.yaml", "content: Please sort this ticket.\n");
    assert_eq!(team.runs("ana", "submit -m shorter --reviewer cleo"), 0, "{}", team.said);
    team.writes("ben", "terse/er", "prompts/triage/prompt.yaml", "description: Sorts.\nlabels: {production: 1.0.0}\n");
    team.git("ben-clone", &["push", "-q", "origin", "terse/er"]);
    team
}

/// Without ids, times and keys, which differ from run to run.
pub(crate) fn told(value: &serde_json::Value) -> String {
    let text = serde_json::to_string_pretty(value).unwrap();
    let text = steady(&text.replace('"', " \" ")).replace(" \" ", "\"");
    let differs = |line: &str| {
        ["\"at\"", "\"landed_at\"", "\"key\"", "\"effective\""].iter().any(|key| line.trim_start().starts_with(key))
    };
    text.lines().filter(|line| !differs(line)).collect::<Vec<_>>().join("\n")
}

#[test]
fn proposals_are_told_to_those_who_may_read_drafts_as_a_clone_knows_them() {
    let team = proposed();
    let server = serve(&team);
    let all = server.get("/v1/proposals");
    assert_eq!((all.status, all.header("cache-control")), (200, "no-store"));
    team.git("ana-clone", &["fetch", "-q"]);
    let known = promptreg(&team.at("ana-clone"), &["proposals", "--json"]).json();
    assert_eq!(all.json()["items"], known);
    let first = server.get("/v1/proposals?limit=1").json();
    assert_eq!((&first["items"][0]["id"], &first["next_cursor"]), (&"kinder".into(), &"kinder".into()));
    let second = server.get("/v1/proposals?limit=1&cursor=kinder").json();
    assert_eq!((&second["items"][0]["id"], second.get("next_cursor")), (&"terse/er".into(), None));
    let one = server.get("/v1/proposals/terse/er").json();
    assert_eq!(one["files"], known[1]["files"]);
    insta::assert_snapshot!(told(&one), @r#"
    {
      "id": "terse/er",
      "state": "draft",
      "head": "COMMIT",
      "title": "prompts/triage/prompt.yaml, by ben",
      "base": "COMMIT",
      "onto": "COMMIT",
      "authors": [
        "ben"
      ],
      "reviewers": [],
      "files": [
        {
          "path": "prompts/triage/prompt.yaml",
          "name": "triage",
          "blob": "COMMIT",
          "state": "draft",
          "required": 1,
          "authors": [
            "ben"
          ],
          "decisions": [],
          "overlooked": [],
          "may_approve": [
            "cleo",
            "dana"
          ],
          "lacks": "it has 0 of 1 approval",
          "is_stale": false,
          "conflicts": false
        }
      ],
      "diff": {
        "from": "COMMIT",
        "to": "COMMIT",
        "prompts": [
          {
            "name": "triage",
            "change": "changed",
            "metadata": [
              {
                "pointer": "/description",
                "from": "Sorts tickets.",
                "to": "Sorts."
              }
            ],
            "labels": [],
            "versions": [],
            "diffs": [],
            "behind": [],
            "affected": {
              "versions": [],
              "labels": [],
              "variants": [],
              "workflows": [],
              "clients": []
            }
          }
        ],
        "others": [],
        "unreadable": []
      }
    }
    "#);
    assert_eq!(server.get("/v1/proposals/nobody").status, 404);
    let remote = team.at("remote.git");
    let args = ["serve", "--listen", "127.0.0.1:0", "--registry", remote.to_str().unwrap()];
    let closed = Server::run(binary(&remote).args(args));
    for path in ["/v1/proposals", "/v1/proposals/kinder"] {
        assert_eq!(closed.get(path).status, 401, "{path}");
    }
}

#[test]
fn how_a_version_came_to_be_served_is_told_to_whoever_may_read_it() {
    let mut team = proposed();
    for verb in ["approve kinder", "merge kinder"] {
        assert_eq!(team.runs("cleo", verb), 0, "{}", team.said);
    }
    let server = serve(&team);
    insta::assert_snapshot!(told(&server.get("/v1/prompts/triage/versions/1.1.0/provenance").json()), @r#"
    {
      "name": "triage",
      "version": "1.1.0",
      "digest": "sha256:e5fc3d69af17756c1b002ecc7f6039060ce6f97a94c672a26dbaed00c399f250",
      "status": "approved",
      "path": "prompts/triage/1.1.0.yaml",
      "blob": "COMMIT",
      "commit": "COMMIT",
      "title": "Merge proposal kinder",
      "landed_by": "cleo",
      "authors": [
        "ana"
      ],
      "covered_by": "decisions",
      "required": 1,
      "decisions": [
        {
          "by": "ana",
          "decision": "request",
          "comment": "shorter",
          "id": "COMMIT",
          "log": "COMMIT"
        },
        {
          "by": "cleo",
          "decision": "approve",
          "id": "COMMIT",
          "log": "COMMIT"
        }
      ],
      "overlooked": [],
      "labels": {}
    }
    "#);
    insta::assert_snapshot!(told(&server.get("/v1/prompts/triage/versions/1.0.0/provenance").json()), @r#"
    {
      "name": "triage",
      "version": "1.0.0",
      "digest": "sha256:f0c93f3e49c69157db8edf82ac2c95a8efdde4d9c8ef9a8340a007cff838a900",
      "status": "approved",
      "path": "prompts/triage/1.0.0.yaml",
      "blob": "COMMIT",
      "commit": "COMMIT",
      "title": "the registry",
      "landed_by": "Dana",
      "authors": [
        "Dana"
      ],
      "covered_by": "trusted",
      "required": 0,
      "decisions": [],
      "overlooked": [],
      "labels": {
        "production": {
          "commit": "COMMIT",
          "by": "Dana",
          "covered_by": "trusted",
          "approved_by": []
        }
      }
    }
    "#);
    assert_eq!(server.get("/v1/prompts/triage/versions/2.0.0/provenance").status, 404);
}
