//! What a person reads where a rule about prompts, names and comments fires, in full.

use super::{case, registry::report};

fn fires(rule: &str) -> String {
    report(case(rule).fires)
}

#[test]
fn missing_description_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("missing-description"), @"
    warning[missing-description]: this prompt has no description
    --> prompts/support/greet/prompt.yaml
     = help: add `description:` and, in a sentence, what the prompt does and for whom

    warning[missing-description]: the description is empty
     --> prompts/tone/prompt.yaml:1:1
      |
    1 | description: ' '
      | ^^^^^^^^^^^
      |
      = help: add `description:` and, in a sentence, what the prompt does and for whom

    2 warnings in 2 files
    ");
}

#[test]
fn duplicate_name_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("duplicate-name"), @"
    error[duplicate-name]: the name `tone` belongs to another prompt already
    --> prompts/sales/tone/prompt.yaml
     = help: rename this folder: a prompt's name is unique in the whole registry
    note: the prompt that has the name
    --> prompts/tone/prompt.yaml

    error[duplicate-name]: another step has the id `one` already
     --> workflows/triage.yaml:4:10
      |
    4 |   - {id: one, prompt: greet}
      |          ^^^
      |
      = help: give each step of a workflow an id of its own
    note: the other one
     --> workflows/triage.yaml:2:10
      |
    2 |   - {id: one, prompt: greet}
      |          ---

    2 errors in 2 files
    ");
}

#[test]
fn unknown_owner_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("unknown-owner"), @"
    error[unknown-owner]: the owner `anna` is no user of this registry
     --> prompts/support/greet/prompt.yaml:2:8
      |
    2 | owner: anna
      |        ^^^^
      |
      = help: did you mean `ana`?

    error[unknown-owner]: the owner `cleo` is no user of this registry
     --> workflows/w.yaml:1:8
      |
    1 | owner: cleo
      |        ^^^^
      |
      = help: there is `ana`; add users/cleo.yaml to make this one

    2 errors in 2 files
    ");
}

#[test]
fn unknown_tag_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("unknown-tag"), @"
    error[unknown-tag]: `code` is not among the tags of tags.yaml
     --> clients/ide.yaml:1:25
      |
    1 | default_filter: {tags: [code]}
      |                         ^^^^
      |
      = help: there is `summary`, `support`; add `code: {}` to tags.yaml to make it one

    error[unknown-tag]: `suport` is not among the tags of tags.yaml
     --> prompts/support/greet/prompt.yaml:2:8
      |
    2 | tags: [suport, summary]
      |        ^^^^^^
      |
      = help: did you mean `support`?
      = fix: write `support` (`promptreg lint --fix`)

    2 errors in 2 files
    ");
}

#[test]
fn unknown_model_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("unknown-model"), @"
    error[unknown-model]: there is no model profile `fats`
     --> models/slow.yaml:3:12
      |
    3 | fallback: [fats]
      |            ^^^^
      |
      = help: did you mean `fast`?

    error[unknown-model]: there is no model profile `gpt-4o`
     --> prompts/support/greet/1.0.0.yaml:2:8
      |
    2 | model: gpt-4o
      |        ^^^^^^
      |
      = help: there is `fast`, `slow`; add models/gpt-4o.yaml to make this one

    error[unknown-model]: there is no model profile `nope`
     --> users/cleo.yaml:2:30
      |
    2 | preferences: {default_model: nope}
      |                              ^^^^
      |
      = help: there is `fast`, `slow`; add models/nope.yaml to make this one

    error[unknown-model]: there is no model profile `nope`
     --> workflows/w.yaml:1:39
      |
    1 | steps: [{id: a, prompt: greet, model: nope}]
      |                                       ^^^^
      |
      = help: there is `fast`, `slow`; add models/nope.yaml to make this one

    4 errors in 4 files
    ");
}

