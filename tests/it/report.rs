//! Reports: whole outputs in every format, and texts that try to do harm.

use promptreg::{
    domain::{Diagnostic, Level, Span},
    report::{Format, RuleInfo, Style, render},
};
use serde_json::Value;
use std::sync::Arc;

const PATH: &str = "prompts/greet/1.0.0.yaml";
const TEXT: &str = "content: |\n  Grüße {{nmae}}\nmodel: gpt-4o\n";
const RULES: [RuleInfo<'_>; 2] = [
    RuleInfo { name: "unknown-model", summary: "unknown models", explanation: "Why.", default: Level::Error },
    RuleInfo { name: "missing-description", summary: "no description", explanation: "Why.", default: Level::Warn },
];

fn source(path: &str) -> Option<Arc<str>> {
    (path == PATH).then(|| TEXT.into())
}

fn diagnostics() -> Vec<Diagnostic> {
    let (path, other): (Arc<str>, Arc<str>) = (PATH.into(), "prompts/greet/prompt, 100%.yaml".into());
    vec![
        Diagnostic::error("undeclared-variable", &path, Some(Span::new(23, 27)), "`nmae` is not declared")
            .help("did you mean `name`?"),
        Diagnostic::error("unknown-model", &path, Some(Span::new(37, 43)), "there is no model profile `gpt-4o`")
            .related(&path, Some(Span::new(0, 7)), "used by this text")
            .related(&other, None, "and known here"),
        Diagnostic::error("missing-description", &other, None, "100% of it is missing:\nadd one").warn(),
    ]
}

fn written(format: Format) -> String {
    render(format, &diagnostics(), &source, &Style { rules: &RULES, ..Style::default() })
}

