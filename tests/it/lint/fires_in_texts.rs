//! What a person reads where a rule about texts fires, in full.

use promptreg::{files, template};

use super::{
    case,
    registry::{File, findings, registry, report},
};

fn fires(rule: &str) -> String {
    report(case(rule).fires)
}

#[test]
fn single_braces_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("single-braces"), @r#"
    error[single-braces]: `${language}` is text here: the variable `language` is never filled in
     --> prompts/support/greet/1.0.0.yaml:2:13
      |
    2 |   Answer in ${language}, ${ language }.
      |             ^^^^^^^^^^^
      |
      = help: write `{{language}}`
      = fix: write `{{language}}` (`promptreg lint --fix`)

    error[single-braces]: `%(words)s` is text here: the variable `words` is never filled in
     --> prompts/support/greet/1.0.0.yaml:3:17
      |
    3 |   Keep it under %(words)s words, [title]!
      |                 ^^^^^^^^^
      |
      = help: write `{{words}}`
      = fix: write `{{words}}` (`promptreg lint --fix`)

    error[single-braces]: `[title]` is text here: the variable `title` is never filled in
     --> prompts/support/greet/1.0.0.yaml:3:34
      |
    3 |   Keep it under %(words)s words, [title]!
      |                                  ^^^^^^^
      |
      = help: write `{{title}}`
      = fix: write `{{title}}` (`promptreg lint --fix`)

    error[single-braces]: `{% if name %}` is text here: the variable `name` is never filled in
     --> prompts/support/greet/1.1.0.yaml:3:15
      |
    3 |     content: "{% if name %}Greet {name}.{% endif %}"
      |               ^^^^^^^^^^^^^
      |
      = help: write `{{#if name}}…{{/if}}` or `{{#each name}}…{{/each}}`

    4 errors in 2 files
    "#);
}

#[test]
fn literal_braces_in_none_engine_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("literal-braces-in-none-engine"), @r#"
    warning[literal-braces-in-none-engine]: `{{name}}` and one more variable are text here, since `engine: none` takes all text literally
     --> prompts/support/greet/1.0.0.yaml:1:17
      |
    1 | content: "Greet {{name}} in {{ language }}."
      |                 ^^^^^^^^
      |
      = help: delete `engine: none`
      = fix: delete `engine: none` (`promptreg lint --fix`)
    note: all text is literal because of this
     --> prompts/support/greet/1.0.0.yaml:2:1
      |
    2 | engine: none
      | ------

    warning[literal-braces-in-none-engine]: `{{name}}` is text here, since `engine: none` takes all text literally
     --> prompts/support/greet/1.1.0.yaml:1:17
      |
    1 | content: "Greet {{name}} and {{other}}."
      |                 ^^^^^^^^
      |
      = help: delete `engine: none`
    note: all text is literal because of this
     --> prompts/support/greet/1.1.0.yaml:2:1
      |
    2 | engine: none
      | ------

    2 warnings in 2 files
    "#);
}

#[test]
fn non_portable_template_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("non-portable-template"), @"
    warning[non-portable-template]: other readers of this template take `log` for a helper, and not for the variable
     --> prompts/support/greet/1.0.0.yaml:2:22
      |
    2 |   What went wrong? {{log}} {{log}}
      |                      ^^^
      |
      = help: rename the variable, or write `{{this.log}}` outside of loops

    warning[non-portable-template]: other readers of this template take `len` for a helper, and not for the variable
     --> prompts/support/greet/1.0.0.yaml:3:12
      |
    3 |   It has {{len}} lines.
      |            ^^^
      |
      = help: rename the variable, or write `{{this.len}}` outside of loops

    2 warnings in 1 file
    ");
}

