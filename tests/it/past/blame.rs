//! Where the lines of a version come from.

use super::said;
use crate::harness::Registry;
use insta::assert_snapshot;
use std::time::{Duration, Instant};

fn version(registry: &Registry, number: &str, text: &str) {
    registry.file(&format!("prompts/greet/{number}.yaml"), text);
}

/// Three versions, a line of each in the last one, and a mended older line besides.
fn registry() -> Registry {
    let registry = Registry::new();
    registry.prompt("greet", "", &[]);
    version(&registry, "1.0.0", "content: |\n  One.\n  Two.\n  Three.\nparameters: {temperature: 0.2}\n");
    registry.commit("Start");
    let system = "messages:\n  - {role: system, content: Be kind.}\n  - placeholder: history\n";
    version(
        &registry,
        "1.1.0",
        &format!(
            "{system}  - role: user\n    content: |\n      One.\n      Two, better.\n      Three.\nparameters: {{temperature: 0.2}}\nnotes: Better.\n"
        ),
    );
    registry.commit_as("ben", "Better");
    let other = "messages:\n  - {role: system, content: One.}\n  - placeholder: history\n";
    version(
        &registry,
        "2.0.0",
        &format!(
            "{other}  - role: user\n    content: |\n      Two, better.\n      One.\n      Three.\nparameters: {{temperature: 0.9}}\nengine: none\n"
        ),
    );
    registry.commit_as("cleo", "Another way");
    version(&registry, "1.0.1", "content: |\n  One.\n  Two!\n  Three.\nparameters: {temperature: 0.2}\n");
    registry.commit_as("cleo", "Mend what is old");
    registry
}

