//! What every verb says of itself, and how every verb fails.

use crate::harness::{Registry, binary, promptreg};
use std::{io::Read as _, process::Stdio};

/// The verbs that `--help` lists.
fn verbs() -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let help = promptreg(folder.path(), &["--help"]).stdout;
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let verbs =
        list.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next().filter(|verb| !verb.is_empty()));
    verbs.filter(|verb| *verb != "help").map(str::to_owned).collect()
}

#[test]
fn every_verb_has_a_place_among_those_of_its_kind() {
    let folder = tempfile::tempdir().unwrap();
    let help = promptreg(folder.path(), &["--help"]).stdout;
    let groups = help.split("What they are for:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let placed: Vec<&str> = groups.split([' ', ',', '\n']).filter(|word| !word.is_empty()).collect();
    let missing: Vec<String> = verbs().into_iter().filter(|verb| !placed.contains(&&**verb)).collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn no_line_of_help_is_broken_where_a_terminal_is_eighty_wide() {
    let folder = tempfile::tempdir().unwrap();
    for verb in verbs() {
        let output = binary(folder.path()).args([&verb, "--help"]).env("COLUMNS", "80").output().unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        let after = help.split("Print version\n").last().unwrap();
        for part in after.split("\n\n").map(|part| part.trim_matches('\n')).filter(|part| !part.is_empty()) {
            let lines: Vec<&str> = part.lines().collect();
            if part.starts_with("Example") {
                // A line that begins further left is the end of an example that was too long.
                assert_eq!(lines[1..].iter().find(|line| !line.starts_with("  ")), None, "{verb}");
            } else if !part.contains("\n  ") && !part.starts_with(' ') {
                // A line that the next line's first word would have fitted into was broken by hand.
                for pair in lines.windows(2) {
                    let next = pair[1].split(' ').next().unwrap_or_default();
                    assert!(pair[0].chars().count() + next.chars().count() >= 79, "{verb}: {pair:?}");
                }
            }
        }
    }
}

#[test]
fn the_help_lists_every_verb() {
    let folder = tempfile::tempdir().unwrap();
    insta::assert_snapshot!(promptreg(folder.path(), &["--help"]).all(), @"
    A Git-backed prompt registry: prompts are reviewed files, and what is served is what was approved

    Usage: promptreg <COMMAND>

    Commands:
      demo         Make a demo registry, serve it, and say what to try
      init         Start a registry: the template's files in a Git repository, first commit made
      lint         Judge the registry's files
      fmt          Write every YAML file in its canonical form
      new          Write the first file of a new prompt, workflow, model profile, …
      bump         Copy the newest version of a prompt to the next number
      list         List prompts
      search       Find prompts by their words
      show         Show one version of a prompt
      render       Render one version with an input
      diff         Say what changed in meaning, and whom it reaches
      log          Say what happened to a prompt, or to the registry, as it was served
      blame        Say with which version each line of a version came, when, and who wrote it
      submit       Push a branch and ask for the approval of what it changes
      proposals    Say what is proposed, where it stands and what it lacks
      approve      Approve what a proposal changes, as it is now
      reject       Reject what a proposal changes: it cannot be merged until you withdraw that, or the
                   content changes
      withdraw     Take back what you said of a proposal: a request, an approval or a rejection
      merge        Merge an approved proposal into the default branch
      promote      Point a label to another approved version: a release, or a roll-back
      deprecate    Serve a version with a notice
      yank         Serve a version by its exact number only
      revoke       Serve a version no more: whoever asks for it is told why
      restore      Take back that a version is deprecated, yanked or revoked
      archive      Leave a prompt out of lists; it is served on to those who name it
      verify       Prove from Git alone that all that is served was approved, and by whom
      audit        Say who did what: decisions, landings, what each landing did, and what was done
                   besides
      keys         List the keys that sign decisions, or revoke one
      usage        Say how often prompts were used, with a chart
      feedback     Say how the versions of a prompt do: ratings, comments, and how executions ended
      guard        Judge a push before it lands: the pre-receive hook of a plain Git server
      run          Run a workflow once
      sync         Read the default branch, and say what it serves and what is held back
      serve        Serve what is approved over HTTP
      watch        Print what a server comes to serve, commit by commit
      token        Make, list and revoke tokens
      import       Import prompts in other formats
      export       Write what the registry says in the formats of others
      lsp          Judge, explain and complete the registry's files in an editor (language server)
      doctor       Check that everything promptreg needs is in reach
      completions  Print completions for a shell
      help         Print this message or the help of the given subcommand(s)

    Options:
      -h, --help     Print help
      -V, --version  Print version

    What they are for:
      begin     demo, init, import, export, doctor, completions
      write     new, bump, lint, fmt, lsp
      read      list, search, show, render, diff, log, blame
      review    submit, proposals, approve, reject, withdraw, merge
      release   promote, deprecate, yank, revoke, restore, archive
      prove     verify, audit, keys
      report    usage, feedback
      operate   serve, run, sync, watch, token, guard

    Exit codes: 0 clean, 1 findings or nothing found, 2 usage or settings, 3 could not do it.

    Examples:
      promptreg demo                      see it work
      promptreg init acme-prompts         start a registry of your own
      promptreg lint                      judge the files of the registry you are in
      promptreg serve                     hand out what was approved
    exit code 0
    ");
}

#[test]
fn every_verb_has_a_help_with_an_example() {
    let folder = tempfile::tempdir().unwrap();
    let verbs = verbs();
    assert!(verbs.len() >= 14, "{verbs:?}");
    for verb in verbs {
        let help = promptreg(folder.path(), &[&verb, "--help"]);
        assert_eq!(help.code, 0, "{verb}");
        assert!(
            help.stdout.contains("Usage: promptreg ") && help.stdout.contains(&format!("  promptreg {verb}")),
            "{verb}: {}",
            help.stdout
        );
        assert_eq!(help.stderr, "");
    }
}

#[test]
fn completions_are_made_for_every_shell() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let made = promptreg(folder.path(), &["completions", shell]);
        assert_eq!((made.code, &*made.stderr), (0, ""), "{shell}");
        assert!(verbs().iter().all(|verb| made.stdout.contains(verb.as_str())), "{shell}");
    }
}

#[test]
fn a_wrong_command_line_is_answered_with_2_and_what_to_do() {
    let registry = Registry::new();
    registry.prompt("greet", "labels: {production: 1.0.0}\n", &[("1.0.0", "Hi.")]);
    registry.commit("Start");
    let mut wrong = Vec::new();
    let said: Vec<String> = [
        &["show"][..],
        &["show", "Greet"],
        &["show", "greet@one"],
        &["show", "greet:"],
        &["render", "greet", "--input", "question"],
        &["lint", "/etc"],
        &["lint", "--explain", "unknown-promt"],
        &["new", "thing", "x"],
        &["new", "prompt", "Not A Name"],
        &["bump", "greet", "--major", "--minor"],
        &["import", "word", "."],
        &["import", "csv", "prompts"],
        &["serve", "--config", "users/ana.yaml"],
        &["dance"],
    ]
    .iter()
    .map(|args| {
        let said = registry.promptreg(args);
        wrong.extend(((said.code, &*said.stdout) != (2, "")).then(|| format!("{args:?}: {said:?}")));
        format!("$ promptreg {}\n{}", args.join(" "), said.stderr.split("\n\nUsage:").next().unwrap().trim_end())
    })
    .collect();
    assert_eq!(wrong, Vec::<String>::new());
    insta::assert_snapshot!(said.join("\n").replace(registry.path().to_str().unwrap(), "REGISTRY"), @"
    $ promptreg show
    error: the following required arguments were not provided:
      <SELECTOR>
    $ promptreg show Greet
    error: invalid value 'Greet' for '<SELECTOR>': `Greet` is not a prompt name: only a-z, 0-9 and single hyphens between them are allowed

    For more information, try '--help'.
    $ promptreg show greet@one
    error: invalid value 'greet@one' for '<SELECTOR>': `one` is not a version number: write three numbers such as 1.2.0, or a pre-release such as 1.2.0-rc.1

    For more information, try '--help'.
    $ promptreg show greet:
    error: invalid value 'greet:' for '<SELECTOR>': `` is not a label: it is empty

    For more information, try '--help'.
    $ promptreg render greet --input question
    error: `--input question` has no `=`: write --input NAME=VALUE
    $ promptreg lint /etc
    error: /etc is not in the registry at REGISTRY
    $ promptreg lint --explain unknown-promt
    error: there is no rule `unknown-promt`: did you mean `unknown-prompt`?
    $ promptreg new thing x
    error: invalid value 'thing' for '<KIND>'
      [possible values: prompt, collection, workflow, model, hook, client, user, role, policy]

    For more information, try '--help'.
    $ promptreg new prompt Not A Name
    error: name: `Not A Name` is not a prompt name: only a-z, 0-9 and single hyphens between them are allowed
    $ promptreg bump greet --major --minor
    error: the argument '--major' cannot be used with '--minor'
    $ promptreg import word .
    error: invalid value 'word' for '<FORMAT>': `word` is not a format: write text, csv, github-models, dotprompt or prompty

    For more information, try '--help'.
    $ promptreg import csv prompts
    error: no file of this format was found; their names end in .csv
    $ promptreg serve --config users/ana.yaml
    error: users/ana.yaml: line 1, column 8: this is not TOML: key with no value, expected `=`
    $ promptreg dance
    error: unrecognized subcommand 'dance'
    ");
}

#[test]
fn what_cannot_be_done_is_answered_with_3_and_what_to_do() {
    let registry = Registry::new();
    registry.prompt(
        "greet",
        "labels: {production: 1.0.0}\nrevoked: {0.9.0: a leak}\n",
        &[("0.9.0", "Leak."), ("1.0.0", "Hi.")],
    );
    registry.commit("Start");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut wrong = Vec::new();
    let said: Vec<String> = [
        &["show", "nobody"][..],
        &["show", "greet:canary"],
        &["show", "greet@2.0.0"],
        &["show", "greet@0.9.0"],
        &["show", "greet", "--ref", "no-such-branch"],
        &["list", "--ref=-x"],
        &["render", "nobody"],
        &["render", "greet", "--input", "x=@nowhere.txt"],
        &["new", "prompt", "greet"],
        &["bump", "nobody"],
        &["init", "."],
        &["demo", "."],
        &["import", "text", "nowhere"],
        &["lint", "nowhere"],
        &["serve", "--listen", &address],
        &["serve", "--listen", "nonsense"],
        &["serve", "--config", "nowhere.toml"],
    ]
    .iter()
    .map(|args| {
        let said = registry.promptreg(args);
        wrong.extend(((said.code, &*said.stdout) != (3, "")).then(|| format!("{args:?}: {said:?}")));
        format!("$ promptreg {}\n{}", args.join(" "), said.stderr.trim_end())
    })
    .collect();
    assert_eq!(wrong, Vec::<String>::new());
    let said = said.join("\n").replace(registry.path().to_str().unwrap(), "REGISTRY").replace(&address, "ADDRESS");
    insta::assert_snapshot!(said, @r#"
    $ promptreg show nobody
    error: there is no prompt `nobody`
      `promptreg list` shows what is approved; --work-tree reads the files as they lie, --ref a branch
    $ promptreg show greet:canary
    error: `greet` has no label `canary`; it has production
      `promptreg list` shows what is approved; --work-tree reads the files as they lie, --ref a branch
    $ promptreg show greet@2.0.0
    error: `greet` has no version 2.0.0; it has 1.0.0, 0.9.0
      `promptreg list` shows what is approved; --work-tree reads the files as they lie, --ref a branch
    $ promptreg show greet@0.9.0
    error: `greet` 0.9.0 was revoked: a leak
      `promptreg list` shows what is approved; --work-tree reads the files as they lie, --ref a branch
    $ promptreg show greet --ref no-such-branch
    error: there is no branch, tag or commit "no-such-branch": see `git branch --all` and `git tag`, or fetch first
    $ promptreg list --ref=-x
    error: "-x" is no name of a branch, tag or commit: it begins with -, as an option does
    $ promptreg render nobody
    error: there is no prompt `nobody`
      `promptreg list` shows what is approved; --work-tree reads the files as they lie, --ref a branch
    $ promptreg render greet --input x=@nowhere.txt
    error: cannot read nowhere.txt: No such file or directory (os error 2)
    $ promptreg new prompt greet
    error: prompts/greet/prompt.yaml has this name already: edit it, or name another
    $ promptreg bump nobody
    error: there is no prompt `nobody`
      `promptreg list` shows what is approved; --work-tree reads the files as they lie, --ref a branch
    $ promptreg init .
    error: REGISTRY is a registry already: name another folder, such as `promptreg init ../acme-prompts`
    $ promptreg demo .
    error: . holds something else: name a folder that is empty or not there yet
    $ promptreg import text nowhere
    error: cannot read nowhere: No such file or directory (os error 2)
    $ promptreg lint nowhere
    error: cannot read nowhere: No such file or directory (os error 2)
    $ promptreg serve --listen ADDRESS
    error: cannot listen on ADDRESS: Address already in use (os error 98)
      name another address with --listen, such as 127.0.0.1:0
    $ promptreg serve --listen nonsense
    error: cannot listen on nonsense: invalid socket address
      name another address with --listen, such as 127.0.0.1:0
    $ promptreg serve --config nowhere.toml
    error: cannot read nowhere.toml: No such file or directory (os error 2)
    "#);
}

#[test]
fn outside_of_a_registry_every_verb_says_how_to_get_one() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().canonicalize().unwrap();
    let said: Vec<String> = [&["lint"][..], &["fmt"], &["list"], &["show", "x"], &["sync"], &["new", "model", "x"]]
        .iter()
        .map(|args| format!("$ promptreg {}\n{}", args.join(" "), promptreg(&at, args).all()))
        .collect();
    insta::assert_snapshot!(said.join("\n").replace(at.to_str().unwrap(), "FOLDER"), @"
    $ promptreg lint
    error: there is no registry in . or above it: no registry.toml was found; `promptreg init` makes one
    exit code 2
    $ promptreg fmt
    error: there is no registry in . or above it: no registry.toml was found; `promptreg init` makes one
    exit code 2
    $ promptreg list
    error: the folder . is not in a Git repository
      go into the folder of a registry, or name one with --registry; `promptreg init acme-prompts` starts one, and `promptreg demo` shows one
    exit code 2
    $ promptreg show x
    error: the folder . is not in a Git repository
      go into the folder of a registry, or name one with --registry; `promptreg init acme-prompts` starts one, and `promptreg demo` shows one
    exit code 2
    $ promptreg sync
    error: the folder . is not in a Git repository
      go into the folder of a registry, or name one with --registry; `promptreg init acme-prompts` starts one, and `promptreg demo` shows one
    exit code 2
    $ promptreg new model x
    error: there is no registry in . or above it: no registry.toml was found; `promptreg init` makes one
    exit code 2
    ");
    let doctor = promptreg(&at, &["doctor"]);
    assert_eq!((doctor.code, doctor.stdout.matches("trouble ").count()), (1, 2), "{doctor:?}");
}

#[test]
fn whoever_stops_reading_is_no_failure() {
    let registry = Registry::new();
    for i in 0..50 {
        registry.prompt(&format!("p{i}"), "labels: {production: 1.0.0}\n", &[("1.0.0", &"Long. ".repeat(2000))]);
    }
    registry.commit("Start");
    for args in [
        &["list"][..],
        &["list", "--json"],
        &["show", "p1"],
        &["show", "p1", "--json"],
        &["completions", "bash"],
        &["lint", "--format", "sarif"],
        &["--help"],
    ] {
        let mut child =
            binary(&registry.path()).args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut complaint = String::new();
        child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
        assert_eq!((child.wait().unwrap().code(), &*complaint), (Some(0), ""), "{args:?}");
    }
}

#[test]
fn a_server_for_others_is_started_only_where_that_is_said() {
    let registry = Registry::new();
    registry.prompt("greet", "labels: {production: 1.0.0}\n", &[("1.0.0", "Hi.")]);
    registry.commit("Start");
    let path = registry.path();
    let server =
        crate::harness::Server::run(binary(&path).args(["serve", "--listen", "0.0.0.0:0", "--anonymous-read"]));
    assert!(server.address.starts_with("0.0.0.0:"));
    // The server's own file and the environment say the same; flags come before both.
    registry.file("promptreg.toml", "listen = \"0.0.0.0:0\"\nread_drafts = true\n");
    let server = crate::harness::Server::run(binary(&path).arg("serve"));
    let port = server.address.rsplit(':').next().unwrap();
    let asked = crate::harness::ask(&format!("127.0.0.1:{port}"), "GET", "/v1/prompts/greet", &[], "").unwrap();
    assert_eq!((asked.status, asked.header("www-authenticate")), (401, "Bearer"));
    let server = crate::harness::Server::run(binary(&path).env("PROMPTREG_LISTEN", "127.0.0.1:0").arg("serve"));
    assert_eq!(server.get("/v1/prompts/greet?ref=main").status, 200);
    let elsewhere = tempfile::tempdir().unwrap();
    let server = crate::harness::Server::run(binary(elsewhere.path()).env("PROMPTREG_REGISTRY", &path).args([
        "serve",
        "--listen",
        "127.0.0.1:0",
    ]));
    assert_eq!(server.get("/v1/prompts/greet?ref=main").status, 401);
}
