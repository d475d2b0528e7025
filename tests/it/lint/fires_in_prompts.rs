//! What a person reads where a rule about prompts, people and policies fires, in full.

use super::{
    case,
    registry::{registry, report},
};
use promptreg::{
    domain::{Policy, Registry},
    lint::policies::{Demands, Where, violations},
};
use std::sync::Arc;

fn fires(rule: &str) -> String {
    report(case(rule).fires)
}

#[test]
fn alias_collides_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("alias-collides"), @"
    error[alias-collides]: `tone` is the name of another prompt, so this alias leads nobody here
     --> prompts/support/greet/prompt.yaml:2:18
      |
    2 | aliases: [hello, tone, greet]
      |                  ^^^^
      |
      = help: delete the alias: the name of a prompt that there is goes first
    note: taken here
     --> prompts/tone/prompt.yaml

    error[alias-collides]: `greet` is the prompt's own name
     --> prompts/support/greet/prompt.yaml:2:24
      |
    2 | aliases: [hello, tone, greet]
      |                        ^^^^^
      |
      = help: delete it: `aliases` holds former names

    error[alias-collides]: another prompt has the alias `hello` already
     --> prompts/tone/prompt.yaml:3:5
      |
    3 |   - hello
      |     ^^^^^
      |
      = help: delete the alias here or there: a name leads to one prompt
    note: taken here
     --> prompts/support/greet/prompt.yaml

    3 errors in 2 files
    ");
}

#[test]
fn duplicate_email_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("duplicate-email"), @"
    error[duplicate-email]: another user has the address `Ana@Example.com` already
     --> users/ana-silva.yaml:2:8
      |
    2 | email: Ana@Example.com
      |        ^^^^^^^^^^^^^^^
      |
      = help: give each user an address of their own, or set `is_active: false` on one of the two
    note: the other user
     --> users/ana.yaml:1:8
      |
    1 | email: ana@example.com
      |        ---------------

    1 error in 1 file
    ");
}

#[test]
fn unknown_role_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("unknown-role"), @r#"
    error[unknown-role]: there is no role `lead`
     --> registry.toml:6:10
      |
    6 | roles = ["lead"]
      |          ^^^^^^
      |
      = help: there is `approver`; add roles/lead.yaml to make this one

    error[unknown-role]: the approver `anna` is no user of this registry
      --> registry.toml:10:14
       |
    10 | approvers = ["anna", "role:legal", "approver"]
       |              ^^^^^^
       |
       = help: did you mean `ana`?

    error[unknown-role]: there is no role `legal`
      --> registry.toml:10:22
       |
    10 | approvers = ["anna", "role:legal", "approver"]
       |                      ^^^^^^^^^^^^
       |
       = help: there is `approver`; add roles/legal.yaml to make this one

    error[unknown-role]: the approver `approver` is a role and no user
      --> registry.toml:10:36
       |
    10 | approvers = ["anna", "role:legal", "approver"]
       |                                    ^^^^^^^^^^
       |
       = help: write `role:approver`

    error[unknown-role]: there is no role `approvers`
      --> registry.toml:13:20
       |
    13 | protected_roles = ["approvers"]
       |                    ^^^^^^^^^^^
       |
       = help: did you mean `approver`?

    error[unknown-role]: there is no role `aprover`
     --> users/bo.yaml:2:9
      |
    2 | roles: [aprover]
      |         ^^^^^^^
      |
      = help: did you mean `approver`?

    6 errors in 2 files
    "#);
}

#[test]
fn permission_unknown_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("permission-unknown"), @"
    error[permission-unknown]: there is no permission `aprove`
     --> roles/approver.yaml:3:5
      |
    3 |   - aprove
      |     ^^^^^^
      |
      = help: did you mean `approve`?

    error[permission-unknown]: there is no permission `fly`
     --> roles/approver.yaml:4:5
      |
    4 |   - fly
      |     ^^^
      |
      = help: there is `read`, `read_drafts`, `propose`, `approve`, `merge`, `move_labels`, `deprecate`, `run_workflows`, `record_usage`, `read_reports`, `read_audit`, `sync`, `manage_tokens`, `administer`

    2 errors in 1 file
    ");
}

#[test]
fn unknown_label_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("unknown-label"), @"
    warning[unknown-label]: no prompt has the label `stable`, so this lets nothing through
     --> clients/ide.yaml:1:39
      |
    1 | default_filter: {labels: [production, stable]}
      |                                       ^^^^^^
      |
      = help: there is `production`; add the label to a prompt, or take it out here

    error[unknown-label]: this prompt has no label `prodution`, so its variant is never handed out
     --> prompts/support/greet/prompt.yaml:4:3
      |
    4 |   prodution: {split: {1.0.0: 90, 1.1.0: 10}}
      |   ^^^^^^^^^
      |
      = help: did you mean `production`?

    1 error, 1 warning in 2 files
    ");
}

