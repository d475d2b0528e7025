//! The rules on a change: where they fire, where they nearly would, what a person reads.

use super::{
    cases::{ChangeCase, change_cases},
    registry::{change_findings, change_report},
};
use promptreg::{domain::Level, lint::RULES};

fn case(rule: &str) -> &'static ChangeCase {
    change_cases().find(|case| case.rule == rule).unwrap_or_else(|| panic!("{rule} has no case"))
}

#[test]
fn every_rule_on_changes_fires_where_it_should_and_nothing_else_does() {
    for case in change_cases() {
        let found = change_findings(&case.fires);
        let all = found.iter().all(|found| found.rule == case.rule);
        assert!(!found.is_empty() && all, "{}:\n{}", case.rule, change_report(&case.fires));
    }
}

#[test]
fn nothing_fires_at_a_change_that_is_a_near_miss() {
    for case in change_cases() {
        assert_eq!(change_report(&case.near), "no errors, no warnings\n", "{}", case.rule);
    }
}

#[test]
fn a_comment_with_a_reason_ignores_what_a_change_did_unless_it_breaks_the_file() {
    for case in change_cases() {
        let found = change_findings(&case.ignored);
        let still = found.iter().find(|found| found.rule == case.rule);
        assert_eq!(still.is_some(), case.stays, "{}:\n{}", case.rule, change_report(&case.ignored));
        if let Some(still) = still {
            let rule = RULES.iter().find(|rule| rule.name == case.rule).unwrap();
            assert!(rule.breaks && still.severity == Level::Error, "{}", case.rule);
        } else {
            assert_eq!(change_report(&case.ignored), "no errors, no warnings\n", "{}", case.rule);
        }
    }
}

