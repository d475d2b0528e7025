//! People without the right take nothing out of use, and undo nobody's approval.

use super::attacks::{NEW, decides, lands, outcome, released};
use crate::{
    harness::promptreg,
    walkthrough::{Team, settings},
};
use serde_json::json;
use std::fs;

const PROMPT: &str = "prompts/triage/prompt.yaml";
const CLEARER: &str = "description: Sorts all tickets.\nlabels: {production: 1.0.0}\n";
const BROKEN: &str = "description: Nothing.\nlabels: {production: 1.0.0}\n";

/// Somebody pushes a file to the default branch and takes it back with the next push.
fn lands_and_takes_back(team: &mut Team, who: &str, path: &str, text: &str) {
    let clone = format!("{who}-clone");
    team.git(&clone, &["switch", "-q", "main"]);
    team.git(&clone, &["pull", "-q"]);
    team.writes(who, "there", path, text);
    lands(team, who, "there");
    team.git(&clone, &["revert", "--no-edit", "HEAD"]);
    lands(team, who, "there");
}

#[test]
fn a_key_that_was_revoked_revokes_no_other_key() {
    let mut team = released();
    let cleo = fs::read_to_string(team.at("ben-clone").join("users/cleo.yaml")).unwrap();
    let gone = cleo.replace("signing_keys: [", "signing_keys: [{revoked: {reason: mine}, key: ").replace("\"]", "\"}]");
    team.writes("ben", "power", "users/cleo.yaml", &gone);
    lands(&team, "ben", "power");
    team.git("dana-clone", &["pull", "-q"]);
    assert_eq!(team.runs("dana", "keys revoke dana dana -m stolen"), 0, "{}", team.said);
    decides(&team, "dana", "users/cleo.yaml", "main", |decision| decision["by"] = json!("dana"));
    insta::assert_snapshot!(outcome(&team), @"exit 1, not covered: users/cleo.yaml; served: Sort this ticket. | Please sort this ticket.");
}

#[test]
fn a_key_that_was_revoked_takes_no_power_from_whoever_revoked_it() {
    let mut team = Team::new();

    let cleo = fs::read_to_string(team.at("ben-clone").join("users/cleo.yaml")).unwrap();
    let power = cleo.replace("approver", "admin");
    team.writes("ana", "power", "users/cleo.yaml", &power);
    team.git("ana-clone", &["push", "-q", "origin", "power"]);
    decides(&team, "dana", "users/cleo.yaml", "power", |decision| decision["by"] = json!("dana"));
    let base = team.git("remote.git", &["rev-parse", "main"]);
    lands(&team, "ana", "power");

    team.git("cleo-clone", &["pull", "-q"]);
    assert_eq!(team.runs("cleo", "keys revoke dana dana -m stolen"), 0, "{}", team.said);
    decides(&team, "dana", "users/cleo.yaml", "main", |decision| {
        decision["by"] = json!("dana");
        decision["decision"] = json!("reject");
        decision["base"] = json!(base);
    });
    team.writes("ben", "mine", NEW, "content: Anything.\n");
    lands(&team, "ben", "mine");
    decides(&team, "dana", NEW, "main", |decision| decision["by"] = json!("dana"));
    insta::assert_snapshot!(outcome(&team), @"exit 1, not covered: prompts/triage/1.1.0.yaml; served: Sort this ticket. | 404");
}

#[test]
fn who_approves_once_more_loses_no_approval_to_whoever_called_them_an_author() {
    let team = released();
    decides(&team, "ben", NEW, "main", |decision| {
        decision["by"] = json!("ben");
        decision["decision"] = json!("request");
        decision["authors"] = json!(["cleo", "dana"]);
    });
    decides(&team, "cleo", NEW, "main", |_| {});
    insta::assert_snapshot!(outcome(&team), @"exit 0, not covered: ; served: Sort this ticket. | Please sort this ticket.");
}

#[test]
fn an_approval_holds_though_somebody_pushes_something_else_in_between_and_takes_it_back() {
    let mut team = Team::new();
    team.writes("ana", "clear", PROMPT, CLEARER);
    team.git("ana-clone", &["push", "-q", "origin", "clear"]);
    decides(&team, "cleo", PROMPT, "clear", |_| {});
    lands_and_takes_back(&mut team, "ben", PROMPT, BROKEN);
    lands(&team, "ana", "clear");
    insta::assert_snapshot!(outcome(&team), @"exit 0, not covered: ; served: Sort this ticket. | 404");
}

