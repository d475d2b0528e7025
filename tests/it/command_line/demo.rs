//! `init` and `demo`: what a newcomer types first.

use crate::harness::{Output, Server, binary, files_in, promptreg};
use promptreg::app::TEMPLATE_FILES;
use std::{fs, path::Path, process::Command};

fn git(folder: &Path, args: &[&str]) -> String {
    let output = Command::new("git").current_dir(folder).args(args).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_binary_holds_the_files_of_the_template() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("registry-template");
    let on_disk: Vec<_> = files_in(&root)
        .into_iter()
        .map(|path| (path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap()))
        .collect();
    let mut held: Vec<_> = TEMPLATE_FILES.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec())).collect();
    held.sort();
    let mut on_disk = on_disk;
    on_disk.sort();
    let paths = |files: &[(String, Vec<u8>)]| files.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>();
    assert_eq!(paths(&held), paths(&on_disk));
    assert!(held == on_disk, "the bytes differ");
}

#[test]
fn a_new_registry_is_committed_clean_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let made = promptreg(folder.path(), &["init", "acme-prompts"]);
    insta::assert_snapshot!(made.all(), @"
    made the registry acme-prompts in acme-prompts and committed it; next:

      cd acme-prompts && promptreg lint && promptreg list && promptreg serve
    exit code 0
    ");
    let registry = folder.path().join("acme-prompts");
    assert_eq!(git(&registry, &["status", "--porcelain", "--ignored"]), "");
    assert_eq!(git(&registry, &["log", "--format=%s"]), "Start the prompt registry acme-prompts\n");
    assert_eq!(git(&registry, &["branch", "--show-current"]), "main\n");
    insta::assert_snapshot!(promptreg(&registry, &["lint"]).all(), @"
    no errors, no warnings
    exit code 0
    ");
    insta::assert_snapshot!(promptreg(&registry, &["list"]).all(), @"
    house-tone                             production 1.1.0                 House tone
    marketing/newsletter/newsletter-intro  production 1.0.0                 Open the newsletter
    marketing/product-description          production 1.1.0                 Describe a product
    marketing/release-notes                production 1.0.0                 Write release notes
    support/classify-ticket                production 1.0.0                 Find the team for a ticket
    support/draft-reply                    production 1.0.0, staging 1.1.0  Draft a reply to a customer
    support/summarize-ticket               production 1.1.0, staging 1.2.0  Summarize a support ticket
    exit code 0
    ");
    assert_eq!(promptreg(&registry, &["fmt", "--check"]).all(), "exit code 0");
    let sync = promptreg(&registry, &["sync"]);
    assert!(sync.code == 0 && sync.stdout.starts_with("main at "), "{sync:?}");
    let text = fs::read_to_string(registry.join("registry.toml")).unwrap();
    assert!(text.contains("name = \"acme-prompts\"") && !text.contains("00000000-0000"), "{text}");
    // The schemas that its files name are there.
    for path in files_in(&registry).iter().filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
    {
        let text = fs::read_to_string(path).unwrap();
        if let Some(schema) = text.lines().next().and_then(|line| line.strip_prefix("# yaml-language-server: $schema="))
        {
            assert!(path.parent().unwrap().join(schema).is_file(), "{path:?}: {schema}");
        }
    }

    let again = promptreg(folder.path(), &["init", "acme-prompts"]);
    assert_eq!(again.code, 3);
    assert!(again.stderr.contains("is a registry already"), "{again:?}");
    assert_eq!(git(&registry, &["log", "--format=%s"]).lines().count(), 1);
    let other = promptreg(folder.path(), &["init", "Other Prompts!", "--name", "other"]);
    assert_eq!(other.code, 0, "{other:?}");
}

#[test]
fn a_registry_is_started_in_a_repository_that_is_there_already() {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "--quiet", "--initial-branch=trunk"]);
    fs::write(folder.path().join("notes.txt"), "mine").unwrap();
    let made = promptreg(folder.path(), &["init", ".", "--name", "acme"]);
    assert_eq!(made.code, 0, "{made:?}");
    assert_eq!(git(folder.path(), &["status", "--porcelain"]), "?? notes.txt\n");
    assert_eq!(promptreg(folder.path(), &["list"]).code, 0);
    assert_eq!(promptreg(folder.path(), &["doctor"]).code, 0);
}

