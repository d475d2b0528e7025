//! Attacks on what is served under `verified`: each pushes what nobody stops, and none of it is handed out.

use crate::{
    harness::{Server, binary, promptreg},
    walkthrough::{Team, serve},
};
use promptreg::domain::{Decision, Digest};
use std::fs;

pub(super) const NEW: &str = "prompts/triage/1.1.0.yaml";

/// Who pushes their own branch straight to the default branch.
pub(super) fn lands(team: &Team, who: &str, branch: &str) {
    let clone = format!("{who}-clone");
    team.git(&clone, &["fetch", "-q"]);
    team.git(&clone, &["rebase", "-q", "origin/main", branch]);
    team.git(&clone, &["push", "-q", "origin", &format!("{branch}:main")]);
}

/// What a fresh clone proves, and what a server hands out of the newest version and the label.
pub(super) fn outcome(team: &Team) -> String {
    let clone = team.at("fresh");
    let _ = fs::remove_dir_all(&clone);
    team.git(".", &["clone", "-q", "remote.git", "fresh"]);
    let proof = promptreg(&clone, &["verify", "--json"]);
    let paths: Vec<String> = proof.json()["uncovered"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["path"].as_str().unwrap().to_owned())
        .collect();
    let server = serve(team);
    let reply = |path: &str| {
        let reply = server.get(path);
        if reply.status == 200 { reply.text() } else { reply.status.to_string() }
    };
    let (label, version) = (reply("/v1/prompts/triage"), reply("/v1/prompts/triage?version=1.1.0"));
    format!("exit {}, not covered: {}; served: {label} | {version}", proof.code, paths.join(" "))
}

/// A team of which somebody has pushed these files to the default branch, one commit each, without asking anybody.
pub(super) fn pushed(who: &str, files: &[(&str, &str)]) -> Team {
    let mut team = Team::new();
    for (path, text) in files {
        team.writes(who, "mine", path, text);
    }
    lands(&team, who, "mine");
    team
}

/// A team in which Ana's new version was approved and merged.
pub(super) fn released() -> Team {
    let mut team = Team::new();
    team.writes("ana", "kinder", NEW, "content: Please sort this ticket.\n");
    assert_eq!(team.runs("ana", "submit"), 0, "{}", team.said);
    for verb in ["approve kinder", "merge kinder"] {
        assert_eq!(team.runs("cleo", verb), 0, "{}", team.said);
    }
    team
}

/// Signs a decision on a file at a commit by a person's key, changed as is said, and pushes it to the log.
pub(super) fn decides(team: &Team, key: &str, path: &str, commit: &str, change: impl Fn(&mut serde_json::Value)) {
    let remote = "remote.git";
    let blob = team.git(remote, &["rev-parse", &format!("{commit}:{path}")]);
    let content = team.git(remote, &["cat-file", "blob", &blob]) + "\n";
    let base = team.git(remote, &["rev-parse", "main"]);
    let mut decision = serde_json::json!({
        "type": "promptreg/decision/v1", "registry": "6f0c5a8e-52f9-4bb0-9d1c-0d4c6c4c1f00", "decision": "approve", "base": base,
        "subjects": [{"path": path, "blob": blob, "sha256": Digest::of(content.as_bytes()).hex()}],
        "by": "cleo", "at": "2026-11-22T09:00:00Z", "evidence": {"kind": "self"},
    });
    change(&mut decision);
    let bytes = serde_json::from_value::<Decision>(decision).unwrap().to_bytes();
    let sum = Digest::of(&bytes).hex();
    let log = team.at("log");
    if !log.exists() {
        team.git(".", &["clone", "-q", remote, "log"]);
        if team.git("log", &["branch", "-r", "--list", "origin/promptreg/log"]).is_empty() {
            team.git("log", &["checkout", "-q", "--orphan", "promptreg/log"]);
            team.git("log", &["rm", "-rfq", "."]);
        } else {
            team.git("log", &["switch", "-q", "promptreg/log"]);
        }
        team.git("log", &["config", "user.name", "somebody"]);
        team.git("log", &["config", "user.email", "somebody@example.org"]);
    }
    let place = log.join("decisions").join(&sum[..2]);
    fs::create_dir_all(&place).unwrap();
    fs::write(place.join(format!("{sum}.json")), &bytes).unwrap();
    let file = place.join(format!("{sum}.sig"));
    let file = file.to_str().unwrap();
    let signed = place.join(format!("{sum}.json"));
    let mut keygen = std::process::Command::new("ssh-keygen");
    keygen.args(["-q", "-Y", "sign", "-n", "promptreg-decision", "-f"]).arg(team.at(key)).arg(&signed);
    assert!(keygen.stderr(std::process::Stdio::null()).status().unwrap().success());
    fs::rename(format!("{}.sig", signed.display()), file).unwrap();
    team.git("log", &["add", "-A"]);
    team.git("log", &["commit", "-q", "-m", "a decision"]);
    team.git("log", &["push", "-q", "origin", "promptreg/log"]);
}

