//! What can be wrong with a template or its rendering, in words for people; a value of the input is never among them.

use crate::domain::Span;
use std::{fmt, sync::Arc};

/// A place in a version or in one that it includes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The included version that the place lies in, such as `house-tone@2.0.1`; the version itself where there is none.
    pub partial: Option<Arc<str>>,
    /// Which entry of that version's `messages`, counted from 0.
    pub message: usize,
    /// Where in the entry's text, in bytes.
    pub span: Span,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "message {}, byte {}", self.message + 1, self.span.start)?;
        match &self.partial {
            Some(partial) => write!(f, " of the included {partial}"),
            None => Ok(()),
        }
    }
}

/// Why a version cannot be compiled or rendered.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// The text is not a template that can be rendered.
    #[error("{place}: {message}; {help}")]
    Fault {
        /// Where.
        place: Place,
        /// What is wrong.
        message: String,
        /// What to do about it.
        help: String,
    },
    /// A partial is not named in `uses`, or the version it is pinned to is not there.
    #[error("{place}: the partial `{name}` is not there")]
    UnknownPartial {
        /// Where it is included.
        place: Place,
        /// Its name in the text.
        name: String,
    },
    /// Versions include each other in a circle.
    #[error("partials include each other in a circle: {}", names.join(" → "))]
    Circle {
        /// The pins along the circle; the first is also the last.
        names: Vec<String>,
    },
    /// A partial is more than one text.
    #[error("{name} cannot be included: a partial is a version of exactly one message")]
    NotAPartial {
        /// The pin.
        name: String,
    },
    /// A limit of the template with all it includes, checked before anything is compiled.
    #[error("the template with all it includes has too {what}: {found}, and the limit is {limit}")]
    TooLarge {
        /// Such as `many tags`.
        what: &'static str,
        /// What was counted.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// A value that must be there is not.
    #[error("{place}: `{path}` has no value")]
    Missing {
        /// Where it is used.
        place: Place,
        /// The path as it is written.
        path: String,
    },
    /// A value does not fit where it is used.
    #[error("{place}: `{path}` {problem}")]
    Unfit {
        /// Where it is used.
        place: Place,
        /// The path as it is written, or the helper.
        path: String,
        /// What is wrong with it, and what to do.
        problem: &'static str,
    },
    /// Messages were given for a place that the version does not have.
    #[error("messages were given for `{name}`, but the version has no such placeholder")]
    NoPlaceholder {
        /// The placeholder's name.
        name: String,
    },
    /// The text is larger than the limit `output_bytes`.
    #[error("the rendered text would be larger than {limit} bytes")]
    OutputTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// Rendering took longer than the limit `render_milliseconds`.
    #[error("rendering took longer than {limit} ms")]
    TooSlow {
        /// The limit in milliseconds.
        limit: u64,
    },
    /// The engine did not take what the check let pass: a fault of this program.
    #[error("message {}: the template engine refused a checked template", message + 1)]
    Engine {
        /// Which entry of `messages`, counted from 0.
        message: usize,
    },
}
