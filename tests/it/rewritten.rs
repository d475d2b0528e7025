//! A default branch that is rewritten: refused until an operator accepts just that rewrite.

use crate::harness::{Registry, Server};
use promptreg::app::{App, Clock, Error, Opening, Query, Source, accept_rewrite};
use serde_json::json;
use std::path::Path;

/// A registry whose prompt says `Hi.`, and the commit.
fn registry() -> (Registry, String) {
    let registry = Registry::new();
    registry.prompt("greet", "labels: {production: 1.0.0}\n", &[("1.0.0", "Hi.")]);
    let first = registry.land("Start");
    (registry, first)
}

/// Lands a version that the label leads to.
fn say(registry: &Registry, number: &str, text: &str) -> String {
    registry.prompt("greet", &format!("labels: {{production: {number}}}\n"), &[(number, text)]);
    registry.land(text)
}

fn back_to(registry: &Registry, commit: &str) {
    registry.git(&["reset", "--quiet", "--hard", commit]);
}

/// What a server opens, with a folder for what it keeps.
fn opening(registry: &Registry, data: &Path) -> Opening {
    let source = Source::Local(registry.path());
    Opening {
        source,
        data: Some(data.to_owned()),
        follows: true,
        upstream: false,
        trust_root: None,
        clock: Clock::default(),
    }
}

fn open(registry: &Registry, data: &Path) -> App {
    App::open_with(opening(registry, data), &|_| ()).unwrap()
}

/// What the prompt says.
fn said(app: &App) -> String {
    let query = Query::from("greet".parse::<promptreg::domain::Selector>().unwrap());
    let answer = app.current().fetch(&query).unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&answer.body()).unwrap();
    answer["content"].as_str().unwrap().to_owned()
}

#[test]
fn a_cursor_that_was_left_behind_accepts_nothing() {
    let (registry, first) = registry();
    let data = tempfile::tempdir().unwrap();
    let app = open(&registry, data.path());
    let cursor = std::fs::read(data.path().join("served.json")).unwrap();
    say(&registry, "1.1.0", "Hello.");
    assert!(app.sync().unwrap());
    // As if it could not be written.
    std::fs::write(data.path().join("served.json"), cursor).unwrap();
    back_to(&registry, &first);
    assert!(matches!(app.sync(), Err(Error::Rewritten { .. })));
    assert_eq!(said(&app), "Hello.");
}

#[test]
fn that_two_commits_do_not_lie_on_one_line_is_found_out_once() {
    let (registry, first) = registry();
    let middle = say(&registry, "1.1.0", "Hello.");
    let new = say(&registry, "1.2.0", "Howdy.").parse().unwrap();
    back_to(&registry, &first);
    let old = say(&registry, "1.3.0", "Elsewhere.").parse().unwrap();
    let repository = registry.open();
    assert!(!repository.is_first_parent_ancestor(old, new).unwrap());
    // Whoever walked the line again would miss it.
    std::fs::remove_file(registry.loose(&middle)).unwrap();
    assert!(!repository.is_first_parent_ancestor(old, new).unwrap());
    assert!(registry.open().is_first_parent_ancestor(old, new).is_err());
}

#[test]
fn what_was_accepted_is_followed_once_and_nothing_else() {
    let (registry, first) = registry();
    let data = tempfile::tempdir().unwrap();
    let old = say(&registry, "1.1.0", "Hello.");
    let app = open(&registry, data.path());
    back_to(&registry, &first);
    let new = say(&registry, "1.2.0", "Howdy.");
    assert!(app.sync().is_err());
    accept_rewrite(&opening(&registry, data.path()), &old, &new).unwrap();
    // The branch moves on to yet another history before the server looks.
    back_to(&registry, &first);
    say(&registry, "1.3.0", "Never.");
    assert!(app.sync().is_err());
    back_to(&registry, &old);
    assert!(!app.sync().unwrap());
    // What nobody ever served does not count after a restart.
    assert_eq!(said(&open(&registry, data.path())), "Hello.");
    accept_rewrite_to(&registry, data.path(), &old, &new);
    assert_eq!((app.sync().unwrap(), said(&app)), (true, "Howdy.".to_owned()));
    back_to(&registry, &old);
    assert!(app.sync().is_err());
    assert_eq!((said(&app), said(&open(&registry, data.path()))), ("Howdy.".to_owned(), "Howdy.".to_owned()));
}

fn accept_rewrite_to(registry: &Registry, data: &Path, old: &str, new: &str) {
    back_to(registry, new);
    accept_rewrite(&opening(registry, data), old, new).unwrap();
}

