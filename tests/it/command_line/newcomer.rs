//! What somebody does who has only read the README: each answer says what is wrong and what to do about it.

use crate::harness::{Registry, promptreg};

fn registry() -> Registry {
    let registry = Registry::new();
    registry.prompt(
        "support/refund",
        "display_name: Refund a customer\ntags: [internal]\nlabels: {production: 1.0.0}\n",
        &[("1.0.0", "Say when the money is back."), ("1.1.0", "Say when the money is back, briskly.")],
    );
    registry.prompt("old", "status: archived\n", &[("1.0.0", "Greet the customer, whose money is welcome.")]);
    registry.file("clients/desk.yaml", "description: The desk.\ndefault_filter: {tags: [public]}\n");
    registry.commit("Start");
    registry
}

/// What each command says; `FOLDER` stands for the registry's folder.
fn say(registry: &Registry, commands: &[&[&str]]) -> String {
    let folder = registry.path().display().to_string();
    let said = commands.iter().map(|args| {
        let said = registry.promptreg(args).all();
        format!("$ promptreg {}\n{said}\n", args.join(" ")).replace(&folder, "FOLDER")
    });
    said.collect()
}

#[test]
fn a_filter_that_nothing_can_fit_is_named() {
    let said = say(
        &registry(),
        &[
            &["list", "--status", "archived"],
            &["list", "--client", "desk"],
            &["list", "--client", "nobody"],
            &["list", "--tag", "intrenal"],
            &["list", "--owner", "nobody"],
            &["list", "--label", "prodution"],
            &["list", "--collection", "suport"],
            &["list", "--json", "nothing-like-that"],
            &["search", "money", "--label", "staging"],
            &["search", "money", "--status", "archived"],
        ],
    );
    insta::assert_snapshot!(said, @"
    $ promptreg list --status archived
    old  (1.0.0)  Says something.
    exit code 0
    $ promptreg list --client desk
    no prompt fits: --work-tree lists the files as they lie, --ref those of a branch
    exit code 1
    $ promptreg list --client nobody
    error: there is no client config `nobody`
    exit code 3
    $ promptreg list --tag intrenal
    there is no tag `intrenal`: did you mean `internal`?
    exit code 1
    $ promptreg list --owner nobody
    there is no user `nobody`
    exit code 1
    $ promptreg list --label prodution
    no prompt has the label `prodution`: did you mean `production`?
    exit code 1
    $ promptreg list --collection suport
    there is no collection `suport`: did you mean `support`?
    exit code 1
    $ promptreg list --json nothing-like-that
    []
    exit code 1
    $ promptreg search money --label staging
    no prompt has the label `staging`
    exit code 1
    $ promptreg search money --status archived
    old@1.0.0
        Greet the customer, whose money is welcome.
    exit code 0
    ");
}

#[test]
fn a_word_that_begins_with_a_dash_is_left_out_of_a_search() {
    let said = say(
        &registry(),
        &[&["search", "money", "-briskly", "--all-versions"], &["search", "-money"], &["search", "money", "--brisk"]],
    );
    insta::assert_snapshot!(said, @"
    $ promptreg search money -briskly --all-versions
    refund  Refund a customer
        Say when the money is back.
    exit code 0
    $ promptreg search -money
    nothing is found: fewer words find more, and --all-versions looks further
    exit code 1
    $ promptreg search money --brisk
    error: unexpected argument '--brisk' found

      tip: to pass '--brisk' as a value, use '-- --brisk'

    Usage: promptreg search <TEXT>...

    For more information, try '--help'.
    exit code 2
    ");
}

#[test]
fn what_cannot_be_is_refused_with_what_to_do() {
    let registry = registry();
    let said = say(
        &registry,
        &[
            &["log", "--limit", "0"],
            &["log", "refund", "--label", "staging"],
            &["show", "refund", "--at", "2999-01-01"],
            &["lint", "--base", "HEAD~1"],
            &["init"],
            &["serve", "--listen", "nowhere"],
            &["list", "--registry", "file:///nowhere"],
            &["list", "--registry", "file:///nowhere", "--allow-protocol", "file", "--data", "data"],
            &["sync", "--accept-rewrite", "abc", "1234"],
        ],
    );
    insta::assert_snapshot!(said, @r#"
    $ promptreg log --limit 0
    error: invalid value '0' for '--limit <N>': 0 is not in 1..=4294967295

    For more information, try '--help'.
    exit code 2
    $ promptreg log refund --label staging
    no version was ever handed out as `staging`
    exit code 1
    $ promptreg show refund --at 2999-01-01
    error: at: 2999-01-01T23:59:59Z is still to come: what is served then is not known
    exit code 2
    $ promptreg lint --base HEAD~1
    error: "HEAD~1" is no name of a branch, tag or commit: it has one of : ^ ~ \ ? * [ or a blank in it
      Git's operators are not understood: give the commit's id, which `git rev-parse` prints; where it finds none, there is nothing to compare with
    exit code 3
    $ promptreg init
    error: FOLDER is a registry already: name another folder, such as `promptreg init ../acme-prompts`
    exit code 3
    $ promptreg serve --listen nowhere
    error: cannot listen on nowhere: invalid socket address
      name another address with --listen, such as 127.0.0.1:0
    exit code 3
    $ promptreg list --registry file:///nowhere
    error: "file:///nowhere" cannot be followed: file:// has to be allowed: `--allow-protocol file`, or `allow_protocols = ["file"]` in promptreg.toml; a path needs neither
    exit code 3
    $ promptreg list --registry file:///nowhere --allow-protocol file --data data
    error: file:///nowhere cannot be fetched ('/nowhere' does not appear to be a git repository): look whether it is in reach, and whether this machine has credentials for it (an SSH agent, a credential helper, GIT_ASKPASS, or a token in an environment variable)
    exit code 3
    $ promptreg sync --accept-rewrite abc 1234
    error: "abc" is too short for a commit's id: write at least 4 digits of it
    exit code 3
    "#);
    let nowhere = tempfile::tempdir().unwrap();
    insta::assert_snapshot!(promptreg(nowhere.path(), &["serve"]).all(), @"
    error: the folder . is not in a Git repository
      go into the folder of a registry, or name one with --registry; `promptreg init acme-prompts` starts one, and `promptreg demo` shows one
    exit code 2
    ");
    assert_eq!(registry.promptreg(&["show", "refund", "--at", &jiff_today()]).code, 0);
}

/// Today, as people write it.
fn jiff_today() -> String {
    jiff::Zoned::now().date().to_string()
}

#[test]
fn the_log_of_a_registry_folds_what_one_commit_did_to_much_of_it() {
    let registry = registry();
    for number in 0..12 {
        registry.prompt(&format!("more-{number}"), "labels: {production: 1.0.0}\n", &[("1.0.0", "More.")]);
    }
    registry.commit("Many");
    registry.prompt("one", "", &[("1.0.0", "One.")]);
    registry.commit("One");
    let tidy = |text: String| {
        text.lines()
            .map(|line| line.split_once("  ").map_or(line, |(_, rest)| rest).to_owned() + "\n")
            .collect::<String>()
    };
    let said = registry.promptreg(&["log"]);
    insta::assert_snapshot!(tidy(said.stdout), @"
    86a0e93de  ana  prompt one: 1.0.0 arrived (1st version): Made for a test.
    86a0e93de  ana  prompt one: added
    474d2cf67  ana  36 changes: 12 prompts
    c5ffd7084  ana  13 changes: 1 client, 2 prompts, registry, tags, 3 users
    ");
    let said = registry.promptreg(&["log", "--limit", "20"]);
    insta::assert_snapshot!(tidy(said.stdout), @"
    86a0e93de  ana  prompt one: 1.0.0 arrived (1st version): Made for a test.
    86a0e93de  ana  prompt one: added
    474d2cf67  ana  18 or more changes: 6 prompts
    ");
}

#[test]
fn a_port_alone_is_one_of_this_machine() {
    let registry = registry();
    let mut command = crate::harness::binary(&registry.path());
    let server = crate::harness::Server::run(command.args(["serve", "--listen", "0"]));
    assert!(server.address.starts_with("127.0.0.1:"), "{}", server.address);
}

#[test]
fn a_remote_is_read_by_every_verb_that_reads() {
    let registry = registry();
    let url = format!("file://{}", registry.path().display());
    let folder = tempfile::tempdir().unwrap();
    for verb in [
        &["list"][..],
        &["show", "refund"],
        &["render", "refund"],
        &["search", "money"],
        &["log"],
        &["blame", "refund"],
        &["diff", "refund", "1.0.0", "1.1.0"],
        &["verify"],
    ] {
        let flags = ["--registry", &url, "--allow-protocol", "file", "--data", "data"];
        let said = promptreg(folder.path(), &[verb, &flags].concat());
        assert_eq!(said.code, 0, "{verb:?}: {said:?}");
    }
}