#[test]
fn unknown_collection_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("unknown-collection"), @"
    warning[unknown-collection]: there is no collection `suport`
     --> clients/ide.yaml:1:32
      |
    1 | default_filter: {collections: [suport]}
      |                                ^^^^^^
      |
      = help: did you mean `support`?

    warning[unknown-collection]: there is no collection `support/email`
     --> policies/p.yaml:1:26
      |
    1 | selector: {collections: [support/email]}
      |                          ^^^^^^^^^^^^^
      |
      = help: there is `support`; add a prompt under prompts/support/email/

    2 warnings in 2 files
    ");
}

#[test]
fn unknown_client_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("unknown-client"), @"
    error[unknown-client]: there is no client config `idee`
     --> prompts/support/greet/prompt.yaml:6:18
      |
    6 |       - {client: idee, version: 1.0.0}
      |                  ^^^^
      |
      = help: did you mean `ide`?

    1 error in 1 file
    ");
}

#[test]
fn unknown_policy_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("unknown-policy"), @"
    error[unknown-policy]: there is no safety policy `no-persnal-data`
     --> prompts/support/greet/prompt.yaml:3:12
      |
    3 | policies: [no-persnal-data, brief]
      |            ^^^^^^^^^^^^^^^
      |
      = help: did you mean `no-personal-data`?

    error[unknown-policy]: there is no safety policy `brief`
     --> prompts/support/greet/prompt.yaml:3:29
      |
    3 | policies: [no-persnal-data, brief]
      |                             ^^^^^
      |
      = help: there is `no-personal-data`; add policies/brief.yaml to make this one

    2 errors in 1 file
    ");
}

#[test]
fn variants_do_not_sum_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("variants-do-not-sum"), @"
    error[variants-do-not-sum]: the shares of `production` add up to 110, not to 100
     --> prompts/support/greet/prompt.yaml:5:12
      |
    5 |     split: {1.0.0: 90, 1.1.0: 20}
      |            ^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write percentages that add up to 100, for example `1.0.0: 80`

    error[variants-do-not-sum]: another override of `production` is for the client `ide`; the first holds
     --> prompts/support/greet/prompt.yaml:8:18
      |
    8 |       - {client: ide, version: 1.1.0}
      |                  ^^^
      |
      = help: delete one of the two
    note: the first
     --> prompts/support/greet/prompt.yaml:7:18
      |
    7 |       - {client: ide, version: 1.0.0}
      |                  ---

    warning[variants-do-not-sum]: the split of `staging` has one version only
     --> prompts/support/greet/prompt.yaml:9:13
      |
    9 |   staging: {split: {1.1.0: 100}}
      |             ^^^^^
      |
      = help: point the label at that version: `labels: {staging: …}`; or add another version

    warning[variants-do-not-sum]: a share of 0 hands 1.1.0 out to nobody
      --> prompts/support/greet/prompt.yaml:10:37
       |
    10 |   beta: {split: {1.0.0: 100, 1.1.0: 0}}
       |                                     ^
       |
       = help: delete it, or give it a share

    warning[variants-do-not-sum]: the variant of `next` has neither a split nor overrides
      --> prompts/support/greet/prompt.yaml:11:3
       |
    11 |   next: {}
       |   ^^^^
       |
       = help: delete it, or say who gets which version

    2 errors, 3 warnings in 1 file
    ");
}

#[test]
fn placeholder_text_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("placeholder-text"), @"
    warning[placeholder-text]: this URL only holds a place
     --> hooks/desk.yaml:2:13
      |
    2 | target_url: https://example.com/hooks/promptreg
      |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write the URL that takes the results

    warning[placeholder-text]: this description only holds a place
     --> prompts/support/greet/prompt.yaml:1:14
      |
    1 | description: Say in a sentence what it does, and for whom.
      |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: say what it is for

    warning[placeholder-text]: this description only holds a place
     --> prompts/tone/prompt.yaml:1:14
      |
    1 | description: TODO
      |              ^^^^
      |
      = help: say what it is for

    warning[placeholder-text]: this address is nobody's
     --> users/bo.yaml:1:8
      |
    1 | email: name@example.com
      |        ^^^^^^^^^^^^^^^^
      |
      = help: write the address that the user's commits have

    4 warnings in 4 files
    ");
}