#[test]
fn what_lands_unasked_is_served_once_an_approver_covers_it() {
    let team = pushed("ben", &[(NEW, "content: Anything.\n")]);
    decides(&team, "cleo", NEW, "main", |_| {});
    insta::assert_snapshot!(outcome(&team), @"exit 0, not covered: ; served: Sort this ticket. | Anything.");
}

#[test]
fn a_push_straight_to_the_default_branch_is_not_served() {
    let team = pushed(
        "ben",
        &[(NEW, "content: Anything.\n"), ("prompts/triage/prompt.yaml", "labels: {production: 1.1.0}\n")],
    );
    insta::assert_snapshot!(outcome(&team), @"exit 1, not covered: prompts/triage/prompt.yaml prompts/triage/1.1.0.yaml; served: Sort this ticket. | 404");
}

#[test]
fn who_makes_themselves_an_approver_approves_nothing() {
    let mut team = Team::new();
    let ben = fs::read_to_string(team.at("ben-clone").join("users/ben.yaml")).unwrap();
    team.writes("ana", "mine", NEW, "content: Anything.\n");
    lands(&team, "ana", "mine");
    team.writes("ben", "power", "users/ben.yaml", &ben.replace("contributor", "approver, admin"));
    lands(&team, "ben", "power");
    decides(&team, "ben", NEW, "main", |decision| decision["by"] = "ben".into());
    decides(&team, "ben", "users/ben.yaml", "main", |decision| decision["by"] = "ben".into());
    insta::assert_snapshot!(outcome(&team), @"exit 1, not covered: prompts/triage/1.1.0.yaml users/ben.yaml; served: Sort this ticket. | 404");
}

#[test]
fn who_gives_an_approver_their_own_key_approves_nothing() {
    let mut team = Team::new();
    let (cleo, key) = (team.at("ben-clone").join("users/cleo.yaml"), team.at("ben").with_extension("pub"));
    let (cleo, key) = (fs::read_to_string(cleo).unwrap(), fs::read_to_string(key).unwrap());
    team.writes(
        "ben",
        "mine",
        "users/cleo.yaml",
        &cleo.replace("signing_keys: [", &format!("signing_keys: [\"{}\", ", key.trim())),
    );
    team.writes("ben", "mine", NEW, "content: Anything.\n");
    lands(&team, "ben", "mine");
    decides(&team, "ben", NEW, "main", |_| {});
    insta::assert_snapshot!(outcome(&team), @"exit 1, not covered: prompts/triage/1.1.0.yaml users/cleo.yaml; served: Sort this ticket. | 404");
}

#[test]
fn settings_that_ask_for_less_do_not_cover_what_comes_with_them() {
    let settings = |text: &str| {
        format!("[registry]\nname = \"acme\"\nid = \"6f0c5a8e-52f9-4bb0-9d1c-0d4c6c4c1f00\"\n\n[approval]\n{text}\n")
    };
    for text in ["mode = \"merge\"", "mode = \"verified\"\nrequired = 0"] {
        let team = pushed("ben", &[("registry.toml", &settings(text)), (NEW, "content: Anything.\n")]);
        insta::allow_duplicates! { insta::assert_snapshot!(outcome(&team), @"exit 1, not covered: registry.toml prompts/triage/1.1.0.yaml; served: Sort this ticket. | 404"); }
    }
}

