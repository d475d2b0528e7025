//! Two versions of one prompt: how they are named, what is told, and what is refused.

use super::{changed, diff, registry};
use crate::harness::Registry;

#[test]
fn versions_are_named_by_numbers_and_labels_and_read_from_where_the_flags_say() {
    let registry = changed();
    insta::assert_snapshot!(diff(&registry, &["summarize", "1.0.0", "production", "--work-tree"]), @"
    summarize 1.0.0 → 2.0.0: demands major, ~47 → ~52 tokens (+5)
      In the reader's language, and shorter.
      contract       major: the variable `language` has no default any more, so that it must be given
                     minor: the placeholder `history` is new
      message 1, system
        - You summarize support tickets for a colleague who takes over.
        - Write [-exactly three-] sentences: what the customer wants[-, what has been done-], what comes next.
        + You summarize support tickets for a colleague who takes over.{+ Write in {{language}}.+}
        + Write {+no more than two+} sentences: what the customer wants, what comes next.
          {{> tone}}
      message 2, placeholder history, new
      includes tone@1.0.0 → tone@1.1.0
        partial tone
            Use plain words.
          - Be friendly.
          + Be friendly{+, and brief+}.
      keys           input_schema.properties.ticket.description  The thread. → The whole thread.
                     parameters.temperature  0.2 → 0.4
                     parameters.max_tokens is new: 300
      tests          new: no language
                     changed: a parcel
      rendered with a parcel: ~44 → ~48 tokens (+4)
        message 1, system
          - You summarize support tickets for a colleague who takes over.
          + You summarize support tickets for a colleague who takes over.{+ Write in English.+}
      rendered with in German: ~43 → ~47 tokens (+4)
        message 1, system
          - You summarize support tickets for a colleague who takes over.
          + You summarize support tickets for a colleague who takes over.{+ Write in German.+}
      rendered with  no language: the new version cannot be rendered: the input does not fit: missing key `language`
      1.0.0 goes to  nobody: no label hands it out, and no version includes it
      2.0.0 goes to  labels:     production (2.0.0)
                     workflows:  triage (step sum-up: summarize:production)
                     clients:    desk
    exit code 0
    ");
    insta::assert_snapshot!(diff(&registry, &["tone", "1.0.0", "1.1.0", "--ref", "proposal"]), @"
    tone 1.0.0 → 1.1.0: demands patch, ~8 → ~11 tokens (+3)
      message 1, user
          Use plain words.
        - Be friendly.
        + Be friendly{+, and brief+}.
      1.0.0 goes to  labels:     sort:production (1.0.0), summarize:production (1.0.0)
                     versions:   sort@1.0.0 (through tone@1.0.0), summarize@1.0.0 (through tone@1.0.0)
                     workflows:  triage (step sort: sort@^1), triage (step sum-up: summarize:production)
                     clients:    desk
      1.1.0 goes to  labels:     production (1.1.0)
    exit code 0
    ");
    insta::assert_snapshot!(diff(&registry, &["tone", "production", "1.0.0"]), @"
    tone 1.0.0 → 1.0.0: ~8 tokens
      same           callers get the same: the digest is equal
      1.0.0 goes to  labels:     production (1.0.0), sort:production (1.0.0), summarize:production (1.0.0)
                     versions:   sort@1.0.0 (through tone@1.0.0), summarize@1.0.0 (through tone@1.0.0)
                     workflows:  triage (step sort: sort@^1), triage (step sum-up: summarize:production)
                     clients:    desk
    exit code 0
    ");
}

#[test]
fn what_is_not_there_is_refused_and_what_is_there_is_named() {
    let registry = registry();
    let said: Vec<String> = [
        &["summarise", "1.0.0", "2.0.0"][..],
        &["nothing-like-that", "1.0.0", "2.0.0"],
        &["summarize", "1.0.0", "2.0.0"],
        &["summarize", "producton", "1.0.0"],
        &["summarize", "1.0", "1.0.0"],
        &["summarize", "Production", "1.0.0"],
        &["summarize", "1.0.0"],
        &[],
        &["--base", "no-such-branch"],
        &["summarize", "1.0.0", "1.0.0", "--base", "main"],
    ]
    .iter()
    .map(|args| format!("$ promptreg diff {}\n{}\n", args.join(" "), diff(&registry, args)))
    .collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    $ promptreg diff summarise 1.0.0 2.0.0
    error: there is no prompt `summarise`: did you mean `summarize`?
    exit code 2

    $ promptreg diff nothing-like-that 1.0.0 2.0.0
    error: there is no prompt `nothing-like-that`
      `promptreg list` shows what is approved; --work-tree reads the files as they lie, --ref a branch
    exit code 3

    $ promptreg diff summarize 1.0.0 2.0.0
    error: `summarize` has no version 2.0.0; it has 1.0.0
      `promptreg list` shows what is approved; --work-tree reads the files as they lie, --ref a branch
    exit code 3

    $ promptreg diff summarize producton 1.0.0
    error: `summarize` has no label `producton`; it has production
      `promptreg list` shows what is approved; --work-tree reads the files as they lie, --ref a branch
    exit code 3

    $ promptreg diff summarize 1.0 1.0.0
    error: FROM: `1.0` is not a version number: write three numbers such as 1.2.0, or a pre-release such as 1.2.0-rc.1
    exit code 2

    $ promptreg diff summarize Production 1.0.0
    error: FROM: `Production` is not a label: only a-z, 0-9 and single hyphens between them are allowed
    exit code 2

    $ promptreg diff summarize 1.0.0
    error: the following required arguments were not provided:
      <TO>

    Usage: promptreg diff [OPTIONS] <NAME> <FROM> <TO>
           promptreg diff [OPTIONS] --base <REF>

    For more information, try '--help'.
    exit code 2

    $ promptreg diff 
    error: the following required arguments were not provided:
      <NAME>

    Usage: promptreg diff [OPTIONS] <NAME> <FROM> <TO>
           promptreg diff [OPTIONS] --base <REF>

    For more information, try '--help'.
    exit code 2

    $ promptreg diff --base no-such-branch
    error: there is no branch, tag or commit "no-such-branch": see `git branch --all` and `git tag`, or fetch first
    exit code 3

    $ promptreg diff summarize 1.0.0 1.0.0 --base main
    error: the argument '[NAME]' cannot be used with '--base <REF>'

    Usage: promptreg diff [OPTIONS] <NAME> <FROM> <TO>
           promptreg diff [OPTIONS] --base <REF>

    For more information, try '--help'.
    exit code 2
    "#);
}

#[test]
fn a_base_that_has_nothing_in_common_with_head_is_refused() {
    let registry = registry();
    registry.git(&["switch", "--quiet", "--orphan", "other"]);
    registry.commit("Begin again");
    registry.git(&["switch", "--quiet", "main"]);
    let said = registry.promptreg(&["diff", "--base", "other"]).all();
    insta::assert_snapshot!(said, @"
    error: 9691e19b2b2e96ad3202cfb7f5e90d10ee6dcc1e and f7b4312c51188518a5a3a0c730e6c1d1a98e406e have no commit in common here: fetch the whole history with `git fetch --unshallow` (in a GitHub workflow `fetch-depth: 0` of actions/checkout), or name another base
    exit code 3
    ");
}

#[test]
fn a_test_input_is_told_where_it_no_longer_fits() {
    let registry = Registry::new();
    registry.prompt("greet", "", &[]);
    let version = |number: &str, text: &str, schema: &str| {
        let tests =
            "tests:\n  - {name: by name, input: {name: Ana}}\n  - {name: twice, input: {name: Ben, times: 2}}\n";
        let text = format!("content: \"{text}\"\ninput_schema: {schema}\nnotes: For a test.\n{tests}");
        registry.file(&format!("prompts/greet/{number}.yaml"), text);
    };
    version(
        "1.0.0",
        "Hello {{name}}, {{times}} times.",
        "{type: object, properties: {name: {type: string}, times: {type: integer}}}",
    );
    version(
        "2.0.0",
        "Hello {{name}}.",
        "{type: object, additionalProperties: false, properties: {name: {type: string}}}",
    );
    insta::assert_snapshot!(registry.promptreg(&["diff", "greet", "1.0.0", "2.0.0", "--work-tree"]).all(), @"
    greet 1.0.0 → 2.0.0: demands major, ~11 → ~5 tokens (-6)
      contract       major: the input refuses keys that are not declared now
                     major: the variable `times` is gone
      message 1, user
        - Hello {{name}}[-, {{times}} times-].
        + Hello {{name}}.
      rendered with by name: ~7 → ~4 tokens (-3)
        message 1, user
          - Hello Ana[-,  times-].
          + Hello Ana.
      rendered with  twice: the new version cannot be rendered: the input does not fit: /times: unknown key `times`
      1.0.0 goes to  nobody: no label hands it out, and no version includes it
      2.0.0 goes to  nobody: no label hands it out, and no version includes it
    exit code 0
    ");
}

#[test]
fn where_the_terminal_is_wide_old_and_new_stand_side_by_side() {
    use promptreg::diff::{Paint, Side, Subject, compare, human};
    let (old, new) = (super::SUMMARIZE_1, super::SUMMARIZE_2);
    let registry = registry();
    registry.file("prompts/support/summarize/2.0.0.yaml", new);
    registry.file("prompts/tone/1.1.0.yaml", "content: Be brief.\n");
    assert_ne!(old, new);
    let state = promptreg::app::read_folder(&registry.path()).unwrap();
    let folder = &state.registry.prompts["summarize"];
    let sides = ["1.0.0", "2.0.0"].map(|number| {
        let (number, version) = folder.versions.get_key_value(&number.parse().unwrap()).unwrap();
        Side { registry: &state.registry, name: &folder.name, number, version }
    });
    let subject = Subject::Versions(Box::new(compare(&sides[0], &sides[1], 0)));
    let paint = Paint { color: false, width: Some(110), side_by_side: true };
    insta::assert_snapshot!(human(&subject, &paint), @"
    summarize 1.0.0 → 2.0.0: demands major, ~47 → ~45 tokens (-2)
      In the reader's language, and shorter.
      contract       major: the variable `language` has no default any more, so that it must be given
                     minor: the placeholder `history` is new
      message 1, system
        - You summarize support tickets for a colleague who │ + You summarize support tickets for a colleague who
          takes over.                                       │   takes over.{+ Write in {{language}}.+}
        - Write [-exactly three-] sentences: what the       │ + Write {+no more than two+} sentences: what the
          customer wants[-, what has been done-], what      │   customer wants, what comes next.
          comes next.                                       │
          {{> tone}}                                        │   {{> tone}}
      message 2, placeholder history, new
      includes tone@1.0.0 → tone@1.1.0
        partial tone
          - Use plain words.                                 │ + Be brief.
          - Be friendly.                                     │
      keys           input_schema.properties.ticket.description  The thread. → The whole thread.
                     parameters.temperature  0.2 → 0.4
                     parameters.max_tokens is new: 300
      tests          new: no language
                     changed: a parcel
      1.0.0 goes to  labels:     production (1.0.0)
                     workflows:  triage (step sum-up: summarize:production)
                     clients:    desk
      2.0.0 goes to  nobody: no label hands it out, and no version includes it
    ");
    let colored = human(&subject, &Paint { color: true, ..paint });
    assert!(colored.contains("\u{1b}[1;31mexactly three\u{1b}[0m"), "{colored}");
    assert!(colored.lines().all(|line| line.matches("\u{1b}[0m").count() * 2 == line.matches('\u{1b}').count()));
}
