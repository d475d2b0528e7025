//! The log of decisions: what is only added counts, up to the first commit that does anything else.

use crate::repository::Fixture;
use promptreg::{
    domain::Digest,
    git::{CommitId, DecisionLog, Error, Mark},
};
use proptest::prelude::*;
use std::os::unix::fs::PermissionsExt as _;

fn path(json: &str, ending: &str) -> String {
    let id = Digest::of(json.as_bytes()).hex();
    format!("decisions/{}/{id}.{ending}", &id[..2])
}

fn read(fixture: &Fixture) -> DecisionLog {
    fixture.open().decisions(fixture.head(), None).unwrap()
}

/// Each entry on a line: its place, its time in minutes, its text and its signature.
fn shown(log: &DecisionLog) -> String {
    let line = |entry: &promptreg::git::LoggedFile| {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let minute = (entry.at - crate::repository::START) / 60;
        format!("{} {minute} {} {:?}\n", entry.place, text(&entry.json), entry.signature.as_deref().map(text))
    };
    log.entries.iter().map(line).collect()
}

#[test]
fn decisions_come_in_the_order_of_commits_and_a_late_signature_counts_from_then() {
    let fixture = Fixture::new();
    fixture.write(&path("one", "json"), "one");
    fixture.write(&path("one", "sig"), "signed one");
    fixture.commit("one");
    fixture.write(&path("two", "json"), "two");
    fixture.write(&path("four", "sig"), "signed four");
    fixture.commit("two, unsigned, and a signature of nothing yet");
    fixture.write(&path("three", "json"), "three");
    fixture.write(&path("two", "sig"), "signed two");
    fixture.commit("three, unsigned, and two's signature");
    fixture.write(&path("four", "json"), "four");
    let tip = fixture.commit("four");
    let log = read(&fixture);
    insta::assert_snapshot!(shown(&log), @r#"
    0 1 one Some("signed one")
    1 2 two None
    2 3 two Some("signed two")
    2 3 three None
    3 4 four Some("signed four")
    "#);
    assert_eq!((log.good, log.broken, log.faults), (Some(Mark { commit: tip, place: 3 }), None, vec![]));
    assert_eq!(log.alone, [path("four", "sig").trim_end_matches(".sig")]);
}

#[test]
fn a_file_that_is_not_what_its_name_says_or_too_long_is_left_out_and_told() {
    let fixture = Fixture::new();
    let long = "x".repeat(64 * 1024 + 1);
    fixture.write(&path("one", "json"), "another");
    fixture.write(&path(&long, "json"), &long);
    fixture.write(&path("two", "json"), "two");
    fixture.write(&path("two", "sig"), "x".repeat(16 * 1024 + 1));
    let most = "y".repeat(64 * 1024);
    fixture.write(&path(&most, "json"), &most);
    fixture.commit("one");
    let log = read(&fixture);
    let entries: Vec<(usize, bool)> =
        log.entries.iter().map(|entry| (entry.json.len(), entry.signature.is_some())).collect();
    assert_eq!((entries, log.broken), (vec![(64 * 1024, false), (3, false)], None));
    insta::assert_debug_snapshot!(log.faults, @r#"
    [
        (
            "decisions/1a/1abe08ebecf1c18cab71f6fe28aaddf20268f85bad78bb9a72f88ca47c874662.json",
            "it has more than 64 KiB",
        ),
        (
            "decisions/3f/3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3.sig",
            "it has more than 16 KiB",
        ),
        (
            "decisions/76/7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed.json",
            "its name is not the SHA-256 of its bytes",
        ),
    ]
    "#);
}

/// What is done to a log.
type Spoil<'a> = &'a dyn Fn(&Fixture);

/// A log of one decision, one more by `spoil`, and one after it: what is wrong with the second.
fn spoilt(spoil: impl Fn(&Fixture)) -> String {
    let fixture = Fixture::new();
    fixture.write(&path("one", "json"), "one");
    let first = fixture.commit("one");
    fixture.write(&path("two", "json"), "two");
    spoil(&fixture);
    let second = fixture.commit("spoilt");
    fixture.write(&path("three", "json"), "three");
    fixture.commit("three");
    let log = read(&fixture);
    assert_eq!((log.entries.len(), log.good), (1, Some(Mark { commit: first, place: 0 })));
    let (commit, reason) = log.broken.unwrap();
    assert_eq!(commit, second);
    reason
}

#[test]
fn the_log_ends_before_the_first_commit_that_does_anything_but_add() {
    let one = path("one", "json");
    let spoils: [(&str, Spoil<'_>); 10] = [
        ("edit", &|fixture| fixture.write(&one, "another")),
        ("delete", &|fixture| drop(fixture.git(&["rm", "-q", &one]))),
        ("rename", &|fixture| drop(fixture.git(&["mv", &one, &path("two", "sig")]))),
        ("delete all", &|fixture| drop(fixture.git(&["rm", "-rq", "decisions"]))),
        // The fixture commits what lies in the work tree, so its mode is what counts.
        ("executable", &|fixture| {
            let mode = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(fixture.path().join(&one), mode).unwrap();
        }),
        ("elsewhere", &|fixture| fixture.write("README.md", "x")),
        ("beside the folders", &|fixture| fixture.write("decisions/README.md", "x")),
        ("a folder of three digits", &|fixture| fixture.write("decisions/abc/x.json", "x")),
        ("another's folder", &|fixture| fixture.write(&format!("decisions/00/{}.json", "f".repeat(64)), "x")),
        ("another ending", &|fixture| fixture.write(&path("two", "yaml"), "x")),
    ];
    let told = spoils.map(|(name, spoil)| format!("{name}: {}\n", spoilt(spoil)));
    insta::assert_snapshot!(told.concat(), @"
    edit: it changes or removes decisions/76/7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed.json
    delete: it changes or removes decisions/76
    rename: it changes or removes decisions/76
    delete all: it changes or removes decisions/76
    executable: it changes or removes decisions/76/7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed.json
    elsewhere: it adds README.md, which is no plain file of a decision
    beside the folders: it adds decisions/README.md, which is no plain file of a decision
    a folder of three digits: it adds decisions/abc, which is no plain file of a decision
    another's folder: it adds decisions/00/ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff.json, which is no plain file of a decision
    another ending: it adds decisions/3f/3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3.yaml, which is no plain file of a decision
    ");
}

#[test]
fn a_merge_a_link_and_a_folder_with_a_name_twice_end_the_log() {
    let fixture = Fixture::new();
    fixture.write(&path("one", "json"), "one");
    let first = fixture.commit("one");
    let broken = |commit: CommitId| {
        let log = fixture.open().decisions(commit, None).unwrap();
        assert_eq!(log.good, Some(Mark { commit: first, place: 0 }));
        log.broken.unwrap().1
    };
    let tree = fixture.git(&["rev-parse", "HEAD^{tree}"]);
    let child = |tree: &str, parents: &[&str]| {
        let parents: Vec<&str> = parents.iter().flat_map(|parent| ["-p", parent]).collect();
        fixture.git(&[&["commit-tree", "-m", "made by hand", tree][..], &parents].concat()).parse().unwrap()
    };
    let first = first.to_string();
    let other = fixture.commit_tree(&tree).to_string();
    let mut told = vec![broken(child(&tree, &[&first, &other]))];
    let blob = fixture.object("blob", b"one");
    let name = format!("{}.json", Digest::of(b"one").hex());
    let sig = name.replace(".json", ".sig");
    for entries in [
        vec![("100644", name.as_bytes(), &*blob), ("120000", sig.as_bytes(), &*blob)],
        vec![("100644", name.as_bytes(), &*blob), ("100644", name.as_bytes(), &*blob)],
        vec![("100644", name.as_bytes(), &*blob), ("100644", name.as_bytes(), &*other)],
        vec![("100644", name.as_bytes(), &*blob), ("40000", sig.as_bytes(), &*tree)],
    ] {
        let digits = fixture.tree(&entries);
        let decisions = fixture.tree(&[("40000", &name.as_bytes()[..2], &digits)]);
        let root = fixture.tree(&[("40000", b"decisions", &decisions)]);
        told.push(broken(child(&root, &[&first])));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    it is a merge
    it adds decisions/76/7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed.sig, which is no plain file of a decision
    it has a folder "decisions/76/" with names twice or not in order
    it has a folder "decisions/76/" with names twice or not in order
    it adds decisions/76/7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed.sig, which is no plain file of a decision
    "#);
}

#[test]
fn a_log_whose_first_commit_is_spoilt_has_no_evidence() {
    let fixture = Fixture::new();
    fixture.write("README.md", "x");
    let first = fixture.commit("one");
    let log = read(&fixture);
    assert_eq!((log.entries, log.good), (vec![], None));
    assert_eq!(log.broken, Some((first, "it adds README.md, which is no plain file of a decision".to_owned())));
}

#[test]
fn a_log_that_was_rewritten_is_told_from_one_that_went_on() {
    let fixture = Fixture::new();
    fixture.write(&path("one", "json"), "one");
    fixture.commit("one");
    fixture.write(&path("two", "json"), "two");
    let old = read_after(&fixture, "two").good.unwrap();
    fixture.git(&["reset", "-q", "--hard", "HEAD~1"]);
    fixture.write(&path("three", "json"), "three");
    let new = fixture.commit("three");
    let again = fixture.open().decisions(new, Some(old));
    assert_eq!(again, Err(Error::Rewritten { old: old.commit, new }));
}

fn read_after(fixture: &Fixture, message: &str) -> DecisionLog {
    fixture.commit(message);
    read(fixture)
}

#[test]
fn a_log_that_was_cut_off_is_not_read() {
    let fixture = Fixture::new();
    for text in ["one", "two", "three"] {
        fixture.write(&path(text, "json"), text);
        fixture.commit(text);
    }
    let clone = Fixture::new();
    let url = format!("file://{}", fixture.path().display());
    clone.git(&["-c", "protocol.file.allow=always", "fetch", "-q", "--depth=2", &url, "main"]);
    let tip = fixture.head();
    assert_eq!(clone.open().decisions(tip, None), Err(Error::Shallow));
    let known = Mark { commit: fixture.git(&["rev-parse", "HEAD~1"]).parse().unwrap(), place: 1 };
    assert_eq!(clone.open().decisions(tip, Some(known)), fixture.open().decisions(tip, Some(known)));
}

/// What one commit of a random log does: files that it writes, by text and ending, and at times something else.
type Step = (Vec<(u8, bool)>, u8);

fn build(steps: &[Step]) -> (Fixture, Vec<CommitId>) {
    let fixture = Fixture::new();
    let commits = steps.iter().enumerate().map(|(at, (files, other))| {
        for (text, is_signature) in files {
            let text = text.to_string();
            // Text 7 is not what its name says.
            let content = if text == "7" { "8" } else { &text };
            if *is_signature {
                fixture.write(&path(&text, "sig"), format!("signed {text}"));
            } else {
                fixture.write(&path(&text, "json"), content);
            }
        }
        match other {
            0 => fixture.write("elsewhere", at.to_string()),
            1 => fixture.write(&path("1", "sig"), at.to_string()),
            _ => {}
        }
        fixture.commit("step")
    });
    let commits = commits.collect();
    (fixture, commits)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn read_step_by_step_a_log_is_what_it_is_read_at_once(
        steps in prop::collection::vec((prop::collection::vec((0_u8..8, any::<bool>()), 0..3), 0_u8..24), 1..8)
    ) {
        let (fixture, commits) = build(&steps);
        let repository = fixture.open();
        let whole = repository.decisions(commits[commits.len() - 1], None).unwrap();
        for stride in 1..=commits.len() {
            let mut log = DecisionLog::default();
            for tip in commits.chunks(stride).map(|chunk| chunk[chunk.len() - 1]) {
                let newer = repository.decisions(tip, log.good).unwrap();
                log.entries.extend(newer.entries);
                log.faults.extend(newer.faults);
                log.alone.extend(newer.alone);
                log.commits.extend(newer.commits);
                (log.good, log.broken) = (newer.good, newer.broken);
            }
            prop_assert_eq!(&log, &whole, "{}", stride);
        }
        let places: Vec<CommitId> = whole.entries.iter().map(|entry| commits[entry.place]).collect();
        prop_assert_eq!(places, whole.entries.iter().map(|entry| entry.commit).collect::<Vec<_>>());
        prop_assert_eq!(whole.broken.is_none(), whole.good.map(|mark| mark.commit) == commits.last().copied());
    }
}
