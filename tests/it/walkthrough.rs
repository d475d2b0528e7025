//! From a draft to a release and back, as people do it: two clones and more, a bare remote, a server that follows it.

use crate::harness::{Server, binary, promptreg};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use tempfile::TempDir;

const PEOPLE: [(&str, &str); 4] =
    [("ana", "contributor"), ("ben", "contributor"), ("cleo", "approver"), ("dana", "admin")];
const ROLES: [(&str, &str); 3] = [
    ("contributor", "read, read_drafts, propose"),
    ("approver", "read, read_drafts, propose, approve, merge, move_labels, deprecate"),
    ("admin", "read, read_drafts, propose, approve, merge, move_labels, deprecate, administer"),
];

/// The settings of a registry in this mode.
pub(crate) fn settings(mode: &str) -> String {
    format!(
        "[registry]\nname = \"acme\"\nid = \"6f0c5a8e-52f9-4bb0-9d1c-0d4c6c4c1f00\"\n\n[approval]\nmode = \"{mode}\"\n"
    )
}

/// A bare remote, a clone and a key for each person, and what was said so far.
pub(crate) struct Team {
    folder: TempDir,
    pub(crate) said: String,
}

impl Team {
    pub(crate) fn new() -> Self {
        Self::in_mode("verified")
    }

