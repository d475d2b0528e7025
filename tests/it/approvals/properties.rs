//! Random histories crossed with random decisions: whatever comes in whatever order, nobody is served what nobody approved, and
//! a server that followed serves what one does that begins anew.

use crate::{repository::Fixture, signatures::Keys, walkthrough::settings};
use promptreg::{
    app::App,
    domain::{Decision, Digest, NAMESPACE},
    git::{CommitId, SigningKey},
};
use proptest::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

const FILES: [&str; 3] = ["prompts/triage/1.1.0.yaml", "prompts/triage/1.2.0.yaml", "prompts/triage/prompt.yaml"];
const TEXTS: [&str; 3] = ["alpha", "beta", "gamma"];
const PEOPLE: [&str; 3] = ["ben", "cleo", "dana"];
const VERBS: [&str; 4] = ["approve", "reject", "withdraw", "request"];
/// How many stories are told.
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
    /// A branch comes to the default branch.
    Land { branch: usize, how: Landing },
    /// The newest commit of the default branch is undone.
    Revert,
    /// A branch begins anew where the default branch is.
    Reset { branch: usize },
    /// Somebody decides on what lies on a branch.
    Decide { who: usize, verb: usize, branch: usize, file: usize, is_behind: bool },
    /// The server looks.
    Look,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let landing = prop_oneof![
        Just(Landing::Merge),
        Just(Landing::Squash),
        Just(Landing::Rebase),
        Just(Landing::CherryPick),
        Just(Landing::FastForward)
    ];
    let step = prop_oneof![
        4 => (0..3_usize, 0..3_usize, 0..3_usize).prop_map(|(branch, file, text)| Step::Write { branch, file, text }),
        3 => (1..3_usize, landing).prop_map(|(branch, how)| Step::Land { branch, how }),
        1 => Just(Step::Revert),
        1 => (1..3_usize).prop_map(|branch| Step::Reset { branch }),
        9 => (0..3_usize, prop_oneof![4 => Just(0_usize), 1 => 1..4_usize], 0..3_usize, 0..3_usize, any::<bool>())
            .prop_map(|(who, verb, branch, file, is_behind)| Step::Decide { who, verb, branch, file, is_behind }),
        2 => Just(Step::Look),
    ];
    prop::collection::vec(step, 8..22)
}

struct Story {
    fixture: Fixture,
    keys: BTreeMap<&'static str, PathBuf>,
    log: Option<CommitId>,
    /// What an eligible person approved at any time, by path and content.
    approved: BTreeSet<(String, String)>,
    count: usize,
}

/// What a file says with this text.
fn content(file: usize, text: usize) -> String {
    match FILES[file] {
        "prompts/triage/prompt.yaml" => format!("description: {}\nlabels: {{production: 1.0.0}}\n", TEXTS[text]),
        _ => format!("content: {}\n", TEXTS[text]),
    }
}

impl Story {
    fn begin(keys: &Keys) -> Self {
        let fixture = Fixture::new();
        let mut known = BTreeMap::new();
        for (who, roles) in [("ben", "contributor"), ("cleo", "approver"), ("dana", "approver")] {
            let key = keys.named(who);
            let line = std::fs::read_to_string(key.with_extension("pub")).unwrap();
            let text = format!("email: {who}@example.org\nroles: [{roles}]\nsigning_keys: [\"{}\"]\n", line.trim());
            fixture.write(&format!("users/{who}.yaml"), text);
            known.insert(who, key);
        }
        fixture.write("users/ana.yaml", "email: ana@example.org\nroles: [contributor]\n");
        fixture.write("roles/contributor.yaml", "permissions: [read, propose]\n");
        fixture.write("roles/approver.yaml", "permissions: [read, propose, approve]\n");
        fixture.write("registry.toml", settings("verified"));
        fixture.write("prompts/triage/prompt.yaml", "description: Sorts.\nlabels: {production: 1.0.0}\n");
        fixture.write("prompts/triage/1.0.0.yaml", "content: Sort.\n");
        fixture.commit("the registry");
        for branch in &BRANCHES[1..] {
            fixture.git(&["branch", branch]);
        }
        Self { fixture, keys: known, log: None, approved: BTreeSet::new(), count: 0 }
    }

