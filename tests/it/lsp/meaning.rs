//! What words mean and where they lead, and what may be done about a finding.

use super::{GREET, PROMPT, TRIAGE, VERSION, client::Editor, registry};
use serde_json::{Value, json};

const WORKFLOW: &str = "workflows/triage.yaml";

#[test]
fn a_variable_shows_its_schema_and_a_partial_its_text() {
    let registry = registry();
    let mut editor = Editor::new(&registry);
    insta::assert_snapshot!(editor.hover(VERSION, &GREET.replace("Speak {{language}}", "Ä😀 {{langu‸age}}")), @r#"
    **`language`** string, optional

    What to answer in.

    One of: `"English"`, `"German"`

    Default: `"English"`
    "#);
    insta::assert_snapshot!(editor.hover(VERSION, &GREET.replace("{{question}}", "{{‸question}}")), @"
    **`question`** string, required

    What they ask.
    ");
    insta::assert_snapshot!(editor.hover(VERSION, &GREET.replace("> house-tone}", "> house‸-tone}")), @"
    **`house-tone@1.0.0`**

    Says something.

    Labels: `production`

    Made for a test.

    ````handlebars
    Be kind.
    Be short.
    ````
    ");
    // Broken further down, and still known from before.
    insta::assert_snapshot!(editor.hover(VERSION, &GREET.replace("{{question}}", "{{‸question}}").replace("uses: {", "uses: [")), @"
    **`question`** string, required

    What they ask.
    ");
    insta::assert_snapshot!(editor.hover(WORKFLOW, &TRIAGE.replace("{{input.ticket}}", "{{input.tic‸ket}}")), @"
    **`ticket`** string, optional

    The whole thread.
    ");
    insta::assert_snapshot!(editor.hover(WORKFLOW, &TRIAGE.replace("{{outputs.greeting}}\"}\noutput", "{{outputs.g‸reeting}}\"}\noutput")), @"The answer of the step `greet`, which sends `greet:staging`");
    insta::assert_snapshot!(editor.hover(VERSION, &GREET.replace("Speak", "{{#each‸ x}}{{/each}}")), @"A helper of the template language: `{{#each items}}{{this}}{{/each}}`");
}

#[test]
fn a_key_shows_what_the_schema_says_and_a_name_what_it_names() {
    let registry = registry();
    let mut editor = Editor::new(&registry);
    insta::assert_snapshot!(editor.hover(PROMPT, "description: Greets.\nstat‸us: active\n"), @"
    `archived` keeps the prompt and leaves it out of lists.

    One of: `active`, `archived`

    Default: `active`
    ");
    insta::assert_snapshot!(editor.hover(PROMPT, "description: Greets.\nowner: a‸na\n"), @"
    **`ana`** ana

    Roles: none
    ");
    insta::assert_snapshot!(editor.hover(PROMPT, "description: Greets.\ntags: [inter‸nal]\n"), @"
    **`internal`**

    For colleagues.
    ");
    insta::assert_snapshot!(editor.hover(PROMPT, "description: Greets.\nlabels: {staging: 1.1‸.0}\n"), @"
    **`greet@1.1.0`**

    Greets.

    Labels: `staging`

    In the caller's language.

    ````handlebars
    {{> house-tone}} Speak {{language}}.
    ````
    ");
    insta::assert_snapshot!(editor.hover(VERSION, &GREET.replace("model: fast", "model: fa‸st")), @"
    **`fast`**

    Quick and cheap.

    `gpt-4o-mini` of openai
    ");
    insta::assert_snapshot!(editor.hover(WORKFLOW, &TRIAGE.replace("greet:staging", "greet:stag‸ing")), @"
    **`greet@1.1.0`**

    Greets.

    Labels: `staging`

    In the caller's language.

    ````handlebars
    {{> house-tone}} Speak {{language}}.
    ````
    ");
    insta::assert_snapshot!(editor.hover(WORKFLOW, &TRIAGE.replace("{question: \"{{input", "{ques‸tion: \"{{input")), @"
    **`question`** string, required

    What they ask.
    ");
    insta::assert_snapshot!(editor.hover("users/ana.yaml", "email: ana@example.org\nroles: [wri‸ter]\n"), @"
    **`writer`**

    Writes prompts.

    May: `read`, `propose`
    ");
    insta::assert_snapshot!(editor.hover("registry.toml", "[approval]\nrequi‸red = 1\n"), @"
    How many approvals a change needs.

    Default: `1`
    ");
    insta::assert_snapshot!(editor.hover(PROMPT, "description: Gre‸ets.\n\n"), @"What the prompt does, in a sentence or two.");
    insta::assert_snapshot!(editor.hover(PROMPT, "description: Greets.\n‸\n"), @"nothing");
}

#[test]
fn a_secret_in_a_text_is_never_shown() {
    let registry = registry();
    registry.file("prompts/house-tone/1.1.0.yaml", "content: \"Use sk-proj-Zb3kQ9xLw7Rt2Vn8Yc4Mf6Hd1Jp5Gs0T.\"\n");
    let mut editor = Editor::new(&registry);
    let page = editor.hover(VERSION, &GREET.replace("house-tone@1.0.0", "house-tone@1.1‸.0"));
    assert!(page.contains("Use ****"), "{page}");
}

#[test]
fn words_lead_to_what_they_name() {
    let registry = registry();
    let mut editor = Editor::new(&registry);
    let cases = [
        (VERSION, GREET.replace("> house-tone}", "> house‸-tone}")),
        (VERSION, GREET.replace("{{language}}", "{{lang‸uage}}")),
        (VERSION, GREET.replace("{house-tone: house-tone", "{house-tone: house‸-tone")),
        (VERSION, GREET.replace("{house-tone: house-tone", "{house‸-tone: house-tone")),
        (VERSION, GREET.replace("model: fast", "model: fa‸st")),
        (VERSION, GREET.replace("[question]", "[quest‸ion]")),
        (PROMPT, "description: Greets.\nowner: a‸na\n".to_owned()),
        (PROMPT, "description: Greets.\ntags:\n- pub‸lic\n".to_owned()),
        (PROMPT, "description: Greets.\nlabels: {production: ‸1.0.0}\n".to_owned()),
        (PROMPT, "description: Greets.\nlabels: {prod‸uction: 1.0.0}\n".to_owned()),
        (PROMPT, "description: Greets.\ndeprecated: {1.0‸.0: old}\n".to_owned()),
        (PROMPT, "description: Greets.\nowner: no‸body\n".to_owned()),
        (WORKFLOW, TRIAGE.replace("greet@1.1.0", "gre‸et@1.1.0")),
        (WORKFLOW, TRIAGE.replace("{question: \"{{outputs", "{‸question: \"{{outputs")),
        (WORKFLOW, TRIAGE.replace("{{outputs.greeting}}\"}\noutput", "{{outputs.g‸reeting}}\"}\noutput")),
        (WORKFLOW, TRIAGE.replace("{{input.ticket}}", "{{input.‸ticket}}")),
        ("users/ana.yaml", "email: ana@example.org\nroles: [wri‸ter]\n".to_owned()),
        ("registry.toml", "[[approval.paths]]\npath = \"**\"\napprovers = [\"ana\", \"role:wri‸ter\"]\n".to_owned()),
    ];
    let led: Vec<String> = cases
        .iter()
        .map(|(path, marked)| {
            let line = marked.lines().find(|line| line.contains('‸')).unwrap().trim();
            format!("{line} -> {}", editor.leads_to(path, marked))
        })
        .collect();
    insta::assert_snapshot!(led.join("\n"), @r#"
    {{> house‸-tone}} Speak {{language}}. -> prompts/house-tone/1.0.0.yaml:1
    {{> house-tone}} Speak {{lang‸uage}}. -> prompts/support/greet/1.1.0.yaml:12
    uses: {house-tone: house‸-tone@1.0.0} -> prompts/house-tone/1.0.0.yaml:1
    uses: {house‸-tone: house-tone@1.0.0} -> prompts/house-tone/1.0.0.yaml:1
    model: fa‸st -> models/fast.yaml:1
    required: [quest‸ion] -> prompts/support/greet/1.1.0.yaml:11
    owner: a‸na -> users/ana.yaml:1
    - pub‸lic -> tags.yaml:2
    labels: {production: ‸1.0.0} -> prompts/support/greet/1.0.0.yaml:1
    labels: {prod‸uction: 1.0.0} -> prompts/support/greet/1.0.0.yaml:1
    deprecated: {1.0‸.0: old} -> prompts/support/greet/1.0.0.yaml:1
    owner: no‸body -> nowhere
    prompt: gre‸et@1.1.0 -> prompts/support/greet/1.1.0.yaml:1
    input_mapping: {‸question: "{{outputs.greeting}}"} -> prompts/support/greet/1.1.0.yaml:11
    input_mapping: {question: "{{outputs.g‸reeting}}"} -> workflows/triage.yaml:9
    input_mapping: {question: "{{input.‸ticket}}"} -> workflows/triage.yaml:7
    roles: [wri‸ter] -> roles/writer.yaml:1
    approvers = ["ana", "role:wri‸ter"] -> roles/writer.yaml:1
    "#);
}

/// The text after an action's edits.
fn done(text: &str, action: &Value) -> String {
    let edits = action["edit"]["documentChanges"][0]["edits"].as_array().unwrap();
    let mut text = text.to_owned();
    for edit in edits.iter().rev() {
        let range = &edit["range"];
        let (start, end) = (super::client::byte(&text, &range["start"]), super::client::byte(&text, &range["end"]));
        text.replace_range(start..end, edit["newText"].as_str().unwrap());
    }
    text
}

fn actions(editor: &mut Editor, path: &str, text: &str, line: usize) -> Vec<Value> {
    editor.open(path, text);
    let range = json!({"start": {"line": line, "character": 0}, "end": {"line": line + 1, "character": 0}});
    let document = json!({"uri": editor.uri(path)});
    let params = json!({"textDocument": document, "range": range, "context": {"diagnostics": []}});
    editor.ask("textDocument/codeAction", params).as_array().unwrap().clone()
}

#[test]
fn a_finding_can_be_ignored_and_is_gone_then() {
    let registry = registry();
    let mut editor = Editor::new(&registry);
    let header = "# yaml-language-server: $schema=x\n";
    for (text, line) in [
        // Beside a key: the line above.
        (GREET.replace("model: fast", "model: slow"), 13),
        // Within a text no comment can stand: the whole file.
        (format!("{header}{}", GREET.replace("Speak {{language}}", "Speak {{langauge}} {{language}}")), 4),
    ] {
        let found = actions(&mut editor, VERSION, &text, line);
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_ne!(editor.findings(VERSION), "");
        let mended = done(&text, &found[0]);
        let comment = mended.lines().find(|line| line.contains("promptreg: ")).unwrap();
        assert!(comment.starts_with("# promptreg: ignore"), "{comment}");
        assert!(!mended.starts_with("# promptreg"), "{mended}");
        editor.change(VERSION, &mended);
        assert_eq!(editor.findings(VERSION), "", "{mended}");
    }
}

#[test]
fn a_fix_that_a_rule_knows_is_offered_first_and_mends_the_text() {
    let registry = registry();
    let mut editor = Editor::new(&registry);
    let text = GREET.replace("Speak {{language}}", "Ä😀 {language}");
    let found = actions(&mut editor, VERSION, &text, 3);
    insta::assert_snapshot!(editor.findings(VERSION), @"3:27-3:37 error single-braces: `{language}` is text here: the variable `language` is never filled in | write `{{language}}`");
    let preferred = found.iter().find(|action| action["isPreferred"] == true).unwrap_or_else(|| panic!("{found:#?}"));
    insta::assert_snapshot!(preferred["title"].as_str().unwrap(), @"Write `{{language}}`");
    let mended = done(&text, preferred);
    assert!(mended.contains("Ä😀 {{language}}."), "{mended}");
    editor.change(VERSION, &mended);
    assert_eq!(editor.findings(VERSION), "");
}

#[test]
fn an_error_that_keeps_a_file_from_being_served_cannot_be_ignored() {
    let registry = registry();
    let mut editor = Editor::new(&registry);
    let text = GREET.replace("uses: {house-tone: house-tone@1.0.0}", "uses: {house-tone: house-tone}");
    let found = actions(&mut editor, VERSION, &text, 12);
    assert!(editor.findings(VERSION).contains("unpinned-partial"));
    let ignores = found.iter().filter(|action| action["title"].as_str().unwrap().starts_with("Ignore"));
    assert_eq!(ignores.count(), 0, "{found:#?}");
}

#[test]
fn a_file_is_formatted_as_fmt_does() {
    let registry = registry();
    let mut editor = Editor::new(&registry);
    let formatted = |editor: &mut Editor, text: &str| {
        editor.open(PROMPT, text);
        let params =
            json!({"textDocument": {"uri": editor.uri(PROMPT)}, "options": {"tabSize": 2, "insertSpaces": true}});
        editor.ask("textDocument/formatting", params)
    };
    let edits = formatted(&mut editor, "description: Ä😀  \r\nowner: ana");
    assert_eq!(edits[0]["newText"], "description: Ä😀\nowner: ana\n");
    assert_eq!(edits[0]["range"]["end"], json!({"line": 1, "character": 10}));
    assert_eq!(formatted(&mut editor, "description: Ä😀\nowner: ana\n"), json!([]));
    assert_eq!(formatted(&mut editor, "description: [\n  "), json!([]));
}
