//! From what is wanted to what the index is asked: each wanted thing as its alternatives, each of these as a query.

use super::{
    Error,
    document::{Standing, status_word},
    fields::Key,
    question::{Parsed, Wanted},
    searcher::Held,
    spread::{Spread, near, prefixed},
};
use crate::domain::{Listing, PromptStatus};
use std::collections::HashMap;
use tantivy::{
    Term,
    query::{
        Bm25StatisticsProvider, BooleanQuery, BoostQuery, ConstScoreQuery, FuzzyTermQuery, Occur, PhraseQuery, Query,
        TermQuery, TermSetQuery,
    },
    schema::{Field, IndexRecordOption},
};

/// How much more a word weighs in a title than anywhere.
const TITLE: f32 = 3.0;

/// What the exact name of a prompt weighs.
const NAME: f32 = 20.0;

/// Which half of the index is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shelf {
    /// Versions in use.
    InUse,
    /// All others.
    Others,
}

/// How much is made of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Width {
    /// What was typed.
    Plain,
    /// Also words that begin with the last one, and words without their order.
    Begun,
    /// Also words that differ by a slip or two.
    Near,
}

/// One way in which a wanted thing can be there.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Way {
    Word {
        text: String,
        weight: f32,
    },
    Phrase {
        words: Vec<(usize, String)>,
        weight: f32,
    },
    /// Any of many words, which are not worth being told apart.
    Any {
        words: Vec<String>,
        weight: f32,
    },
    /// Any word that begins so.
    Begun {
        text: String,
        weight: f32,
    },
}

/// What any other such word weighs.
const OTHERS: f32 = 0.1;

/// How many words that are taken for another are scored each by itself.
pub(super) const SCORED: usize = 6;

/// What is asked of one shelf.
pub(super) struct Plan {
    pub(super) shelf: Shelf,
    /// For each wanted thing the ways in which it can be there.
    pub(super) wanted: Vec<Vec<Way>>,
    unwanted: Vec<Vec<Way>>,
    filter: Vec<Vec<Term>>,
    /// The name that was typed, where the text is one.
    name: Option<Term>,
    statistics: Statistics,
    /// Whether words were left out because there were too many.
    pub(super) is_cut: bool,
}

/// How common words are, with the ways of one wanted thing counted as one word.
struct Statistics {
    documents: u64,
    blended: HashMap<Term, u64>,
}

impl Plan {
    /// Plans a question for one shelf.
    pub(super) fn new(
        held: &Held,
        (text, parsed): (&str, &Parsed),
        listing: &Listing,
        shelf: Shelf,
        all_versions: bool,
        width: Width,
    ) -> Result<Self, Error> {
        let documents = if shelf == Shelf::InUse { held.in_use } else { held.others };
        let name = Some(text.trim()).filter(|name| !name.is_empty() && name.len() <= 64);
        let mut plan = Self {
            shelf,
            wanted: Vec::new(),
            unwanted: Vec::new(),
            filter: filter(held, listing, shelf, all_versions),
            name: name.map(|name| held.fields.term(Key::Name, &name.to_lowercase())),
            statistics: Statistics { documents, blended: HashMap::new() },
            is_cut: false,
        };
        let wanted: Vec<_> = match width {
            Width::Plain => parsed.wanted.clone(),
            _ => parsed.wanted.iter().flat_map(Wanted::loosened).collect(),
        };
        let last = wanted.len().saturating_sub(1);
        for (place, wanted) in wanted.iter().enumerate() {
            let ways = plan.ways(held, wanted, width, place == last)?;
            plan.wanted.push(ways);
        }
        for unwanted in &parsed.unwanted {
            let ways = plan.ways(held, unwanted, Width::Plain, false)?;
            plan.unwanted.push(ways);
        }
        Ok(plan)
    }

    /// Whether the best can be told without looking at the others: nothing but words.
    pub(super) fn is_pruned(&self) -> bool {
        let is_word = |ways: &Vec<Way>| matches!(ways[..], [Way::Word { .. }]);
        !self.wanted.is_empty() && self.filter.is_empty() && self.unwanted.is_empty() && self.wanted.iter().all(is_word)
    }

    fn main(&self, held: &Held) -> Field {
        if self.shelf == Shelf::InUse { held.fields.all } else { held.fields.older }
    }

