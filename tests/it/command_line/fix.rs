//! `lint --fix`: what needs no decision is mended, and nothing else is touched.

use crate::harness::Registry;
use std::fs;

const GREET: &str = "prompts/greet/1.1.0.yaml";

/// A registry with one prompt, `greet`, and its version 1.0.0 on the default branch.
fn registry() -> Registry {
    let registry = Registry::new();
    registry.prompt("greet", "tags: [internal]\nlabels: {production: 1.0.0}\n", &[("1.0.0", "Hi.")]);
    registry.prompt("tone", "labels: {production: 1.0.0}\n", &[("1.0.0", "Be brief.")]);
    registry.commit("Start");
    registry
}

fn read(registry: &Registry, path: &str) -> String {
    fs::read_to_string(registry.path().join(path)).unwrap()
}

#[test]
fn what_is_mechanical_is_mended_and_the_rest_is_printed() {
    let registry = registry();
    registry.file(
        GREET,
        "# why\nmesages:\n  - {role: usser, content: \"{{> tone}} {{> tne}} {{who}}\"}   # promptreg: ignore unknown-tag -- old\nuses: {tone: tone:production}\nmodel: none-like-it\n",
    );
    registry.file("workflows/w.yaml", "owner: anna\nsteps:\n  - {id: a, prompt: grett:production}\n");
    insta::assert_snapshot!(registry.promptreg(&["lint", "--fix"]).all(), @r#"
    fixed[shape] prompts/greet/1.1.0.yaml:2: write `messages`
    fixed[shape] prompts/greet/1.1.0.yaml:3: write `user`
    fixed[unused-ignore] prompts/greet/1.1.0.yaml:3: delete the comment
    fixed[unpinned-partial] prompts/greet/1.1.0.yaml:4: pin `tone@1.0.0`
    fixed[unknown-prompt] workflows/w.yaml:3: write `greet`

    error[unknown-partial]: the partial `tne` is not listed in `uses`
     --> prompts/greet/1.1.0.yaml:3:43
      |
    3 |   - {role: user, content: "{{> tone}} {{> tne}} {{who}}"}
      |                                           ^^^
      |
      = help: did you mean `tone`?

    error[undeclared-variable]: `who` is used here and not declared in `input_schema`
     --> prompts/greet/1.1.0.yaml:3:51
      |
    3 |   - {role: user, content: "{{> tone}} {{> tne}} {{who}}"}
      |                                                   ^^^
      |
      = help: declare it: `input_schema: {properties: {who: {type: string}}}`

    error[unknown-model]: there is no model profile `none-like-it`
     --> prompts/greet/1.1.0.yaml:5:8
      |
    5 | model: none-like-it
      |        ^^^^^^^^^^^^
      |
      = help: add models/none-like-it.yaml to make this one

    error[unknown-owner]: the owner `anna` is no user of this registry
     --> workflows/w.yaml:1:8
      |
    1 | owner: anna
      |        ^^^^
      |
      = help: did you mean `ana`?

    4 errors in 2 files
    exit code 1
    "#);
    insta::assert_snapshot!(read(&registry, GREET), @r#"
    # why
    messages:
      - {role: user, content: "{{> tone}} {{> tne}} {{who}}"}
    uses: {tone: tone@1.0.0}
    model: none-like-it
    "#);
    insta::assert_snapshot!(read(&registry, "workflows/w.yaml"), @"
    owner: anna
    steps:
      - {id: a, prompt: greet:production}
    ");
    let again = registry.promptreg(&["lint", "--fix"]);
    assert!(!again.stdout.lines().any(|line| line.starts_with("fixed[")), "{again:?}");
}

#[test]
fn only_the_files_that_are_named_are_mended() {
    let registry = registry();
    registry.file("workflows/w.yaml", "steps:\n  - {id: a, prompt: grett}\n");
    registry.file("workflows/v.yaml", "steps:\n  - {id: a, prompt: grett}\n");
    insta::assert_snapshot!(registry.promptreg(&["lint", "--fix", "workflows/v.yaml"]).all(), @"
    fixed[unknown-prompt] workflows/v.yaml:2: write `greet`

    no errors, no warnings
    exit code 0
    ");
    assert!(read(&registry, "workflows/w.yaml").contains("grett"));
}

#[test]
fn of_a_change_the_files_that_differ_are_mended() {
    let registry = registry();
    registry.file("workflows/w.yaml", "steps:\n  - {id: a, prompt: grett}\n");
    registry.commit("Broken before");
    registry.git(&["switch", "--quiet", "--create", "proposal"]);
    registry.file("workflows/v.yaml", "steps:\n  - {id: a, prompt: grett}\n");
    insta::assert_snapshot!(registry.promptreg(&["lint", "--fix", "--base", "main"]).all(), @"
    fixed[unknown-prompt] workflows/v.yaml:2: write `greet`

    no errors, no warnings
    exit code 0
    ");
    assert!(read(&registry, "workflows/w.yaml").contains("grett"));
}

#[test]
fn what_an_approved_version_says_is_never_changed() {
    let registry = registry();
    let text = "content: \"{{> tone}}\"   # promptreg: ignore unknown-tag -- old\nuses: {tone: tone:production}\n";
    registry.file(GREET, text).file("prompts/greet/1.2.0.yaml", text);
    registry.git(&["add", GREET]);
    registry.git(&["commit", "--quiet", "--message", "One of two"]);
    // On another branch, and in another collection, it is the same version.
    registry.git(&["switch", "--quiet", "--create", "proposal"]);
    fs::create_dir(registry.path().join("prompts/support")).unwrap();
    fs::rename(registry.path().join("prompts/greet"), registry.path().join("prompts/support/greet")).unwrap();
    insta::assert_snapshot!(registry.promptreg(&["lint", "--fix"]).all(), @"
    fixed[unused-ignore] prompts/support/greet/1.1.0.yaml:1: delete the comment
    fixed[unused-ignore] prompts/support/greet/1.2.0.yaml:1: delete the comment
    fixed[unpinned-partial] prompts/support/greet/1.2.0.yaml:2: pin `tone@1.0.0`
    not fixed[unpinned-partial] prompts/support/greet/1.1.0.yaml:2: pin `tone@1.0.0`: a version on the default branch never changes; `promptreg bump` makes the next one

    error[unpinned-partial]: `tone:production` is not one exact version, so this version could change with it
     --> prompts/support/greet/1.1.0.yaml:2:14
      |
    2 | uses: {tone: tone:production}
      |              ^^^^^^^^^^^^^^^
      |
      = help: write `tone@1.0.0`
      = fix: pin `tone@1.0.0` (`promptreg lint --fix`)

    1 error in 1 file
    exit code 1
    ");
    insta::assert_snapshot!(read(&registry, "prompts/support/greet/1.1.0.yaml"), @r#"
    content: "{{> tone}}"
    uses: {tone: tone:production}
    "#);
    insta::assert_snapshot!(read(&registry, "prompts/support/greet/1.2.0.yaml"), @r#"
    content: "{{> tone}}"
    uses: {tone: tone@1.0.0}
    "#);
}

#[test]
fn a_fix_that_would_bring_something_else_to_light_is_not_made() {
    let registry = registry();
    registry.file(
        GREET,
        "content: \"{{who}} {{what}}\"\ninput_schema:\n  type: object\n  required: [who]\n  properties:\n    who: {type: string}\ntests:\n  - {name: a, input: {who: x}, render_contains: [x]}\n",
    );
    let text = read(&registry, GREET);
    insta::assert_snapshot!(registry.promptreg(&["lint", "--fix"]).all(), @r#"
    not fixed[undeclared-variable] prompts/greet/1.1.0.yaml:1: declare `what` as a text that is required: something else would be found there then

    error[undeclared-variable]: `what` is used here and not declared in `input_schema`
     --> prompts/greet/1.1.0.yaml:1:21
      |
    1 | content: "{{who}} {{what}}"
      |                     ^^^^
      |
      = help: there is `who`; declare it: `input_schema: {properties: {what: {type: string}}}`
      = fix: declare `what` as a text that is required (`promptreg lint --fix`)

    error[test-fails]: the test `a` cannot be rendered: message 1, byte 10: `what` has no value
     --> prompts/greet/1.1.0.yaml:8:12
      |
    8 |   - {name: a, input: {who: x}, render_contains: [x]}
      |            ^

    2 errors in 1 file
    exit code 1
    "#);
    assert_eq!(read(&registry, GREET), text);
}

#[test]
fn programs_read_fixes_beside_findings_and_findings_alone() {
    let registry = registry();
    registry.file("workflows/w.yaml", "steps:\n  - {id: a, prompt: \"gret@1.0.0\"}\n");
    let json = registry.promptreg(&["lint", "--format", "json"]);
    insta::assert_snapshot!(json.stdout, @r#"{"version":1,"rule":"unknown-prompt","severity":"error","message":"there is no prompt `gret`","path":"workflows/w.yaml","line":2,"column":21,"end_line":2,"end_column":33,"help":"did you mean `greet`?","fix":{"title":"write `greet`","edits":[{"start":28,"end":32,"text":"greet"}]}}"#);
    insta::assert_snapshot!(registry.promptreg(&["lint", "--format", "github"]).stdout, @"::error file=workflows/w.yaml,line=2,endLine=2,col=21,endColumn=32,title=unknown-prompt::there is no prompt `gret`%0Ahelp: did you mean `greet`?%0Afix: write `greet` (`promptreg lint --fix`)");
    let sarif = registry.promptreg(&["lint", "--format", "sarif"]).json();
    insta::assert_json_snapshot!(sarif["runs"][0]["results"][0]["fixes"], @r#"
    [
      {
        "description": {
          "text": "write `greet`"
        },
        "artifactChanges": [
          {
            "artifactLocation": {
              "uri": "workflows/w.yaml",
              "uriBaseId": "%SRCROOT%"
            },
            "replacements": [
              {
                "deletedRegion": {
                  "startLine": 2,
                  "startColumn": 22,
                  "endLine": 2,
                  "endColumn": 26
                },
                "insertedContent": {
                  "text": "greet"
                }
              }
            ]
          }
        ]
      }
    ]
    "#);
    let fixed = registry.promptreg(&["lint", "--fix", "--format", "json"]);
    insta::assert_snapshot!(fixed.all(), @"
    fixed[unknown-prompt] workflows/w.yaml:2: write `greet`
    exit code 0
    ");
}

#[cfg(unix)]
#[test]
fn permissions_are_kept_and_nothing_is_left_beside_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let registry = registry();
    registry.file("workflows/w.yaml", "steps:\n  - {id: a, prompt: grett}\n");
    let path = registry.path().join("workflows/w.yaml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(registry.promptreg(&["lint", "--fix"]).code, 0);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn a_file_that_cannot_be_written_is_an_error_after_the_others_were() {
    let registry = registry();
    let text = "steps:\n  - {id: a, prompt: grett}\n";
    registry.file("workflows/w.yaml", text).file("models/fast.yaml", "provider: openai\nmodell: gpt-4o-mini\n");
    let root = registry.path().canonicalize().unwrap();
    // What is written beside the file has no place.
    fs::create_dir(root.join(format!("workflows/.promptreg-{}.new", std::process::id()))).unwrap();
    let done = promptreg::app::fix(&root, promptreg::app::load_folder(&root).unwrap(), |_| true).unwrap();
    let fixed: Vec<_> = done.fixed.iter().map(|fixed| &*fixed.path).collect();
    assert_eq!(fixed, ["models/fast.yaml"]);
    let failed: Vec<_> = done.failed.iter().map(|error| error.to_string()).collect();
    assert!(failed.len() == 1 && failed[0].contains("workflows/w.yaml"), "{failed:?}");
    assert_eq!(read(&registry, "workflows/w.yaml"), text);
    assert_eq!(read(&registry, "models/fast.yaml"), "provider: openai\nmodel: gpt-4o-mini\n");
}
