//! The words of the index that begin like a word, or differ from it by a slip.

use super::{Error, plan::SCORED, searcher::Held};
use std::collections::HashMap;
use tantivy::{Term, query::FuzzyTermQuery, schema::Field};

/// The most words that one word is spread to.
const WORDS: usize = 64;

/// The most words of one segment that are looked at for that.
const LOOKED_AT: usize = 512;

/// Words that are taken for another.
#[derive(Debug, Default)]
pub(super) struct Spread {
    pub(super) words: Vec<Like>,
    /// Whether there are more.
    pub(super) is_cut: bool,
}

/// A word that is taken for another.
#[derive(Debug)]
pub(super) struct Like {
    pub(super) text: String,
    /// In how many documents it is.
    pub(super) documents: u64,
    /// What it weighs beside the word itself.
    pub(super) weight: f32,
}

/// The most common words that begin with a word.
pub(super) fn prefixed(held: &Held, field: Field, word: &str) -> Result<Spread, Error> {
    let mut found = Counts::default();
    for reader in held.inner.segment_readers() {
        let index = reader.inverted_index(field)?;
        // No word has a byte 0xFF: all that begin with this one are below.
        let mut end = word.as_bytes().to_vec();
        end.push(0xFF);
        let mut stream = index.terms().range().ge(word).lt(end).into_stream()?;
        while found.looked_at < LOOKED_AT && stream.advance() {
            found.add(stream.key(), u64::from(stream.value().doc_freq));
        }
        found.looked_at = 0;
    }
    // Those that are left out are found without being told apart.
    let mut spread = found.spread(|_| 0.5);
    spread.words.truncate(SCORED);
    spread.is_cut = false;
    Ok(spread)
}

/// The words that differ by one slip, of words from eight letters on by two. A letter put in, left out or replaced is one,
/// and so are two neighbours swapped. The first letter of two is right.
pub(super) fn near(held: &Held, field: Field, word: &str) -> Result<Spread, Error> {
    let letters: Vec<char> = word.chars().collect();
    let slips = match letters.len() {
        0..=3 => return Ok(Spread::default()),
        4..=7 => 1,
        _ => 2,
    };
    let query = FuzzyTermQuery::new(Term::from_field_text(field, word), slips, true);
    let mut found = Counts::default();
    for reader in held.inner.segment_readers() {
        let index = reader.inverted_index(field)?;
        let mut stream = index.terms().search(query.automaton()?).into_stream()?;
        while found.looked_at < LOOKED_AT && stream.advance() {
            found.add(stream.key(), u64::from(stream.value().doc_freq));
        }
        found.end_segment();
    }
    Ok(found.spread(|other| if distance(&letters, &other.chars().collect::<Vec<_>>()) < 2 { 0.5 } else { 0.25 }))
}

#[derive(Default)]
struct Counts {
    words: HashMap<Vec<u8>, u64>,
    looked_at: usize,
    is_cut: bool,
}

impl Counts {
    fn add(&mut self, word: &[u8], documents: u64) {
        self.looked_at += 1;
        *self.words.entry(word.to_vec()).or_default() += documents;
    }

    fn end_segment(&mut self) {
        self.is_cut |= self.looked_at >= LOOKED_AT;
        self.looked_at = 0;
    }

    fn spread(self, weight: impl Fn(&str) -> f32) -> Spread {
        let mut is_cut = self.is_cut;
        let words =
            self.words.into_iter().filter_map(|(word, documents)| Some((String::from_utf8(word).ok()?, documents)));
        let mut words: Vec<Like> =
            words.map(|(text, documents)| Like { weight: weight(&text), text, documents }).collect();
        let order = |a: &Like, b: &Like| {
            b.weight.total_cmp(&a.weight).then(b.documents.cmp(&a.documents)).then_with(|| a.text.cmp(&b.text))
        };
        words.sort_unstable_by(order);
        is_cut |= words.len() > WORDS;
        words.truncate(WORDS);
        Spread { words, is_cut }
    }
}

/// How many slips lie between two words.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, other) in b.iter().enumerate() {
            let least = (above[j + 1] + 1).min(row[j] + 1).min(above[j] + usize::from(letter != other));
            let is_swap = i > 0 && j > 0 && a[i - 1] == *other && *letter == b[j - 1];
            row.push(if is_swap { least.min(before[j - 1] + 1) } else { least });
        }
        (before, above) = (above, row);
    }
    above.last().copied().unwrap_or_default()
}
