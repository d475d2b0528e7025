//! The tokens of a YAML text with their places: nothing but white space stands between them.

use crate::domain::Span;
use granit_parser::{ScalarStyle, Scanner, StrInput, TokenType};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// `-`.
    Dash,
    /// `?`.
    Question,
    /// `:`.
    Colon,
    /// `,`.
    Comma,
    /// `[` or `{`.
    Open,
    /// `]` or `}`.
    Close,
    /// `&anchor` or `!tag`.
    Property,
    /// `*alias`.
    Alias,
    /// A plain or quoted text.
    Text,
    /// `|` or `>` with what stands right behind it.
    Header,
    /// The lines of a block scalar. The number is how many of their bytes are indentation.
    Body(usize),
    /// From `#` to the end of the line.
    Comment,
    /// `---` or `...`.
    Marker,
}

/// A token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) shape: Shape,
    pub(super) span: Span,
    /// Whether a key begins here.
    pub(super) is_key: bool,
}

/// The places of the texts of a YAML file that go on over a line's end, in order; those before what is no YAML.
#[must_use]
pub fn long_scalars(text: &str) -> Vec<Span> {
    let tokens = Scanner::new(StrInput::new(text)).map_while(Result::ok);
    let scalars = tokens.filter(|token| matches!(token.token_type(), TokenType::Scalar(..)));
    let spans = scalars.filter_map(|token| span(&token.span(), text));
    spans.filter(|span| text[span.start..span.end].contains('\n')).collect()
}

/// All tokens in order; `None` where the text has something that is formatted by nobody: a directive, a line end that
/// is none today, a block scalar of nothing but blanks.
pub(super) fn tokens(text: &str) -> Option<Vec<Token>> {
    if text.contains(['\r', '\u{feff}']) {
        return None;
    }
    let mut found = Found::default();
    for token in Scanner::new(StrInput::new(text)) {
        let token = token.ok()?;
        let at = span(&token.span(), text)?;
        found.take(text, at, token.token_type())?;
    }
    found.exact.sort_by_key(|token| token.span);
    found.exact.dedup();
    found.keys.sort_unstable();
    found.with_gaps(text)
}

fn span(span: &granit_parser::Span, text: &str) -> Option<Span> {
    let range = span.byte_range()?;
    text.get(range.clone()).map(|_| Span::new(range.start, range.end))
}

/// What the scanner says exactly; what stands between is marks that it says roughly.
#[derive(Default)]
struct Found {
    exact: Vec<Token>,
    /// Where keys begin.
    keys: Vec<usize>,
}

impl Found {
    fn take(&mut self, text: &str, at: Span, token: &TokenType<'_>) -> Option<()> {
        let shape = match token {
            TokenType::VersionDirective(..) | TokenType::TagDirective(..) | TokenType::ReservedDirective(..) => {
                return None;
            }
            TokenType::Key => {
                self.keys.push(at.start);
                return Some(());
            }
            TokenType::FlowSequenceStart | TokenType::FlowMappingStart => Shape::Open,
            TokenType::FlowSequenceEnd | TokenType::FlowMappingEnd => Shape::Close,
            TokenType::FlowEntry => Shape::Comma,
            TokenType::Alias(_) => Shape::Alias,
            TokenType::Anchor(_) | TokenType::Tag(..) => Shape::Property,
            TokenType::Comment(_) => Shape::Comment,
            TokenType::Scalar(ScalarStyle::Literal | ScalarStyle::Folded, value) => {
                let body = body(text, at, value)?;
                self.exact.extend(body);
                return Some(());
            }
            TokenType::Scalar(..) => Shape::Text,
            TokenType::DocumentStart | TokenType::DocumentEnd => Shape::Marker,
            _ => return Some(()),
        };
        if at.start < at.end {
            self.exact.push(Token { shape, span: at, is_key: false });
        }
        Some(())
    }

    /// All tokens, with the marks between the exact ones.
    fn with_gaps(self, text: &str) -> Option<Vec<Token>> {
        let mut all = Vec::with_capacity(self.exact.len() * 2);
        let mut keys = self.keys.into_iter().peekable();
        let mut at = 0;
        let end = Token { shape: Shape::Marker, span: Span::new(text.len(), text.len()), is_key: false };
        for token in self.exact.into_iter().chain([end]) {
            marks(text, Span::new(at, token.span.start), &mut all)?;
            at = token.span.end;
            if token.span.start < token.span.end {
                all.push(token);
            }
        }
        for token in &mut all {
            while keys.next_if(|key| *key < token.span.start).is_some() {}
            token.is_key = keys.peek() == Some(&token.span.start);
        }
        Some(all)
    }
}

/// Adds the marks in a stretch of a text that holds nothing else.
fn marks(text: &str, gap: Span, all: &mut Vec<Token>) -> Option<()> {
    let bytes = text.get(gap.start..gap.end)?.as_bytes();
    let mut i = 0;
    while let Some(byte) = bytes.get(i) {
        let start = i;
        i += 1;
        let shape = match byte {
            b' ' | b'\t' | b'\n' => continue,
            b'-' => Shape::Dash,
            b'?' => Shape::Question,
            b':' => Shape::Colon,
            b'|' | b'>' => {
                while bytes.get(i).is_some_and(|byte| byte.is_ascii_digit() || b"+-".contains(byte)) {
                    i += 1;
                }
                Shape::Header
            }
            _ => return None,
        };
        all.push(Token { shape, span: Span::new(gap.start + start, gap.start + i), is_key: false });
    }
    Some(())
}

/// The lines of a block scalar, from the start of a line to the start of another: those behind the line of its header,
/// up to what follows. Where there are none, nothing.
fn body(text: &str, at: Span, value: &str) -> Option<Option<Token>> {
    let is_empty = value.trim_matches('\n').is_empty();
    if value.trim().is_empty() && !is_empty {
        return None;
    }
    // Blank lines above the first word belong to it. One without a word may begin, for the scanner, at its header.
    let is_header = is_empty && text[at.start..].starts_with(['|', '>']);
    let above = if is_header { at.start } else { text[..at.start].trim_end_matches([' ', '\n', '\t']).len() };
    let start = text[above..].find('\n').map_or(text.len(), |found| above + found + 1);
    let last = text[..at.end].rfind('\n').map_or(0, |found| found + 1);
    let end = if text[last..at.end].trim().is_empty() { last } else { at.end };
    if end <= start {
        return Some(None);
    }
    let indent = if is_empty { 0 } else { indentation(&text[start..end], value)? };
    Some(Some(Token { shape: Shape::Body(indent), span: Span::new(start, end), is_key: false }))
}

/// How many blanks before the lines of a block scalar are not its text's: told from its first line with a word.
fn indentation(lines: &str, value: &str) -> Option<usize> {
    let blanks = |text: &str| {
        let line = text.split('\n').find(|line| !line.trim().is_empty())?;
        Some(line.len() - line.trim_start_matches(' ').len())
    };
    blanks(lines)?.checked_sub(blanks(value)?)
}
