//! How many prompts are found, and how many of them lie in each collection, have each tag, label, owner and category.

use super::{
    Error,
    searcher::{Columns, Searcher},
};
use serde::Serialize;
use std::{
    collections::{BTreeMap, HashMap},
    time::Instant,
};
use tantivy::{
    BitSet, COLLECT_BLOCK_BUFFER_LEN, DocId, DocSet as _,
    columnar::StrColumn,
    query::{EnableScoring, Query},
};

/// The most values of one facet that are told: the most common.
const VALUES: usize = 100;

/// How many of the prompts that are found have each value, for each facet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Facets {
    /// By collection; a prompt counts in each that its own lies in.
    pub collection: BTreeMap<String, usize>,
    /// By tag.
    pub tag: BTreeMap<String, usize>,
    /// By label.
    pub label: BTreeMap<String, usize>,
    /// By owner.
    pub owner: BTreeMap<String, usize>,
    /// By category.
    pub category: BTreeMap<String, usize>,
}

/// Counts the prompts of any number of questions, each once.
pub(super) struct Counted {
    /// The prompts by the number of their name, for each segment.
    seen: Vec<Option<BitSet>>,
    /// How many there are.
    pub(super) total: usize,
    counts: Option<[HashMap<String, usize>; 5]>,
    until: Instant,
    /// Whether the time ran out: there may be more.
    pub(super) is_late: bool,
}

impl Counted {
    pub(super) fn new(searcher: &Searcher, facets: bool, until: Instant) -> Self {
        let seen = searcher.readers().map(|_| None).collect();
        Self { seen, total: 0, counts: facets.then(Default::default), until, is_late: false }
    }

    /// Counts what one question finds that none before it did.
    pub(super) fn add(&mut self, searcher: &Searcher, query: &dyn Query) -> Result<(), Error> {
        let weight = query.weight(EnableScoring::disabled_from_searcher(&searcher.0.inner))?;
        for (segment, (reader, columns)) in searcher.readers().enumerate() {
            let mut tally = self.tally(segment, columns);
            let mut scorer = weight.scorer(reader, 1.0)?;
            let mut documents = [0; COLLECT_BLOCK_BUFFER_LEN];
            let (mut blocks, mut is_late) = (0_u32, false);
            loop {
                let count = scorer.fill_buffer(&mut documents);
                for document in documents.iter().take(count) {
                    if reader.alive_bitset().is_none_or(|alive| alive.is_alive(*document))
                        && let Some(name) = columns.name_of(*document)
                    {
                        tally.see(*document, name);
                    }
                }
                blocks += 1;
                is_late |= blocks.is_multiple_of(64) && Instant::now() > self.until;
                if count < COLLECT_BLOCK_BUFFER_LEN || is_late {
                    break;
                }
            }
            self.put(segment, tally, is_late)?;
        }
        Ok(())
    }

    /// What one segment adds; to be given back by [`Counted::put`].
    pub(super) fn tally<'a>(&mut self, segment: usize, columns: &'a Columns) -> Tally<'a> {
        let names = columns.name.as_ref().map_or(0, |names| names.num_terms());
        let none = || BitSet::with_max_value(u32::try_from(names).unwrap_or(u32::MAX));
        let seen = self.seen.get_mut(segment).and_then(Option::take).unwrap_or_else(none);
        Tally { seen, found: 0, values: self.counts.as_ref().map(|_| Values::new(columns)) }
    }

    /// Takes in what one segment adds.
    pub(super) fn put(&mut self, segment: usize, tally: Tally<'_>, is_late: bool) -> Result<(), Error> {
        self.total += tally.found;
        self.is_late |= is_late;
        if let Some(seen) = self.seen.get_mut(segment) {
            *seen = Some(tally.seen);
        }
        match (&mut self.counts, tally.values) {
            (Some(counts), Some(values)) => values.add_to(counts),
            _ => Ok(()),
        }
    }

    /// The facets, where they were asked for.
    pub(super) fn facets(self) -> Option<Facets> {
        let [collection, tag, label, owner, category] = self.counts?.map(most_common);
        Some(Facets { collection, tag, label, owner, category })
    }
}

/// What is counted of one segment.
pub(super) struct Tally<'a> {
    seen: BitSet,
    found: usize,
    values: Option<Values<'a>>,
}

impl Tally<'_> {
    /// Counts a document's prompt, by the number of its name, unless it was counted before.
    pub(super) fn see(&mut self, document: DocId, name: u32) {
        if !self.seen.contains(name) {
            self.seen.insert(name);
            self.found += 1;
            self.values.iter_mut().for_each(|values| values.count(document));
        }
    }
}

/// The counts of one segment by the numbers of the values.
struct Values<'a>([Option<(&'a StrColumn, Vec<usize>)>; 5]);

impl<'a> Values<'a> {
    fn new(columns: &'a Columns) -> Self {
        let tally = |column: &'a Option<StrColumn>| {
            let column = column.as_ref()?;
            Some((column, vec![0; column.num_terms()]))
        };
        Self(columns.counted.each_ref().map(tally))
    }

    fn count(&mut self, document: DocId) {
        for (column, tally) in self.0.iter_mut().flatten() {
            for ord in column.term_ords(document) {
                if let Some(count) = usize::try_from(ord).ok().and_then(|ord| tally.get_mut(ord)) {
                    *count += 1;
                }
            }
        }
    }

    fn add_to(self, counts: &mut [HashMap<String, usize>; 5]) -> Result<(), Error> {
        for (tally, counts) in self.0.into_iter().zip(counts) {
            let Some((column, tally)) = tally else { continue };
            let found = (0..).zip(&tally).filter(|(_, count)| **count > 0);
            let (ords, found): (Vec<u64>, Vec<usize>) = found.unzip();
            let mut found = found.into_iter();
            column.dictionary().sorted_ords_to_term_cb(&ords, |text| {
                let text = String::from_utf8_lossy(text).into_owned();
                *counts.entry(text).or_default() += found.next().unwrap_or_default();
            })?;
        }
        Ok(())
    }
}

fn most_common(counts: HashMap<String, usize>) -> BTreeMap<String, usize> {
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_unstable_by(|(a, one), (b, other)| other.cmp(one).then_with(|| a.cmp(b)));
    counts.truncate(VALUES);
    counts.into_iter().collect()
}
