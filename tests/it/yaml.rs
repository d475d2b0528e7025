//! YAML that people and enemies write: read with places, refused with reasons, in bounded time and memory.

use promptreg::{
    domain::{Level, Limits, position},
    files::{Tree, yaml},
};
use serde_json::json;

fn parse(text: &str) -> Tree {
    yaml::parse(text, &Limits::default())
}

/// The faults as `line:column level message`, a line each.
fn faults(text: &str) -> String {
    let line = |fault: &promptreg::files::Fault| {
        let at = position(text, fault.span.start);
        let level = if fault.level == Level::Error { "error" } else { "warn" };
        format!("{}:{} {level}: {}", at.line, at.column, fault.message)
    };
    parse(text).faults.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The text that stands at a pointer, with its key.
fn source<'a>(text: &'a str, pointer: &str) -> (Option<&'a str>, &'a str) {
    let tree = parse(text);
    let found = tree.spans.find(tree.value.as_ref().unwrap(), pointer);
    (found.key.map(|span| &text[span.start..span.end]), &text[found.value.start..found.value.end])
}

#[test]
fn scalars_are_what_yaml_1_2_says() {
    let tree = parse(
        "a: 1\nb: 1.10\nc: 1.1.0\nd: yes\ne: ~\nf: 'null'\ng: 0x1f\nh: -3\ni: 12:30\nj: \"a\\tb\"\nk: true\nl:\n",
    );
    assert_eq!(
        tree.value.unwrap(),
        json!({"a": 1, "b": 1.1, "c": "1.1.0", "d": "yes", "e": null, "f": "null", "g": 31, "h": -3, "i": "12:30",
            "j": "a\tb", "k": true, "l": null})
    );
}

#[test]
fn every_value_and_key_has_its_place() {
    let text = "# ä\nname: Ana\nlist:\n  - {x: [1, \"zwei\"]}\n  - &a two\n  - *a\ntext: |\n  one\n  two\nlast: end\n";
    assert_eq!(source(text, "/name"), (Some("name"), "Ana"));
    assert_eq!(source(text, "/list/0/x/1"), (None, "\"zwei\""));
    assert_eq!(source(text, "/list/0/x"), (Some("x"), "[1, \"zwei\"]"));
    assert_eq!(source(text, "/list/1"), (None, "two"));
    assert_eq!(source(text, "/list/2"), (None, "two"));
    assert_eq!(source(text, "/last"), (Some("last"), "end"));
    assert!(source(text, "/text").1.starts_with('|'));
    assert_eq!(source(text, "/list/7/nowhere"), source(text, "/list"));
}

#[test]
fn mistakes_are_named_with_their_line_and_column() {
    insta::assert_snapshot!(faults("a: 1\nb: 2\na: 3\n"), @"3:1 error: the key `a` is here a second time");
    insta::assert_snapshot!(faults("a: on\nb: !env HOME\n"), @r"
    2:9 error: the tag `!env` means nothing here: write the value alone
    1:4 warn: `on` is a text here, though older YAML reads a boolean: quote it, or write true or false
    ");
    insta::assert_snapshot!(faults("a: 1\n---\nb: 2\n"), @"2:1 error: a second document begins here: keep one document in a file");
    insta::assert_snapshot!(faults("a:\n\t- x\n"), @"2:2 error: a tab cannot indent YAML: use spaces");
    insta::assert_snapshot!(faults("a: {{ticket}}\n"), @"1:5 error: a key must be a text, not a list or a map");
    insta::assert_snapshot!(faults("a: [1, 2\nb: 3\n"), @"2:2 error: this is not YAML: illegal placement of ':' indicator");
    insta::assert_snapshot!(faults("a: *b\n"), @"1:4 error: this is not YAML: while parsing node, found unknown anchor");
}

#[test]
fn an_alias_bomb_is_refused_before_it_goes_off() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let items = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    let tree = parse(&text);
    assert_eq!(tree.value, None);
    insta::assert_snapshot!(tree.faults.last().unwrap().message, @"the file unfolds to more than 100000 values");
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(100_000), vec!["*a"; 20].join(", "));
    insta::assert_snapshot!(parse(&long).faults.last().unwrap().message, @"aliases unfold to more than 1048576 bytes");
    insta::assert_snapshot!(faults("a: &a [*a]\n"), @"1:8 error: this alias stands for something that contains it");
}

#[test]
fn depth_and_size_are_bounded() {
    insta::assert_snapshot!(faults(&"[".repeat(50_000)), @"1:66 error: the file is nested more than 64 levels deep");
    let deep: String = (0..5_000).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    assert!(faults(&deep).ends_with("nested more than 64 levels deep"));
    let scalar = format!("a: |\n  {}\n", "x".repeat(10 << 20));
    assert_eq!(parse(&scalar).value.unwrap()["a"].as_str().unwrap().len(), (10 << 20) + 1);
    assert_eq!(parse(&"- x\n".repeat(200_000)).value, None);
}

#[test]
fn a_place_within_a_text_is_found_in_every_style_of_writing() {
    let document = |yaml: &str| {
        let path: std::sync::Arc<str> = "prompts/a/1.0.0.yaml".into();
        let location = promptreg::domain::locate(&path).unwrap().unwrap();
        promptreg::files::Document::read(&path, location, yaml.as_bytes(), &Limits::default())
    };
    for yaml in [
        "content: Hello {{name}}!\n",
        "content: \"Hello {{name}}!\"\n",
        "content: 'Hello {{name}}!'\n",
        "content: |  # a | comment\n\n  Hi\n    Hello {{name}}!\n",
        "content: |2\n    Hello {{name}}!\n",
        "content: \"\\u00e4\\n\\\n  Hello {{name}}!\"\n",
    ] {
        let document = document(yaml);
        let text = parse(yaml).value.unwrap()["content"].as_str().unwrap().to_owned();
        let at = text.find("{{name}}").unwrap();
        let span = document.find_within("/content", promptreg::domain::Span::new(at, at + 8));
        assert_eq!(&yaml[span.start..span.end], "{{name}}", "{yaml}");
    }
}

#[test]
fn what_broken_syntax_brings_with_it_is_not_told_beside_it() {
    assert_eq!(faults("labels: {}\nlabels: [production\n"), "2:9 error: this is not YAML: unclosed bracket '['");
}
