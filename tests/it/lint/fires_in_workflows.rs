//! What a person reads where a rule about workflows, triggers and hooks fires, in full.

use super::{case, registry::report};

fn fires(rule: &str) -> String {
    report(case(rule).fires)
}

#[test]
fn invalid_cron_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("invalid-cron"), @r#"
    error[invalid-cron]: `25` is no hour
     --> workflows/w.yaml:2:37
      |
    2 |   - {id: a, type: schedule, cron: 0 25 * * 1-5}
      |                                     ^^
      |
      = help: the hour takes 0 to 23, also as a range (1-5, the lower first), a list (1,3), with a step (*/2), or *

    error[invalid-cron]: `*/90` is no minute
     --> workflows/w.yaml:3:36
      |
    3 |   - {id: b, type: schedule, cron: "*/90 7-5 * JANUARY 8"}
      |                                    ^^^^
      |
      = help: the minute takes 0 to 59, also as a range (1-5, the lower first), a list (1,3), with a step (*/2), or *

    error[invalid-cron]: `7-5` is no hour
     --> workflows/w.yaml:3:41
      |
    3 |   - {id: b, type: schedule, cron: "*/90 7-5 * JANUARY 8"}
      |                                         ^^^
      |
      = help: the hour takes 0 to 23, also as a range (1-5, the lower first), a list (1,3), with a step (*/2), or *

    error[invalid-cron]: `JANUARY` is no month
     --> workflows/w.yaml:3:47
      |
    3 |   - {id: b, type: schedule, cron: "*/90 7-5 * JANUARY 8"}
      |                                               ^^^^^^^
      |
      = help: the month takes 1 to 12, or JAN to DEC, also as a range (1-5, the lower first), a list (1,3), with a step (*/2), or *

    error[invalid-cron]: `8` is no day of the week
     --> workflows/w.yaml:3:55
      |
    3 |   - {id: b, type: schedule, cron: "*/90 7-5 * JANUARY 8"}
      |                                                       ^
      |
      = help: the day of the week takes 0 to 7, where 0 and 7 are Sunday, or SUN to SAT, also as a range (1-5, the lower first), a list (1,3), with a step (*/2), or *

    error[invalid-cron]: no date fits this schedule, so it never starts a run
     --> workflows/w.yaml:4:35
      |
    4 |   - {id: c, type: schedule, cron: 0 7 30 2 *}
      |                                   ^^^^^^^^^^
      |
      = help: give a day of the month that one of its months has; 29 February comes every four years

    6 errors in 1 file
    "#);
}

#[test]
fn invalid_timezone_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("invalid-timezone"), @"
    error[invalid-timezone]: there is no time zone `Berlin`
     --> workflows/w.yaml:2:56
      |
    2 |   - {id: a, type: schedule, cron: 0 7 * * *, timezone: Berlin}
      |                                                        ^^^^^^
      |
      = help: did you mean `Europe/Berlin`?

    error[invalid-timezone]: there is no time zone `Europe/Brelin`
     --> workflows/w.yaml:3:56
      |
    3 |   - {id: b, type: schedule, cron: 0 7 * * *, timezone: Europe/Brelin}
      |                                                        ^^^^^^^^^^^^^
      |
      = help: did you mean `Europe/Berlin`?

    error[invalid-timezone]: there is no time zone `GMT+2`
     --> workflows/w.yaml:4:56
      |
    4 |   - {id: c, type: schedule, cron: 0 7 * * *, timezone: GMT+2}
      |                                                        ^^^^^
      |
      = help: write the region and city whose time is meant, such as `Europe/Berlin`: an offset has no summer time

    error[invalid-timezone]: there is no time zone `PST`
     --> workflows/w.yaml:5:56
      |
    5 |   - {id: d, type: schedule, cron: 0 7 * * *, timezone: PST}
      |                                                        ^^^
      |
      = help: did you mean `America/Los_Angeles`?

    4 errors in 1 file
    ");
}

#[test]
fn hook_url_not_https_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("hook-url-not-https"), @"
    error[hook-url-not-https]: results would travel to `desk.example.com` unencrypted
     --> hooks/desk.yaml:2:13
      |
    2 | target_url: http://desk.example.com/hooks/triage
      |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write https://desk.example.com/hooks/triage

    error[hook-url-not-https]: `example` is no domain that mail can be sent to
     --> hooks/mail.yaml:2:13
      |
    2 | target_url: mailto:ops@example
      |             ^^^^^^^^^^^^^^^^^^
      |
      = help: write one that can receive mail, such as mailto:team@example.org

    error[hook-url-not-https]: `target_url` holds a user or a password, which is a secret in a file
    --> hooks/password.yaml
     = help: take it out, name its environment variable in `auth_token: {env: …}`, and change it: history keeps it

    3 errors in 3 files
    ");
}

#[test]
fn unknown_workflow_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("unknown-workflow"), @"
    error[unknown-workflow]: there is no workflow `traige`
     --> hooks/desk.yaml:3:11
      |
    3 | workflow: traige
      |           ^^^^^^
      |
      = help: did you mean `triage`?

    1 error in 1 file
    ");
}

#[test]
fn workflow_never_runs_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("workflow-never-runs"), @"
    warning[workflow-never-runs]: this workflow is published, and no trigger starts it
     --> workflows/w.yaml:1:9
      |
    1 | status: published
      |         ^^^^^^^^^
      |
      = help: add `triggers: [{id: by-hand, type: manual}]`, or write `status: draft`

    1 warning in 1 file
    ");
}