#[test]
fn deprecated_in_use_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("deprecated-in-use"), @"
    warning[deprecated-in-use]: `tone` 1.0.0 is deprecated: too short
     --> prompts/support/greet/1.0.0.yaml:3:6
      |
    3 |   a: tone@1.0.0
      |      ^^^^^^^^^^
      |
      = help: `tone@1.3.0` is the newest that is not
    note: deprecated here
     --> prompts/tone/prompt.yaml:2:14
      |
    2 | deprecated: {1.0.0: too short}
      |              -----

    warning[deprecated-in-use]: `tone` 1.1.0 is yanked: too long
     --> prompts/support/greet/1.0.0.yaml:4:6
      |
    4 |   b: tone@1.1.0
      |      ^^^^^^^^^^
      |
      = help: `tone@1.3.0` is the newest that is not
    note: yanked here
     --> prompts/tone/prompt.yaml:3:10
      |
    3 | yanked: {1.1.0: too long}
      |          -----

    error[deprecated-in-use]: `tone` 1.2.0 is revoked: quotes a customer
     --> prompts/support/greet/1.0.0.yaml:5:6
      |
    5 |   c: tone@1.2.0
      |      ^^^^^^^^^^
      |
      = help: `tone@1.3.0` is the newest that is not
    note: revoked here
     --> prompts/tone/prompt.yaml:4:11
      |
    4 | revoked: {1.2.0: quotes a customer}
      |           -----

    warning[deprecated-in-use]: `tone` 1.0.0 is deprecated: too short
     --> workflows/w.yaml:2:21
      |
    2 |   - {id: a, prompt: tone@1.0.0}
      |                     ^^^^^^^^^^
      |
      = help: `tone@1.3.0` is the newest that is not
    note: deprecated here
     --> prompts/tone/prompt.yaml:2:14
      |
    2 | deprecated: {1.0.0: too short}
      |              -----

    warning[deprecated-in-use]: `tone` 1.0.0 is deprecated: too short
     --> workflows/w.yaml:3:21
      |
    3 |   - {id: b, prompt: tone@~1.0}
      |                     ^^^^^^^^^
      |
      = help: `tone@1.3.0` is the newest that is not
    note: deprecated here
     --> prompts/tone/prompt.yaml:2:14
      |
    2 | deprecated: {1.0.0: too short}
      |              -----

    1 error, 4 warnings in 2 files
    ");
}

#[test]
fn archived_in_use_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("archived-in-use"), @"
    warning[archived-in-use]: the prompt `tone` is archived
     --> prompts/support/greet/1.0.0.yaml:2:14
      |
    2 | uses: {tone: tone@1.0.0}
      |              ^^^^^^^^^^
      |
      = help: use another prompt, or bring this one back with `status: active`
    note: archived here
     --> prompts/tone/prompt.yaml:2:9
      |
    2 | status: archived
      |         --------

    warning[archived-in-use]: the prompt `tone` is archived
     --> workflows/w.yaml:1:25
      |
    1 | steps: [{id: a, prompt: tone@1.0.0}]
      |                         ^^^^^^^^^^
      |
      = help: use another prompt, or bring this one back with `status: active`
    note: archived here
     --> prompts/tone/prompt.yaml:2:9
      |
    2 | status: archived
      |         --------

    2 warnings in 2 files
    ");
}