#[test]
fn every_line_is_told_with_the_version_it_came_with() {
    let registry = registry();
    assert_snapshot!(said(&registry, &["blame", "greet@1.0.0"]), @r#"
    1.0.0  COMMIT  2026-01-01  ana ── user
    1.0.0  COMMIT  2026-01-01  ana │ One.
    1.0.0  COMMIT  2026-01-01  ana │ Two.
    1.0.0  COMMIT  2026-01-01  ana │ Three.
    1.0.0  COMMIT  2026-01-01  ana ── parameters: {"temperature":0.2}
    exit code 0
    "#);
    assert_snapshot!(said(&registry, &["blame", "greet@1.1.0"]), @r#"
    1.1.0  COMMIT  2026-01-01  ben ── system
    1.1.0  COMMIT  2026-01-01  ben │ Be kind.
    1.1.0  COMMIT  2026-01-01  ben ── history: the caller's own messages
    1.0.0  COMMIT  2026-01-01  ana ── user
    1.0.0  COMMIT  2026-01-01  ana │ One.
    1.1.0  COMMIT  2026-01-01  ben │ Two, better.
    1.0.0  COMMIT  2026-01-01  ana │ Three.
    1.0.0  COMMIT  2026-01-01  ana ── parameters: {"temperature":0.2}
    1.1.0  COMMIT  2026-01-01  ben ── notes: "Better."
    exit code 0
    "#);
    assert_snapshot!(said(&registry, &["blame", "greet@2.0.0"]), @r#"
    1.1.0  COMMIT  2026-01-01  ben  ── system
    2.0.0  COMMIT  2026-01-01  cleo │ One.
    1.1.0  COMMIT  2026-01-01  ben  ── history: the caller's own messages
    1.0.0  COMMIT  2026-01-01  ana  ── user
    2.0.0  COMMIT  2026-01-01  cleo │ Two, better.
    1.0.0  COMMIT  2026-01-01  ana  │ One.
    1.0.0  COMMIT  2026-01-01  ana  │ Three.
    2.0.0  COMMIT  2026-01-01  cleo ── engine: "none"
    2.0.0  COMMIT  2026-01-01  cleo ── parameters: {"temperature":0.9}
    exit code 0
    "#);
    // It continues 1.0.0, although two others came between.
    assert_snapshot!(said(&registry, &["blame", "greet@1.0.1"]), @r#"
    1.0.0  COMMIT  2026-01-01  ana  ── user
    1.0.0  COMMIT  2026-01-01  ana  │ One.
    1.0.1  COMMIT  2026-01-01  cleo │ Two!
    1.0.0  COMMIT  2026-01-01  ana  │ Three.
    1.0.0  COMMIT  2026-01-01  ana  ── parameters: {"temperature":0.2}
    exit code 0
    "#);
    assert_snapshot!(said(&registry, &["blame", "greet@1.0.1", "--json"]), @r#"
    {
      "name": "greet",
      "version": "1.0.1",
      "is_complete": true,
      "origins": [
        {
          "version": "1.0.0",
          "status": "approved",
          "version_number": 1,
          "created_by": "ana",
          "created_at": "2026-01-01T00:01:00Z",
          "approved_by": "ana",
          "approved_at": "2026-01-01T00:01:00Z",
          "commit": "COMMIT"
        },
        {
          "version": "1.0.1",
          "status": "approved",
          "version_number": 4,
          "created_by": "cleo",
          "created_at": "2026-01-01T00:04:00Z",
          "approved_by": "cleo",
          "approved_at": "2026-01-01T00:04:00Z",
          "commit": "COMMIT"
        }
      ],
      "messages": [
        {
          "role": "user",
          "placeholder": null,
          "origin": 0,
          "lines": [
            {
              "origin": 0,
              "text": "One."
            },
            {
              "origin": 1,
              "text": "Two!"
            },
            {
              "origin": 0,
              "text": "Three."
            }
          ]
        }
      ],
      "keys": [
        {
          "origin": 0,
          "key": "parameters",
          "value": {
            "temperature": 0.2
          }
        }
      ]
    }
    exit code 0
    "#);
}

#[test]
fn a_draft_is_told_from_what_is_approved() {
    let registry = registry();
    version(&registry, "2.1.0", "content: |\n  Two, better.\n  One.\n  Four.\n");
    assert_snapshot!(said(&registry, &["blame", "greet@2.1.0", "--work-tree"]), @"
    1.0.0  COMMIT  2026-01-01  ana  ── user
    2.0.0  COMMIT  2026-01-01  cleo │ Two, better.
    1.0.0  COMMIT  2026-01-01  ana  │ One.
    2.1.0  draft                       │ Four.
    exit code 0
    ");
    registry.git(&["switch", "--quiet", "-c", "proposal"]);
    registry.commit("A proposal");
    registry.git(&["switch", "--quiet", "main"]);
    assert_snapshot!(said(&registry, &["blame", "greet@2.1.0", "--ref", "proposal"]), @"
    1.0.0  COMMIT  2026-01-01  ana  ── user
    2.0.0  COMMIT  2026-01-01  cleo │ Two, better.
    1.0.0  COMMIT  2026-01-01  ana  │ One.
    2.1.0  draft                       │ Four.
    exit code 0
    ");
    assert_snapshot!(said(&registry, &["blame", "greet@2.1.0"]), @"
    error: `greet` has no version 2.1.0; it has 2.0.0, 1.1.0, 1.0.1, 1.0.0
      `promptreg list` shows what is approved; --work-tree reads the files as they lie, --ref a branch
    exit code 3
    ");
}

#[test]
fn long_texts_with_nothing_in_common_are_compared_in_bounded_time() {
    let registry = Registry::new();
    registry.prompt("greet", "", &[]);
    for version in 0..4 {
        let lines = (0..40_000).map(|line| format!("  {}\n", (line * (version * 7 + 3) + version) % 39_989));
        let text = format!("content: |\n{}", lines.collect::<String>());
        registry.file(&format!("prompts/greet/1.{version}.0.yaml"), text);
    }
    registry.commit("Long");
    let since = Instant::now();
    let said = registry.promptreg(&["blame", "greet@1.3.0"]);
    assert_eq!((said.code, said.stdout.lines().count()), (0, 40_001), "{}", said.stderr);
    assert!(since.elapsed() < Duration::from_secs(20), "{:?}", since.elapsed());
}
