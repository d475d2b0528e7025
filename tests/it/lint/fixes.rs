//! Fixes: what a rule proposes makes its finding go away, and leaves a file that is no worse.

use super::{
    cases::cases,
    registry::{File, findings, registry},
};
use promptreg::domain::{Diagnostic, Fix};

/// A text with a fix made.
fn mended(text: &str, fix: &Fix) -> String {
    let mut edits = fix.edits.clone();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span));
    assert!(edits.windows(2).all(|pair| pair[1].span.end <= pair[0].span.start), "{fix:?}");
    edits.iter().fold(text.to_owned(), |mut text, edit| {
        text.replace_range(edit.span.start..edit.span.end, &edit.text);
        text
    })
}

/// The text of the file in which something was found, with its fix made.
fn fixed(files: &[File], found: &Diagnostic) -> String {
    let loaded = registry(files);
    mended(&loaded.documents[&*found.place.path].text, found.fix.as_ref().unwrap())
}

/// What is found once a fix is made.
fn after(files: &[File], found: &Diagnostic) -> Vec<Diagnostic> {
    let (path, text) = (found.place.path.to_string(), fixed(files, found));
    let mut files: Vec<File> = files.iter().copied().filter(|(other, _)| *other != path).collect();
    files.push((path.leak(), text.leak()));
    findings(&files)
}

fn count(findings: &[Diagnostic], of: &Diagnostic) -> usize {
    let is_same =
        |found: &&Diagnostic| (found.rule, &found.message, &found.place.path) == (of.rule, &of.message, &of.place.path);
    findings.iter().filter(is_same).count()
}

#[test]
fn every_fix_makes_its_finding_go_away_and_brings_no_other() {
    let mut tried = std::collections::BTreeSet::new();
    for case in cases() {
        let before = findings(case.fires);
        for found in before.iter().filter(|found| found.fix.is_some()) {
            let after = after(case.fires, found);
            assert_eq!(count(&after, found), count(&before, found) - 1, "{found:#?}");
            for other in &after {
                assert!(count(&after, other) <= count(&before, other), "{found:#?}\n{other:#?}");
            }
            tried.insert(found.rule);
        }
    }
    assert!(tried.len() >= 5, "{tried:?}");
}

/// The titles of all fixes, each with the text that it makes of the file.
fn all(files: &[File]) -> String {
    let fixes = findings(files).into_iter().filter(|found| found.fix.is_some());
    let show =
        |found: Diagnostic| format!("{}: {}\n{}", found.rule, found.fix.as_ref().unwrap().title, fixed(files, &found));
    fixes.map(show).collect::<Vec<_>>().join("----\n")
}

const GREET: &str = "prompts/support/greet/1.1.0.yaml";

