//! Random histories crossed with random decisions: whatever comes in whatever order, nobody is served what nobody approved, and
//! a server that followed serves what one does that begins anew.

use crate::{repository::Fixture, signatures::Keys, walkthrough::settings};
use promptreg::{
    app::{App, Search},
    domain::{Decision, Digest, NAMESPACE},
    git::{CommitId, SigningKey},
};
use proptest::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

const FILES: [&str; 10] = [
    "prompts/triage/1.1.0.yaml",
    "prompts/triage/1.2.0.yaml",
    "prompts/triage/prompt.yaml",
    "prompts/desk/triage/prompt.yaml",
    "users/ben.yaml",
    "users/cleo.yaml",
    "users/dana.yaml",
    "users/gus.yaml",
    "registry.toml",
    "roles/approver.yaml",
];
const TEXTS: [&str; 3] = ["alpha", "beta", "gamma"];
/// People and their roles: Ben is never to approve anything.
const PEOPLE: [(&str, &str); 4] =
    [("ben", "contributor"), ("cleo", "approver"), ("dana", "approver, admin"), ("gus", "admin")];
const VERBS: [&str; 4] = ["approve", "reject", "withdraw", "request"];
/// How many stories are told where `STORIES` says nothing else.
const CASES: u32 = 24;
const BRANCHES: [&str; 3] = ["main", "one", "two"];

/// How a branch comes to the default branch.
#[derive(Debug, Clone, Copy)]
enum Landing {
    Merge,
    Squash,
    Rebase,
    CherryPick,
    FastForward,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    /// Somebody writes a text to a file on a branch, the default branch too.
    Write { branch: usize, file: usize, text: usize },
    /// Somebody removes a file on a branch.
    Remove { branch: usize, file: usize },
    /// Somebody makes an executable or a link of a file on a branch.
    Spoil { branch: usize, file: usize, is_link: bool },
    /// Somebody moves the prompt's folder on a branch, there or back.
    Move { branch: usize },
    /// Somebody signs a commit on the default branch that changes a file.
    Sign { who: usize, file: usize, text: usize },
    /// A branch comes to the default branch.
    Land { branch: usize, how: Landing },
    /// The newest commit of the default branch is undone.
    Revert,
    /// A branch begins anew where the default branch is.
    Reset { branch: usize },
    /// Somebody approves all that lies on a branch, but for their own file.
    ApproveAll { who: usize, branch: usize },
    /// Somebody decides on what lies on a branch.
    Decide { who: usize, verb: usize, branch: usize, file: usize, is_behind: bool },
    /// The server looks.
    Look,
}

/// A file: that of a prompt as often as one of the policy.
fn file() -> impl Strategy<Value = usize> {
    prop_oneof![0..4_usize, 4..FILES.len()]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let landing = prop_oneof![
        Just(Landing::Merge),
        Just(Landing::Squash),
        Just(Landing::Rebase),
        Just(Landing::CherryPick),
        Just(Landing::FastForward)
    ];
    let verb = prop_oneof![4 => Just(0_usize), 1 => 1..4_usize];
    let step = prop_oneof![
        5 => (0..3_usize, file(), 0..6_usize).prop_map(|(branch, file, text)| Step::Write { branch, file, text }),
        1 => (0..3_usize, file()).prop_map(|(branch, file)| Step::Remove { branch, file }),
        1 => (0..3_usize, file(), any::<bool>()).prop_map(|(branch, file, is_link)| Step::Spoil { branch, file, is_link }),
        1 => (0..3_usize).prop_map(|branch| Step::Move { branch }),
        2 => (0..4_usize, 2..8_usize, 0..6_usize).prop_map(|(who, file, text)| Step::Sign { who, file, text }),
        3 => (1..3_usize, landing).prop_map(|(branch, how)| Step::Land { branch, how }),
        1 => Just(Step::Revert),
        1 => (1..3_usize).prop_map(|branch| Step::Reset { branch }),
        12 => (0..4_usize, verb, 0..3_usize, file(), any::<bool>())
            .prop_map(|(who, verb, branch, file, is_behind)| Step::Decide { who, verb, branch, file, is_behind }),
        3 => (1..4_usize, 0..3_usize).prop_map(|(who, branch)| Step::ApproveAll { who, branch }),
        2 => Just(Step::Look),
    ];
    prop::collection::vec(step, 8..32)
}

