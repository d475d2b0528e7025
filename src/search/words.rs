//! The words of a text with their positions, as they are indexed and as they are looked for.

use super::scan::{Scan, Unit, WORD_BYTES, clip};
use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// The name under which the index knows how its texts are cut into words.
pub(super) const TOKENIZER: &str = "words";

/// Cuts texts into words for the index.
#[derive(Debug, Clone, Default)]
pub(super) struct Cutter;

/// The words of one text in their order.
///
/// A word of several parts (`ticket_id`, `ticketId`) stands there whole, and its parts from the same position on. Of
/// scripts without spaces every character and every two neighbours are words.
#[derive(Debug)]
pub(super) struct Words<'a> {
    scan: Scan<'a>,
    unit: Unit,
    /// The position of the next unit.
    position: usize,
    /// Where the last character of a script without spaces begins and ends, and what it is.
    last: Option<(usize, usize)>,
    pair: String,
    ready: Vec<Token>,
    count: usize,
    at: usize,
}

impl Tokenizer for Cutter {
    type TokenStream<'a> = Words<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Words<'a> {
        Words::of(text)
    }
}

impl<'a> Words<'a> {
    /// The words of a text.
    pub(super) fn of(text: &'a str) -> Self {
        Self {
            scan: Scan::new(text),
            unit: Unit::default(),
            position: 0,
            last: None,
            pair: String::new(),
            ready: vec![Token::default()],
            count: 0,
            at: 0,
        }
    }

    /// Reads the next unit and makes its words ready; `false` at the end of the text.
    fn fill(&mut self) -> bool {
        (self.count, self.at) = (0, 0);
        if !self.scan.next(&mut self.unit) {
            return false;
        }
        if !self.unit.is_character && self.unit.parts.is_empty() && self.unit.text.len() <= WORD_BYTES {
            self.plain_word();
            return true;
        }
        let unit = std::mem::take(&mut self.unit);
        if unit.is_character {
            self.character(&unit);
        } else {
            self.word(&unit);
        }
        self.unit = unit;
        true
    }

    /// What most words are: one, and not a long one.
    fn plain_word(&mut self) {
        self.last = None;
        if let Some(token) = self.ready.first_mut() {
            std::mem::swap(&mut token.text, &mut self.unit.text);
            (token.offset_from, token.offset_to) = (self.unit.at.start, self.unit.at.end);
            token.position = self.position;
            self.count = 1;
        }
        self.position += 1;
    }

    fn character(&mut self, unit: &Unit) {
        if let Some((from, _)) = self.last.filter(|(_, end)| *end == unit.at.start) {
            let mut pair = std::mem::take(&mut self.pair);
            pair.push_str(&unit.text);
            self.put(&pair, (from, unit.at.end), self.position.saturating_sub(1));
            self.pair = pair;
        }
        self.put(&unit.text, (unit.at.start, unit.at.end), self.position);
        self.pair.clear();
        self.pair.push_str(&unit.text);
        self.last = Some((unit.at.start, unit.at.end));
        self.position += 1;
    }

    fn word(&mut self, unit: &Unit) {
        self.last = None;
        self.put(clip(&unit.text), (unit.at.start, unit.at.end), self.position);
        for (at, bytes) in &unit.parts {
            let part = unit.text.get(bytes.clone()).unwrap_or_default();
            self.put(clip(part), (at.start, at.end), self.position);
            self.position += 1;
        }
        if unit.parts.is_empty() {
            self.position += 1;
        }
    }

    fn put(&mut self, text: &str, (from, to): (usize, usize), position: usize) {
        if self.count == self.ready.len() {
            self.ready.push(Token::default());
        }
        if let Some(token) = self.ready.get_mut(self.count) {
            token.text.clear();
            token.text.push_str(text);
            (token.offset_from, token.offset_to, token.position) = (from, to, position);
            self.count += 1;
        }
    }
}

impl TokenStream for Words<'_> {
    fn advance(&mut self) -> bool {
        self.at += 1;
        while self.at >= self.count {
            if !self.fill() {
                return false;
            }
        }
        true
    }

    fn token(&self) -> &Token {
        &self.ready[self.at.min(self.ready.len() - 1)]
    }

    fn token_mut(&mut self) -> &mut Token {
        let last = self.ready.len() - 1;
        &mut self.ready[self.at.min(last)]
    }
}
