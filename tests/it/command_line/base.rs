//! A change judged against a branch: what its author, its reviewer and its CI read.

use crate::{
    harness::{Output, Registry, promptreg},
    repository::Fixture,
};
use std::fs;

const REPLY: &str = "content: \"Answer {{ticket}} in {{language}}.\"
input_schema:
  type: object
  required: [ticket]
  properties:
    ticket: {type: string}
    language: {type: string, default: English}
";

/// Two prompts on `main`, one of which includes the other, a workflow, and a branch that is checked out.
fn registry() -> Registry {
    let registry = Registry::new();
    registry.prompt("house-tone", "", &[("1.0.0", "Be brief.")]);
    registry.prompt("support/reply", "labels: {production: 1.0.0}\n", &[("1.0.0", "Hello.")]);
    registry.file("prompts/support/reply/1.1.0.yaml", REPLY);
    registry.file(
        "prompts/support/greet/1.0.0.yaml",
        "content: \"{{> house-tone}} Hello.\"\nuses: {house-tone: house-tone@1.0.0}\n",
    );
    registry.prompt("support/greet", "labels: {production: 1.0.0}\n", &[]);
    registry.file("workflows/triage.yaml", "owner: ana\nsteps: [{id: one, prompt: reply}]\n");
    // Not the author's: it was wrong before.
    registry.file("workflows/old.yaml", "owner: nobody\nsteps: [{id: one, prompt: reply}]\n");
    registry.land("Start");
    registry.git(&["switch", "--quiet", "-c", "proposal"]);
    registry
}

/// What is said, with commits left out.
fn said(registry: &Registry, args: &[&str]) -> String {
    let Output { stdout, stderr, code } = registry.promptreg(&[&["lint", "--base", "main"], args].concat());
    let all = format!("{stdout}{stderr}exit code {code}");
    let commits = regex::Regex::new("[0-9a-f]{12,40}").unwrap();
    commits.replace_all(&all, "COMMIT").into_owned()
}

