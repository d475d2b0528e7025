//! Reviews on a forge, written down by a server that can show from the forge's refs what was reviewed.

use super::door::{github, pagure};
use crate::harness::{Registry, Server, binary};
use promptreg::domain::{Decision, Verb};
use serde_json::{Value, json};
use std::process::Command;

/// A registry on a forge, where only signed approvals count, and a server that is its witness.
struct Witnessed {
    forge: Registry,
    /// Where the server keeps its key and its mirror.
    own: Registry,
    server: Server,
}

impl Witnessed {
    fn new() -> Self {
        let own = Registry::new();
        let key = own.path().join("key");
        let mut keygen = Command::new("ssh-keygen");
        keygen.args(["-q", "-t", "ed25519", "-N", "", "-C", "server", "-f"]).arg(&key);
        assert!(keygen.status().unwrap().success());
        let line = std::fs::read_to_string(key.with_extension("pub")).unwrap();
        let forge = Registry::new();
        let settings = format!(
            "[registry]\nname = \"acme\"\nid = \"6f0c5a8e-52f9-4bb0-9d1c-0d4c6c4c1f00\"\n\
             [approval]\nmode = \"verified\"\nwitnesses = [\"{}\"]\n",
            line.trim()
        );
        forge.file("registry.toml", settings);
        forge.file("roles/approver.yaml", "permissions: [approve]\n");
        for (user, roles) in [("ana", ""), ("cleo", "approver")] {
            let text = format!(
                "email: {user}@example.org\nroles: [{roles}]\nforge_logins: {{github: {user}-x, pagure: {user}}}\n"
            );
            forge.file(&format!("users/{user}.yaml"), text);
        }
        forge.prompt("greet", "labels: {production: 1.0.0}\n", &[("1.0.0", "Hello")]).land("Greet");
        forge.git(&["branch", "-M", "main"]);
        let url = format!("file://{}", forge.path().display());
        let args =
            ["serve", "--listen", "127.0.0.1:0", "--poll", "3600", "--allow-protocol", "file", "--registry", &url];
        let mut command = binary(&own.path());
        command.args(args).arg("--data").arg(own.path().join("data")).arg("--signing-key").arg(&key);
        command.envs([("PROMPTREG_FORGE_GITHUB_SECRET", "old"), ("PROMPTREG_FORGE_PAGURE_SECRET", "own")]);
        let server = Server::run(&mut command);
        Self { forge, own, server }
    }

    /// Pushes a version by ana to a branch, as change 7; answers base and head.
    fn propose(&self, text: &str) -> (String, String) {
        let base = self.forge.git(&["rev-parse", "main"]).trim().to_owned();
        self.forge.git(&["checkout", "-q", "-B", "french"]);
        self.forge.version("greet", "1.1.0", text);
        let head = self.forge.commit_as("ana", "Say hello in French").to_string();
        self.forge.git(&["checkout", "-q", "main"]);
        self.forge.git(&["update-ref", "refs/pull/7/head", &head]);
        (base, head)
    }

    /// What the log says, oldest first: who said what of which contents, and how it is known.
    fn log(&self) -> Vec<Decision> {
        let commits = self.forge.git(&["log", "--reverse", "--format=%H", "promptreg/log"]);
        let mut all = Vec::new();
        for commit in commits.lines() {
            let names = self.forge.git(&["show", "--format=", "--name-only", commit]);
            for name in names.lines().filter(|name| name.ends_with(".json")) {
                let text = self.forge.git(&["show", &format!("{commit}:{name}")]);
                all.push(Decision::read(text.as_bytes()).unwrap());
            }
        }
        all
    }

    fn tell(&self, body: &Value) {
        let reply = github(&self.server, "old", &body.to_string());
        assert_eq!(reply.status, 202, "{}", reply.body);
    }

    /// Tells as Pagure does that cleo approves: it names the oldest commit of the change and the newest, and no base.
    fn approve_on_pagure(&self, first: &str, head: &str) {
        let body = include_str!("payloads/pagure/approved.json");
        let body = body.replace(&"a".repeat(40), head).replace(&"b".repeat(40), first);
        let reply = pagure(&self.server, "own", &body);
        assert_eq!(reply.status, 202, "{}", reply.body);
    }

    /// Waits until what was told was looked into: a look that began later is over.
    fn settle(&self) {
        assert_eq!(self.server.ask("POST", "/v1/sync", &[], "").status, 200);
    }
}

/// A pull request of ana's onto main.
fn request(base: &str, head: &str) -> Value {
    json!({
        "number": 7, "title": "Say hello in French", "draft": false, "updated_at": "2026-03-01T10:00:00Z",
        "user": {"login": "ana-x", "type": "User"}, "head": {"ref": "french", "sha": head},
        "base": {"ref": "main", "sha": base}, "requested_reviewers": [{"login": "cleo-x"}, {"login": "stranger"}],
    })
}

