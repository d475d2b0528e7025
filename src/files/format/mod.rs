//! Formatting: canonical YAML, with every comment, every key in its place and every byte of every text kept.

mod layout;
mod line;
mod token;

pub use self::token::long_scalars;
use granit_parser::{Event, Options, Parser, Scanner, StrInput, TokenType};

/// The text as canonical YAML; `None` where it does not parse.
///
/// Every line stays a line: nothing is joined, split or wrapped. What changes is white space: two blanks a level, lists
/// two deeper than their keys, one blank after `:`, `-` and `,`, none inside of brackets, three before a comment at
/// the end of a line unless it is aligned with its neighbours, no two blank lines in a row, line feeds, and one of them
/// at the end. What is written is read again: where it would not say the same, with the same comments, only line
/// ends and the blanks before them are changed, or nothing. Takes time in proportion to the text.
#[must_use]
pub fn format(text: &str) -> Option<String> {
    if !parses(text) {
        return None;
    }
    let base = Some(trimmed(text)).filter(|trimmed| is_same(text, trimmed)).unwrap_or_else(|| text.to_owned());
    let written = token::tokens(&base).and_then(|tokens| layout::layout(&base, &tokens));
    Some(written.filter(|written| is_same(&base, written)).unwrap_or(base))
}

/// The text with line feeds for line ends, without a byte order mark, and without blanks at the ends of those lines
/// that begin outside of a text.
fn trimmed(text: &str) -> String {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
    let scalars = token::long_scalars(&text);
    let mut scalars = scalars.iter().peekable();
    let mut out = String::with_capacity(text.len());
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        while scalars.next_if(|scalar| scalar.end < end).is_some() {}
        let is_inside = scalars.peek().is_some_and(|scalar| scalar.start < end);
        let line = line.strip_suffix('\n').unwrap_or(line);
        out.push_str(if is_inside { line } else { line.trim_end_matches([' ', '\t']) });
        out.push('\n');
        start = end;
    }
    out
}

fn parses(text: &str) -> bool {
    let mut documents = 0;
    events(text).all(|event| {
        documents += usize::from(matches!(event, Ok(Event::DocumentStart(..))));
        event.is_ok() && documents <= 1
    })
}

/// Whether two texts say the same in the same style, with the same comments in the same order.
fn is_same(one: &str, other: &str) -> bool {
    one == other || (events(one).eq(events(other)) && comments(one).eq(comments(other)))
}

fn events(text: &str) -> impl Iterator<Item = Result<Event<'_>, ()>> {
    let mut options = Options::default();
    options.set_emit_comments(false);
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut failed = false;
    std::iter::from_fn(move || {
        // Behind an error there is nothing more to be had.
        let next = parser.next().filter(|_| !failed)?;
        failed |= next.is_err();
        Some(next.map(|(event, _)| event).map_err(|_| ()))
    })
}

fn comments(text: &str) -> impl Iterator<Item = String> {
    let tokens = Scanner::new(StrInput::new(text)).map_while(Result::ok);
    tokens.filter_map(|token| match token.into_parts().1 {
        TokenType::Comment(comment) => Some(comment.text().trim_end().to_owned()),
        _ => None,
    })
}
