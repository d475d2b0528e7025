//! Pushes that are meant to get something past the guard.

use super::{draft, git, guarded, left, push, told};
use crate::{harness::promptreg, walkthrough::Team};
use promptreg::domain::Decision;
use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

/// What the server says of a push that it refuses, of which nothing is left.
fn refused(team: &Team, who: &str, refs: &[&str]) -> String {
    let before = left(team);
    let (landed, said) = push(team, who, refs);
    assert!(!landed, "{refs:?} landed: {said}");
    assert_eq!(left(team), before);
    said
}

#[test]
fn names_in_a_commit_message_are_no_approvals() {
    let mut team = guarded();
    draft(&mut team);
    let message = "kinder\n\nApproved-by: cleo <cleo@example.org>\nApproved-by: dana <dana@example.org>";
    team.git("ana-clone", &["commit", "-q", "--amend", "-m", message]);
    insta::assert_snapshot!(refused(&team, "ana", &["kinder:main"]), @"
    promptreg: refused, nothing of this push has landed:
      prompts/triage/1.1.0.yaml: it has 0 of 1 approval; cleo or dana may approve it
        push it as a branch and ask: `git push origin HEAD:refs/heads/NAME`, `promptreg submit NAME`
    ");
}

#[test]
fn nobody_lets_themselves_in_with_what_they_push() {
    let mut team = guarded();
    let settings = fs::read_to_string(team.at("ana-clone/registry.toml")).unwrap();
    team.writes("ana", "kinder", "registry.toml", &settings.replace("verified", "merge"));
    draft(&mut team);
    insta::assert_snapshot!(refused(&team, "ana", &["kinder:main"]), @"
    promptreg: refused, nothing of this push has landed:
      registry.toml: it has 0 of 1 approval; dana may approve it
      prompts/triage/1.1.0.yaml: it has 0 of 1 approval; cleo or dana may approve it
        push it as a branch and ask: `git push origin HEAD:refs/heads/NAME`, `promptreg submit NAME`
    ");
    // An approver now, who approves it with her own key, all in one push.
    let ben = fs::read_to_string(team.at("ben-clone/users/ben.yaml")).unwrap();
    team.writes("ben", "mine", "users/ben.yaml", &ben.replace("contributor", "approver"));
    team.writes("ben", "mine", "prompts/triage/1.1.0.yaml", "content: Mine.\n");
    assert_eq!(team.runs("ana", "submit"), 0, "{}", team.said);
    let log = Log::of(&mut team, "ben");
    let approval = log.first().replace("\"decision\":\"request\"", "\"decision\":\"approve\"");
    let blob = team.git("ben-clone", &["rev-parse", "mine:prompts/triage/1.1.0.yaml"]);
    log.add(&team, "ben", &about(&approval, "ben", &blob));
    insta::assert_snapshot!(refused(&team, "ben", &["mine:main", "log:promptreg/log"]), @"
    promptreg: refused, nothing of this push has landed:
      users/ben.yaml: it has 0 of 1 approval; dana may approve it
      prompts/triage/1.1.0.yaml: it has 0 of 1 approval; that of ben does not count, who may not decide on this path; cleo or dana may approve it
        push it as a branch and ask: `git push origin HEAD:refs/heads/NAME`, `promptreg submit NAME`
    ");
}

#[test]
fn an_approval_of_another_content_is_none() {
    let mut team = guarded();
    draft(&mut team);
    assert_eq!(team.runs("ana", "submit"), 0, "{}", team.said);
    assert_eq!(team.runs("cleo", "approve kinder"), 0, "{}", team.said);
    team.writes("ana", "kinder", "prompts/triage/1.1.0.yaml", "content: Something else.\n");
    // Commit by commit what was approved comes first, and is what counts from then on.
    insta::assert_snapshot!(refused(&team, "ana", &["kinder:main"]), @"
    promptreg: refused, nothing of this push has landed:
      prompts/triage/1.1.0.yaml: an earlier commit of this push brings another content of it, and a version never changes
        push one commit, as `git merge --squash` or `git merge --no-ff` makes it
    ");
    team.git("ana-clone", &["reset", "-q", "--soft", "main"]);
    team.git("ana-clone", &["commit", "-q", "-m", "in one commit"]);
    insta::assert_snapshot!(refused(&team, "ana", &["kinder:main"]), @"
    promptreg: refused, nothing of this push has landed:
      prompts/triage/1.1.0.yaml: it has 0 of 1 approval; cleo or dana may approve it
        push it as a branch and ask: `git push origin HEAD:refs/heads/NAME`, `promptreg submit NAME`
    ");
    team.git("ana-clone", &["switch", "-q", "-c", "other"]);
    assert_eq!(team.runs("ana", "submit"), 0, "{}", team.said);
    assert_eq!(team.runs("cleo", "reject other -m no"), 0, "{}", team.said);
    insta::assert_snapshot!(refused(&team, "ana", &["kinder:main"]), @"
    promptreg: refused, nothing of this push has landed:
      prompts/triage/1.1.0.yaml: cleo rejected it
        change it and ask again, or have the rejection withdrawn
    ");
}

#[test]
fn a_label_is_moved_only_by_a_signed_commit_of_somebody_who_may() {
    let mut team = guarded();
    draft(&mut team);
    assert_eq!(team.runs("ana", "submit"), 0, "{}", team.said);
    assert_eq!(team.runs("cleo", "approve kinder"), 0, "{}", team.said);
    assert_eq!(team.runs("cleo", "merge kinder"), 0, "{}", team.said);
    let moved = "description: Sorts tickets.\nlabels: {production: 1.1.0}\n";
    for who in ["ana", "cleo"] {
        team.git(&format!("{who}-clone"), &["fetch", "-q"]);
        team.git(&format!("{who}-clone"), &["switch", "-q", "-c", "moves", "origin/main"]);
        team.writes(who, "moves", "prompts/triage/prompt.yaml", moved);
    }
    let unsigned = refused(&team, "cleo", &["moves:main"]);
    insta::assert_snapshot!(unsigned, @"
    promptreg: refused, nothing of this push has landed:
      prompts/triage/prompt.yaml: it has 0 of 1 approval; dana may approve it
        `triage` changes its labels or standing only, which needs no review where somebody who may do that signs the commit, as `promptreg promote`, `deprecate`, `yank`, `revoke`, `restore` and `archive` do
    ");
    team.git("ana-clone", &["commit", "-q", "--amend", "-S", "--no-edit"]);
    insta::assert_snapshot!(refused(&team, "ana", &["moves:main"]), @"
    promptreg: refused, nothing of this push has landed:
      prompts/triage/prompt.yaml: it has 0 of 1 approval; cleo or dana may approve it
        `triage` changes its labels or standing only, which needs no review where somebody who may do that signs the commit, as `promptreg promote`, `deprecate`, `yank`, `revoke`, `restore` and `archive` do
    ");
    team.git("cleo-clone", &["commit", "-q", "--amend", "-S", "--no-edit"]);
    assert_eq!(push(&team, "cleo", &["moves:main"]), (true, String::new()));
}

#[test]
fn a_version_that_was_served_is_not_changed_by_an_approval_either() {
    let mut team = guarded();
    team.writes("ana", "worse", "prompts/triage/1.0.0.yaml", "content: Sort it badly.\n");
    assert_eq!(team.runs("ana", "submit"), 0, "{}", team.said);
    assert_eq!(team.runs("cleo", "approve worse"), 0, "{}", team.said);
    insta::assert_snapshot!(refused(&team, "ana", &["worse:main"]), @"
    promptreg: refused, nothing of this push has landed:
      prompts/triage/1.0.0.yaml: this version was changed after it reached the default branch; its approved content is still served
        put it back, and make a new version with `promptreg bump`; to withdraw it, name it under `yanked` or `revoked` in prompt.yaml
    ");
}

/// The branch with the decisions, checked out in somebody's clone as `log`.
struct Log {
    clone: PathBuf,
}

impl Log {
    fn of(team: &mut Team, who: &str) -> Self {
        let clone = format!("{who}-clone");
        team.git(&clone, &["fetch", "-q"]);
        team.git(&clone, &["switch", "-q", "-C", "log", "origin/promptreg/log"]);
        Self { clone: team.at(&clone) }
    }

    /// The files of the decisions, those of the signatures left out.
    fn files(&self) -> Vec<PathBuf> {
        let files = crate::harness::files_in(&self.clone.join("decisions"));
        files.into_iter().filter(|file| file.extension().is_some_and(|ending| ending == "json")).collect()
    }

    /// The text of a decision.
    fn first(&self) -> String {
        fs::read_to_string(&self.files()[0]).unwrap()
    }

    /// Writes a decision, signed in this namespace with the key of `who`, or not at all.
    fn write(&self, team: &Team, text: &str, signed: Option<(&str, &str)>) {
        let path = self.clone.join(Decision::place(text.as_bytes())).with_extension("json");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        if let Some((who, namespace)) = signed {
            let mut sign = Command::new("ssh-keygen");
            sign.args(["-q", "-Y", "sign", "-n", namespace, "-f"]).arg(team.at(who)).arg(&path);
            assert!(sign.stderr(Stdio::null()).status().unwrap().success());
            fs::rename(path.with_extension("json.sig"), path.with_extension("sig")).unwrap();
        }
    }

    /// Adds a decision that is signed as decisions are.
    fn add(&self, team: &Team, who: &str, text: &str) {
        self.write(team, text, Some((who, "promptreg-decision")));
        self.commit(team);
    }

    fn commit(&self, team: &Team) {
        let clone = self.clone.file_name().unwrap().to_str().unwrap();
        team.git(clone, &["add", "-A"]);
        team.git(clone, &["commit", "-q", "-m", "decide"]);
    }

    fn reset(&self, team: &Team) {
        let clone = self.clone.file_name().unwrap().to_str().unwrap();
        team.git(clone, &["reset", "-q", "--hard", "origin/promptreg/log"]);
        team.git(clone, &["clean", "-q", "-fd"]);
    }
}

/// A decision as somebody else would have made it, about another content.
fn about(text: &str, who: &str, blob: &str) -> String {
    let mut decision = Decision::read(text.as_bytes()).unwrap();
    decision.by = who.parse().unwrap();
    decision.subjects[0].blob = Some(blob.to_owned());
    String::from_utf8(decision.to_bytes()).unwrap()
}

/// A team of which Ana has asked for something.
fn asking() -> (Team, Log) {
    let mut team = guarded();
    draft(&mut team);
    assert_eq!(team.runs("ana", "submit"), 0, "{}", team.said);
    let log = Log::of(&mut team, "ben");
    (team, log)
}

#[test]
fn the_log_takes_nothing_but_decisions_that_are_signed_and_belong_here() {
    let (team, log) = asking();
    let (text, own) = (log.first(), log.files()[0].with_extension("sig"));
    let mut said = Vec::new();
    let mut tries = |what: &str, write: &dyn Fn()| {
        write();
        log.commit(&team);
        said.push(format!("# {what}\n{}", refused(&team, "ben", &["log:promptreg/log"])));
        log.reset(&team);
    };
    let signed = Some(("ben", "promptreg-decision"));
    let other = |key: &str, value: &str| {
        let mut json: BTreeMap<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
        json.insert(key.to_owned(), value.into());
        serde_json::to_string(&json).unwrap()
    };
    tries("unsigned", &|| log.write(&team, &other("comment", "hm"), None));
    tries("signed as a commit is", &|| log.write(&team, &other("comment", "hm"), Some(("ben", "git"))));
    tries("signed by another text's signature", &|| {
        log.write(&team, &other("comment", "hm"), None);
        let place = log.clone.join(Decision::place(other("comment", "hm").as_bytes()));
        fs::copy(&own, place.with_extension("sig")).unwrap();
    });
    let id = "00000000-0000-4000-8000-000000000000";
    tries("of another registry", &|| log.write(&team, &other("registry", id), signed));
    tries("no decision", &|| log.write(&team, "{}", signed));
    tries("under another name", &|| {
        let path = log.clone.join("decisions/00").join(format!("{}.json", "0".repeat(64)));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &text).unwrap();
    });
    tries("a signature of nothing", &|| {
        let path = log.clone.join("decisions/00").join(format!("{}.sig", "0".repeat(64)));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "sig").unwrap();
    });
    tries("another file", &|| fs::write(log.clone.join("README.md"), "Hello.\n").unwrap());
    insta::assert_snapshot!(said.join("\n\n"), @"
    # unsigned
    promptreg: refused, nothing of this push has landed:
      decisions/AA/ID.json: it is not signed: there is no .sig beside it
        `promptreg submit`, `approve`, `reject` and `withdraw` write and sign such files

    # signed as a commit is
    promptreg: refused, nothing of this push has landed:
      decisions/AA/ID.json: its signature does not hold: the signature was made for something else: its namespace is another
        `promptreg submit`, `approve`, `reject` and `withdraw` write and sign such files

    # signed by another text's signature
    promptreg: refused, nothing of this push has landed:
      decisions/AA/ID.json: its signature does not hold: the signature is not of these bytes
        `promptreg submit`, `approve`, `reject` and `withdraw` write and sign such files

    # of another registry
    promptreg: refused, nothing of this push has landed:
      decisions/AA/ID.json: it was decided on another registry, 00000000-0000-4000-8000-000000000000
        decide in a clone of this registry

    # no decision
    promptreg: refused, nothing of this push has landed:
      decisions/AA/ID.json: missing field `type` at line 1 column 2
        `promptreg submit`, `approve`, `reject` and `withdraw` write and sign such files

    # under another name
    promptreg: refused, nothing of this push has landed:
      decisions/AA/ID.json: its name is not the SHA-256 of its bytes
        `promptreg submit`, `approve`, `reject` and `withdraw` write and sign such files

    # a signature of nothing
    promptreg: refused, nothing of this push has landed:
      decisions/AA/ID.sig: there is no decision beside it that it could sign
        `promptreg submit`, `approve`, `reject` and `withdraw` write and sign such files

    # another file
    promptreg: refused, nothing of this push has landed:
      promptreg/log: commit COMMIT does more than add decisions: it adds README.md, which is no plain file of a decision
        decisions are kept for good: fetch it and add to it, as `promptreg approve` does
    ");
    // What is in order is taken, whoever it is that speaks: whether it counts is for the gate.
    log.add(&team, "ben", &other("comment", "hm"));
    assert_eq!(push(&team, "ben", &["log:promptreg/log"]), (true, String::new()));
}

#[test]
fn nothing_in_the_log_is_altered_or_taken_away() {
    let (team, log) = asking();
    let first = log.files()[0].clone();
    let mut said = Vec::new();
    fs::write(&first, "{}").unwrap();
    log.commit(&team);
    said.push(refused(&team, "ben", &["log:promptreg/log"]));
    log.reset(&team);
    fs::remove_file(&first).unwrap();
    log.commit(&team);
    said.push(refused(&team, "ben", &["log:promptreg/log"]));
    // Taken away and put back is no way round it.
    team.git("ben-clone", &["revert", "--no-edit", "HEAD"]);
    said.push(refused(&team, "ben", &["log:promptreg/log"]));
    log.reset(&team);
    team.git("ben-clone", &["merge", "-q", "--no-ff", "--allow-unrelated-histories", "-m", "m", "main"]);
    said.push(refused(&team, "ben", &["log:promptreg/log"]));
    log.reset(&team);
    team.git("ben-clone", &["commit", "-q", "--amend", "-m", "as if nothing had been"]);
    said.push(refused(&team, "ben", &["--force", "log:promptreg/log"]));
    said.push(refused(&team, "ben", &[":promptreg/log"]));
    insta::assert_snapshot!(said.join("\n\n"), @"
    promptreg: refused, nothing of this push has landed:
      promptreg/log: commit COMMIT does more than add decisions: it changes or removes decisions/AA/ID.json
        decisions are kept for good: fetch it and add to it, as `promptreg approve` does

    promptreg: refused, nothing of this push has landed:
      promptreg/log: commit COMMIT does more than add decisions: it changes or removes decisions/AA/ID.json
        decisions are kept for good: fetch it and add to it, as `promptreg approve` does

    promptreg: refused, nothing of this push has landed:
      promptreg/log: commit COMMIT does more than add decisions: it changes or removes decisions/AA/ID.json
        decisions are kept for good: fetch it and add to it, as `promptreg approve` does

    promptreg: refused, nothing of this push has landed:
      promptreg/log: commit COMMIT does more than add decisions: it is a merge
        decisions are kept for good: fetch it and add to it, as `promptreg approve` does

    promptreg: refused, nothing of this push has landed:
      promptreg/log: it was rewritten: what is pushed does not come after what is there
        decisions are kept for good: fetch it and add to it, as `promptreg approve` does

    promptreg: refused, nothing of this push has landed:
      promptreg/log: the branch with the decisions may not be deleted
        decisions are kept for good: fetch it and add to it, as `promptreg approve` does
    ");
}

#[test]
fn no_log_and_no_name_in_its_way_is_put_there_before_the_first_decision() {
    let team = guarded();
    let said = [
        refused(&team, "ana", &["main:promptreg/log"]),
        refused(&team, "ana", &["main:refs/heads/promptreg"]),
        refused(&team, "ana", &["main:refs/heads/promptreg/log/more"]),
    ];
    insta::assert_snapshot!(said.join("\n\n"), @"
    promptreg: refused, nothing of this push has landed:
      promptreg/log: commit COMMIT does more than add decisions: it adds prompts, which is no plain file of a decision
        decisions are kept for good: fetch it and add to it, as `promptreg approve` does

    promptreg: refused, nothing of this push has landed:
      refs/heads/promptreg: beside it there could be no branch promptreg/log
        give it another name

    promptreg: refused, nothing of this push has landed:
      refs/heads/promptreg/log/more: beside it there could be no branch promptreg/log
        give it another name
    ");
}

#[test]
fn what_a_server_without_quarantine_is_told_is_judged_all_the_same() {
    let mut team = guarded();
    draft(&mut team);
    // As a program does that speaks Git's protocol itself: the objects are there, and then it asks.
    team.git("ana-clone", &["push", "-q", "origin", "kinder"]);
    let (old, new) = (team.git("remote.git", &["rev-parse", "main"]), team.git("remote.git", &["rev-parse", "kinder"]));
    let lines = format!("{old} {new} refs/heads/main\n");
    fs::write(team.at("lines"), lines).unwrap();
    let mut hook = Command::new(team.at("remote.git/hooks/pre-receive"));
    let output =
        hook.current_dir(team.at("remote.git")).env("GIT_DIR", ".").stdin(fs::File::open(team.at("lines")).unwrap());
    assert_eq!(output.output().unwrap().status.code(), Some(1));
}

#[test]
fn a_link_a_program_and_a_folder_that_unfolds_without_end_are_refused() {
    let mut team = guarded();
    let clone = team.at("ana-clone");
    team.git("ana-clone", &["switch", "-q", "-c", "odd"]);
    std::os::unix::fs::symlink("/etc/passwd", clone.join("prompts/triage/1.1.0.yaml")).unwrap();
    team.git("ana-clone", &["add", "-A"]);
    team.git("ana-clone", &["commit", "-q", "-m", "a link"]);
    insta::assert_snapshot!(refused(&team, "ana", &["odd:main"]), @"
    promptreg: refused, nothing of this push has landed:
      prompts/triage/1.1.0.yaml: it is a symbolic link, and those are never followed
        take it out of the registry's folders
    ");
    let tree = |lines: String| {
        fs::write(team.at("tree"), lines).unwrap();
        let mut make = git(&team, "ana");
        let made = make.arg("mktree").stdin(fs::File::open(team.at("tree")).unwrap()).output().unwrap();
        String::from_utf8(made.stdout).unwrap().trim().to_owned()
    };
    let blob = team.git("ana-clone", &["rev-parse", "main:registry.toml"]);
    let mut bomb = tree(format!("100644 blob {blob}\tprompt.yaml\n"));
    for _ in 0..12 {
        bomb = tree((0..10).map(|name| format!("040000 tree {bomb}\t{name}\n")).collect());
    }
    let triage = team.git("ana-clone", &["rev-parse", "main:prompts/triage"]);
    let prompts = tree(format!("040000 tree {bomb}\tbomb\n040000 tree {triage}\ttriage\n"));
    let root = team.git("ana-clone", &["ls-tree", "main"]);
    let root = tree(
        root.lines().filter(|line| !line.ends_with("\tprompts")).map(|line| format!("{line}\n")).collect::<String>()
            + &format!("040000 tree {prompts}\tprompts\n"),
    );
    let commit = team.git("ana-clone", &["commit-tree", "-p", "main", "-m", "a bomb", &root]);
    insta::assert_snapshot!(refused(&team, "ana", &[&format!("{commit}:refs/heads/main")]), @"
    promptreg: refused, nothing of this push has landed:
      prompts/bomb/: it holds too many files
        take it out of the registry's folders
    ");
    team.runs("ana", "proposals");
}

#[test]
fn a_first_push_is_judged_but_for_its_first_commit() {
    let mut team = Team::new();
    draft(&mut team);
    team.git(".", &["init", "-q", "--bare", "-b", "master", "empty.git"]);
    let installed = promptreg(&team.at("."), &["guard", "--install", "empty.git"]);
    assert_eq!(installed.code, 0, "{}", installed.all());
    let push =
        |team: &Team, refs: &str| told(&git(team, "ana").args(["push", "-q", "../empty.git", refs]).output().unwrap());
    let (landed, said) = push(&team, "kinder:main");
    insta::assert_snapshot!(said, @"
    promptreg: refused, nothing of this push has landed:
      prompts/triage/1.1.0.yaml: it has 0 of 1 approval; cleo or dana may approve it
        push it as a branch and ask: `git push origin HEAD:refs/heads/NAME`, `promptreg submit NAME`
    ");
    assert!(!landed);
    assert_eq!(push(&team, "main"), (true, String::new()));
    // `HEAD` of the server names a branch that is not there: whoever makes it could make it the default one.
    let settings = fs::read_to_string(team.at("ana-clone/registry.toml")).unwrap();
    let named = settings.replace("[approval]", "default_branch = \"master\"\n\n[approval]");
    team.writes("ana", "kinder", "registry.toml", &named);
    let (landed, said) = push(&team, "kinder:master");
    insta::assert_snapshot!(said, @"
    promptreg: refused, nothing of this push has landed:
      master: with this push it would be the default branch, in the place of `main`
        no push changes which branch counts: whoever runs the server does, without this hook
    ");
    assert!(!landed);
}
