//! What a person reads where a rule about versions fires, in full.

use super::{case, registry::report};

fn fires(rule: &str) -> String {
    report(case(rule).fires)
}

#[test]
fn shape_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("shape"), @"
    error[shape]: unknown key `mesages`
     --> prompts/support/greet/1.0.0.yaml:1:1
      |
    1 | mesages:
      | ^^^^^^^
      |
      = help: did you mean `messages`?
      = fix: write `messages` (`promptreg lint --fix`)

    warning[shape]: `on` is a text here, though older YAML reads a boolean: quote it, or write true or false
     --> prompts/support/greet/1.1.0.yaml:2:8
      |
    2 | notes: on
      |        ^^

    1 error, 1 warning in 2 files
    ");
}

#[test]
fn template_syntax_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("template-syntax"), @r"
    error[template-syntax]: this tag is never closed
     --> prompts/support/greet/1.0.0.yaml:5:13
      |
    5 |       Greet {{name
      |             ^^
      |
      = help: end it with }}, or write \{{ where braces are meant as text

    1 error in 1 file
    ");
}

#[test]
fn undeclared_variable_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("undeclared-variable"), @r#"
    error[undeclared-variable]: `nmae` is used here and not declared in `input_schema`
     --> prompts/support/greet/1.0.0.yaml:2:12
      |
    2 |   Greet {{ nmae }} and {{other}}, {{other}}!
      |            ^^^^
      |
      = help: did you mean `name`?

    error[undeclared-variable]: `other` is used here and not declared in `input_schema`
     --> prompts/support/greet/1.0.0.yaml:2:26
      |
    2 |   Greet {{ nmae }} and {{other}}, {{other}}!
      |                          ^^^^^
      |
      = help: there is `name`; declare it: `input_schema: {properties: {other: {type: string}}}`
      = fix: declare `other` as a text that is required (`promptreg lint --fix`)

    error[undeclared-variable]: `name` is used here and not declared in `input_schema`
     --> prompts/support/greet/1.1.0.yaml:1:13
      |
    1 | content: "{{name}}"
      |             ^^^^
      |
      = help: declare it: `input_schema: {properties: {name: {type: string}}}`

    error[undeclared-variable]: the partial `voice` uses `style`, which is not declared in `input_schema`
     --> prompts/support/greet/1.2.0.yaml:1:15
      |
    1 | content: "{{> voice}}"
      |               ^^^^^
      |
      = help: declare it: `input_schema: {properties: {style: {type: string}}}`, or give it here: `{{> voice style=…}}`

    4 errors in 3 files
    "#);
}

#[test]
fn unused_variable_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("unused-variable"), @"
    warning[unused-variable]: `title` is declared and never used
     --> prompts/support/greet/1.0.0.yaml:6:5
      |
    6 |     title: {type: string}
      |     ^^^^^
      |
      = help: use it in a message, or delete it

    1 warning in 1 file
    ");
}

#[test]
fn invalid_json_schema_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("invalid-json-schema"), @"
    error[invalid-json-schema]: `type` must be one of array, boolean, integer, null, number, object, string; it is `objekt`
     --> prompts/support/greet/1.0.0.yaml:3:9
      |
    3 |   type: objekt
      |         ^^^^^^
      |
      = help: did you mean `object`?

    error[invalid-json-schema]: `https://example.com/a.json` is another document
     --> prompts/support/greet/1.0.0.yaml:5:9
      |
    5 |   $ref: https://example.com/a.json
      |         ^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: only references within the schema are followed, such as `#/$defs/name`

    2 errors in 1 file
    ");
}