#[test]
fn policy_violation_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("policy-violation"), @r"
    error[policy-violation]: the safety policy `care` requires a text that is not here
     --> prompts/support/greet/1.0.0.yaml:1:1
      |
    1 | content: |
      | ^^^^^^^
      |
      = help: write, in any message, what matches `(?i)never invent`; what has landed is mended in a new version: `promptreg bump greet`
    note: Nobody's address goes to a model.
     --> policies/care.yaml:5:5
      |
    5 |   - require_pattern: '(?i)never invent'
      |     -----------------------------------

    error[policy-violation]: this is about 40 tokens, and the safety policy `care` allows 20
     --> prompts/support/greet/1.0.0.yaml:1:1
      |
    1 | content: |
      | ^^^^^^^
      |
      = help: shorten it, or what it includes; what has landed is mended in a new version: `promptreg bump greet`
    note: Nobody's address goes to a model.
     --> policies/care.yaml:7:5
      |
    7 |   - max_tokens: 20
      |     --------------

    error[policy-violation]: the safety policy `care` forbids this text
     --> prompts/support/greet/1.0.0.yaml:3:3
      |
    3 |   a@example.org or b@example.org.
      |   ^^^^^^^^^^^^^
      |
      = help: write it otherwise; what has landed is mended in a new version: `promptreg bump greet`
    note: Nobody's address goes to a model.
     --> policies/care.yaml:4:5
      |
    4 |   - forbid_pattern: '\w+@\w+\.org'
      |     ------------------------------

    error[policy-violation]: the safety policy `care` forbids this text
     --> prompts/support/greet/1.0.0.yaml:3:20
      |
    3 |   a@example.org or b@example.org.
      |                    ^^^^^^^^^^^^^
      |
      = help: write it otherwise; what has landed is mended in a new version: `promptreg bump greet`
    note: Nobody's address goes to a model.
     --> policies/care.yaml:4:5
      |
    4 |   - forbid_pattern: '\w+@\w+\.org'
      |     ------------------------------

    error[policy-violation]: `deep@1.0.0`, which is included here, has text that the safety policy `care` forbids
     --> prompts/support/greet/1.0.0.yaml:5:15
      |
    5 | uses: {voice: tone@1.1.0}
      |               ^^^^^^^^^^
      |
      = help: include another version of it, or take it out; what has landed is mended in a new version: `promptreg bump greet`
    note: the partial
     --> prompts/deep/1.0.0.yaml
    note: Nobody's address goes to a model.
     --> policies/care.yaml:4:5
      |
    4 |   - forbid_pattern: '\w+@\w+\.org'
      |     ------------------------------

    error[policy-violation]: the safety policy `care` forbids the variable `password`
     --> prompts/support/greet/1.0.0.yaml:9:5
      |
    9 |     password: {type: string}
      |     ^^^^^^^^
      |
      = help: take it out, or give it a name that says what it is; what has landed is mended in a new version: `promptreg bump greet`
    note: Nobody's address goes to a model.
     --> policies/care.yaml:6:5
      |
    6 |   - forbid_variable: password
      |     -------------------------

    6 errors in 1 file
    ");
}

#[test]
fn invalid_pattern_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("invalid-pattern"), @r#"
    error[invalid-pattern]: this is not a regular expression that can be used: look-around, including look-ahead and look-behind, is not supported
     --> policies/care.yaml:2:23
      |
    2 |   - forbid_pattern: 'a(?!b)'
      |                       ^^^
      |
      = help: patterns are matched in linear time, without look-arounds: forbid or require what you mean in a check of its own

    error[invalid-pattern]: this is not a regular expression that can be used: unclosed group
     --> policies/care.yaml:3:23
      |
    3 |   - require_pattern: "(ab"
      |                       ^
      |
      = help: the syntax is that of https://docs.rs/regex; in YAML write patterns in single quotes

    error[invalid-pattern]: this is not a regular expression that can be used: backreferences are not supported
     --> policies/care.yaml:4:26
      |
    4 |   - forbid_pattern: '(\w)\1'
      |                          ^^
      |
      = help: patterns are matched in linear time, without back-references: write the alternatives out

    error[invalid-pattern]: this regular expression grows too large
     --> policies/care.yaml:5:21
      |
    5 |   - forbid_pattern: '\w{999}{999}'
      |                     ^^^^^^^^^^^^^^
      |
      = help: repeat less: `\w{1000}` is a thousand times as large as `\w`

    4 errors in 1 file
    "#);
}

