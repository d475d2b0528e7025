//! Changes, told over random histories: what they add up to is what the tree holds.

use crate::repository::Fixture;
use promptreg::git::{self, BlobId, Change, CommitId, Repository, Tree};
use proptest::prelude::*;
use std::{collections::BTreeMap, fmt::Write as _};

/// What lies at a path: a file's content, or why it is not read.
pub(crate) type State = BTreeMap<String, Result<BlobId, &'static str>>;

pub(crate) fn fold<'a>(state: &mut State, changes: impl IntoIterator<Item = &'a Change>) {
    for change in changes {
        let path = change.path.to_string();
        assert!(change.new.is_none() || change.refused.is_none(), "{path} is refused and read");
        let known = state.get(&path).and_then(|known| known.as_ref().ok()).copied();
        assert_eq!(change.old, known, "{path} was something else before");
        match (change.new, change.refused) {
            (Some(blob), _) => drop(state.insert(path, Ok(blob))),
            (None, Some(reason)) => drop(state.insert(path, Err(reason))),
            (None, None) => assert!(state.remove(&path).is_some(), "{path} went, and was not there"),
        }
    }
}

pub(crate) fn of_tree(tree: &Tree) -> State {
    let files = tree.entries.iter().map(|entry| (entry.path.to_string(), Ok(entry.blob)));
    files.chain(tree.refused.iter().map(|refused| (refused.path.clone(), Err(refused.reason)))).collect()
}

/// A path by its parts.
type Parts = Vec<&'static [u8]>;

/// A file's mode and content; `None` takes it away.
type Put = Option<(&'static str, u8)>;

/// One step of a random history.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// What is put where.
    edits: Vec<(Parts, Put)>,
    /// Which earlier commits are its parents, as distances back; none for a beginning of its own.
    parents: Vec<usize>,
    /// Seconds since the step before.
    pause: i64,
}