#[test]
fn a_rewrite_is_refused_by_a_running_server_and_after_a_restart_until_the_verb_accepts_it() {
    let (registry, first) = registry();
    let data = tempfile::tempdir().unwrap();
    let data = ["--data", data.path().to_str().unwrap()];
    let old = say(&registry, "1.1.0", "Hello.");
    let server = registry.serve(&data);
    back_to(&registry, &first);
    let new = say(&registry, "1.2.0", "Howdy.");
    let is_refused = |server: &Server| {
        let status = server.until("/v1/status", |reply| !reply.json()["trouble"].is_null()).json();
        assert_eq!((&status["commit"], &status["trouble"]["commit"]), (&json!(old), &json!(new)));
        assert_eq!(server.get("/v1/prompts/greet").text(), "Hello.");
    };
    is_refused(&server);
    drop(server);
    let server = registry.serve(&data);
    is_refused(&server);
    let accept = |old: &str, new: &str| registry.promptreg(&["sync", data[0], data[1], "--accept-rewrite", old, new]);
    let told = [accept(&new, &old), accept(&old, &first), accept("abc", &new), accept(&old[..6], &new[..8])]
        .map(|output| output.all().replace(&old, "OLD").replace(&new, "NEW"));
    let short = |text: String| {
        [(&first, "FIRST"), (&new, "NEW"), (&old, "OLD")].iter().fold(text, |text, (id, name)| {
            [40, 12, 8, 6].iter().fold(text, |text, end| text.replace(&id[..*end], name))
        })
    };
    insta::assert_snapshot!(told.map(short).join("\n"), @r#"
    error: OLD is what was served last of `main`, not NEW
    exit code 3
    error: `main` points to NEW, not to FIRST
    exit code 3
    error: "abc" is too short for a commit's id: write at least 4 digits of it
    exit code 3
    main at NEW serves 1 prompts in 2 versions
    accepted: a server on this data folder follows a rewritten branch at its next look (POST /v1/sync has it look now), and another branch after a restart
    exit code 0
    "#);
    // The server runs on the same data, and needs no restart.
    server.until_commit(&new);
    assert_eq!(server.get("/v1/prompts/greet").text(), "Howdy.");
}

#[test]
fn a_rewrite_while_the_server_is_down_is_refused_when_it_starts() {
    let (registry, first) = registry();
    say(&registry, "1.1.0", "Hello.");
    drop(registry.serve(&[]));
    back_to(&registry, &first);
    registry.version("greet", "1.1.0", "Rewritten.");
    registry.land("As if it had always been so");
    registry.git(&["reflog", "expire", "--expire=now", "--all"]);
    let mut server = registry.serve(&[]);
    assert!(server.log().contains("the branch was rewritten"), "{}", server.log());
    assert_eq!(server.get("/v1/prompts/greet").text(), "Hello.");
    assert_eq!(server.get("/v1/prompts/greet?version=1.1.0").text(), "Hello.");
}

#[test]
fn a_server_that_can_keep_nothing_says_so_and_what_to_do() {
    let (registry, _) = registry();
    registry.file(".git/promptreg", "In the way.");
    let mut server = registry.serve(&[]);
    let log = server.log();
    assert!(log.contains("rewritten while nothing serves it") && log.contains("name a folder with --data"), "{log}");
    let data = tempfile::tempdir().unwrap();
    assert_eq!(registry.serve(&["--data", data.path().to_str().unwrap()]).log(), "");
}

#[test]
fn what_is_kept_is_proved_forgotten_and_read_anew_by_the_verb() {
    let (registry, first) = registry();
    let old = say(&registry, "1.1.0", "Hello.");
    let sync = |more: &[&str]| {
        let output = registry.promptreg(&[&["sync"], more].concat());
        output.all().replace(&old[..12], "OLD")
    };
    let mut told = vec![sync(&[]), sync(&["--check"])];
    let kept = || {
        let entries = std::fs::read_dir(registry.path().join(".git/promptreg")).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        // What an engine keeps beside its file while it is open may still be there.
        names.retain(|name| !name.starts_with("promptreg.db-"));
        names.sort();
        names.join(" ")
    };
    assert_eq!(kept(), "history parsed promptreg.db served.json");
    let parsed = registry.path().join(".git/promptreg/parsed");
    std::fs::write(&parsed, "Not what was written.").unwrap();
    told.push(sync(&["--rebuild", "--check"]));
    assert!(std::fs::metadata(&parsed).unwrap().len() > 100);
    // Which commit was served is not forgotten, and what is proved is what is served.
    back_to(&registry, &first);
    let new = say(&registry, "1.2.0", "Howdy.");
    told.push(sync(&["--rebuild", "--check"]));
    let told = told.join("\n").replace(&new, "NEW").replace(&old, "OLD");
    insta::assert_snapshot!(told, @"
    main at OLD serves 1 prompts in 2 versions
    exit code 0
    main at OLD serves 1 prompts in 2 versions
    checked: all that is served and in the database is what Git says
    exit code 0
    main at OLD serves 1 prompts in 2 versions
    checked: all that is served and in the database is what Git says
    exit code 0
    main at OLD serves 1 prompts in 2 versions
    the newest commit is not served: the branch was rewritten: NEW does not come after OLD271fa0c1cc21b4a8ccd34b8cd02a; OLD271fa0c1cc21b4a8ccd34b8cd02a is still served; `promptreg sync --accept-rewrite OLD271fa0c1cc21b4a8ccd34b8cd02a NEW` with the same --registry and --data as here follows the new history
    checked: all that is served and in the database is what Git says
    exit code 1
    ");
}