#[test]
fn role_in_variable_position_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("role-in-variable-position"), @r#"
    warning[role-in-variable-position]: `orders` is all of this system message: whoever fills it in gives the model its orders
     --> prompts/support/greet/1.0.0.yaml:2:33
      |
    2 |   - {role: system, content: "{{ orders }}"}
      |                                 ^^^^^^
      |
      = help: write the orders that hold for every call into the text, and put the value into a user message

    warning[role-in-variable-position]: a value of `question` can add lines of other speakers to this conversation
     --> prompts/support/greet/1.0.0.yaml:5:15
      |
    5 |       User: {{question}}
      |               ^^^^^^^^
      |
      = help: give every speaker a message of its own under `messages`, with its role
    note: a speaker as a line of text
     --> prompts/support/greet/1.0.0.yaml:6:7
      |
    6 |       Assistant:
      |       ----------

    warning[role-in-variable-position]: `orders` is all of this system message: whoever fills it in gives the model its orders
     --> prompts/support/greet/1.1.0.yaml:3:6
      |
    3 |   {{{orders}}}
      |      ^^^^^^
      |
      = help: write the orders that hold for every call into the text, and put the value into a user message

    3 warnings in 2 files
    "#);
}

#[test]
fn control_token_in_text_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("control-token-in-text"), @r#"
    warning[control-token-in-text]: `<|im_start|>` is a control token, which models read in different ways or not at all
     --> prompts/support/greet/1.0.0.yaml:2:3
      |
    2 |   <|im_start|>system
      |   ^^^^^^^^^^^^
      |
      = help: give every speaker a message of its own under `messages`, and delete the tokens

    warning[control-token-in-text]: `[INST]` is a control token, which models read in different ways or not at all
     --> prompts/support/greet/1.1.0.yaml:1:11
      |
    1 | content: "[INST] Be brief. [/INST]"
      |           ^^^^^^
      |
      = help: give every speaker a message of its own under `messages`, and delete the tokens

    2 warnings in 2 files
    "#);
}

#[test]
fn hidden_characters_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("hidden-characters"), @r#"
    error[hidden-characters]: here is U+202E (bidirectional override), which nobody sees and which changes what a reader sees
     --> prompts/support/greet/1.0.0.yaml:1:18
      |
    1 | content: "Pay to �moc.elpmaxe� only."
      |                  ^
      |
      = help: find out how it got there and delete it; where it is meant, write it as an escape in double quotes, `"\u202e"`

    error[hidden-characters]: here is U+202C (end of a bidirectional control), which nobody sees and which changes what a reader sees
     --> prompts/support/greet/1.0.0.yaml:1:30
      |
    1 | content: "Pay to �moc.elpmaxe� only."
      |                              ^
      |
      = help: find out how it got there and delete it; where it is meant, write it as an escape in double quotes, `"\u202c"`

    warning[hidden-characters]: at 2 places of this file are characters without width, here U+200B (zero width space)
     --> prompts/support/greet/1.1.0.yaml:1:13
      |
    1 | content: "Be� brief.�"
      |             ^
      |
      = help: delete what has no width: it comes with texts from web pages, and splits words for a model
      = fix: delete the characters without width (`promptreg lint --fix`)

    error[hidden-characters]: here are 3 characters that nobody sees, the first of them U+E0049 (tag character)
     --> prompts/support/greet/1.1.0.yaml:2:11
      |
    2 | notes: "Ok���"
      |           ^^^
      |
      = help: find out how it got there and delete it; where it is meant, write it as an escape in double quotes, `"\U000e0049"`

    3 errors, 1 warning in 2 files
    "#);
}

#[test]
fn text_not_normalized_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("text-not-normalized"), @"
    warning[text-not-normalized]: this file begins with a byte order mark
     --> prompts/support/greet/1.0.0.yaml:1:1
      |
    1 | �content: |
      | ^
      |
      = help: `promptreg fmt` writes it as usual
      = fix: delete the mark (`promptreg lint --fix`)

    warning[text-not-normalized]: 3 lines of this file end as on Windows, by CR and LF
     --> prompts/support/greet/1.0.0.yaml:1:1
      |
    1 | �content: |
      | ^^^^^^^^^^^
      |
      = help: `promptreg fmt` writes it as usual
      = fix: end lines by LF alone (`promptreg lint --fix`)

    warning[text-not-normalized]: 2 lines of this file end in blanks
     --> prompts/support/greet/1.1.0.yaml:1:15
      |
    1 | content: Hello 
      |               ^
      |
      = help: `promptreg fmt` writes it as usual
      = fix: delete the blanks at the ends of lines (`promptreg lint --fix`)

    warning[text-not-normalized]: the last line of this file has no end
     --> prompts/support/greet/1.1.0.yaml:5:1
      |
    5 | model: fast   
      | ^^^^^^^^^^^^^^
      |
      = help: `promptreg fmt` writes it as usual
      = fix: end the last line (`promptreg lint --fix`)

    4 warnings in 2 files
    ");
}

