//! Git repositories as people and attackers make them: what is read, what is refused, what is written.

use crate::repository::{Fixture, START, program};
use insta::assert_snapshot;
use promptreg::git::{self, Author, BlobId, CommitId, Error, Person, Program, Repository, Tree};
use std::{fmt::Write as _, process::Command, time::Duration};

fn show(tree: &Tree) -> String {
    let mut text = String::new();
    for entry in &tree.entries {
        writeln!(text, "{}", entry.path).unwrap();
    }
    for refused in &tree.refused {
        writeln!(text, "{:?}: {}", refused.path, refused.reason).unwrap();
    }
    text
}

fn ana(time: i64) -> Author {
    Author {
        person: Person { name: "Ana".into(), email: "ana@example.org".into() },
        time,
        co_authors: std::sync::Arc::default(),
    }
}

fn blob(fixture: &Fixture, spec: &str) -> BlobId {
    fixture.git(&["rev-parse", spec]).parse().unwrap()
}

#[test]
fn a_repository_is_found_from_its_folders_and_bare_ones_have_no_work_tree() {
    let fixture = Fixture::new();
    fixture.write("prompts/greet/prompt.yaml", "display_name: Greet\n");
    let commit = fixture.commit("one");
    let bare = tempfile::tempdir().unwrap();
    let bare = bare.path().canonicalize().unwrap();
    fixture.git(&["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);
    for path in [fixture.path(), fixture.path().join("prompts/greet"), fixture.path().join(".git")] {
        let found = Repository::open(&path).unwrap();
        assert_eq!(found.work_tree(), Some(fixture.path().as_path()), "{}", path.display());
        assert_eq!(found.git_dir(), fixture.path().join(".git"));
        assert_eq!(found.tip("main").unwrap(), Some(commit));
    }
    let found = Repository::open(&bare).unwrap();
    assert_eq!((found.work_tree(), found.git_dir()), (None, bare.as_path()));
    assert_eq!(found.tip("main").unwrap(), Some(commit));
    assert_eq!(found.history(commit, None).unwrap().len(), 1);
    assert_snapshot!(show(&found.tree(commit).unwrap()), @"prompts/greet/prompt.yaml");
}

#[test]
fn where_no_repository_is_the_message_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let error = Repository::open(folder.path()).unwrap_err();
    assert_eq!(error, Error::NotARepository { path: folder.path().to_owned() });
    assert_snapshot!(error.to_string().replace(folder.path().to_str().unwrap(), "DIR"), @"the folder DIR is not in a Git repository");
}

#[test]
fn a_repository_of_a_kind_that_cannot_be_read_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let init = ["init", "--quiet", "--object-format=sha256", folder.path().to_str().unwrap()];
    assert!(Command::new("git").args(init).status().unwrap().success());
    assert!(matches!(Repository::open(folder.path()), Err(Error::Open { .. })));
}

#[test]
fn one_repository_serves_many_threads() {
    let fixture = Fixture::new();
    fixture.write("tags.yaml", "x");
    let commit = fixture.commit("one");
    let repository = fixture.open();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| (repository.tip("main").unwrap(), repository.tree(commit).unwrap().entries.len())))
            .collect();
        assert!(threads.into_iter().all(|thread| thread.join().unwrap() == (Some(commit), 1)));
    });
}

#[test]
fn an_empty_repository_has_a_branch_and_no_tip() {
    let fixture = Fixture::new();
    let repository = fixture.open();
    assert_eq!(repository.head_branch().unwrap().as_deref(), Some("main"));
    assert_eq!(repository.tip("main").unwrap(), None);
    for name in ["main", "HEAD"] {
        assert_eq!(repository.resolve(name), Err(Error::UnknownRef { name: name.to_owned() }));
    }
}

#[test]
fn the_tip_follows_the_branch_and_a_detached_head_names_none() {
    let fixture = Fixture::new();
    let one = fixture.commit("one");
    let repository = fixture.open();
    assert_eq!(repository.tip("main").unwrap(), Some(one));
    let two = fixture.commit("two");
    assert_eq!(repository.tip("main").unwrap(), Some(two));
    fixture.git(&["pack-refs", "--all"]);
    let three = fixture.commit("three");
    assert_eq!(repository.tip("main").unwrap(), Some(three));
    fixture.git(&["checkout", "--quiet", "--detach"]);
    assert_eq!(repository.head_branch().unwrap(), None);
    assert_eq!(repository.tip("gone").unwrap(), None);
}

