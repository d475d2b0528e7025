//! The three cases of every rule, a file for each group of rules.

mod basics;
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

const PROMPT: &str = "prompts/support/greet/prompt.yaml";
const V1: &str = "prompts/support/greet/1.0.0.yaml";
const V2: &str = "prompts/support/greet/1.1.0.yaml";

/// The cases of all rules.
pub(crate) fn cases() -> impl Iterator<Item = &'static Case> {
    [basics::CASES, prompts::CASES, texts::CASES, workflows::CASES].into_iter().flatten()
}