    pub(crate) fn in_mode(mode: &str) -> Self {
        let team = Self { folder: tempfile::tempdir().unwrap(), said: String::new() };
        let first = team.at("first");
        let write = |path: &str, text: String| {
            let path = first.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        for (name, role) in PEOPLE {
            let key = team.at(name);
            let mut made = Command::new("ssh-keygen");
            made.args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"]).arg(&key);
            assert!(made.stdout(Stdio::null()).status().unwrap().success());
            let line = fs::read_to_string(key.with_extension("pub")).unwrap();
            let line = line.trim();
            let text = format!("email: {name}@example.org\nroles: [{role}]\nsigning_keys: [\"{line}\"]\n");
            write(&format!("users/{name}.yaml"), text);
        }
        for (name, permissions) in ROLES {
            write(&format!("roles/{name}.yaml"), format!("permissions: [{permissions}]\n"));
        }
        write("registry.toml", settings(mode));
        write("prompts/triage/prompt.yaml", "description: Sorts tickets.\nlabels: {production: 1.0.0}\n".to_owned());
        write("prompts/triage/1.0.0.yaml", "content: Sort this ticket.\n".to_owned());
        team.git("first", &["init", "-q", "-b", "main"]);
        team.git("first", &["add", "-A"]);
        team.git("first", &["commit", "-q", "-m", "the registry"]);
        team.git(".", &["clone", "-q", "--bare", "first", "remote.git"]);
        for (name, _) in PEOPLE {
            let clone = format!("{name}-clone");
            team.git(".", &["clone", "-q", "remote.git", &clone]);
            let key = team.at(name).with_extension("pub");
            let email = format!("{name}@example.org");
            let settings = [("user.name", name), ("user.email", &email), ("gpg.format", "ssh")];
            for (setting, value) in settings.into_iter().chain([("user.signingkey", key.to_str().unwrap())]) {
                team.git(&clone, &["config", setting, value]);
            }
        }
        team
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn git(&self, folder: &str, args: &[&str]) -> String {
        let people = ["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"].map(|key| (key, "Dana"));
        let addresses = ["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"].map(|key| (key, "dana@example.org"));
        let mut git = Command::new("git");
        git.args(args)
            .current_dir(self.at(folder))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("HOME", self.folder.path());
        if folder == "first" {
            git.envs(people).envs(addresses);
        }
        let output = git.output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// A person writes a file in their clone and commits it on a branch.
    pub(crate) fn writes(&mut self, who: &str, branch: &str, path: &str, text: &str) {
        let clone = format!("{who}-clone");
        let switched = self.git(&clone, &["branch", "--list", branch]);
        let create =
            if switched.is_empty() { vec!["switch", "-q", "-c", branch] } else { vec!["switch", "-q", branch] };
        self.git(&clone, &create);
        let file = self.at(&clone).join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
        self.git(&clone, &["add", "-A"]);
        self.git(&clone, &["commit", "-q", "-m", &format!("{path}, by {who}")]);
        self.said += &format!("# {who} writes {path} on {branch}\n");
    }

    /// A person runs a verb in their clone.
    pub(crate) fn runs(&mut self, who: &str, args: &str) -> i32 {
        let words: Vec<&str> = args.split(' ').collect();
        let output = promptreg(&self.at(&format!("{who}-clone")), &words);
        self.said += &format!("{who}$ promptreg {args}\n{}{}", output.stdout, output.stderr);
        if output.code != 0 {
            self.said += &format!("exit code {}\n", output.code);
        }
        output.code
    }

    fn notes(&mut self, text: &str) {
        self.said += &format!("# {text}\n");
    }
}

/// What was said, with the ids of commits left out.
pub(crate) fn steady(said: &str) -> String {
    let words = said.split_inclusive([' ', '\n', '`']).map(|word| {
        let bare = word.trim_end_matches([' ', '\n', '`']);
        let is_id = (9..=64).contains(&bare.len()) && bare.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_id { word.replace(bare, "COMMIT") } else { word.to_owned() }
    });
    words.collect()
}

pub(crate) fn serve(team: &Team) -> Server {
    serve_with(team, &[])
}

/// A server that only Git tells what happened: its database is away for good.
pub(crate) fn serve_without_records(team: &Team) -> Server {
    serve_with(team, &["--database", "sqlite:///dev/null/none"])
}

fn serve_with(team: &Team, more: &[&str]) -> Server {
    let remote = team.at("remote.git");
    let args = ["serve", "--listen", "127.0.0.1:0", "--read-drafts", "--registry", remote.to_str().unwrap()];
    Server::run(binary(team.folder.path()).args(args).args(more))
}

fn live(server: &Server) -> String {
    server.get("/v1/prompts/triage").text()
}

fn waits_for(server: &Server, text: &str) {
    server.until("/v1/prompts/triage", |reply| reply.status == 200 && reply.text() == text);
}

#[test]
fn a_draft_is_submitted_approved_merged_served_and_rolled_back() {
    let mut team = Team::new();
    let server = serve(&team);
    team.writes("ana", "kinder", "prompts/triage/1.1.0.yaml", "content: Please sort this ticket.\n");
    team.runs("ana", "submit -m kinder --reviewer cleo");
    team.runs("ben", "approve kinder");
    team.runs("ana", "approve kinder");
    team.runs("cleo", "approve kinder");
    team.writes("ana", "kinder", "prompts/triage/1.1.0.yaml", "content: Please sort this ticket, thanks.\n");
    team.runs("ana", "submit");
    team.runs("cleo", "merge kinder");
    team.runs("cleo", "approve kinder");
    team.runs("ben", "merge kinder");
    assert_eq!(live(&server), "Sort this ticket.");
    assert_eq!(server.get("/v1/prompts/triage?version=1.1.0").status, 404);
    team.runs("cleo", "merge kinder");
    server.until("/v1/prompts/triage?version=1.1.0", |reply| reply.status == 200);
    team.notes("the server hands out 1.1.0");
    team.runs("cleo", "promote triage 1.1.0");
    waits_for(&server, "Please sort this ticket, thanks.");
    team.notes("production is 1.1.0");
    team.runs("ana", "promote triage 1.0.0");
    team.runs("cleo", "promote triage 1.0.0");
    waits_for(&server, "Sort this ticket.");
    team.notes("production is 1.0.0 again");
    insta::assert_snapshot!(steady(&team.said), @"
    # ana writes prompts/triage/1.1.0.yaml on kinder
    ana$ promptreg submit -m kinder --reviewer cleo
    ana asks for the approval of `kinder` (pushed to origin):
      pending_approval prompts/triage/1.1.0.yaml
                       it has 0 of 1 approval; cleo, dana may approve
    `promptreg withdraw kinder` takes the request back
    ben$ promptreg approve kinder
    error: ben may not approve `kinder`: ben may not decide on this path; cleo or dana can
    exit code 3
    ana$ promptreg approve kinder
    error: ana may not approve `kinder`: ana wrote it, and nobody approves their own; cleo or dana can
    exit code 3
    cleo$ promptreg approve kinder
    cleo approves `kinder`:
      approved         prompts/triage/1.1.0.yaml
    it can be merged: `promptreg merge kinder`
    # ana writes prompts/triage/1.1.0.yaml on kinder
    ana$ promptreg submit
    ana asks for the approval of `kinder` (pushed to origin):
      pending_approval prompts/triage/1.1.0.yaml
                       it has 0 of 1 approval; cleo, dana may approve
    `promptreg withdraw kinder` takes the request back
    cleo$ promptreg merge kinder
    error: prompts/triage/1.1.0.yaml is not approved: it has 0 of 1 approval; cleo or dana may approve it
    exit code 3
    cleo$ promptreg approve kinder
    cleo approves `kinder`:
      approved         prompts/triage/1.1.0.yaml
    it can be merged: `promptreg merge kinder`
    ben$ promptreg merge kinder
    error: ben may not merge proposals; cleo or dana can
    exit code 3
    cleo$ promptreg merge kinder
    `kinder` is merged into `main` as COMMIT
    a version stays for good: a label is moved by `promptreg promote`, and `promptreg yank triage 1.1.0` takes it out of use
    # the server hands out 1.1.0
    cleo$ promptreg promote triage 1.1.0
    triage:production is 1.1.0: cleo did it with commit COMMIT
    `promptreg promote triage 1.0.0 --label production` undoes it
    # production is 1.1.0
    ana$ promptreg promote triage 1.0.0
    error: ana may not move the label `production` of triage; cleo or dana can
    exit code 3
    cleo$ promptreg promote triage 1.0.0
    triage:production is 1.0.0: cleo did it with commit COMMIT
    `promptreg promote triage 1.1.0 --label production` undoes it
    # production is 1.0.0 again
    ");
    let version = server.get("/v1/prompts/triage?version=1.1.0").json();
    assert_eq!((&version["created_by"], &version["approved_by"]), (&"ana".into(), &"cleo".into()));
    for who in ["ana", "ben", "cleo"] {
        assert_eq!(team.git(&format!("{who}-clone"), &["status", "--porcelain"]), "", "the work tree of {who}");
    }
    let (a, b) = (verified(&mut team, "ana"), verified(&mut team, "dana"));
    assert_eq!(a, b, "two clones prove the same");
}

/// What `verify` says in a clone that is up to date.
fn verified(team: &mut Team, who: &str) -> String {
    let clone = format!("{who}-clone");
    team.git(&clone, &["switch", "-q", "main"]);
    team.git(&clone, &["pull", "-q"]);
    let output = promptreg(&team.at(&clone), &["verify"]);
    assert_eq!(output.code, 0, "{}", output.all());
    output.stdout
}

/// Lands `kinder` by plain Git, and answers what `verify` says of it then.
fn landed_by(how: impl Fn(&Team, &Path)) -> (i32, String) {
    let mut team = Team::new();
    team.writes("ana", "kinder", "prompts/triage/1.1.0.yaml", "content: Please sort this ticket.\n");
    assert_eq!(team.runs("ana", "submit"), 0, "{}", team.said);
    assert_eq!(team.runs("cleo", "approve kinder"), 0, "{}", team.said);
    // Something else lands in between, so that nothing can be fast-forwarded.
    team.writes("dana", "other", "README.md", "Prompts of acme.\n");
    team.git("dana-clone", &["push", "-q", "origin", "other:main"]);
    team.git("cleo-clone", &["fetch", "-q"]);
    team.git("cleo-clone", &["reset", "-q", "--hard", "origin/main"]);
    how(&team, &team.at("cleo-clone"));
    team.git("cleo-clone", &["push", "-q", "origin", "main"]);
    let output = promptreg(&team.at("cleo-clone"), &["verify", "triage@1.1.0"]);
    let tells =
        |line: &&str| ["authors", "covered", "approve", "request"].iter().any(|word| line.trim().starts_with(word));
    let shown: Vec<&str> = output.stdout.lines().filter(tells).map(|line| line.split(" at ").next().unwrap()).collect();
    (output.code, shown.join("\n"))
}

#[test]
fn what_was_approved_is_served_after_a_squash_a_rebase_and_a_cherry_pick() {
    let squash = landed_by(|team, _| {
        team.git("cleo-clone", &["merge", "-q", "--squash", "origin/kinder"]);
        team.git("cleo-clone", &["commit", "-q", "-m", "kinder (#7)"]);
    });
    let rebase = landed_by(|team, _| {
        team.git("cleo-clone", &["switch", "-q", "-c", "rebased", "origin/kinder"]);
        team.git("cleo-clone", &["rebase", "-q", "main"]);
        team.git("cleo-clone", &["switch", "-q", "main"]);
        team.git("cleo-clone", &["merge", "-q", "--ff-only", "rebased"]);
    });
    let pick = landed_by(|team, _| drop(team.git("cleo-clone", &["cherry-pick", "origin/kinder"])));
    assert_eq!(squash, rebase);
    assert_eq!(rebase, pick);
    insta::assert_snapshot!(pick.1, @"
    authors   ana
    covered   signed decisions
    request   ana
    approve   cleo
    ");
    assert_eq!(pick.0, 0);
}
