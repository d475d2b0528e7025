//! The layout: at which column a line begins, and what stands between two tokens of a line.

use super::{
    line::{self, Line},
    token::{Shape, Token},
};

/// The blanks of one level.
const STEP: usize = 2;

/// Writes the tokens of a text anew, each line as a line; `None` where it cannot be told how.
pub(super) fn layout(text: &str, tokens: &[Token]) -> Option<String> {
    let mut layout = Layout {
        text,
        tokens,
        contents: contents(tokens),
        lines: Vec::new(),
        blocks: Vec::new(),
        flows: Vec::new(),
        base: 0,
        end: 0,
        is_apart: false,
    };
    for i in 0..tokens.len() {
        layout.token(i)?;
    }
    Some(line::join(&layout.lines))
}

/// For every token the first from there on that is no comment.
fn contents(tokens: &[Token]) -> Vec<Option<Token>> {
    let mut next = None;
    let mut contents: Vec<_> = tokens
        .iter()
        .rev()
        .map(|token| {
            if token.shape != Shape::Comment {
                next = Some(*token);
            }
            next
        })
        .collect();
    contents.reverse();
    contents
}

/// A list or map in block style that is open.
#[derive(Debug, Clone, Copy)]
struct Block {
    /// The column in the source at which its entries begin.
    column: usize,
    is_list: bool,
}

struct Layout<'a> {
    text: &'a str,
    tokens: &'a [Token],
    contents: Vec<Option<Token>>,
    lines: Vec<Line<'a>>,
    blocks: Vec<Block>,
    /// The lists and maps in flow style that are open: the columns to which their closing brackets return.
    flows: Vec<usize>,
    /// The column from which what opens on this line is indented.
    base: usize,
    /// Where the last token of the source ends.
    end: usize,
    /// Whether a blank line comes before the next token.
    is_apart: bool,
}

impl<'a> Layout<'a> {
    fn token(&mut self, i: usize) -> Option<()> {
        let token = self.tokens[i];
        let source = &self.text[token.span.start..token.span.end];
        let gap = &self.text[self.end..token.span.start];
        let mut breaks = gap.matches('\n').count();
        let before = i.checked_sub(1).map(|before| self.tokens[before]);
        // A block scalar ends at the beginning of a line.
        breaks += usize::from(before.is_none_or(|before| matches!(before.shape, Shape::Body(_))));
        self.is_apart |= breaks > 1;
        match (token.shape, before) {
            (Shape::Body(indent), _) => self.body(i, source, indent)?,
            (Shape::Comment, _) => self.comment(i, source, breaks > 0),
            (_, Some(before)) if breaks == 0 => {
                self.go_on(before, token)?;
                self.write(token, source);
            }
            _ => {
                self.begin(token);
                self.write(token, source);
            }
        }
        self.end = token.span.end;
        Some(())
    }

    /// Begins a line, with a blank one above it where there was one.
    fn line(&mut self, line: Line<'a>) {
        if std::mem::take(&mut self.is_apart) && !self.lines.is_empty() {
            self.lines.push(Line::default());
        }
        self.lines.push(line);
    }

    /// Begins a line with a token.
    fn begin(&mut self, token: Token) {
        let indent = match (token.shape, self.flows.last()) {
            (Shape::Marker, _) => 0,
            (Shape::Close, Some(base)) => *base,
            (_, Some(base)) => base + STEP,
            (_, None) => self.enter(token).map_or_else(|| self.inner(), |level| level * STEP),
        };
        self.base = match self.flows.is_empty() {
            true => self.holder(token),
            false => indent,
        };
        self.line(Line { text: " ".repeat(indent), comment: None });
    }

    /// Goes on with a line.
    fn go_on(&mut self, before: Token, token: Token) -> Option<()> {
        if token.shape == Shape::Marker || before.shape == Shape::Marker {
            return None;
        }
        if self.flows.is_empty() && self.enter(token).is_some() {
            self.base = self.holder(token);
        }
        let is_apart = match (before.shape, token.shape) {
            (Shape::Open, _) | (_, Shape::Close | Shape::Comma) => false,
            (_, Shape::Colon) => matches!(before.shape, Shape::Alias | Shape::Property),
            _ => true,
        };
        self.lines.last_mut()?.text.push_str(if is_apart { " " } else { "" });
        Some(())
    }

    /// Opens and closes blocks for a token in block style that begins an entry; answers the level of the entry's block.
    fn enter(&mut self, token: Token) -> Option<usize> {
        let is_list = self.begins(token)?;
        let column = self.column(token);
        let level = self.level(column, is_list);
        self.blocks.truncate(level);
        self.blocks.push(Block { column, is_list });
        Some(level)
    }

    /// Whether a token begins an entry of a list, or one of a map; `None` where it begins neither.
    fn begins(&self, token: Token) -> Option<bool> {
        let is_entry = match token.shape {
            Shape::Dash | Shape::Question => true,
            Shape::Colon => self.text[self.line_start(token)..token.span.start].trim().is_empty(),
            _ => token.is_key,
        };
        is_entry.then_some(token.shape == Shape::Dash)
    }

    /// The level of an entry that begins at a column: that of its block, which may have to be opened.
    fn level(&self, column: usize, is_list: bool) -> usize {
        let stays = |block: &Block| block.column < column || block.column == column && is_list && !block.is_list;
        self.blocks.iter().rposition(stays).map_or(0, |last| last + 1)
    }

