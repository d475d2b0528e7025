//! What a person reads where a rule about workflows, triggers and hooks fires, in full.

use super::{
    case,
    registry::{registry, report},
};
use promptreg::{domain::Limits, lint};

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

    error[invalid-timezone]: there is no time zone `Europe/Munich`
     --> workflows/w.yaml:5:56
      |
    5 |   - {id: e, type: schedule, cron: 0 7 * * *, timezone: Europe/Munich}
      |                                                        ^^^^^^^^^^^^^
      |
      = help: write a region and a city of the same time, such as `Europe/Berlin` for all of Germany, or `UTC`

    error[invalid-timezone]: there is no time zone `PST`
     --> workflows/w.yaml:6:56
      |
    6 |   - {id: d, type: schedule, cron: 0 7 * * *, timezone: PST}
      |                                                        ^^^
      |
      = help: did you mean `America/Los_Angeles`?

    5 errors in 1 file
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

#[test]
fn workflow_missing_input_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("workflow-missing-input"), @r#"
    error[workflow-missing-input]: the trigger `mornings` does not give `name`, which the workflow requires
     --> workflows/w.yaml:3:10
      |
    3 |   - {id: mornings, type: schedule, cron: 0 7 * * *}
      |          ^^^^^^^^
      |
      = help: add it to `input`: `name: …`

    error[workflow-missing-input]: the step `one` does not give `name`, which `greet` 1.0.0 requires
     --> workflows/w.yaml:6:23
      |
    6 |   - {id: one, prompt: greet@1.0.0}
      |                       ^^^^^^^^^^^
      |
      = help: add it to `input_mapping`: `name: "{{input.name}}"`
    note: required here
     --> prompts/support/greet/1.0.0.yaml

    error[workflow-missing-input]: the step `two` does not give `mood`, which `greet` 1.1.0 requires
     --> workflows/w.yaml:7:30
      |
    7 |   - {id: two, prompt: greet, input_mapping: {name: "{{input.name}}"}}
      |                              ^^^^^^^^^^^^^
      |
      = help: add it to `input_mapping`: `mood: …`
    note: required here
     --> prompts/support/greet/1.1.0.yaml

    3 errors in 1 file
    "#);
}

#[test]
fn workflow_unknown_input_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("workflow-unknown-input"), @r#"
    error[workflow-unknown-input]: the trigger `inbox` gives `nickname`, which the workflow does not declare
     --> workflows/w.yaml:3:70
      |
    3 |   - {id: inbox, type: webhook, secret: {env: INBOX}, input_mapping: {nickname: "{{body.name}}"}}
      |                                                                      ^^^^^^^^
      |
      = help: there is `name`; else declare it in `input_schema`

    error[workflow-unknown-input]: the step `one` gives `nmae`, which `greet` 1.0.0 does not declare
     --> workflows/w.yaml:5:46
      |
    5 |   - {id: one, prompt: greet, input_mapping: {nmae: "{{input.name}}"}}
      |                                              ^^^^
      |
      = help: did you mean `name`?

    warning[workflow-unknown-input]: the step `two` gives `title`, which `greet` 1.0.0 does not declare
     --> workflows/w.yaml:6:70
      |
    6 |   - {id: two, prompt: greet, input_mapping: {name: "{{input.name}}", title: Dr}}
      |                                                                      ^^^^^
      |
      = help: there is `mood`; else leave it out

    warning[workflow-unknown-input]: the step `three` gives `style`, which `tone` 1.0.0 does not declare
     --> workflows/w.yaml:7:53
      |
    7 |   - {id: three, prompt: tone@1.0.0, input_mapping: {style: dry}}
      |                                                     ^^^^^
      |
      = help: leave it out, or declare it in the prompt's `input_schema`

    2 errors, 2 warnings in 1 file
    "#);
}

