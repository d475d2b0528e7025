//! Following the repository: what a commit changes in what is served, and what it cannot take away.

use crate::{
    harness::{Registry, Server},
    repository::Fixture,
};
use serde_json::{Value, json};
use std::{
    os::unix::fs::{PermissionsExt as _, symlink},
    time::{Duration, Instant},
};

/// One prompt with one approved version.
fn registry() -> Registry {
    let registry = Registry::new();
    registry.prompt("support/greet", "labels: {production: 1.0.0}\n", &[("1.0.0", "Hi.")]);
    registry.commit("Start");
    registry
}

fn text(server: &Server, path: &str) -> String {
    server.get(&format!("/v1/prompts/{path}")).text()
}

/// What is held back, and why, a line each.
fn held(status: &Value) -> String {
    let held = status["quarantined"].as_array().unwrap().iter().map(|held| {
        let why = held["diagnostics"].as_array().unwrap().iter().map(|found| {
            format!(
                "\n  {} {}:{} {}",
                found["rule"],
                found["line"],
                found["column"],
                found["message"].as_str().unwrap()
            )
        });
        let from = if held["served_from"].is_null() { "nothing" } else { "an older commit" };
        format!("{}: {from} is served{}\n", held["path"].as_str().unwrap(), why.collect::<String>())
    });
    held.collect()
}

#[test]
fn a_commit_changes_the_next_fetch_without_a_restart() {
    let registry = registry();
    let server = registry.serve(&[]);
    assert_eq!(text(&server, "greet"), "Hi.");
    for round in 1..6 {
        let number = format!("1.{round}.0");
        registry.prompt("support/greet", &format!("labels: {{production: {number}}}\n"), &[(&number, &number)]);
        let since = Instant::now();
        let commit = registry.land("Move");
        server.until("/v1/prompts/greet", |reply| reply.text() == number && reply.header("promptreg-commit") == commit);
        assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
    }
    assert_eq!(text(&server, "greet?version=1.0.0"), "Hi.");
}

#[test]
fn files_that_are_not_committed_change_nothing() {
    let registry = registry();
    registry.version("support/greet", "1.1.0", "Lying about.");
    registry.git(&["add", "--all"]);
    let server = registry.serve(&[]);
    assert_eq!(server.get("/v1/prompts/greet?version=1.1.0").status, 404);
    registry.git(&["switch", "--quiet", "-c", "aside"]);
    registry.commit("On another branch");
    registry.git(&["switch", "--quiet", "main"]);
    registry.file("README.md", "Nothing");
    server.until_commit(&registry.land("Something else"));
    assert_eq!(server.get("/v1/prompts/greet?version=1.1.0").status, 404);
}