#[test]
fn test_input_invalid_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("test-input-invalid"), @"
    error[test-input-invalid]: the input of the test `a number` does not fit `input_schema`: expected text, found a number
     --> prompts/support/greet/1.0.0.yaml:4:36
      |
    4 |   - {name: a number, input: {name: 7}, render_contains: [Hello]}
      |                                    ^
      |
      = help: write it in quotes

    error[test-input-invalid]: the input of the test `nothing` does not fit `input_schema`: missing key `name`
     --> prompts/support/greet/1.0.0.yaml:5:12
      |
    5 |   - {name: nothing}
      |            ^^^^^^^

    error[test-input-invalid]: the input of the test `misspelt` does not fit `input_schema`: missing key `name`
     --> prompts/support/greet/1.0.0.yaml:6:29
      |
    6 |   - {name: misspelt, input: {naem: Ana, tone: rude}}
      |                             ^^^^^^^^^^^^^^^^^^^^^^^

    warning[test-input-invalid]: the test `misspelt` gives `naem`, which is no variable of this version
     --> prompts/support/greet/1.0.0.yaml:6:30
      |
    6 |   - {name: misspelt, input: {naem: Ana, tone: rude}}
      |                              ^^^^
      |
      = help: did you mean `name`?

    error[test-input-invalid]: the input of the test `misspelt` does not fit `input_schema`: `rude` does not match the pattern `^k`
     --> prompts/support/greet/1.0.0.yaml:6:47
      |
    6 |   - {name: misspelt, input: {naem: Ana, tone: rude}}
      |                                               ^^^^

    warning[test-input-invalid]: another test has the name `nothing` already
     --> prompts/support/greet/1.0.0.yaml:7:12
      |
    7 |   - {name: nothing, input: {name: Ana}}
      |            ^^^^^^^
      |
      = help: give each test a name of its own: reports go by it
    note: the other one
     --> prompts/support/greet/1.0.0.yaml:5:12
      |
    5 |   - {name: nothing}
      |            -------

    warning[test-input-invalid]: `contain` is nothing that an answer is held to
      --> prompts/support/greet/1.0.0.yaml:11:10
       |
    11 |       - {contain: Ana}
       |          ^^^^^^^
       |
       = help: did you mean `contains`?

    warning[test-input-invalid]: `regex` is nothing that an answer is held to
      --> prompts/support/greet/1.0.0.yaml:12:10
       |
    12 |       - {regex: ^A}
       |          ^^^^^
       |
       = help: write `contains` with a text, or `json_schema` with `output_schema`

    error[test-input-invalid]: this version has no `output_schema`
      --> prompts/support/greet/1.0.0.yaml:13:23
       |
    13 |       - {json_schema: output_schema}
       |                       ^^^^^^^^^^^^^
       |
       = help: add `output_schema:` to the version, or write a JSON Schema here

    error[test-input-invalid]: `answer` is neither a JSON Schema nor `output_schema`
      --> prompts/support/greet/1.0.0.yaml:14:23
       |
    14 |       - {json_schema: answer}
       |                       ^^^^^^
       |
       = help: write `output_schema` for the version's own, or a JSON Schema

    error[test-input-invalid]: this is not a JSON Schema: `type` must be one of array, boolean, integer, null, number, object, string; it is `objekt`
      --> prompts/support/greet/1.0.0.yaml:15:30
       |
    15 |       - {json_schema: {type: objekt}}
       |                              ^^^^^^
       |
       = help: did you mean `object`?

    7 errors, 4 warnings in 1 file
    ");
}

fn judged(registry: &Registry, selector: &str, policy: &Policy) -> Vec<(usize, Where)> {
    let version = registry.pinned(&selector.parse().unwrap()).unwrap();
    violations(|pin| registry.pinned(pin).map(Arc::as_ref), &Demands::new(&Arc::new(policy.clone())), version)
        .into_iter()
        .map(|found| (found.check, found.at))
        .collect()
}

#[test]
fn who_serves_is_told_the_same_of_a_version_as_lint_tells() {
    let registry = registry(case("policy-violation").fires).registry;
    let (name, policy) = registry.policies.first_key_value().unwrap();
    let bound = |prompt: &str| policy.binds(name, &registry.prompts[prompt]);
    assert!(bound("greet") && !bound("tone"));
    insta::assert_debug_snapshot!(judged(&registry, "greet@1.0.0", policy), @r#"
    [
        (
            0,
            Text(
                0,
                Span {
                    start: 27,
                    end: 40,
                },
            ),
        ),
        (
            0,
            Text(
                0,
                Span {
                    start: 44,
                    end: 57,
                },
            ),
        ),
        (
            0,
            Partial(
                PartialName(
                    "voice",
                ),
                Selector {
                    name: PromptName(
                        "deep",
                    ),
                    which: Exact(
                        Semver(
                            Version {
                                major: 1,
                                minor: 0,
                                patch: 0,
                            },
                        ),
                    ),
                },
            ),
        ),
        (
            1,
            Missing,
        ),
        (
            2,
            Variable,
        ),
        (
            3,
            Tokens(
                40,
            ),
        ),
    ]
    "#);
    assert_eq!(judged(&registry, "tone@1.0.0", policy), [(1, Where::Missing)]);
}

#[test]
fn a_pattern_that_cannot_be_used_judges_nothing_and_the_hundred_and_first_is_not_used() {
    let registry = registry(&[]).registry;
    let policy = |checks: Vec<serde_json::Value>| -> Policy {
        serde_json::from_value(serde_json::json!({ "checks": checks })).unwrap()
    };
    let broken = policy(vec![serde_json::json!({"require_pattern": "("}), serde_json::json!({"forbid_pattern": "("})]);
    assert_eq!(Demands::new(&Arc::new(broken.clone())).faults.len(), 2);
    assert_eq!(judged(&registry, "greet@1.0.0", &broken), []);
    let many = policy((0..150).map(|i| serde_json::json!({"require_pattern": format!("x{i}")})).collect());
    assert_eq!(Demands::new(&Arc::new(many.clone())).faults.len(), 50);
    assert_eq!(judged(&registry, "greet@1.0.0", &many).len(), 100);
}
