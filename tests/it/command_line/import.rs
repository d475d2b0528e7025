//! Importing a folder in every format: lint, commit, serve, and compare with the source byte for byte.

use crate::harness::{Registry, Server, promptreg};
use serde_json::json;

/// Texts that YAML, handlebars, JSON and HTTP each find hard.
const TEXTS: [&str; 12] = [
    "Plain.",
    "",
    "\n",
    "no newline at the end",
    "two\n\nlines\n\n\n",
    "  leading blanks\n\ttab\n trailing  \n",
    "carriage\r\nreturns\r\n",
    "{{name}} and {{#if x}} and \\{{y}} and {{{z}}}",
    "---\nlooks: like\n---\nfront matter\n",
    "# a comment: 'and' \"quotes\" \\ & * ! | > % @ `",
    "ünïcode 漢字 🎉 \u{a0}\u{200b}\u{2028}",
    "yes",
];

fn import(registry: &Registry, args: &[&str]) -> String {
    let done = registry.promptreg(&[&["import"], args, &["--label", "production"]].concat());
    done.all().replace(registry.path().to_str().unwrap(), "REGISTRY")
}

/// Judges, commits and serves what was imported.
fn served(registry: Registry) -> Server {
    let lint = registry.promptreg(&["lint"]);
    assert_eq!(lint.code, 0, "{lint:?}");
    registry.commit("Import");
    let server = registry.into_server(&[]);
    assert_eq!(server.get("/v1/status").json()["quarantined"], json!([]));
    server
}

fn content(server: &Server, name: &str) -> String {
    server.get(&format!("/v1/prompts/{name}")).text()
}

#[test]
fn texts_are_served_byte_for_byte() {
    let (registry, source) = (Registry::new(), tempfile::tempdir().unwrap());
    for (i, text) in TEXTS.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
        let ending = if i % 2 == 0 { "txt" } else { "md" };
        std::fs::create_dir_all(source.path().join(format!("group {}", i % 3))).unwrap();
        std::fs::write(source.path().join(format!("group {}/Text {i}.{ending}", i % 3)), text).unwrap();
    }
    std::fs::write(source.path().join("picture.png"), [0xff; 9]).unwrap();
    std::fs::write(source.path().join("latin.txt"), [0xe9, b'\n']).unwrap();
    let from = source.path().to_str().unwrap();
    let first =
        registry.promptreg(&["import", "text", from, "--collection", "legacy", "--label", "production", "--json"]);
    assert_eq!(first.code, 1, "one file is not UTF-8");
    let reports = first.json();
    let second = import(&registry, &["text", from, "--collection", "legacy"]).replace(from, "SOURCE");
    insta::assert_snapshot!(second, @"
    SOURCE/latin.txt
      the file is not UTF-8
    0 created, 0 updated, 11 unchanged, 1 failed
    exit code 1
    ");
    let server = served(registry);
    let mut compared = 0;
    for report in reports.as_array().unwrap().iter().filter(|report| report["done"] == "created") {
        let source = std::fs::read_to_string(report["source"].as_str().unwrap()).unwrap();
        let name = report["name"].as_str().unwrap();
        assert_eq!(content(&server, name), source, "{name}");
        let rendered = server.post(&format!("/v1/prompts/{name}/render"), &json!({}));
        if source.trim().is_empty() {
            // A message of blanks alone is none to a model.
            assert_eq!(rendered.json()["messages"], json!([]));
        } else {
            assert_eq!(rendered.text(), source, "{name}: {rendered:?}");
        }
        compared += 1;
    }
    assert_eq!(compared, TEXTS.len() - 1);
    assert_eq!(server.get("/v1/prompts?collection=legacy").each("name").len(), compared);
}

