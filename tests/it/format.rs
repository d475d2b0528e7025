//! Canonical YAML: one way of writing it, with every comment, key and byte of a text kept.

use promptreg::{
    domain::Limits,
    files::{format, write, yaml},
};
use proptest::prelude::*;
use serde_json::Value;
use std::{fs, path::PathBuf};

fn value(text: &str) -> Option<Value> {
    yaml::parse(text, &Limits::default()).value
}

/// The formatted text, which was held to all that formatting promises.
fn formatted(text: &str) -> String {
    let once = format(text).unwrap_or_else(|| panic!("{text:?}"));
    assert_eq!(format(&once).as_deref(), Some(&*once), "not the same again: {text:?}");
    assert_eq!(value(&once), value(text), "another value: {text:?}\n{once}");
    once
}

#[test]
fn white_space_has_one_form() {
    let text = "\u{feff}\r\n\r\n# top\r\n\r\n\r\ndisplay_name:   Greet  \r\ntags: [ a,b , c ]\r\nlabels: { production : 1.0.0,staging: 1.1.0 }\r\nlist:\r\n- one\r\n-   two: 2\r\n    three:    3\r\n-\r\n    four: 4\r\n\r\n\r\n";
    insta::assert_snapshot!(formatted(text), @"
    # top

    display_name: Greet
    tags: [a, b, c]
    labels: {production: 1.0.0, staging: 1.1.0}
    list:
      - one
      - two: 2
        three: 3
      -
        four: 4
    ");
}

#[test]
fn block_scalars_keep_every_byte_of_their_text() {
    let text = "messages:\n- role: user\n  content: |3-   # header\n\n       deeper first\n     then less\n\n        - x   \n- role: user\n  content: >+\n      folded\n      lines\n\n        more\n\n\n- content: |\n     clipped\n\n\n- last: |\n";
    insta::assert_snapshot!(formatted(text), @"
    messages:
      - role: user
        content: |2-   # header

            deeper first
          then less

             - x   
      - role: user
        content: >+
          folded
          lines

            more


      - content: |
          clipped

      - last: |
    ");
    assert_eq!(formatted("a: |+\n    text\n\n\n"), "a: |+\n  text\n\n\n");
    assert_eq!(formatted("a: |-\n    text\n\n\n"), "a: |-\n  text\n");
}

#[test]
fn comments_stay_with_what_they_are_about() {
    let text = "#top\na: 1 # short\nlonger: 2 # apart\nb:      1    # aligned\nlonger2: 2   # too\n             # goes on\nc:\n    # about d\n    d: 1\n    # still in c\n# about e\ne:\n- x\n# about f\nf: [1,  # in\n # alone\n  2]\n# end\n";
    insta::assert_snapshot!(formatted(text), @"
    #top
    a: 1   # short
    longer: 2   # apart
    b: 1         # aligned
    longer2: 2   # too
                 # goes on
    c:
      # about d
      d: 1
      # still in c
    # about e
    e:
      - x
    # about f
    f: [1,   # in
      # alone
      2]
    # end
    ");
}

#[test]
fn flow_stays_flow_and_block_stays_block() {
    let text = "a: {\"b\":1,\n      \"c\": [ 1,\n 2\n ],  d: {  } }\ne: [{\n    f: 1}, {\n  g: 2\n}]\nh:\n    [\n  1 ]\n? key\n:   value\n&x i : *x\nj: &y !!str\n    plain\n      goes on\n\n      here\nk: \"quoted \\\n      goes on\n  \\  here\"\n";
    insta::assert_snapshot!(formatted(text), @r#"
    a: {"b": 1,
      "c": [1,
        2
      ], d: {}}
    e: [{
      f: 1}, {
      g: 2
    }]
    h:
      [
        1]
    ? key
    : value
    &x i: *x
    j: &y !!str
      plain
      goes on

      here
    k: "quoted \
      goes on
      \  here"
    "#);
}

#[test]
fn what_does_not_parse_is_not_formatted() {
    for text in ["a: [", "a: 1\n  b: 2\n", "a: 1\n---\nb: 2\n", "a:\n\tb: 1\n", "a: *b\n"] {
        assert_eq!(format(text), None, "{text:?}");
    }
}

/// The files of the project's own, and those below `PROMPTREG_CORPUS`.
#[test]
fn every_file_that_parses_keeps_its_value() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut roots = vec![root.join("registry-template"), root.join("src"), root.join("tests")];
    roots.extend(std::env::var_os("PROMPTREG_CORPUS").map(PathBuf::from));
    let mut count = 0;
    for entry in roots.iter().flat_map(walkdir::WalkDir::new).map(Result::unwrap) {
        let is_yaml = entry.path().extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        let Some(text) = is_yaml.then(|| fs::read_to_string(entry.path()).ok()).flatten() else { continue };
        if format(&text).is_some() {
            count += 1;
            let formatted = formatted(&text);
            if entry.path().starts_with(&roots[0]) {
                assert_eq!(formatted, text, "{}", entry.path().display());
            }
        }
    }
    assert!(count > 40, "{count}");
}

/// Texts of one or more lines, with what YAML finds hard.
fn words() -> impl Strategy<Value = String> {
    let parts =
        ["a", "b c", "{{x}}", "# no", ": ", "- ", "\n", "\n\n", "  ", "é", "'", "\"", "\\", "\t", "|", "1.10", "null"];
    prop::collection::vec(prop::sample::select(parts.to_vec()), 0..8).prop_map(|parts| parts.concat())
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        words().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        let key = prop_oneof!["[a-z]{1,8}", words()];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..5).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// How a value is written by somebody without taste.
struct Pen {
    dice: Vec<u8>,
    at: usize,
    out: String,
}

impl Pen {
    fn roll(&mut self, sides: u8) -> usize {
        self.at += 1;
        usize::from(self.dice[self.at % self.dice.len()] % sides)
    }

    fn blanks(&mut self) {
        let count = 1 + self.roll(3);
        self.out.push_str(&" ".repeat(count));
    }

    /// Ends a line, now and then with a comment, and with comments and blank lines below.
    fn end(&mut self) {
        if self.roll(5) == 0 {
            self.blanks();
            self.out.push_str("# at the end");
        }
        let end = [" \n", "\n", "\n", "\r\n"][self.roll(4)];
        self.out.push_str(end);
        match self.roll(12) {
            0 => self.out.push('\n'),
            1 => self.out.push_str("\n\n\n"),
            2 => {
                let indent = self.roll(7);
                self.out.push_str(&" ".repeat(indent));
                self.out.push_str("#alone\n");
            }
            _ => {}
        }
    }

    fn properties(&mut self) {
        if self.roll(9) == 0 {
            self.blanks();
            self.out.push_str(&format!("&a{}", self.at));
        }
    }

    fn node(&mut self, value: &Value, indent: usize, in_list: bool) {
        self.properties();
        match value {
            Value::Object(map) if !map.is_empty() && self.roll(4) > 0 => {
                let inner = indent + 1 + self.roll(4);
                self.end();
                for (key, value) in map {
                    self.out.push_str(&" ".repeat(inner));
                    self.out.push_str(&quoted(key));
                    self.out.push(':');
                    self.node(value, inner, false);
                }
            }
            Value::Array(items) if !items.is_empty() && self.roll(4) > 0 => {
                let inner = if in_list { indent + 1 + self.roll(3) } else { indent + self.roll(4) };
                self.end();
                for item in items {
                    self.out.push_str(&" ".repeat(inner));
                    self.out.push('-');
                    self.node(item, inner, true);
                }
            }
            Value::String(text) if self.roll(3) > 0 && is_literal(text) => self.literal(text, indent),
            value => {
                self.blanks();
                self.flow(value, indent);
                self.end();
            }
        }
    }

    fn literal(&mut self, text: &str, indent: usize) {
        let inner = 1 + self.roll(5);
        let chomp = if !text.ends_with('\n') {
            "-"
        } else if text.ends_with("\n\n") || text == "\n" {
            "+"
        } else {
            ""
        };
        self.out.push_str(&format!(" |{inner}{chomp}\n"));
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            if !line.is_empty() {
                self.out.push_str(&" ".repeat(indent + inner));
            }
            self.out.push_str(line);
            self.out.push('\n');
        }
    }

    /// Between two tokens in flow style.
    fn gap(&mut self, indent: usize) {
        match self.roll(6) {
            0 => {
                self.end();
                let more = 1 + self.roll(5);
                self.out.push_str(&" ".repeat(indent + more));
            }
            1 | 2 => self.blanks(),
            _ => {}
        }
    }

    fn flow(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Array(items) => {
                self.out.push('[');
                for item in items {
                    self.gap(indent);
                    self.flow(item, indent);
                    self.gap(indent);
                    self.out.push(',');
                }
                self.out.push(']');
            }
            Value::Object(map) => {
                self.out.push('{');
                for (key, value) in map {
                    self.gap(indent);
                    self.out.push_str(&quoted(key));
                    let colon = [":", ": ", " : "][self.roll(3)];
                    self.out.push_str(colon);
                    self.flow(value, indent);
                    self.gap(indent);
                    self.out.push(',');
                }
                self.gap(indent);
                self.out.push('}');
            }
            Value::String(text) if text.chars().all(|c| c.is_ascii_lowercase()) && text.len() > 1 && text != "null" => {
                self.out.push_str(text);
            }
            Value::String(text) if self.roll(2) == 0 && !text.contains(['\n', '\t']) => {
                self.out.push_str(&format!("'{}'", text.replace('\'', "''")));
            }
            Value::String(text) => self.out.push_str(&quoted(text)),
            value => self.out.push_str(&value.to_string()),
        }
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Whether a literal block can hold a text.
fn is_literal(text: &str) -> bool {
    !text.is_empty() && text.split('\n').all(|line| line.is_empty() || !line.trim().is_empty()) && !text.contains('\t')
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn however_a_value_is_written_it_is_kept_and_has_one_form(value in values(), dice in prop::collection::vec(any::<u8>(), 7..60)) {
        let mut pen = Pen { dice, at: 0, out: String::new() };
        let root = Value::Array(vec![value]);
        let map = serde_json::json!({"root": root, "next": "end"});
        for (key, value) in map.as_object().unwrap() {
            pen.out.push_str(key);
            pen.out.push(':');
            pen.node(value, 0, false);
        }
        let text = pen.out;
        // Now and then what is written by chance is no YAML.
        prop_assume!(format(&text).is_some());
        let once = formatted(&text);
        prop_assert!(!once.contains("\n\n\n") || text.contains('|'), "{once}");
        prop_assert!(!once.contains('\r'));
        // The lines of literal blocks are their texts'.
        let is_even = |line: &str| (line.len() - line.trim_start_matches(' ').len()).is_multiple_of(2) || line.contains('#');
        prop_assert!(text.contains('|') || once.lines().all(is_even), "{text}\n----\n{once}");
    }

    #[test]
    fn what_we_write_is_formatted_already(value in values()) {
        let value = serde_json::json!({"root": value});
        let text = write::yaml(&value);
        prop_assert_eq!(formatted(&text), text);
    }

    #[test]
    fn any_text_is_kept_or_refused(text in "[a-cé:,\\-?\\[\\]{}|>+2%@'\"\\\\#&*! \t\r\u{feff}\n]{0,32}") {
        if format(&text).is_some() {
            formatted(&text);
        }
    }
}