#[test]
fn people_see_the_place_what_is_wrong_and_what_to_do() {
    insta::assert_snapshot!(written(Format::Human), @"
    error[undeclared-variable]: `nmae` is not declared
     --> prompts/greet/1.0.0.yaml:2:11
      |
    2 |   Grüße {{nmae}}
      |           ^^^^
      |
      = help: did you mean `name`?

    error[unknown-model]: there is no model profile `gpt-4o`
     --> prompts/greet/1.0.0.yaml:3:8
      |
    3 | model: gpt-4o
      |        ^^^^^^
      |
    note: used by this text
     --> prompts/greet/1.0.0.yaml:1:1
      |
    1 | content: |
      | -------
    note: and known here
     --> prompts/greet/prompt, 100%.yaml

    warning[missing-description]: 100% of it is missing:
                                  add one
    --> prompts/greet/prompt, 100%.yaml

    2 errors, 1 warning in 2 files
    ");
}

#[test]
fn colours_are_there_when_they_are_asked_for_and_only_then() {
    let colored = render(Format::Human, &diagnostics(), &source, &Style { color: true, ..Style::default() });
    assert!(colored.contains("\u{1b}[") && !written(Format::Human).contains('\u{1b}'));
}

#[test]
fn programs_read_an_object_a_line() {
    insta::assert_snapshot!(written(Format::Json), @r#"
    {"version":1,"rule":"undeclared-variable","severity":"error","message":"`nmae` is not declared","path":"prompts/greet/1.0.0.yaml","line":2,"column":11,"end_line":2,"end_column":15,"help":"did you mean `name`?"}
    {"version":1,"rule":"unknown-model","severity":"error","message":"there is no model profile `gpt-4o`","path":"prompts/greet/1.0.0.yaml","line":3,"column":8,"end_line":3,"end_column":14,"help":null}
    {"version":1,"rule":"missing-description","severity":"warn","message":"100% of it is missing:\nadd one","path":"prompts/greet/prompt, 100%.yaml","line":null,"column":null,"end_line":null,"end_column":null,"help":null}
    "#);
}

#[test]
fn github_reads_workflow_commands_with_its_escapes() {
    insta::assert_snapshot!(written(Format::Github), @"
    ::error file=prompts/greet/1.0.0.yaml,line=2,endLine=2,col=11,endColumn=14,title=undeclared-variable::`nmae` is not declared%0Ahelp: did you mean `name`?
    ::error file=prompts/greet/1.0.0.yaml,line=3,endLine=3,col=8,endColumn=13,title=unknown-model::there is no model profile `gpt-4o`
    ::warning file=prompts/greet/prompt%2C 100%25.yaml,title=missing-description::100%25 of it is missing:%0Aadd one
    ");
}

#[test]
fn scanners_read_sarif() {
    insta::assert_snapshot!(written(Format::Sarif), @r#"
    {
      "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
      "version": "2.1.0",
      "runs": [
        {
          "tool": {
            "driver": {
              "name": "promptreg",
              "semanticVersion": "0.1.0",
              "rules": [
                {
                  "id": "unknown-model",
                  "shortDescription": {
                    "text": "unknown models"
                  },
                  "help": {
                    "text": "Why.",
                    "markdown": "Why."
                  },
                  "defaultConfiguration": {
                    "level": "error"
                  }
                },
                {
                  "id": "missing-description",
                  "shortDescription": {
                    "text": "no description"
                  },
                  "help": {
                    "text": "Why.",
                    "markdown": "Why."
                  },
                  "defaultConfiguration": {
                    "level": "warning"
                  }
                }
              ]
            }
          },
          "columnKind": "unicodeCodePoints",
          "originalUriBaseIds": {
            "%SRCROOT%": {
              "description": {
                "text": "The folder of registry.toml."
              }
            }
          },
          "results": [
            {
              "ruleId": "undeclared-variable",
              "level": "error",
              "message": {
                "text": "`nmae` is not declared\ndid you mean `name`?"
              },
              "locations": [
                {
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "prompts/greet/1.0.0.yaml",
                      "uriBaseId": "%SRCROOT%"
                    },
                    "region": {
                      "startLine": 2,
                      "startColumn": 11,
                      "endLine": 2,
                      "endColumn": 15
                    }
                  }
                }
              ],
              "partialFingerprints": {
                "promptreg/v1": "bac4282d428f3a7d0e86036ffa991c55:1"
              }
            },
            {
              "ruleId": "unknown-model",
              "level": "error",
              "message": {
                "text": "there is no model profile `gpt-4o`"
              },
              "locations": [
                {
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "prompts/greet/1.0.0.yaml",
                      "uriBaseId": "%SRCROOT%"
                    },
                    "region": {
                      "startLine": 3,
                      "startColumn": 8,
                      "endLine": 3,
                      "endColumn": 14
                    }
                  }
                }
              ],
              "partialFingerprints": {
                "promptreg/v1": "d8efd59f8029c6359a76d12cd7481a17:1"
              },
              "ruleIndex": 0,
              "relatedLocations": [
                {
                  "id": 0,
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "prompts/greet/1.0.0.yaml",
                      "uriBaseId": "%SRCROOT%"
                    },
                    "region": {
                      "startLine": 1,
                      "startColumn": 1,
                      "endLine": 1,
                      "endColumn": 8
                    }
                  },
                  "message": {
                    "text": "used by this text"
                  }
                },
                {
                  "id": 1,
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "prompts/greet/prompt%2C%20100%25.yaml",
                      "uriBaseId": "%SRCROOT%"
                    }
                  },
                  "message": {
                    "text": "and known here"
                  }
                }
              ]
            },
            {
              "ruleId": "missing-description",
              "level": "warning",
              "message": {
                "text": "100% of it is missing:\nadd one"
              },
              "locations": [
                {
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "prompts/greet/prompt%2C%20100%25.yaml",
                      "uriBaseId": "%SRCROOT%"
                    }
                  }
                }
              ],
              "partialFingerprints": {
                "promptreg/v1": "cdcef4d47547dfd16163ffdfa7d33934:1"
              },
              "ruleIndex": 1
            }
          ]
        }
      ]
    }
    "#);
}

/// What OASIS publishes with the standard, as it is.
const SARIF: &str = include_str!("report/sarif-schema-2.1.0.json");

#[test]
fn sarif_fits_the_schema_of_the_standard() {
    let mut schema: Value = serde_json::from_str(SARIF).unwrap();
    // Its pattern of a language has a bracket too many, and is no regular expression here; no language is written.
    for part in ["run", "toolComponent"] {
        schema["definitions"][part]["properties"]["language"].as_object_mut().unwrap().remove("pattern").unwrap();
    }
    let schema = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let faults = |text: &str| {
        let log: Value = serde_json::from_str(text).unwrap();
        schema.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect::<Vec<_>>()
    };
    assert_eq!(faults(&written(Format::Sarif)), Vec::<String>::new());
    assert_eq!(faults(&render(Format::Sarif, &[], &source, &Style::default())), Vec::<String>::new());
    // The schema is the real one: it refuses what is close.
    let close = written(Format::Sarif).replace("\"level\": \"warning\"", "\"level\": \"warn\"");
    assert!(!faults(&close).is_empty());
}

