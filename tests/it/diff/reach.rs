//! Whom a change reaches, and whom it does not.

use super::{diff, registry};
use crate::harness::Registry;
use serde_json::{Value, json};

/// Whom the change of each prompt reaches.
fn affected(registry: &Registry) -> Vec<(String, Value)> {
    let diff = registry.promptreg(&["diff", "--base", "main", "--json"]).json();
    let prompts = diff["prompts"].as_array().unwrap().iter();
    prompts.map(|prompt| (prompt["name"].as_str().unwrap().to_owned(), prompt["affected"].clone())).collect()
}

#[test]
fn a_new_version_that_nobody_asks_for_reaches_nobody() {
    let registry = registry();
    registry.version("tone", "1.1.0", "Be brief.");
    insta::assert_snapshot!(diff(&registry, &["--base", "main"]), @"
    1 prompt changed between [base] and the work tree

    tone
      reaches        nobody: no label hands it out, and no version includes it
      stays behind   sort@1.0.0 (production) still includes 1.0.0
                     summarize@1.0.0 (production) still includes 1.0.0
      1.0.0 → 1.1.0, new version: demands patch, ~8 → ~4 tokens (-4)
        message 1, user
          - Use plain words.
          - Be friendly.
          + Be brief.
    exit code 0
    ");
}

#[test]
fn a_version_changed_in_place_reaches_all_that_includes_it_and_all_that_runs_those() {
    let registry = registry();
    registry.version("tone", "1.0.0", "Be brief.");
    registry.file("prompts/deep/prompt.yaml", "description: Deep.\nlabels: {canary: 1.0.0}\nvariants: {canary: {split: {1.0.0: 100}, overrides: [{client: desk, version: 1.0.0}]}}\n");
    registry.file("prompts/deep/1.0.0.yaml", "content: \"{{> sort}}\"\nuses: {sort: sort@1.0.0}\n");
    insta::assert_snapshot!(diff(&registry, &["--base", "main"]), @"
    2 prompts changed between [base] and the work tree

    deep is new
      labels         canary is new: 1.0.0
      versions       1.0.0 is new: 1 message, ~14 tokens
      reaches        variants:   canary (1.0.0 for 100 %), canary (1.0.0 for client desk)
                     clients:    desk

    tone
      reaches        labels:     production (1.0.0), deep:canary (1.0.0), sort:production (1.0.0), summarize:production (1.0.0)
                     variants:   deep:canary (1.0.0 for 100 %), deep:canary (1.0.0 for client desk)
                     versions:   deep@1.0.0 (through sort@1.0.0), sort@1.0.0 (through tone@1.0.0), summarize@1.0.0 (through tone@1.0.0)
                     workflows:  triage (step sort: sort@^1), triage (step sum-up: summarize:production)
                     clients:    desk
      1.0.0, changed in place: demands patch, ~8 → ~4 tokens (-4)
        message 1, user
          - Use plain words.
          - Be friendly.
          + Be brief.
    exit code 0
    ");
}

#[test]
fn a_range_is_reached_by_a_new_version_in_it_and_by_one_that_is_gone() {
    let registry = registry();
    registry.version("support/sort", "1.1.0", "Sort again.");
    let found = affected(&registry);
    assert_eq!(found[0].1["workflows"][0]["selector"], json!("sort@^1"));
    registry.commit("One more");
    std::fs::remove_file(registry.path().join("prompts/support/sort/1.1.0.yaml")).unwrap();
    let found = affected(&registry);
    assert_eq!((found[0].0.as_str(), &found[0].1["workflows"][0]["step"]), ("sort", &json!("sort")));
    registry.file("prompts/support/sort/2.0.0.yaml", "content: Out of the range.\n");
    registry.commit("No more");
    registry.file("prompts/support/sort/2.1.0.yaml", "content: Out of the range.\n");
    assert_eq!(affected(&registry)[0].1["workflows"], json!([]));
}

#[test]
fn notes_and_tests_alone_reach_nobody_and_a_yanked_version_reaches_those_who_had_it() {
    let registry = registry();
    registry.file("prompts/tone/1.0.0.yaml", "content: |\n  Use plain words.\n  Be friendly.\nnotes: Other notes.\n");
    registry.prompt("support/sort", "labels: {production: 1.0.0}\nyanked: {1.0.0: It shouts.}\n", &[]);
    insta::assert_snapshot!(diff(&registry, &["--base", "main"]), @r#"
    2 prompts changed between [base] and the work tree

    sort
      prompt.yaml    yanked is new: {"1.0.0":"It shouts."}
      reaches        labels:     production (1.0.0)
                     workflows:  triage (step sort: sort@^1)
                     clients:    desk

    tone
      1.0.0, changed in place: ~8 tokens
        Other notes.
        same           callers get the same: the digest is equal
    exit code 0
    "#);
}

#[test]
fn prompts_that_were_moved_renamed_or_removed_say_so() {
    let registry = registry();
    registry.git(&["mv", "prompts/tone", "prompts/support/tone"]);
    registry.git(&["mv", "prompts/support/summarize", "prompts/support/sum-up"]);
    registry.prompt("support/sum-up", "tags: [internal]\naliases: [summarize]\nlabels: {production: 1.0.0}\n", &[]);
    registry.git(&["rm", "--quiet", "-r", "prompts/support/sort"]);
    insta::assert_snapshot!(diff(&registry, &["--base", "main"]), @r#"
    3 prompts changed between [base] and the work tree

    sort is removed
      labels         production is removed: it was 1.0.0
      versions       1.0.0 is removed
      reaches        workflows:  triage (step sort: sort@^1)
                     clients:    desk

    sum-up
      place          renamed from summarize
      prompt.yaml    aliases is new: ["summarize"]
      reaches        labels:     summarize:production (1.0.0)
                     workflows:  triage (step sum-up: summarize:production)
                     clients:    desk

    tone
      place          moved from the top to support
    exit code 0
    "#);
}

#[test]
fn everything_else_that_changed_is_told_by_its_keys() {
    let registry = registry();
    let text = std::fs::read_to_string(registry.path().join("registry.toml")).unwrap();
    registry.file("registry.toml", text + "[approval]\nrequired = 2\n");
    registry
        .file("workflows/triage.yaml", super::WORKFLOW.replace("published", "draft").replace("sort@^1", "sort@1.0.0"));
    registry.file("users/ben.yaml", "email: ben@example.com\ndisplay_name: Ben\nroles: []\n");
    registry.file(
        "tags.yaml",
        "internal: {description: For colleagues.}\npublic: {description: For everyone.}\nnew: {description: New.}\n",
    );
    registry.file("policies/safe.yaml", "checks: [{forbid_pattern: x}]\n");
    registry.git(&["rm", "--quiet", "clients/desk.yaml"]);
    insta::assert_snapshot!(diff(&registry, &["--base", "main"]), @r#"
    registry.toml, 1 workflow, 1 client, 1 policy, 1 user and tags.yaml changed between [base] and the work tree

    registry.toml
      keys           approval.required  1 → 2

    workflow triage
      keys           status  published → draft
                     steps.sort.prompt  sort@^1 → sort@1.0.0

    client desk is removed

    policy safe is new

    user ben
      keys           email  ben@example.org → ben@example.com
                     display_name  ben → Ben

    tags.yaml
      keys           public.description  For all. → For everyone.
                     new is new: {"description":"New."}
    exit code 0
    "#);
}

#[test]
fn what_cannot_be_read_is_neither_removed_nor_changed() {
    let registry = registry();
    registry.file("prompts/tone/prompt.yaml", "labels: [production");
    registry.file("prompts/support/sort/1.0.0.yaml", "content: 7\n");
    registry.file("clients/desk.yaml", "config: {}\ndefault_filter: {labels: [production]}\n");
    insta::assert_snapshot!(diff(&registry, &["--base", "main"]), @r#"
    1 client changed between [base] and the work tree

    left out: `promptreg lint` says what is wrong with these
      unreadable     prompts/support/sort/1.0.0.yaml
                     prompts/tone/prompt.yaml

    client desk
      keys           default_filter.collections is removed: ["support"]
    exit code 0
    "#);
    insta::assert_snapshot!(diff(&registry, &["--base", "main", "--format", "markdown"]), @r#"
    ### 1 client changed between [base] and the work tree

    #### left out: `promptreg lint` says what is wrong with these

    - **unreadable:**
      - `prompts/support/sort/1.0.0.yaml`
      - `prompts/tone/prompt.yaml`

    #### client desk

    - **keys:** `default_filter.collections` is removed: `["support"]`
    exit code 0
    "#);
}

#[test]
fn a_label_that_is_moved_back_tells_what_callers_get_and_demands_nothing() {
    let registry = registry();
    registry.prompt("tone", "labels: {production: 1.1.0}\n", &[("1.1.0", "Use plain words.\nBe brief.\n")]);
    registry.commit("A briefer tone");
    registry.prompt("tone", "labels: {production: 1.0.0}\n", &[]);
    insta::assert_snapshot!(diff(&registry, &["--base", "main"]), @"
    1 prompt changed between [base] and the work tree

    tone
      labels         production 1.1.0 → 1.0.0
      1.1.0 → 1.0.0, what production hands out: ~8 tokens
        message 1, user
            Use plain words.
          - Be brief.
          + Be friendly.
    exit code 0
    ");
}