#[test]
fn unknown_prompt_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("unknown-prompt"), @"
    error[unknown-prompt]: there is no prompt `other`
     --> policies/p.yaml:1:27
      |
    1 | selector: {names: [greet, other]}
      |                           ^^^^^
      |
      = help: there is `greet`, `tone`; add it as a folder `other` under prompts/

    error[unknown-prompt]: there is no prompt `great`
     --> workflows/w.yaml:2:21
      |
    2 |   - {id: a, prompt: great:production}
      |                     ^^^^^^^^^^^^^^^^
      |
      = help: did you mean `greet`?
      = fix: write `greet` (`promptreg lint --fix`)

    error[unknown-prompt]: `greet` has no version ^2; it has 1.0.0
     --> workflows/w.yaml:3:21
      |
    3 |   - {id: b, prompt: greet@^2}
      |                     ^^^^^^^^

    error[unknown-prompt]: `greet` has no label `staging`; it has production
     --> workflows/w.yaml:4:21
      |
    4 |   - {id: c, prompt: greet:staging}
      |                     ^^^^^^^^^^^^^

    4 errors in 2 files
    ");
}

#[test]
fn label_target_missing_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("label-target-missing"), @"
    error[label-target-missing]: the label `staging` names version 1.3.0, which is not there
     --> prompts/support/greet/prompt.yaml:4:12
      |
    4 |   staging: 1.3.0
      |            ^^^^^
      |
      = help: there is `1.0.0`

    error[label-target-missing]: `yanked` names version 0.9.0, which is not there
     --> prompts/support/greet/prompt.yaml:5:10
      |
    5 | yanked: {0.9.0: too loud}
      |          ^^^^^
      |
      = help: there is `1.0.0`

    error[label-target-missing]: the variant of `production` names version 1.2.0, which is not there
     --> prompts/support/greet/prompt.yaml:7:35
      |
    7 |   production: {split: {1.0.0: 90, 1.2.0: 10}, overrides: [{client: ide, version: 2.0.0}]}
      |                                   ^^^^^
      |
      = help: there is `1.0.0`

    error[label-target-missing]: the variant of `production` names version 2.0.0, which is not there
     --> prompts/support/greet/prompt.yaml:7:82
      |
    7 |   production: {split: {1.0.0: 90, 1.2.0: 10}, overrides: [{client: ide, version: 2.0.0}]}
      |                                                                                  ^^^^^
      |
      = help: there is `1.0.0`

    4 errors in 1 file
    ");
}

#[test]
fn label_to_deprecated_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("label-to-deprecated"), @"
    warning[label-to-deprecated]: the label `production` hands out 1.0.0, which is deprecated: too long
     --> prompts/support/greet/prompt.yaml:2:22
      |
    2 | labels: {production: 1.0.0, staging: 1.1.0}
      |                      ^^^^^
      |
      = help: move it to another version
    note: deprecated here
     --> prompts/support/greet/prompt.yaml:3:14
      |
    3 | deprecated: {1.0.0: too long}
      |              -----

    error[label-to-deprecated]: the label `staging` hands out 1.1.0, which is yanked and not handed out by labels: too loud
     --> prompts/support/greet/prompt.yaml:2:38
      |
    2 | labels: {production: 1.0.0, staging: 1.1.0}
      |                                      ^^^^^
      |
      = help: move it to another version
    note: yanked here
     --> prompts/support/greet/prompt.yaml:5:3
      |
    5 |   1.1.0: too loud
      |   -----

    1 error, 1 warning in 1 file
    ");
}

#[test]
fn name_mismatch_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("name-mismatch"), @"
    error[name-mismatch]: `Summarize_Ticket` is not a prompt name: only a-z, 0-9 and single hyphens between them are allowed
    --> prompts/Summarize_Ticket/prompt.yaml
     = help: the file is not read: rename it, for example to `summarize-ticket`

    error[name-mismatch]: `v1` is not a version number: write three numbers such as 1.2.0, or a pre-release such as 1.2.0-rc.1
    --> prompts/support/greet/v1.yaml
     = help: the file is not read: rename it, for example to `1.0.0`

    error[name-mismatch]: `Ana Silva` is not a user handle: only a-z, 0-9 and single hyphens between them are allowed
    --> users/Ana Silva.yaml
     = help: the file is not read: rename it, for example to `ana-silva`

    3 errors in 3 files
    ");
}

