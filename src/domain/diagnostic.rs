//! Diagnostics: what a rule found, at which place, and what to do about it.

use super::span::Span;
use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc};

/// How much a rule matters, as in `registry.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Not at all.
    Off,
    /// Worth a look.
    Warn,
    /// Must be mended.
    Error,
}

impl Level {
    /// The word used in files and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A place in a file of the registry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The path from the registry's root, with `/`.
    pub path: Arc<str>,
    /// Where in the file; nowhere in particular where there is none.
    pub span: Option<Span>,
}

/// What a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The rule's name.
    pub rule: &'static str,
    /// How much it matters; never [`Level::Off`].
    pub severity: Level,
    /// What is wrong, in a sentence without a full stop.
    pub message: String,
    /// Where.
    pub place: Place,
    /// What to do about it.
    pub help: Option<String>,
    /// Other places that matter, each with a word on why.
    pub related: Vec<(Place, String)>,
    /// How a program can mend it, where that is mechanical.
    pub fix: Option<Fix>,
}

/// Edits of the file in which something was found that mend it without a decision of a person's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What the edits do, as an order: `delete the comment`.
    pub title: String,
    /// What is written in place of what; no two of them overlap.
    pub edits: Vec<Edit>,
}

/// One stretch of a text and what comes in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The bytes that go; an empty span inserts.
    pub span: Span,
    /// The text that comes.
    pub text: String,
}

impl Diagnostic {
    /// An error of `rule` in the file at `path`.
    #[must_use]
    pub fn error(rule: &'static str, path: &Arc<str>, span: Option<Span>, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity: Level::Error,
            message: message.into(),
            place: Place { path: Arc::clone(path), span },
            help: None,
            related: Vec::new(),
            fix: None,
        }
    }

    /// The same with a word on what to do.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// The same as a warning.
    #[must_use]
    pub fn warn(self) -> Self {
        Self { severity: Level::Warn, ..self }
    }

    /// The same with edits that mend it.
    #[must_use]
    pub fn fix(self, title: impl Into<String>, edits: Vec<Edit>) -> Self {
        Self { fix: Some(Fix { title: title.into(), edits }), ..self }
    }

    /// The same with one more place that matters.
    #[must_use]
    pub fn related(mut self, path: &Arc<str>, span: Option<Span>, why: impl Into<String>) -> Self {
        self.related.push((Place { path: Arc::clone(path), span }, why.into()));
        self
    }
}
