//! What is said after something landed: what it covers, and what it does not take away.

use super::attacks::{NEW, decides, lands, outcome, pushed, released};
use crate::walkthrough::{Team, settings};
use serde_json::json;

const PROMPT: &str = "prompts/triage/prompt.yaml";
const MOVED: &str = "description: Sorts all tickets.\nlabels: {production: 1.0.0}\n";

#[test]
fn a_late_approval_counts_though_something_else_has_landed_since() {
    let mut team = pushed("ben", &[(PROMPT, MOVED)]);
    team.writes("dana", "notes", "README.md", "Prompts of acme.\n");
    lands(&team, "dana", "notes");
    team.git("cleo-clone", &["pull", "-q"]);
    assert_eq!(team.runs("cleo", "approve main"), 0, "{}", team.said);
    insta::assert_snapshot!(outcome(&team), @"exit 0, not covered: ; served: Sort this ticket. | 404");
}

#[test]
fn what_was_taken_back_from_the_default_branch_is_not_served_by_a_late_approval() {
    let mut team = pushed("ben", &[(NEW, "content: Anything.\n")]);
    team.git("ben-clone", &["revert", "--no-edit", "HEAD"]);
    lands(&team, "ben", "mine");
    team.writes("ben", "again", NEW, "content: Anything.\n");
    team.git("ben-clone", &["push", "-q", "origin", "again"]);
    team.git("cleo-clone", &["pull", "-q"]);
    assert_eq!(team.runs("cleo", "approve again"), 0, "{}", team.said);
    insta::assert_snapshot!(outcome(&team), @"exit 0, not covered: ; served: Sort this ticket. | 404");
}

#[test]
fn a_version_stays_what_it_was_when_it_was_covered() {
    let team = pushed("ben", &[(NEW, "content: Anything.\n"), (NEW, "content: Something.\n")]);
    decides(&team, "cleo", NEW, "main", |_| {});
    let before = outcome(&team);
    decides(&team, "cleo", NEW, "main~1", |_| {});
    insta::assert_snapshot!(format!("{before}\n{}", outcome(&team)), @"
    exit 0, not covered: ; served: Sort this ticket. | Something.
    exit 0, not covered: ; served: Sort this ticket. | Something.
    ");
}

#[test]
fn who_has_seen_that_it_landed_rejects_too_late() {
    let team = released();
    decides(&team, "dana", NEW, "main", |decision| {
        decision["by"] = json!("dana");
        decision["decision"] = json!("reject");
    });
    decides(&team, "cleo", NEW, "main", |decision| decision["decision"] = json!("withdraw"));
    insta::assert_snapshot!(outcome(&team), @"exit 0, not covered: ; served: Sort this ticket. | Please sort this ticket.");
}

#[test]
fn limits_that_nobody_approved_bind_nothing() {
    let small = settings("verified") + "\n[limits]\nfile_bytes = 1024\n";
    let mut team = pushed("ben", &[("registry.toml", &small)]);
    let long = format!("content: {}\n", "Sort. ".repeat(300).trim());
    team.writes("ana", "long", NEW, &long);
    lands(&team, "ana", "long");
    decides(&team, "cleo", NEW, "main", |_| {});
    let outcome = outcome(&team);
    assert!(
        outcome.starts_with("exit 1, not covered: registry.toml; served: Sort this ticket. | Sort. Sort."),
        "{outcome}"
    );
}

#[test]
fn approvals_from_before_the_gate_was_shut_cover_no_return() {
    let mut team = Team::in_mode("merge");
    let other = "description: Sorts some tickets.\nlabels: {production: 1.0.0}\n";
    for (branch, text) in [("one", MOVED), ("two", other)] {
        team.git("ana-clone", &["switch", "-q", "main"]);
        team.git("ana-clone", &["pull", "-q"]);
        team.writes("ana", branch, PROMPT, text);
        lands(&team, "ana", branch);
        decides(&team, "cleo", PROMPT, "main", |_| {});
    }
    team.writes("dana", "shut", "registry.toml", &settings("verified"));
    lands(&team, "dana", "shut");
    team.git("ben-clone", &["pull", "-q"]);
    team.writes("ben", "back", PROMPT, MOVED);
    lands(&team, "ben", "back");
    insta::assert_snapshot!(outcome(&team), @"exit 1, not covered: prompts/triage/prompt.yaml; served: Sort this ticket. | 404");
}
