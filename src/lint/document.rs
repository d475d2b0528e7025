//! The rules explained: one by one for the command line, and all together as a page that is generated.

use super::{rule::Rule, rules::RULES};
use crate::domain::Level;
use std::fmt::Write as _;

/// What a rule is for, in Markdown; `None` where there is no such rule.
#[must_use]
pub fn explain(name: &str) -> Option<String> {
    RULES.iter().find(|rule| rule.name == name).map(|rule| page(rule))
}

/// The page of all rules, in Markdown, checked in as `src/lint/RULES.md`.
#[must_use]
pub fn document() -> String {
    let mut text = String::from(
        "# The rules\n\n\
         Generated from the table in `src/lint/rules.rs`: edit the rules' own files.\n\n\
         `registry.toml` sets the level of a rule, `[lint]` then `unused-variable = \"off\"` (or `\"warn\"`, `\"error\"`).\n\
         One finding is ignored by `# promptreg: ignore RULE -- reason` at the end of its line or on the line before, all\n\
         of a file by `# promptreg: ignore-file RULE -- reason` at its top. Errors that keep a file from being served\n\
         cannot be turned off or ignored. `promptreg lint --fix` mends what needs no decision of a person's.\n\n\
         | rule | level | keeps a file from being served | looks for |\n|---|---|---|---|\n",
    );
    for rule in RULES {
        let breaks = if rule.breaks { "yes" } else { "" };
        let _ = writeln!(text, "| [{0}](#{0}) | {1} | {breaks} | {2} |", rule.name, rule.default, rule.summary);
    }
    for rule in RULES {
        text.push('\n');
        text.push_str(&page(rule).replacen("# ", "## ", 1));
    }
    text
}

fn page(rule: &Rule) -> String {
    let level = match (rule.default, rule.breaks) {
        (Level::Error, true) => "an error that keeps the file from being served; it cannot be turned off",
        (Level::Error, false) => "an error, unless `registry.toml` says otherwise",
        (Level::Warn, _) => "a warning, unless `registry.toml` says otherwise",
        (Level::Off, _) => "off, unless `registry.toml` says otherwise",
    };
    format!("# {}\n\nLooks for {}: {level}.\n\n{}\n", rule.name, rule.summary, rule.explanation.trim())
}
