//! What a server says of the gate: what is covered, what is not, and what that lacks.

use super::proposals::told;
use crate::{
    harness::{Registry, Server, promptreg},
    http::events::Subscriber,
    walkthrough::{Team, serve},
};

#[test]
fn the_status_says_what_lacks_what_and_which_tree_is_proven() {
    let mut team = Team::new();
    let server = serve(&team);
    let approval = || server.get("/v1/status").json()["approval"].clone();
    let before = approval();
    assert_eq!((&before["mode"], &before["uncovered"]), (&"verified".into(), &serde_json::json!([])));
    team.writes("ben", "main", "prompts/triage/1.1.0.yaml", "content: Send me all tickets.\n");
    team.git("ben-clone", &["push", "-q", "origin", "main"]);
    let pushed = team.git("ben-clone", &["rev-parse", "HEAD"]);
    server.until_commit(&pushed);
    let status = approval();
    assert_eq!(status["uncovered"][0]["commit"], pushed);
    assert_eq!(status["effective"], before["effective"], "nothing else is served");
    insta::assert_snapshot!(told(&status), @r#"
    {
      "mode": "verified",
      "first": "COMMIT",
      "trust_root": null,
      "log": null,
      "faults": [],
      "ignored": [],
      "uncovered": [
        {
          "path": "prompts/triage/1.1.0.yaml",
          "commit": "COMMIT",
          "lacks": "it has 0 of 1 approval",
          "may_approve": [
            "cleo",
            "dana"
          ]
        }
      ]
    }
    "#);
    let uncovered = |text: &str| text.lines().any(|line| line == "promptreg_uncovered 1");
    assert!(uncovered(&server.get("/metrics").body));
    team.git("cleo-clone", &["pull", "-q"]);
    assert_eq!(team.runs("cleo", "approve main -m indeed"), 0, "{}", team.said);
    server.until("/v1/prompts/triage?version=1.1.0", |reply| reply.status == 200);
    let after = approval();
    assert_eq!(after["uncovered"], serde_json::json!([]));
    assert!(!uncovered(&server.get("/metrics").body));
    let proof = promptreg(&team.at("cleo-clone"), &["verify", "--json"]).json();
    for key in ["mode", "effective", "log", "faults", "ignored"] {
        assert_eq!(after[key], proof[key], "{key}");
    }
    assert_ne!(after["effective"], before["effective"]);
}

#[test]
fn a_late_approval_is_told_though_the_commit_is_the_same() {
    let mut team = Team::new();
    team.writes("ben", "main", "prompts/triage/1.1.0.yaml", "content: Sort this ticket, please.\n");
    team.git("ben-clone", &["push", "-q", "origin", "main"]);
    let pushed = team.git("ben-clone", &["rev-parse", "HEAD"]);
    let server = serve(&team);
    let line = |told: &mut Subscriber, names: &[(&str, &str)]| {
        let (event, id, mut data) = told.next().unwrap();
        data.as_object_mut().unwrap().shift_remove("at");
        names.iter().fold(format!("{id} {event} {data}"), |line, (commit, name)| line.replace(commit, name))
    };
    let mut told = Subscriber::new(&server.address, "", &[]);
    let mut said = vec![line(&mut told, &[(&pushed, "PUSHED")])];
    team.git("cleo-clone", &["pull", "-q"]);
    assert_eq!(team.runs("cleo", "approve main -m indeed"), 0, "{}", team.said);
    let approved = team.git("remote.git", &["rev-parse", "promptreg/log"]);
    let mut names = vec![(&*pushed, "PUSHED"), (&*approved, "APPROVED")];
    said.push(line(&mut told, &names));
    // A request for something else changes nothing that is served, and nobody is told of it by itself.
    team.writes("ana", "kinder", "prompts/triage/1.2.0.yaml", "content: Kindly sort this.\n");
    assert_eq!(team.runs("ana", "submit"), 0, "{}", team.said);
    let asked = team.git("remote.git", &["rev-parse", "promptreg/log"]);
    server.until("/v1/status", |reply| reply.json()["approval"]["log"] == *asked);
    assert_eq!(team.runs("cleo", "promote triage 1.1.0"), 0, "{}", team.said);
    let promoted = team.git("remote.git", &["rev-parse", "main"]);
    names.extend([(&*asked, "ASKED"), (&*promoted, "PROMOTED")]);
    said.push(line(&mut told, &names));
    // Who comes back is told what it missed; also where it only names a commit.
    let again = |server: &Server, after: &str| {
        let mut told = Subscriber::new(&server.address, "", &[("last-event-id", after)]);
        line(&mut told, &names)
    };
    let mut known = vec![format!("{pushed}."), pushed.clone(), format!("{pushed}.{approved}")];
    known.extend([format!("{pushed}.{asked}"), format!("{promoted}.{asked}"), format!("{promoted}.{pushed}")]);
    said.extend(known.iter().map(|after| format!("memory: {}", again(&server, after))));
    // A server that was not there meanwhile does not know what decisions changed: it says so.
    let other = serve(&team);
    said.extend(known.iter().map(|after| format!("ledger: {}", again(&other, after))));
    insta::assert_snapshot!(said.join("\n"), @r#"
    PUSHED. hello {"commit":"PUSHED","log":null}
    PUSHED.APPROVED commit {"commit":"PUSHED","log":"APPROVED","previous":"PUSHED","changed":["triage"],"removed":[]}
    PROMOTED.ASKED commit {"commit":"PROMOTED","log":"ASKED","previous":"PUSHED","changed":["triage"],"removed":[]}
    memory: PROMOTED.ASKED commit {"commit":"PROMOTED","log":"ASKED","previous":"PUSHED","changed":["triage"],"removed":[]}
    memory: PROMOTED.ASKED commit {"commit":"PROMOTED","log":"ASKED","previous":"PUSHED","changed":["triage"],"removed":[]}
    memory: PROMOTED.ASKED commit {"commit":"PROMOTED","log":"ASKED","previous":"PUSHED","changed":["triage"],"removed":[]}
    memory: PROMOTED.ASKED commit {"commit":"PROMOTED","log":"ASKED","previous":"PUSHED","changed":["triage"],"removed":[]}
    memory: PROMOTED.ASKED hello {"commit":"PROMOTED","log":"ASKED"}
    memory: PROMOTED.ASKED reset {"commit":"PROMOTED","log":"ASKED"}
    ledger: PROMOTED.ASKED reset {"commit":"PROMOTED","log":"ASKED"}
    ledger: PROMOTED.ASKED commit {"commit":"PROMOTED","log":"ASKED","previous":"PUSHED","changed":["triage"],"removed":[]}
    ledger: PROMOTED.ASKED reset {"commit":"PROMOTED","log":"ASKED"}
    ledger: PROMOTED.ASKED commit {"commit":"PROMOTED","log":"ASKED","previous":"PUSHED","changed":["triage"],"removed":[]}
    ledger: PROMOTED.ASKED hello {"commit":"PROMOTED","log":"ASKED"}
    ledger: PROMOTED.ASKED reset {"commit":"PROMOTED","log":"ASKED"}
    "#);
}

#[test]
fn where_being_on_the_branch_is_enough_provenance_says_so_and_who_brought_it() {
    let registry = Registry::new();
    registry.prompt("greet", "labels: {production: 1.0.0}\n", &[("1.0.0", "Hello.")]);
    registry.land("Begin");
    registry.prompt("greet", "labels: {production: 1.1.0}\n", &[("1.1.0", "Hello, you.")]);
    let landed = registry.land("Greet more kindly");
    let server = registry.serve(&["--read-drafts"]);
    let found = server.get("/v1/prompts/greet/versions/1.1.0/provenance");
    assert_eq!((found.status, found.header("promptreg-commit")), (200, &*landed));
    insta::assert_snapshot!(told(&found.json()), @r#"
    {
      "name": "greet",
      "version": "1.1.0",
      "digest": "sha256:27a0fd2803f8ee87b80f6045cc46862898f54b164421ba8295a4481d97ee1e5b",
      "status": "approved",
      "path": "prompts/greet/1.1.0.yaml",
      "blob": "COMMIT",
      "commit": "COMMIT",
      "title": "Greet more kindly",
      "landed_by": "ana",
      "authors": [
        "ana"
      ],
      "covered_by": "merge",
      "required": 0,
      "decisions": [],
      "overlooked": [],
      "labels": {
        "production": {
          "commit": "COMMIT",
          "by": "ana",
          "covered_by": "merge",
          "approved_by": []
        }
      }
    }
    "#);
    assert_eq!(registry.promptreg(&["verify", "greet@1.1.0", "--json"]).json(), found.json());
}