#[test]
fn a_trailer_is_no_approval() {
    let mut team = Team::new();
    team.writes("ben", "mine", NEW, "content: Anything.\n");
    let message = "kinder\n\nApproved-by: Cleo <cleo@example.org>\nReviewed-by: cleo";
    team.git("ben-clone", &["commit", "-q", "--amend", "-m", message]);
    lands(&team, "ben", "mine");
    insta::assert_snapshot!(outcome(&team), @"exit 1, not covered: prompts/triage/1.1.0.yaml; served: Sort this ticket. | 404");
}

#[test]
fn an_approval_counts_for_its_registry_path_and_content_alone() {
    let team = pushed("ben", &[("prompts/triage/1.0.1.yaml", "content: Anything.\n"), (NEW, "content: Anything.\n")]);
    decides(&team, "cleo", NEW, "main", |decision| {
        decision["registry"] = "11111111-1111-4111-8111-111111111111".into()
    });
    decides(&team, "cleo", "prompts/triage/1.0.1.yaml", "main", |_| {});
    decides(&team, "cleo", NEW, "main", |decision| decision["subjects"][0]["blob"] = "1".repeat(40).into());
    insta::assert_snapshot!(outcome(&team), @"exit 1, not covered: prompts/triage/1.1.0.yaml; served: Sort this ticket. | 404");
}

#[test]
fn whoever_signs_speaks_for_nobody_else() {
    let team = pushed("ben", &[(NEW, "content: Anything.\n")]);
    decides(&team, "ben", NEW, "main", |_| {});
    decides(&team, "dana", NEW, "main", |_| {});
    insta::assert_snapshot!(outcome(&team), @"exit 1, not covered: prompts/triage/1.1.0.yaml; served: Sort this ticket. | 404");
}