    /// Where the line of the source begins on which a token stands.
    fn line_start(&self, token: Token) -> usize {
        self.text[..token.span.start].rfind('\n').map_or(0, |at| at + 1)
    }

    /// The column at which a token stands in the source.
    fn column(&self, token: Token) -> usize {
        self.text[self.line_start(token)..token.span.start].chars().count()
    }

    /// The column of what belongs to the innermost block's entry.
    const fn inner(&self) -> usize {
        self.blocks.len() * STEP
    }

    /// The column from which a bracket is indented that opens behind a token in block style.
    const fn holder(&self, token: Token) -> usize {
        if token.is_key { self.inner().saturating_sub(STEP) } else { self.inner() }
    }

    /// Writes a comment: at the end of a line, below one with which it goes on, or where the code around it stands.
    fn comment(&mut self, i: usize, source: &'a str, is_first: bool) {
        let token = self.tokens[i];
        let column = self.column(token);
        let source = source.trim_end();
        if !is_first {
            if let Some(last) = self.lines.last_mut() {
                last.comment = Some((column, source));
            }
            return;
        }
        let next = self.contents[i].map(|next| (next, self.column(next)));
        let is_below =
            !self.is_apart && self.lines.last().and_then(|line| line.comment).is_some_and(|(above, _)| above == column);
        let is_code =
            next.is_some_and(|(_, next)| next == column) || self.blocks.iter().any(|block| block.column == column);
        if is_below && !is_code {
            return self.line(Line { text: String::new(), comment: Some((column, source)) });
        }
        let indent = self.flows.last().map_or_else(|| self.around(next, column), |base| base + STEP);
        self.line(Line { text: format!("{}{source}", " ".repeat(indent)), comment: None });
    }

    /// Where a comment stands in block style: like what follows, or like a block that ends here if it stood like that.
    fn around(&self, next: Option<(Token, usize)>, column: usize) -> usize {
        let least = match next {
            None => 0,
            Some((next, _)) if next.shape == Shape::Marker => 0,
            Some((next, at)) => self.begins(next).map_or(self.blocks.len(), |is_list| self.level(at, is_list)),
        };
        let mut level = self.blocks.iter().rposition(|block| block.column <= column).unwrap_or(0);
        while level > least && self.blocks[level - 1].column == self.blocks[level].column {
            level -= 1;
        }
        level.max(least) * STEP
    }

    /// Writes a token at the end of the last line.
    fn write(&mut self, token: Token, source: &str) {
        match token.shape {
            Shape::Open => self.flows.push(self.base),
            Shape::Close => self.base = self.flows.pop().unwrap_or(self.base),
            _ => {}
        }
        let indent = self.flows.last().map_or_else(|| self.inner(), |base| base + STEP);
        let Some(last) = self.lines.last_mut() else { return };
        match token.shape {
            Shape::Header => last.text.extend(source.chars().map(|c| if c.is_ascii_digit() { '2' } else { c })),
            Shape::Text if source.contains('\n') => self.long(source, indent),
            _ => last.text.push_str(source),
        }
    }

    /// Writes a text that goes on over its line's end: how deep its lines stand means nothing.
    fn long(&mut self, source: &str, indent: usize) {
        let (first, rest) = source.split_once('\n').unwrap_or((source, ""));
        if let Some(last) = self.lines.last_mut() {
            last.text.push_str(end_trimmed(first));
        }
        let mut rest = rest.split('\n').peekable();
        while let Some(line) = rest.next() {
            let line = line.trim_start_matches([' ', '\t']);
            let line = if rest.peek().is_some() { end_trimmed(line) } else { line };
            self.lines.push(Line { text: indented(line, indent), comment: None });
        }
    }

    /// Writes the lines of a block scalar, without the blank lines below them unless they are its text.
    fn body(&mut self, i: usize, source: &str, indent: usize) -> Option<()> {
        // A comment may stand behind the header.
        let header = self.tokens[..i].iter().rev().take(2).find(|token| token.shape == Shape::Header)?;
        let keeps = self.text[header.span.start..header.span.end].contains('+');
        let lines = source.strip_suffix('\n').unwrap_or(source).split('\n');
        let mut lines: Vec<_> = lines.map(|line| line.get(indent..).unwrap_or_default()).collect();
        let count = lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
        self.is_apart = count < lines.len() && !keeps;
        if !keeps {
            lines.truncate(count);
        }
        // A block scalar at the root has nothing to be indented from.
        let inner = Some(self.inner()).filter(|inner| *inner > 0)?;
        self.lines.extend(lines.iter().map(|line| Line { text: indented(line, inner), comment: None }));
        Some(())
    }
}

/// A line at its column; an empty one has none.
fn indented(line: &str, indent: usize) -> String {
    if line.is_empty() { String::new() } else { format!("{}{line}", " ".repeat(indent)) }
}

/// Without the blanks at its end, but for one that is escaped.
fn end_trimmed(line: &str) -> &str {
    let short = line.trim_end_matches([' ', '\t']);
    let slashes = short.len() - short.trim_end_matches('\\').len();
    let is_escaped = slashes % 2 == 1 && short.len() < line.len();
    line.get(..short.len() + usize::from(is_escaped)).unwrap_or(line)
}