#[test]
fn unknown_partial_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("unknown-partial"), @r#"
    error[unknown-partial]: the partial `tone` is not listed in `uses`
     --> prompts/support/greet/1.0.0.yaml:1:15
      |
    1 | content: "{{> tone}} Hello"
      |               ^^^^
      |
      = help: add `uses: {tone: tone@1.1.0}`

    error[unknown-partial]: the partial `tona` is not listed in `uses`
     --> prompts/support/greet/1.1.0.yaml:1:26
      |
    1 | content: "{{> tone}} {{> tona}}"
      |                          ^^^^
      |
      = help: did you mean `tone`?
      = fix: write `tone` (`promptreg lint --fix`)

    error[unknown-partial]: `tone` has no version 9.0.0
     --> prompts/support/greet/1.1.0.yaml:2:14
      |
    2 | uses: {tone: tone@9.0.0, tune: tune@1.0.0}
      |              ^^^^^^^^^^
      |
      = help: it has `1.1.0`, `1.0.0`

    error[unknown-partial]: there is no prompt `tune`
     --> prompts/support/greet/1.1.0.yaml:2:32
      |
    2 | uses: {tone: tone@9.0.0, tune: tune@1.0.0}
      |                                ^^^^^^^^^^
      |
      = help: did you mean `tone`?
      = fix: write `tone` (`promptreg lint --fix`)

    error[unknown-partial]: `tone@1.1.0` has 2 messages and cannot be put into a text
     --> prompts/support/greet/1.2.0.yaml:2:13
      |
    2 | uses: {two: tone@1.1.0}
      |             ^^^^^^^^^^
      |
      = help: a partial is a version with one message, such as `content: …`

    5 errors in 3 files
    "#);
}

#[test]
fn unpinned_partial_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("unpinned-partial"), @"
    error[unpinned-partial]: `tone` is not one exact version, so this version could change with it
     --> prompts/support/greet/1.0.0.yaml:2:14
      |
    2 | uses: {tone: tone}
      |              ^^^^
      |
      = help: write `tone@1.0.0`

    error[unpinned-partial]: `tone@^1` is not one exact version, so this version could change with it
     --> prompts/support/greet/1.1.0.yaml:2:14
      |
    2 | uses: {tone: tone@^1}
      |              ^^^^^^^
      |
      = help: write `tone@1.0.0`
      = fix: pin `tone@1.0.0` (`promptreg lint --fix`)

    2 errors in 2 files
    ");
}

#[test]
fn partial_cycle_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("partial-cycle"), @"
    error[partial-cycle]: this version includes itself: `greet@1.0.0` → `tone@1.1.0` → `greet@1.0.0`
     --> prompts/support/greet/1.0.0.yaml:2:14
      |
    2 | uses: {tone: tone@1.1.0}
      |              ^^^^^^^^^^
      |
      = help: take one of these partials out of the circle

    error[partial-cycle]: this version includes itself: `tone@1.1.0` → `greet@1.0.0` → `tone@1.1.0`
     --> prompts/tone/1.1.0.yaml:2:15
      |
    2 | uses: {greet: greet@1.0.0}
      |               ^^^^^^^^^^^
      |
      = help: take one of these partials out of the circle

    2 errors in 2 files
    ");
}

#[test]
fn secret_in_file_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("secret-in-file"), @"
    error[secret-in-file]: this looks like an API key, readable for all who can read the repository
     --> prompts/support/greet/1.0.0.yaml:2:7
      |
    2 |   Use ******************************** and ****************************************.
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: revoke it at its provider, then write where the new one is found: `{env: NAME}` or `{file: PATH}`

    error[secret-in-file]: this looks like a GitHub token, readable for all who can read the repository
     --> prompts/support/greet/1.0.0.yaml:2:44
      |
    2 |   Use ******************************** and ****************************************.
      |                                            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: revoke it at its provider, then write where the new one is found: `{env: NAME}` or `{file: PATH}`

    error[secret-in-file]: this looks like a private key, readable for all who can read the repository
     --> prompts/support/greet/1.0.0.yaml:3:3
      |
    3 |   ********** *** ******* ********
      |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: revoke it at its provider, then write where the new one is found: `{env: NAME}` or `{file: PATH}`

    3 errors in 1 file
    ");
}

#[test]
fn test_fails_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("test-fails"), @"
    error[test-fails]: the test `bad` fails: no rendered message contains this
      --> prompts/support/greet/1.0.0.yaml:10:62
       |
    10 |   - {name: bad, input: {name: Ana}, render_contains: [Hello, in German]}
       |                                                              ^^^^^^^^^
       |
       = help: it renders: Hello Ana, in English

    1 error in 1 file
    ");
}