#[test]
fn a_variable_is_declared_in_the_form_that_is_there() {
    let flow = "content: \"{{name}} {{tone}}\"\ninput_schema:\n  type: object\n  required: [name]\n  properties:\n    name: {type: string}   # who\n# below\nnotes: x\n";
    let block = "content: \"{{name}} {{tone}}\"\ninput_schema:\n  type: object\n  properties:\n    name:\n      type: string\n  required:\n  - name   # always\n";
    let none = "content: \"{{name}} {{tone}}\"\ninput_schema:\n  properties:\n    name: {type: string}\n";
    let texts = [flow, block, none].map(|text| all(&[(GREET, text)]));
    insta::assert_snapshot!(texts.join("====\n"), @r#"
    undeclared-variable: declare `tone` as a text that is required
    content: "{{name}} {{tone}}"
    input_schema:
      type: object
      required: [name, tone]
      properties:
        name: {type: string}   # who
        tone: {type: string}
    # below
    notes: x
    ====
    undeclared-variable: declare `tone` as a text that is required
    content: "{{name}} {{tone}}"
    input_schema:
      type: object
      properties:
        name:
          type: string
        tone: {type: string}
      required:
      - name   # always
      - tone
    ====
    undeclared-variable: declare `tone` as a text that is required
    content: "{{name}} {{tone}}"
    input_schema:
      required: [tone]
      properties:
        name: {type: string}
        tone: {type: string}
    "#);
}

#[test]
fn what_needs_a_decision_is_not_fixed() {
    for text in [
        // A list, a map, a slip: none of them is a new text.
        "content: \"{{name}} {{#each tone}}x{{/each}}\"\ninput_schema:\n  properties:\n    name: {type: string}\n",
        "content: \"{{name}} {{tone.x}}\"\ninput_schema:\n  properties:\n    name: {type: string}\n",
        "content: \"{{name}} {{nmae}}\"\ninput_schema:\n  properties:\n    name: {type: string}\n",
        "content: \"{{name}} {{tone}}\"\ninput_schema: {properties: {name: {type: string}}}\n",
        // Two names are near, or none is near enough.
        "content: Hi\nmodel: slow\n",
        "content: Hi\nnoets: x\nnotes: y\n",
        "content: Hi\nmessages: {}\n",
        "content: \"{{> tone}}\"\nuses: {tone: tone:production}\n",
    ] {
        let found = findings(&[(GREET, text)]);
        assert!(!found.is_empty() && found.iter().all(|found| found.fix.is_none()), "{found:#?}");
    }
}

#[test]
fn a_scalar_is_rewritten_in_its_own_quotes() {
    let files = [
        (
            GREET,
            "messages:\n  - {role: 'sytem', content: Hi}\n  - {\"rolle\": user, content: 7}\nparameters: {temperature: '0.2'}\n",
        ),
        (
            "workflows/w.yaml",
            "steps:\n  - {id: a, prompt: \"gret:production\"}\n  - id: b\n    prompt: 'greet@1.0.0'\n    model: fastt\n",
        ),
    ];
    insta::assert_snapshot!(all(&files), @r#"
    shape: write `system`
    messages:
      - {role: 'system', content: Hi}
      - {"rolle": user, content: 7}
    parameters: {temperature: '0.2'}
    ----
    shape: write `role`
    messages:
      - {role: 'sytem', content: Hi}
      - {"role": user, content: 7}
    parameters: {temperature: '0.2'}
    ----
    shape: write it in quotes
    messages:
      - {role: 'sytem', content: Hi}
      - {"rolle": user, content: "7"}
    parameters: {temperature: '0.2'}
    ----
    shape: write it without quotes
    messages:
      - {role: 'sytem', content: Hi}
      - {"rolle": user, content: 7}
    parameters: {temperature: 0.2}
    ----
    unknown-prompt: write `greet`
    steps:
      - {id: a, prompt: "greet:production"}
      - id: b
        prompt: 'greet@1.0.0'
        model: fastt
    "#);
}

#[test]
fn an_ignore_comment_goes_with_its_line_or_its_name() {
    let files = [(
        GREET,
        "# promptreg: ignore unknown-model -- soon\ncontent: Hi   # promptreg: ignore unknown-model, unused-variable -- soon\nnotes: x # promptreg: ignore unknown-model -- y\n",
    )];
    insta::assert_snapshot!(all(&files), @"
    unused-ignore: delete the comment
    content: Hi   # promptreg: ignore unknown-model, unused-variable -- soon
    notes: x # promptreg: ignore unknown-model -- y
    ----
    unused-ignore: delete the rule's name
    # promptreg: ignore unknown-model -- soon
    content: Hi   # promptreg: ignore unused-variable -- soon
    notes: x # promptreg: ignore unknown-model -- y
    ----
    unused-ignore: delete the rule's name
    # promptreg: ignore unknown-model -- soon
    content: Hi   # promptreg: ignore unknown-model -- soon
    notes: x # promptreg: ignore unknown-model -- y
    ----
    unused-ignore: delete the comment
    # promptreg: ignore unknown-model -- soon
    content: Hi   # promptreg: ignore unknown-model, unused-variable -- soon
    notes: x
    ");
}