#[test]
fn unclosed_tag_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("unclosed-tag"), @"
    warning[unclosed-tag]: `</tiket>` ends a section that never began
     --> prompts/support/greet/1.0.0.yaml:4:3
      |
    4 |   </tiket>
      |   ^^^^^^^^
      |
      = help: did you mean `</ticket>`?

    warning[unclosed-tag]: `<example>` begins 3 times and ends twice
     --> prompts/support/greet/1.1.0.yaml:2:3
      |
    2 |   <example>
      |   ^^^^^^^^^
      |
      = help: add `</example>` where the section ends

    warning[unclosed-tag]: `</rules>` ends a section that never began
      --> prompts/support/greet/1.1.0.yaml:10:3
       |
    10 |   </rules>
       |   ^^^^^^^^
       |
       = help: add `<rules>` where the section begins, or delete this

    3 warnings in 2 files
    ");
}

#[test]
fn empty_message_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("empty-message"), @r#"
    warning[empty-message]: this system message is empty
     --> prompts/support/greet/1.0.0.yaml:2:30
      |
    2 |   - {role: system, content: ""}
      |                              ^
      |
      = help: write what it should say, or delete the message

    warning[empty-message]: this user message is empty
     --> prompts/support/greet/1.1.0.yaml:1:11
      |
    1 | content: " "
      |           ^
      |
      = help: write what it should say, or delete the message

    2 warnings in 2 files
    "#);
}

#[test]
fn token_estimate_over_budget_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("token-estimate-over-budget"), @r#"
    warning[token-estimate-over-budget]: this version is about 17 tokens, and the budget is 10
     --> prompts/support/greet/1.0.0.yaml:2:3
      |
    2 |   Answer the question of a customer in at most three short sentences.
      |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: give what is not always needed as a variable, shorten it, or raise `tokens` under `[limits]` in registry.toml

    warning[token-estimate-over-budget]: this version is about 23 tokens with all that it includes, and the budget is 10
     --> prompts/support/greet/1.1.0.yaml:1:11
      |
    1 | content: "{{> tone}} {{> tone}} {{> tone}}"
      |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: give what is not always needed as a variable, shorten it, or raise `tokens` under `[limits]` in registry.toml

    2 warnings in 2 files
    "#);
}

