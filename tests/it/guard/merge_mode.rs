//! With `mode = "merge"` being on the default branch is the approval, and the guard only says what will not be served.

use super::{install, push};
use crate::walkthrough::Team;
use std::fs;

/// A team in whose registry being on the default branch is enough.
fn trusting() -> Team {
    let mut team = Team::new();
    let settings = fs::read_to_string(team.at("dana-clone/registry.toml")).unwrap();
    team.writes("dana", "trust", "registry.toml", &settings.replace("verified", "merge"));
    // The remote itself is what counts, so it begins anew with that.
    let root = team.git("dana-clone", &["commit-tree", "-m", "the registry", "trust^{tree}"]);
    team.git("dana-clone", &["push", "-q", "-f", "origin", &format!("{root}:main")]);
    for who in ["ana", "ben", "cleo", "dana"] {
        let clone = format!("{who}-clone");
        team.git(&clone, &["switch", "-q", "main"]);
        team.git(&clone, &["fetch", "-q"]);
        team.git(&clone, &["reset", "-q", "--hard", "origin/main"]);
    }
    install(&team);
    team
}

#[test]
fn a_push_to_the_default_branch_lands_and_what_will_not_be_served_is_noted() {
    let mut team = trusting();
    team.writes("ana", "main", "prompts/triage/1.1.0.yaml", "content: Please sort this ticket.\n");
    assert_eq!(push(&team, "ana", &["main"]), (true, String::new()));
    team.writes("ana", "main", "prompts/triage/1.2.0.yaml", "content: [Please\nsort: this\n");
    team.writes("ana", "main", "prompts/triage/prompt.yaml", "description: Sorts.\nlabels: {production: 3.0.0}\n");
    let (landed, said) = push(&team, "ana", &["main"]);
    insta::assert_snapshot!(said, @"
    promptreg: this will not be served as it is:
      prompts/triage/1.2.0.yaml:2: this is not YAML: illegal placement of ':' indicator
      prompts/triage/prompt.yaml:2: the label `production` names version 3.0.0, which is not there
        there is `1.2.0`, `1.1.0`, `1.0.0`
    ");
    assert!(landed);
    // What was told before is not told again.
    team.writes("ana", "main", "README.md", "Hello.\n");
    assert_eq!(push(&team, "ana", &["main"]), (true, String::new()));
}

#[test]
fn a_version_that_was_served_is_neither_changed_nor_removed() {
    let mut team = trusting();
    team.writes("ana", "main", "prompts/triage/1.0.0.yaml", "content: Sort this ticket badly.\n");
    let (landed, said) = push(&team, "ana", &["main"]);
    insta::assert_snapshot!(said, @"
    promptreg: refused, nothing of this push has landed:
      prompts/triage/1.0.0.yaml: this version was changed after it reached the default branch; its approved content is still served
        put it back, and make a new version with `promptreg bump`; to withdraw it, name it under `yanked` or `revoked` in prompt.yaml
    ");
    assert!(!landed);
    team.git("ana-clone", &["rm", "-q", "prompts/triage/1.0.0.yaml"]);
    team.git("ana-clone", &["commit", "-q", "-m", "away"]);
    let (landed, said) = push(&team, "ana", &["main"]);
    insta::assert_snapshot!(said, @"
    promptreg: refused, nothing of this push has landed:
      prompts/triage/1.0.0.yaml: this version was removed after it reached the default branch; its approved content is still served
        put it back; to withdraw it, name it under `yanked` or `revoked` in prompt.yaml
    ");
    assert!(!landed);
    // With the whole prompt it may go, and it may move.
    team.git("ana-clone", &["reset", "-q", "--hard", "origin/main"]);
    fs::create_dir_all(team.at("ana-clone/prompts/support")).unwrap();
    team.git("ana-clone", &["mv", "prompts/triage", "prompts/support/triage"]);
    team.git("ana-clone", &["commit", "-q", "-m", "moved"]);
    assert_eq!(push(&team, "ana", &["main"]), (true, String::new()));
    team.git("ana-clone", &["rm", "-q", "-r", "prompts/support/triage"]);
    team.git("ana-clone", &["commit", "-q", "-m", "gone"]);
    assert_eq!(push(&team, "ana", &["main"]), (true, String::new()));
}

#[test]
fn history_is_not_rewritten_and_the_branch_not_deleted() {
    let mut team = trusting();
    team.git("remote.git", &["config", "receive.denyDeleteCurrent", "ignore"]);
    let (landed, said) = push(&team, "ana", &[":main"]);
    insta::assert_snapshot!(said, @"
    promptreg: refused, nothing of this push has landed:
      main: the default branch may not be deleted
        delete other branches only
    ");
    assert!(!landed);
    team.git("ana-clone", &["commit", "-q", "--amend", "-m", "another registry"]);
    let (landed, said) = push(&team, "ana", &["--force", "main"]);
    insta::assert_snapshot!(said, @"
    promptreg: refused, nothing of this push has landed:
      main: it does not come after what is there, `COMMIT`: history is never rewritten
        `git fetch origin`, `git rebase origin/main`, and push again
    ");
    assert!(!landed);
    // A fast-forward for Git, in which what was there first comes second.
    team.git("ana-clone", &["reset", "-q", "--hard", "origin/main"]);
    team.git("ana-clone", &["switch", "-q", "--orphan", "late"]);
    team.git("ana-clone", &["commit", "-q", "--allow-empty", "-m", "late"]);
    team.git("ana-clone", &["merge", "-q", "--allow-unrelated-histories", "-m", "the wrong way round", "origin/main"]);
    let (landed, said) = push(&team, "ana", &["late:main"]);
    insta::assert_snapshot!(said, @"
    promptreg: refused, nothing of this push has landed:
      main: what is there, `COMMIT`, was merged into what is pushed, and has to come first on its line
        `git fetch origin`, `git rebase origin/main`, and push again
    ");
    assert!(!landed);
    // A name that stands for the default branch is the default branch.
    team.git("remote.git", &["symbolic-ref", "refs/heads/latest", "refs/heads/main"]);
    assert!(!push(&team, "ana", &["--force", "late:latest"]).0);
    team.writes("ana", "kinder", "README.md", "Hello.\n");
}

#[test]
fn no_push_makes_another_branch_the_default_one_or_is_taken_for_what_the_server_noted() {
    let mut team = trusting();
    let settings = fs::read_to_string(team.at("ana-clone/registry.toml")).unwrap();
    let named = settings.replace("[approval]", "default_branch = \"release\"\n\n[approval]");
    team.writes("ana", "release", "registry.toml", &named);
    assert_eq!(push(&team, "ana", &["release"]), (true, String::new()));
    let (landed, said) = push(&team, "ana", &["release:main"]);
    insta::assert_snapshot!(said, @"
    promptreg: refused, nothing of this push has landed:
      release: with this push it would be the default branch, in the place of `main`
        no push changes which branch counts: whoever runs the server does, without this hook
    ");
    assert!(!landed);
    let all = ["main:refs/remotes/origin/promptreg/log", "main:refs/promptreg/served"];
    let (landed, said) = push(&team, "ana", &all);
    insta::assert_snapshot!(said, @"
    promptreg: refused, nothing of this push has landed:
      refs/promptreg/served: refs/promptreg/ is where this server itself notes what it knows
      refs/remotes/origin/promptreg/log: refs/remotes/origin/ is where this server itself notes what it knows
        push branches, as `git push origin BRANCH` does; no `--mirror` of a clone
    ");
    assert!(!landed);
}