    /// The ways in which a wanted thing can be there. What is alike is counted as one word.
    fn ways(&mut self, held: &Held, wanted: &Wanted, width: Width, is_last: bool) -> Result<Vec<Way>, Error> {
        let (text, parts, is_prefix, is_spelled) = match wanted {
            Wanted::Phrase { words, .. } => return Ok(vec![Way::Phrase { words: words.clone(), weight: 1.0 }]),
            Wanted::Word { text, parts, is_prefix, is_spelled } => (text, parts, *is_prefix, *is_spelled),
        };
        let mut ways = vec![Way::Word { text: text.clone(), weight: 1.0 }];
        let field = self.main(held);
        let mut spreads = Vec::new();
        let is_prefix = is_prefix || (width > Width::Plain && is_last);
        if is_prefix {
            spreads.push(prefixed(held, field, text)?);
        }
        if width == Width::Near && is_spelled {
            spreads.push(near(held, field, text)?);
        }
        for Spread { words, is_cut } in spreads {
            self.is_cut |= is_cut;
            let common: u64 = words.iter().map(|word| word.documents).sum();
            let mut others = Vec::new();
            for (place, word) in words.into_iter().filter(|word| word.text != *text).enumerate() {
                if place >= SCORED {
                    others.push(word.text);
                    continue;
                }
                for field in [field, held.fields.title] {
                    self.statistics.blended.insert(Term::from_field_text(field, &word.text), common);
                }
                ways.push(Way::Word { text: word.text, weight: word.weight });
            }
            if !others.is_empty() {
                ways.push(Way::Any { words: others, weight: OTHERS });
            }
        }
        if is_prefix {
            ways.push(Way::Begun { text: text.clone(), weight: OTHERS });
        }
        if width > Width::Plain && parts.len() > 1 {
            ways.push(Way::Phrase { words: parts.clone(), weight: 0.8 });
        }
        Ok(ways)
    }

    /// The question without what only orders its hits.
    pub(super) fn matching(&self, held: &Held) -> Box<dyn Query> {
        let mut clauses = self.clauses(held);
        // What is not wrapped is what can be pruned.
        match clauses.pop() {
            Some((_, only)) if clauses.is_empty() => only,
            last => {
                clauses.extend(last);
                Box::new(BooleanQuery::new(clauses))
            }
        }
    }

    /// The question with what orders its hits: a word in the title weighs more.
    pub(super) fn ordered(&self, held: &Held) -> Box<dyn Query> {
        match self.titles(held) {
            None => self.matching(held),
            Some(titles) => self.with(held, (Occur::Should, titles)),
        }
    }

    /// The same, only of documents with one of the words in their title; `None` where there are no titles.
    pub(super) fn titled(&self, held: &Held) -> Option<Box<dyn Query>> {
        Some(self.with(held, (Occur::Must, self.titles(held)?)))
    }

    fn with(&self, held: &Held, more: (Occur, Box<dyn Query>)) -> Box<dyn Query> {
        let mut clauses = self.clauses(held);
        clauses.push(more);
        Box::new(BooleanQuery::new(clauses))
    }

    /// Documents with one of the words in their title, or called what was typed.
    fn titles(&self, held: &Held) -> Option<Box<dyn Query>> {
        if self.shelf != Shelf::InUse || self.wanted.is_empty() {
            return None;
        }
        let ways = self.wanted.iter().flatten();
        let mut titles: Vec<_> = ways.map(|way| way.query(held.fields.title, TITLE)).collect();
        if let Some(name) = &self.name {
            titles.push(scored(Box::new(TermQuery::new(name.clone(), IndexRecordOption::Basic)), NAME));
        }
        Some(any(titles))
    }

    fn clauses(&self, held: &Held) -> Vec<(Occur, Box<dyn Query>)> {
        let field = self.main(held);
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        for ways in &self.wanted {
            clauses.push((Occur::Must, any(ways.iter().map(|way| way.query(field, 1.0)).collect())));
        }
        for terms in &self.filter {
            clauses.push((Occur::Must, exactly(terms)));
        }
        if self.wanted.is_empty() && self.shelf == Shelf::InUse {
            // No word that only versions in use have in this field keeps the others out.
            let standing = held.fields.term(Key::Standing, Standing::InUse.as_str());
            clauses.push((Occur::Must, exactly(&[standing])));
        }
        for ways in &self.unwanted {
            clauses.push((Occur::MustNot, any(ways.iter().map(|way| way.query(field, 1.0)).collect())));
        }
        clauses
    }