#[test]
fn template_too_large_says_where_and_what_to_do() {
    insta::assert_snapshot!(fires("template-too-large"), @"
    error[template-too-large]: this version has 6 tags with all that it includes, and 4 is the most: it cannot be rendered
     --> prompts/support/greet/1.0.0.yaml:2:1
      |
    2 | uses: {row: tone@1.1.0}
      | ^^^^
      |
      = help: include less, go over a list with #each, or raise `template_tags` under `[limits]` in registry.toml

    error[template-too-large]: this version has 3 levels of blocks and partials with all that it includes, and 2 is the most: it cannot be rendered
     --> prompts/support/greet/1.1.0.yaml:2:1
      |
    2 | uses: {row: tone@1.2.0}
      | ^^^^
      |
      = help: include less, go over a list with #each, or raise `template_depth` under `[limits]` in registry.toml

    2 errors in 2 files
    ");
}

#[test]
fn a_merge_conflict_is_named_as_one() {
    let text = "content: Hello\n<<<<<<< HEAD\nnotes: Kinder.\n=======\nnotes: Shorter.\n>>>>>>> shorter\n";
    insta::assert_snapshot!(report(&[("prompts/support/greet/1.0.0.yaml", text)]), @"
    error[shape]: this file holds both sides of a merge conflict, and nobody chose
     --> prompts/support/greet/1.0.0.yaml:2:1
      |
    2 | <<<<<<< HEAD
      | ^^^^^^^^^^^^
      |
      = help: keep what is right of the lines between `<<<<<<<` and `>>>>>>>`, and delete the three lines of signs

    1 error in 1 file
    ");
    let quoted = "content: |\n  <<<<<<< HEAD\n  =======\n  >>>>>>> is how Git marks a conflict\n";
    assert_eq!(report(&[("prompts/support/greet/1.0.0.yaml", quoted)]), "no errors, no warnings\n");
}

#[test]
fn inclusions_that_are_too_deep_are_named_and_those_just_within_are_not() {
    let chain: Vec<File> = (1..=66)
        .map(|i| -> File {
            let text = format!("content: \"{{{{> t}}}}\"\nuses: {{t: tone@1.0.{}}}\n", i - 1);
            (format!("prompts/tone/1.0.{i}.yaml").leak(), text.leak())
        })
        .collect();
    assert!(findings(&chain[..64]).is_empty(), "{:?}", findings(&chain[..64]));
    insta::assert_snapshot!(report(&chain[..65]), @"
    error[partial-cycle]: this version includes others 65 deep, and 64 is the most
     --> prompts/tone/1.0.65.yaml:2:11
      |
    2 | uses: {t: tone@1.0.64}
      |           ^^^^^^^^^^^
      |
      = help: put the texts of some of these partials where they are included

    1 error in 1 file
    ");
    let paths: Vec<_> = findings(&chain).iter().map(|found| (found.rule, found.place.path.to_string())).collect();
    insta::assert_debug_snapshot!(paths, @r#"
    [
        (
            "partial-cycle",
            "prompts/tone/1.0.65.yaml",
        ),
        (
            "partial-cycle",
            "prompts/tone/1.0.66.yaml",
        ),
    ]
    "#);
}

#[test]
fn what_is_reported_of_white_space_is_what_formatting_writes_otherwise() {
    let line_ends = |text: &str| -> Vec<String> { text.lines().map(|line| line.trim_end().to_owned()).collect() };
    for (path, text) in case("text-not-normalized").fires.iter().chain(case("text-not-normalized").near) {
        let found = findings(&[(path, text)]);
        let formatted = files::format(text).unwrap();
        assert_eq!(found.is_empty(), formatted == *text, "{text:?} is written as {formatted:?}");
        assert_eq!(line_ends(formatted.trim_start_matches('\u{feff}')), line_ends(text.trim_start_matches('\u{feff}')));
        let formatted: File = (path, formatted.leak());
        assert!(findings(&[formatted]).is_empty(), "{formatted:?}");
    }
}

#[test]
fn what_is_too_large_is_what_rendering_refuses() {
    let refused = |files: &[File]| {
        let loaded = registry(files);
        let (registry, limits) = (&loaded.registry, loaded.limits());
        let versions = registry.prompts.values().flat_map(|folder| folder.versions.values());
        versions
            .filter(|version| {
                template::Compiled::new(version, |pin| registry.pinned(pin).map(AsRef::as_ref), &limits).is_err()
            })
            .count()
    };
    let case = case("template-too-large");
    assert_eq!((refused(case.fires), findings(case.fires).len()), (2, 2));
    assert_eq!((refused(case.near), refused(case.ignored)), (0, 1));
}

#[test]
fn a_file_of_nothing_but_slips_is_judged_at_once() {
    let names: Vec<_> = (0..20_000).map(|i| format!("v{i}")).collect();
    let text: String = names.iter().map(|name| format!("{{{name}}} ")).collect();
    let properties: String = names.iter().map(|name| format!(" {name}: {{}},")).collect();
    let file = format!("content: \"{text}\"\ninput_schema: {{properties: {{{properties}}}}}\n");
    let start = std::time::Instant::now();
    assert!(!findings(&[("prompts/support/greet/1.0.0.yaml", file.leak())]).is_empty());
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}
