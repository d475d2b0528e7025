//! What is signed, merged, committed and pushed for a person, with real remotes, hooks and races.

use crate::repository::{Fixture, program};
use promptreg::domain::DECISIONS;
use promptreg::git::{CommitId, Error, Merged, Published, Push, Repository, SigningKey};
use std::{
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// A bare remote with one commit on `main`, and room for clones.
struct Remote {
    folder: TempDir,
    first: CommitId,
}

impl Remote {
    fn new() -> Self {
        let fixture = Fixture::new();
        fixture.write("a.txt", "one\n");
        let first = fixture.commit("first");
        let folder = tempfile::tempdir().unwrap();
        fixture.git(&["clone", "--quiet", "--bare", ".", folder.path().join("remote.git").to_str().unwrap()]);
        Self { folder, first }
    }

    fn git(&self, args: &[&str]) -> String {
        git(&self.folder.path().join("remote.git"), args)
    }

    fn clone(&self, name: &str) -> Repository {
        let dir = self.folder.path().join(name);
        git(self.folder.path(), &["clone", "--quiet", "--template=", "remote.git", name]);
        named(&dir);
        Repository::open(&dir).unwrap()
    }

    fn hook(&self, name: &str, text: &str) {
        std::fs::create_dir_all(self.folder.path().join("remote.git/hooks")).unwrap();
        program(&self.folder.path().join("remote.git/hooks").join(name), text);
    }
}

fn git(dir: &Path, args: &[&str]) -> String {
    let output =
        Command::new("git").args(args).current_dir(dir).env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

fn named(dir: &Path) {
    git(dir, &["config", "user.name", "ana"]);
    git(dir, &["config", "user.email", "ana@example.org"]);
}

fn after(repository: &Repository, tip: Option<CommitId>, path: &str, text: &str) -> CommitId {
    let base = tip.map(|tip| repository.tree_of(tip).unwrap());
    let tree = repository.edit_tree(base, &[(path, Some(text.as_bytes()))]).unwrap();
    repository.commit_tree(tree, tip.as_slice(), "a change", None).unwrap()
}

/// A private key with this passphrase, and its public half.
fn key(dir: &Path, passphrase: &str) -> PathBuf {
    let path = dir.join("key");
    let args = ["-q", "-t", "ed25519", "-C", "ana", "-N", passphrase, "-f"];
    assert!(Command::new("ssh-keygen").args(args).arg(&path).status().unwrap().success());
    path
}

fn verified(dir: &Path, public: &str, namespace: &str, signature: &[u8], bytes: &[u8]) -> bool {
    std::fs::write(dir.join("signers"), format!("ana {public}\n")).unwrap();
    std::fs::write(dir.join("signature"), signature).unwrap();
    std::fs::write(dir.join("bytes"), bytes).unwrap();
    let args = ["-Y", "verify", "-I", "ana", "-n", namespace, "-f", "signers", "-s", "signature"];
    let bytes = std::fs::File::open(dir.join("bytes")).unwrap();
    Command::new("ssh-keygen").args(args).current_dir(dir).stdin(bytes).output().unwrap().status.success()
}

#[test]
fn a_persons_key_is_found_and_signs_bytes_and_commits() {
    let fixture = Fixture::new();
    let folder = tempfile::tempdir().unwrap();
    let path = key(folder.path(), "");
    let repository = fixture.open();
    fixture.git(&["config", "user.signingkey", path.to_str().unwrap()]);
    fixture.git(&["config", "gpg.format", "openpgp"]);
    assert_eq!(repository.signing_key(), Ok(None));
    fixture.git(&["config", "gpg.format", "ssh"]);
    let found = repository.signing_key().unwrap().unwrap();
    assert_eq!(found, SigningKey::File(path.clone()));
    let public = repository.public_key(&found).unwrap();
    assert_eq!(public, std::fs::read_to_string(path.with_extension("pub")).unwrap().trim());
    let signature = repository.sign(&found, "promptreg-decision", b"yes").unwrap();
    assert!(verified(folder.path(), &public, "promptreg-decision", &signature, b"yes"));
    assert!(!verified(folder.path(), &public, "promptreg-decision", &signature, b"no"));
    assert!(!verified(folder.path(), &public, "git", &signature, b"yes"));

    let tree = repository.edit_tree(None, &[("a/b", Some(b"x"))]).unwrap();
    let commit = repository.commit_tree(tree, &[], "signed\n", Some(&found)).unwrap();
    std::fs::write(folder.path().join("signers"), format!("* {public}\n")).unwrap();
    let signers = format!("gpg.ssh.allowedSignersFile={}", folder.path().join("signers").display());
    assert_eq!(fixture.git(&["-c", &signers, "log", "--format=%G?", &commit.to_string()]), "G");
    assert!(!repository.has_branches().unwrap());

    std::fs::remove_file(path.with_extension("pub")).unwrap();
    let worked_out = repository.public_key(&found).unwrap();
    assert!(public.starts_with(worked_out.rsplit_once(' ').map_or(worked_out.as_str(), |(key, _)| key)));
    fixture.git(&["config", "user.signingkey", &format!("key::{public}")]);
    assert_eq!(repository.signing_key().unwrap(), Some(SigningKey::Public(public)));
}

#[test]
fn a_key_with_a_passphrase_says_at_once_that_it_needs_an_agent() {
    let fixture = Fixture::new();
    let folder = tempfile::tempdir().unwrap();
    let file = SigningKey::File(key(folder.path(), "secret"));
    let repository = fixture.open();
    let tree = repository.edit_tree(None, &[]).unwrap();
    let public = SigningKey::Public(repository.public_key(&file).unwrap());
    for key in [file, public, SigningKey::File("/nowhere/key".into())] {
        let refused = repository.sign(&key, "promptreg-decision", b"yes").unwrap_err();
        assert!(matches!(refused, Error::Sign { .. }) && refused.to_string().contains("`ssh-add`"), "{refused}");
        let refused = repository.commit_tree(tree, &[], "signed", Some(&key)).unwrap_err();
        assert!(matches!(refused, Error::Sign { .. }), "{refused}");
    }
}

#[test]
fn a_tree_is_edited_path_by_path_and_an_empty_folder_goes() {
    let fixture = Fixture::new();
    fixture.write("a/b.txt", "b");
    fixture.write("c.txt", "c");
    let base = fixture.commit("first");
    let repository = fixture.open();
    let base = Some(repository.tree_of(base).unwrap());
    let tree =
        repository.edit_tree(base, &[("a/b.txt", None), ("d/e.txt", Some(b"e")), ("c.txt", Some(b"C"))]).unwrap();
    assert_eq!(fixture.git(&["ls-tree", "-r", "-t", "--name-only", &tree.to_string()]), "c.txt\nd\nd/e.txt");
    for edit in [("nowhere", None), ("../x", Some(&b""[..])), (".git/config", Some(b""))] {
        assert!(matches!(repository.edit_tree(base, &[edit]), Err(Error::Path { .. })), "{edit:?}");
    }
}

#[test]
fn two_commits_are_merged_without_a_work_tree_or_their_conflicts_are_told() {
    let fixture = Fixture::new();
    fixture.write("a.txt", "one\n");
    let base = fixture.commit("first");
    let repository = fixture.open();
    let ours = after(&repository, Some(base), "ours.txt", "ours");
    let theirs = after(&repository, Some(base), "theirs ü.txt", "theirs");
    let Merged::Clean(tree) = repository.merge_trees(ours, theirs).unwrap() else { panic!("they conflict") };
    let names = fixture.git(&["-c", "core.quotePath=false", "ls-tree", "--name-only", &tree.to_string()]);
    assert_eq!(names, "a.txt\nours.txt\ntheirs ü.txt");
    let other = after(&repository, Some(base), "ours.txt", "other");
    assert_eq!(repository.merge_trees(ours, other), Ok(Merged::Conflicts(vec!["ours.txt".to_owned()])));
    let orphan = after(&repository, None, "x", "x");
    assert_eq!(repository.merge_trees(ours, orphan), Err(Error::Unrelated { a: ours, b: orphan }));
    assert_eq!(fixture.git(&["status", "--porcelain"]), "");
    assert_eq!(fixture.head(), base);
}

#[test]
fn a_push_goes_forward_from_where_the_branch_was_expected_and_nowhere_else() {
    let remote = Remote::new();
    let (ana, ben) = (remote.clone("ana"), remote.clone("ben"));
    let first = remote.first;
    assert_eq!(ana.upstream("main"), Ok(Some("origin".to_owned())));
    let (one, two) = (after(&ana, Some(first), "ana", "1"), after(&ben, Some(first), "ben", "2"));
    assert_eq!(ana.push("origin", "main", one, Some(first)), Ok(Push::Pushed));
    assert_eq!(ana.resolve("origin/main"), Ok(one));
    assert_eq!(ana.tip("main"), Ok(Some(first)));
    assert_eq!(ben.push("origin", "main", two, Some(first)), Ok(Push::Moved));
    assert_eq!(ben.fetch_branch("origin", "main"), Ok(Some(one)));
    assert_eq!(ben.push("origin", "main", two, Some(one)), Err(Error::NotAfter { commit: two, expected: one }));
    let three = after(&ben, Some(one), "ben", "2");
    assert_eq!(ben.push("origin", "main", three, None), Ok(Push::Moved));
    assert_eq!(ben.push("origin", "new", three, Some(one)), Ok(Push::Moved));
    assert_eq!(ben.push("origin", "main", three, Some(one)), Ok(Push::Pushed));
    assert_eq!(remote.git(&["rev-parse", "main"]), three.to_string());
    assert_eq!(ben.fetch_branch("origin", "nowhere"), Ok(None));
    std::fs::remove_dir_all(remote.folder.path().join("remote.git")).unwrap();
    assert!(matches!(ben.fetch_branch("origin", "main"), Err(Error::Fetch { .. })));
    let four = after(&ben, Some(three), "ben", "4");
    assert!(matches!(ben.push("origin", "main", four, Some(three)), Err(Error::Push { .. })));
}

#[test]
fn a_hook_that_says_no_is_quoted_without_its_control_characters() {
    let remote = Remote::new();
    remote.hook("pre-receive", "printf 'two reviews\\033[31m are needed\\nsee the rules\\n' >&2; exit 1");
    let ana = remote.clone("ana");
    let ended = ana.publish("main", |tip| Ok(Some(after(&ana, tip, "ana", "1")))).unwrap();
    let Published::Refused { reason } = ended else { panic!("{ended:?}") };
    insta::assert_snapshot!(reason, @"two reviews[31m are needed; see the rules; (pre-receive hook declined)");
    assert_eq!(remote.git(&["rev-parse", "main"]), remote.first.to_string());
    assert_eq!(ana.resolve("origin/main"), Ok(remote.first));
}

#[test]
fn who_is_overtaken_builds_again_on_what_is_there_and_gives_up_in_the_end() {
    let remote = Remote::new();
    let (ana, ben) = (remote.clone("ana"), remote.clone("ben"));
    let mut built = 0;
    let ended = ana.publish("main", |tip| {
        built += 1;
        if built == 1 {
            assert!(matches!(ben.publish("main", |tip| Ok(Some(after(&ben, tip, "ben", "1")))), Ok(Published::At(_))));
        }
        Ok(Some(after(&ana, tip, "ana", "1")))
    });
    assert!(matches!(ended, Ok(Published::At(_))), "{ended:?}");
    assert_eq!(built, 2);
    assert_eq!(remote.git(&["ls-tree", "--name-only", "main"]), "a.txt\nana\nben");
    assert_eq!(git(ana.work_tree().unwrap(), &["status", "--porcelain"]), "");
    assert_eq!(ana.publish("main", |_| Ok(None)), Ok(Published::Nothing));

    let mut number = 0;
    let ended = ana.publish("main", |tip| {
        number += 1;
        ben.publish("main", |tip| Ok(Some(after(&ben, tip, "ben", &number.to_string())))).unwrap();
        Ok(Some(after(&ana, tip, "ana", "2")))
    });
    assert_eq!(ended, Err(Error::Contended { branch: "main".to_owned(), tries: 12 }));
    assert_eq!(number, 12);
}

#[test]
fn without_a_remote_the_branch_moves_and_its_work_tree_follows_with_what_was_changed_in_it() {
    let fixture = Fixture::new();
    fixture.write("a.txt", "one\n");
    fixture.write("b.txt", "one\n");
    fixture.commit("first");
    let repository = fixture.open();
    fixture.write("b.txt", "changed\n");
    fixture.write("new.txt", "new\n");
    let publish = |path: &str| repository.publish("main", |tip| Ok(Some(after(&repository, tip, path, "two\n"))));
    let Ok(Published::At(commit)) = publish("a.txt") else { panic!("it was not published") };
    assert_eq!(fixture.head(), commit);
    assert_eq!(fixture.git(&["status", "--porcelain"]), " M b.txt\n?? new.txt");
    assert_eq!(std::fs::read_to_string(fixture.path().join("a.txt")).unwrap(), "two\n");
    for path in ["b.txt", "new.txt"] {
        let refused = publish(path).unwrap_err();
        assert!(matches!(&refused, Error::InTheWay { .. }) && refused.to_string().contains(path), "{refused}");
    }
    assert_eq!(fixture.head(), commit);
    assert_eq!(fixture.git(&["status", "--porcelain"]), " M b.txt\n?? new.txt");
    let Ok(Published::At(other)) = repository.append(&[("decisions/aa/x.json", b"{}")], "a decision") else {
        panic!("it was not appended")
    };
    assert_eq!(repository.tip(DECISIONS), Ok(Some(other)));
    assert_eq!(fixture.git(&["log", "--format=%s", DECISIONS]), "a decision");
}

#[test]
fn thirty_decisions_of_six_clones_at_once_are_all_in_the_log() {
    let remote = Remote::new();
    let clones: Vec<Repository> = (0..6).map(|number| remote.clone(&number.to_string())).collect();
    std::thread::scope(|scope| {
        for (number, clone) in clones.iter().enumerate() {
            scope.spawn(move || {
                for turn in 0..5 {
                    let path = format!("decisions/{number}{turn}/{number}{turn}.json");
                    let ended = clone.append(&[(&path, b"{}")], &path);
                    assert!(matches!(ended, Ok(Published::At(_))), "{ended:?}");
                }
            });
        }
    });
    let log = remote.git(&["rev-list", "--parents", DECISIONS]);
    assert_eq!(log.lines().count(), 30);
    assert!(log.lines().all(|line| line.split(' ').count() <= 2), "{log}");
    assert_eq!(remote.git(&["ls-tree", "-r", "--name-only", DECISIONS]).lines().count(), 30);
    let ana = clones.first().unwrap();
    assert_eq!(ana.append(&[("decisions/00/00.json", b"{}")], "again"), Ok(Published::Nothing));
    assert!(matches!(ana.append(&[("decisions/00/00.json", b"[]")], "other"), Err(Error::Path { .. })));
    assert_eq!(git(ana.work_tree().unwrap(), &["status", "--porcelain"]), "");
}
