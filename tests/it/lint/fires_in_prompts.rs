//! What a person reads where a rule about prompts, people and policies fires, in full.

use super::{case, registry::report};

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