#[test]
fn a_name_is_a_branch_before_a_tag_before_a_remote_before_an_id() {
    let fixture = Fixture::new();
    let one = fixture.commit("one");
    let two = fixture.commit("two");
    let three = fixture.commit("three");
    let short = one.to_string()[..7].to_owned();
    fixture.git(&["tag", "--annotate", "--message=v1", "v1", &one.to_string()]);
    fixture.git(&["tag", "--annotate", "--message=again", "v1-again", "v1"]);
    fixture.git(&["tag", "both", &one.to_string()]);
    fixture.git(&["branch", "both", &two.to_string()]);
    fixture.git(&["update-ref", "refs/remotes/origin/main", &two.to_string()]);
    let tag = fixture.git(&["rev-parse", "v1"]);
    let repository = fixture.open();
    for (name, commit) in [
        ("main", three),
        ("HEAD", three),
        ("v1", one),
        ("v1-again", one),
        ("refs/tags/v1", one),
        ("both", two),
        ("refs/tags/both", one),
        ("origin/main", two),
        (&short, one),
        (&short.to_uppercase(), one),
        (&one.to_string(), one),
        (&tag, one),
    ] {
        assert_eq!(repository.resolve(name), Ok(commit), "{name}");
    }
    fixture.git(&["branch", &short, &three.to_string()]);
    assert_eq!(repository.resolve(&short), Ok(three));
}

#[test]
fn what_is_no_commit_or_no_name_is_not_resolved() {
    let fixture = Fixture::new();
    fixture.write("a", "a");
    let one = fixture.commit("one");
    let tree = fixture.git(&["rev-parse", "HEAD^{tree}"]);
    fixture.git(&["tag", "of-a-tree", &tree]);
    let repository = fixture.open();
    for name in ["of-a-tree", &tree] {
        assert_eq!(repository.resolve(name), Err(Error::NotACommit { name: name.to_owned() }));
    }
    for name in ["gone", "main.lock", "refs/heads/gone", &one.to_string()[..6], &"0".repeat(40)] {
        assert_eq!(repository.resolve(name), Err(Error::UnknownRef { name: name.to_owned() }));
    }
    let long = "a".repeat(256);
    let hostile = ["", "-q", "--upload-pack=id", "main..gone", "main@{1}", "@{-1}", "main:a", "main^", "main^{/one}"];
    for name in
        hostile.into_iter().chain([":/one", "main~1", "a\nb", "a\0b", "ma*", "a b", "/main", "main/", "a//b", &long])
    {
        assert!(matches!(repository.resolve(name), Err(Error::RefName { .. })), "{name:?}");
        assert!(matches!(repository.tip(name), Err(Error::RefName { .. })), "{name:?}");
    }
}

#[test]
fn an_abbreviation_of_two_commits_is_ambiguous() {
    let fixture = Fixture::new();
    fixture.commit("one");
    let repository = fixture.open();
    // Two commits that share seven digits cannot be found in a test's time; the same holds for any two objects.
    let (mut seen, mut number) = (std::collections::HashMap::new(), 0_u32);
    let (first, second) = loop {
        let id = git2_hash(number);
        if let Some(other) = seen.insert(id[..7].to_owned(), number) {
            break (other, number);
        }
        number += 1;
    };
    let one = fixture.object("blob", first.to_string().as_bytes());
    let two = fixture.object("blob", second.to_string().as_bytes());
    assert_eq!(one[..7], two[..7]);
    assert_eq!(repository.resolve(&one[..7]), Err(Error::Ambiguous { name: one[..7].to_owned() }));
}

fn git2_hash(number: u32) -> String {
    git2::Oid::hash_object(git2::ObjectType::Blob, number.to_string().as_bytes()).unwrap().to_string()
}