#[test]
fn a_broken_file_leaves_the_old_answer_and_says_where_it_is_broken() {
    let registry = registry();
    let mut server = registry.serve(&[]);
    let before = server.get("/v1/prompts/greet").json();
    registry.file(
        "prompts/support/greet/prompt.yaml",
        "description: Says something.\nowner: ana\nlabels: {production: [}\n",
    );
    registry.version("support/greet", "1.1.0", "Fine.");
    registry.file("prompts/support/greet/1.2.0.yaml", "content: Hi.\nmesages: []\n");
    let broken = registry.land("Break it");
    let status = server.until_commit(&broken);
    assert_eq!(server.get("/v1/prompts/greet").json(), before);
    // Of the new versions, the one that is right is there; the one that never was is not.
    assert_eq!(text(&server, "greet?version=1.1.0"), "Fine.");
    assert_eq!(server.get("/v1/prompts/greet?version=1.2.0").status, 404);
    insta::assert_snapshot!(held(&status), @r#"
    prompts/support/greet/1.2.0.yaml: nothing is served
      "shape" 2:1 unknown key `mesages`
    prompts/support/greet/prompt.yaml: an older commit is served
      "shape" 3:22 this is not YAML: mismatched bracket '[' closed by '}'
    "#);
    server.until_log("prompts/support/greet/prompt.yaml");

    registry.prompt("support/greet", "labels: {production: 1.1.0}\n", &[]);
    registry.version("support/greet", "1.2.0", "Mended.");
    let status = server.until_commit(&registry.land("Mend it"));
    assert_eq!((held(&status), text(&server, "greet")), (String::new(), "Fine.".to_owned()));
    assert_eq!(text(&server, "greet?version=1.2.0"), "Mended.");
    // 1.2.0 reserved nothing while it was broken, and arrived when it was mended.
    assert_eq!(server.get("/v1/prompts/greet/versions").each("version_number"), [3, 2, 1]);
}

#[test]
fn the_log_tells_once_what_is_held_back() {
    let registry = registry();
    registry.file("models/first.yaml", "[");
    registry.commit("Something broken");
    let mut server = registry.serve(&[]);
    server.until_log("models/first.yaml");
    for name in ["second", "third"] {
        registry.file(&format!("models/{name}.yaml"), "[");
        server.until_commit(&registry.land("Something more"));
        let log = server.until_log(&format!("models/{name}.yaml"));
        assert_eq!(log.matches("models/first.yaml").count(), 1, "{log}");
    }
    // What is broken in another way is told again.
    registry.file("models/first.yaml", "{");
    server.until_commit(&registry.land("Worse"));
    registry.file("models/last.yaml", "[");
    server.until_commit(&registry.land("The last"));
    let log = server.until_log("models/last.yaml");
    assert_eq!(["first", "second", "third"].map(|name| log.matches(&format!("models/{name}")).count()), [2, 1, 1]);
}

#[test]
fn a_server_whose_repository_is_away_says_what_it_is_and_what_is_held_back() {
    let registry = registry();
    let data = tempfile::tempdir().unwrap();
    let server = registry.serve(&["--data", data.path().to_str().unwrap()]);
    let (git, aside) = (registry.path().join(".git"), registry.path().join("aside"));
    let away = || {
        std::fs::rename(&git, &aside).unwrap();
        server.until("/v1/status", |reply| reply.status == 200 && !reply.json()["trouble"].is_null()).json()
    };
    assert_eq!((held(&away()), text(&server, "greet")), (String::new(), "Hi.".to_owned()));
    std::fs::rename(&aside, &git).unwrap();
    registry.file("users/ana.yaml", "email: [").file("prompts/support/greet/new.yaml", "What is this?");
    registry.version("support/greet", "1.0.0", "Changed.");
    let commit = registry.land("Much is wrong");
    // Nobody asks before it is away, but for the log.
    server.until("/readyz", |reply| reply.json()["commit"] == commit);
    let status = away();
    let paths: Vec<_> = status["quarantined"].as_array().unwrap().iter().map(|held| held["path"].clone()).collect();
    assert_eq!(
        paths,
        ["prompts/support/greet/1.0.0.yaml", "prompts/support/greet/new.yaml", "users/ana.yaml"].map(Value::from)
    );
    assert!(held(&status).contains("approved-version-changed") && held(&status).contains("orphan-file"));
}

#[test]
fn what_is_broken_is_broken_after_a_restart_too() {
    let registry = registry();
    registry.file("prompts/support/greet/prompt.yaml", "description: [");
    registry.version("support/greet", "1.0.0", "Changed.");
    registry.file("registry.toml", "[registry\n");
    registry.commit("Break everything");
    let server = registry.serve(&[]);
    assert_eq!(text(&server, "greet"), "Hi.");
    let status = server.get("/v1/status").json();
    assert_eq!(status["registry"], "acme");
    insta::assert_snapshot!(held(&status), @r#"
    prompts/support/greet/1.0.0.yaml: an older commit is served
      "approved-version-changed" null:null this version was changed after it reached the default branch; its approved content is still served
    prompts/support/greet/prompt.yaml: an older commit is served
      "shape" 1:14 this is not YAML: unclosed bracket '['
    registry.toml: an older commit is served
      "shape" 1:10 this is not TOML: unclosed table, expected `]`
    "#);
}

#[test]
fn an_approved_version_keeps_its_content_whatever_becomes_of_its_file() {
    let registry = registry();
    registry.version("support/greet", "1.1.0", "Hello.");
    let approved = registry.land("Another");
    let server = registry.serve(&[]);
    registry.version("support/greet", "1.0.0", "Changed after it was approved.");
    std::fs::remove_file(registry.path().join("prompts/support/greet/1.1.0.yaml")).unwrap();
    let status = server.until_commit(&registry.land("Change one and remove one"));
    assert_eq!((text(&server, "greet"), text(&server, "greet?version=1.1.0")), ("Hi.".to_owned(), "Hello.".to_owned()));
    assert_eq!(server.get("/v1/prompts/greet?version=1.1.0").json()["commit"], approved);
    assert_eq!(server.get("/v1/prompts/greet/versions").each("version_number"), [2, 1]);
    insta::assert_snapshot!(held(&status), @r#"
    prompts/support/greet/1.0.0.yaml: an older commit is served
      "approved-version-changed" null:null this version was changed after it reached the default branch; its approved content is still served
    prompts/support/greet/1.1.0.yaml: an older commit is served
      "approved-version-removed" null:null this version was removed after it reached the default branch; its approved content is still served
    "#);
    registry.version("support/greet", "1.0.0", "Hi.").version("support/greet", "1.1.0", "Hello.");
    let status = server.until_commit(&registry.land("Put them back"));
    assert_eq!(held(&status), "");
}

#[test]
fn a_prompt_that_is_removed_is_gone_and_a_broken_neighbour_takes_nothing_away() {
    let registry = registry();
    registry.prompt("other", "labels: {production: 1.0.0}\n", &[("1.0.0", "Other.")]);
    registry.commit("Another prompt");
    let server = registry.serve(&[]);
    assert_eq!(text(&server, "other"), "Other.");
    registry.git(&["rm", "-r", "--quiet", "prompts/other"]);
    registry.file("prompts/never/prompt.yaml", "- not\n- a map\n").version("never", "1.0.0", "Nothing.");
    registry
        .file("users/ana.yaml", "email: [\n")
        .file("tags.yaml", "\t\n- x")
        .file("clients/a.yaml", "nonsense: true\n");
    registry.file("prompts/support/greet/1.1.0.yaml", vec![0xff, 0xfe, 0x00]);
    registry.file("prompts/support/greet/1.2.0.yaml", "a: &a [*a, *a]\n");
    registry.file("prompts/support/greet/1.3.0.yaml", "content: {{#if}}\n");
    registry.file("prompts/support/greet/1.4.0.yaml", "content: \"{{#if x}}\"\n");
    registry
        .file("prompts/support/greet/latest.yaml", "content: x\n")
        .file("prompts/Caps/prompt.yaml", "description: x\n");
    let status = server.until_commit(&registry.land("Much is wrong"));
    let count = format!("\npromptreg_quarantined {}\n", status["quarantined"].as_array().unwrap().len());
    assert!(server.get("/metrics").body.contains(&count), "{count}");
    assert_eq!(server.get("/v1/prompts/other").status, 410);
    assert_eq!(server.get("/v1/prompts/never").status, 404);
    assert_eq!(server.get("/v1/prompts").each("name"), ["greet"]);
    assert_eq!(text(&server, "greet"), "Hi.");
    assert_eq!(server.get("/v1/prompts/greet").json()["created_by"], "ana");
    insta::assert_snapshot!(held(&status), @r#"
    clients/a.yaml: nothing is served
      "shape" 1:1 unknown key `nonsense`
    prompts/Caps/prompt.yaml: nothing is served
      "name-mismatch" null:null `Caps` is not a prompt name: only a-z, 0-9 and single hyphens between them are allowed
    prompts/never/prompt.yaml: nothing is served
      "shape" 1:1 expected a map, found a list
    prompts/support/greet/1.1.0.yaml: nothing is served
      "shape" 1:1 the file is not UTF-8: line 1 holds other bytes
    prompts/support/greet/1.2.0.yaml: nothing is served
      "shape" 1:8 this alias stands for something that contains it
    prompts/support/greet/1.3.0.yaml: nothing is served
      "shape" 1:12 this is not YAML: comments must be separated from other tokens by whitespace
    prompts/support/greet/1.4.0.yaml: nothing is served
      "template-syntax" 1:11 the block `#if` is never closed
    prompts/support/greet/latest.yaml: nothing is served
      "orphan-file" null:null this file is not read: beside prompt.yaml only versions are kept, each named by its number, such as 1.0.0.yaml
    tags.yaml: an older commit is served
      "shape" 2:1 expected a map, found a list
    users/ana.yaml: an older commit is served
      "shape" 1:8 this is not YAML: unclosed bracket '['
    "#);
}

#[test]
fn a_prompt_that_moves_keeps_its_versions_and_their_numbers() {
    let registry = registry();
    registry.version("support/greet", "0.9.0", "Yo.");
    let second = registry.land("Another");
    let server = registry.serve(&[]);
    let before = server.get("/v1/prompts/greet?version=0.9.0").json();
    registry.file("prompts/welcome/collection.yaml", "display_name: Welcome\n");
    registry.git(&["mv", "prompts/support/greet", "prompts/welcome/greet"]);
    let status = server.until_commit(&registry.land("Move it"));
    assert_eq!(held(&status), "");
    let mut after = server.get("/v1/prompts/greet?version=0.9.0").json();
    assert_eq!((&after["collection"], &after["commit"]), (&json!("welcome"), &json!(second)));
    after["collection"] = before["collection"].clone();
    assert_eq!(after, before);
    assert_eq!(server.get("/v1/prompts?collection=welcome").each("name"), ["greet"]);
    assert_eq!(server.get("/v1/prompts?collection=support").each("name"), Vec::<Value>::new());
    // What is changed on the way is still what was approved.
    registry.git(&["mv", "prompts/welcome/greet", "prompts/greet"]);
    registry.version("greet", "0.9.0", "Changed on the way.");
    server.until_commit(&registry.land("Move it again"));
    assert_eq!(text(&server, "greet?version=0.9.0"), "Yo.");
}

#[test]
fn of_two_folders_with_one_name_the_first_stays() {
    let registry = registry();
    let server = registry.serve(&[]);
    registry.prompt("aaa/greet", "labels: {production: 9.0.0}\n", &[("9.0.0", "Mine now."), ("1.0.0", "Mine too.")]);
    let status = server.until_commit(&registry.land("Squat"));
    assert_eq!(text(&server, "greet"), "Hi.");
    assert_eq!(text(&server, "greet?version=1.0.0"), "Hi.");
    assert_eq!(server.get("/v1/prompts/greet?version=9.0.0").status, 404);
    insta::assert_snapshot!(held(&status), @r#"
    prompts/aaa/greet/1.0.0.yaml: nothing is served
      "duplicate-name" null:null prompts/support/greet/prompt.yaml has this name already, and is still served
    prompts/aaa/greet/9.0.0.yaml: nothing is served
      "duplicate-name" null:null prompts/support/greet/prompt.yaml has this name already, and is still served
    prompts/aaa/greet/prompt.yaml: nothing is served
      "duplicate-name" null:null prompts/support/greet/prompt.yaml has this name already, and is still served
    "#);
    registry.prompt("support/greet", "labels: {production: 1.1.0}\n", &[("1.1.0", "Hello.")]);
    server.until_commit(&registry.land("Go on"));
    assert_eq!(text(&server, "greet"), "Hello.");
    // Once the first is gone the name is free, and what was approved stays what it was.
    registry.git(&["rm", "-r", "--quiet", "prompts/support/greet"]);
    let status = server.until_commit(&registry.land("Give the name up"));
    assert_eq!(
        (text(&server, "greet"), text(&server, "greet?version=1.0.0")),
        ("Mine now.".to_owned(), "Hi.".to_owned())
    );
    let versions = server.get("/v1/prompts/greet/versions");
    assert_eq!(versions.each("version"), ["9.0.0", "1.1.0", "1.0.0"]);
    assert_eq!(versions.each("version_number"), [3, 2, 1]);
    insta::assert_snapshot!(held(&status), @r#"
    prompts/aaa/greet/1.0.0.yaml: an older commit is served
      "approved-version-changed" null:null this version was changed after it reached the default branch; its approved content is still served
    prompts/support/greet/1.1.0.yaml: an older commit is served
      "approved-version-removed" null:null this version was removed after it reached the default branch; its approved content is still served
    "#);
}

#[test]
fn a_rewritten_branch_is_refused_and_the_old_state_is_served() {
    let registry = registry();
    registry.prompt("support/greet", "labels: {production: 1.1.0}\n", &[("1.1.0", "Hello.")]);
    let old = registry.land("Move");
    let server = registry.serve(&[]);
    registry.version("support/greet", "1.1.0", "Rewritten.");
    registry.git(&["add", "--all"]);
    registry.git(&["commit", "--quiet", "--amend", "--message", "As if it had always been so"]);
    let new = registry.head().to_string();
    let status = server.until("/v1/status", |reply| !reply.json()["trouble"].is_null()).json();
    assert_eq!((&status["commit"], &status["trouble"]["commit"]), (&json!(old), &json!(new)));
    insta::assert_snapshot!(
        status["trouble"]["message"].as_str().unwrap().replace(&old, "OLD").replace(&new, "NEW"),
        @"the branch was rewritten: NEW does not come after OLD; OLD is still served; `promptreg sync --accept-rewrite OLD NEW` with the same --registry and --data as here follows the new history"
    );
    assert_eq!(text(&server, "greet"), "Hello.");
    assert_eq!(server.get("/readyz").status, 200);
    // Commits on top of it change nothing, and taking it back lifts the trouble.
    registry.file("README.md", "More");
    registry.commit("On top");
    assert_eq!(server.get("/v1/status").json()["commit"], old);
    registry.git(&["reset", "--quiet", "--hard", &old]);
    server.until("/v1/status", |reply| reply.json()["trouble"].is_null());
    registry.version("support/greet", "1.2.0", "Onwards.");
    server.until_commit(&registry.land("Go on"));
    assert_eq!(text(&server, "greet?version=1.2.0"), "Onwards.");
}

#[test]
fn a_branch_that_goes_back_is_a_rewritten_one() {
    let registry = registry();
    let first = registry.head().to_string();
    registry.prompt("support/greet", "labels: {production: 1.1.0}\n", &[("1.1.0", "Hello.")]);
    let old = registry.land("Move");
    let server = registry.serve(&[]);
    registry.git(&["reset", "--quiet", "--hard", &first]);
    let status = server.until("/v1/status", |reply| !reply.json()["trouble"].is_null()).json();
    assert_eq!((&status["commit"], text(&server, "greet")), (&json!(old), "Hello.".to_owned()));
    // And one that is gone is trouble too, and nothing worse.
    registry.git(&["branch", "--quiet", "--move", "main", "elsewhere"]);
    server.until("/v1/status", |reply| {
        reply.json()["trouble"]["message"].as_str().is_some_and(|said| said.contains("no commit"))
    });
    assert_eq!(text(&server, "greet"), "Hello.");
}

#[test]
fn a_bare_repository_is_served_and_followed_through_real_pushes() {
    let registry = registry();
    let bare = tempfile::tempdir().unwrap();
    let bare = bare.path().join("prompts.git");
    registry.git(&["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);
    registry.git(&["remote", "add", "origin", bare.to_str().unwrap()]);
    let server = Server::start(&registry.path(), &bare, &["--read-drafts"]);
    assert_eq!(text(&server, "greet"), "Hi.");
    registry.prompt("support/greet", "labels: {production: 1.1.0}\n", &[("1.1.0", "Hello.")]);
    let pushed = registry.land("Move");
    assert_eq!(text(&server, "greet"), "Hi.");
    registry.git(&["push", "--quiet", "origin", "main"]);
    server.until_commit(&pushed);
    assert_eq!(text(&server, "greet"), "Hello.");
    registry.git(&["switch", "--quiet", "-c", "proposal"]);
    registry.version("support/greet", "1.2.0", "A draft.");
    registry.commit("Draft");
    registry.git(&["push", "--quiet", "origin", "proposal"]);
    assert_eq!(server.get("/v1/prompts/greet?version=1.2.0&ref=proposal").json()["status"], "draft");
    assert_eq!(server.get("/v1/prompts/greet?version=1.2.0").status, 404);
    registry.git(&["push", "--quiet", "--force", "origin", "HEAD~2:refs/heads/main"]);
    server.until("/v1/status", |reply| !reply.json()["trouble"].is_null());
    assert_eq!(text(&server, "greet"), "Hello.");
}

#[test]
fn broken_settings_leave_the_old_ones_in_force() {
    let registry = Registry::new();
    registry.file(
        "registry.toml",
        "[registry]\nname = \"acme\"\nid = \"6f0c5a8e-52f9-4bb0-9d1c-0d4c6c4c1f00\"\n[labels]\ndefault = \"live\"\n",
    );
    registry.prompt("greet", "labels: {live: 1.0.0, production: 1.1.0}\n", &[("1.0.0", "Hi."), ("1.1.0", "Hello.")]);
    registry.commit("Start");
    let server = registry.serve(&[]);
    assert_eq!(text(&server, "greet"), "Hi.");
    for broken in ["[registry\n", "[registry]\nname = 7\n", "", "[labels]\ndefault = \"production\"\n"] {
        registry.file("registry.toml", broken);
        let status = server.until_commit(&registry.land("Break the settings"));
        assert_eq!((text(&server, "greet"), &status["registry"]), ("Hi.".to_owned(), &json!("acme")), "{broken}");
        assert!(held(&status).starts_with("registry.toml: an older commit is served"), "{}", held(&status));
    }
}

#[test]
fn a_file_that_is_no_plain_file_is_refused_and_reported() {
    let registry = registry();
    let server = registry.serve(&[]);
    let folder = registry.path().join("prompts/support/greet");
    registry.version("support/greet", "1.1.0", "Run me.");
    std::fs::set_permissions(folder.join("1.1.0.yaml"), std::fs::Permissions::from_mode(0o755)).unwrap();
    symlink("1.0.0.yaml", folder.join("1.2.0.yaml")).unwrap();
    symlink("/etc/passwd", folder.join("1.3.0.yaml")).unwrap();
    symlink("support", registry.path().join("prompts/linked")).unwrap();
    let status = server.until_commit(&registry.land("Odd files"));
    assert_eq!(server.get("/v1/prompts/greet/versions").each("version"), ["1.0.0"]);
    let quarantined = status["quarantined"].as_array().unwrap().iter();
    let found: Vec<_> = quarantined
        .flat_map(|held| held["diagnostics"].as_array().unwrap())
        .map(|found| {
            format!(
                "{} {}: {}",
                found["rule"].as_str().unwrap(),
                found["path"].as_str().unwrap(),
                found["message"].as_str().unwrap()
            )
        })
        .collect();
    insta::assert_snapshot!(found.join("\n"), @"
    shape prompts/linked: it is a symbolic link, and those are never followed
    shape prompts/support/greet/1.1.0.yaml: it is executable: make it a plain file with `git update-index --chmod=-x`
    shape prompts/support/greet/1.2.0.yaml: it is a symbolic link, and those are never followed
    shape prompts/support/greet/1.3.0.yaml: it is a symbolic link, and those are never followed
    ");
    // Making an approved version executable does not take it away.
    std::fs::set_permissions(folder.join("1.0.0.yaml"), std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::set_permissions(folder.join("prompt.yaml"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let status = server.until_commit(&registry.land("Make them executable"));
    assert_eq!(text(&server, "greet"), "Hi.");
    insta::assert_snapshot!(held(&status), @r#"
    prompts/linked: nothing is served
      "shape" null:null it is a symbolic link, and those are never followed
    prompts/support/greet/1.0.0.yaml: an older commit is served
      "shape" null:null it is executable: make it a plain file with `git update-index --chmod=-x`
      "approved-version-changed" null:null this version was changed after it reached the default branch; its approved content is still served
    prompts/support/greet/1.1.0.yaml: nothing is served
      "shape" null:null it is executable: make it a plain file with `git update-index --chmod=-x`
    prompts/support/greet/1.2.0.yaml: nothing is served
      "shape" null:null it is a symbolic link, and those are never followed
    prompts/support/greet/1.3.0.yaml: nothing is served
      "shape" null:null it is a symbolic link, and those are never followed
    prompts/support/greet/prompt.yaml: an older commit is served
      "shape" null:null it is executable: make it a plain file with `git update-index --chmod=-x`
    "#);
    std::fs::set_permissions(folder.join("1.0.0.yaml"), std::fs::Permissions::from_mode(0o644)).unwrap();
    std::fs::set_permissions(folder.join("prompt.yaml"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let status = server.until_commit(&registry.land("Make them plain"));
    assert!(!held(&status).contains("prompt.yaml") && !held(&status).contains("1.0.0.yaml"), "{}", held(&status));
    assert_eq!(text(&server, "greet"), "Hi.");
}

#[test]
fn a_default_branch_of_another_name_is_followed() {
    let registry = registry();
    registry.git(&["branch", "--move", "main", "trunk"]);
    registry.file(
        "registry.toml",
        "[registry]\nname = \"acme\"\nid = \"6f0c5a8e-52f9-4bb0-9d1c-0d4c6c4c1f00\"\ndefault_branch = \"trunk\"\n",
    );
    registry.commit("Name the branch");
    registry.git(&["switch", "--quiet", "-c", "aside"]);
    registry.version("support/greet", "1.1.0", "Aside.");
    registry.commit("Aside");
    // The branch that is checked out is not the one that counts.
    let server = registry.serve(&[]);
    assert_eq!(server.get("/v1/status").json()["branch"], "trunk");
    assert_eq!(server.get("/v1/prompts/greet?version=1.1.0").status, 404);
    registry.git(&["switch", "--quiet", "trunk"]);
    registry.version("support/greet", "1.2.0", "Hello.");
    server.until_commit(&registry.land("On it"));
    assert_eq!(text(&server, "greet?version=1.2.0"), "Hello.");
}

#[test]
fn a_branch_that_is_checked_out_and_names_itself_is_followed() {
    let registry = Registry::new();
    registry.git(&["symbolic-ref", "HEAD", "refs/heads/master"]);
    let settings = "[registry]\nname = \"acme\"\nid = \"6f0c5a8e-52f9-4bb0-9d1c-0d4c6c4c1f00\"\n";
    registry.file("registry.toml", format!("{settings}default_branch = \"master\"\n"));
    registry.prompt("greet", "labels: {production: 1.0.0}\n", &[("1.0.0", "Hi.")]);
    registry.commit("Start");
    let server = registry.serve(&[]);
    assert_eq!(
        (&server.get("/v1/status").json()["branch"], text(&server, "greet")),
        (&json!("master"), "Hi.".to_owned())
    );
}

#[test]
fn a_repository_without_a_registry_is_said_to_be_none() {
    let empty = Fixture::new();
    let serve = |folder: &std::path::Path| {
        let said = crate::harness::promptreg(folder, &["serve", "--listen", "127.0.0.1:0"]);
        said.all().replace(folder.to_str().unwrap(), "FOLDER")
    };
    let mut said = vec![serve(&empty.path())];
    empty.write("README.md", "No registry.");
    empty.commit("Start");
    said.push(serve(&empty.path()));
    let folder = tempfile::tempdir().unwrap();
    said.push(serve(&folder.path().canonicalize().unwrap()));
    insta::assert_snapshot!(said.join("\n"), @"
    error: the branch `main` has no commit yet: commit something, or name another branch in registry.toml
    exit code 3
    error: the branch `main` holds no registry: it never had a registry.toml that could be read; `promptreg init` makes one
    exit code 3
    error: the folder . is not in a Git repository
      go into the folder of a registry, or name one with --registry; `promptreg init acme-prompts` starts one, and `promptreg demo` shows one
    exit code 2
    ");
}
