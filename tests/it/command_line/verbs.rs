//! Reading, judging and writing files from the command line.

use crate::harness::{Registry, promptreg};
use serde_json::json;
use std::fs;

fn registry() -> Registry {
    let registry = Registry::new();
    registry.prompt(
        "support/greet",
        "display_name: Greet a customer\ntags: [internal]\nlabels: {production: 1.0.0}\ndeprecated: {1.0.0: too short}\n",
        &[("1.0.0", "Hi."), ("1.1.0", "Hello, {{name}}.")],
    );
    registry.file(
        "prompts/support/greet/1.1.0.yaml",
        "messages:\n  - role: user\n    content: |\n      Hello, {{name}}. You are {{age}}.\n  - placeholder: history\ninput_schema:\n  type: object\n  \
         required: [name]\n  properties:\n    name: {type: string, description: Who it is.}\n    age: {type: integer, description: How old., default: 7}\nnotes: Longer.\n",
    );
    registry.prompt("bare", "", &[("1.0.0", "No label.")]);
    registry.commit("Start");
    registry
}

#[test]
fn prompts_are_listed_from_what_is_approved_a_branch_or_the_folder() {
    let registry = registry();
    registry.git(&["switch", "--quiet", "-c", "proposal"]);
    registry.prompt("proposed", "labels: {production: 1.0.0}\n", &[("1.0.0", "Soon.")]);
    registry.commit("Propose");
    registry.git(&["switch", "--quiet", "main"]);
    registry.prompt("lying", "labels: {production: 1.0.0}\n", &[("1.0.0", "Here.")]);
    let said: Vec<String> = [
        &["list"][..],
        &["list", "--ref", "proposal"],
        &["list", "--work-tree"],
        &["list", "--tag", "internal"],
        &["list", "nothing-like-that"],
    ]
    .iter()
    .map(|args| format!("$ promptreg {}\n{}", args.join(" "), registry.promptreg(args).all()))
    .collect();
    insta::assert_snapshot!(said.join("\n"), @"
    $ promptreg list
    bare           (1.0.0)           Says something.
    support/greet  production 1.0.0  Greet a customer
    exit code 0
    $ promptreg list --ref proposal
    bare           (1.0.0)           Says something.
    proposed       production 1.0.0  Says something.
    support/greet  production 1.0.0  Greet a customer
    exit code 0
    $ promptreg list --work-tree
    bare           (1.0.0)           Says something.
    lying          production 1.0.0  Says something.
    support/greet  production 1.0.0  Greet a customer
    exit code 0
    $ promptreg list --tag internal
    support/greet  production 1.0.0  Greet a customer
    exit code 0
    $ promptreg list nothing-like-that
    no prompt fits: --work-tree lists the files as they lie, --ref those of a branch
    exit code 1
    ");
    let json = registry.promptreg(&["list", "--json"]).json();
    assert_eq!(json[1]["name"], "greet");
    // The same from a folder below, and with the registry named.
    let below = registry.path().join("prompts/support");
    assert_eq!(promptreg(&below, &["list"]).stdout, registry.promptreg(&["list"]).stdout);
    let path = registry.path();
    let elsewhere = tempfile::tempdir().unwrap();
    assert_eq!(
        promptreg(elsewhere.path(), &["list", "--registry", path.to_str().unwrap()]).stdout,
        registry.promptreg(&["list"]).stdout
    );
}

#[test]
fn a_version_is_shown_and_as_json_it_is_what_a_fetch_answers() {
    let registry = registry();
    let shown =
        [registry.promptreg(&["show", "greet"]).all(), registry.promptreg(&["show", "greet@^1"]).all()].join("\n");
    let shown: String =
        shown.lines().filter(|line| !line.starts_with("digest")).map(|line| format!("{line}\n")).collect();
    insta::assert_snapshot!(shown, @"
    greet@1.0.0  Greet a customer
    status    deprecated
    notice    too short
    label     production
    owner     ana
    written   by ana at 2026-01-01T00:01:00Z
    approved  by ana at 2026-01-01T00:01:00Z

    ── user
    Hi.
    exit code 0
    greet@1.1.0  Greet a customer
    status    approved
    owner     ana
    written   by ana at 2026-01-01T00:01:00Z
    approved  by ana at 2026-01-01T00:01:00Z
    variable  name (string, required)
    variable  age (integer, optional)

    ── user
    Hello, {{name}}. You are {{age}}.

    ── history: the caller's own messages
    exit code 0
    ");
    let server = registry.serve(&[]);
    for (selector, query) in [
        ("greet", ""),
        ("greet:production", "?label=production"),
        ("greet@1.1.0", "?version=1.1.0"),
        ("greet@^1", "?version=%5E1"),
    ] {
        let shown = registry.promptreg(&["show", selector, "--json"]).json();
        assert_eq!(shown, server.get(&format!("/v1/prompts/greet{query}")).json(), "{selector}");
    }
    registry.version("support/greet", "1.2.0", "Draft.");
    let draft = registry.promptreg(&["show", "greet@1.2.0", "--work-tree", "--json"]).json();
    assert_eq!(draft["status"], "draft");
    assert_eq!(registry.promptreg(&["show", "greet@1.1.0", "--work-tree", "--json"]).json()["status"], "approved");
}

#[test]
fn a_version_is_rendered_with_values_from_the_command_line_and_from_files() {
    let registry = registry();
    registry.file("name.txt", "Eve {{age}}").file("input.json", "{\"name\": \"Ida\", \"age\": 9}");
    let said: Vec<String> = [
        &["render", "greet@1.1.0", "--input", "name=Ana"][..],
        &["render", "greet@1.1.0", "--input", "name=@name.txt", "--input", "age=8"],
        &["render", "greet@1.1.0", "--input-file", "input.json", "--input", "name=7"],
        &["render", "greet@1.1.0"],
        &["render", "greet@1.1.0", "--input", "name=Ana", "--input", "age=old"],
        &["render", "greet"],
    ]
    .iter()
    .map(|args| format!("$ promptreg {}\n{}", args.join(" "), registry.promptreg(args).all()))
    .collect();
    insta::assert_snapshot!(said.join("\n"), @"
    $ promptreg render greet@1.1.0 --input name=Ana
    ── user
    Hello, Ana. You are 7.
    exit code 0
    $ promptreg render greet@1.1.0 --input name=@name.txt --input age=8
    ── user
    Hello, Eve {{age}}. You are 8.
    exit code 0
    $ promptreg render greet@1.1.0 --input-file input.json --input name=7
    ── user
    Hello, 7. You are 9.
    exit code 0
    $ promptreg render greet@1.1.0
    error: the input does not fit the input_schema of this version
      at the top: missing key `name`
    exit code 3
    $ promptreg render greet@1.1.0 --input name=Ana --input age=old
    error: the input does not fit the input_schema of this version
      /age: expected a whole number, found text
    exit code 3
    $ promptreg render greet
    ── user
    Hi.
    exit code 0
    ");
    let server = registry.serve(&[]);
    let input = json!({"input": {"name": "Ana"}});
    assert_eq!(
        registry.promptreg(&["render", "greet@1.1.0", "--input", "name=Ana", "--json"]).json(),
        server.post("/v1/prompts/greet/render?version=1.1.0", &input).json()
    );
}

#[test]
fn lint_ends_with_1_where_there_is_an_error_and_prints_every_format() {
    let registry = registry();
    assert_eq!(registry.promptreg(&["lint"]).code, 0);
    registry.file("prompts/support/greet/1.2.0.yaml", "content: Hi.\nmesages: []\nnotes: x\n");
    insta::assert_snapshot!(registry.promptreg(&["lint"]).all(), @"
    error[shape]: unknown key `mesages`
     --> prompts/support/greet/1.2.0.yaml:2:1
      |
    2 | mesages: []
      | ^^^^^^^
      |
      = help: did you mean `messages`?
      = fix: write `messages` (`promptreg lint --fix`)

    warning[label-to-deprecated]: the label `production` hands out 1.0.0, which is deprecated: too short
     --> prompts/support/greet/prompt.yaml:5:22
      |
    5 | labels: {production: 1.0.0}
      |                      ^^^^^
      |
      = help: move it to another version
    note: deprecated here
     --> prompts/support/greet/prompt.yaml:6:14
      |
    6 | deprecated: {1.0.0: too short}
      |              -----

    1 error, 1 warning in 2 files
    exit code 1
    ");
    insta::assert_snapshot!(registry.promptreg(&["lint", "--format", "json"]).all(), @r#"
    {"version":1,"rule":"shape","severity":"error","message":"unknown key `mesages`","path":"prompts/support/greet/1.2.0.yaml","line":2,"column":1,"end_line":2,"end_column":8,"help":"did you mean `messages`?","fix":{"title":"write `messages`","edits":[{"start":13,"end":20,"text":"messages"}]}}
    {"version":1,"rule":"label-to-deprecated","severity":"warn","message":"the label `production` hands out 1.0.0, which is deprecated: too short","path":"prompts/support/greet/prompt.yaml","line":5,"column":22,"end_line":5,"end_column":27,"help":"move it to another version"}
    exit code 1
    "#);
    insta::assert_snapshot!(registry.promptreg(&["lint", "--format", "github"]).all(), @"
    ::error file=prompts/support/greet/1.2.0.yaml,line=2,endLine=2,col=1,endColumn=7,title=shape::unknown key `mesages`%0Ahelp: did you mean `messages`?%0Afix: write `messages` (`promptreg lint --fix`)
    ::warning file=prompts/support/greet/prompt.yaml,line=5,endLine=5,col=22,endColumn=26,title=label-to-deprecated::the label `production` hands out 1.0.0, which is deprecated: too short%0Ahelp: move it to another version
    exit code 1
    ");
    let sarif = registry.promptreg(&["lint", "--format", "sarif"]);
    assert_eq!((sarif.code, &sarif.json()["version"]), (1, &json!("2.1.0")));
    // What is asked for in one folder is told of that folder.
    assert_eq!(registry.promptreg(&["lint", "prompts/bare"]).code, 0);
    assert_eq!(registry.promptreg(&["lint", "prompts/support"]).code, 1);
    assert_eq!(promptreg(&registry.path().join("prompts"), &["lint", "support/greet/1.2.0.yaml"]).code, 1);
    let explained = registry.promptreg(&["lint", "--explain", "unpinned-partial"]);
    assert!(explained.code == 0 && explained.stdout.contains("unpinned-partial"), "{explained:?}");
}

#[test]
fn fmt_changes_white_space_alone_and_changes_it_once() {
    let registry = registry();
    let path = "prompts/support/greet/1.2.0.yaml";
    let text = "# why it is so\r\nmessages:\r\n- role:   user   # who\r\n  content: |\r\n    Two blanks at the end  \r\n\r\n    and a gap.\r\n\r\n\r\n\r\nnotes:    \"x\"   \r\n";
    registry.file(path, text);
    let before = registry.promptreg(&["show", "greet@1.2.0", "--work-tree", "--json"]).json();
    let check = registry.promptreg(&["fmt", "--check"]);
    assert_eq!((check.code, &*check.stdout), (1, "would format prompts/support/greet/1.2.0.yaml\n"));
    let read = || fs::read_to_string(registry.path().join(path)).unwrap();
    assert_eq!(read(), text);
    insta::assert_snapshot!(registry.promptreg(&["fmt"]).all(), @"
    formatted prompts/support/greet/1.2.0.yaml
    exit code 0
    ");
    insta::assert_snapshot!(format!("{:?}", read()), @r##""# why it is so\nmessages:\n  - role: user   # who\n    content: |\n      Two blanks at the end  \n\n      and a gap.\n\nnotes: \"x\"\n""##);
    assert_eq!(registry.promptreg(&["fmt", "--check"]).all(), "exit code 0");
    assert_eq!(registry.promptreg(&["fmt"]).all(), "exit code 0");
    let after = registry.promptreg(&["show", "greet@1.2.0", "--work-tree", "--json"]).json();
    assert_eq!((&after["messages"], &after["digest"]), (&before["messages"], &before["digest"]));
    // A file that is no YAML is left as it is, and named.
    registry.file(path, "content: [\n\n\n   x").file("prompts/support/greet/1.3.0.yaml", "notes:   x\n");
    insta::assert_snapshot!(registry.promptreg(&["fmt"]).all(), @"
    formatted prompts/support/greet/1.3.0.yaml
    not formatted: prompts/support/greet/1.2.0.yaml does not parse; `promptreg lint` says where
    exit code 1
    ");
    assert_eq!(read(), "content: [\n\n\n   x");
    let json = registry.promptreg(&["fmt", "--check", "--json"]);
    assert_eq!((json.code, json.json()), (1, json!({"would_format": [], "does_not_parse": [path]})));
}

#[test]
fn every_file_that_is_written_begins_with_the_line_of_its_schema_and_is_canonical() {
    let registry = Registry::new();
    promptreg(&registry.path(), &["init", "made"]);
    let made = registry.path().join("made");
    for (kind, name) in [
        ("prompt", "support/answer"),
        ("collection", "sales"),
        ("workflow", "answer"),
        ("model", "quick"),
        ("hook", "chat"),
        ("client", "desk"),
        ("user", "dora"),
        ("role", "reader"),
        ("policy", "no-passwords"),
    ] {
        assert_eq!(promptreg(&made, &["new", kind, name]).code, 0, "{kind}");
    }
    let bare = made.join("prompts/support/answer/0.1.0.yaml");
    let text = fs::read_to_string(&bare).unwrap();
    fs::write(&bare, text.split_once('\n').unwrap().1).unwrap();
    assert_eq!(promptreg(&made, &["bump", "answer"]).code, 0);
    assert_eq!(
        fs::read_to_string(made.join("prompts/support/answer/0.1.1.yaml")).unwrap(),
        text.replace("notes: First draft.\n", "")
    );
    fs::write(&bare, text).unwrap();
    assert_eq!(promptreg(&made, &["bump", "answer", "--minor"]).code, 0);
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/corpus");
    for format in ["text", "dotprompt", "prompty", "github-models"] {
        let imported = promptreg(&made, &["import", format, corpus, "--collection", format, "--label", "production"]);
        assert_eq!(imported.code, 0, "{imported:?}");
    }
    assert_eq!(promptreg(&made, &["fmt", "--check"]).all(), "exit code 0");
    let mut count = 0;
    for path in crate::harness::files_in(&made) {
        let relative = path.strip_prefix(&made).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        if !relative.starts_with(".promptreg")
            && matches!(promptreg::domain::locate(relative.to_str().unwrap()), Ok(Some(_)))
        {
            count += 1;
            let line =
                if relative.ends_with("registry.toml") { "#:schema " } else { "# yaml-language-server: $schema=" };
            let schema = text.lines().next().unwrap().strip_prefix(line);
            assert!(
                path.parent().unwrap().join(schema.unwrap_or_else(|| panic!("{path:?}: {text}"))).is_file(),
                "{path:?}"
            );
        }
    }
    assert!(count > 50, "{count}");
}

#[test]
fn every_new_file_is_right_once_it_is_filled_in() {
    let folder = tempfile::tempdir().unwrap();
    promptreg(folder.path(), &["init", ".", "--name", "acme"]);
    let mut said = Vec::new();
    for (kind, name) in [
        ("prompt", "support/answer-question"),
        ("prompt", "alone"),
        ("prompt", "404"),
        ("prompt", "null"),
        ("collection", "sales"),
        ("workflow", "answer"),
        ("model", "quick"),
        ("hook", "chat"),
        ("client", "desk"),
        ("user", "dora"),
        ("role", "reader"),
        ("policy", "no-passwords"),
    ] {
        let made = promptreg(folder.path(), &["new", kind, name]);
        assert_eq!(made.code, 0, "{kind}: {made:?}");
        said.extend(made.stdout.lines().filter_map(|line| line.strip_prefix("wrote ")).map(str::to_owned));
        assert_eq!(promptreg(folder.path(), &["new", kind, name]).code, 3, "{kind}");
    }
    let taken = promptreg(folder.path(), &["new", "prompt", "sales/summarize-ticket"]);
    insta::assert_snapshot!(taken.all(), @"
    error: prompts/support/summarize-ticket/prompt.yaml has this name already: edit it, or name another
    exit code 3
    ");
    insta::assert_snapshot!(said.join("\n"), @"
    prompts/support/answer-question/prompt.yaml
    prompts/support/answer-question/0.1.0.yaml
    prompts/alone/prompt.yaml
    prompts/alone/0.1.0.yaml
    prompts/404/prompt.yaml
    prompts/404/0.1.0.yaml
    prompts/null/prompt.yaml
    prompts/null/0.1.0.yaml
    prompts/sales/collection.yaml
    workflows/answer.yaml
    models/quick.yaml
    hooks/chat.yaml
    clients/desk.yaml
    users/dora.yaml
    roles/reader.yaml
    policies/no-passwords.yaml
    ");
    assert_eq!(promptreg(folder.path(), &["fmt", "--check"]).all(), "exit code 0");
    let fresh = promptreg(folder.path(), &["lint", "--format", "json"]);
    let rules: Vec<_> = fresh
        .stdout
        .lines()
        .map(|line| {
            let found: serde_json::Value = serde_json::from_str(line).unwrap();
            format!(
                "{} {} {}: {}",
                found["severity"].as_str().unwrap(),
                found["rule"].as_str().unwrap(),
                found["path"].as_str().unwrap(),
                found["message"].as_str().unwrap()
            )
        })
        .collect();
    insta::assert_snapshot!(rules.join("\n"), @"
    warn placeholder-text clients/desk.yaml: this description only holds a place
    warn placeholder-text hooks/chat.yaml: this URL only holds a place
    warn placeholder-text policies/no-passwords.yaml: this description only holds a place
    warn placeholder-text prompts/404/prompt.yaml: this description only holds a place
    warn placeholder-text prompts/alone/prompt.yaml: this description only holds a place
    warn placeholder-text prompts/null/prompt.yaml: this description only holds a place
    warn placeholder-text prompts/sales/collection.yaml: this description only holds a place
    warn placeholder-text prompts/support/answer-question/prompt.yaml: this description only holds a place
    warn placeholder-text roles/reader.yaml: this description only holds a place
    warn placeholder-text users/dora.yaml: this address is nobody's
    ");
    for path in &said {
        let path = folder.path().join(path);
        let text = fs::read_to_string(&path).unwrap();
        let filled = text.lines().map(|line| match line.split_once(": ") {
            Some(("description", _)) => "description: What the people of the desk need.".to_owned(),
            Some((key @ ("email" | "target_url"), held)) => format!("{key}: {}", held.replace(".com", ".org")),
            _ => line.to_owned(),
        });
        fs::write(&path, filled.collect::<Vec<_>>().join("\n") + "\n").unwrap();
    }
    let filled = promptreg(folder.path(), &["lint"]);
    assert_eq!(filled.all(), "no errors, no warnings\nexit code 0");
}

#[test]
fn bump_copies_the_newest_version_to_the_next_number() {
    let registry = registry();
    let said: Vec<String> = [
        &["bump", "greet"][..],
        &["bump", "greet", "--minor"],
        &["bump", "greet", "--major"],
        &["bump", "greet", "--patch"],
    ]
    .iter()
    .map(|args| registry.promptreg(args).all())
    .collect();
    insta::assert_snapshot!(said.join("\n"), @"
    wrote prompts/support/greet/1.1.1.yaml: edit it, say in `notes` what changes, and point a label at it when it is approved
    exit code 0
    wrote prompts/support/greet/1.2.0.yaml: edit it, say in `notes` what changes, and point a label at it when it is approved
    exit code 0
    wrote prompts/support/greet/2.0.0.yaml: edit it, say in `notes` what changes, and point a label at it when it is approved
    exit code 0
    wrote prompts/support/greet/2.0.1.yaml: edit it, say in `notes` what changes, and point a label at it when it is approved
    exit code 0
    ");
    let read = |number: &str| {
        fs::read_to_string(registry.path().join(format!("prompts/support/greet/{number}.yaml"))).unwrap()
    };
    // Editors find the schema of a copy though the original did not name it.
    let line = "# yaml-language-server: $schema=../../../.promptreg/schemas/version.json\n";
    // What was said of the original is not true of the copy.
    assert_eq!(read("2.0.1"), format!("{line}{}", read("1.1.0").replace("notes: Longer.\n", "")));
    assert_eq!(registry.promptreg(&["lint"]).code, 0);
}

#[test]
fn sync_says_what_is_served_and_what_is_held_back() {
    let registry = registry();
    let commit = registry.head().to_string();
    let sync = |registry: &Registry, args: &[&str]| registry.promptreg(&[&["sync"], args].concat());
    insta::assert_snapshot!(sync(&registry, &[]).all().replace(&commit[..12], "COMMIT"), @"
    main at COMMIT serves 2 prompts in 3 versions
    exit code 0
    ");
    registry.file("prompts/bare/prompt.yaml", "description: [\n").version("support/greet", "1.0.0", "Changed.");
    let broken = registry.land("Break it");
    insta::assert_snapshot!(sync(&registry, &[]).all().replace(&broken[..12], "BROKEN").replace(&commit[..12], "COMMIT"), @"
    main at BROKEN serves 2 prompts in 3 versions
    held back: prompts/bare/prompt.yaml (what COMMIT brought is served instead)
      prompts/bare/prompt.yaml:1:14: this is not YAML: unclosed bracket '['
    held back: prompts/support/greet/1.0.0.yaml (what COMMIT brought is served instead)
      prompts/support/greet/1.0.0.yaml: this version was changed after it reached the default branch; its approved content is still served
    exit code 1
    ");
    let json = sync(&registry, &["--json"]);
    assert_eq!(
        (json.code, &json.json()["commit"], json.json()["quarantined"].as_array().unwrap().len()),
        (1, &json!(broken), 2)
    );
    let server = registry.serve(&[]);
    let but_for_the_time = |mut said: serde_json::Value| {
        for key in ["looked_at", "age_seconds", "database"] {
            assert!(said.as_object_mut().unwrap().shift_remove(key).is_some(), "{key}");
        }
        said
    };
    assert_eq!(but_for_the_time(server.get("/v1/status").json()), but_for_the_time(json.json()));
}

#[test]
fn the_doctor_finds_what_is_wrong() {
    let registry = registry();
    let doctor = |registry: &Registry| {
        let said = registry.promptreg(&["doctor"]);
        let text = said.all().replace(registry.path().to_str().unwrap(), "REGISTRY");
        text.split_once('\n').unwrap().1.to_owned()
    };
    insta::assert_snapshot!(doctor(&registry), @"
    ok    files: 10 files, nothing wrong in REGISTRY
    ok    branch: `main` serves 3 versions, nothing is held back
    exit code 0
    ");
    registry.file("prompts/bare/prompt.yaml", "description: [\n");
    registry.commit("Break it");
    insta::assert_snapshot!(doctor(&registry), @"
    trouble files: errors in REGISTRY (as many as 1): `promptreg lint` shows them
    trouble branch: `main` has files that are held back (1): `promptreg sync` shows why
    exit code 1
    ");
}

#[test]
fn schemas_of_another_version_are_named_by_the_doctor_and_written_anew_by_init() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap().join("acme");
    assert_eq!(promptreg(folder.path(), &["init", "acme"]).code, 0);
    let doctor = || promptreg(&root, &["doctor"]).stdout.lines().last().unwrap().to_owned();
    assert_eq!(doctor(), "ok    schemas: editors are told what this version knows");
    std::fs::write(root.join(".promptreg/schemas/version.json"), "{}").unwrap();
    std::fs::remove_file(root.join(".promptreg/schemas/hook.json")).unwrap();
    insta::assert_snapshot!(doctor(), @"trouble schemas: editors are told what another version knows: `promptreg init --schemas` writes .promptreg/schemas/version.json, .promptreg/schemas/hook.json anew");
    let below = root.join("prompts");
    insta::assert_snapshot!(promptreg(&below, &["init", "--schemas"]).all(), @"
    wrote .promptreg/schemas/version.json
    wrote .promptreg/schemas/hook.json
    exit code 0
    ");
    assert_eq!(doctor(), "ok    schemas: editors are told what this version knows");
    insta::assert_snapshot!(promptreg(&below, &["init", "--schemas"]).all(), @"
    the schemas are those of this version already
    exit code 0
    ");
    assert_eq!(promptreg(folder.path(), &["init", "--schemas"]).code, 2);
    // A registry that keeps no schemas has told its editors something else, and that is its own affair.
    std::fs::remove_dir_all(root.join(".promptreg/schemas")).unwrap();
    assert!(doctor().contains(" branch: "), "{}", doctor());
}