#[test]
fn a_fingerprint_outlives_a_line_that_moves_and_tells_twins_apart() {
    let path: Arc<str> = PATH.into();
    let at = |start| Diagnostic::error("r", &path, Some(Span::new(start, start + 1)), "same");
    let prints = |found: &[Diagnostic]| -> Vec<Value> {
        let log: Value = serde_json::from_str(&render(Format::Sarif, found, &source, &Style::default())).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        results.iter().map(|result| result["partialFingerprints"]["promptreg/v1"].clone()).collect()
    };
    assert_eq!(prints(&[at(0)]), prints(&[at(14)]));
    let twins = prints(&[at(0), at(14)]);
    assert_ne!(twins[0], twins[1]);
}

#[test]
fn a_text_cannot_steer_the_terminal_or_reverse_what_is_read() {
    let hostile = "notes: a\u{1b}[2J\u{9b}31m\u{7}\rb\u{202e}c\tmodel: x\n";
    let path: Arc<str> = "a\u{1b}]0;x.yaml".into();
    let at = hostile.find("model").unwrap();
    let found = [Diagnostic::error("r", &path, Some(Span::new(at, at + 5)), "key `\u{1b}[31mred\u{202e}` is unknown")
        .help("no \u{7}")];
    for color in [false, true] {
        let out = render(Format::Human, &found, &|_| Some(hostile.into()), &Style { color, ..Style::default() });
        let bare = out.replace("\u{1b}[0m", "").replace("\u{1b}[1m", "");
        for bad in ["\u{1b}[2J", "\u{1b}[31mred", "\u{1b}]", "\u{9b}", "\u{7}", "\r", "\u{202e}"] {
            assert!(!bare.contains(bad), "{bad:?} in {out}");
        }
    }
    let plain = render(Format::Human, &found, &|_| Some(hostile.into()), &Style::default());
    insta::assert_snapshot!(plain, @"
    error[r]: key `␛[31mred�` is unknown
     --> a␛]0;x.yaml:1:23
      |
    1 | notes: a␛[2J�31m␇␍b�c model: x
      |                       ^^^^^
      |
      = help: no ␇

    1 error in 1 file
    ");
    for format in [Format::Json, Format::Github, Format::Sarif] {
        let out = render(format, &found, &|_| Some(hostile.into()), &Style::default());
        assert!(!out.chars().any(|c| c.is_control() && c != '\n'), "{format:?}: {out:?}");
    }
}

#[test]
fn long_lines_and_long_texts_are_shown_in_part() {
    let block = format!("content: |\n{}", "  a line\n".repeat(5_000));
    let long = format!("content: {}HERE{}\n", "x".repeat(500_000), "y".repeat(500_000));
    let path: Arc<str> = PATH.into();
    let all = [Diagnostic::error("r", &path, Some(Span::new(9, block.len())), "a text of many lines")];
    insta::assert_snapshot!(render(Format::Human, &all, &|_| Some(block.as_str().into()), &Style::default()), @"
    error[r]: a text of many lines
     --> prompts/greet/1.0.0.yaml:1:10
      |
    1 | content: |
      |          ^

    1 error in 1 file
    ");
    let one = [Diagnostic::error("r", &path, Some(Span::new(500_009, 500_013)), "a long line")];
    insta::assert_snapshot!(render(Format::Human, &one, &|_| Some(long.as_str().into()), &Style::default()), @"
    error[r]: a long line
     --> prompts/greet/1.0.0.yaml:1:500010
      |
     ::: 
    1 | ...xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxHEREyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy...
      |                                                         ^^^^

    1 error in 1 file
    ");
}

#[test]
fn a_place_past_the_end_or_within_a_character_is_no_failure() {
    let path: Arc<str> = PATH.into();
    for span in [Span::new(999, 1_000), Span::new(16, 17), Span::new(12, 3), Span::default()] {
        let found = [Diagnostic::error("r", &path, Some(span), "somewhere")];
        for format in [Format::Human, Format::Json, Format::Sarif, Format::Github] {
            assert!(render(format, &found, &source, &Style::default()).contains("somewhere"));
        }
    }
    assert_eq!(render(Format::Human, &[], &source, &Style::default()), "no errors, no warnings\n");
    assert_eq!(render(Format::Json, &[], &source, &Style::default()), "");
}