fn demo(folder: &Path, args: &[&str]) -> (Server, Vec<String>) {
    let mut server = Server::run(binary(folder).args(["demo", "--listen", "127.0.0.1:0"]).args(args));
    let mut said = server.said.clone();
    while !said.contains("stop with Ctrl-C") {
        said += &server.line();
    }
    let commands =
        said.lines().filter_map(|line| line.strip_prefix("  curl ")).map(|rest| format!("curl {rest}")).collect();
    server.said = said;
    (server, commands)
}

#[test]
fn the_demo_serves_and_every_command_that_it_prints_works() {
    let folder = tempfile::tempdir().unwrap();
    let (server, commands) = demo(folder.path(), &[]);
    insta::assert_snapshot!(server.said.replace(&server.address, "ADDRESS"), @r#"
    made a registry of 7 prompts in 12 versions in promptreg-demo
    listening on http://ADDRESS

    try, in another terminal:

      # the approved version of a prompt, as programs fetch it
      curl http://ADDRESS/v1/prompts/summarize-ticket

      # the same, with an input put in
      curl http://ADDRESS/v1/prompts/summarize-ticket/render -H 'content-type: application/json' -d '{"input": {"ticket": "Where is my parcel?"}}'

      # a draft that nobody has approved yet; without ?ref= it is not there
      curl 'http://ADDRESS/v1/prompts/draft-reply?version=1.2.0&ref=proposal/warmer-reply'

      # a version that waits for an approval; Cleo gives it, and brings it in
      promptreg proposals proposal/shorter-summary --registry promptreg-demo
      promptreg approve proposal/shorter-summary --registry promptreg-demo --key promptreg-demo/.git/promptreg-demo-cleo
      promptreg merge proposal/shorter-summary --registry promptreg-demo --key promptreg-demo/.git/promptreg-demo-cleo

    change what is served: in promptreg-demo/prompts/support/summarize-ticket/prompt.yaml point `production` at 1.2.0, commit it,
    and fetch again. A version itself never changes: `promptreg bump` makes the next one.
    stop with Ctrl-C.
    "#);
    assert_eq!(commands.len(), 3);
    let words: Vec<&str> = server.said.lines().filter_map(|line| line.strip_prefix("  promptreg ")).collect();
    assert_eq!(words.len(), 3);
    let answers: Vec<serde_json::Value> = commands
        .iter()
        .map(|command| {
            let script = command.replace("curl ", "curl --silent --show-error --fail ");
            let output = Command::new("sh").args(["-c", &script]).output().unwrap();
            assert!(output.status.success(), "{script}: {output:?}");
            serde_json::from_slice(&output.stdout).unwrap()
        })
        .collect();
    assert_eq!((&answers[0]["name"], &answers[0]["status"]), (&"summarize-ticket".into(), &"approved".into()));
    assert!(answers[1]["messages"].to_string().contains("Where is my parcel?"), "{}", answers[1]);
    assert_eq!((&answers[2]["name"], &answers[2]["status"]), (&"draft-reply".into(), &"draft".into()));
    assert_eq!(server.get("/v1/status").json()["quarantined"], serde_json::json!([]));
    // The draft is nowhere else.
    assert_eq!(server.get("/v1/prompts/draft-reply?version=1.2.0").status, 404);
    assert_eq!(server.get("/v1/prompts/summarize-ticket?version=1.3.0").status, 404);
    for words in words {
        let said = promptreg(folder.path(), &words.split(' ').collect::<Vec<_>>());
        assert_eq!(said.code, 0, "{}", said.all());
    }
    server.until("/v1/prompts/summarize-ticket?version=1.3.0", |reply| reply.status == 200);
    drop(server);
    // A second start finds what the first one made.
    let (server, _) = demo(folder.path(), &[]);
    assert!(server.said.starts_with("found a registry of "), "{}", server.said);
    let (server, _) = demo(folder.path(), &["elsewhere"]);
    assert!(server.said.starts_with("made a registry of "), "{}", server.said);
}

#[test]
fn the_demo_leaves_a_folder_alone_that_is_not_its_own() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("promptreg-demo")).unwrap();
    fs::write(folder.path().join("promptreg-demo/thesis.txt"), "mine").unwrap();
    let said: Output = promptreg(folder.path(), &["demo", "--listen", "127.0.0.1:0"]);
    insta::assert_snapshot!(said.all(), @"
    error: promptreg-demo holds something else: name a folder that is empty or not there yet
    exit code 3
    ");
    assert_eq!(files_in(folder.path()).len(), 1);
}