#[test]
fn workflow_unknown_output_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("workflow-unknown-output"), @r#"
    warning[workflow-unknown-output]: the workflow has no `input_schema`, so nobody is told to give `go`
     --> workflows/bare.yaml:2:44
      |
    2 |   - {id: one, prompt: tone@1.0.0, when: "{{input.go}}"}
      |                                            ^^^^^^^^
      |
      = help: declare it: `input_schema: {properties: {go: {type: string}}}`

    error[workflow-unknown-output]: there is no `ticket` in the request that a webhook gets
     --> workflows/w.yaml:3:79
      |
    3 |   - {id: inbox, type: webhook, secret: {env: INBOX}, input_mapping: {note: "{{ticket}} {{request.body.text}}"}}
      |                                                                               ^^^^^^
      |
      = help: the request has `body`, `headers` and `query`: perhaps `body.ticket`

    error[workflow-unknown-output]: there is no `request` in the request that a webhook gets
     --> workflows/w.yaml:3:90
      |
    3 |   - {id: inbox, type: webhook, secret: {env: INBOX}, input_mapping: {note: "{{ticket}} {{request.body.text}}"}}
      |                                                                                          ^^^^^^^^^^^^^^^^^
      |
      = help: write `body.text`

    error[workflow-unknown-output]: a workflow has `input` and `outputs`, and no `ticket`
     --> workflows/w.yaml:7:30
      |
    7 |     input_mapping: {name: "{{ticket}} {{input.tiket}} {{input.ticket.txt}} {{input.ticket.text.x}}"}
      |                              ^^^^^^
      |
      = help: write `input.ticket`

    error[workflow-unknown-output]: `input` has no field `tiket`
     --> workflows/w.yaml:7:41
      |
    7 |     input_mapping: {name: "{{ticket}} {{input.tiket}} {{input.ticket.txt}} {{input.ticket.text.x}}"}
      |                                         ^^^^^^^^^^^
      |
      = help: did you mean `ticket`?

    error[workflow-unknown-output]: `input.ticket` has no field `txt`
     --> workflows/w.yaml:7:57
      |
    7 |     input_mapping: {name: "{{ticket}} {{input.tiket}} {{input.ticket.txt}} {{input.ticket.text.x}}"}
      |                                                         ^^^^^^^^^^^^^^^^
      |
      = help: did you mean `text`?

    error[workflow-unknown-output]: `input.ticket.text` is of type string and has no field `x`
     --> workflows/w.yaml:7:78
      |
    7 |     input_mapping: {name: "{{ticket}} {{input.tiket}} {{input.ticket.txt}} {{input.ticket.text.x}}"}
      |                                                                              ^^^^^^^^^^^^^^^^^^^
      |
      = help: write `input.ticket.text`

    error[workflow-unknown-output]: `outputs.reply` is the answer of the step `draft`, which comes later
     --> workflows/w.yaml:9:14
      |
    9 |     when: "{{outputs.reply}}"
      |              ^^^^^^^^^^^^^
      |
      = help: read the answer of a step before this one, or change their order

    error[workflow-unknown-output]: no step before this has the `output_key` `summarize`: that is the id of one
      --> workflows/w.yaml:12:37
       |
    12 |     input_mapping: {name: {all: ["{{outputs.summarize}}", "{{outputs.summary.titel}}", "{{outputs.reply}}"]}}
       |                                     ^^^^^^^^^^^^^^^^^
       |
       = help: its answer is `outputs.summary`

    error[workflow-unknown-output]: `outputs.summary` has no field `titel`
      --> workflows/w.yaml:12:62
       |
    12 |     input_mapping: {name: {all: ["{{outputs.summarize}}", "{{outputs.summary.titel}}", "{{outputs.reply}}"]}}
       |                                                              ^^^^^^^^^^^^^^^^^^^^^
       |
       = help: did you mean `title`?

    error[workflow-unknown-output]: `outputs.reply` is what this step itself answers
      --> workflows/w.yaml:12:91
       |
    12 |     input_mapping: {name: {all: ["{{outputs.summarize}}", "{{outputs.summary.titel}}", "{{outputs.reply}}"]}}
       |                                                                                           ^^^^^^^^^^^^^
       |
       = help: read the answer of a step before this one, or change their order

    error[workflow-unknown-output]: a workflow has `input` and `outputs`, and no `steps`
      --> workflows/w.yaml:15:16
       |
    15 | output: {a: "{{steps.draft.output}}", b: "{{outputs.sumary}}", c: "{{outputs.check-it}}", d: "{{outputs.reply.te...
       |                ^^^^^^^^^^^^^^^^^^
       |
       = help: write `outputs.reply`

    error[workflow-unknown-output]: no step before this has the `output_key` `sumary`
      --> workflows/w.yaml:15:45
       |
    15 | output: {a: "{{steps.draft.output}}", b: "{{outputs.sumary}}", c: "{{outputs.check-it}}", d: "{{outputs.reply.te...
       |                                             ^^^^^^^^^^^^^^
       |
       = help: did you mean `summary`?

    error[workflow-unknown-output]: the step `check-it` has no `output_key`, so nothing can read its answer
      --> workflows/w.yaml:15:70
       |
    15 | output: {a: "{{steps.draft.output}}", b: "{{outputs.sumary}}", c: "{{outputs.check-it}}", d: "{{outputs.reply.te...
       |                                                                      ^^^^^^^^^^^^^^^^
       |
       = help: add `output_key: check_it` to it, and read `outputs.check_it`

    warning[workflow-unknown-output]: `outputs.reply` is a text and has no field `text`: `greet` 1.1.0 has no `output_schema`
      --> workflows/w.yaml:15:97
       |
    15 | ....sumary}}", c: "{{outputs.check-it}}", d: "{{outputs.reply.text}}", e: "{{summary}}"}
       |                                                 ^^^^^^^^^^^^^^^^^^
       |
       = help: write `outputs.reply`, or give the prompt an `output_schema`

    error[workflow-unknown-output]: a workflow has `input` and `outputs`, and no `summary`
      --> workflows/w.yaml:15:126
       |
    15 | ...ts.check-it}}", d: "{{outputs.reply.text}}", e: "{{summary}}"}
       |                                                       ^^^^^^^
       |
       = help: write `outputs.summary`

    14 errors, 2 warnings in 2 files
    "#);
}

