//! The command line, as people and CI type it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};
use tempfile::TempDir;

/// A folder to work in, and a clean environment.
struct Desk(TempDir);

/// What a verb answered: exit code, standard output, standard error.
type Said = (i32, String, String);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A desk with a registry made by `init` in the folder `acme`.
    fn with_registry() -> (Self, PathBuf) {
        let desk = Self::new();
        assert_eq!(desk.run(".", &["init", "acme"]).0, 0);
        let root = desk.0.path().join("acme");
        (desk, root)
    }

    fn run(&self, folder: &str, arguments: &[&str]) -> Said {
        said(command(&self.0.path().join(folder)).args(arguments).output().unwrap())
    }

    fn sh(&self, folder: &str, script: &str) -> Said {
        let mut shell = Command::new("sh");
        clean(&mut shell, &self.0.path().join(folder));
        said(shell.args(["-ec", script]).output().unwrap())
    }
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_promptreg"));
    clean(&mut command, folder);
    command
}

fn clean(command: &mut Command, folder: &Path) {
    let binary = Path::new(env!("CARGO_BIN_EXE_promptreg")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    command.current_dir(folder).env_clear().env("PATH", path).env("HOME", folder).env("GIT_CONFIG_NOSYSTEM", "1");
    command.envs([("GIT_AUTHOR_NAME", "Ana"), ("GIT_AUTHOR_EMAIL", "ana@example.com")]);
    command.envs([("GIT_COMMITTER_NAME", "Ana"), ("GIT_COMMITTER_EMAIL", "ana@example.com")]);
}

fn said(output: Output) -> Said {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

const VERBS: [&str; 14] = [
    "demo",
    "init",
    "lint",
    "fmt",
    "new",
    "bump",
    "list",
    "show",
    "render",
    "sync",
    "serve",
    "import",
    "doctor",
    "completions",
];

#[test]
fn every_verb_explains_itself_with_an_example() {
    let desk = Desk::new();
    let (_, all, _) = desk.run(".", &["--help"]);
    for verb in VERBS {
        assert!(all.contains(&format!("\n  {verb} ")), "{verb} is not in\n{all}");
        let (code, help, _) = desk.run(".", &[verb, "--help"]);
        assert!(code == 0 && help.contains("Example") && help.contains(&format!("  promptreg {verb}")), "{help}");
    }
    let is_verb = |line: &&str| line.starts_with("  ") && !line.starts_with("   ");
    let listed = all.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    assert_eq!(listed.filter(is_verb).count(), VERBS.len() + 1, "a verb is not tested, or `help` is gone\n{all}");
}

#[test]
fn a_new_registry_is_committed_whole_and_has_nothing_wrong() {
    let (desk, root) = Desk::with_registry();
    assert_eq!(desk.sh("acme", "git status --porcelain").1, "");
    assert_eq!(desk.run("acme", &["lint"]), (0, "no errors, no warnings\n".into(), String::new()));
    assert_eq!(desk.run("acme/prompts/support", &["fmt", "--check"]).0, 0);
    let settings = fs::read_to_string(root.join("registry.toml")).unwrap();
    assert!(settings.contains("name = \"acme\"") && !settings.contains("00000000-0000"), "{settings}");
    let (code, _, error) = desk.run(".", &["init", "acme"]);
    assert!(code == 3 && error.contains("is there already"), "{error}");
    let (code, said, _) = desk.run("acme", &["doctor"]);
    assert_eq!((code, said.matches("ok ").count()), (0, 3), "{said}");
}

#[test]
fn what_new_and_bump_write_has_nothing_wrong() {
    let (desk, _) = Desk::with_registry();
    let names = ["support/triage", "legal", "nightly", "slow", "chat", "desk", "dora", "auditor", "no-slang"];
    let kinds = ["prompt", "collection", "workflow", "model", "hook", "client", "user", "role", "policy"];
    for (kind, name) in kinds.iter().zip(names) {
        let (code, said, error) = desk.run("acme", &["new", kind, name]);
        assert_eq!(code, 0, "{said}{error}");
        assert_eq!(desk.run("acme", &["new", kind, name]).0, 3, "{kind} {name} is there already");
    }
    assert_eq!(desk.run("acme", &["bump", "triage", "--minor"]).0, 0);
    let (code, found, _) = desk.run("acme", &["lint"]);
    assert!(code == 0 && !found.contains("error["), "{found}");
    let (_, shown, _) = desk.run("acme", &["show", "triage@0.2.0", "--work-tree", "--json"]);
    assert!(shown.contains("\"status\": \"draft\""), "{shown}");
    let (code, _, error) = desk.run("acme", &["show", "triage@0.2.0"]);
    assert!(code == 3 && error.contains("there is no prompt `triage`"), "{error}");
}

#[test]
fn findings_usage_and_failure_have_exit_codes_of_their_own() {
    let (desk, root) = Desk::with_registry();
    let path = root.join("prompts/support/draft-reply/1.1.0.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("{{message}}", "{{mesage}}", 1)).unwrap();
    let (code, found, _) = desk.run("acme", &["lint"]);
    assert_eq!(code, 1);
    insta::assert_snapshot!(found, @"
    error[undeclared-variable]: `mesage` is used here and not declared in `input_schema`
      --> prompts/support/draft-reply/1.1.0.yaml:13:9
       |
    13 |       {{mesage}}
       |         ^^^^^^
       |
       = help: did you mean `message`?

    error[test-fails]: the test `facts are listed` cannot be rendered: message 3, byte 23: `mesage` has no value
      --> prompts/support/draft-reply/1.1.0.yaml:52:11
       |
    52 |   - name: facts are listed
       |           ^^^^^^^^^^^^^^^^

    error[test-fails]: the test `without facts nothing is claimed` cannot be rendered: message 3, byte 23: `mesage` has no value
      --> prompts/support/draft-reply/1.1.0.yaml:55:11
       |
    55 |   - name: without facts nothing is claimed
       |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

    3 errors in 1 file
    ");
    assert_eq!(desk.run("acme", &["lint", "prompts/marketing"]).0, 0);
    let (_, lines, _) = desk.run("acme", &["lint", "--format", "json"]);
    insta::assert_snapshot!(lines, @r#"
    {"version":1,"rule":"undeclared-variable","severity":"error","message":"`mesage` is used here and not declared in `input_schema`","path":"prompts/support/draft-reply/1.1.0.yaml","line":13,"column":9,"end_line":13,"end_column":15,"help":"did you mean `message`?"}
    {"version":1,"rule":"test-fails","severity":"error","message":"the test `facts are listed` cannot be rendered: message 3, byte 23: `mesage` has no value","path":"prompts/support/draft-reply/1.1.0.yaml","line":52,"column":11,"end_line":52,"end_column":27,"help":null}
    {"version":1,"rule":"test-fails","severity":"error","message":"the test `without facts nothing is claimed` cannot be rendered: message 3, byte 23: `mesage` has no value","path":"prompts/support/draft-reply/1.1.0.yaml","line":55,"column":11,"end_line":55,"end_column":43,"help":null}
    "#);
    assert_eq!(desk.run("acme", &["lint", "--no-such-flag"]).0, 2);
    assert_eq!(desk.run("acme", &["lint", "--explain", "no-such-rule"]).0, 2);
    let (code, _, error) = desk.run(".", &["lint"]);
    assert_eq!(code, 2);
    insta::assert_snapshot!(error, @"error: there is no registry in . or above it: no registry.toml was found; `promptreg init` makes one");
    let (code, _, error) = desk.run("acme", &["show", "nobody"]);
    assert_eq!(code, 3);
    insta::assert_snapshot!(error, @"
    error: there is no prompt `nobody`
      `promptreg list` shows what there is
    ");
    let (code, _, error) = desk.run("acme", &["render", "summarize-ticket", "--input", "language=Klingon"]);
    assert_eq!(code, 3);
    insta::assert_snapshot!(error, @"
    error: the input does not fit the input_schema of this version
      at the top: missing key `ticket`
    ");
    let (code, _, error) = desk.run("acme", &["serve", "--listen", "0.0.0.0:0"]);
    assert_eq!(code, 2);
    insta::assert_snapshot!(error, @"error: 0.0.0.0:0 can be reached from other machines, and whoever reaches it could read every prompt: listen on 127.0.0.1, or say --anonymous-read");
}

#[test]
fn formatting_changes_white_space_alone_and_only_once() {
    let (desk, root) = Desk::with_registry();
    let path = root.join("prompts/house-tone/prompt.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("\u{feff}# kept   \n{}\n\n", text.replace('\n', "  \r\n"))).unwrap();
    assert_eq!(desk.run("acme", &["fmt", "--check"]).0, 1);
    assert_eq!(desk.run("acme", &["fmt"]).1, "formatted prompts/house-tone/prompt.yaml\n");
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("# kept\n{text}"));
    assert_eq!(desk.run("acme", &["fmt"]), (0, String::new(), String::new()));
    let version = root.join("prompts/house-tone/9.0.0.yaml");
    let blanks = "content: |+\n  two blanks  \n  \n\nnotes: x \n";
    fs::write(&version, blanks).unwrap();
    assert_eq!(desk.run("acme", &["fmt"]).0, 0);
    assert_eq!(fs::read_to_string(&version).unwrap(), blanks.replace("x \n", "x\n"));
}

#[test]
fn an_import_is_literal_and_the_same_again_changes_nothing() {
    let (desk, _) = Desk::with_registry();
    let old = desk.0.path().join("old");
    fs::create_dir(&old).unwrap();
    let hard = "\u{feff} {{ not a variable }}\r\n\ttab  \n\n \u{2028}end";
    fs::write(old.join("Hard One.txt"), hard).unwrap();
    fs::write(old.join("easy.md"), "# Easy\n\nDo it.\n").unwrap();
    fs::write(old.join("bad.txt"), b"\xff\xfe").unwrap();
    fs::write(old.join("table.csv"), "act,prompt\nPoet,\"Write \"\"verse\"\"\nnow\"\n").unwrap();
    let import =
        |format: &str| desk.run("acme", &["import", format, "../old", "--collection", "old", "--label", "production"]);
    let (code, said, _) = import("text");
    assert_eq!(code, 1, "one file is not UTF-8");
    assert!(said.ends_with("2 created, 0 updated, 0 unchanged, 1 failed\n"), "{said}");
    assert!(import("csv").1.ends_with("1 created, 0 updated, 0 unchanged, 0 failed\n"));
    assert!(import("text").1.ends_with("0 created, 0 updated, 2 unchanged, 1 failed\n"));
    let (code, found, _) = desk.run("acme", &["lint"]);
    assert!(code == 0, "{found}");
    let text = |name: &str| {
        let (_, shown, error) = desk.run("acme", &["show", name, "--work-tree", "--json"]);
        let value: serde_json::Value = serde_json::from_str(&shown).unwrap_or_else(|_| panic!("{error}"));
        value["messages"][0]["content"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        (text("hard-one"), text("easy"), text("poet")),
        (hard.into(), "# Easy\n\nDo it.\n".into(), "Write \"verse\"\nnow".into())
    );
    let (_, rendered, _) = desk.run("acme", &["render", "hard-one", "--work-tree", "--json"]);
    let rendered: serde_json::Value = serde_json::from_str(&rendered).unwrap();
    assert_eq!(rendered["messages"][0]["content"], hard);
}

#[test]
fn the_demo_serves_and_everything_it_suggests_works() {
    let desk = Desk::new();
    fs::create_dir(desk.0.path().join("mine")).unwrap();
    fs::write(desk.0.path().join("mine/letter.txt"), "Dear Ana").unwrap();
    let (code, _, error) = desk.run(".", &["demo", "mine"]);
    assert!(code == 3 && error.contains("holds something else"), "{error}");
    let script = "
        promptreg demo play --listen 127.0.0.1:0 > out 2> log & server=$!
        trap 'kill $server' EXIT
        until grep -q Ctrl-C out; do kill -0 $server; done
        grep '^  curl ' out > commands
        test \"$(wc -l < commands)\" = 3
        sed 's/curl /curl --silent --show-error --fail /' commands > run
        . ./run";
    let (code, said, error) = desk.sh(".", script);
    assert_eq!(code, 0, "{said}{error}");
    for expected in ["\"label\":\"production\"", "Where is my parcel?", "\"status\":\"draft\""] {
        assert!(said.contains(expected), "{expected} is not in\n{said}");
    }
    assert_eq!(
        desk.sh("play", "git status --porcelain; git branch --list 'proposal/*'").1.trim(),
        "proposal/warmer-reply"
    );
}

#[test]
fn completions_are_printed_for_every_shell_and_a_closed_pipe_is_no_failure() {
    let (desk, _) = Desk::with_registry();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(desk.run(".", &["completions", shell]).1.len() > 1_000, "{shell}");
    }
    let (code, _, error) = desk.sh("acme", "promptreg list | true");
    assert_eq!((code, error.as_str()), (0, ""));
}

#[test]
fn the_template_in_the_binary_is_the_template_in_the_folder() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("registry-template");
    let files = walkdir::WalkDir::new(&folder).sort_by_file_name().into_iter().map(Result::unwrap);
    let files = files.filter(|file| file.file_type().is_file());
    let mut there: Vec<_> =
        files.map(|file| file.path().strip_prefix(&folder).unwrap().display().to_string()).collect();
    let mut embedded: Vec<_> = promptreg::app::TEMPLATE_FILES.iter().map(|(path, _)| (*path).to_owned()).collect();
    there.sort();
    embedded.sort();
    assert_eq!(embedded, there);
}

/// Runs a verb with variables of the environment.
fn with_env(folder: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Said {
    said(command(folder).envs(variables.iter().copied()).args(arguments).output().unwrap())
}

#[test]
fn a_flag_goes_before_the_environment_and_both_before_the_file() {
    let (desk, root) = Desk::with_registry();
    let desk_root = desk.0.path();
    assert_eq!(desk.run(".", &["init", "other", "--name", "other"]).0, 0);
    fs::create_dir_all(desk_root.join("etc/deep")).unwrap();
    fs::write(desk_root.join("etc/promptreg.toml"), "registry = \"../acme\"\nread_drafts = true\n").unwrap();
    let etc = desk_root.join("etc");
    let name = |folder: &Path, variables: &[(&str, &str)], more: &[&str]| {
        let (code, out, error) = with_env(folder, variables, &[&["sync", "--json"], more].concat());
        let value: serde_json::Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{code} {error}"));
        value["registry"].as_str().unwrap().to_owned()
    };
    assert_eq!(name(&etc, &[], &[]), "acme", "relative to the file's folder");
    assert_eq!(name(&etc, &[("PROMPTREG_REGISTRY", "")], &[]), "acme", "an empty variable is unset");
    assert_eq!(name(&etc, &[("PROMPTREG_REGISTRY", "../other")], &[]), "other");
    assert_eq!(name(&etc, &[("PROMPTREG_REGISTRY", "../other")], &["--registry", "../acme"]), "acme");
    assert_eq!(name(&root, &[("PROMPTREG_REGISTRY", "")], &[]), "acme");
    for verb in [&["list"][..], &["show", "house-tone"], &["doctor"], &["render", "house-tone"], &["lint"]] {
        let (code, _, error) = with_env(&etc, &[], verb);
        assert_eq!(code, 0, "{verb:?} {error}");
    }
    // The file that is named counts from its own folder too, and an empty address is none.
    let wrong = with_env(desk_root, &[("PROMPTREG_LISTEN", "nonsense")], &["serve", "--config", "etc/promptreg.toml"]);
    assert!(wrong.0 == 3 && wrong.2.contains("cannot listen on nonsense"), "{wrong:?}");
    fs::write(etc.join("promptreg.toml"), "registry = \"../acme\"\nlisten = \"nowhere\"\n").unwrap();
    let file = with_env(desk_root, &[("PROMPTREG_LISTEN", "")], &["serve", "--config", "etc/promptreg.toml"]);
    assert!(file.0 == 3 && file.2.contains("cannot listen on nowhere"), "{file:?}");
}

#[test]
fn a_url_is_refused_and_a_clone_is_advised() {
    let desk = Desk::new();
    for url in ["https://example.org/prompts.git", "ssh://git@example.org/prompts", "git@example.org:prompts.git"] {
        for verb in [&["list"][..], &["serve"], &["lint"]] {
            let (code, _, error) = desk.run(".", &[verb, &["--registry", url]].concat());
            assert!(code == 2 && error.contains("`git clone` it"), "{verb:?} {error}");
        }
        let (code, _, error) = with_env(desk.0.path(), &[("PROMPTREG_REGISTRY", url)], &["sync"]);
        assert!(code == 2 && error.contains(url), "{error}");
    }
}

#[test]
fn what_the_demo_advises_is_something_that_there_is() {
    let desk = Desk::new();
    let (code, _, error) = desk.run(".", &["demo", "play", "--listen", "0.0.0.0:0"]);
    assert_eq!(code, 2);
    insta::assert_snapshot!(error, @"error: 0.0.0.0:0 can be reached from other machines, and whoever reaches it could read every prompt: listen on 127.0.0.1, or show it to others with `promptreg serve --registry play --anonymous-read`");
}

#[test]
fn errors_in_what_is_served_are_findings() {
    let (desk, root) = Desk::with_registry();
    assert_eq!(desk.run("acme", &["sync"]).0, 0);
    // Nothing is held back for this, since the prompt can be served: its owner is unknown, which is an error.
    let path = root.join("prompts/house-tone/prompt.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("owner: ", "owner: x", 1)).unwrap();
    desk.sh("acme", "git commit --quiet --all --message wrong");
    let (code, said, _) = desk.run("acme", &["sync"]);
    assert_eq!(code, 1, "{said}");
    insta::assert_snapshot!(said.lines().skip(1).collect::<Vec<_>>().join("\n"), @"wrong: prompts/house-tone/prompt.yaml:4:8: the owner `xcleo` is no user of this registry");
    let (code, said, _) = desk.run("acme", &["doctor"]);
    assert_eq!((code, said.matches("trouble").count()), (1, 2), "{said}");
    let (code, said, _) = desk.run("acme", &["doctor", "--json"]);
    let checks: serde_json::Value = serde_json::from_str(&said).unwrap();
    let oks: Vec<_> = checks.as_array().unwrap().iter().map(|check| (&check["check"], &check["ok"])).collect();
    assert_eq!(code, 1);
    insta::assert_snapshot!(format!("{oks:?}"), @r#"[(String("git"), Bool(true)), (String("files"), Bool(false)), (String("branch"), Bool(false))]"#);
}

#[test]
fn the_files_that_are_formatted_are_printed_as_json_too() {
    let (desk, root) = Desk::with_registry();
    let json = |arguments: &[&str]| {
        let (code, said, _) = desk.run("acme", arguments);
        (code, serde_json::from_str::<serde_json::Value>(&said).unwrap().to_string())
    };
    assert_eq!(json(&["fmt", "--check", "--json"]), (0, r#"{"would_format":[]}"#.into()));
    let path = root.join("prompts/house-tone/prompt.yaml");
    fs::write(&path, format!("{}\n\n", fs::read_to_string(&path).unwrap())).unwrap();
    let name = "prompts/house-tone/prompt.yaml";
    assert_eq!(json(&["fmt", "--check", "--json"]), (1, format!(r#"{{"would_format":["{name}"]}}"#)));
    assert_eq!(json(&["fmt", "--json"]), (0, format!(r#"{{"formatted":["{name}"]}}"#)));
    assert_eq!(json(&["fmt", "--json"]), (0, r#"{"formatted":[]}"#.into()));
}

#[test]
fn a_list_is_sorted_by_what_it_shows() {
    let (desk, _) = Desk::with_registry();
    let (_, said, _) = desk.run("acme", &["list"]);
    let paths: Vec<_> = said.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert!(paths.is_sorted() && paths.len() > 5, "{paths:?}");
}

/// A `git` that does everything but commit.
fn git_without_commit(desk: &Desk) -> String {
    let tools = desk.0.path().join("tools");
    fs::create_dir(&tools).unwrap();
    let (_, real, _) = desk.sh(".", "command -v git");
    let script =
        format!("#!/bin/sh\nfor word; do test \"$word\" != commit || exit 128; done\nexec {} \"$@\"\n", real.trim());
    fs::write(tools.join("git"), script).unwrap();
    assert_eq!(desk.sh("tools", "chmod +x git").0, 0);
    format!("{}:{}", tools.display(), std::env::var("PATH").unwrap())
}

#[test]
fn an_init_that_fails_leaves_nothing_behind() {
    let desk = Desk::new();
    let path = git_without_commit(&desk);
    let (code, _, error) = with_env(desk.0.path(), &[("PATH", &path)], &["init", "deep/er/acme"]);
    assert!(code == 3 && error.contains("commit"), "{error}");
    assert!(!desk.0.path().join("deep").exists());
    // Nor in a repository with something in it, where the index is as it was too.
    desk.sh(
        ".",
        "git init -q -b trunk own; cd own; echo a > a; git add a; git commit -qm a; mkdir prompts; echo b > prompts/b",
    );
    let before = desk.sh("own", "git status --porcelain; find . -path ./.git -prune -o -print | sort");
    let (code, _, error) = with_env(&desk.0.path().join("own"), &[("PATH", &path)], &["init"]);
    assert!(code == 3 && error.contains("commit"), "{error}");
    assert_eq!(desk.sh("own", "git status --porcelain; find . -path ./.git -prune -o -print | sort"), before);
    let (code, _, error) = with_env(desk.0.path(), &[("PATH", "/nowhere")], &["init", "fresh"]);
    assert!(code == 3 && error.contains("git"), "{error}");
    assert!(!desk.0.path().join("fresh").exists());
    // Its own branch is the one that is served.
    assert_eq!(desk.run("own", &["init"]).0, 0);
    let (_, said, _) = desk.run("own", &["sync"]);
    assert!(said.starts_with("trunk at "), "{said}");
    assert!(
        fs::read_to_string(desk.0.path().join("own/registry.toml")).unwrap().contains("default_branch = \"trunk\"")
    );
}

#[test]
fn a_repository_that_does_not_work_is_refused_before_anything_is_written() {
    let desk = Desk::new();
    desk.sh(".", "git init -q around; mkdir -p around/in/.git; git init -q off; cd off; git commit -q --allow-empty -m a; git switch -q --detach");
    for (folder, why) in [("around/in", "is no repository that works"), ("off", "no branch checked out")] {
        let (code, _, error) = desk.run(".", &["init", folder]);
        assert!(code == 3 && error.contains(why), "{error}");
        assert_eq!(desk.sh(folder, "ls").1, "");
    }
}

#[test]
fn an_interrupted_demo_is_begun_again() {
    let desk = Desk::new();
    let path = git_without_commit(&desk);
    // The address is refused once the demo is made.
    let demo = |path: &str, folder: &str| {
        with_env(desk.0.path(), &[("PATH", path)], &["demo", folder, "--listen", "0.0.0.0:0"])
    };
    let well = std::env::var("PATH").unwrap();
    let (code, _, error) = demo(&path, "play");
    assert!(code == 3 && error.contains("commit"), "{error}");
    // Killed between two files, and in the middle of Git's own work.
    desk.sh("play", "mkdir prompts; echo half > registry.toml; touch .git/index.lock; echo mine > mine.txt");
    let (code, said, error) = demo(&well, "play");
    assert!(code == 2 && said.starts_with("made a registry"), "{said}{error}");
    assert_eq!(
        desk.sh("play", "git status --porcelain; git branch --list 'proposal/*'").1,
        "?? mine.txt\n  proposal/warmer-reply\n"
    );
    // Once it is made it stays as it is, whatever was done to it.
    desk.sh("play", "git branch -q -D proposal/warmer-reply; git rm -q README.md; git commit -qm less");
    let (code, said, _) = demo(&well, "play");
    assert!(code == 2 && said.starts_with("found a registry"), "{said}");
    assert_eq!(desk.sh("play", "git branch --list 'proposal/*'; ls README.md 2>/dev/null || true").1, "");
    // A mark and nothing else is a demo that was hardly begun.
    desk.sh(".", "mkdir -p bare/.git; echo > bare/.git/promptreg-demo");
    assert!(demo(&well, "bare").1.starts_with("made a registry"));
}

#[test]
fn an_import_adds_no_version_to_a_prompt_of_another_collection() {
    let (desk, root) = Desk::with_registry();
    desk.sh(
        ".",
        "mkdir -p notes/deep; echo 'Be short.' > notes/summarize-ticket.txt; echo 'Be kind.' > notes/deep/tone.txt",
    );
    let before = desk.sh("acme", "git status --porcelain").1;
    let refused = |more: &[&str]| {
        let (code, said, _) = desk.run("acme", &[&["import", "text", "../notes/summarize-ticket.txt"], more].concat());
        assert_eq!((code, desk.sh("acme", "git status --porcelain").1), (1, before.clone()));
        said
    };
    let said = refused(&["--collection", "legacy"]);
    assert_eq!(refused(&[]), said);
    insta::assert_snapshot!(said, @"
        ../notes/summarize-ticket.txt
          There is a prompt `summarize-ticket` in support already, with another text: import with --collection support to give it a version, or rename the file.
        0 created, 0 updated, 0 unchanged, 1 failed
        ");
    // Where it belongs it gets a version, and where it moved to since it stays the same.
    let (code, said, _) = desk.run("acme", &["import", "text", "../notes", "--collection", "support"]);
    assert!(code == 0 && said.ends_with("1 created, 1 updated, 0 unchanged, 0 failed\n"), "{said}");
    assert!(root.join("prompts/support/deep-tone/1.0.0.yaml").is_file());
    let (code, said, _) = desk.run("acme", &["import", "text", "../notes", "--collection", "legacy"]);
    assert!(code == 0 && said.ends_with("0 created, 0 updated, 2 unchanged, 0 failed\n"), "{said}");
}

#[test]
fn a_name_is_made_from_a_files_own_path_and_numbers_follow_the_order_of_paths() {
    let (desk, root) = Desk::with_registry();
    desk.sh(".", "mkdir one two; echo m > one/a.md; echo t > one/a.txt; echo u > two/a.txt; echo b > two/b.txt");
    let import = |paths: &[&str]| desk.run("acme", &[&["import", "text", "--collection", "old"], paths].concat());
    let (code, said, _) = import(&["../one", "../two", "../one"]);
    assert_eq!(code, 1);
    insta::assert_snapshot!(said, @"
    ../two/a.txt
      The name `a` was given to a prompt of ../one already: rename one of the files.
    3 created, 0 updated, 0 unchanged, 1 failed
    ");
    let text = |name: &str| fs::read_to_string(root.join(format!("prompts/old/{name}/1.0.0.yaml"))).unwrap();
    assert!(text("a").contains("content: |\n  m") && text("a-2").contains("content: |\n  t"), "{}", text("a"));
    // Alone each is known again by what it says.
    for path in ["../one/a.txt", "../one/a.md", "../one"] {
        let (code, said, _) = import(&[path]);
        assert!(code == 0 && said.starts_with("0 created, 0 updated, ") && said.ends_with(" 0 failed\n"), "{said}");
    }
    // A file that comes into the folder takes no name from those that were there.
    desk.sh(".", "mkdir one/sub; echo e > one/a~.txt; echo s > one/sub/a.md");
    let (code, said, _) = import(&["../one"]);
    assert!(code == 0 && said.ends_with("2 created, 0 updated, 2 unchanged, 0 failed\n"), "{said}");
    assert!(text("a-3").contains("content: |\n  e") && text("sub-a").contains("content: |\n  s"));
}
