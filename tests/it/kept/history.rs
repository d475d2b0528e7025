//! History is the same with and without the file that keeps it.

use super::place;
use crate::repository::{Fixture, START, program};
use promptreg::git::{CommitId, Program, Repository};
use std::{fmt::Write as _, fs, path::Path};

/// Puts this many commits on `main`, the last one its tip.
fn land(fixture: &Fixture, from: usize, count: usize) -> CommitId {
    let mut stream = String::new();
    for number in from..from + count {
        let time = START + i64::try_from(number).unwrap();
        writeln!(stream, "commit refs/heads/main\nauthor P{} <p@example.org> {time} +0000", number % 3).unwrap();
        writeln!(stream, "committer C <c@example.org> {time} +0000\ndata 2\nm").unwrap();
        if number == from && number > 0 {
            writeln!(stream, "from refs/heads/main^0").unwrap();
        }
        let text = format!("content: {number}\n");
        writeln!(stream, "M 100644 inline prompts/a/1.{number}.0.yaml\ndata {}\n{text}", text.len()).unwrap();
        writeln!(stream, "M 100644 inline prompts/a/prompt.yaml\ndata {}\n{text}", text.len()).unwrap();
    }
    fixture.git_as("ana", &["fast-import", "--quiet"], stream.as_bytes());
    fixture.git(&["rev-parse", "main"]).parse().unwrap()
}

/// Merges a commit of another person's branch.
fn merge(fixture: &Fixture, name: &str) -> CommitId {
    fixture.git(&["checkout", "--quiet", "--force", "main"]);
    fixture.git(&["checkout", "--quiet", "-b", name]);
    fixture.write(&format!("prompts/{name}/1.0.0.yaml"), name);
    fixture.commit_as("bea", name);
    fixture.git(&["checkout", "--quiet", "main"]);
    fixture.git(&["merge", "--quiet", "--no-ff", "-m", "merge", name]);
    fixture.head()
}

/// Asks with and without the file, and that the answers are the same.
fn same(repository: &Repository, tip: CommitId, path: &Path) {
    let (line, authors) = repository.kept_history(tip, path).unwrap();
    assert_eq!(line, repository.history(tip, None).unwrap());
    assert_eq!(authors, repository.authors(tip, None).unwrap());
}

/// The repository, by a `git` that cannot be started.
fn without_git(fixture: &Fixture) -> Repository {
    let program = Program { path: "/nowhere/git".into(), ..Program::default() };
    Repository::open_with(&fixture.path(), program).unwrap()
}

#[test]
fn what_is_kept_is_not_asked_of_git_again() {
    let (fixture, (_folder, path)) = (Fixture::new(), place());
    let repository = fixture.open();
    let mut sizes = Vec::new();
    let mut from = 0;
    for count in [3, 3, 100] {
        let tip = land(&fixture, from, count);
        from += count;
        same(&repository, tip, &path);
        sizes.push(fs::metadata(&path).unwrap().len());
    }
    assert_eq!(sizes[0], sizes[1], "three commits are not worth a chunk");
    assert!(sizes[2] > sizes[1]);
    let tip = merge(&fixture, "side");
    same(&repository, tip, &path);
    let tip = land(&fixture, from, 70);
    same(&repository, tip, &path);
    assert!(fs::metadata(&path).unwrap().len() > sizes[2]);
    let (line, authors) = without_git(&fixture).kept_history(tip, &path).unwrap();
    assert_eq!(line.len(), 3 + 3 + 100 + 1 + 70);
    assert_eq!(authors, repository.authors(tip, None).unwrap());
}

#[test]
fn one_log_is_asked_for_whatever_was_merged() {
    let (fixture, (folder, path)) = (Fixture::new(), place());
    let (script, calls) = (folder.path().join("git"), folder.path().join("calls"));
    program(&script, &format!("case \" $* \" in *\" log \"*) echo >> {};; esac\nexec git \"$@\"", calls.display()));
    let counting = Program { path: script, ..Program::default() };
    let repository = Repository::open_with(&fixture.path(), counting).unwrap();
    let count = || fs::read_to_string(&calls).unwrap_or_default().lines().count();
    let tip = land(&fixture, 0, 10);
    repository.kept_history(tip, &path).unwrap();
    assert_eq!(count(), 1);
    merge(&fixture, "side");
    let tip = land(&fixture, 10, 70);
    repository.kept_history(tip, &path).unwrap();
    assert_eq!(count(), 2);
    repository.kept_history(tip, &path).unwrap();
    assert_eq!(count(), 2);
}

