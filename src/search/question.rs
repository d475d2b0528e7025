//! What a person typed, read: words, phrases, beginnings of words, what must not be there. Nothing typed is an error.

use super::scan::{Scan, Unit, clip, head};
use crate::domain::Listing;

/// How much of a question is read, in bytes.
const QUESTION_BYTES: usize = 1024;

/// The most words that are looked for; what stands behind them is left out.
const TERMS: usize = 16;

/// A question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Question {
    /// Words that must all be there, in any case and without accents: `word`, `"a phrase"`, `wor*`, `-without`.
    ///
    /// Of more than 1 kB or 16 words the beginning counts. Without a word, everything that fits the listing is found.
    pub text: String,
    /// Among which prompts.
    pub listing: Listing,
    /// Whether versions are found that are not in use: no label points to them, and they are not the newest.
    pub all_versions: bool,
    /// The most hits, up to 1,000.
    pub limit: usize,
    /// How many hits to leave out, up to 10,000.
    pub offset: usize,
    /// Whether what is found is counted by collection, tag, label, owner and category.
    pub facets: bool,
}

/// What must be there, or must not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A word.
    Word {
        /// What it is compared as.
        text: String,
        /// Its parts with their places, where it has several: `ticket_id`.
        parts: Vec<(usize, String)>,
        /// Whether words that begin with it are meant too.
        is_prefix: bool,
        /// Whether it is spelled with letters that a finger can slip on.
        is_spelled: bool,
    },
    /// Words at places that follow each other.
    Phrase {
        /// The places, counted from the first, and the words.
        words: Vec<(usize, String)>,
        /// The words one by one, for when they are looked for without their order; none where a person quoted them.
        loose: Vec<Wanted>,
    },
}

/// A question's text, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Parsed {
    pub(super) wanted: Vec<Wanted>,
    pub(super) unwanted: Vec<Wanted>,
}

/// One stretch of the text: quoted, or without a space.
struct Stretch<'a> {
    text: &'a str,
    is_quoted: bool,
    is_unwanted: bool,
}

/// Reads a question's text.
pub(super) fn parse(text: &str) -> Parsed {
    let mut rest = head(text, QUESTION_BYTES);
    let mut parsed = Parsed::default();
    let mut left = TERMS;
    while let Some((stretch, behind)) = stretch(rest) {
        rest = behind;
        if let Some(wanted) = read(&stretch, &mut left) {
            if stretch.is_unwanted { parsed.unwanted.push(wanted) } else { parsed.wanted.push(wanted) }
        }
    }
    parsed
}

/// The first stretch of a text, and what is behind it.
fn stretch(text: &str) -> Option<(Stretch<'_>, &str)> {
    let text = text.trim_start();
    let after = text
        .strip_prefix('-')
        .filter(|after| after.chars().next().is_some_and(|c| c.is_alphanumeric() || closing(c).is_some()));
    let (text, is_unwanted) = (after.unwrap_or(text), after.is_some());
    let first = text.chars().next()?;
    let inner = text.get(first.len_utf8()..).unwrap_or_default();
    if let Some((quoted, behind)) = closing(first).and_then(|close| inner.split_once(close)) {
        return Some((Stretch { text: quoted, is_quoted: true, is_unwanted }, behind));
    }
    // A quotation mark that is never closed is nothing.
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (word, behind) = text.split_at(end);
    Some((Stretch { text: word, is_quoted: false, is_unwanted }, behind))
}

/// What closes a quotation that begins with a character.
const fn closing(open: char) -> Option<char> {
    Some(match open {
        '"' => '"',
        '“' | '„' => '”',
        '«' => '»',
        '「' => '」',
        _ => return None,
    })
}

/// What a stretch asks for; `None` where there is no word in it, or too many were before it.
fn read(stretch: &Stretch<'_>, left: &mut usize) -> Option<Wanted> {
    let mut atoms = atoms(stretch.text, left);
    if !stretch.is_quoted
        && stretch.text.ends_with('*')
        && let Some((_, Wanted::Word { is_prefix, .. })) = atoms.last_mut()
    {
        *is_prefix = true;
    }
    if atoms.len() < 2 {
        return atoms.pop().map(|(_, word)| word);
    }
    let words = atoms.iter().flat_map(|(at, word)| flat(*at, word)).collect();
    let loose = if stretch.is_quoted { Vec::new() } else { atoms.into_iter().map(|(_, word)| word).collect() };
    Some(Wanted::Phrase { words, loose })
}

/// A word's parts with their places, or itself where it has none.
fn flat(at: usize, word: &Wanted) -> Vec<(usize, String)> {
    match word {
        Wanted::Word { parts, text, .. } if parts.is_empty() => vec![(at, text.clone())],
        Wanted::Word { parts, .. } => parts.iter().map(|(place, part)| (at + place, part.clone())).collect(),
        Wanted::Phrase { words, .. } => words.clone(),
    }
}

/// The words of a stretch with their positions: of scripts without spaces every two neighbours, or the only one.
fn atoms(text: &str, left: &mut usize) -> Vec<(usize, Wanted)> {
    let mut atoms: Vec<(usize, Wanted)> = Vec::new();
    let mut scan = Scan::new(text);
    let (mut unit, mut at) = (Unit::default(), 0);
    // The last character of a script without spaces: where it ends, what it is, and whether it is alone so far.
    let mut last: Option<(usize, String, bool)> = None;
    while *left > 0 && scan.next(&mut unit) {
        if !unit.is_character {
            last = None;
            let (word, length) = word(&unit);
            *left -= 1;
            atoms.push((at, word));
            at += length;
            continue;
        }
        match last.take().filter(|(end, ..)| *end == unit.at.start) {
            Some((_, before, is_alone)) => {
                if is_alone {
                    atoms.pop();
                } else {
                    *left -= 1;
                }
                atoms.push((at - 1, plain(format!("{before}{}", unit.text))));
                last = Some((unit.at.end, unit.text.clone(), false));
            }
            None => {
                *left -= 1;
                atoms.push((at, plain(unit.text.clone())));
                last = Some((unit.at.end, unit.text.clone(), true));
            }
        }
        at += 1;
    }
    atoms
}

fn plain(text: String) -> Wanted {
    Wanted::Word { text, parts: Vec::new(), is_prefix: false, is_spelled: false }
}

/// A unit as a word, and how many positions it takes.
fn word(unit: &Unit) -> (Wanted, usize) {
    let part = |bytes: &std::ops::Range<usize>| clip(unit.text.get(bytes.clone()).unwrap_or_default()).to_owned();
    let parts: Vec<_> = unit.parts.iter().enumerate().map(|(place, (_, bytes))| (place, part(bytes))).collect();
    let length = parts.len().max(1);
    let text = clip(&unit.text).to_owned();
    let is_spelled = !text.chars().any(|c| c.is_ascii_digit());
    (Wanted::Word { text, parts, is_prefix: false, is_spelled }, length)
}

impl Wanted {
    /// The same with less asked: words without their order, unless a person quoted them.
    pub(super) fn loosened(&self) -> Vec<Self> {
        match self {
            Self::Phrase { loose, .. } if !loose.is_empty() => loose.clone(),
            other => vec![other.clone()],
        }
    }
}