fn path() -> impl Strategy<Value = Parts> {
    let top = prop_oneof![
        8 => Just(&b"prompts"[..]),
        2 => Just(&b"users"[..]),
        1 => prop::sample::select(vec![&b"Users"[..], b"PROMPTS", b"wor\xe2\x84\xaaflows", b"workflows", b"docs", b"prompt\xff"]),
    ];
    let folder = prop::sample::select(vec![
        &b"a"[..],
        b"A",
        b"b",
        b"a-b",
        b"b\n",
        b".git",
        b".hidden",
        b"\xc3\xa9",
        b"\xc3\x89",
        b"caf\xe9",
        b"caf\xe8",
        b"caf\xef\xbf\xbd",
    ]);
    let file = prop::sample::select(vec![
        &b"prompt.yaml"[..],
        b"1.0.0.yaml",
        b"1.0.0.YAML",
        b"README.md",
        b"readme.md",
        b"a",
        b"A",
        b"Prompt.yaml",
        b"b.yaml",
        b"\xff.yaml",
    ]);
    let root =
        prop::sample::select(vec![&b"registry.toml"[..], b"tags.yaml", b"Tags.yaml", b"tags.yml", b"README", b"users"]);
    prop_oneof![
        6 => (top.clone(), folder, file.clone()).prop_map(|(a, b, c)| vec![a, b, c]),
        3 => (top, file).prop_map(|(a, b)| vec![a, b]),
        1 => root.prop_map(|a| vec![a]),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let mode = prop_oneof![
        8 => Just("100644"), 1 => Just("100755"), 1 => Just("120000"), 1 => Just("160000"), 1 => Just("100664"),
    ];
    let edit = (path(), prop::option::weighted(0.7, (mode, 0_u8..4)));
    let parents = prop_oneof![
        12 => Just(vec![1]),
        1 => Just(vec![]),
        4 => prop::collection::vec(1_usize..6, 1..4),
    ];
    let step = (prop::collection::vec(edit, 0..5), parents, prop_oneof![Just(0_i64), Just(1), Just(60)]);
    prop::collection::vec(step.prop_map(|(edits, parents, pause)| Step { edits, parents, pause }), 1..14)
}

/// Writes trees and commits by git2, without its checks; hundreds of processes would take too long.
pub(crate) struct Made {
    pub(crate) fixture: Fixture,
    pub(crate) commits: Vec<CommitId>,
}

#[derive(Default, Clone)]
struct Node {
    files: BTreeMap<Vec<u8>, (&'static str, String)>,
    folders: BTreeMap<Vec<u8>, Node>,
}

impl Node {
    fn edit(&mut self, path: &[&[u8]], what: Option<(&'static str, String)>) {
        match path {
            [name] => {
                self.folders.remove(*name);
                match what {
                    Some(file) => drop(self.files.insert(name.to_vec(), file)),
                    None => drop(self.files.remove(*name)),
                }
            }
            [name, rest @ ..] => {
                self.files.remove(*name);
                self.folders.entry(name.to_vec()).or_default().edit(rest, what);
            }
            [] => {}
        }
    }

    fn write(&self, odb: &git2::Odb<'_>) -> Option<git2::Oid> {
        let mut entries: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        for (name, (mode, id)) in &self.files {
            let id = git2::Oid::from_str(id).unwrap();
            entries.push((name.clone(), [mode.as_bytes(), b" ", name, b"\0", id.as_bytes()].concat()));
        }
        for (name, node) in &self.folders {
            let Some(id) = node.write(odb) else { continue };
            entries
                .push(([name.as_slice(), b"/"].concat(), [b"40000 ", name.as_slice(), b"\0", id.as_bytes()].concat()));
        }
        entries.sort();
        let bytes: Vec<u8> = entries.into_iter().flat_map(|(_, bytes)| bytes).collect();
        (!bytes.is_empty()).then(|| odb.write(git2::ObjectType::Tree, &bytes).unwrap())
    }
}

pub(crate) fn make(steps: &[Step]) -> Made {
    let fixture = Fixture::new();
    let repository = git2::Repository::open(fixture.path()).unwrap();
    let odb = repository.odb().unwrap();
    let mut made: Vec<(git2::Oid, Node)> = Vec::new();
    let mut clock = crate::repository::START;
    for (number, step) in steps.iter().enumerate() {
        clock += step.pause;
        let mut parents: Vec<usize> = Vec::new();
        for back in &step.parents {
            if let Some(parent) = made.len().checked_sub(*back)
                && !parents.contains(&parent)
            {
                parents.push(parent);
            }
        }
        let mut node = Node::default();
        // A merge holds the files of all its parents, those of the last over the others.
        for parent in &parents {
            node.join(&made[*parent].1);
        }
        for (path, what) in &step.edits {
            let what = what.map(|(mode, content)| {
                let id = if mode == "160000" {
                    "1".repeat(39) + &content.to_string()
                } else {
                    odb.write(git2::ObjectType::Blob, &[content]).unwrap().to_string()
                };
                (mode, id)
            });
            node.edit(path, what);
        }
        let tree = node.write(&odb).unwrap_or_else(|| odb.write(git2::ObjectType::Tree, b"").unwrap());
        let mut text = format!("tree {tree}\n");
        for parent in &parents {
            writeln!(text, "parent {}", made[*parent].0).unwrap();
        }
        let person = ["ana <ana@example.org>", "bea  <b@x>", " <>", "cleo d <c> "][number % 4];
        writeln!(text, "author {person} {} +0100", clock - 5).unwrap();
        writeln!(text, "committer cleo <cleo@example.org> {clock} +0000").unwrap();
        write!(text, "\n{}", ["one\n", "", "\n \n two \nlines\n\nbody", "three"][number % 4]).unwrap();
        made.push((odb.write(git2::ObjectType::Commit, text.as_bytes()).unwrap(), node));
    }
    let commits = made.iter().map(|(id, _)| id.to_string().parse().unwrap()).collect();
    Made { fixture, commits }
}

impl Node {
    fn join(&mut self, other: &Self) {
        for (name, file) in &other.files {
            self.folders.remove(name);
            self.files.insert(name.clone(), file.clone());
        }
        for (name, node) in &other.folders {
            self.files.remove(name);
            self.folders.entry(name.clone()).or_default().join(node);
        }
    }
}

fn folded(repository: &Repository, tip: CommitId) -> State {
    let mut state = State::new();
    for commit in repository.history(tip, None).unwrap() {
        fold(&mut state, &commit.changes);
        assert_eq!(state, of_tree(&repository.tree(commit.commit).unwrap()), "at {}", commit.commit);
    }
    state
}

/// The same repository, to be read by `git log` alone: what is shallow is not read in the process. The commit at which it
/// pretends to be cut off is none of its own.
fn by_log(fixture: &Fixture) -> Repository {
    fixture.write(".git/shallow", format!("{}\n", "2".repeat(40)));
    let repository = fixture.open();
    assert!(repository.is_shallow());
    repository
}

/// The first-parent line of a commit, oldest first.
fn line(repository: &Repository, tip: CommitId) -> Vec<CommitId> {
    repository.history(tip, None).unwrap().iter().map(|commit| commit.commit).collect()
}

#[test]
fn what_another_process_has_just_packed_is_read_all_the_same() {
    let fixture = Fixture::new();
    fixture.write("prompts/greet/prompt.yaml", "0");
    let mut stop = fixture.commit("0");
    let repository = fixture.open();
    for number in 1..4 {
        fixture.write("prompts/greet/prompt.yaml", number.to_string());
        let tip = fixture.commit(&number.to_string());
        fixture.git(&["repack", "-a", "-d", "--quiet"]);
        fixture.git(&["prune-packed"]);
        let line = repository.history(tip, Some(stop)).unwrap();
        let content = BlobId::of_bytes(number.to_string().as_bytes()).unwrap();
        assert_eq!(line.iter().map(|commit| commit.changes[0].new).collect::<Vec<_>>(), [Some(content)]);
        assert!(repository.authors(tip, Some(stop)).unwrap().get("prompts/greet/prompt.yaml", content).is_some());
        stop = tip;
    }
}

#[test]
fn more_new_commits_than_a_few_add_up_too_where_a_twin_was_there_before() {
    let fixture = Fixture::new();
    fixture.write("prompts/Greet/prompt.yaml", "a");
    fixture.write("prompts/greet/prompt.yaml", "b");
    let stop = fixture.commit("twins");
    let repository = fixture.open();
    let mut state = of_tree(&repository.tree(stop).unwrap());
    std::fs::remove_dir_all(fixture.path().join("prompts/greet")).unwrap();
    for number in 0..70 {
        fixture.write("tags.yaml", number.to_string());
        fixture.commit(&number.to_string());
    }
    let tip = fixture.head();
    let line = repository.history(tip, Some(stop)).unwrap();
    assert_eq!(line.len(), 70);
    // Nothing is said of it by Git: it was there, and is there.
    assert!(line[0].changes.iter().any(|change| &*change.path == "prompts/Greet/prompt.yaml" && change.new.is_some()));
    line.iter().for_each(|commit| fold(&mut state, &commit.changes));
    assert_eq!(state, of_tree(&repository.tree(tip).unwrap()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn the_changes_of_a_line_add_up_to_its_trees(steps in steps()) {
        let made = make(&steps);
        let repository = made.fixture.open();
        let tip = *made.commits.last().unwrap();
        prop_assert_eq!(folded(&repository, tip), of_tree(&repository.tree(tip).unwrap()));
    }

    #[test]
    fn a_kept_history_says_what_git_says(steps in steps()) {
        let made = make(&steps);
        let (repository, folder) = (made.fixture.open(), tempfile::tempdir().unwrap());
        let tip = *made.commits.last().unwrap();
        let (line, authors) = repository.kept_history(tip, &folder.path().join("history")).unwrap();
        prop_assert_eq!(line, repository.history(tip, None).unwrap());
        prop_assert_eq!(authors, repository.authors(tip, None).unwrap());
    }

    #[test]
    fn the_newest_commits_are_read_as_git_log_reads_them(steps in steps(), back in 0_usize..14) {
        let made = make(&steps);
        let few = made.fixture.open();
        let tip = *made.commits.last().unwrap();
        let line = line(&few, tip);
        let stop = line[line.len().saturating_sub(back + 1)];
        let read = (few.history(tip, Some(stop)), few.authors(tip, Some(stop)));
        // Also where the other commit is not on the line, or reaches this one.
        let other = made.commits[back % made.commits.len()];
        let crossed = (few.history(tip, Some(other)), few.authors(tip, Some(other)));
        let of_all = git::Authors::of(&few.history(tip, None).unwrap());
        let all = by_log(&made.fixture);
        prop_assert_eq!(read, (all.history(tip, Some(stop)), all.authors(tip, Some(stop))));
        prop_assert_eq!(crossed, (all.history(tip, Some(other)), all.authors(tip, Some(other))));
        if let Some(of_all) = of_all {
            prop_assert_eq!(of_all, all.authors(tip, None).unwrap());
        }
    }
}