#[test]
fn a_log_that_does_more_than_grow_is_believed_up_to_there() {
    let team = released();
    let kept = outcome(&team);
    decides(&team, "cleo", "prompts/triage/1.0.0.yaml", "main", |_| {});
    let files = team.git("log", &["ls-files", "*.json"]);
    for (number, file) in files.lines().enumerate() {
        let (path, text) = (team.at("log").join(file), fs::read_to_string(team.at("log").join(file)).unwrap());
        if number == 0 {
            fs::write(&path, text.replace("approve", "reject ")).unwrap()
        } else {
            fs::remove_file(&path).unwrap()
        }
    }
    team.git("log", &["commit", "-q", "-a", "-m", "nothing to see here"]);
    team.git("log", &["push", "-q", "origin", "promptreg/log"]);
    insta::assert_snapshot!(format!("{kept}\n{}", outcome(&team)), @"
    exit 0, not covered: ; served: Sort this ticket. | Please sort this ticket.
    exit 1, not covered: ; served: Sort this ticket. | Please sort this ticket.
    ");
}

#[test]
fn a_version_that_was_approved_is_served_whatever_becomes_of_its_file() {
    for text in [Some("content: Anything.\n"), None] {
        let mut team = released();
        team.git("ben-clone", &["pull", "-q"]);
        match text {
            Some(text) => team.writes("ben", "mine", NEW, text),
            None => {
                team.git("ben-clone", &["switch", "-q", "-c", "mine"]);
                team.git("ben-clone", &["rm", "-q", NEW]);
                team.git("ben-clone", &["commit", "-q", "-m", "gone"]);
            }
        }
        lands(&team, "ben", "mine");
        insta::allow_duplicates! { insta::assert_snapshot!(outcome(&team).split("; ").last().unwrap(), @"served: Sort this ticket. | Please sort this ticket."); }
    }
}

#[test]
fn a_label_does_not_lead_to_what_is_not_approved() {
    let mut team = pushed("ana", &[(NEW, "content: Anything.\n")]);
    team.git("cleo-clone", &["pull", "-q"]);
    team.writes(
        "cleo",
        "label",
        "prompts/triage/prompt.yaml",
        "description: Sorts tickets.\nlabels: {production: 1.1.0}\n",
    );
    team.git("cleo-clone", &["commit", "-q", "--amend", "--no-edit", "-S"]);
    team.git("cleo-clone", &["push", "-q", "origin", "label:main"]);
    insta::assert_snapshot!(outcome(&team).split("; ").last().unwrap(), @"served: Sort this ticket. | 404");
}

#[test]
fn what_is_no_plain_file_is_not_served_even_if_somebody_approves_it() {
    let mut team = Team::new();
    team.writes("ben", "mine", NEW, "content: Anything.\n");
    team.git("ben-clone", &["update-index", "--chmod=+x", NEW]);
    team.git("ben-clone", &["commit", "-q", "--amend", "--no-edit"]);
    team.git("ben-clone", &["checkout", "-q", "--", "."]);
    lands(&team, "ben", "mine");
    decides(&team, "cleo", NEW, "main", |_| {});
    insta::assert_snapshot!(outcome(&team).split("; ").last().unwrap(), @"served: Sort this ticket. | 404");
}

#[test]
fn a_key_that_was_revoked_covers_nothing_that_it_signs_after() {
    let mut team = released();
    team.git("cleo-clone", &["switch", "-q", "main"]);
    team.git("cleo-clone", &["pull", "-q"]);
    assert_eq!(team.runs("cleo", "keys revoke cleo cleo -m stolen"), 0, "{}", team.said);
    team.writes("ben", "mine", "prompts/triage/1.2.0.yaml", "content: Anything.\n");
    lands(&team, "ben", "mine");
    decides(&team, "cleo", "prompts/triage/1.2.0.yaml", "main", |_| {});
    insta::assert_snapshot!(outcome(&team), @"exit 1, not covered: prompts/triage/1.2.0.yaml; served: Sort this ticket. | Please sort this ticket.");
}

#[test]
fn nobody_takes_an_approval_from_those_who_gave_it_by_calling_them_authors() {
    let team = released();
    decides(&team, "ben", NEW, "main", |decision| {
        decision["by"] = "ben".into();
        decision["decision"] = "request".into();
        decision["authors"] = serde_json::json!(["cleo", "dana"]);
    });
    insta::assert_snapshot!(outcome(&team), @"exit 0, not covered: ; served: Sort this ticket. | Please sort this ticket.");
}

#[test]
fn a_rejection_by_somebody_who_may_not_decide_blocks_nothing() {
    let mut team = Team::new();
    team.writes("ana", "kinder", NEW, "content: Please sort this ticket.\n");
    assert_eq!(team.runs("ana", "submit"), 0, "{}", team.said);
    decides(&team, "ben", NEW, "kinder", |decision| {
        decision["by"] = "ben".into();
        decision["decision"] = "reject".into();
    });
    for verb in ["approve kinder", "merge kinder"] {
        assert_eq!(team.runs("cleo", verb), 0, "{}", team.said);
    }
    insta::assert_snapshot!(outcome(&team), @"exit 0, not covered: ; served: Sort this ticket. | Please sort this ticket.");
}

#[test]
fn a_log_that_was_rewritten_while_the_server_was_down_is_noticed() {
    let team = released();
    let (remote, data) = (team.at("remote.git"), team.at("data"));
    let run = || {
        let args = ["serve", "--listen", "127.0.0.1:0", "--registry", remote.to_str().unwrap(), "--data"];
        Server::run(binary(&remote).args(args).arg(&data))
    };
    drop(run());
    for how in ["refs/heads/main", ""] {
        match how {
            "" => team.git("remote.git", &["update-ref", "-d", "refs/heads/promptreg/log"]),
            other => team.git("remote.git", &["update-ref", "refs/heads/promptreg/log", other]),
        };
        let server = run();
        assert_eq!(server.get("/v1/prompts/triage?version=1.1.0").text(), "Please sort this ticket.");
        let faults = server.get("/v1/status").json()["approval"]["faults"].to_string();
        assert!(faults.contains("still counts"), "{faults}");
    }
}
