//! Following the repository: what is pushed is served, and what is broken is held back by itself.

use crate::{
    repository::Fixture,
    server::{PROMPT, Server, registry, version},
};
use serde_json::Value;

const FOLDER: &str = "prompts/support/greet";

/// The paths that are held back, with the place and the rule of the first complaint.
fn held(status: &Value) -> Vec<String> {
    let quarantined = status["quarantined"].as_array().unwrap().iter();
    quarantined
        .map(|held| {
            let first = &held["diagnostics"][0];
            let served = if held["served_from"].is_null() { "nothing" } else { "an older state" };
            format!(
                "{}:{}:{} {} ({served} is served)",
                held["path"].as_str().unwrap(),
                first["line"],
                first["column"],
                first["rule"].as_str().unwrap()
            )
        })
        .collect()
}

fn content(server: &Server, query: &str) -> Value {
    server.get(&format!("/v1/prompts/greet{query}")).json()["content"].clone()
}

#[test]
fn a_commit_changes_the_next_fetch_without_a_restart() {
    let fixture = registry();
    let server = Server::start(&fixture, &[]);
    fixture.write(&format!("{FOLDER}/prompt.yaml"), PROMPT.replace("production: 1.0.0", "production: 1.1.0"));
    fixture.commit("hand out 1.1.0");
    server.follow(&fixture);
    assert_eq!(content(&server, ""), "Good day, {{name}}.");
}

#[test]
fn a_broken_commit_leaves_the_old_answer_and_says_where_it_is_broken() {
    let fixture = registry();
    let server = Server::start(&fixture, &[]);
    fixture.write(&format!("{FOLDER}/prompt.yaml"), "description: Greets.\nlabels: {production: [\n");
    fixture.write(&format!("{FOLDER}/1.2.0.yaml"), version("Hello {{name}"));
    fixture.write("prompts/other/prompt.yaml", "description: Fine.\nlabels: {production: 1.0.0}\n");
    fixture.write("prompts/other/1.0.0.yaml", "content: Fine\n");
    fixture.commit("break two files, add a good prompt");
    let status = server.follow(&fixture);
    assert_eq!(
        held(&status),
        [
            "prompts/support/greet/1.2.0.yaml:1:23 template-syntax (nothing is served)",
            "prompts/support/greet/prompt.yaml:2:22 shape (an older state is served)",
        ]
    );
    assert_eq!(content(&server, ""), "Hello {{name}}.");
    assert_eq!(server.get("/v1/prompts/other").status, 200);
    fixture.write(&format!("{FOLDER}/prompt.yaml"), PROMPT);
    fixture.write(&format!("{FOLDER}/1.2.0.yaml"), version("Hi {{name}}"));
    fixture.commit("mend them");
    assert_eq!(held(&server.follow(&fixture)), [""; 0]);
    assert_eq!(content(&server, "?version=1.2.0"), "Hi {{name}}");
}

#[test]
fn a_broken_state_is_held_back_after_a_restart_too() {
    let fixture = registry();
    fixture.write(&format!("{FOLDER}/prompt.yaml"), "labels: [\n");
    fixture.write("registry.toml", "[registry\n");
    fixture.commit("break it");
    let server = Server::start(&fixture, &[]);
    assert_eq!(content(&server, ""), "Hello {{name}}.");
    assert_eq!(held(&server.get("/v1/status").json()).len(), 2);
}

#[test]
fn an_approved_version_keeps_its_content_whatever_becomes_of_its_file() {
    let fixture = registry();
    let server = Server::start(&fixture, &[]);
    fixture.write(&format!("{FOLDER}/1.0.0.yaml"), version("Hey {{name}}!"));
    std::fs::remove_file(fixture.path().join(format!("{FOLDER}/1.1.0.yaml"))).unwrap();
    fixture.commit("rewrite the past");
    let status = server.follow(&fixture);
    assert_eq!(
        held(&status),
        [
            "prompts/support/greet/1.0.0.yaml:null:null approved-version-changed (an older state is served)",
            "prompts/support/greet/1.1.0.yaml:null:null approved-version-removed (an older state is served)",
        ]
    );
    assert_eq!(content(&server, "?version=1.0.0"), "Hello {{name}}.");
    assert_eq!(content(&server, "?version=1.1.0"), "Good day, {{name}}.");
}

#[test]
fn a_prompt_that_moves_keeps_its_versions_and_their_numbers() {
    let fixture = registry();
    let server = Server::start(&fixture, &[]);
    std::fs::create_dir_all(fixture.path().join("prompts/people")).unwrap();
    fixture.git(&["mv", FOLDER, "prompts/people/greet"]);
    fixture.commit("move it");
    assert_eq!(held(&server.follow(&fixture)), [""; 0]);
    let moved = server.get("/v1/prompts/greet?version=1.1.0").json();
    assert_eq!((&moved["collection"], &moved["version_number"]), (&"people".into(), &2.into()));
}