#[test]
fn a_table_is_served_byte_for_byte() {
    let registry = Registry::new();
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let texts: Vec<&str> = TEXTS.into_iter().filter(|text| !text.is_empty()).collect();
    let rows: String = texts.iter().enumerate().map(|(i, text)| format!("Act {i},{}\n", quoted(text))).collect();
    registry.file("in/table.csv", format!("act,prompt\n{rows}"));
    insta::assert_snapshot!(import(&registry, &["csv", "in/table.csv"]), @"
    11 created, 0 updated, 0 unchanged, 0 failed
    exit code 0
    ");
    insta::assert_snapshot!(import(&registry, &["csv", "in/table.csv"]), @"
    0 created, 0 updated, 11 unchanged, 0 failed
    exit code 0
    ");
    let server = served(registry);
    for (i, text) in texts.iter().enumerate() {
        assert_eq!(content(&server, &format!("act-{i}")), *text);
    }
}

#[test]
fn prompts_of_other_tools_are_served_with_their_texts_and_what_was_lost_is_said() {
    let registry = Registry::new();
    registry.file(
        "in/github/greet.prompt.yml",
        "name: Greet\ndescription: Greets.\nmodel: openai/gpt-4o\nmessages:\n  - role: system\n    content: You greet {{who}}.\n  - role: user\n    content: |\n      Hi  \n      there\n",
    );
    registry.file(
        "in/dot/reply.prompt",
        "---\nmodel: googleai/gemini\ninput:\n  schema:\n    text: string\n---\nReply to {{text}}\n",
    );
    registry.file(
        "in/prompty/ask.prompty",
        "---\nname: Ask\ndescription: Asks.\nmodel:\n  api: chat\nsample:\n  q: 1\n---\nsystem:\nYou ask {{q}}.\n\nuser:\nAsk.\n",
    );
    let said: Vec<String> = [["github-models", "in/github"], ["dotprompt", "in/dot"], ["prompty", "in/prompty"]]
        .iter()
        .flat_map(|args| [import(&registry, args), import(&registry, args)])
        .collect();
    insta::assert_snapshot!(said.join("\n"), @"
    in/github/greet.prompt.yml → greet@1.0.0
      The model `openai/gpt-4o` is only mentioned in the notes: name a model profile for it.
    1 created, 0 updated, 0 unchanged, 0 failed
    exit code 0
    in/github/greet.prompt.yml → greet@1.0.0
      The model `openai/gpt-4o` is only mentioned in the notes: name a model profile for it.
    0 created, 0 updated, 1 unchanged, 0 failed
    exit code 0
    in/dot/reply.prompt → reply@1.0.0
      The model `googleai/gemini` is only mentioned in the notes: name a model profile for it.
      The text is literal, so its variables `text` are not declared.
    1 created, 0 updated, 0 unchanged, 0 failed
    exit code 0
    in/dot/reply.prompt → reply@1.0.0
      The model `googleai/gemini` is only mentioned in the notes: name a model profile for it.
      The text is literal, so its variables `text` are not declared.
    0 created, 0 updated, 1 unchanged, 0 failed
    exit code 0
    in/prompty/ask.prompty → ask@1.0.0
      The text is literal, so its variables `q` are not declared.
    1 created, 0 updated, 0 unchanged, 0 failed
    exit code 0
    in/prompty/ask.prompty → ask@1.0.0
      The text is literal, so its variables `q` are not declared.
    0 created, 0 updated, 1 unchanged, 0 failed
    exit code 0
    ");
    let server = served(registry);
    assert_eq!(content(&server, "greet"), "You greet {{who}}.");
    assert_eq!(server.get("/v1/prompts/greet").json()["messages"][1]["content"], "Hi  \nthere\n");
    assert_eq!(content(&server, "reply"), "Reply to {{text}}\n");
    assert!(content(&server, "ask").starts_with("You ask {{q}}."));
}

#[test]
fn a_text_that_changed_becomes_the_next_version_and_templates_are_templates() {
    let registry = Registry::new();
    registry.file("in/greet.txt", "Hello {{name}}.");
    assert!(import(&registry, &["text", "in", "--template"]).starts_with("1 created"));
    registry.file("in/greet.txt", "Good morning {{name}}.");
    assert!(import(&registry, &["text", "in", "--template"]).starts_with("0 created, 1 updated"));
    assert!(import(&registry, &["text", "in", "--template"]).starts_with("0 created, 0 updated, 1 unchanged"));
    let server = served(registry);
    assert_eq!(content(&server, "greet"), "Hello {{name}}.");
    assert_eq!(content(&server, "greet?version=1.1.0"), "Good morning {{name}}.");
    let rendered = server.post("/v1/prompts/greet/render?version=1.1.0", &json!({"input": {"name": "Eve"}}));
    assert_eq!(rendered.text(), "Good morning Eve.");
}

#[test]
fn two_files_of_one_name_become_two_prompts_and_stay_two() {
    let (registry, source) = (Registry::new(), tempfile::tempdir().unwrap());
    for (place, text) in [("a/Hello.txt", "one"), ("a/hello.md", "two"), ("a-hello.txt", "three")] {
        let path = source.path().join(place);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let from = source.path().to_str().unwrap();
    let made = promptreg(&registry.path(), &["import", "text", from, "--json"]).json();
    let names: Vec<_> = made.as_array().unwrap().iter().map(|report| report["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 3);
    assert!(names.iter().all(|name| names.iter().filter(|other| other == &name).count() == 1), "{names:?}");
    assert_eq!(import(&registry, &["text", from]), "0 created, 0 updated, 3 unchanged, 0 failed\nexit code 0");
}