#[test]
fn approved_version_changed_says_where_and_what_to_do() {
    insta::assert_snapshot!(change_report(&case("approved-version-changed").fires), @"
    error[approved-version-changed]: this version was changed after it reached the default branch; its approved content is still served
    --> prompts/support/greet/1.0.0.yaml
     = help: put it back with `git checkout 0b433ee5f1a2 -- prompts/support/greet/1.0.0.yaml`, and make a new version with `promptreg bump greet`; to withdraw 1.0.0, name it under `yanked` or `revoked` in prompt.yaml

    error[approved-version-changed]: 1.2.0 was approved with another content and then removed; that is still served
    --> prompts/support/greet/1.2.0.yaml
     = help: rename this file to the next number that is free, or put the old content back with `git checkout 0b433ee5f1a2 -- prompts/support/greet/1.2.0.yaml`

    error[approved-version-changed]: this version was changed after it reached the default branch; its approved content is still served
    --> prompts/tone/1.1.0.yaml
     = help: put it back with `git checkout 0b433ee5f1a2 -- prompts/tone/1.1.0.yaml`, and make a new version with `promptreg bump tone`; to withdraw 1.1.0, name it under `yanked` or `revoked` in prompt.yaml

    3 errors in 3 files
    ");
}

#[test]
fn approved_version_removed_says_where_and_what_to_do() {
    insta::assert_snapshot!(change_report(&case("approved-version-removed").fires), @"
    error[approved-version-removed]: this version was removed after it reached the default branch; its approved content is still served
    --> prompts/support/greet/1.1.0.yaml
     = help: put it back with `git show 0b433ee5f1a2:prompts/support/greet/1.1.0.yaml > prompts/sales/greet/1.1.0.yaml`; to withdraw 1.1.0, name it under `yanked` or `revoked` in prompt.yaml

    error[approved-version-removed]: this version was removed after it reached the default branch; its approved content is still served
    --> prompts/support/greet/1.2.0.yaml
     = help: put it back with `git show 0b433ee5f1a2:prompts/support/greet/1.2.0.yaml > prompts/sales/greet/1.2.0.yaml`; to withdraw 1.2.0, name it under `yanked` or `revoked` in prompt.yaml

    2 errors in 2 files
    ");
}

#[test]
fn version_not_greater_says_where_and_what_to_do() {
    insta::assert_snapshot!(change_report(&case("version-not-greater").fires), @"
    error[version-not-greater]: 0.9.0 does not come after 1.2.0, which is there already
    --> prompts/support/greet/0.9.0.yaml
     = help: rename this file to 1.3.0.yaml; `promptreg bump greet` makes the next version under its right number

    error[version-not-greater]: 1.1.0-rc.1 does not come after 1.2.0, which is there already
    --> prompts/support/greet/1.1.0-rc.1.yaml
     = help: rename this file to 1.3.0.yaml; `promptreg bump greet` makes the next version under its right number

    error[version-not-greater]: 1.1.0 does not come after 1.2.0, which is there already
    --> prompts/support/greet/1.1.0.yaml
     = help: rename this file to 1.3.0.yaml; `promptreg bump greet` makes the next version under its right number

    error[version-not-greater]: 2.2.9 does not come after 2.3.0, which is there already
    --> prompts/tone/2.2.9.yaml
     = help: rename this file to 2.4.0.yaml; `promptreg bump tone` makes the next version under its right number

    4 errors in 4 files
    ");
}

#[test]
fn version_unchanged_says_where_and_what_to_do() {
    insta::assert_snapshot!(change_report(&case("version-unchanged").fires), @"
    warning[version-unchanged]: this version hands out just what 1.0.0 does
    --> prompts/support/greet/1.1.0.yaml
     = help: edit it, or delete the file; notes and tests alone make no new version
    note: the version that says the same
    --> prompts/support/greet/1.0.0.yaml

    warning[version-unchanged]: this version hands out just what 1.1.0 does
    --> prompts/support/greet/1.2.0.yaml
     = help: edit it, or delete the file; notes and tests alone make no new version
    note: the version that says the same
    --> prompts/support/greet/1.1.0.yaml

    2 warnings in 2 files
    ");
}

#[test]
fn contract_break_says_where_and_what_to_do() {
    insta::assert_snapshot!(change_report(&case("contract-break").fires), @"
    error[contract-break]: more than a patch of 1.0.0: the variable `name` is new and optional
     --> prompts/support/greet/1.0.1.yaml:2:43
      |
    2 | input_schema: {type: object, properties: {name: {type: string}}}
      |                                           ^^^^
      |
      = help: 1.0.0 → 1.2.0: rename this file to 1.2.0.yaml, or keep to the contract of 1.0.0

    error[contract-break]: callers of 1.0.1 break: `name` is required now
     --> prompts/support/greet/1.1.0.yaml:2:30
      |
    2 | input_schema: {type: object, required: [name], properties: {name: {type: string}}}
      |                              ^^^^^^^^
      |
      = help: 1.0.1 → 2.0.0: rename this file to 2.0.0.yaml, or keep to the contract of 1.0.1

    error[contract-break]: callers of 1.2.0 break: the variable `language` has no default any more, so that it must be given
     --> prompts/tone/1.2.1.yaml:7:5
      |
    7 |     language: {type: string, enum: [German]}
      |     ^^^^^^^^
      |
      = help: 1.2.0 → 2.0.0: rename this file to 2.0.0.yaml, or keep to the contract of 1.2.0
    note: `language` no longer takes `English`
     --> prompts/tone/1.2.1.yaml:7:30
      |
    7 |     language: {type: string, enum: [German]}
      |                              ----
    note: the variable `tone` is gone
     --> prompts/tone/1.2.1.yaml

    3 errors in 3 files
    ");
}

#[test]
fn what_callers_lose_is_said_with_what_to_do() {
    insta::assert_snapshot!(change_report(&case("prompt-removed").fires), @"
    error[prompt-removed]: the prompt `hail` is called `cheer` now, and who asks for `hail` gets nothing
    --> prompts/hail/prompt.yaml
     = help: add `aliases: [hail]` to the prompt.yaml of `cheer`, or keep the name

    warning[prompt-removed]: the prompt `tone` is taken away, and who asks for it is told that it is gone
    --> prompts/tone/prompt.yaml
     = help: `status: archived` in its prompt.yaml leaves it out of lists and keeps serving it

    1 error, 1 warning in 2 files
    ");
    insta::assert_snapshot!(change_report(&case("label-removed").fires), @"
    error[label-removed]: `greet` has no label `production` any more, and who asks for it gets nothing
     --> prompts/support/greet/prompt.yaml:2:1
      |
    2 | labels: {prodction: 1.0.0}
      | ^^^^^^
      |
      = help: `prodction` is new here: did you mean `production`?

    warning[label-removed]: `greet` has no label `staging` any more, and who asks for it gets nothing
     --> prompts/support/greet/prompt.yaml:2:1
      |
    2 | labels: {prodction: 1.0.0}
      | ^^^^^^
      |
      = help: point it at a version; to go back, at an older one

    1 error, 1 warning in 1 file
    ");
}
