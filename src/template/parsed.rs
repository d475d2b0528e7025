//! What the check of one text answers: faults with places, variables, partials and the helpers that make messages.

use crate::domain::Span;

/// What was found in one text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parsed {
    /// What is wrong, in the order of the text; at most 20.
    pub faults: Vec<TemplateFault>,
    /// Each use of a variable of the input, in the order of the text.
    pub variables: Vec<VariableUse>,
    /// Whether some place uses the input as a whole, such as `{{json this}}`: then every variable counts as used.
    pub whole_input: bool,
    /// Each inclusion, in the order of the text.
    pub partials: Vec<PartialUse>,
    /// Each call of a helper that makes messages or parts.
    pub markers: Vec<MarkerUse>,
    /// How many tags there are, comments and ends of blocks counted.
    pub tags: usize,
    /// How deep blocks are nested; each `else if` is one deeper.
    pub depth: usize,
}

/// A fault of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFault {
    /// Where, in bytes of the text.
    pub span: Span,
    /// What is wrong, in a sentence without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// A use of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariableUse {
    /// The variable: a property of the input.
    pub name: String,
    /// The path as it is written, such as `user.name` or `../language`.
    pub path: String,
    /// Where the path stands, in bytes of the text.
    pub span: Span,
    /// What it is used for.
    pub used: Use,
}

/// What a variable is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Its text is printed.
    Output,
    /// `#if`, `#unless` or `#with` asks whether it is there.
    Condition,
    /// `#each` goes over it.
    Loop,
    /// A helper or a partial is given it.
    Argument,
}

/// An inclusion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartialUse {
    /// The name in the text, to be found in `uses`.
    pub name: String,
    /// Where the name stands, in bytes of the text.
    pub span: Span,
    /// Whether the partial sees the variables of this text: it is included outside loops and given no value of its own.
    pub sees_input: bool,
    /// The names that are given to it one by one: `{{> greeting name=user}}`.
    pub given: Vec<String>,
}

/// A call of a helper that makes messages or parts of messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkerUse {
    /// `role`, `history`, `section` or `media`.
    pub helper: &'static str,
    /// The whole tag, in bytes of the text.
    pub span: Span,
}