#[test]
fn orphan_file_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("orphan-file"), @"
    error[orphan-file]: this file is not read: files of the registry end in .yaml, not .yml
    --> models/fast.yml
     = help: move, rename or delete it

    error[orphan-file]: this version belongs to no prompt: no prompt.yaml lies beside it
    --> prompts/alone/1.0.0.yaml
     = help: add a prompt.yaml to this folder, or delete the file

    warning[orphan-file]: this prompt has no version, so there is nothing to hand out
    --> prompts/empty/prompt.yaml
     = help: add its text as 1.0.0.yaml beside this file

    error[orphan-file]: this file is not read: beside prompt.yaml only versions are kept, each named by its number, such as 1.0.0.yaml
    --> prompts/support/greet/draft.yaml
     = help: move, rename or delete it

    3 errors, 1 warning in 4 files
    ");
}

#[test]
fn unknown_rule_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("unknown-rule"), @r#"
    error[unknown-rule]: there is no rule `unkown-tag`
     --> prompts/support/greet/1.0.0.yaml:1:21
      |
    1 | # promptreg: ignore unkown-tag -- fine
      |                     ^^^^^^^^^^
      |
      = help: did you mean `unknown-tag`?

    error[unknown-rule]: there is no rule `unused-variables`
     --> registry.toml:5:1
      |
    5 | unused-variables = "off"
      | ^^^^^^^^^^^^^^^^
      |
      = help: did you mean `unused-variable`?
      = fix: write `unused-variable` (`promptreg lint --fix`)

    warning[unknown-rule]: the errors of `shape` stay errors: they mean that a file cannot be served
     --> registry.toml:6:1
      |
    6 | shape = "off"
      | ^^^^^
      |
      = help: delete this line, and mend the files

    2 errors, 1 warning in 2 files
    "#);
}

#[test]
fn unused_ignore_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("unused-ignore"), @"
    warning[unused-ignore]: nothing here is ignored by `unknown-model`
     --> prompts/support/greet/1.0.0.yaml:1:21
      |
    1 | # promptreg: ignore unknown-model -- soon
      |                     ^^^^^^^^^^^^^
      |
      = help: delete the comment, or put it on the line before the finding
      = fix: delete the comment (`promptreg lint --fix`)

    warning[unused-ignore]: this comment gives no reason, so it ignores nothing
     --> prompts/support/greet/1.1.0.yaml:1:13
      |
    1 | content: Hi # promptreg: ignore unused-variable
      |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: add ` -- ` and why it is right here

    warning[unused-ignore]: `ignore-file` counts only at the top of a file
     --> prompts/support/greet/1.1.0.yaml:2:10
      |
    2 | notes: x # promptreg: ignore-file shape -- here
      |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: move it above the first key

    warning[unused-ignore]: this comment speaks to promptreg and means nothing to it
     --> prompts/support/greet/prompt.yaml:1:1
      |
    1 | # promptreg: allow unknown-tag
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write `# promptreg: ignore RULE -- reason`, or `ignore-file` in place of `ignore` at the top of a file

    warning[unused-ignore]: this comment ignores no rule
     --> prompts/support/greet/prompt.yaml:2:22
      |
    2 | description: Greets. # promptreg: ignore -- all
      |                      ^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write `# promptreg: ignore RULE -- reason`, or `ignore-file` in place of `ignore` at the top of a file

    5 warnings in 3 files
    ");
}

#[test]
fn a_file_that_says_nothing_is_named_whatever_it_should_hold() {
    for path in ["prompts/tone/prompt.yaml", "prompts/tone/1.0.0.yaml", "models/fast.yaml", "users/ana.yaml"] {
        for text in ["", "\n", " \n\n", "# hi\n", "---\n", "null\n", "~"] {
            let found = super::registry::findings(&[(path, text)]);
            assert!(
                found.iter().any(|one| one.rule == "shape" && &*one.place.path == path),
                "{path} {text:?}: {found:?}"
            );
        }
    }
}
