//! Search in what is served: its index is made once, follows every push, and is made again where it was lost.

use crate::harness::{Registry, Server, binary};
use promptreg::{
    app::{App, Clock, Error, Opening, Source, accept_rewrite},
    search::{self, Question},
};
use std::{path::Path, sync::Arc};

fn registry() -> Registry {
    let registry = Registry::new();
    for name in ["one", "two", "three"] {
        registry.prompt(name, "labels: {production: 1.0.0}\n", &[("1.0.0", "Say hello.")]);
    }
    registry.commit("Start");
    registry
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

/// The names that a word finds in what is served, in order; none where it cannot be searched.
fn found(app: &App, word: &str) -> Option<Vec<String>> {
    let question = Question { text: word.to_owned(), limit: 20, ..Question::default() };
    let current = app.current();
    let found = match current.search(&question) {
        Err(Error::NotIndexed) => return None,
        found => found.unwrap(),
    };
    let mut names: Vec<_> = found.hits.iter().map(|hit| hit.name.to_string()).collect();
    names.sort();
    assert_eq!(found.total, names.len());
    Some(names)
}

fn names(names: &[&str]) -> Option<Vec<String>> {
    Some(names.iter().map(ToString::to_string).collect())
}

#[test]
fn however_many_threads_want_an_index_one_makes_it_and_it_is_the_one_on_disk() {
    let registry = registry();
    let data = tempfile::tempdir().unwrap();
    let app = App::open_with(opening(&registry, data.path()), &|_| ()).unwrap();
    let start = std::sync::Barrier::new(8);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                start.wait();
                app.index().unwrap();
            });
        }
    });
    assert_eq!(found(&app, "hello"), names(&["one", "three", "two"]));
    registry.prompt("four", "labels: {production: 1.0.0}\n", &[("1.0.0", "Hello again.")]);
    registry.commit("A push");
    assert!(app.sync().unwrap());
    assert_eq!(found(&app, "hello"), names(&["four", "one", "three", "two"]));
    drop(app);
    let on_disk = search::open(Some(data.path())).unwrap().searcher().prints().unwrap();
    assert_eq!(on_disk.len(), 4);
}

#[test]
fn an_index_that_is_made_while_others_push_ends_at_what_is_served() {
    let registry = registry();
    let app = Arc::new(App::open(&registry.path()).unwrap());
    std::thread::scope(|scope| {
        let maker = scope.spawn(|| app.index().unwrap());
        let mut round = 0;
        while !maker.is_finished() || round < 3 {
            registry.version("one", &format!("1.{round}.1"), &format!("Round {round}."));
            registry.commit("A push");
            assert!(app.sync().unwrap());
            round += 1;
        }
    });
    let documents = app.current().index_size().unwrap().documents;
    assert_eq!(documents, app.current().version_count() as u64);
}

#[test]
fn no_page_leads_to_one_that_would_be_refused() {
    let app = App::open(&registry().path()).unwrap();
    app.index().unwrap();
    let question = Question { text: "hello".to_owned(), limit: 1, ..Question::default() };
    let current = app.current();
    let mut found = current.search(&question).unwrap();
    found.total = 20_000;
    let next = [0, 9_999, 10_000].map(|left_out| current.hits(&found, left_out).next_cursor);
    assert_eq!(next, [Some("1".to_owned()), Some("10000".to_owned()), None]);
}

#[test]
fn what_a_rewrite_took_away_is_not_found_once_it_is_accepted() {
    let registry = registry();
    let first = registry.head().to_string();
    registry.prompt("four", "labels: {production: 1.0.0}\n", &[("1.0.0", "Hello again.")]);
    let old = registry.land("A push");
    let data = tempfile::tempdir().unwrap();
    let app = App::open_with(opening(&registry, data.path()), &|_| ()).unwrap();
    app.index().unwrap();
    assert_eq!(found(&app, "hello"), names(&["four", "one", "three", "two"]));
    registry.git(&["reset", "--quiet", "--hard", &first]);
    registry.version("one", "1.1.0", "Hello anew.");
    registry.version("three", "1.1.0", "Howdy.");
    let new = registry.land("Another history");
    assert!(app.sync().is_err());
    assert_eq!(found(&app, "hello"), names(&["four", "one", "three", "two"]));
    accept_rewrite(&opening(&registry, data.path()), &old, &new).unwrap();
    assert!(app.sync().unwrap());
    assert_eq!(found(&app, "hello"), names(&["one", "three", "two"]));
    assert_eq!((found(&app, "again"), found(&app, "howdy")), (names(&[]), names(&["three"])));
    assert_eq!(app.current().index_size().unwrap().documents, 5);
}

#[test]
#[cfg(target_os = "linux")]
fn an_index_that_a_full_disk_did_not_take_is_made_when_there_is_room_without_a_push() {
    use std::process::Command;

    let registry = registry();
    let text: String = (0..4000).map(|number| format!("word{number} ")).collect();
    registry.prompt("long", "labels: {production: 1.0.0}\n", &[("1.0.0", &text)]);
    registry.commit("Much text");
    let data = tempfile::tempdir().unwrap();
    // What may be written to one file stands for what is left of the disk.
    let limited = "trap '' XFSZ; ulimit -S -f 8; exec \"$0\" serve --listen 127.0.0.1:0 --data \"$1\"";
    let command = binary(&registry.path());
    let mut shell = Command::new("sh");
    shell.args(["-c", limited]).arg(command.get_program()).arg(data.path()).current_dir(registry.path()).env_clear();
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut server = Server::run(&mut shell);
    server.until_log("what is served cannot be searched");
    assert_eq!(server.get("/v1/search?q=word7").status, 503);
    let pid = server.child.id().to_string();
    assert!(Command::new("prlimit").args(["--fsize=unlimited", "--pid", &pid]).status().unwrap().success());
    let found = server.until("/v1/search?q=word7", |reply| reply.status == 200);
    assert_eq!(found.each("name"), ["long"]);
}
