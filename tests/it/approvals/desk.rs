//! What people are told at their clones where something stands in the way.

use super::attacks::{NEW, decides, lands, pushed};
use crate::walkthrough::{Team, steady};
use std::fs;

#[test]
fn a_merge_that_would_bring_what_nobody_approved_is_refused() {
    let long = |first: &str, last: &str| {
        format!(
            "description: {first}\nowner: ana\ncategory: support\ntags: []\nlabels: {{production: 1.0.0}}\naliases: [{last}]\n"
        )
    };
    let mut team = pushed("ana", &[("prompts/triage/prompt.yaml", &long("Sorts tickets.", "sort"))]);
    team.git("cleo-clone", &["pull", "-q"]);
    team.runs("cleo", "approve main");
    for who in ["ana", "ben"] {
        team.git(&format!("{who}-clone"), &["switch", "-q", "main"]);
        team.git(&format!("{who}-clone"), &["pull", "-q"]);
    }
    team.writes("ana", "first", "prompts/triage/prompt.yaml", &long("Sorts all tickets.", "sort"));
    team.writes("ben", "last", "prompts/triage/prompt.yaml", &long("Sorts tickets.", "sorter"));
    team.said.clear();
    team.runs("ana", "submit");
    team.runs("ben", "submit");
    for verb in ["approve first", "merge first", "approve last", "merge last"] {
        team.runs("cleo", verb);
    }
    insta::assert_snapshot!(steady(&team.said), @"
    ana$ promptreg submit
    ana asks for the approval of `first` (pushed to origin):
      pending_approval prompts/triage/prompt.yaml
                       it has 0 of 1 approval; cleo, dana may approve
    `promptreg withdraw first` takes the request back
    ben$ promptreg submit
    ben asks for the approval of `last` (pushed to origin):
      pending_approval prompts/triage/prompt.yaml
                       it has 0 of 1 approval; cleo, dana may approve
    `promptreg withdraw last` takes the request back
    cleo$ promptreg approve first
    cleo approves `first`:
      approved         prompts/triage/prompt.yaml
    it can be merged: `promptreg merge first`
    cleo$ promptreg merge first
    `first` is merged into `main` as COMMIT
    to undo it, propose `git revert -m 1 COMMIT`
    cleo$ promptreg approve last
    cleo approves `last`:
      approved         prompts/triage/prompt.yaml
                       the default branch has changed this file too
    it can be merged: `promptreg merge last`
    cleo$ promptreg merge last
    error: `main` has changed prompts/triage/prompt.yaml too, and merged it would be what nobody approved: merge `main` into `last`, and submit it again
    exit code 3
    ");
}

#[test]
fn what_is_no_plain_file_cannot_be_approved() {
    let mut team = Team::new();
    team.writes("ben", "mine", NEW, "content: Anything.\n");
    team.git("ben-clone", &["update-index", "--chmod=+x", NEW]);
    team.git("ben-clone", &["commit", "-q", "--amend", "--no-edit"]);
    team.git("ben-clone", &["checkout", "-q", "--", "."]);
    lands(&team, "ben", "mine");
    team.git("cleo-clone", &["pull", "-q"]);
    team.said.clear();
    team.runs("cleo", "approve main");
    insta::assert_snapshot!(steady(&team.said), @"
    cleo$ promptreg approve main
    error: there is nothing to approve in `main`: it is executable: make it a plain file with `git update-index --chmod=-x`
    exit code 3
    ");
}

#[test]
fn nothing_is_decided_while_the_log_is_broken() {
    let mut team = pushed("ben", &[(NEW, "content: Anything.\n")]);
    decides(&team, "dana", NEW, "main", |decision| decision["decision"] = "request".into());
    fs::write(team.at("log").join("README.md"), "stray\n").unwrap();
    team.git("log", &["add", "-A"]);
    team.git("log", &["commit", "-q", "-m", "stray"]);
    team.git("log", &["push", "-q", "origin", "promptreg/log"]);
    team.git("cleo-clone", &["pull", "-q"]);
    team.said.clear();
    team.runs("cleo", "approve main");
    let good = team.git("remote.git", &["rev-parse", "promptreg/log~1"]);
    insta::assert_snapshot!(steady(&team.said.replace(&good, "GOOD")), @"
    cleo$ promptreg approve main
    error: promptreg/log is broken, and nothing that is said now would count (it adds README.md, which is no plain file of a decision: commit COMMIT and all after it count for nothing): have an administrator put it back with `git push --force origin GOOD:promptreg/log`
    exit code 3
    ");
}

#[test]
fn what_takes_a_version_out_of_use_is_not_weakened_unasked() {
    let mut team = Team::new();
    for verb in [
        "deprecate triage 1.0.0 -m old",
        "promote triage 1.0.0 --label staging",
        "revoke triage 1.0.0 -m leak",
        "deprecate triage 1.0.0 -m old",
        "restore triage 1.0.0",
    ] {
        team.runs("cleo", verb);
    }
    insta::assert_snapshot!(steady(&team.said), @"
    cleo$ promptreg deprecate triage 1.0.0 -m old
    triage@1.0.0 is deprecated: cleo did it with commit COMMIT
    `promptreg restore triage 1.0.0` undoes it
    cleo$ promptreg promote triage 1.0.0 --label staging
    triage:staging is 1.0.0: cleo did it with commit COMMIT
    `staging` is new there; before there was `production`
    cleo$ promptreg revoke triage 1.0.0 -m leak
    triage@1.0.0 is revoked: cleo did it with commit COMMIT
    `promptreg restore triage 1.0.0`, then `promptreg deprecate triage 1.0.0 -m 'old'` undo it
    `production` and `staging` pointed to it, and nothing is handed out there now: move it with `promptreg promote triage VERSION`
    cleo$ promptreg deprecate triage 1.0.0 -m old
    error: triage@1.0.0 is revoked (leak), which is more: `promptreg restore triage 1.0.0` it first
    exit code 3
    cleo$ promptreg restore triage 1.0.0
    triage@1.0.0 is in use again: cleo did it with commit COMMIT
    `promptreg revoke triage 1.0.0 -m '…'` undoes it
    ");
}

#[test]
fn a_branch_that_was_moved_back_is_submitted_under_another_name() {
    let mut team = Team::new();
    team.writes("ana", "kinder", NEW, "content: Please sort this ticket.\n");
    team.runs("ana", "submit");
    team.said.clear();
    team.git("ana-clone", &["commit", "-q", "--amend", "-m", "another message"]);
    team.runs("ana", "submit");
    insta::assert_snapshot!(steady(&team.said), @"
    ana$ promptreg submit
    error: `kinder` on origin has commits that yours has not: `git pull --rebase origin kinder` brings them; if you amended or rebased them yourself, `git push --force-with-lease origin kinder`; then submit again
    exit code 3
    ");
}

#[test]
fn nobody_approves_what_came_after_they_looked() {
    let mut team = Team::new();
    team.writes("ana", "kinder", NEW, "content: Please sort this ticket.\n");
    team.runs("ana", "submit");
    team.runs("cleo", "proposals");
    team.writes("ana", "kinder", NEW, "content: Send me this ticket.\n");
    team.runs("ana", "submit");
    team.said.clear();
    assert_eq!(team.runs("cleo", "approve kinder"), 3);
    assert_eq!(team.runs("cleo", "approve kinder"), 0);
    insta::assert_snapshot!(steady(&team.said), @"
    cleo$ promptreg approve kinder
    error: `kinder` has moved since you fetched it last: see `git diff COMMIT COMMIT`, then run this again
    exit code 3
    cleo$ promptreg approve kinder
    cleo approves `kinder`:
      approved         prompts/triage/1.1.0.yaml
    it can be merged: `promptreg merge kinder`
    ");
}

#[test]
fn what_was_said_of_a_removal_is_not_said_of_what_is_no_plain_file() {
    let mut team = Team::new();
    let path = "prompts/triage/prompt.yaml";
    team.git("ana-clone", &["switch", "-q", "-c", "gone"]);
    team.git("ana-clone", &["rm", "-q", path]);
    team.git("ana-clone", &["commit", "-q", "-m", "gone"]);
    team.runs("ana", "submit");
    team.runs("cleo", "approve gone");
    team.git("ben-clone", &["switch", "-q", "-c", "mode"]);
    team.git("ben-clone", &["update-index", "--chmod=+x", path]);
    team.git("ben-clone", &["commit", "-q", "-m", "a mode"]);
    team.said.clear();
    for (who, verb) in [("ben", "submit"), ("cleo", "proposals mode"), ("cleo", "reject mode"), ("cleo", "merge mode")]
    {
        team.runs(who, verb);
    }
    insta::assert_snapshot!(steady(&team.said), @"
    ben$ promptreg submit
    error: there is nothing to request in `mode`: it is executable: make it a plain file with `git update-index --chmod=-x`
    exit code 3
    cleo$ promptreg proposals mode
    mode is draft: a mode
      at COMMIT by ana
      draft            prompts/triage/prompt.yaml
                       it is executable: make it a plain file with `git update-index --chmod=-x`
    cleo$ promptreg reject mode
    error: there is nothing to reject in `mode`: it is executable: make it a plain file with `git update-index --chmod=-x`
    exit code 3
    cleo$ promptreg merge mode
    error: prompts/triage/prompt.yaml is not approved: it is executable: make it a plain file with `git update-index --chmod=-x`
    exit code 3
    ");
}

#[test]
fn a_submission_says_what_is_not_in_it() {
    let mut team = Team::new();
    team.writes("ana", "kinder", NEW, "content: Please sort this ticket.\n");
    fs::write(team.at("ana-clone/prompts/triage/1.2.0.yaml"), "content: Kindly sort this ticket.\n").unwrap();
    team.said.clear();
    team.runs("ana", "submit");
    insta::assert_snapshot!(steady(&team.said), @"
    ana$ promptreg submit
    ana asks for the approval of `kinder` (pushed to origin):
      pending_approval prompts/triage/1.1.0.yaml
                       it has 0 of 1 approval; cleo, dana may approve
    `promptreg withdraw kinder` takes the request back
    not submitted: what is changed or new in your work tree and in no commit; see `git status`
    ");
}
