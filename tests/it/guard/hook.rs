//! The hook: how it gets there, and that it lets nothing land where it cannot judge.

use super::{draft, guarded, left, push};
use crate::{
    harness::{binary, promptreg},
    repository::program,
    walkthrough::Team,
};
use std::{fs, io::Write as _, process::Stdio};

#[test]
fn installing_the_hook_twice_is_as_good_as_once_and_another_hook_is_left_alone() {
    let team = Team::new();
    let install = || promptreg(&team.at("."), &["guard", "--install", "remote.git"]);
    let hook = team.at("remote.git/hooks/pre-receive");
    let said = |text: String| {
        text.replace(team.at(".").canonicalize().unwrap().to_str().unwrap(), "FOLDER")
            .replace(env!("CARGO_BIN_EXE_promptreg"), "PROGRAM")
    };
    insta::assert_snapshot!(said(install().all()), @"
    FOLDER/remote.git/hooks/pre-receive judges every push from now on; to undo it, remove that file
    exit code 0
    ");
    let text = fs::read_to_string(&hook).unwrap();
    insta::assert_snapshot!(said(text.clone()), @r#"
    #!/bin/sh
    # Written by `promptreg guard --install`: what a push would land passes the registry's gate first.
    ulimit -d 4194304 2>/dev/null
    'PROGRAM' guard
    code=$?
    case $code in
    0|1|2|3) ;;
    *) echo "promptreg guard ended with $code, so nothing is accepted: tell whoever runs this server" >&2 ;;
    esac
    exit $code
    "#);
    assert_eq!(install().code, 0);
    assert_eq!(fs::read_to_string(&hook).unwrap(), text);
    fs::remove_file(&hook).unwrap();
    program(&hook, "exit 0");
    insta::assert_snapshot!(said(install().all()), @"
    error: FOLDER/remote.git/hooks/pre-receive is there already and another hook: move it away, or have it call `PROGRAM guard` with the lines that it is given, and end where that fails
    exit code 3
    ");
    assert_eq!(fs::read_to_string(&hook).unwrap(), "#!/bin/sh\nexit 0\n");
    team.git("remote.git", &["config", "core.hooksPath", "/srv/hooks"]);
    insta::assert_snapshot!(said(install().all()), @"
    error: core.hooksPath is /srv/hooks, so Git does not look for hooks in the repository: unset it, or call `PROGRAM guard` from the pre-receive hook there
    exit code 3
    ");
    insta::assert_snapshot!(promptreg(&team.at("."), &["guard", "--install", "nothing"]).all(), @"
    error: the folder nothing is not in a Git repository
      go into the folder of a registry, or name one with --registry; `promptreg init acme-prompts` starts one, and `promptreg demo` shows one
    exit code 2
    ");
}

#[test]
fn nothing_lands_where_the_program_is_gone() {
    let mut team = guarded();
    draft(&mut team);
    let hook = team.at("remote.git/hooks/pre-receive");
    let text = fs::read_to_string(&hook).unwrap();
    fs::write(&hook, text.replace(env!("CARGO_BIN_EXE_promptreg"), "/nowhere/promptreg")).unwrap();
    let before = left(&team);
    let (landed, said) = push(&team, "ana", &["kinder"]);
    insta::assert_snapshot!(said, @"
    hooks/pre-receive: 4: /nowhere/promptreg: not found
    promptreg guard ended with 127, so nothing is accepted: tell whoever runs this server
    ");
    assert!(!landed);
    assert_eq!(left(&team), before);
}

/// What the guard says of lines that no push made, in the remote itself.
fn says(team: &Team, lines: &[u8]) -> String {
    let mut guard = binary(&team.at("remote.git"));
    let guard =
        guard.arg("guard").env("GIT_DIR", ".").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = guard.spawn().unwrap();
    // It may have read enough before all is written.
    let _ = child.stdin.take().unwrap().write_all(lines);
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    format!("{text}exit code {}", output.status.code().unwrap())
}

#[test]
fn what_is_no_push_is_refused() {
    let team = guarded();
    let (zero, one) = ("0".repeat(40), "1".repeat(40));
    let line = |name: &str| format!("{zero} {one} {name}\n");
    let all = [
        says(&team, b"hello\n"),
        says(&team, line("HEAD").as_bytes()),
        says(&team, (0..=10_000).map(|number| line(&format!("refs/heads/{number}"))).collect::<String>().as_bytes()),
        says(&team, "x".repeat(5 << 20).as_bytes()),
        says(&team, format!("{}{zero} {zero} refs/heads/main\n", line("refs/heads/main")).as_bytes()),
        // An object that is not there.
        says(&team, line("refs/heads/main").as_bytes()),
        says(&team, line("refs/heads/promptreg/log").as_bytes()),
        says(&team, b""),
    ];
    insta::assert_snapshot!(all.join("\n---\n"), @r#"
    promptreg could not judge this push, so nothing of it is accepted
    error: what Git says of the push cannot be used: line 1 is not OLD NEW REF
    exit code 3
    ---
    promptreg could not judge this push, so nothing of it is accepted
    error: what Git says of the push cannot be used: line 1 is not OLD NEW REF
    exit code 3
    ---
    promptreg could not judge this push, so nothing of it is accepted
    error: what Git says of the push cannot be used: it has more than 10000 refs: push fewer at once
    exit code 3
    ---
    promptreg could not judge this push, so nothing of it is accepted
    error: what Git says of the push cannot be used: it has more than 4194304 bytes: push fewer refs at once
    exit code 3
    ---
    promptreg could not judge this push, so nothing of it is accepted
    error: what Git says of the push cannot be used: "refs/heads/main" would go to two places
    exit code 3
    ---
    promptreg could not judge this push, so nothing of it is accepted
    error: the object 1111111111111111111111111111111111111111 is missing: check with `git fsck`; a shallow or partial clone must be completed first
    exit code 3
    ---
    promptreg could not judge this push, so nothing of it is accepted
    error: the object 1111111111111111111111111111111111111111 is missing: check with `git fsck`; a shallow or partial clone must be completed first
    exit code 3
    ---
    exit code 0
    "#);
}
