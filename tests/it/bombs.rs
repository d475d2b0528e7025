//! A few objects that unfold to a million million files: pushed, taken back, merged, and followed all the while.

use crate::repository::Fixture;
use promptreg::{
    app::{App, Opening, Query},
    domain::Selector,
    git::{CommitId, Repository},
};
use std::path::Path;

const REFUSED: &str = "it holds too many files";

fn registry() -> Fixture {
    let fixture = Fixture::new();
    let id = "6f0c0f8e-3c3f-4c58-9d8c-0f6a5b0c0001";
    fixture.write("registry.toml", format!("[registry]\nname = \"acme\"\nid = \"{id}\"\n"));
    fixture.write("users/ana.yaml", "email: ana@example.org\n");
    fixture.write("prompts/greet/prompt.yaml", "description: Greets.\nowner: ana\nlabels: {production: 1.0.0}\n");
    says(&fixture, "1.0.0", "Hello.");
    fixture.commit("one");
    fixture
}

fn says(fixture: &Fixture, number: &str, text: &str) {
    fixture.write(&format!("prompts/greet/{number}.yaml"), format!("content: {text}\n"));
}

/// What is committed, with a folder beside it in which twelve folders of ten are nested.
fn bomb(fixture: &Fixture) -> CommitId {
    let mut tree = fixture.tree(&[("100644", b"prompt.yaml", &fixture.object("blob", b"x"))]);
    for _ in 0..12 {
        let names: Vec<String> = (0..10).map(|name| name.to_string()).collect();
        let entries: Vec<_> = names.iter().map(|name| ("40000", name.as_bytes(), tree.as_str())).collect();
        tree = fixture.tree(&entries);
    }
    let greet = fixture.git(&["rev-parse", "HEAD:prompts/greet"]);
    let prompts = fixture.tree(&[("40000", b"bomb", &tree), ("40000", b"greet", &greet)]);
    let [settings, users] = ["registry.toml", "users"].map(|path| fixture.git(&["rev-parse", &format!("HEAD:{path}")]));
    let root = fixture.tree(&[
        ("40000", b"prompts", &prompts),
        ("100644", b"registry.toml", &settings),
        ("40000", b"users", &users),
    ]);
    point(fixture, &root, &["HEAD"])
}

/// Commits a tree and has the branch that is checked out point to it; the files that are checked out stay.
fn point(fixture: &Fixture, tree: &str, parents: &[&str]) -> CommitId {
    let parents = parents.iter().flat_map(|parent| ["-p", parent]);
    let args: Vec<&str> = ["commit-tree", "-m", "a push", tree].into_iter().chain(parents).collect();
    let commit = fixture.git(&args);
    fixture.git(&["update-ref", "HEAD", &commit]);
    commit.parse().unwrap()
}

/// What the commit before the last one held.
fn revert(fixture: &Fixture) -> CommitId {
    point(fixture, "HEAD~1^{tree}", &["HEAD"])
}

fn serves(app: &App, number: &str) -> bool {
    let selector = format!("greet@{number}").parse::<Selector>().unwrap();
    app.current().fetch(&Query::from(selector)).is_ok()
}

fn open(repository: &Path, data: &Path) -> App {
    let opening = Opening { data: Some(data.to_owned()), follows: true, ..Opening::of(repository) };
    App::open_with(opening, &|_| ()).unwrap()
}

/// Both ways of reading tell the same line.
fn line_is_told_alike(repository: &Repository, first: CommitId, tip: CommitId) {
    let all = repository.history(tip, None).unwrap();
    assert_eq!(all[1..], repository.history(tip, Some(first)).unwrap());
}

#[test]
fn a_bomb_that_is_pushed_and_taken_back_ends_nothing_neither_now_nor_at_a_start_from_nothing() {
    let fixture = registry();
    let first = fixture.head();
    let data = tempfile::tempdir().unwrap();
    let app = open(&fixture.path(), data.path());
    let bombed = bomb(&fixture);
    assert!(app.sync().unwrap());
    let held = app.overview().status.quarantined;
    let held: Vec<_> = held.iter().map(|held| (held.path.as_str(), held.diagnostics[0].message.as_str())).collect();
    assert_eq!(held, [("prompts/bomb/", REFUSED)]);
    assert_eq!((app.current().commit, serves(&app, "1.0.0")), (Some(bombed), true));
    revert(&fixture);
    assert!(app.sync().unwrap());
    says(&fixture, "1.1.0", "Onwards.");
    let last = fixture.commit("on top");
    assert!(app.sync().unwrap());
    assert_eq!((app.current().commit, serves(&app, "1.1.0")), (Some(last), true));
    assert!(app.overview().status.quarantined.is_empty() && app.trouble().is_none());
    line_is_told_alike(app.repository(), first, last);
    let other = tempfile::tempdir().unwrap();
    let anew = open(&fixture.path(), other.path());
    assert_eq!(anew.current().registry, app.current().registry);
    assert!(anew.overview().status.quarantined.is_empty() && anew.trouble().is_none());
}

#[test]
fn a_merged_branch_with_a_bomb_that_was_taken_back_in_it_is_served_with_its_authors() {
    let fixture = registry();
    let data = tempfile::tempdir().unwrap();
    let app = open(&fixture.path(), data.path());
    let first = fixture.head();
    fixture.git(&["switch", "--quiet", "--create", "side"]);
    bomb(&fixture);
    revert(&fixture);
    says(&fixture, "1.1.0", "Merged.");
    let side = fixture.commit_as("cleo", "on the side");
    fixture.git(&["switch", "--quiet", "main"]);
    let merge = point(&fixture, &format!("{side}^{{tree}}"), &["HEAD", &side.to_string()]);
    fixture.git(&["reset", "--quiet", "--hard"]);
    assert!(app.sync().unwrap());
    assert!(serves(&app, "1.1.0") && app.trouble().is_none());
    line_is_told_alike(app.repository(), first, merge);
    let authors = app.repository().authors(merge, None).unwrap();
    let blob = fixture.git(&["rev-parse", "HEAD:prompts/greet/1.1.0.yaml"]).parse().unwrap();
    assert_eq!(&*authors.get("prompts/greet/1.1.0.yaml", blob).unwrap().person.name, "cleo");
    let other = tempfile::tempdir().unwrap();
    assert_eq!(open(&fixture.path(), other.path()).current().registry, app.current().registry);
}
