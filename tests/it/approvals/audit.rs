//! The audit: the same rows wherever it is asked for, and however often what was kept is thrown away.

use super::{
    attacks::{NEW, decides, pushed},
    proposals::told,
};
use crate::{
    harness::{Server, promptreg},
    walkthrough::{Team, serve, serve_without_records, steady},
};
use serde_json::Value;
use std::{collections::BTreeSet, fs};

/// A team in which a version was asked for, rejected, approved, merged, promoted and yanked, and the policy was changed.
fn history() -> Team {
    let mut team = Team::new();
    team.writes("ana", "kinder", "prompts/triage/1.1.0.yaml", "content: Please sort this ticket.\n");
    for (who, verb) in [
        ("ana", "submit -m shorter --reviewer cleo"),
        ("cleo", "reject kinder -m why"),
        ("cleo", "approve kinder"),
        ("cleo", "merge kinder"),
        ("cleo", "promote triage 1.1.0"),
        ("cleo", "promote triage 1.0.0"),
        ("cleo", "yank triage 1.1.0 -m rude"),
    ] {
        assert_eq!(team.runs(who, verb), 0, "{}", team.said);
    }
    team.writes("dana", "people", "users/ana.yaml", "email: ana@example.org\nroles: [approver]\n");
    team
}

/// The newest row of an action, without what differs from run to run.
fn row(rows: &[serde_json::Value], action: &str) -> String {
    let mut row = rows.iter().find(|row| row["action"] == action).unwrap().clone();
    assert!(row.as_object_mut().unwrap().shift_remove("id").is_some());
    row["details"].as_object_mut().unwrap().shift_remove("said_at");
    told(&row)
}

#[test]
fn the_audit_tells_every_decision_landing_and_move_with_ids_that_never_change() {
    let team = history();
    let clone = team.at("cleo-clone");
    team.git("cleo-clone", &["pull", "-q"]);
    let output = promptreg(&clone, &["audit"]);
    let time = |line: &str| line.split_once("  ").map_or(String::new(), |(_, rest)| rest.to_owned());
    let shown: Vec<String> = output.stdout.lines().map(time).collect();
    insta::assert_snapshot!(steady(&shown.join("\n")), @"
    COMMIT  cleo  yanked version triage@1.1.0: rude
    COMMIT  cleo  landed commit COMMIT
    COMMIT  cleo  label_moved prompt triage production from 1.1.0 to 1.0.0
    COMMIT  cleo  landed commit COMMIT
    COMMIT  cleo  label_moved prompt triage production from 1.0.0 to 1.1.0
    COMMIT  cleo  landed commit COMMIT
    COMMIT  cleo  arrived version triage@1.1.0
    COMMIT  cleo  landed commit COMMIT
    COMMIT  cleo  approve version triage@1.1.0
    COMMIT  cleo  reject version triage@1.1.0: why
    COMMIT  ana   request version triage@1.1.0: shorter
    COMMIT  dana  added role contributor
    COMMIT  dana  added role approver
    COMMIT  dana  added role admin
    COMMIT  dana  added user dana
    COMMIT  dana  added user cleo
    COMMIT  dana  added user ben
    COMMIT  dana  added user ana
    COMMIT  dana  label_set prompt triage production to 1.0.0
    COMMIT  dana  arrived version triage@1.0.0
    COMMIT  dana  added prompt triage
    COMMIT  dana  added registry registry
    COMMIT  dana  landed commit COMMIT
    ");
    let rows = promptreg(&clone, &["audit", "--json"]).json();
    let rows = rows.as_array().unwrap();
    insta::assert_snapshot!(row(rows, "approve"), @r#"
    {
      "actor": "cleo",
      "action": "approve",
      "entity_type": "version",
      "entity": "triage@1.1.0",
      "commit": "COMMIT",
      "details": {
        "decision": "COMMIT",
        "path": "prompts/triage/1.1.0.yaml",
        "blob": "COMMIT",
        "base": "COMMIT",
        "branch": "kinder"
      }
    }
    "#);
    insta::assert_snapshot!(row(rows, "label_moved"), @r#"
    {
      "actor": "cleo",
      "action": "label_moved",
      "entity_type": "prompt",
      "entity": "triage",
      "commit": "COMMIT",
      "details": {
        "label": "production",
        "from": "1.1.0",
        "to": "1.0.0",
        "covered_by": "signed_commit"
      }
    }
    "#);
    let ids: BTreeSet<&str> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), rows.len());
    // Another clone, in which nothing was ever kept, has the same rows; so has a server, page by page.
    team.git(".", &["clone", "-q", "remote.git", "fresh"]);
    assert_eq!(promptreg(&team.at("fresh"), &["audit", "--json"]).json().as_array().unwrap(), rows);
    drop(serve(&team));
    fs::remove_dir_all(team.at("remote.git/promptreg")).unwrap();
    let server = serve_without_records(&team);
    for limit in [1, 3, 500] {
        assert_eq!(paged(&server, limit), *rows, "{limit}");
    }
    // A database keeps the same, among what only a server knows.
    drop(server);
    let server = serve(&team);
    server.until("/v1/status", |reply| reply.json()["database"]["audited"] == true);
    for limit in [2, 500] {
        let kept = paged(&server, limit).into_iter().filter(|row| row["actor"] != "server");
        assert_eq!(kept.collect::<Vec<_>>(), *rows, "{limit}");
    }
}

/// The audit as a server tells it, read page by page.
fn paged(server: &Server, limit: usize) -> Vec<Value> {
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = server.get(&format!("/v1/audit?limit={limit}{cursor}")).json();
        assert!(page["items"].as_array().unwrap().len() <= limit);
        paged.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else { return paged };
        cursor = format!("&cursor={next}");
    }
}