struct Story {
    fixture: Fixture,
    keys: BTreeMap<&'static str, PathBuf>,
    log: Option<CommitId>,
    /// What somebody who may have been eligible approved at any time, by the file's name and content.
    approved: BTreeSet<(String, String)>,
    /// Whether somebody said that Ben may approve.
    is_ben_trusted: bool,
    count: usize,
}

/// A user's file with these roles and keys.
fn user(who: &str, roles: &str, keys: &str) -> String {
    format!("email: {who}@example.org\nroles: [{roles}]\nsigning_keys: [{keys}]\n")
}

impl Story {
    fn begin(keys: &Keys) -> Self {
        let fixture = Fixture::new();
        let mut known = BTreeMap::new();
        for (who, roles) in PEOPLE {
            let key = keys.named(who);
            fixture.write(&format!("users/{who}.yaml"), user(who, roles, &format!("{:?}", line(&key))));
            known.insert(who, key);
        }
        fixture.write("users/ana.yaml", "email: ana@example.org\nroles: [contributor]\n");
        fixture.write("roles/contributor.yaml", "permissions: [read, propose]\n");
        fixture.write("roles/approver.yaml", "permissions: [read, propose, approve, move_labels]\n");
        fixture.write("roles/admin.yaml", "permissions: [read, propose, move_labels, deprecate, administer]\n");
        fixture.write("registry.toml", settings("verified"));
        fixture.write("prompts/triage/prompt.yaml", "description: Sorts.\nlabels: {production: 1.0.0}\n");
        fixture.write("prompts/triage/1.0.0.yaml", "content: Sort.\n");
        fixture.commit("the registry");
        for branch in &BRANCHES[1..] {
            fixture.git(&["branch", branch]);
        }
        let approved = BTreeSet::new();
        Self { fixture, keys: known, log: None, approved, is_ben_trusted: false, count: 0 }
    }

    /// What a file says with this text.
    fn content(&self, path: &str, text: usize) -> String {
        let who = path.trim_start_matches("users/").trim_end_matches(".yaml");
        let plain = PEOPLE.iter().find(|(own, _)| *own == who);
        match (path, plain) {
            ("registry.toml", _) => {
                let more = ["", "required = 2\n", "roles = [\"admin\"]\n"];
                let rule = "[[approval.paths]]\npath = \"prompts/**\"\napprovers = [\"dana\"]\nrequired = 1\n";
                settings("verified") + more.get(text).unwrap_or(&rule)
            }
            ("roles/approver.yaml", _) => {
                let more = ["", ", move_labels", ", administer"][text % 3];
                format!("permissions: [read, propose, approve{more}]\n")
            }
            (_, Some((who, roles))) => {
                let line = format!("{:?}", line(&self.keys[who]));
                let after = self.log.map_or_else(String::new, |log| format!("after: {log}, "));
                match text {
                    0 => user(who, roles, &line),
                    1 => user(who, roles, &format!("{{key: {line}, revoked: {{reason: lost}}}}")),
                    2 => user(who, roles, &format!("{{key: {line}, revoked: {{{after}reason: lost}}}}")),
                    3 => user(who, "approver", &line),
                    4 => user(who, roles, &line) + "is_active: false\n",
                    _ => user(who, "contributor", &line),
                }
            }
            _ if path.ends_with("/prompt.yaml") => {
                let label = ["1.0.0", "1.1.0"][text / 3];
                format!("description: {}\nlabels: {{production: {label}}}\n", TEXTS[text % 3])
            }
            _ => format!("content: {}\n", TEXTS[text % 3]),
        }
    }

    fn checks_out(&self, branch: usize) {
        self.fixture.git(&["checkout", "-q", "--force", BRANCHES[branch]]);
        self.fixture.git(&["clean", "-fdq"]);
    }

