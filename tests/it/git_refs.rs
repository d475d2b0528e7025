//! Refs that keep commits, and the files in which it shows that a ref moved.

use crate::repository::Fixture;
use promptreg::git::{Error, Repository, Watched};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

#[test]
fn what_is_pinned_outlives_garbage_collection_and_what_is_let_go_does_not() {
    let fixture = Fixture::new();
    let one = fixture.commit("one");
    let two = fixture.commit("two");
    fixture.git(&["reset", "--quiet", "--hard", &one.to_string()]);
    let repository = fixture.open();
    assert_eq!(repository.pinned("served/main"), Ok(None));
    repository.pin("served/main", one).unwrap();
    repository.pin("served/main", two).unwrap();
    assert_eq!(fixture.open().pinned("served/main"), Ok(Some(two)));
    // It is no branch, no tag, and no name that anyone can ask for.
    assert!(matches!(repository.resolve("served/main"), Err(Error::UnknownRef { .. })));
    assert!(!fixture.path().join(".git/logs/refs/promptreg").exists());
    let collect = || {
        fixture.git(&["reflog", "expire", "--expire=now", "--all"]);
        fixture.git(&["gc", "--quiet", "--prune=now"]);
    };
    collect();
    assert_eq!(fixture.open().history(two, None).unwrap().len(), 2);
    assert_eq!(repository.pinned("served/main"), Ok(Some(two)));
    repository.unpin("served/main").unwrap();
    repository.unpin("served/main").unwrap();
    assert_eq!(repository.pinned("served/main"), Ok(None));
    collect();
    assert!(fixture.open().tree(two).is_err());
    assert_eq!(repository.pin("served/main", two), Err(Error::Missing { object: two.to_string() }));
    for name in ["", "-x", "a..b", "/a", "a b"] {
        assert!(matches!(repository.pin(name, one), Err(Error::RefName { .. })), "{name}");
    }
}

/// What can be seen of the watched files.
fn seen(watched: &[Watched]) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut seen = BTreeMap::new();
    for folder in watched {
        let depth = if folder.recursive { usize::MAX } else { 1 };
        for file in walkdir::WalkDir::new(&folder.path).max_depth(depth) {
            let file = file.unwrap();
            if file.file_type().is_file() && folder.concerns(file.path()) {
                seen.insert(file.path().to_owned(), std::fs::read(file.path()).unwrap());
            }
        }
    }
    seen
}

#[test]
fn every_move_of_a_ref_shows_in_what_is_watched_and_nothing_else_does() {
    let fixture = Fixture::new();
    let one = fixture.commit("one");
    let linked = tempfile::tempdir().unwrap();
    let linked = linked.path().canonicalize().unwrap().join("linked");
    fixture.git(&["worktree", "add", "--quiet", "-b", "draft", linked.to_str().unwrap()]);
    let own = fixture.open().watched();
    let git = fixture.path().join(".git");
    let at = |path: PathBuf, recursive| Watched { path, recursive };
    assert_eq!(own, [at(git.clone(), false), at(git.join("refs"), true)]);
    let other = Repository::open(&linked).unwrap().watched();
    assert_eq!(other, [at(git.join("worktrees/linked"), false), at(git.clone(), false), at(git.join("refs"), true)]);
    let inside = |args: &[&str]| {
        let here = ["-C", linked.to_str().unwrap()];
        assert!(Command::new("git").args(here).args(args).status().unwrap().success());
    };
    let moves: [(&str, &dyn Fn()); 6] = [
        ("a commit", &|| assert_ne!(fixture.commit("two"), one)),
        ("a new branch", &|| drop(fixture.git(&["branch", "a/b/c"]))),
        ("packing", &|| drop(fixture.git(&["pack-refs", "--all"]))),
        ("a packed branch that goes", &|| drop(fixture.git(&["branch", "--quiet", "--delete", "--force", "a/b/c"]))),
        ("a move in the other work tree", &|| inside(&["reset", "--quiet", "--hard", "main"])),
        ("another branch", &|| drop(fixture.git(&["checkout", "--quiet", "-b", "third"]))),
    ];
    for (name, make) in moves {
        let before = [seen(&own), seen(&other)];
        make();
        let after = [seen(&own), seen(&other)];
        assert_ne!(before[0], after[0], "{name}");
        // The common refs are watched for the linked work tree too.
        assert_ne!(before[1], after[1], "{name}");
    }
    let before = seen(&own);
    fixture.write("new.txt", "x");
    fixture.git(&["add", "--all"]);
    std::fs::write(git.join("refs/heads/main.lock"), "").unwrap();
    assert_eq!(seen(&own), before);
    assert!(!own[0].concerns(Path::new("/elsewhere/HEAD")));
}
