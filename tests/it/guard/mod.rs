//! The guard of a plain Git server, met by real pushes.

mod attacks;
mod hook;
mod merge_mode;
mod over_http;
mod over_ssh;

use crate::{
    harness::promptreg,
    walkthrough::{Team, steady},
};
use std::{
    path::PathBuf,
    process::{Command, Output},
};

/// A team whose remote has the guard.
fn guarded() -> Team {
    let team = Team::new();
    install(&team);
    team
}

fn install(team: &Team) {
    let installed = promptreg(&team.at("."), &["guard", "--install", "remote.git"]);
    assert_eq!(installed.code, 0, "{}", installed.all());
}

/// A command of Git in somebody's clone.
fn git(team: &Team, who: &str) -> Command {
    let mut git = Command::new("git");
    git.current_dir(team.at(&format!("{who}-clone")))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("LC_ALL", "C")
        .env("HOME", team.at("."));
    git
}

/// Whether a push landed, and what the server said of it.
fn told(output: &Output) -> (bool, String) {
    let error = String::from_utf8_lossy(&output.stderr);
    let lines = error.lines().filter_map(|line| line.strip_prefix("remote: ")).map(str::trim_end);
    let decision = regex::Regex::new("decisions/[0-9a-f]{2}/[0-9a-f]{64}").unwrap();
    let steady = |line| decision.replace_all(&steady(line), "decisions/AA/ID").replace('\u{1b}', "ESC");
    let lines: Vec<String> = lines.map(steady).collect();
    assert!(output.status.success() || error.contains("rejected"), "{error}");
    (output.status.success(), lines.join("\n"))
}

/// Pushes from somebody's clone: whether it landed, and what the server said of it.
fn push(team: &Team, who: &str, refs: &[&str]) -> (bool, String) {
    told(&git(team, who).args(["push", "-q", "origin"]).args(refs).output().unwrap())
}

/// Everything in the remote that a push could have left behind: refs and objects.
fn left(team: &Team) -> (String, Vec<PathBuf>) {
    let remote = team.at("remote.git");
    let files = crate::harness::files_in(&remote.join("objects"));
    (team.git("remote.git", &["for-each-ref"]), files)
}

fn draft(team: &mut Team) {
    team.writes("ana", "kinder", "prompts/triage/1.1.0.yaml", "content: Please sort this ticket.\n");
}

