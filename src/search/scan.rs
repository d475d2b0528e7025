//! A text as words: where each begins and ends, and what it is compared as.

use super::fold::{fold, fold_unspaced, is_letter, is_silent, is_unspaced, joined};
use std::ops::Range;

/// The longest word that is compared, in bytes; of a longer one its beginning is.
pub(super) const WORD_BYTES: usize = 64;

/// What is read as one word at most, in bytes: an endless run of letters is several.
const RUN_BYTES: usize = 256;

/// One word, or one character of a script that has no spaces.
#[derive(Debug, Default)]
pub(super) struct Unit {
    /// Where it stands in the text, in bytes.
    pub at: Range<usize>,
    /// What it is compared as: for `ticket_id` and `TicketId` it is `ticketid`.
    pub text: String,
    /// Its parts, where it has more than one: where they stand in the text, and which bytes of `text` they are.
    pub parts: Vec<(Range<usize>, Range<usize>)>,
    /// Whether it is one character of a script that has no spaces.
    pub is_character: bool,
}

/// Reads a text unit by unit.
#[derive(Debug)]
pub(super) struct Scan<'a> {
    text: &'a str,
    at: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    Upper,
    Lower,
}

impl<'a> Scan<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Reads the next unit into `unit`; `false` at the end of the text.
    pub(super) fn next(&mut self, unit: &mut Unit) -> bool {
        unit.text.clear();
        unit.parts.clear();
        unit.is_character = false;
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            self.at += rest.iter().position(|byte| !is_between(*byte)).unwrap_or(rest.len());
            if self.plain_word(unit) {
                return true;
            }
            let Some(c) = self.peek() else { return false };
            if !is_letter(c) {
                self.at += c.len_utf8();
                continue;
            }
            unit.is_character = is_unspaced(c);
            if unit.is_character {
                self.character(c, unit);
            } else {
                self.word(unit);
            }
            if !unit.text.is_empty() {
                return true;
            }
        }
    }

    fn peek(&self) -> Option<char> {
        let rest = self.text.get(self.at..)?;
        rest.chars().next()
    }

    /// Reads what most words are: a letter, then small letters and digits, then nothing that a word could have.
    fn plain_word(&mut self, unit: &mut Unit) -> bool {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let Some(first) = rest.first().filter(|first| first.is_ascii_alphanumeric()) else { return false };
        let end = 1 + rest.iter().skip(1).take_while(|byte| is_small(**byte)).count();
        let is_over = rest.get(end).is_none_or(|byte| *byte != b'_' && is_between(*byte));
        let Some(word) = self.text.get(self.at..self.at + end).filter(|_| is_over && end <= RUN_BYTES) else {
            return false;
        };
        unit.text.push_str(word);
        if first.is_ascii_uppercase() {
            unit.text.make_ascii_lowercase();
        }
        unit.at = self.at..self.at + end;
        self.at += end;
        true
    }

    fn character(&mut self, c: char, unit: &mut Unit) {
        let from = self.at;
        self.at += c.len_utf8();
        let mut whole = fold_unspaced(c);
        // No character is put together of more than three.
        for _ in 0..3 {
            match self.peek() {
                Some(next) if is_silent(next) => self.at += next.len_utf8(),
                Some(next) => match joined(whole, next) {
                    Some(one) => {
                        whole = one;
                        self.at += next.len_utf8();
                    }
                    None => break,
                },
                None => break,
            }
        }
        unit.text.push(whole);
        unit.at = from..self.at;
    }

    fn word(&mut self, unit: &mut Unit) {
        let from = self.at;
        let (mut end, mut part) = (from, (from, 0));
        let (mut before, mut after_gap) = (None, false);
        while let Some(c) = self.peek().filter(|_| self.at - from < RUN_BYTES) {
            let at = self.at;
            let silent = c == '_' || is_silent(c);
            if !silent && (!is_letter(c) || is_unspaced(c)) {
                break;
            }
            self.at += c.len_utf8();
            if silent {
                after_gap |= c == '_';
                continue;
            }
            let case = if c.is_uppercase() { Case::Upper } else { Case::Lower };
            let begins = after_gap
                || match (before, case) {
                    (Some(Case::Lower), Case::Upper) => true,
                    (Some(Case::Upper), Case::Upper) => self.text.get(self.at..).is_some_and(goes_on_in_lower_case),
                    _ => false,
                };
            if begins && unit.text.len() > part.1 {
                unit.parts.push((part.0..end, part.1..unit.text.len()));
                part = (at, unit.text.len());
            }
            fold(c, &mut unit.text);
            (before, after_gap, end) = (Some(case), false, self.at);
        }
        if !unit.parts.is_empty() {
            unit.parts.push((part.0..end, part.1..unit.text.len()));
        }
        unit.at = from..end;
    }
}

/// Whether a byte stands between words.
const fn is_between(byte: u8) -> bool {
    byte.is_ascii() && !byte.is_ascii_alphanumeric()
}

const fn is_small(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// Whether a new word begins before the capital letter that stands before `rest`: in `HTTPServer`, and not in `URLs`.
fn goes_on_in_lower_case(rest: &str) -> bool {
    let mut chars = rest.chars();
    match chars.next() {
        Some('s') => chars.next().is_some_and(char::is_alphanumeric),
        Some(c) => c.is_lowercase(),
        None => false,
    }
}

/// The beginning of a word that is compared.
pub(super) fn clip(word: &str) -> &str {
    head(word, WORD_BYTES)
}

/// The beginning of a text, at most so many bytes of it.
pub(super) fn head(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}
