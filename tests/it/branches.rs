//! Which branch counts: what a push cannot change, and an operator can.

use crate::repository::Fixture;
use promptreg::{
    app::{self, App, Opening, Query},
    domain::Selector,
};
use std::path::Path;

/// A bare repository, or a clone's own folder, with a registry on the branch `trunk`.
fn registry() -> Fixture {
    let fixture = Fixture::new();
    fixture.git(&["symbolic-ref", "HEAD", "refs/heads/trunk"]);
    settings(&fixture, "trunk");
    fixture.write("users/ana.yaml", "email: ana@example.org\n");
    fixture.write("prompts/greet/prompt.yaml", "description: Greets.\nowner: ana\nlabels: {production: 1.0.0}\n");
    says(&fixture, "1.0.0", "Hello.");
    fixture.commit("one");
    fixture
}

fn settings(fixture: &Fixture, branch: &str) {
    let id = "6f0c0f8e-3c3f-4c58-9d8c-0f6a5b0c0001";
    let text = format!("[registry]\nname = \"acme\"\nid = \"{id}\"\ndefault_branch = \"{branch}\"\n");
    fixture.write("registry.toml", text);
}

fn says(fixture: &Fixture, number: &str, text: &str) {
    fixture.write(&format!("prompts/greet/{number}.yaml"), format!("content: {text}\n"));
}

/// What is pushed to a branch of its own: it calls itself the default branch and says something else.
fn take_over(fixture: &Fixture, branch: &str) {
    fixture.git(&["switch", "--quiet", "--create", branch]);
    settings(fixture, branch);
    says(fixture, "2.0.0", "Mallory.");
    fixture.commit("mine now");
    fixture.git(&["switch", "--quiet", "trunk"]);
}

fn opening(repository: &Path, data: &Path) -> Opening {
    Opening { data: Some(data.to_owned()), follows: true, ..Opening::of(repository) }
}

fn open(repository: &Path, data: &Path) -> App {
    App::open_with(opening(repository, data), &|_| ()).unwrap()
}

/// The branch, whether the version of whoever takes over is served, and what the trouble is, without the commits.
fn state(app: &App) -> String {
    let is_served = |selector: &str| app.current().fetch(&Query::from(selector.parse::<Selector>().unwrap())).is_ok();
    let trouble = app.trouble().map_or_else(|| "no trouble".to_owned(), |trouble| trouble.message);
    let words = trouble.split(' ').map(|word| match word.trim_end_matches('`') {
        commit if commit.len() == 40 => word.replace(commit, "COMMIT"),
        _ => word.to_owned(),
    });
    let trouble = words.collect::<Vec<_>>().join(" ");
    assert!(is_served("greet@1.0.0"));
    format!("{}, taken over: {}, {trouble}", app.branch(), is_served("greet@2.0.0"))
}

#[test]
fn a_branch_called_main_that_is_pushed_beside_the_default_one_takes_nothing_over() {
    let fixture = registry();
    let folder = tempfile::tempdir().unwrap();
    let bare = folder.path().join("bare.git");
    fixture.git(&["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);
    let clone = folder.path().join("clone");
    fixture.git(&["clone", "--quiet", ".", clone.to_str().unwrap()]);
    take_over(&fixture, "main");
    for place in [&bare, &clone] {
        let fetch =
            ["-C", place.to_str().unwrap(), "fetch", "--quiet", fixture.path().to_str().unwrap()].map(str::to_owned);
        let fetch: Vec<&str> = fetch.iter().map(String::as_str).chain(["main:main"]).collect();
        fixture.git(&fetch);
        // Neither at a first start nor at a later one.
        let data = folder.path().join("data");
        assert_eq!(state(&open(place, &data)), "trunk, taken over: false, no trouble");
        assert_eq!(state(&open(place, &data)), "trunk, taken over: false, no trouble");
    }
    // Where nothing says what the default is but what is checked out, a first start may choose; a later one does not.
    let data = folder.path().join("more");
    fixture.git(&["branch", "--quiet", "--move", "main", "aside"]);
    let running = open(&fixture.path(), &data);
    fixture.git(&["branch", "--quiet", "--move", "aside", "main"]);
    let said = "trunk, taken over: false, `main` is the default branch now, and `trunk` is still served, as before; \
                `promptreg sync --accept-rewrite COMMIT COMMIT` with the same --registry and --data as here follows `main` from the next start on";
    assert!(!running.sync().unwrap());
    assert_eq!(state(&running), said);
    assert_eq!(state(&open(&fixture.path(), &data)), said);
}

#[test]
fn a_slip_in_the_name_of_the_default_branch_is_trouble_and_no_end() {
    let fixture = registry();
    let data = tempfile::tempdir().unwrap();
    let running = open(&fixture.path(), data.path());
    settings(&fixture, "trnuk");
    let newest = fixture.commit("a slip");
    assert!(running.sync().unwrap());
    let said = "trunk, taken over: false, `trunk` names `trnuk` as the default branch, and `trnuk` does not say so of itself: \
                mend default_branch in registry.toml";
    assert_eq!(state(&running), said);
    let restarted = open(&fixture.path(), data.path());
    assert_eq!((state(&restarted), restarted.current().commit), (said.to_owned(), Some(newest)));
    settings(&fixture, "trunk");
    fixture.commit("mended");
    assert!(restarted.sync().unwrap());
    assert_eq!(state(&restarted), "trunk, taken over: false, no trouble");
}

#[test]
fn a_default_branch_that_is_gone_is_served_on_after_a_restart_until_another_one_is_accepted() {
    let fixture = registry();
    let data = tempfile::tempdir().unwrap();
    let old = fixture.head();
    drop(open(&fixture.path(), data.path()));
    take_over(&fixture, "other");
    fixture.git(&["switch", "--quiet", "other"]);
    fixture.git(&["branch", "--quiet", "-D", "trunk"]);
    let restarted = open(&fixture.path(), data.path());
    let said = "trunk, taken over: false, `other` is the default branch now, and `trunk` is still served, as before; \
                `promptreg sync --accept-rewrite COMMIT COMMIT` with the same --registry and --data as here follows `other` from the next start on";
    assert_eq!((state(&restarted), restarted.current().commit), (said.to_owned(), Some(old)));
    let [old, new] = [old, fixture.head()].map(|commit| commit.to_string());
    app::accept_rewrite(&opening(&fixture.path(), data.path()), &old, &new).unwrap();
    assert_eq!(state(&open(&fixture.path(), data.path())), "other, taken over: true, no trouble");
}