#[test]
fn a_push_straight_to_the_default_branch_is_refused_and_leaves_nothing() {
    let mut team = guarded();
    draft(&mut team);
    let before = left(&team);
    let (landed, said) = push(&team, "ana", &["kinder:main"]);
    insta::assert_snapshot!(said, @"
    promptreg: refused, nothing of this push has landed:
      prompts/triage/1.1.0.yaml: it has 0 of 1 approval; cleo or dana may approve it
        push it as a branch and ask: `git push origin HEAD:refs/heads/NAME`, `promptreg submit NAME`
    ");
    assert!(!landed);
    assert_eq!(left(&team), before);
    // Any other branch and any tag is free.
    assert_eq!(push(&team, "ana", &["kinder:refs/heads/any", "kinder:refs/tags/v1"]), (true, String::new()));
    assert_eq!(push(&team, "ana", &[":any"]), (true, String::new()));
}

#[test]
fn what_was_asked_for_says_who_is_waited_for_and_lands_once_it_is_approved() {
    let mut team = guarded();
    draft(&mut team);
    assert_eq!(team.runs("ana", "submit"), 0, "{}", team.said);
    let (landed, said) = push(&team, "ana", &["kinder:main"]);
    insta::assert_snapshot!(said, @"
    promptreg: refused, nothing of this push has landed:
      prompts/triage/1.1.0.yaml: it has 0 of 1 approval; cleo or dana may approve it
        it waits: `promptreg approve kinder`, then `promptreg merge kinder`
    ");
    assert!(!landed);
    assert_eq!(team.runs("cleo", "approve kinder"), 0, "{}", team.said);
    assert_eq!(team.runs("cleo", "merge kinder"), 0, "{}", team.said);
    assert_eq!(team.runs("cleo", "promote triage 1.1.0"), 0, "{}", team.said);
    assert_eq!(team.git("remote.git", &["log", "--format=%s", "-1", "main"]), "triage: production is 1.1.0");
}

#[test]
fn approvals_that_are_pushed_along_with_what_they_cover_are_enough() {
    let mut team = Team::new();
    draft(&mut team);
    // All of it happens in clones of another remote.
    team.git(".", &["clone", "-q", "--mirror", "remote.git", "other.git"]);
    for who in ["ana", "cleo"] {
        team.git(&format!("{who}-clone"), &["remote", "set-url", "origin", team.at("other.git").to_str().unwrap()]);
    }
    assert_eq!(team.runs("ana", "submit"), 0, "{}", team.said);
    assert_eq!(team.runs("cleo", "approve kinder"), 0, "{}", team.said);
    assert_eq!(team.runs("cleo", "merge kinder"), 0, "{}", team.said);
    install(&team);
    let remote = team.at("remote.git");
    let push = |refs: &[&str]| {
        let refs = refs.iter().map(|name| format!("refs/remotes/origin/{name}:refs/heads/{name}"));
        told(&git(&team, "cleo").args(["push", "-q", "--atomic"]).arg(&remote).args(refs).output().unwrap())
    };
    let (landed, said) = push(&["main"]);
    insta::assert_snapshot!(said, @"
    promptreg: refused, nothing of this push has landed:
      prompts/triage/1.1.0.yaml: it has 0 of 1 approval; cleo or dana may approve it
        push it as a branch and ask: `git push origin HEAD:refs/heads/NAME`, `promptreg submit NAME`
    ");
    assert!(!landed, "without them it lacks them");
    assert_eq!(push(&["main", "promptreg/log"]), (true, String::new()));
}

#[test]
fn a_squash_of_what_was_approved_lands_by_plain_git() {
    let mut team = guarded();
    draft(&mut team);
    assert_eq!(team.runs("ana", "submit"), 0, "{}", team.said);
    assert_eq!(team.runs("cleo", "approve kinder"), 0, "{}", team.said);
    team.git("cleo-clone", &["merge", "-q", "--squash", "origin/kinder"]);
    team.git("cleo-clone", &["commit", "-q", "-m", "kinder (#7)"]);
    assert_eq!(push(&team, "cleo", &["main"]), (true, String::new()));
}

#[test]
fn a_long_push_to_a_place_with_an_odd_name_is_judged_like_any_other() {
    let mut team = Team::new();
    // A colon and a quote mean something where Git lists folders.
    let name = "re:mo\"te\\.git";
    team.git(".", &["clone", "-q", "--bare", "remote.git", &format!("./{name}")]);
    let installed = promptreg(&team.at("."), &["guard", "--install", name]);
    assert_eq!(installed.code, 0, "{}", installed.all());
    // So many commits and files are not read by the library but by the program.
    for number in 1..=70 {
        let path = format!("prompts/triage/1.{number}.0.yaml");
        team.writes("ana", "many", &path, &format!("content: Sort this ticket, {number}.\n"));
    }
    let push =
        |refs: &str| told(&git(&team, "ana").args(["push", "-q", &format!("../{name}"), refs]).output().unwrap());
    let (landed, said) = push("many:main");
    let lines: Vec<&str> = said.lines().collect();
    insta::assert_snapshot!([&lines[..3], &lines[19..]].concat().join("\n"), @"
    promptreg: refused, nothing of this push has landed:
      prompts/triage/1.1.0.yaml: it has 0 of 1 approval; cleo or dana may approve it
      prompts/triage/1.10.0.yaml: it has 0 of 1 approval; cleo or dana may approve it
      prompts/triage/1.26.0.yaml: it has 0 of 1 approval; cleo or dana may approve it
      prompts/triage/1.27.0.yaml: it has 0 of 1 approval; cleo or dana may approve it
        push it as a branch and ask: `git push origin HEAD:refs/heads/NAME`, `promptreg submit NAME`
      and 50 more
    ");
    assert!(!landed);
    assert_eq!(push("many"), (true, String::new()));
}