    fn take(&mut self, step: Step) {
        let git = |args: &[&str]| self.fixture.git(args);
        self.count += 1;
        match step {
            Step::Write { branch, file, text } => {
                self.checks_out(branch);
                let _ = std::fs::remove_file(self.fixture.path().join(FILES[file]));
                self.fixture.write(FILES[file], self.content(FILES[file], text));
                self.fixture.commit(&format!("{} {text}", FILES[file]));
            }
            Step::Remove { branch, file } => {
                self.checks_out(branch);
                let _ = std::fs::remove_file(self.fixture.path().join(FILES[file]));
                self.fixture.commit(&format!("{} is gone", FILES[file]));
            }
            Step::Spoil { branch, file, is_link } => self.spoil(branch, FILES[file], is_link),
            Step::Move { branch } => {
                self.checks_out(branch);
                let [here, there] =
                    ["prompts/triage", "prompts/desk/triage"].map(|folder| self.fixture.path().join(folder));
                let (from, to) = if here.exists() { (here, there) } else { (there, here) };
                let _ = std::fs::remove_dir_all(&to);
                std::fs::create_dir_all(to.parent().unwrap()).unwrap();
                let _ = std::fs::rename(from, to);
                self.fixture.commit("moved");
            }
            Step::Sign { who, file, text } => {
                self.checks_out(0);
                self.fixture.write(FILES[file], self.content(FILES[file], text));
                self.fixture.commit_as(PEOPLE[who].0, "signed");
                let key = format!("user.signingKey={}", self.keys[PEOPLE[who].0].display());
                let sign =
                    ["-c", "gpg.format=ssh", "-c", &key, "commit", "-q", "--amend", "--no-edit", "--allow-empty", "-S"];
                self.fixture.git_as(PEOPLE[who].0, &sign, b"");
            }
            Step::Land { branch, how } => self.land(BRANCHES[branch], how),
            Step::Revert => {
                git(&["checkout", "-q", "--force", "main"]);
                if git(&["rev-list", "--count", "--first-parent", "HEAD"]) != "1" {
                    let tree = git(&["rev-parse", "HEAD~1^{tree}"]);
                    git(&["read-tree", "--reset", "-u", &tree]);
                    self.fixture.commit("undone");
                }
            }
            Step::Reset { branch } => drop(git(&["branch", "--force", BRANCHES[branch], "main"])),
            Step::ApproveAll { who, branch } => {
                let (who, _) = PEOPLE[who];
                let paths = FILES.into_iter().filter(|path| name(path) != format!("{who}.yaml"));
                self.decide(who, "approve", BRANCHES[branch], &paths.collect::<Vec<_>>(), false);
            }
            Step::Decide { who, verb, branch, file, is_behind } => {
                self.decide(PEOPLE[who].0, VERBS[verb], BRANCHES[branch], &[FILES[file]], is_behind);
            }
            Step::Look => {}
        }
        self.fixture.git(&["checkout", "-q", "--force", "main"]);
    }

    /// Makes something else than a plain file of a file.
    fn spoil(&self, branch: usize, path: &str, is_link: bool) {
        self.checks_out(branch);
        let file = self.fixture.path().join(path);
        match (file.is_file(), is_link) {
            (true, true) => {
                std::fs::remove_file(&file).unwrap();
                std::os::unix::fs::symlink("1.0.0.yaml", &file).unwrap();
            }
            (true, false) => drop(self.fixture.git(&["update-index", "--chmod=+x", path])),
            _ => return,
        }
        self.fixture.git(&["add", if is_link { "--all" } else { "--refresh" }, "."]);
        self.fixture.git(&["commit", "-q", "--allow-empty", "-m", "spoilt"]);
    }

    /// Brings a branch to the default branch; the branch's side counts where both changed the same.
    fn land(&self, branch: &str, how: Landing) {
        let git = |args: &[&str]| self.fixture.git(args);
        git(&["checkout", "-q", "--force", "main"]);
        let base = git(&["merge-base", "main", branch]);
        let new = git(&["rev-list", "--reverse", "--no-merges", &format!("main..{branch}")]);
        match how {
            Landing::FastForward if base == git(&["rev-parse", "main"]) => {
                drop(git(&["merge", "-q", "--ff-only", branch]))
            }
            Landing::FastForward => {}
            Landing::Merge if new.is_empty() => {}
            Landing::Merge => {
                self.overlay(&base, branch);
                let tree = git(&["write-tree"]);
                let merge = ["commit-tree", &tree, "-p", "main", "-p", branch, "-m", "merged"];
                let merge = self.fixture.git_as("dana", &merge, b"");
                git(&["reset", "-q", "--hard", &merge]);
            }
            Landing::Squash => {
                self.overlay(&base, branch);
                self.fixture.commit_as("ben", "squashed");
            }
            Landing::Rebase => new.lines().for_each(|commit| self.pick(commit)),
            Landing::CherryPick => new.lines().last().into_iter().for_each(|commit| self.pick(commit)),
        }
    }