fn review(login: &str, state: &str, id: u64, minute: u32, (base, head): (&str, &str)) -> Value {
    let at = format!("2026-03-01T11:{minute:02}:00Z");
    let action = if state == "dismissed" { "dismissed" } else { "submitted" };
    let review = json!({
        "id": id, "user": {"login": login, "type": if login.ends_with("[bot]") { "Bot" } else { "User" }},
        "state": state, "commit_id": head, "submitted_at": at,
    });
    let mut request = request(base, head);
    request["updated_at"] = at.into();
    json!({"action": action, "review": review, "pull_request": request})
}

/// One line for each decision.
fn told(log: &[Decision]) -> String {
    let lines = log.iter().map(|one| {
        let paths: Vec<&str> = one.subjects.iter().map(|subject| subject.path.as_str()).collect();
        let Decision { by, decision, at, authors, reviewers, .. } = one;
        format!("{at} {by} {decision} {paths:?} authors {authors:?} reviewers {reviewers:?}")
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn an_approval_on_a_forge_covers_the_reviewed_content_when_it_lands() {
    let all = Witnessed::new();
    let (base, head) = all.propose("Bonjour");
    all.tell(&json!({"action": "opened", "pull_request": request(&base, &head)}));
    all.tell(&review("cleo-x", "approved", 1, 0, (&base, &head)));
    all.settle();
    let log = all.log();
    insta::assert_snapshot!(told(&log), @r#"
    2026-03-01T10:00:00Z ana request ["prompts/greet/1.1.0.yaml"] authors ["ana"] reviewers [Handle("cleo")]
    2026-03-01T11:00:00Z cleo approve ["prompts/greet/1.1.0.yaml"] authors [] reviewers []
    "#);
    assert_eq!(log[1].base, base);
    let evidence = json!(log[1].evidence).to_string().replace(&head, "HEAD");
    insta::assert_snapshot!(evidence, @r#"{"kind":"forge","forge":"github","change":7,"review":"1","login":"cleo-x","head":"HEAD"}"#);
    all.forge.git(&["merge", "-q", "--squash", "french"]);
    all.forge.commit_as("ana", "Say hello in French (#7)");
    all.settle();
    let reply = all.server.get("/v1/prompts/greet?version=1.1.0");
    assert_eq!(reply.status, 200, "{}", reply.body);
}

#[test]
fn what_the_forges_refs_do_not_bear_out_gives_no_decision() {
    let all = Witnessed::new();
    let (base, first) = all.propose("Bonjour");
    all.forge.git(&["branch", "-q", "-f", "french", "main"]);
    let (_, second) = all.propose("Salut");
    assert_ne!(first, second);
    let nothing = "f".repeat(40);
    all.tell(&review("cleo-x", "approved", 1, 0, (&base, &first)));
    all.tell(&review("cleo-x", "approved", 2, 0, (&base, &nothing)));
    all.tell(&review("stranger", "approved", 3, 0, (&base, &second)));
    all.tell(&review("stamp[bot]", "approved", 4, 0, (&base, &second)));
    all.tell(&review("cleo-x", "commented", 5, 0, (&base, &second)));
    let mut elsewhere = review("cleo-x", "approved", 6, 0, (&base, &second));
    elsewhere["pull_request"]["base"]["ref"] = "develop".into();
    all.tell(&elsewhere);
    let mut other = review("cleo-x", "approved", 7, 0, (&base, &second));
    other["pull_request"]["number"] = 8.into();
    all.tell(&other);
    let mut draft = request(&base, &second);
    draft["draft"] = true.into();
    all.tell(&json!({"action": "opened", "pull_request": draft}));
    all.settle();
    assert_eq!(all.forge.git(&["branch", "--list", "promptreg/log"]), "");
    // And what they do bear out gives one.
    all.tell(&review("CLEO-X", "changes_requested", 8, 0, (&base, &second)));
    all.settle();
    insta::assert_snapshot!(told(&all.log()), @r#"2026-03-01T11:00:00Z cleo reject ["prompts/greet/1.1.0.yaml"] authors [] reviewers []"#);
    all.forge.git(&["merge", "-q", "--squash", "french"]);
    all.forge.commit_as("ana", "Say hello in French (#7)");
    all.settle();
    assert_eq!(all.server.get("/v1/prompts/greet?version=1.1.0").status, 404);
}

#[test]
fn a_review_that_is_told_again_or_late_changes_nothing() {
    let all = Witnessed::new();
    let (base, head) = all.propose("Bonjour");
    let change = (base.as_str(), head.as_str());
    let say = |state: &str, id: u64, minute: u32, more: &str| {
        let mut body = review("cleo-x", state, id, minute, change);
        body["pull_request"]["body"] = more.into();
        all.tell(&body);
        all.settle();
    };
    say("approved", 1, 0, "");
    say("approved", 1, 0, "told again");
    say("dismissed", 1, 5, "");
    say("approved", 1, 0, "and again, too late");
    say("changes_requested", 2, 7, "");
    let log = all.log();
    assert_eq!(log.iter().map(|one| one.decision).collect::<Vec<_>>(), [Verb::Approve, Verb::Withdraw, Verb::Reject]);
}

#[test]
fn a_review_that_cannot_be_written_down_yet_waits() {
    let all = Witnessed::new();
    let (base, head) = all.propose("Bonjour");
    let hook = all.forge.path().join(".git/hooks/pre-receive");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    crate::repository::program(&hook, "echo closed for the night >&2; exit 1");
    // They come in the wrong order, too.
    all.tell(&review("cleo-x", "dismissed", 1, 5, (&base, &head)));
    all.tell(&review("cleo-x", "approved", 1, 0, (&base, &head)));
    all.settle();
    assert_eq!(all.forge.git(&["branch", "--list", "promptreg/log"]), "");
    std::fs::remove_file(&hook).unwrap();
    all.settle();
    let log = all.log();
    assert_eq!(log.iter().map(|one| one.decision).collect::<Vec<_>>(), [Verb::Approve, Verb::Withdraw]);
}

#[test]
fn what_a_forge_tells_before_its_refs_hold_it_waits_for_them() {
    let mut all = Witnessed::new();
    let (base, head) = all.propose("Bonjour");
    all.forge.git(&["update-ref", "-d", "refs/pull/7/head"]);
    all.tell(&json!({"action": "opened", "pull_request": request(&base, &head)}));
    all.tell(&review("cleo-x", "approved", 1, 0, (&base, &head)));
    all.settle();
    assert_eq!(all.forge.git(&["branch", "--list", "promptreg/log"]), "");
    all.forge.git(&["update-ref", "refs/pull/7/head", &base]);
    all.settle();
    assert_eq!(all.forge.git(&["branch", "--list", "promptreg/log"]), "");
    all.forge.git(&["update-ref", "refs/pull/7/head", &head]);
    // Nobody has to tell again.
    all.server.until_log("is written down");
    all.settle();
    let log = all.log();
    assert_eq!(log.iter().map(|one| one.decision).collect::<Vec<_>>(), [Verb::Request, Verb::Approve]);
}

#[test]
fn an_approval_that_comes_after_the_landing_covers_the_whole_change() {
    let all = Witnessed::new();
    let (_, first) = all.propose("Bonjour");
    all.forge.git(&["checkout", "-q", "french"]);
    all.forge.version("greet", "1.2.0", "Bonjour, monde");
    let head = all.forge.commit_as("ana", "Greet the world").to_string();
    all.forge.git(&["update-ref", "refs/pull/7/head", &head]);
    all.forge.git(&["checkout", "-q", "main"]);
    all.forge.git(&["merge", "-q", "--ff-only", "french"]);
    all.settle();
    assert_eq!(all.server.get("/v1/prompts/greet?version=1.1.0").status, 404);
    all.approve_on_pagure(&first, &head);
    all.settle();
    insta::assert_snapshot!(told(&all.log()), @r#"2026-03-01T11:00:00Z cleo approve ["prompts/greet/1.1.0.yaml", "prompts/greet/1.2.0.yaml"] authors [] reviewers []"#);
    for version in ["1.1.0", "1.2.0"] {
        assert_eq!(all.server.get(&format!("/v1/prompts/greet?version={version}")).status, 200, "{version}");
    }
}

#[test]
fn what_a_change_merges_from_the_default_branch_is_not_approved_with_it() {
    let all = Witnessed::new();
    let (base, first) = all.propose("Bonjour");
    all.forge.version("greet", "9.0.0", "Nobody looked at this");
    all.forge.commit_as("ana", "Slip something in");
    all.forge.git(&["checkout", "-q", "french"]);
    all.forge.git(&["merge", "-q", "--no-ff", "-m", "Follow main", "main"]);
    let head = all.forge.git(&["rev-parse", "french"]).trim().to_owned();
    all.forge.git(&["update-ref", "refs/pull/7/head", &head]);
    all.forge.git(&["checkout", "-q", "main"]);
    all.settle();
    all.tell(&review("cleo-x", "approved", 1, 0, (&base, &head)));
    all.settle();
    all.forge.git(&["merge", "-q", "--no-ff", "-m", "Land", "french"]);
    all.settle();
    all.approve_on_pagure(&first, &head);
    all.settle();
    insta::assert_snapshot!(told(&all.log()), @r#"2026-03-01T11:00:00Z cleo approve ["prompts/greet/1.1.0.yaml"] authors [] reviewers []"#);
    assert_eq!(all.server.get("/v1/prompts/greet?version=1.1.0").status, 200);
    assert_eq!(all.server.get("/v1/prompts/greet?version=9.0.0").status, 404);
}

#[test]
fn what_counts_for_nothing_silences_nobody() {
    let all = Witnessed::new();
    let (base, head) = all.propose("Bonjour");
    all.tell(&review("cleo-x", "approved", 1, 0, (&base, &head)));
    all.settle();
    // Anybody who can push to the log writes down what cleo is to have said for ever, and signs it by nothing.
    let mut forged = all.log().remove(0);
    forged.at = "9999-01-01T00:00:00Z".to_owned();
    let bytes = forged.to_bytes();
    all.forge.git(&["checkout", "-q", "promptreg/log"]);
    all.forge.file(&format!("{}.json", Decision::place(&bytes)), String::from_utf8(bytes).unwrap());
    all.forge.git(&["add", "decisions"]);
    all.forge.git(&["commit", "-q", "-m", "cleo: approve"]);
    all.forge.git(&["checkout", "-q", "main"]);
    all.settle();
    all.tell(&review("cleo-x", "changes_requested", 2, 7, (&base, &head)));
    all.settle();
    let log = all.log();
    assert_eq!(log.iter().map(|one| one.decision).collect::<Vec<_>>(), [Verb::Approve, Verb::Approve, Verb::Reject]);
}

#[test]
fn a_witness_that_would_write_where_nobody_reads_does_not_start() {
    let all = Witnessed::new();
    let own = Registry::new();
    own.prompt("greet", "labels: {production: 1.0.0}\n", &[("1.0.0", "Hello")]).land("Greet");
    own.git(&["remote", "add", "upstream", "https://forge.example/acme/prompts.git"]);
    let key = all.own.path().join("key");
    let args = ["serve", "--listen", "127.0.0.1:0", "--signing-key", key.to_str().unwrap()];
    let output = crate::harness::promptreg(&own.path(), &args);
    insta::assert_snapshot!(format!("{} {}", output.code, output.stderr), @"3 error: the remote that reviews are written down to has to be called origin, not upstream: `git remote rename upstream origin`");
}

#[test]
fn a_review_that_was_given_up_may_be_told_again() {
    let all = Witnessed::new();
    let (base, head) = all.propose("Bonjour");
    let hook = all.forge.path().join(".git/hooks/pre-receive");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    crate::repository::program(&hook, "echo closed for good >&2; exit 1");
    let body = review("cleo-x", "approved", 1, 0, (&base, &head)).to_string();
    github(&all.server, "old", &body);
    for _ in 0..21 {
        all.settle();
    }
    std::fs::remove_file(&hook).unwrap();
    all.settle();
    assert_eq!(all.forge.git(&["branch", "--list", "promptreg/log"]), "");
    let again = github(&all.server, "old", &body);
    assert!(again.body.contains("heard"), "{}", again.body);
    all.settle();
    assert_eq!(all.log().len(), 1);
}

#[test]
fn a_review_of_what_was_built_on_a_merged_branch_is_of_the_landing_that_brought_it() {
    let all = Witnessed::new();
    let git = |args: &[&str]| all.forge.git(args).trim().to_owned();
    let (base, _) = all.propose("Bonjour");
    all.forge.file("README.md", "Prompts of acme.\n");
    all.forge.commit_as("cleo", "Something else");
    git(&["merge", "-q", "--no-ff", "-m", "Land", "french"]);
    let landing = git(&["rev-parse", "main"]);
    git(&["checkout", "-q", "-b", "stacked", "french"]);
    all.forge.file("prompts/greet/prompt.yaml", "description: Greets.\nlabels: {production: 1.0.0}\n");
    let head = all.forge.commit_as("ana", "Describe it").to_string();
    git(&["update-ref", "refs/pull/7/head", &head]);
    git(&["checkout", "-q", "main"]);
    all.settle();
    all.tell(&review("cleo-x", "approved", 1, 0, (&base, &head)));
    all.settle();
    let log = all.log();
    assert_eq!(log.iter().map(|one| one.base.as_str()).collect::<Vec<_>>(), [landing]);
    git(&["merge", "-q", "--no-ff", "-m", "Land what was stacked", "stacked"]);
    all.settle();
    let prompts = all.server.get("/v1/prompts").body;
    assert!(prompts.contains("Greets."), "{prompts}");
}