#[test]
fn an_approval_of_what_comes_back_holds_though_somebody_pushes_in_between() {
    let mut team = Team::new();
    decides(&team, "cleo", PROMPT, "main", |decision| {
        decision["subjects"] = json!([{"path": PROMPT, "blob": null, "sha256": null}]);
    });
    team.git("ana-clone", &["rm", "-q", PROMPT]);
    team.git("ana-clone", &["commit", "-q", "-m", "gone"]);
    lands(&team, "ana", "main");
    team.writes("ana", "back", PROMPT, CLEARER);
    team.git("ana-clone", &["push", "-q", "origin", "back"]);
    decides(&team, "cleo", PROMPT, "back", |_| {});
    lands_and_takes_back(&mut team, "ben", PROMPT, BROKEN);
    lands(&team, "ana", "back");
    insta::assert_snapshot!(outcome(&team), @"exit 0, not covered: ; served: Sort this ticket. | 404");
}

#[test]
fn a_signed_commit_that_moves_nothing_needs_a_review() {
    let mut team = Team::new();
    team.writes("ben", "mine", PROMPT, "# Ask Ben.\ndescription: Sorts tickets.\nlabels: {production: 1.0.0}\n");
    team.git("ben-clone", &["commit", "-q", "--amend", "--no-edit", "-S"]);
    lands(&team, "ben", "mine");
    insta::assert_snapshot!(outcome(&team), @"exit 1, not covered: prompts/triage/prompt.yaml; served: Sort this ticket. | 404");
}

/// How a server follows a change that Ana pushed in Cleo's name too, which Cleo approved, landed by a merge or a squash.
fn co_authored(is_squashed: bool) -> (String, String) {
    let mut team = Team::new();
    team.writes("ana", "kinder", NEW, "content: Please sort this ticket.\n");
    let message = "kinder\n\nco-authored-by: Cleo <CLEO@example.org>\nCo-authored-by: Eve <eve@example.org>\n";
    team.git("ana-clone", &["commit", "-q", "--amend", "-m", message]);
    assert_eq!(team.runs("ana", "submit"), 0, "{}", team.said);
    let proposal = promptreg(&team.at("ana-clone"), &["proposals", "kinder", "--json"]).json();
    decides(&team, "cleo", NEW, "kinder", |_| {});
    team.git("dana-clone", &["fetch", "-q"]);
    let how = if is_squashed { "--squash" } else { "--no-ff" };
    team.git("dana-clone", &["merge", "-q", how, "origin/kinder"]);
    if is_squashed {
        team.git("dana-clone", &["commit", "-q", "-m", "squashed"]);
    }
    team.git("dana-clone", &["push", "-q", "origin", "main"]);
    (proposal["authors"].to_string(), outcome(&team))
}

#[test]
fn whoever_is_named_as_a_co_author_approves_not_their_own() {
    insta::assert_debug_snapshot!([co_authored(false), co_authored(true)], @r#"
    [
        (
            "[\"ana\",\"cleo\"]",
            "exit 1, not covered: prompts/triage/1.1.0.yaml; served: Sort this ticket. | 404",
        ),
        (
            "[\"ana\",\"cleo\"]",
            "exit 1, not covered: prompts/triage/1.1.0.yaml; served: Sort this ticket. | 404",
        ),
    ]
    "#);
}

/// Ana changes a file of the policy as Dana approves.
fn changes_policy(team: &mut Team, branch: &str, path: &str, text: &str) {
    team.git("ana-clone", &["switch", "-q", "main"]);
    team.git("ana-clone", &["pull", "-q"]);
    team.writes("ana", branch, path, text);
    team.git("ana-clone", &["push", "-q", "origin", branch]);
    decides(team, "dana", path, branch, |decision| decision["by"] = json!("dana"));
    lands(team, "ana", branch);
}

#[test]
fn a_witness_whose_key_was_revoked_vouches_for_nobody_any_more() {
    let mut team = Team::new();
    let read = |team: &Team, path: &str| fs::read_to_string(team.at("ana-clone").join(path)).unwrap();
    let cleo = read(&team, "users/cleo.yaml") + "forge_logins: {github: cleo-x}\n";
    changes_policy(&mut team, "login", "users/cleo.yaml", &cleo);
    // Ben's key stands for that of a server.
    let key = fs::read_to_string(team.at("ben").with_extension("pub")).unwrap();
    let witnessed = settings("verified") + &format!("witnesses = [\"{}\"]\n", key.trim());
    changes_policy(&mut team, "witness", "registry.toml", &witnessed);
    team.writes("ben", "mine", NEW, "content: Anything.\n");
    lands(&team, "ben", "mine");
    let log = team.git("remote.git", &["rev-parse", "promptreg/log"]);
    let revoked = format!("witnesses = [{{key = \"{}\", revoked = {{after = \"{log}\"}}}}]\n", key.trim());
    changes_policy(&mut team, "stolen", "registry.toml", &(settings("verified") + &revoked));
    decides(&team, "ben", NEW, "main", |decision| {
        let head = decision["base"].clone();
        decision["evidence"] =
            json!({"kind": "forge", "forge": "github", "change": 7, "login": "cleo-x", "head": head});
    });
    insta::assert_snapshot!(outcome(&team), @"exit 1, not covered: prompts/triage/1.1.0.yaml; served: Sort this ticket. | 404");
}