    /// Makes a commit once more on what is checked out.
    fn pick(&self, commit: &str) {
        self.overlay(&format!("{commit}~1"), commit);
        self.fixture.commit("picked");
    }

    /// Takes over what changed from one commit to another.
    fn overlay(&self, from: &str, to: &str) {
        for path in self.fixture.git(&["diff", "--name-only", "--no-renames", from, to]).lines() {
            let has = self.fixture.git(&["ls-tree", "--name-only", to, path]);
            match has.is_empty() {
                true => self.fixture.git(&["rm", "-q", "--cached", "--ignore-unmatch", path]),
                false => self.fixture.git(&["checkout", "-q", to, "--", path]),
            };
            if has.is_empty() {
                let _ = std::fs::remove_file(self.fixture.path().join(path));
            }
        }
    }

    fn decide(&mut self, who: &str, verb: &str, branch: &str, paths: &[&str], is_behind: bool) {
        let repository = self.fixture.open();
        let tip: CommitId = self.fixture.git(&["rev-parse", branch]).parse().unwrap();
        let (mut subjects, mut texts) = (Vec::new(), Vec::new());
        for path in paths {
            let blob = repository.blob_at(tip, path).unwrap();
            let bytes = blob.map(|blob| repository.blobs(&[blob], 1 << 20).unwrap().remove(0).unwrap());
            let sum = bytes.as_ref().map(|bytes| Digest::of(bytes).hex());
            // To remove all that is not there would go too far.
            if blob.is_some() || paths.len() == 1 {
                let blob = blob.map(|blob| blob.to_string());
                subjects.push(serde_json::json!({"path": path, "blob": blob, "sha256": sum}));
                texts.push((*path, bytes.map(|bytes| String::from_utf8(bytes).unwrap()).unwrap_or_default()));
            }
        }
        let first = self.fixture.git(&["rev-list", "--first-parent", "--reverse", "main"]);
        let base = if is_behind { first.lines().next().unwrap() } else { first.lines().last().unwrap() };
        let decision = serde_json::json!({
            "type": "promptreg/decision/v1", "registry": "6f0c5a8e-52f9-4bb0-9d1c-0d4c6c4c1f00", "decision": verb, "base": base, "by": who,
            "subjects": subjects,
            "at": "2026-11-22T09:00:00Z", "comment": self.count.to_string(), "evidence": {"kind": "self"},
        });
        let decision = serde_json::from_value::<Decision>(decision).unwrap().to_bytes();
        let signature = repository.sign(&SigningKey::File(self.keys[who].clone()), NAMESPACE, &decision).unwrap();
        let place = Decision::place(&decision);
        let (json, sig) = (format!("{place}.json"), format!("{place}.sig"));
        let tree = self.log.map(|log| repository.tree_of(log).unwrap());
        let files = [(json.as_str(), Some(&decision[..])), (sig.as_str(), Some(&signature[..]))];
        let tree = repository.edit_tree(tree, &files).unwrap().to_string();
        let parents: Vec<String> = self.log.iter().flat_map(|log| ["-p".to_owned(), log.to_string()]).collect();
        let mut args = vec!["commit-tree", &tree, "-m", "decided"];
        args.extend(parents.iter().map(String::as_str));
        let log = self.fixture.git(&args);
        self.fixture.git(&["update-ref", "refs/heads/promptreg/log", &log]);
        self.log = Some(log.parse().unwrap());
        for (path, text) in texts.into_iter().filter(|_| verb == "approve") {
            self.is_ben_trusted |= path == "users/ben.yaml" && text.contains("approver");
            if who != "ben" || self.is_ben_trusted {
                self.approved.insert((name(path), essence(&text)));
            }
        }
    }

