//! What is written, and that it reads back.

use super::*;
use crate::{
    domain::{Limits, Prompt, Version},
    files::yaml::parse,
};
use proptest::prelude::*;
use serde_json::json;

#[test]
fn a_version_is_written_for_reviewers() {
    let version: Version = serde_json::from_value(json!({
        "messages": [
            {"role": "system", "content": "You summarize tickets in {{language}}.\n{{> house-tone}}\n"},
            {"placeholder": "history"},
            {"role": "user", "content": "{{ticket}}"},
        ],
        "input_schema": {"type": "object", "required": ["ticket"], "properties": {
            "ticket": {"type": "string", "description": "The whole thread."},
            "language": {"type": "string", "enum": ["English", "German"], "default": "English"},
        }},
        "uses": {"house-tone": "house-tone@2.0.1"},
        "parameters": {"temperature": 0.2, "max_tokens": 300},
        "notes": "Shorter: in the reader's language.",
    }))
    .unwrap();
    insta::assert_snapshot!(document(&version, Some("../version.json")).unwrap(), @r#"
    # yaml-language-server: $schema=../version.json
    messages:
      - role: system
        content: |
          You summarize tickets in {{language}}.
          {{> house-tone}}
      - placeholder: history
      - role: user
        content: "{{ticket}}"
    input_schema:
      type: object
      required: [ticket]
      properties:
        ticket: {type: string, description: The whole thread.}
        language:
          type: string
          enum: [English, German]
          default: English
    uses: {house-tone: house-tone@2.0.1}
    parameters: {temperature: 0.2, max_tokens: 300}
    notes: "Shorter: in the reader's language."
    "#);
}

#[test]
fn a_prompt_is_written_for_reviewers() {
    let prompt: Prompt = serde_json::from_value(json!({
        "display_name": "Summarize", "tags": ["support", "summary"], "labels": {"production": "1.1.0"},
        "deprecated": {"1.0.0": "leaks ids; use 1.1.0"},
    }))
    .unwrap();
    insta::assert_snapshot!(document(&prompt, None).unwrap(), @"
    display_name: Summarize
    tags: [support, summary]
    labels: {production: 1.1.0}
    deprecated: {1.0.0: leaks ids; use 1.1.0}
    ");
}

#[test]
fn texts_of_several_lines_are_blocks_where_blocks_hold_them() {
    let texts = json!({
        "clip": "a\nb\n", "strip": "a\n\nb", "keep": "a\n\n", "indented": "  a\nb", "tab_later": "a\n\tb\n",
        "trailing_blank": "a \nb\n", "empty_first": "\na\n", "marker": "---\na\n", "list": ["a\nb"],
    });
    insta::assert_snapshot!(yaml(&texts).replace(" \n", "·\n"), @r"
    clip: |
      a
      b
    strip: |-
      a

      b
    keep: |+
      a

    indented: |2-
        a
      b
    tab_later: |
      a
      	b
    trailing_blank: |
      a·
      b
    empty_first: |

      a
    marker: |
      ---
      a
    list:
      - |-
        a
        b
    ");
}

#[test]
fn texts_that_blocks_cannot_hold_are_quoted_line_by_line() {
    let texts = json!({
        "crlf": "a\r\nb\r\n", "feeds": "\n\n", "tab_first": "\ta\nb", "blank_last": "a\n  ", "nel": "a\u{85}\nb",
        "separator": "a\u{2028}\nb", "mark": "\u{FEFF}a\nb", "bell": "a\u{7}\n  b\n", "empty_then_indented": "\n  a\n",
        "noncharacter": "\u{FFFF}\n",
    });
    insta::assert_snapshot!(yaml(&texts), @r#"
    crlf: "a\r\n\
      b\r\n"
    feeds: "\n\
      \n"
    tab_first: "\ta\n\
      b"
    blank_last: "a\n\
      \  "
    nel: "a\x85\n\
      b"
    separator: "a\u2028\n\
      b"
    mark: "\ufeffa\n\
      b"
    bell: "a\x07\n\
      \  b\n"
    empty_then_indented: "\n\
      \  a\n"
    noncharacter: "\uffff\n"
    "#);
}

#[test]
fn texts_that_some_yaml_reads_as_something_else_are_quoted() {
    let quoted = [
        "",
        "yes",
        "No",
        "ON",
        "off",
        "y",
        "N",
        "true",
        "NULL",
        "~",
        "1",
        "1.0",
        "-1",
        "+1",
        ".5",
        "1e3",
        "0x1F",
        "0o7",
        "1_000",
        "12:30",
        "12:30:45",
        "2024-01-01",
        "2024-01-01T10:00:00Z",
        ".inf",
        ".NaN",
        "=",
        "<<",
        "- a",
        "? a",
        "a: b",
        "a #b",
        "#a",
        "a:",
        "@a",
        "`a",
        "%a",
        "!a",
        "&a",
        "*a",
        "|",
        ">",
        "[a",
        "{a",
        "'a'",
        "\"a\"",
        "a ",
        " a",
        "---",
        "a\tb",
    ];
    for text in quoted {
        let written = yaml(&json!(text));
        assert!(written.starts_with('"'), "{written}");
    }
    for text in ["a", "1.1.0", "1.2.0-rc.1", "3d-model", "a:b", "a, b", "Größe [cm]", "no-op", "_x", "/v1/x", "(a)"] {
        assert_eq!(yaml(&json!(text)), format!("{text}\n"));
    }
}

#[test]
fn lists_and_maps_nest_and_empty_ones_stand_on_their_line() {
    let value =
        json!({"a": {}, "b": [], "c": [[1, 2], [["x y"]], {"k": {"l": []}, "m": null}], "d": {"e": {"f": 1.5}}});
    insta::assert_snapshot!(yaml(&value), @"
    a: {}
    b: []
    c:
      - [1, 2]
      - - - x y
      - k:
          l: []
        m: null
    d:
      e: {f: 1.5}
    ");
}

/// Reads what was written; a fault is one even where it only warns.
fn read(text: &str) -> Result<Value, String> {
    let tree = parse(text, &Limits::default());
    match tree.faults.first() {
        Some(fault) => Err(fault.message.clone()),
        None => tree.value.ok_or_else(|| "nothing".into()),
    }
}

/// Texts made of what YAML finds hard, and of anything at all.
fn texts() -> impl Strategy<Value = String> {
    let hard = prop::sample::select(vec![
        "\n", "\n", "\n", " ", "  ", "\t", "\r", "\r\n", "a", "b: c", "#", " #", "- ", "? ", ":", "|", ">", "\"", "'",
        "\\", "\u{85}", "\u{2028}", "\u{2029}", "\u{FEFF}", "\u{A0}", "\u{0}", "\u{7}", "\u{1B}", "\u{7F}", "\u{FFFE}",
        "é", "😀", "{{x}}", "---", "...", "%", "&a", "*a", "!", "yes", "1", "1.0", "[", "]", "{", "}", ",", "~",
    ]);
    prop_oneof![
        4 => prop::collection::vec(hard, 0..12).prop_map(|parts| parts.concat()),
        1 => prop::collection::vec(any::<char>(), 0..12).prop_map(String::from_iter),
    ]
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e18..1e18).prop_map(Value::from),
        texts().prop_map(Value::from),
        texts().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((texts(), inner), 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// Carriage returns and tabs stand in no line; blanks end one only where the content has them there.
fn assert_clean(written: &str, value: &Value) {
    assert!(!written.contains('\r'), "{written:?}");
    assert!(written.ends_with('\n'), "{written:?}");
    let mut demanded = false;
    let mut tabs = false;
    for_each_text(value, &mut |text| {
        demanded |= text.split('\n').any(|line| line.ends_with([' ', '\t', '\u{A0}']));
        tabs |= text.contains('\t');
    });
    assert!(tabs || !written.contains('\t'), "{written:?}");
    assert!(demanded || written.lines().all(|line| line.trim_end() == line), "{written:?}");
}

fn for_each_text(value: &Value, see: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => see(text),
        Value::Array(items) => items.iter().for_each(|item| for_each_text(item, see)),
        Value::Object(map) => map.iter().for_each(|(key, item)| {
            see(key);
            for_each_text(item, see);
        }),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_text_reads_back_byte_for_byte(text in texts()) {
        let value = json!({"content": text, "list": [text], "after": 1});
        let written = yaml(&value);
        prop_assert_eq!(read(&written), Ok(value.clone()), "{}", written);
        assert_clean(&written, &value);
    }

    #[test]
    fn every_value_reads_back_equal(value in values()) {
        let written = yaml(&value);
        prop_assert_eq!(read(&written), Ok(value.clone()), "{}", written);
        assert_clean(&written, &value);
    }
}

#[test]
fn a_key_too_long_to_stand_before_its_colon_still_reads_back() {
    let value = json!({"k".repeat(2000): {"é".repeat(1500): "a\nb", "x": [1]}, "y": 1});
    assert_eq!(read(&yaml(&value)), Ok(value));
}