    fn take(&mut self, step: Step) {
        let git = |args: &[&str]| self.fixture.git(args);
        self.count += 1;
        match step {
            Step::Write { branch, file, text } => {
                git(&["checkout", "-q", "--force", BRANCHES[branch]]);
                self.fixture.write(FILES[file], content(file, text));
                self.fixture.commit(&format!("{} {}", FILES[file], TEXTS[text]));
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
            Step::Decide { who, verb, branch, file, is_behind } => {
                self.decide(PEOPLE[who], VERBS[verb], BRANCHES[branch], FILES[file], is_behind);
            }
            Step::Look => {}
        }
        self.fixture.git(&["checkout", "-q", "--force", "main"]);
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

    fn decide(&mut self, who: &str, verb: &str, branch: &str, path: &str, is_behind: bool) {
        let repository = self.fixture.open();
        let tip: CommitId = self.fixture.git(&["rev-parse", branch]).parse().unwrap();
        let Some(blob) = repository.blob_at(tip, path).unwrap() else { return };
        let bytes = repository.blobs(&[blob], 1 << 20).unwrap().remove(0).unwrap();
        let first = self.fixture.git(&["rev-list", "--first-parent", "--reverse", "main"]);
        let base = if is_behind { first.lines().next().unwrap() } else { first.lines().last().unwrap() };
        let decision = serde_json::json!({
            "type": "promptreg/decision/v1", "registry": "6f0c5a8e-52f9-4bb0-9d1c-0d4c6c4c1f00", "decision": verb, "base": base, "by": who,
            "subjects": [{"path": path, "blob": blob.to_string(), "sha256": Digest::of(&bytes).hex()}],
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
        if verb == "approve" && who != "ben" {
            self.approved.insert((path.to_owned(), String::from_utf8(bytes).unwrap()));
        }
    }

    /// Nothing is served that no eligible person ever approved. Answers how many versions are served that were.
    fn holds(&self, app: &App) -> usize {
        let current = app.current();
        let folder = &current.registry.prompts["triage"];
        for (number, version) in &folder.versions {
            let text = version.messages.first().and_then(|message| serde_json::to_value(message).ok()).unwrap();
            let (path, text) = (format!("prompts/triage/{number}.yaml"), text["content"].as_str().unwrap().to_owned());
            let is_approved = self.approved.contains(&(path.clone(), format!("content: {}\n", text.trim())));
            assert!(path.ends_with("1.0.0.yaml") || is_approved, "{path} says {text:?}, which nobody approved");
        }
        let said = folder.prompt.description.clone().unwrap_or_default();
        let file = format!("description: {said}\nlabels: {{production: 1.0.0}}\n");
        let is_approved = self.approved.contains(&("prompts/triage/prompt.yaml".to_owned(), file));
        assert!(said == "Sorts." || is_approved, "the prompt says {said:?}, which nobody approved");
        folder.versions.len() - 1
    }
}

/// All that can be proven, but for the time.
fn proven(app: &App) -> String {
    let uncovered = app.prove().unwrap();
    format!(
        "{:#}\n{:#}",
        serde_json::to_value(uncovered).unwrap(),
        serde_json::to_value(app.proposals().unwrap()).unwrap()
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
    PEOPLE.iter().for_each(|who| keys.make_named(who));
    let config =
        ProptestConfig { cases: CASES, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() };
    let served = std::cell::Cell::new(0);
    proptest!(config, |(steps in steps())| {
        let mut story = Story::begin(&keys);
        let app = App::open(&story.fixture.path()).unwrap();
        for step in steps {
            story.take(step);
            if matches!(step, Step::Look) {
                app.sync().unwrap();
                story.holds(&app);
            }
        }
        app.sync().unwrap();
        served.set(served.get() + story.holds(&app));
        let anew = App::open(&story.fixture.path()).unwrap();
        prop_assert_eq!(proven(&app), proven(&anew));
        for ((path, _), states) in states(&anew) {
            prop_assert!(states.len() == 1, "the same content of {path} is {states:?}");
        }
    });
    assert!(served.get() > 0, "no version was approved and landed");
}