#[test]
fn a_history_that_was_cut_off_or_scribbled_over_is_asked_anew() {
    let (fixture, (_folder, path)) = (Fixture::new(), place());
    let repository = fixture.open();
    let tip = land(&fixture, 0, 2);
    let expected = repository.kept_history(tip, &path).unwrap();
    let whole = fs::read(&path).unwrap();
    for at in (0..whole.len()).step_by(whole.len() / 60) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        for broken in [&bytes, &whole[..at]] {
            fs::write(&path, broken).unwrap();
            assert_eq!(repository.kept_history(tip, &path).unwrap(), expected, "{at}");
            assert_eq!(fs::read(&path).unwrap(), whole, "{at}");
        }
    }
}

#[test]
fn a_chunk_that_was_appended_twice_counts_once() {
    let (fixture, (_folder, path)) = (Fixture::new(), place());
    let repository = fixture.open();
    let tip = land(&fixture, 0, 2);
    repository.kept_history(tip, &path).unwrap();
    let first = fs::read(&path).unwrap();
    let tip = land(&fixture, 2, 70);
    repository.kept_history(tip, &path).unwrap();
    let both = fs::read(&path).unwrap();
    fs::write(&path, [&both, &both[first.len()..]].concat()).unwrap();
    same(&repository, tip, &path);
    assert_eq!(without_git(&fixture).kept_history(tip, &path).unwrap().0.len(), 72);
}

#[test]
fn the_history_of_another_branch_or_before_a_rewrite_is_not_believed() {
    let (fixture, (_folder, path)) = (Fixture::new(), place());
    let repository = fixture.open();
    let older = land(&fixture, 0, 2);
    let old = land(&fixture, 2, 3);
    same(&repository, old, &path);
    same(&repository, older, &path);
    fs::remove_file(&path).unwrap();
    same(&repository, old, &path);
    fixture.git(&["update-ref", "refs/heads/main", &older.to_string()]);
    let new = land(&fixture, 7, 3);
    same(&repository, new, &path);
    let (line, _) = without_git(&fixture).kept_history(new, &path).unwrap();
    assert_eq!(line.len(), 5);
    // A commit that lies beside the line, inside a merged branch, is not on it.
    let merged = merge(&fixture, "side");
    let side = fixture.git(&["rev-parse", "side"]).parse().unwrap();
    same(&repository, side, &path);
    same(&repository, merged, &path);
}

#[test]
fn of_a_shallow_clone_nothing_is_kept_since_it_may_be_deepened() {
    let (fixture, (folder, path)) = (Fixture::new(), place());
    let tip = land(&fixture, 0, 5);
    let clone = folder.path().join("clone");
    let url = format!("file://{}", fixture.path().display());
    fixture.git(&["clone", "--quiet", "--bare", "--depth=2", &url, clone.to_str().unwrap()]);
    let shallow = Repository::open(&clone).unwrap();
    assert_eq!(shallow.kept_history(tip, &path).unwrap().0.len(), 2);
    assert!(!path.exists());
    fixture.git(&["-C", clone.to_str().unwrap(), "fetch", "--quiet", "--unshallow"]);
    same(&Repository::open(&clone).unwrap(), tip, &path);
    assert!(path.exists());
}

#[test]
fn a_file_of_history_that_cannot_be_written_is_no_error() {
    let (fixture, (_folder, path)) = (Fixture::new(), place());
    let tip = land(&fixture, 0, 3);
    fs::write(&path, "a file").unwrap();
    same(&fixture.open(), tip, &path.join("history"));
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    same(&fixture.open(), tip, &path);
    let gone = "2".repeat(40).parse().unwrap();
    assert!(fixture.open().kept_history(gone, &path).is_err());
}