    /// Nothing is served that no eligible person ever approved. Answers how many versions are served that were.
    fn holds(&self, app: &App) -> usize {
        let current = app.current();
        let folder = &current.registry.prompts["triage"];
        for (number, version) in &folder.versions {
            let text = version.messages.first().and_then(|message| serde_json::to_value(message).ok()).unwrap();
            let text = format!("content: {}", text["content"].as_str().unwrap().trim());
            let (file, text) = (format!("{number}.yaml"), essence(&text));
            let is_approved = self.approved.contains(&(file.clone(), text.clone()));
            assert!(file == "1.0.0.yaml" || is_approved, "{file} says {text:?}, which nobody approved");
        }
        let said = format!("description: {}", folder.prompt.description.clone().unwrap_or_default());
        let is_approved = self.approved.contains(&("prompt.yaml".to_owned(), said.clone()));
        assert!(said == "description: Sorts." || is_approved, "the prompt says {said:?}, which nobody approved");
        folder.versions.len() - 1
    }
}

fn line(key: &std::path::Path) -> String {
    std::fs::read_to_string(key.with_extension("pub")).unwrap().trim().to_owned()
}

/// The name of a file, wherever it lies.
fn name(path: &str) -> String {
    path.rsplit('/').next().unwrap().to_owned()
}

/// What a file says that no signed commit changes: its first line.
fn essence(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// All that can be proven, but for the time.
fn proven(app: &App) -> String {
    let uncovered = app.prove().unwrap();
    format!(
        "{:#}\n{:#}\n{:#}\n{:#}",
        serde_json::to_value(uncovered).unwrap(),
        serde_json::to_value(app.proposals().unwrap()).unwrap(),
        serde_json::to_value(app.status(&app.current()).unwrap()).unwrap(),
        serde_json::to_value(app.audit(&app.current(), &Search { limit: 500, ..Search::default() }).unwrap().items)
            .unwrap(),
    )
}

/// The state of each content on each path, by all branches that are compared with the same commit.
fn states(app: &App) -> BTreeMap<(String, Option<String>), BTreeSet<&'static str>> {
    let mut states: BTreeMap<_, BTreeSet<&'static str>> = BTreeMap::new();
    for proposal in app.proposals().unwrap().iter().filter(|proposal| proposal.id != "main") {
        for file in &proposal.files {
            let key = (file.path.clone(), file.blob.map(|blob| blob.to_string()));
            states.entry(key).or_default().insert(file.state.as_str());
        }
    }
    states
}

#[test]
fn whatever_lands_and_whatever_is_said_only_what_was_approved_is_served() {
    let keys = Keys::new();
    PEOPLE.iter().for_each(|(who, _)| keys.make_named(who));
    let cases = std::env::var("STORIES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES);
    let config =
        ProptestConfig { cases, max_shrink_iters: 300, failure_persistence: None, ..ProptestConfig::default() };
    let served = std::cell::Cell::new(0);
    proptest!(config, |(steps in steps())| {
        let mut story = Story::begin(&keys);
        // One looks now and then, the other after every step.
        let (app, eager) = (App::open(&story.fixture.path()).unwrap(), App::open(&story.fixture.path()).unwrap());
        for step in steps {
            story.take(step);
            let is_looked_at = matches!(step, Step::Look);
            for app in [Some(&app).filter(|_| is_looked_at), follows(&step).then_some(&eager)].into_iter().flatten() {
                app.sync().unwrap();
                story.holds(app);
            }
        }
        app.sync().unwrap();
        eager.sync().unwrap();
        served.set(served.get() + story.holds(&app));
        let anew = App::open(&story.fixture.path()).unwrap();
        for app in [app, eager] {
            prop_assert_eq!(proven(&app), proven(&anew));
            prop_assert!(app.current().registry == anew.current().registry);
        }
        for ((path, _), states) in states(&anew) {
            prop_assert!(states.len() == 1, "the same content of {path} is {states:?}");
        }
    });
    assert!(served.get() > 0, "no version was approved and landed");
}

/// Whether a step may change what is served.
const fn follows(step: &Step) -> bool {
    !matches!(step, Step::Reset { .. })
}