#[test]
fn a_change_is_judged_by_what_it_did_and_not_by_what_was_wrong_before() {
    let registry = registry();
    assert_eq!(registry.promptreg(&["lint"]).code, 1, "something was wrong before");
    insta::assert_snapshot!(said(&registry, &[]), @"
    no errors, no warnings
    exit code 0
    ");
    registry.file("prompts/support/reply/1.1.0.yaml", REPLY.replace("Answer", "Please answer"));
    fs::remove_file(registry.path().join("prompts/house-tone/1.0.0.yaml")).unwrap();
    registry.file("prompts/support/reply/1.1.1.yaml", REPLY.replace(", default: English", ""));
    insta::assert_snapshot!(said(&registry, &[]), @"
    error[approved-version-removed]: this version was removed after it reached the default branch; its approved content is still served
    --> prompts/house-tone/1.0.0.yaml
     = help: put it back with `git checkout COMMIT -- prompts/house-tone/1.0.0.yaml`; to withdraw 1.0.0, name it under `yanked` or `revoked` in prompt.yaml

    warning[orphan-file]: this prompt has no version, so there is nothing to hand out
    --> prompts/house-tone/prompt.yaml
     = help: add its text as 1.0.0.yaml beside this file

    error[unknown-partial]: `house-tone` has no version 1.0.0
     --> prompts/support/greet/1.0.0.yaml:2:20
      |
    2 | uses: {house-tone: house-tone@1.0.0}
      |                    ^^^^^^^^^^^^^^^^
      |
      = help: add a version first, such as 1.0.0.yaml beside its prompt.yaml

    error[approved-version-changed]: this version was changed after it reached the default branch; its approved content is still served
    --> prompts/support/reply/1.1.0.yaml
     = help: put it back with `git checkout COMMIT -- prompts/support/reply/1.1.0.yaml`, and make a new version with `promptreg bump reply`; to withdraw 1.1.0, name it under `yanked` or `revoked` in prompt.yaml

    error[contract-break]: more than a patch of 1.1.0: the variable `language` has no default any more
     --> prompts/support/reply/1.1.1.yaml:7:5
      |
    7 |     language: {type: string}
      |     ^^^^^^^^
      |
      = help: 1.1.0 → 1.2.0: rename this file to 1.2.0.yaml, or keep to the contract of 1.1.0

    4 errors, 1 warning in 5 files
    exit code 1
    ");
    // The same when it is committed, and of some paths only, also of one that is gone.
    let lying = said(&registry, &[]);
    registry.land("Change");
    assert_eq!(said(&registry, &[]), lying);
    insta::assert_snapshot!(said(&registry, &["prompts/house-tone/1.0.0.yaml", "--format", "github"]), @"
    ::error file=prompts/house-tone/1.0.0.yaml,title=approved-version-removed::this version was removed after it reached the default branch; its approved content is still served%0Ahelp: put it back with `git checkout COMMIT -- prompts/house-tone/1.0.0.yaml`; to withdraw 1.0.0, name it under `yanked` or `revoked` in prompt.yaml
    exit code 1
    ");
    insta::assert_snapshot!(said(&registry, &["prompts/support/reply/1.1.1.yaml", "--format", "json"]), @r#"
    {"version":1,"rule":"contract-break","severity":"error","message":"more than a patch of 1.1.0: the variable `language` has no default any more","path":"prompts/support/reply/1.1.1.yaml","line":7,"column":5,"end_line":7,"end_column":13,"help":"1.1.0 → 1.2.0: rename this file to 1.2.0.yaml, or keep to the contract of 1.1.0"}
    exit code 1
    "#);
    assert!(said(&registry, &["--format", "sarif"]).contains("approved-version-changed"));
}

#[test]
fn what_is_said_mends_it() {
    let registry = registry();
    registry.file("prompts/support/reply/1.1.0.yaml", REPLY.replace("Answer", "Please answer"));
    registry.land("Change an approved version");
    let said = registry.promptreg(&["lint", "--base", "main"]).stdout;
    let command = said.split("put it back with `git ").nth(1).and_then(|rest| rest.split('`').next()).unwrap();
    registry.git(&command.split(' ').collect::<Vec<_>>());
    assert_eq!(registry.promptreg(&["lint", "--base", "main"]).stdout, "no errors, no warnings\n");
    // A copy that was not edited is named, one that was is not.
    registry.promptreg(&["bump", "reply"]);
    assert!(registry.promptreg(&["lint", "--base", "main"]).stdout.contains("version-unchanged"));
    registry.file("prompts/support/reply/1.1.1.yaml", REPLY.replace("Answer", "Please answer"));
    assert_eq!(registry.promptreg(&["lint", "--base", "main"]).stdout, "no errors, no warnings\n");
}

#[test]
fn what_was_approved_is_what_came_first_and_not_what_lies_there() {
    let registry = registry();
    registry.git(&["switch", "--quiet", "main"]);
    // Somebody changed one approved version on main, and removed another; a third was never valid.
    registry.version("support/reply", "1.0.0", "Changed behind our backs.");
    registry.file("prompts/support/reply/1.2.0.yaml", "content: \"{{> gone}}\"\nuses: {gone: gone@1.0.0}\n");
    registry.file("prompts/support/reply/1.3.0.yaml", REPLY);
    registry.land("One changed");
    fs::remove_file(registry.path().join("prompts/support/reply/1.3.0.yaml")).unwrap();
    registry.land("One removed");
    registry.git(&["switch", "--quiet", "-c", "mend"]);
    assert_eq!(registry.promptreg(&["lint", "--base", "main"]).stdout, "no errors, no warnings\n");
    // All of it may be put right, also in another collection.
    registry.git(&["mv", "prompts/support/reply", "prompts/answer"]);
    registry.git(&["mv", "prompts/answer", "prompts/support/answer"]);
    registry.git(&["mv", "prompts/support/answer", "prompts/reply"]);
    registry.version("reply", "1.0.0", "Hello.");
    registry.file("prompts/reply/1.2.0.yaml", REPLY.replace("Answer", "Now answer"));
    registry.file("prompts/reply/1.3.0.yaml", REPLY);
    registry.land("Mend");
    insta::assert_snapshot!(said(&registry, &[]), @"
    no errors, no warnings
    exit code 0
    ");
    registry.version("reply", "1.0.0", "Changed again.");
    registry.version("reply", "1.3.0", "Not what it was.");
    insta::assert_snapshot!(said(&registry, &[]), @"
    error[approved-version-changed]: this version was changed after it reached the default branch; its approved content is still served
    --> prompts/reply/1.0.0.yaml
     = help: put it back with `git show COMMIT:prompts/support/reply/1.0.0.yaml > prompts/reply/1.0.0.yaml`, and make a new version with `promptreg bump reply`; to withdraw 1.0.0, name it under `yanked` or `revoked` in prompt.yaml

    error[approved-version-changed]: 1.3.0 was approved with another content and then removed; that is still served
    --> prompts/reply/1.3.0.yaml
     = help: rename this file to the next number that is free, or put the old content back with `git show COMMIT:prompts/support/reply/1.3.0.yaml > prompts/reply/1.3.0.yaml`

    2 errors in 2 files
    exit code 1
    ");
}

#[test]
fn a_branch_of_a_branch_that_was_merged_is_judged_by_what_was_merged() {
    let registry = registry();
    registry.version("support/reply", "1.2.0", "A first draft.");
    registry.land("Draft");
    registry.version("support/reply", "1.2.0", "What is merged.");
    registry.land("Redraft");
    registry.git(&["switch", "--quiet", "-c", "next"]);
    registry.git(&["switch", "--quiet", "main"]);
    registry.git(&["merge", "--quiet", "--no-ff", "--no-edit", "proposal"]);
    registry.git(&["switch", "--quiet", "next"]);
    // The merge base is not on the first-parent line of main, and the first draft never counted.
    registry.file("prompts/support/reply/1.2.0.yaml", "# Say it.\ncontent: What is merged.\nnotes: Made for a test.\n");
    assert_eq!(registry.promptreg(&["lint", "--base", "main"]).stdout, "no errors, no warnings\n");
    registry.version("support/reply", "1.2.0", "A first draft.");
    assert!(registry.promptreg(&["lint", "--base", "main"]).stdout.contains("approved-version-changed"));
}

#[test]
fn a_base_may_be_a_branch_a_tag_or_a_commit_and_nothing_else() {
    let registry = registry();
    let start = registry.git(&["rev-parse", "main"]);
    registry.git(&["tag", "v1"]);
    registry.git(&["update-ref", "refs/remotes/origin/main", &start]);
    for base in ["main", "origin/main", "v1", "HEAD", &start, &start[..10]] {
        assert_eq!(
            registry.promptreg(&["lint", "--base", base]).all(),
            "no errors, no warnings\nexit code 0",
            "{base}"
        );
    }
    let refused =
        ["HEAD^", "nowhere", "--all"].map(|base| registry.promptreg(&["lint", &format!("--base={base}")]).all());
    insta::assert_snapshot!(refused.join("\n"), @r#"
    error: "HEAD^" is no name of a branch, tag or commit: it has one of : ^ ~ \ ? * [ or a blank in it
      Git's operators are not understood: give the commit's id, which `git rev-parse` prints; where it finds none, there is nothing to compare with
    exit code 3
    error: there is no branch, tag or commit "nowhere": see `git branch --all` and `git tag`, or fetch first
    exit code 3
    error: "--all" is no name of a branch, tag or commit: it begins with -, as an option does
    exit code 3
    "#);
}

#[test]
fn without_history_nothing_is_said_to_be_clean() {
    let registry = registry();
    registry.version("support/reply", "1.2.0", "New.");
    registry.land("New");
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}", registry.path().display());
    let clone = |name: &str| {
        registry.git(&[
            "clone",
            "--quiet",
            "--depth=1",
            "--no-single-branch",
            &url,
            folder.path().join(name).to_str().unwrap(),
        ]);
        folder.path().join(name)
    };
    let shallow = clone("shallow");
    let unrelated = promptreg(&shallow, &["lint", "--base", "origin/main"]);
    registry.git(&["switch", "--quiet", "main"]);
    let cut = clone("cut");
    fs::write(cut.join("prompts/support/reply/1.2.0.yaml"), "content: New\n").unwrap();
    let cut = promptreg(&cut, &["lint", "--base", "origin/main"]);
    let around = Fixture::new();
    around.write("sub/registry.toml", "[registry]\nname = \"acme\"\nid = \"6f0c5a8e-52f9-4bb0-9d1c-0d4c6c4c1f00\"\n");
    around.commit("Around");
    let below = promptreg(&around.path().join("sub"), &["lint", "--base", "main"]);
    let all = [unrelated, cut, below].map(|output| output.all()).join("\n");
    let all = all.replace(around.path().to_str().unwrap(), "/AROUND");
    insta::assert_snapshot!(regex::Regex::new("[0-9a-f]{40}").unwrap().replace_all(&all, "COMMIT"), @"
    error: COMMIT and COMMIT have no commit in common here: fetch the whole history with `git fetch --unshallow` (in a GitHub workflow `fetch-depth: 0` of actions/checkout), or name another base
    exit code 3
    error: this clone is shallow, so what was approved before it begins cannot be known: fetch the whole history with `git fetch --unshallow` (in a GitHub workflow `fetch-depth: 0` of actions/checkout)
    exit code 3
    error: the registry at /AROUND/sub lies within the repository at /AROUND, and its history is read only where it is the root of a repository of its own: without a base it can be judged
    exit code 3
    ");
}