#[test]
fn two_steps_with_one_output_are_told_unless_one_is_chosen() {
    let files = [(
        "workflows/w.yaml",
        "steps:\n  - {id: a, prompt: greet, output_key: reply}\n  - {id: b, prompt: greet, output_key: reply, when: \"{{outputs.reply}}\"}\n  - {id: c, prompt: greet, output_key: reply}\n",
    )];
    insta::assert_snapshot!(report(&files), @r#"
    warning[duplicate-name]: the answer of an earlier step is `outputs.reply` already, and this one replaces it
     --> workflows/w.yaml:4:40
      |
    4 |   - {id: c, prompt: greet, output_key: reply}
      |                                        ^^^^^
      |
      = help: give each step an `output_key` of its own, or say by `when` which of them runs
    note: the other one
     --> workflows/w.yaml:3:40
      |
    3 |   - {id: b, prompt: greet, output_key: reply, when: "{{outputs.reply}}"}
      |                                        -----

    1 warning in 1 file
    "#);
}

#[test]
fn templates_anywhere_in_a_workflow_are_read() {
    let files = [(
        "workflows/w.yaml",
        "triggers:\n  - {id: inbox, type: webhook, secret: {env: INBOX}, input_mapping: {ticket: \"{{body.text\"}}\nsteps:\n  - {id: a, prompt: greet, when: \"{{> tone}}\"}\noutput: {all: [\"{{#if input}}\", \"{{role 'system'}} x\"]}\n",
    )];
    insta::assert_snapshot!(report(&files), @r#"
    error[template-syntax]: this tag is never closed
     --> workflows/w.yaml:2:79
      |
    2 |   - {id: inbox, type: webhook, secret: {env: INBOX}, input_mapping: {ticket: "{{body.text"}}
      |                                                                               ^^
      |
      = help: end it with }}, or write \{{ where braces are meant as text

    error[template-syntax]: a workflow includes no partials, and `tone` would be one
     --> workflows/w.yaml:4:39
      |
    4 |   - {id: a, prompt: greet, when: "{{> tone}}"}
      |                                       ^^^^
      |
      = help: include it in the prompt of a step

    error[template-syntax]: the block `#if` is never closed
     --> workflows/w.yaml:5:17
      |
    5 | output: {all: ["{{#if input}}", "{{role 'system'}} x"]}
      |                 ^^^^^^^^^^^^^
      |
      = help: write {{/if}} before the end of the text at byte 13

    error[template-syntax]: `role` makes messages, and a workflow passes on values
     --> workflows/w.yaml:5:34
      |
    5 | output: {all: ["{{#if input}}", "{{role 'system'}} x"]}
      |                                  ^^^^^^^^^^^^^^^^^
      |
      = help: write it into the prompt of a step

    4 errors in 1 file
    "#);
}

#[test]
fn workflow_input_type_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("workflow-input-type"), @r#"
    error[workflow-input-type]: the trigger `mornings` gives `text` a value that the workflow does not take: expected text, found a number
     --> workflows/w.yaml:9:67
      |
    9 |   - {id: mornings, type: schedule, cron: 0 7 * * *, input: {text: 7, lang: Dutch}}
      |                                                                   ^
      |
      = help: write it in quotes

    error[workflow-input-type]: the trigger `mornings` gives `lang` a value that the workflow does not take: `lang` must be one of English, French; it is `Dutch`
     --> workflows/w.yaml:9:76
      |
    9 |   - {id: mornings, type: schedule, cron: 0 7 * * *, input: {text: 7, lang: Dutch}}
      |                                                                            ^^^^^

    error[workflow-input-type]: a text with more in it than one expression is a string, and the workflow takes `size` as integer or null
      --> workflows/w.yaml:10:76
       |
    10 |   - {id: inbox, type: webhook, secret: {env: INBOX}, input_mapping: {size: "{{body.a}}, {{body.b}}"}}
       |                                                                            ^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: pass on one value with its type: one expression alone

    error[workflow-input-type]: `input.text` is of type string, and `greet` 1.0.0 takes `count` as integer
      --> workflows/w.yaml:12:82
       |
    12 |   - {id: one, prompt: greet@1.0.0, output_key: answer, input_mapping: {count: "{{input.text}}"}}
       |                                                                                  ^^^^^^^^^^
       |
       = help: let the two schemas agree, or pass on another value
    note: `count` is declared here
      --> prompts/support/greet/1.0.0.yaml

    error[workflow-input-type]: a text with more in it than one expression is a string, and `greet` 1.0.0 takes `count` as integer
      --> workflows/w.yaml:13:59
       |
    13 |   - {id: two, prompt: greet@1.0.0, input_mapping: {count: "about {{input.size}}"}}
       |                                                           ^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: write the expression alone, so that the value keeps its type: `"{{input.size}}"`
    note: `count` is declared here
      --> prompts/support/greet/1.0.0.yaml

    warning[workflow-input-type]: `input.size` may be of type null, and `greet` 1.0.0 takes `count` as integer
      --> workflows/w.yaml:14:64
       |
    14 |   - {id: three, prompt: greet@1.0.0, input_mapping: {count: "{{input.size}}", language: "{{input.lang}}"}}
       |                                                                ^^^^^^^^^^
       |
       = help: let the two schemas agree, or pass on another value
    note: `count` is declared here
      --> prompts/support/greet/1.0.0.yaml

    error[workflow-input-type]: `input.lang` may be `"French"`, which `greet` 1.0.0 does not take as `language`: `language` must be one of English, German; it is `French`
      --> workflows/w.yaml:14:92
       |
    14 |   - {id: three, prompt: greet@1.0.0, input_mapping: {count: "{{input.size}}", language: "{{input.lang}}"}}
       |                                                                                            ^^^^^^^^^^
       |
       = help: let the two schemas agree, or pass on another value
    note: `language` is declared here
      --> prompts/support/greet/1.0.0.yaml

    error[workflow-input-type]: `outputs.answer` is of type string (`greet` 1.0.0 has no `output_schema`), and `greet` 1.0.0 takes `count` as integer
      --> workflows/w.yaml:15:63
       |
    15 |   - {id: four, prompt: greet@1.0.0, input_mapping: {count: "{{outputs.answer}}", list: "{{ input.list }}"}}
       |                                                               ^^^^^^^^^^^^^^
       |
       = help: let the two schemas agree, or pass on another value
    note: `count` is declared here
      --> prompts/support/greet/1.0.0.yaml

    error[workflow-input-type]: `input.list[]` is of type object, and `greet` 1.0.0 takes `list[]` as string
      --> workflows/w.yaml:15:92
       |
    15 |   - {id: four, prompt: greet@1.0.0, input_mapping: {count: "{{outputs.answer}}", list: "{{ input.list }}"}}
       |                                                                                            ^^^^^^^^^^
       |
       = help: let the two schemas agree, or pass on another value
    note: `list` is declared here
      --> prompts/support/greet/1.0.0.yaml

    error[workflow-input-type]: the step `five` gives `count` a value that `greet` 1.0.0 does not take: `count` is more than 9
      --> workflows/w.yaml:16:60
       |
    16 |   - {id: five, prompt: greet@1.0.0, input_mapping: {count: 12, name: [a], list: [a, 2], language: german}}
       |                                                            ^^
       |
    note: `count` is declared here
      --> prompts/support/greet/1.0.0.yaml

    error[workflow-input-type]: the step `five` gives `name` a value that `greet` 1.0.0 does not take: expected text, found a list
      --> workflows/w.yaml:16:70
       |
    16 |   - {id: five, prompt: greet@1.0.0, input_mapping: {count: 12, name: [a], list: [a, 2], language: german}}
       |                                                                      ^^^
       |
    note: `name` is declared here
      --> prompts/support/greet/1.0.0.yaml

    error[workflow-input-type]: the step `five` gives `list` a value that `greet` 1.0.0 does not take: expected text, found a number
      --> workflows/w.yaml:16:85
       |
    16 |   - {id: five, prompt: greet@1.0.0, input_mapping: {count: 12, name: [a], list: [a, 2], language: german}}
       |                                                                                     ^
       |
       = help: write it in quotes
    note: `list` is declared here
      --> prompts/support/greet/1.0.0.yaml

    error[workflow-input-type]: the step `five` gives `language` a value that `greet` 1.0.0 does not take: `language` must be one of English, German; it is `german`
      --> workflows/w.yaml:16:99
       |
    16 |   - {id: five, prompt: greet@1.0.0, input_mapping: {count: 12, name: [a], list: [a, 2], language: german}}
       |                                                                                                   ^^^^^^
       |
       = help: did you mean `German`?
    note: `language` is declared here
      --> prompts/support/greet/1.0.0.yaml

    12 errors, 1 warning in 1 file
    "#);
}

#[test]
fn fallback_to_itself_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("fallback-to-itself"), @"
    warning[fallback-to-itself]: `slow` falls back on itself
     --> models/slow.yaml:3:18
      |
    3 | fallback: [fast, slow]
      |                  ^^^^
      |
      = help: name another profile, or give a workflow's step `retries`

    1 warning in 1 file
    ");
}

#[test]
fn a_workflow_is_sound_only_if_its_templates_are_read_and_its_ids_are_distinct() {
    let is_sound = |text: &'static str| {
        let loaded = registry(&[("workflows/w.yaml", text)]);
        lint::sound(&loaded.documents["workflows/w.yaml"], &Limits::default())
    };
    assert!(is_sound("steps: [{id: a, prompt: greet, when: \"{{outputs.nothing}}\"}]\n"));
    assert!(!is_sound("steps: [{id: a, prompt: greet, when: \"{{#if input.a}}\"}]\n"));
    assert!(!is_sound("steps: [{id: a, prompt: greet}]\noutput: {all: [{deep: \"{{> tone}}\"}]}\n"));
    assert!(!is_sound("steps: [{id: a, prompt: greet}, {id: a, prompt: greet}]\n"));
}
