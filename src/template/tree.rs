//! What a tag says, as the parser hands it on: borrowed from the text, one tag at a time.

use super::words::Word;
use crate::domain::Span;

/// One tag.
#[derive(Debug)]
pub(super) struct Tag<'a> {
    /// From its first brace to its last.
    pub(super) span: Span,
    /// `{{~`: white space before it goes.
    pub(super) before: bool,
    /// `~}}`: white space after it goes.
    pub(super) after: bool,
    pub(super) kind: Kind<'a>,
}

/// What kind of tag.
#[derive(Debug)]
pub(super) enum Kind<'a> {
    Comment,
    Output(Expr<'a>),
    Open(Call<'a>),
    Else,
    ElseIf(Call<'a>),
    Close(&'static Word),
    Partial { name: &'a str, context: Option<Expr<'a>>, hash: Vec<(&'a str, Expr<'a>)> },
}

/// A value.
#[derive(Debug)]
pub(super) enum Expr<'a> {
    Path(Path<'a>),
    /// A text in quotes; the quotes are not part of `raw`.
    Text {
        raw: &'a str,
        quote: char,
    },
    /// A number, `true`, `false` or `null`.
    Word(&'a str),
    Call(Call<'a>),
}

/// A helper with what it is given.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) word: &'static Word,
    pub(super) args: Vec<Expr<'a>>,
    pub(super) hash: Vec<(&'a str, Expr<'a>)>,
    /// The names of `as |item index|`.
    pub(super) params: Vec<&'a str>,
}

/// A path to a value.
#[derive(Debug)]
pub(super) struct Path<'a> {
    pub(super) span: Span,
    /// The path as it is written.
    pub(super) written: &'a str,
    pub(super) base: Base,
    /// How many scopes it climbs.
    pub(super) up: usize,
    /// The names in order, brackets removed; without `this`, `@root` or a leading `@`.
    pub(super) names: Vec<&'a str>,
}

/// What a path starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    /// The input: the first name is a variable, no name is the whole input.
    Input,
    /// `@root`: the input from anywhere.
    Root,
    /// The value that the block around is about.
    Item,
    /// A name bound by `as |…|`.
    Bound,
    /// `@index`, `@key`, `@first`, `@last`.
    Data,
    /// Any other `@name`: the caller's context.
    Context,
}

/// Who takes in what the parser reads, in order.
pub(super) trait Sink<'a> {
    /// Literal text, escapes already taken out.
    fn text(&mut self, text: &'a str);
    /// A tag without faults.
    fn tag(&mut self, tag: Tag<'a>);
}

/// Nobody: the parser runs for its faults and variables alone.
impl<'a> Sink<'a> for () {
    fn text(&mut self, _: &'a str) {}
    fn tag(&mut self, _: Tag<'a>) {}
}
