//! The three cases of every rule, a file for each group of rules.

mod basics;
mod changes;
mod prompts;
mod texts;
mod workflows;

use super::registry::File;

/// Three registries for one rule.
pub(crate) struct Case {
    pub(crate) rule: &'static str,
    /// The rule fires here, and no other does.
    pub(crate) fires: &'static [File],
    /// Nothing fires here, though it is close.
    pub(crate) near: &'static [File],
    /// The rule would fire here, and a comment tells it not to.
    pub(crate) ignored: &'static [File],
    /// Whether it fires all the same, since the file cannot be served.
    pub(crate) stays: bool,
}

/// Three changes for one rule.
pub(crate) struct ChangeCase {
    pub(crate) rule: &'static str,
    /// The rule fires here, and no other does.
    pub(crate) fires: Change,
    /// Nothing fires here, though it is close.
    pub(crate) near: Change,
    /// The rule would fire here, and a comment tells it not to.
    pub(crate) ignored: Change,
    /// Whether it fires all the same.
    pub(crate) stays: bool,
}

/// A registry and what is done to it.
pub(crate) struct Change {
    /// What is there besides what all cases have; approved where it is sound.
    pub(crate) before: &'static [File],
    /// What was approved before that, and has been changed or removed since.
    pub(crate) once: &'static [File],
    /// What is added or edited.
    pub(crate) after: &'static [File],
    /// What is removed.
    pub(crate) gone: &'static [&'static str],
}

const PROMPT: &str = "prompts/support/greet/prompt.yaml";
const V1: &str = "prompts/support/greet/1.0.0.yaml";
const V2: &str = "prompts/support/greet/1.1.0.yaml";

/// The cases of all rules.
pub(crate) fn cases() -> impl Iterator<Item = &'static Case> {
    [basics::CASES, prompts::CASES, texts::CASES, workflows::CASES].into_iter().flatten()
}

/// The cases of the rules on changes.
pub(crate) fn change_cases() -> impl Iterator<Item = &'static ChangeCase> {
    changes::CASES.iter()
}
