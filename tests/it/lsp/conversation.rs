//! What the server finds as a file is typed, and how the conversation begins and ends.

use super::{GREET, PROMPT, VERSION, client::Editor, registry};
use serde_json::json;

#[test]
fn what_is_wrong_is_told_while_it_is_typed_and_is_gone_when_it_is_mended() {
    let registry = registry();
    let mut editor = Editor::new(&registry);
    editor.open(VERSION, &GREET.replace("Speak {{language}}", "Ä😀 {{langauge}}"));
    insta::assert_snapshot!(editor.findings(VERSION), @"3:29-3:37 error undeclared-variable: `langauge` is used here and not declared in `input_schema` | did you mean `language`?");
    editor.change(VERSION, GREET);
    assert_eq!(editor.findings(VERSION), "");
    editor.change(VERSION, &GREET.replace("model: fast", "model: [fast"));
    insta::assert_snapshot!(editor.findings(VERSION), @"14:5-14:6 error shape: this is not YAML: illegal placement of ':' indicator");
    assert_eq!(editor.close(), Some(0));
}

#[test]
fn a_change_in_one_file_that_breaks_another_is_told_of_the_other() {
    let registry = registry();
    let mut editor = Editor::new(&registry);
    editor.open("models/fast.yaml", "description: Quick and cheap.\nprovider: openai\nmodel: gpt-4o-mini\n");
    let renamed = registry.path().join("models/quick.yaml");
    std::fs::rename(registry.path().join("models/fast.yaml"), renamed).unwrap();
    let closed = json!({"textDocument": {"uri": editor.uri("models/fast.yaml")}});
    editor.tell("textDocument/didClose", closed);
    insta::assert_snapshot!(editor.findings(VERSION), @"13:7-13:11 error unknown-model: there is no model profile `fast` | add models/fast.yaml to make this one");
    // What another program does to the files comes as a word of the editor.
    registry.file("models/fast.yaml", "description: Quick.\nprovider: openai\nmodel: gpt-4o-mini\n");
    let changes = json!({"changes": [{"uri": editor.uri("models/fast.yaml"), "type": 1}]});
    editor.tell("workspace/didChangeWatchedFiles", changes);
    assert_eq!(editor.findings(VERSION), "");
    // Not saved, and yet it counts: the label leads nowhere any more.
    editor.open("prompts/support/greet/prompt.yaml", "description: Greets.\nowner: ana\nlabels: {production: 9.0.0}\n");
    insta::assert_snapshot!(editor.findings(PROMPT), @"2:21-2:26 error label-target-missing: the label `production` names version 9.0.0, which is not there | there is `1.1.0`, `1.0.0`");
    assert_eq!(editor.close(), Some(0));
}

#[test]
fn columns_are_counted_in_bytes_where_the_editor_offers_it() {
    let registry = registry();
    let mut editor = Editor::with(&registry, &json!({"general": {"positionEncodings": ["utf-16", "utf-8"]}}));
    assert_eq!(editor.greeting["capabilities"]["positionEncoding"], "utf-8");
    editor.open(VERSION, &GREET.replace("Speak {{language}}", "Ä😀 {{langauge}} {{language}}"));
    insta::assert_snapshot!(editor.findings(VERSION), @"3:32-3:40 error undeclared-variable: `langauge` is used here and not declared in `input_schema` | did you mean `language`?");
    let editor = Editor::new(&registry);
    assert_eq!(editor.greeting["capabilities"]["positionEncoding"], "utf-16");
}

#[test]
fn an_editor_that_can_watch_files_is_asked_to() {
    let registry = registry();
    let mut editor =
        Editor::with(&registry, &json!({"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": true}}}));
    let asked = editor.until(|message| message["method"] == "client/registerCapability");
    let watchers = &asked["params"]["registrations"][0]["registerOptions"]["watchers"];
    assert_eq!(watchers.as_array().unwrap().len(), 3);
    // A folder that goes takes its files with it, whatever the editor says of them.
    std::fs::remove_dir_all(registry.path().join("prompts/house-tone")).unwrap();
    let changes = json!({"changes": [{"uri": editor.uri("prompts/house-tone"), "type": 3}]});
    editor.tell("workspace/didChangeWatchedFiles", changes);
    insta::assert_snapshot!(editor.findings(VERSION), @"12:19-12:35 error unknown-partial: there is no prompt `house-tone` | there is `greet`; add it as a folder `house-tone` under prompts/");
}

#[test]
fn an_editor_that_cannot_watch_files_hears_of_them_when_it_saves() {
    let registry = registry();
    let mut editor = Editor::new(&registry);
    editor.open(PROMPT, "description: Greets.\nowner: ana\nlabels: {production: 1.0.0}\n");
    std::fs::remove_file(registry.path().join("models/fast.yaml")).unwrap();
    editor.tell("textDocument/didSave", json!({"textDocument": {"uri": editor.uri(PROMPT)}}));
    assert!(editor.findings(VERSION).contains("unknown-model"));
}