#[test]
fn the_audit_is_asked_for_persons_things_words_and_times() {
    let team = history();
    let server = serve_without_records(&team);
    let found = |query: &str| {
        let reply = server.get(&format!("/v1/audit?{query}"));
        assert_eq!((reply.status, reply.header("cache-control")), (200, "no-store"), "{}", reply.body);
        let rows = reply.json()["items"].as_array().unwrap().clone();
        let line = |row: &serde_json::Value| format!("{} {} {}", row["actor"], row["action"], row["entity"]);
        format!("{query}: {}", rows.iter().map(line).collect::<Vec<_>>().join("; ").replace('"', ""))
    };
    let all = server.get("/v1/audit").json()["items"].as_array().unwrap().clone();
    let first = all.last().unwrap()["at"].as_str().unwrap().to_owned();
    let queries = [
        "actor=ana",
        "action=approve",
        "action=label_moved",
        "entity=triage@1.1.0",
        "entity=cleo",
        "action=landed&actor=cleo&limit=2",
        "actor=nobody",
        "since=2100-01-01T00:00:00Z",
        "until=2000-01-01T00:00:00Z",
    ];
    insta::assert_snapshot!(steady(&queries.map(found).join("\n").replace(';', " ;").replace(": \n", ": nothing\n")), @"
    actor=ana: ana request triage@1.1.0
    action=approve: cleo approve triage@1.1.0
    action=label_moved: cleo label_moved triage ; cleo label_moved triage
    entity=triage@1.1.0: cleo yanked triage@1.1.0 ; cleo arrived triage@1.1.0 ; cleo approve triage@1.1.0 ; cleo reject triage@1.1.0 ; ana request triage@1.1.0
    entity=cleo: dana added cleo
    action=landed&actor=cleo&limit=2: cleo landed COMMIT ; cleo landed COMMIT
    actor=nobody: nothing
    since=2100-01-01T00:00:00Z: nothing
    until=2000-01-01T00:00:00Z:
    ");
    assert_eq!(server.get(&format!("/v1/audit?since={first}")).json()["items"], serde_json::json!(all));
    insta::assert_snapshot!(server.get("/v1/audit?since=soon").json()["detail"], @r#""since: `soon` is no time: write 2026-11-22T14:02:00Z""#);
    insta::assert_snapshot!(server.get("/v1/audit?cursor=x").json()["detail"], @r#""cursor: give the `next_cursor` of the page before""#);
    assert_eq!(server.get(&format!("/v1/audit?cursor={0}.{0}.{0}", u64::MAX)).status, 200);
}

#[test]
fn a_decision_that_somebody_else_signed_is_told_as_done_by_the_key() {
    let team = pushed("ben", &[(NEW, "content: Anything.\n")]);
    decides(&team, "ben", NEW, "main", |_| {});
    decides(&team, "cleo", NEW, "main", |decision| {
        decision["registry"] = "11111111-1111-4111-8111-111111111111".into()
    });
    team.git(".", &["clone", "-q", "remote.git", "fresh"]);
    let rows = promptreg(&team.at("fresh"), &["audit", "--json", "--action", "approve"]).json();
    assert_eq!(
        rows.as_array().unwrap().len(),
        1,
        "what was decided on another registry is no part of this one's audit"
    );
    let key = fs::read_to_string(team.at("ben.pub")).unwrap();
    assert!(key.starts_with(rows[0]["actor"].as_str().unwrap()));
    assert_eq!((&rows[0]["details"]["claims_to_be"], rows[0]["details"].get("key")), (&"cleo".into(), None));
    let shown = promptreg(&team.at("fresh"), &["audit", "--action", "approve"]).stdout;
    insta::assert_snapshot!(shown.split_once("…  ").unwrap().1, @"approve version triage@1.1.0 (in the name of cleo, whose key it is not)");
}