#[test]
fn a_second_folder_with_the_same_name_does_not_take_the_first_one_away() {
    let fixture = registry();
    let server = Server::start(&fixture, &[]);
    fixture.write("prompts/a/greet/prompt.yaml", "description: Another.\nlabels: {production: 1.0.0}\n");
    fixture.write("prompts/a/greet/1.0.0.yaml", "content: Not me\n");
    fixture.commit("another of that name");
    let status = server.follow(&fixture);
    assert_eq!(
        held(&status),
        [
            "prompts/a/greet/1.0.0.yaml:null:null duplicate-name (an older state is served)",
            "prompts/a/greet/prompt.yaml:null:null duplicate-name (an older state is served)",
        ]
    );
    assert_eq!(content(&server, ""), "Hello {{name}}.");
    fixture.git(&["rm", "--quiet", "-r", FOLDER]);
    fixture.commit("make room");
    // The name is the other folder's now; the versions that had been approved under it stay what they were.
    server.follow(&fixture);
    let adopted = server.get("/v1/prompts/greet").json();
    assert_eq!((&adopted["description"], &adopted["status"]), (&"Another.".into(), &"approved".into()));
    assert_eq!(adopted["content"], "Hello {{name}}.");
}

#[test]
fn a_version_that_was_held_back_with_its_folder_reserves_nothing() {
    let fixture = registry();
    fixture.write("prompts/a/greet/prompt.yaml", "description: Another.\n");
    fixture.write("prompts/a/greet/1.2.0.yaml", "content: Never served\n");
    fixture.commit("another of that name");
    fixture.git(&["rm", "--quiet", "-r", "prompts/a"]);
    fixture.write(&format!("{FOLDER}/1.2.0.yaml"), version("Dear {{name}},"));
    fixture.commit("the right one");
    let server = Server::start(&fixture, &[]);
    assert_eq!(content(&server, "?version=1.2.0"), "Dear {{name}},");
    assert_eq!(server.get("/v1/prompts/greet").json()["description"], "Greets.");
}

#[test]
fn who_wrote_a_version_and_who_brought_it_are_told_apart() {
    let fixture = registry();
    fixture.git(&["switch", "--quiet", "--create", "proposal"]);
    fixture.write(&format!("{FOLDER}/1.2.0.yaml"), version("Dear {{name}},"));
    fixture.commit_as("ana", "a draft");
    fixture.git(&["switch", "--quiet", "main"]);
    fixture.git_as("cleo", &["merge", "--quiet", "--no-ff", "--message", "merge it", "proposal"], b"");
    let server = Server::start(&fixture, &[]);
    let answer = server.get("/v1/prompts/greet?version=1.2.0").json();
    assert_eq!((&answer["created_by"], &answer["approved_by"]), (&"ana".into(), &"cleo".into()));
    assert_eq!((&answer["version_number"], &answer["commit"]), (&3.into(), &fixture.head().to_string().into()));
}

#[test]
fn a_rewritten_branch_is_refused_and_the_old_state_served() {
    let fixture = registry();
    let server = Server::start(&fixture, &[]);
    let served = fixture.head().to_string();
    fixture.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    fixture.write("prompts/forged/prompt.yaml", "description: Forged.\n");
    fixture.commit("another past");
    let status = server.follow(&fixture);
    assert_eq!(status["commit"], served.as_str());
    assert!(status["trouble"]["message"].as_str().unwrap().contains("rewritten"), "{status}");
    assert_eq!(content(&server, "?version=1.1.0"), "Good day, {{name}}.");
}

#[test]
fn a_bare_repository_is_followed_through_real_pushes() {
    let fixture = registry();
    let bare = Fixture::new();
    let path = bare.path().join("central.git");
    bare.git(&["clone", "--quiet", "--bare", fixture.path().to_str().unwrap(), path.to_str().unwrap()]);
    fixture.git(&["remote", "add", "origin", path.to_str().unwrap()]);
    let server = Server::start(&fixture, &["--registry", path.to_str().unwrap()]);
    fixture.write(&format!("{FOLDER}/prompt.yaml"), PROMPT.replace("production: 1.0.0", "production: 1.1.0"));
    fixture.commit("hand out 1.1.0");
    assert_eq!(content(&server, ""), "Hello {{name}}.");
    fixture.git(&["push", "--quiet", "origin", "main"]);
    server.follow(&fixture);
    assert_eq!(content(&server, ""), "Good day, {{name}}.");
}

#[test]
fn links_and_executables_are_refused_and_named() {
    let fixture = registry();
    let server = Server::start(&fixture, &[]);
    std::os::unix::fs::symlink("/etc/passwd", fixture.path().join(format!("{FOLDER}/1.2.0.yaml"))).unwrap();
    fixture.write(&format!("{FOLDER}/1.3.0.yaml"), version("Hi {{name}}"));
    fixture.git(&["add", "--all"]);
    fixture.git(&["update-index", "--chmod=+x", &format!("{FOLDER}/1.3.0.yaml")]);
    fixture.git(&["commit", "--quiet", "--message", "tricks"]);
    let status = server.follow(&fixture);
    let named: Vec<_> =
        status["diagnostics"].as_array().unwrap().iter().map(|found| found["path"].as_str().unwrap()).collect();
    assert!(named.contains(&"prompts/support/greet/1.2.0.yaml"), "{status:#}");
    assert!(named.contains(&"prompts/support/greet/1.3.0.yaml"), "{status:#}");
    let items = server.get("/v1/prompts/greet/versions").json();
    assert_eq!(items["items"].as_array().unwrap().len(), 2);
}