#[test]
fn a_file_that_is_new_and_not_saved_counts() {
    let registry = registry();
    let mut editor = Editor::new(&registry);
    editor.open("models/slow.yaml", "provider: openai\nmodel: [\n");
    assert_ne!(editor.findings("models/slow.yaml"), "");
    editor.open("models/Not A Name.yaml", "provider: openai\nmodel: x\n");
    let uri = editor.uri("models/Not%20A%20Name.yaml");
    editor.tell("textDocument/didClose", json!({"textDocument": {"uri": editor.uri("models/slow.yaml")}}));
    assert_eq!(editor.findings("models/slow.yaml"), "");
    let document = json!({"uri": uri, "languageId": "yaml", "version": 1, "text": "provider: x\nmodel: x\n"});
    editor.tell("textDocument/didOpen", json!({"textDocument": document}));
    insta::assert_snapshot!(editor.findings("models/Not%20A%20Name.yaml"), @"0:0-0:0 error name-mismatch: `Not A Name` is not a model profile name: only a-z, 0-9 and single hyphens between them are allowed | the file is not read: rename it, for example to `not-a-name`");
}

#[test]
fn the_registry_is_found_by_a_file_where_the_workspace_holds_none() {
    let registry = registry();
    let outside = tempfile::tempdir().unwrap();
    let mut editor = Editor::silent(registry.path());
    let root = format!("file://{}", outside.path().display());
    let greeting = editor.ask("initialize", json!({"processId": null, "rootUri": root, "capabilities": {}}));
    assert_eq!(greeting["serverInfo"]["name"], "promptreg");
    editor.tell("initialized", json!({}));
    let elsewhere = json!({"uri": format!("{root}/a.yaml"), "languageId": "yaml", "version": 1, "text": "a: ["});
    editor.tell("textDocument/didOpen", json!({"textDocument": elsewhere}));
    let position = json!({"textDocument": {"uri": format!("{root}/a.yaml")}, "position": {"line": 0, "character": 0}});
    assert_eq!(editor.ask("textDocument/hover", position), json!(null));
    editor.open(PROMPT, "description: Greets.\nowner: nobody\n");
    insta::assert_snapshot!(editor.findings(PROMPT), @"1:7-1:13 error unknown-owner: the owner `nobody` is no user of this registry | there is `ana`, `ben`, `cleo`; add users/nobody.yaml to make this one");
}

#[test]
fn a_limit_that_changes_is_kept_at_once() {
    let registry = registry();
    let settings = std::fs::read_to_string(registry.path().join("registry.toml")).unwrap();
    let mut editor = Editor::new(&registry);
    editor.open(VERSION, &GREET.replace("notes: ", &format!("notes: {} ", "long".repeat(300))));
    editor.open("registry.toml", &format!("{settings}[limits]\nfile_bytes = 1024\n"));
    insta::assert_snapshot!(editor.findings(VERSION), @"0:0-0:0 error shape: the file has 1640 bytes, more than the limit of 1024");
    // Settings that are broken for a moment leave the limits as they were.
    editor.change("registry.toml", &format!("{settings}[limits\n"));
    assert_ne!(editor.findings("registry.toml"), "");
    editor.change("registry.toml", &settings);
    assert_eq!(editor.findings(VERSION), "");
}

#[test]
fn what_is_no_question_is_refused_and_the_conversation_goes_on() {
    let registry = registry();
    let mut editor = Editor::silent(registry.path());
    assert_eq!(editor.ask("textDocument/hover", json!({}))["code"], -32002);
    editor.tell("textDocument/didOpen", json!("before its time"));
    editor.ask("initialize", json!({"capabilities": {}}));
    editor.raw(b"Content-Length: 9\r\n\r\nno JSON!!");
    editor.raw(&b"Content-Length: 2\r\n\r\n{}"[..]);
    insta::assert_json_snapshot!(editor.ask("textDocument/rename", json!({})), @r#"
    {
      "code": -32601,
      "message": "promptreg has no answer to `textDocument/rename`"
    }
    "#);
    assert_eq!(editor.ask("initialize", json!({"capabilities": {}}))["code"], -32601);
    assert_eq!(editor.ask("textDocument/hover", json!({"position": 7}))["code"], json!(null));
    assert_eq!(editor.close(), Some(0));
}

#[test]
fn an_editor_that_goes_without_a_word_is_told_from_one_that_says_goodbye() {
    let registry = registry();
    assert_eq!(Editor::new(&registry).vanish(), Some(1));
    let mut editor = Editor::new(&registry);
    editor.tell("exit", json!(null));
    assert_eq!(editor.child.wait().unwrap().code(), Some(1));
    let mut editor = Editor::new(&registry);
    editor.raw(b"Content-Length: 99999999999\r\n\r\n");
    assert_eq!(editor.child.wait().unwrap().code(), Some(3));
    let mut editor = Editor::new(&registry);
    editor.ask("shutdown", json!(null));
    assert_eq!(editor.ask("textDocument/hover", json!({}))["code"], -32600);
}