    /// How common words are, for whoever scores.
    pub(super) fn statistics<'a>(&'a self, held: &'a Held) -> impl Bm25StatisticsProvider + 'a {
        Blend { own: &self.statistics, held }
    }
}

impl Way {
    fn query(&self, field: Field, factor: f32) -> Box<dyn Query> {
        let (query, weight): (Box<dyn Query>, f32) = match self {
            Self::Word { text, weight } => {
                let term = Term::from_field_text(field, text);
                (Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)), *weight)
            }
            Self::Phrase { words, weight } => {
                let terms = words.iter().map(|(at, word)| (*at, Term::from_field_text(field, word))).collect();
                (Box::new(PhraseQuery::new_with_offset(terms)), *weight)
            }
            Self::Begun { text, weight } => {
                // No slip is allowed for.
                (Box::new(FuzzyTermQuery::new_prefix(Term::from_field_text(field, text), 0, true)), *weight)
            }
            Self::Any { words, weight } => {
                let terms = words.iter().map(|word| Term::from_field_text(field, word));
                (Box::new(TermSetQuery::new(terms.collect::<Vec<_>>())), *weight)
            }
        };
        let weight = weight * factor;
        // What is not wrapped is what can be pruned.
        if (weight - 1.0).abs() < f32::EPSILON { query } else { Box::new(BoostQuery::new(query, weight)) }
    }
}

fn any(mut queries: Vec<Box<dyn Query>>) -> Box<dyn Query> {
    match queries.pop() {
        Some(only) if queries.is_empty() => only,
        last => {
            queries.extend(last);
            Box::new(BooleanQuery::union(queries))
        }
    }
}

fn scored(query: Box<dyn Query>, score: f32) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(query, score))
}

/// Documents with one of the terms, whatever they score.
fn exactly(terms: &[Term]) -> Box<dyn Query> {
    let query = |term: &Term| -> Box<dyn Query> { Box::new(TermQuery::new(term.clone(), IndexRecordOption::Basic)) };
    scored(any(terms.iter().map(query).collect()), 0.0)
}

/// The terms of which each document must have one of each list.
fn filter(held: &Held, listing: &Listing, shelf: Shelf, all_versions: bool) -> Vec<Vec<Term>> {
    let term = |key: Key, value: &str| held.fields.term(key, value);
    let mut filter: Vec<Vec<Term>> = Vec::new();
    let named = [
        listing.collection.as_ref().map(|path| term(Key::Collection, path.as_str())),
        listing.tag.as_ref().map(|tag| term(Key::Tag, tag.as_str())),
        listing.label.as_ref().map(|label| term(Key::Label, label.as_str())),
        listing.owner.as_ref().map(|owner| term(Key::Owner, owner.as_str())),
    ];
    filter.extend(named.into_iter().flatten().map(|term| vec![term]));
    let client = &listing.client;
    let lists: [Vec<Term>; 3] = [
        client.collections.iter().map(|path| term(Key::Collection, path.as_str())).collect(),
        client.tags.iter().map(|tag| term(Key::Tag, tag.as_str())).collect(),
        client.labels.iter().map(|label| term(Key::Label, label.as_str())).collect(),
    ];
    filter.extend(lists.into_iter().filter(|list| !list.is_empty()));
    let status = listing.status.unwrap_or_default();
    match (shelf, status, all_versions) {
        (Shelf::InUse, ..) => {}
        (Shelf::Others, PromptStatus::Archived, false) => {
            filter.push(vec![term(Key::Standing, Standing::Archived.as_str())]);
        }
        (Shelf::Others, status, _) => filter.push(vec![term(Key::Status, status_word(status))]),
    }
    filter
}

struct Blend<'a> {
    own: &'a Statistics,
    held: &'a Held,
}

impl Bm25StatisticsProvider for Blend<'_> {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        self.held.inner.total_num_tokens(field)
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.own.documents.max(1))
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        let known = match self.own.blended.get(term) {
            Some(blended) => *blended,
            None => self.held.inner.doc_freq(term)?,
        };
        // tantivy takes a word that is in more documents than there are for a fault of its own.
        Ok(known.min(self.own.documents.max(1)))
    }
}
