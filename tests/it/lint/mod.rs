//! Every rule: where it fires, where it nearly would, and where a comment ignores it.

mod cases;
mod changes;
mod comments;
mod fires_elsewhere;
mod fires_in_prompts;
mod fires_in_texts;
mod fires_in_versions;
mod fires_in_workflows;
mod fixes;
mod hostile;
mod reach;
mod registry;

use cases::{Case, cases, change_cases};
use promptreg::{
    domain::{Level, Limits},
    files,
    lint::{self, RULES},
    report::{Format, Style, render},
};
use registry::{findings, report, rules};
use std::collections::BTreeSet;

fn case(rule: &str) -> &'static Case {
    cases().find(|case| case.rule == rule).unwrap_or_else(|| panic!("{rule} has no case"))
}

#[test]
fn the_registry_that_all_cases_start_from_is_clean() {
    assert_eq!(report(&[]), "no errors, no warnings\n");
}

#[test]
fn every_rule_has_its_cases_an_explanation_and_a_page() {
    let page = lint::document();
    let names: BTreeSet<_> = RULES.iter().map(|rule| rule.name).collect();
    assert_eq!(names.len(), RULES.len(), "two rules have one name");
    assert_eq!(names, cases().map(|case| case.rule).chain(change_cases().map(|case| case.rule)).collect());
    for rule in RULES {
        assert!(rule.explanation.contains("Bad:") && rule.explanation.contains("Good:"), "{}", rule.name);
        assert!(rule.summary.len() < 100 && !rule.summary.ends_with('.'), "{}", rule.name);
        assert!(page.contains(&format!("\n## {}\n", rule.name)), "{}", rule.name);
        assert!(lint::explain(rule.name).is_some_and(|text| text.contains(rule.explanation.trim())), "{}", rule.name);
    }
    assert_eq!(lint::explain("no-such-rule"), None);
}

#[test]
fn every_rule_fires_where_it_should_and_nothing_else_does() {
    for case in cases() {
        let found = rules(case.fires);
        assert!(!found.is_empty() && found.iter().all(|rule| *rule == case.rule), "{}: {found:?}", case.rule);
    }
}

#[test]
fn nothing_fires_at_a_near_miss() {
    for case in cases() {
        assert_eq!(report(case.near), "no errors, no warnings\n", "{}", case.rule);
    }
}

#[test]
fn a_comment_with_a_reason_ignores_a_finding_unless_it_breaks_the_file() {
    for case in cases() {
        let found = findings(case.ignored);
        let still: Vec<_> = found.iter().filter(|found| found.rule == case.rule).collect();
        let stays = case.stays;
        assert_eq!(!still.is_empty(), stays, "{}: {}", case.rule, report(case.ignored));
        if stays {
            let rule = RULES.iter().find(|rule| rule.name == case.rule).unwrap();
            assert!(rule.breaks && still[0].severity == Level::Error, "{}", case.rule);
        } else {
            assert_eq!(report(case.ignored), "no errors, no warnings\n", "{}", case.rule);
        }
    }
}

#[test]
fn rules_that_break_can_be_seen_in_the_table() {
    let breaking: Vec<_> = RULES.iter().filter(|rule| rule.breaks).map(|rule| rule.name).collect();
    assert_eq!(
        breaking,
        [
            "shape",
            "template-syntax",
            "invalid-json-schema",
            "duplicate-name",
            "unknown-partial",
            "unpinned-partial",
            "partial-cycle",
            "approved-version-changed",
            "approved-version-removed"
        ]
    );
    assert!(RULES.iter().all(|rule| !rule.breaks || rule.default == Level::Error));
}

#[test]
fn the_page_of_all_rules_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/lint/RULES.md");
    let page = lint::document();
    if std::env::var_os("PROMPTREG_WRITE_RULES").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == page,
        "src/lint/RULES.md is not what the table says: PROMPTREG_WRITE_RULES=1 cargo test --test it page_of_all"
    );
}

#[test]
fn the_registry_that_init_hands_out_is_clean() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("registry-template");
    let (sources, refused) = files::read(&root, &Limits::default()).unwrap();
    let loaded = files::load(files::documents(&sources, &Limits::default()), refused);
    let shown = render(Format::Human, &lint::lint(&loaded), &|path| lint::source(&loaded, path), &Style::default());
    assert_eq!(shown, "no errors, no warnings\n");
}