#[test]
fn only_plain_files_of_the_registry_are_read() {
    let fixture = Fixture::new();
    for path in ["registry.toml", "tags.yaml", "README.md", ".github/workflows/lint.yml", "docs/a.yaml"] {
        fixture.write(path, "x");
    }
    for path in ["prompts/support/greet/prompt.yaml", "prompts/support/greet/1.0.0.yaml", "prompts/support/notes.md"] {
        fixture.write(path, "x");
    }
    for path in ["users/ana.yaml", "prompts/stray.yaml", "prompts/.hidden/prompt.yaml", "prompts/run.sh"] {
        fixture.write(path, "x");
    }
    fixture.write("models/fast.yaml", "x");
    fixture.git(&["add", "--all"]);
    fixture.git(&["update-index", "--chmod=+x", "models/fast.yaml", "prompts/run.sh"]);
    fixture.git(&["commit", "--quiet", "--message=one"]);
    assert_snapshot!(show(&fixture.open().tree(fixture.head()).unwrap()), @r#"
    prompts/stray.yaml
    prompts/support/greet/1.0.0.yaml
    prompts/support/greet/prompt.yaml
    registry.toml
    tags.yaml
    users/ana.yaml
    "models/fast.yaml": it is executable: make it a plain file with `git update-index --chmod=-x`
    "#);
}

#[test]
fn links_and_submodules_are_refused_where_they_would_matter() {
    let fixture = Fixture::new();
    fixture.write("secret/prompt.yaml", "x");
    let commit = fixture.commit("one");
    let link = fixture.object("blob", b"../secret");
    let commit = commit.to_string();
    let inner =
        fixture.tree(&[("120000", b"1.0.0.yaml", &link), ("120000", b"linked", &link), ("160000", b"module", &commit)]);
    let root = fixture.tree(&[
        ("120000", b"CLAUDE.md", &link),
        ("40000", b"prompts", &inner),
        ("120000", b"registry.toml", &link),
        ("120000", b"users", &link),
        ("160000", b"vendor", &commit),
        ("160000", b"workflows", &commit),
    ]);
    let tree = fixture.open().tree(fixture.commit_tree(&root)).unwrap();
    assert_snapshot!(show(&tree), @r#"
    "prompts/1.0.0.yaml": it is a symbolic link, and those are never followed
    "prompts/linked": it is a symbolic link, and those are never followed
    "prompts/module": it is a submodule, and those are never entered
    "registry.toml": it is a symbolic link, and those are never followed
    "users": it is a symbolic link, and those are never followed
    "workflows": it is a submodule, and those are never entered
    "#);
}

#[test]
fn hostile_names_are_refused_and_the_rest_is_read() {
    let fixture = Fixture::new();
    let file = fixture.object("blob", b"x");
    let good = fixture.tree(&[("100644", b"prompt.yaml", &file)]);
    let twice = fixture.tree(&[("100644", b"prompt.yaml", &file), ("100644", b"prompt.yaml", &file)]);
    let names: [&[u8]; 14] = [
        b".",
        b"..",
        b".git",
        b".GIT",
        b".git ",
        b"GIT~1",
        b"/etc",
        b"a/../../b",
        b"a\\b",
        b"a\nb",
        b"caf\xe9",
        b"Good",
        b"good",
        b"GOOD",
    ];
    let mut entries: Vec<(&str, &[u8], &str)> = names.iter().map(|name| ("40000", *name, good.as_str())).collect();
    entries.push(("40000", b"twice", &twice));
    entries.push(("100664", b"old.yaml", &file));
    entries.push(("40000", b"broken", &file));
    let prompts = fixture.tree(&entries);
    let root = fixture.tree(&[
        ("100644", b"README", &file),
        ("100644", b"Readme", &file),
        ("40000", b"Users", &good),
        ("100644", b"REGISTRY.toml", &file),
        ("40000", b"prompts", &prompts),
        ("100644", b"registry.toml", &file),
        ("40000", b"users", &good),
    ]);
    let tree = fixture.open().tree(fixture.commit_tree(&root)).unwrap();
    assert_snapshot!(show(&tree), @r#"
    prompts/good/prompt.yaml
    prompts/old.yaml
    registry.toml
    users/prompt.yaml
    "REGISTRY.toml": another name in the folder differs only by case: use lower case
    "Users": another name in the folder differs only by case: use lower case
    "prompts/.": its name is empty, . or ..
    "prompts/..": its name is empty, . or ..
    "prompts/.GIT": its name is that of Git's own folder
    "prompts/.git": its name is that of Git's own folder
    "prompts/.git ": its name is that of Git's own folder
    "prompts/GIT~1": its name is that of Git's own folder
    "prompts/GOOD": another name in the folder differs only by case: use lower case
    "prompts/Good": another name in the folder differs only by case: use lower case
    "prompts/a\nb": its name has a control character in it
    "prompts/a\\b": its name has a slash or a backslash in it
    "prompts/a�..�..�b": its name has a slash or a backslash in it
    "prompts/broken/": the folder is missing or broken: check with `git fsck`
    "prompts/caf�": its name is not UTF-8
    "prompts/twice/prompt.yaml": the folder has two entries of this name
    "prompts/�etc": its name has a slash or a backslash in it
    "#);
}

#[test]
fn a_tree_that_unfolds_without_end_is_refused_in_bounded_time() {
    let fixture = Fixture::new();
    let mut tree = fixture.tree(&[("100644", b"prompt.yaml", &fixture.object("blob", b"x"))]);
    for _ in 0..12 {
        let names: Vec<String> = (0..10).map(|name| name.to_string()).collect();
        let entries: Vec<_> = names.iter().map(|name| ("40000", name.as_bytes(), tree.as_str())).collect();
        tree = fixture.tree(&entries);
    }
    let good = fixture.tree(&[("100644", b"prompt.yaml", &fixture.object("blob", b"x"))]);
    let prompts = fixture.tree(&[("40000", b"bomb", &tree), ("40000", b"good", &good)]);
    let root = fixture.tree(&[("40000", b"prompts", &prompts)]);
    let tree = fixture.open().tree(fixture.commit_tree(&root)).unwrap();
    assert_eq!((tree.entries.len(), tree.refused.len()), (1, 1));
    assert_eq!((&*tree.refused[0].path, tree.refused[0].reason), ("prompts/bomb/", "it holds too many files"));
}

#[test]
fn a_tree_that_is_too_deep_is_cut_off_with_a_reason() {
    let fixture = Fixture::new();
    let mut tree = fixture.tree(&[("100644", b"prompt.yaml", &fixture.object("blob", b"x"))]);
    for _ in 0..40 {
        tree = fixture.tree(&[("40000", b"d", &tree)]);
    }
    let root = fixture.tree(&[("40000", b"prompts", &tree)]);
    let tree = fixture.open().tree(fixture.commit_tree(&root)).unwrap();
    assert!(tree.entries.is_empty());
    assert_eq!(tree.refused.len(), 1);
    assert_eq!(tree.refused[0].reason, "it lies below more than 32 folders");
}

#[test]
fn each_blob_is_read_or_refused_by_itself_few_or_many() {
    let fixture = Fixture::new();
    let mut ids: Vec<BlobId> =
        (0..100).map(|i| fixture.object("blob", format!("text {i}\n\0").as_bytes()).parse().unwrap()).collect();
    let large: BlobId = fixture.object("blob", &[b'x'; 1001]).parse().unwrap();
    let missing: BlobId = "1".repeat(40).parse().unwrap();
    let tree: BlobId = fixture.tree(&[]).parse().unwrap();
    ids.splice(50..50, [large, missing, tree, ids[0]]);
    let repository = fixture.open();
    for ids in [&ids[..], &ids[40..60]] {
        let blobs = repository.blobs(ids, 1000).unwrap();
        assert_eq!(blobs.len(), ids.len());
        let at = ids.iter().position(|id| *id == large).unwrap();
        assert_eq!(blobs[at], Err(Error::TooLarge { blob: large, size: 1001, limit: 1000 }));
        assert_eq!(blobs[at + 1], Err(Error::Missing { object: missing.to_string() }));
        assert!(matches!(&blobs[at + 2], Err(Error::Corrupt { .. })));
        assert_eq!(blobs[at + 3].as_deref(), Ok(&b"text 0\n\0"[..]));
        assert_eq!(blobs[at + 4].as_deref(), Ok(&b"text 50\n\0"[..]));
        assert_eq!(blobs.iter().filter(|blob| blob.is_err()).count(), 3);
    }
    assert_eq!(repository.blobs(&[large], 1001).unwrap()[0].as_deref(), Ok(&[b'x'; 1001][..]));
}

#[test]
fn a_broken_object_is_named_and_the_others_are_read() {
    let fixture = Fixture::new();
    let ids: Vec<String> = (0..100).map(|i| fixture.object("blob", format!("text {i}").as_bytes())).collect();
    let overwrite = |id: &str, bytes: &[u8]| {
        std::fs::remove_file(fixture.loose(id)).unwrap();
        std::fs::write(fixture.loose(id), bytes).unwrap();
    };
    overwrite(&ids[10], b"garbage");
    // A sound object under another's id.
    let other = std::fs::read(fixture.loose(&ids[30])).unwrap();
    overwrite(&ids[20], &other);
    let ids: Vec<BlobId> = ids.iter().map(|id| id.parse().unwrap()).collect();
    for ids in [&ids[..], &ids[..50]] {
        let blobs = fixture.open().blobs(ids, 1000).unwrap();
        let bad: Vec<usize> = (0..ids.len()).filter(|i| matches!(blobs[*i], Err(Error::Corrupt { .. }))).collect();
        assert_eq!(bad, [10, 20]);
        assert!(blobs.iter().enumerate().all(|(i, blob)| bad.contains(&i) || blob.is_ok()));
    }
}

/// A branch by bea and a change by ana on main, merged by cleo, who also changed something while merging.
fn merged() -> (Fixture, Vec<CommitId>) {
    let fixture = Fixture::new();
    fixture.write("prompts/greet/prompt.yaml", "1");
    fixture.write("README.md", "1");
    let one = fixture.commit("one\n\n:100644 is no change");
    fixture.git(&["checkout", "--quiet", "-b", "proposal"]);
    fixture.write("prompts/greet/1.0.0.yaml", "bea's");
    fixture.commit_as("bea", "two");
    fixture.git(&["checkout", "--quiet", "main"]);
    fixture.write("README.md", "2");
    let readme = fixture.commit("");
    fixture.git(&["merge", "--no-ff", "--no-commit", "proposal"]);
    fixture.write("prompts/greet/prompt.yaml", "by the merge");
    let merge = fixture.commit_as("cleo", "merge");
    std::fs::remove_file(fixture.path().join("prompts/greet/prompt.yaml")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", fixture.path().join("prompts/greet/prompt.yaml")).unwrap();
    fixture.write("prompts/a\nb/1.0.0.yaml", "odd");
    let odd = fixture.commit("odd");
    (fixture, vec![one, readme, merge, odd])
}

#[test]
fn history_is_the_first_parent_line_with_what_each_commit_changed() {
    let (fixture, line) = merged();
    let history = fixture.open().history(line[3], None).unwrap();
    assert_eq!(history.iter().map(|commit| commit.commit).collect::<Vec<_>>(), line);
    assert_eq!(history.iter().map(|commit| commit.parents.len()).collect::<Vec<_>>(), [0, 1, 2, 1]);
    let mut text = String::new();
    for commit in &history {
        let minutes = [commit.authored_at, commit.committed_at].map(|time| (time - START) / 60);
        let people = [&commit.author, &commit.committer].map(|person| format!("{} <{}>", person.name, person.email));
        writeln!(text, "{:?} {} {minutes:?}", commit.message, people.join(", ")).unwrap();
        for change in &commit.changes {
            let kept = [change.old, change.new]
                .map(|blob| blob.map_or("-".to_owned(), |blob| blob.to_string()[..7].to_owned()));
            let refused = change.refused.map(|reason| format!(": {reason}")).unwrap_or_default();
            writeln!(text, "  {:?} {} {:o}{refused}", change.path, kept.join(" -> "), change.mode).unwrap();
        }
    }
    assert_snapshot!(text, @r#"
    "one" ana <ana@example.org>, ana <ana@example.org> [1, 1]
      "prompts/greet/prompt.yaml" - -> 56a6051 100644
    "" ana <ana@example.org>, ana <ana@example.org> [3, 3]
    "merge" cleo <cleo@example.org>, cleo <cleo@example.org> [4, 4]
      "prompts/greet/1.0.0.yaml" - -> d176f18 100644
      "prompts/greet/prompt.yaml" 56a6051 -> 1ea2212 100644
    "odd" ana <ana@example.org>, ana <ana@example.org> [5, 5]
      "prompts/a\nb" - -> - 40000: its name has a control character in it
      "prompts/greet/prompt.yaml" 1ea2212 -> - 120000: it is a symbolic link, and those are never followed
    "#);
}

#[test]
fn with_a_stop_only_what_is_newer_is_read() {
    let (fixture, line) = merged();
    let repository = fixture.open();
    let all = repository.history(line[3], None).unwrap();
    for stop in 0..4 {
        assert_eq!(repository.history(line[3], Some(line[stop])).unwrap(), all[stop + 1..]);
    }
}

#[test]
fn a_merge_does_not_hide_who_wrote_what() {
    let (fixture, line) = merged();
    let repository = fixture.open();
    let authors = repository.authors(line[3], None).unwrap();
    let who = |path: &str, spec: &str| {
        let author = authors.get(path, blob(&fixture, spec)).unwrap();
        (author.person.name.to_string(), (author.time - START) / 60)
    };
    let (version, prompt) = ("prompts/greet/1.0.0.yaml", "prompts/greet/prompt.yaml");
    assert_eq!(who(version, "main:prompts/greet/1.0.0.yaml"), ("bea".to_owned(), 2));
    assert_eq!(who(prompt, "main~2:prompts/greet/prompt.yaml"), ("ana".to_owned(), 1));
    assert_eq!(who(prompt, "main~1:prompts/greet/prompt.yaml"), ("cleo".to_owned(), 4));
    assert_eq!(authors.get(prompt, blob(&fixture, "main:prompts/greet/1.0.0.yaml")), None);

    let mut pieces = repository.authors(line[1], None).unwrap();
    pieces.extend(repository.authors(line[3], Some(line[1])).unwrap());
    assert_eq!(pieces, authors);
}

#[test]
fn whoever_landed_it_first_stays_its_author_whatever_a_later_branch_dates_itself() {
    let fixture = Fixture::new();
    fixture.write("prompts/a/prompt.yaml", "a");
    fixture.commit("a");
    fixture.write("tags.yaml", "1");
    fixture.commit_as("bea", "1");
    let (tree, parent) = (fixture.git(&["rev-parse", "HEAD^{tree}"]), fixture.git(&["rev-parse", "HEAD~1"]));
    let cleo = "cleo <cleo@x.example> 978307200 +0000";
    let side = format!("tree {}\nparent {}\nauthor {cleo}\ncommitter {cleo}\n\n0\n", tree.trim(), parent.trim());
    let side = fixture.object("commit", side.as_bytes());
    fixture.git(&["merge", "--quiet", "--no-ff", "-m", "merge", side.trim()]);
    let (repository, tip) = (fixture.open(), fixture.head());
    let folder = tempfile::tempdir().unwrap();
    let (_, kept) = repository.kept_history(tip, &folder.path().join("history")).unwrap();
    for authors in [repository.authors(tip, None).unwrap(), kept] {
        assert_eq!(&*authors.get("tags.yaml", blob(&fixture, "HEAD:tags.yaml")).unwrap().person.name, "bea");
    }
}

#[test]
fn whoever_wrote_it_first_stays_its_author() {
    let fixture = Fixture::new();
    for (person, text) in [("bea", "1"), ("cleo", "2"), ("ana", "1")] {
        fixture.write("tags.yaml", text);
        fixture.commit_as(person, text);
    }
    let authors = fixture.open().authors(fixture.head(), None).unwrap();
    assert_eq!(&*authors.get("tags.yaml", blob(&fixture, "HEAD:tags.yaml")).unwrap().person.name, "bea");
}

#[test]
fn a_rewritten_history_is_noticed() {
    let (fixture, line) = merged();
    let repository = fixture.open();
    let side: CommitId = fixture.git(&["rev-parse", "proposal"]).parse().unwrap();
    assert_eq!(repository.is_first_parent_ancestor(line[0], line[3]), Ok(true));
    assert_eq!(repository.is_first_parent_ancestor(line[3], line[3]), Ok(true));
    assert_eq!(repository.is_first_parent_ancestor(line[3], line[0]), Ok(false));
    // An ancestor all right, but merged in.
    assert_eq!(repository.is_first_parent_ancestor(side, line[3]), Ok(false));
    fixture.git(&["commit", "--quiet", "--amend", "--message=another"]);
    let new = fixture.head();
    assert_eq!(repository.history(new, Some(line[3])), Err(Error::Rewritten { old: line[3], new }));
}

#[test]
fn settings_of_a_repository_run_nothing_and_change_no_answer() {
    let (fixture, line) = merged();
    let expected = fixture.open().history(line[3], None).unwrap();
    let trap = fixture.path().join("trap");
    let sprung = fixture.path().join("sprung");
    program(&trap, &format!("touch {}", sprung.display()));
    let trap = trap.to_str().unwrap();
    for key in
        ["core.fsmonitor", "core.pager", "diff.external", "gpg.program", "core.sshCommand", "core.alternateRefsCommand"]
    {
        fixture.git(&["config", key, trap]);
    }
    for (key, value) in [("log.showSignature", "true"), ("log.showRoot", "false"), ("diff.renames", "copies")] {
        fixture.git(&["config", key, value]);
    }
    for (key, value) in [("color.ui", "always"), ("diff.ignoreSubmodules", "all"), ("log.diffMerges", "off")] {
        fixture.git(&["config", key, value]);
    }
    fixture.git(&["config", "core.worktree", fixture.path().to_str().unwrap()]);
    fixture.write(".git/hooks/post-commit", "");
    fixture.git(&["update-ref", &format!("refs/replace/{}", line[3]), &line[0].to_string()]);
    let repository = fixture.open();
    assert_eq!(repository.history(line[3], None).unwrap(), expected);
    assert_eq!(repository.tree(line[3]).unwrap().entries.len(), 1);
    assert!(!sprung.exists());
}

#[test]
fn a_program_that_does_not_end_is_killed_with_all_it_started() {
    let fixture = Fixture::new();
    let commit = fixture.commit("one");
    let slow = fixture.path().join("slow");
    // The second process keeps the output open: were it not killed too, the call would not return.
    program(&slow, "sleep 600 & sleep 600");
    let limited = Program { path: slow, time_limit: Duration::from_millis(200), ..Program::default() };
    assert_snapshot!(limited.version().unwrap_err(), @"`git version` was ended after 200ms without a result: try again on a machine with less to do");
    // What `git log` does not tell in time is read without it.
    let repository = Repository::open_with(&fixture.path(), limited).unwrap();
    assert_eq!(repository.history(commit, None), fixture.open().history(commit, None));
}

#[test]
fn a_program_that_fails_says_why_and_shows_no_secret() {
    let fixture = Fixture::new();
    let commit = fixture.commit("one");
    let path = fixture.path().join("failing");
    program(&path, "echo 'fatal: cannot reach https://ana:s3cret@example.org/x.git' >&2; exit 128");
    let failing = Program { path, ..Program::default() };
    let repository = Repository::open_with(&fixture.path(), failing).unwrap();
    assert_snapshot!(repository.history(commit, None).unwrap_err(), @"`git log` failed with exit status 128: fatal: cannot reach https://***@example.org/x.git");
    let gone: CommitId = "2".repeat(40).parse().unwrap();
    assert_snapshot!(fixture.open().history(gone, None).unwrap_err(), @"`git log` failed with exit status 128: fatal: bad object 2222222222222222222222222222222222222222");
}

#[test]
fn a_program_that_writes_too_much_is_stopped() {
    let fixture = Fixture::new();
    let commit = fixture.commit("one");
    let path = fixture.path().join("endless");
    program(&path, "yes");
    let endless = Program { path, output_limit: 1000, ..Program::default() };
    assert_eq!(endless.version(), Err(Error::TooMuchOutput { command: "git version".to_owned(), limit: 1000 }));
    let repository = Repository::open_with(&fixture.path(), endless).unwrap();
    assert_eq!(repository.history(commit, None), fixture.open().history(commit, None));
}

#[test]
fn git_must_be_there_and_new_enough() {
    assert!(Program::default().version().unwrap() >= git::MINIMUM_VERSION);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("git");
    let missing = Program { path: "/nowhere/git".into(), ..Program::default() };
    assert_snapshot!(missing.version().unwrap_err(), @r#"the program "/nowhere/git" cannot be started (No such file or directory (os error 2)): install Git 2.34 or newer and put it on the PATH"#);
    program(&path, "echo git version 2.20.1");
    assert_snapshot!(Program { path, ..Program::default() }.version().unwrap_err(), @r#"promptreg needs Git 2.34 or newer, and `git --version` says "git version 2.20.1": install a newer one"#);
}

#[test]
fn a_new_repository_takes_commits_and_knows_whether_it_is_clean() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("new/registry");
    git::init(&dir, "trunk").unwrap();
    std::fs::write(dir.join("registry.toml"), "a\r\nb\n").unwrap();
    std::fs::write(dir.join("other"), "x").unwrap();
    assert_eq!(git::is_clean(&dir), Ok(false));
    let one = git::commit(&dir, &["registry.toml"], "-m # one\n\nmore", Some(&ana(START))).unwrap().unwrap();
    assert_eq!(git::commit(&dir, &["registry.toml"], "again", Some(&ana(START))), Ok(None));
    assert_eq!(git::is_clean(&dir), Ok(false));
    let two = git::commit(&dir, &[], "two", Some(&ana(START))).unwrap().unwrap();
    assert_eq!(git::is_clean(&dir), Ok(true));
    std::fs::remove_file(dir.join("other")).unwrap();
    let three = git::commit(&dir, &["other"], "three", Some(&ana(START))).unwrap().unwrap();
    assert_eq!(git::commit(&dir, &[], "four", Some(&ana(START))), Ok(None));
    assert!(matches!(git::commit(&dir, &["gone"], "five", None), Err(Error::Failed { .. })));
    git::init(&dir, "trunk").unwrap();

    let repository = Repository::open(&dir).unwrap();
    assert_eq!(repository.tip("trunk"), Ok(Some(three)));
    let line = repository.history(three, None).unwrap();
    assert_eq!(line.iter().map(|commit| commit.commit).collect::<Vec<_>>(), [one, two, three]);
    assert_eq!(line[0].message, "-m # one");
    assert_eq!((&line[0].author, line[0].authored_at), (&ana(0).person, START));
    let kept = repository.blobs(&[line[0].changes[0].new.unwrap()], 100).unwrap();
    assert_eq!(kept[0].as_deref(), Ok(&b"a\r\nb\n"[..]));
}

#[test]
fn a_commit_carries_the_persons_own_identity_and_no_hook_runs() {
    let fixture = Fixture::new();
    fixture.git(&["config", "user.name", "Own"]);
    fixture.git(&["config", "user.email", "own@example.org"]);
    fixture.git(&["config", "commit.gpgSign", "false"]);
    std::fs::create_dir_all(fixture.path().join(".git/hooks")).unwrap();
    program(&fixture.path().join(".git/hooks/pre-commit"), "exit 1");
    fixture.write("tags.yaml", "x");
    let commit = git::commit(&fixture.path(), &[], "one", None).unwrap().unwrap();
    let own = fixture.open().history(commit, None).unwrap();
    // A person whose surroundings name them otherwise (GIT_AUTHOR_EMAIL) is believed over the repository.
    let expected = std::env::var("GIT_AUTHOR_EMAIL").unwrap_or_else(|_| "own@example.org".to_owned());
    assert_eq!(&*own[0].author.email, expected);
}

#[test]
fn who_has_no_identity_commits_all_the_same() {
    let fixture = Fixture::new();
    let configured = Command::new("git").args(["config", "user.email"]).current_dir(fixture.path()).output().unwrap();
    let configured = String::from_utf8(configured.stdout).unwrap();
    let mut own = ["GIT_AUTHOR_EMAIL", "EMAIL"].into_iter().find_map(|key| std::env::var(key).ok());
    own = own.or_else(|| configured.lines().next().map(str::to_owned));
    fixture.write("tags.yaml", "x");
    let commit = git::commit(&fixture.path(), &[], "one", None).unwrap().unwrap();
    let email = fixture.open().history(commit, None).unwrap()[0].author.email.to_string();
    assert_eq!(email, own.unwrap_or_else(|| "promptreg@localhost".to_owned()));
}

#[test]
fn files_are_committed_onto_a_branch_without_touching_the_work_tree() {
    let fixture = Fixture::new();
    fixture.write("prompts/greet/prompt.yaml", "1");
    let base = fixture.commit("one");
    let repository = fixture.open();
    let files: [(&str, &[u8]); 2] = [("prompts/greet/1.0.0.yaml", b"new"), ("users/ana.yaml", b"ana")];
    let draft = repository.commit_files_on_branch("draft/greet", base, &files, "a draft", &ana(START)).unwrap();
    assert_eq!(repository.tip("draft/greet"), Ok(Some(draft)));
    assert_eq!(repository.tip("main"), Ok(Some(base)));
    assert_eq!(git::is_clean(&fixture.path()), Ok(true));
    assert_snapshot!(show(&repository.tree(draft).unwrap()), @"
    prompts/greet/1.0.0.yaml
    prompts/greet/prompt.yaml
    users/ana.yaml
    ");
    assert_eq!(fixture.git(&["show", "draft/greet:prompts/greet/1.0.0.yaml"]), "new");
    fixture.git(&["fsck", "--strict"]);

    let next =
        repository.commit_files_on_branch("draft/greet", draft, &[("tags.yaml", b"x")], "more", &ana(START)).unwrap();
    let late = repository.commit_files_on_branch("draft/greet", draft, &files, "late", &ana(START));
    let moved =
        Error::BranchMoved { branch: "draft/greet".to_owned(), expected: draft.to_string(), found: next.to_string() };
    assert_eq!(late, Err(moved));
    for path in ["../x", "/etc/passwd", "a//b", ".git/config", "prompts/.GIT/hooks/x", ""] {
        let refused = repository.commit_files_on_branch("other", base, &[(path, b"x")], "bad", &ana(START));
        assert!(matches!(refused, Err(Error::Path { .. })), "{path}");
    }
    assert_eq!(repository.tip("other"), Ok(None));
}

#[test]
fn a_bare_repository_takes_a_branch_and_a_log() {
    let fixture = Fixture::new();
    let base = fixture.commit("one");
    let bare = tempfile::tempdir().unwrap();
    fixture.git(&["clone", "--quiet", "--bare", ".", bare.path().to_str().unwrap()]);
    let repository = Repository::open(bare.path()).unwrap();
    let tip = repository.commit_files_on_branch("main", base, &[("tags.yaml", b"x")], "two", &ana(START)).unwrap();
    assert_eq!(repository.tip("main"), Ok(Some(tip)));
    let changes = &repository.history(tip, Some(base)).unwrap()[0].changes;
    assert_eq!(changes.len(), 1);
    assert!(
        Command::new("git").args(["-C", bare.path().to_str().unwrap(), "fsck", "--strict"]).status().unwrap().success()
    );
}

#[test]
fn two_branches_part_at_their_merge_base_and_strangers_have_none() {
    let fixture = Fixture::new();
    let start = fixture.commit("start");
    fixture.git(&["switch", "--quiet", "-c", "draft"]);
    let draft = fixture.commit("draft");
    fixture.git(&["switch", "--quiet", "main"]);
    let main = fixture.commit("main");
    let stranger = fixture.commit_tree(&fixture.tree(&[]));
    let repository = fixture.open();
    assert_eq!(repository.merge_base(main, draft), Ok(Some(start)));
    assert_eq!(repository.merge_base(draft, draft), Ok(Some(draft)));
    assert_eq!(repository.merge_base(main, stranger), Ok(None));
    assert!(repository.merge_base(main, "a".repeat(40).parse().unwrap()).is_err());
}

#[test]
fn what_became_of_some_prompts_is_told_wherever_they_lay() {
    let fixture = Fixture::new();
    for (path, text) in [
        ("prompts/greet/1.0.0.yaml", "a"),
        ("prompts/greeter/1.0.0.yaml", "b"),
        ("prompts/greet/more/1.0.0.yaml", "c"),
        ("users/greet/1.0.0.yaml", "d"),
    ] {
        fixture.write(path, text);
        fixture.commit(path);
    }
    // It moves twice, each time with a new version, and in the middle another prompt takes its first place.
    for (from, to, number) in
        [("greet", "support/email/greet", "1.1.0"), ("support/email/greet", "sales/greet", "1.2.0")]
    {
        fixture.write(&format!("prompts/{to}/{number}.yaml"), number);
        fixture.git(&["mv", &format!("prompts/{from}/1.0.0.yaml"), &format!("prompts/{to}/1.0.0.yaml")]);
        fixture.commit(&format!("to {to}"));
    }
    fixture.write("prompts/sales/greet/1.2.0.yaml", "edited");
    let tip = fixture.commit("edit");
    let repository = fixture.open();
    let told = |folders: &[&str]| {
        let prompts = [("greet".parse().unwrap(), folders.iter().map(|folder| (*folder).to_owned()).collect())];
        let mut told = String::new();
        for commit in repository.history_of(tip, &prompts.into()).unwrap() {
            let sign = |new: bool| if new { '+' } else { '-' };
            let wanted = commit.changes.iter().filter(|change| change.path.contains("/greet/1"));
            let changes: Vec<_> =
                wanted.map(|change| format!("{}{}", sign(change.new.is_some()), change.path)).collect();
            writeln!(told, "{}: {}", commit.message, changes.join(" ")).unwrap();
        }
        told
    };
    let everywhere = told(&[]);
    assert_snapshot!(everywhere, @"
    prompts/greet/1.0.0.yaml: +prompts/greet/1.0.0.yaml
    to support/email/greet: -prompts/greet/1.0.0.yaml +prompts/support/email/greet/1.0.0.yaml +prompts/support/email/greet/1.1.0.yaml
    to sales/greet: +prompts/sales/greet/1.0.0.yaml +prompts/sales/greet/1.2.0.yaml -prompts/support/email/greet/1.0.0.yaml
    edit: +prompts/sales/greet/1.2.0.yaml
    ");
    // From where it lies now, and from where it lay when a draft began.
    assert_eq!(told(&["prompts/sales/greet"]), everywhere);
    assert_eq!(told(&["prompts/support/email/greet"]), everywhere);
    let shallow = tempfile::tempdir().unwrap();
    let url = format!("file://{}", fixture.path().display());
    fixture.git(&["clone", "--quiet", "--depth=1", &url, shallow.path().to_str().unwrap()]);
    let shallow = Repository::open(shallow.path()).unwrap();
    assert_eq!(shallow.history_of(tip, &[].into()), Err(Error::Shallow));
    assert_eq!(blob(&fixture, "HEAD:prompts/sales/greet/1.2.0.yaml"), BlobId::of_bytes(b"edited").unwrap());
}
