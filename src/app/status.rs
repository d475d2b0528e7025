//! What is wrong with a state of the registry, and what is served in spite of that.

use crate::domain::{Diagnostic, Level, position};
use serde::Serialize;

/// What is wrong with a state, and what is served all the same.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Status {
    /// The files whose content on the branch is not what is served.
    pub quarantined: Vec<Quarantined>,
    /// Everything the linter finds in what is served, and in what is not.
    pub diagnostics: Vec<Complaint>,
}

impl Status {
    /// Whether anything has to be mended: a file is held back, or something is wrong in what is served.
    #[must_use]
    pub fn has_findings(&self) -> bool {
        !self.quarantined.is_empty() || self.errors().next().is_some()
    }

    /// What is wrong in what is served, without mere warnings.
    pub fn errors(&self) -> impl Iterator<Item = &Complaint> {
        self.diagnostics.iter().filter(|complaint| complaint.severity == Level::Error)
    }
}

/// What a server says of itself at `/v1/status`.
#[derive(Debug, Serialize)]
pub struct Overview<'a> {
    /// The registry's name.
    pub registry: Option<String>,
    /// The branch that is followed.
    pub branch: &'a str,
    /// The commit that is served.
    pub commit: Option<String>,
    /// Why the newest commit is not served, if it is not.
    pub trouble: Option<super::Trouble>,
    /// How many prompts are served.
    pub prompts: usize,
    /// How many versions of them.
    pub versions: usize,
    /// What is wrong, and what is served all the same.
    #[serde(flatten)]
    pub status: Status,
}

impl super::App {
    /// What the server says of itself.
    #[must_use]
    pub fn overview(&self) -> Overview<'_> {
        let current = self.current();
        Overview {
            registry: current.registry.settings.as_ref().map(|settings| settings.registry.name.to_string()),
            branch: self.branch(),
            commit: current.commit.map(|commit| commit.to_string()),
            trouble: self.trouble(),
            prompts: current.registry.listed().count(),
            versions: current.version_count(),
            status: current.status.clone(),
        }
    }
}

/// A file whose content on the branch is not what is served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quarantined {
    /// The path on the branch.
    pub path: String,
    /// The commit whose content is served instead; none where nothing is.
    pub served_from: Option<String>,
    /// Why.
    pub diagnostics: Vec<Complaint>,
}

/// A diagnostic with its place as people count it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Complaint {
    /// The rule.
    pub rule: &'static str,
    /// How much it matters.
    pub severity: Level,
    /// What is wrong.
    pub message: String,
    /// The file.
    pub path: String,
    /// The line, from 1; none where the whole file is meant.
    pub line: Option<usize>,
    /// The column in characters, from 1.
    pub column: Option<usize>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Complaint {
    /// Places a diagnostic in the text of its file.
    #[must_use]
    pub fn new(diagnostic: &Diagnostic, text: Option<&str>) -> Self {
        let at = diagnostic.place.span.zip(text).map(|(span, text)| position(text, span.start));
        Self {
            rule: diagnostic.rule,
            severity: diagnostic.severity,
            message: diagnostic.message.clone(),
            path: diagnostic.place.path.to_string(),
            line: at.map(|at| at.line),
            column: at.map(|at| at.column),
            help: diagnostic.help.clone(),
        }
    }
}
