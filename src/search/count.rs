//! How many prompts are found, and how many of them lie in each collection, have each tag, label, owner and category.

use super::{
    Error,
    searcher::{Columns, Searcher},
};
use std::{
    collections::{BTreeMap, HashMap},
    time::Instant,
};
use tantivy::{
    BitSet, COLLECT_BLOCK_BUFFER_LEN, DocSet as _,
    columnar::StrColumn,
    query::{EnableScoring, Query},
};

/// The most values of one facet that are told: the most common.
const VALUES: usize = 100;

/// How many of the prompts that are found have each value, for each facet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
        for ((reader, columns), seen) in searcher.readers().zip(&mut self.seen) {
            let Some(names) = &columns.name else { continue };
            let seen = seen
                .get_or_insert_with(|| BitSet::with_max_value(u32::try_from(names.num_terms()).unwrap_or(u32::MAX)));
            let mut tallies = self.counts.as_ref().map(|_| Tallies::new(columns));
            let mut scorer = weight.scorer(reader, 1.0)?;
            let (mut documents, mut ords) = ([0; COLLECT_BLOCK_BUFFER_LEN], [None; COLLECT_BLOCK_BUFFER_LEN]);
            let mut blocks = 0_u32;
            loop {
                let count = scorer.fill_buffer(&mut documents);
                let block = documents.get(..count).unwrap_or_default();
                let ords = ords.get_mut(..count).unwrap_or_default();
                names.ords().first_vals(block, ords);
                for (document, ord) in block.iter().zip(&*ords) {
                    let Some(ord) = ord.and_then(|ord| u32::try_from(ord).ok()) else { continue };
                    if seen.contains(ord) || reader.alive_bitset().is_some_and(|alive| alive.is_deleted(*document)) {
                        continue;
                    }
                    seen.insert(ord);
                    self.total += 1;
                    tallies.iter_mut().for_each(|tallies| tallies.count(*document));
                }
                blocks += 1;
                self.is_late |= blocks % 64 == 0 && Instant::now() > self.until;
                if count < COLLECT_BLOCK_BUFFER_LEN || self.is_late {
                    break;
                }
            }
            if let (Some(counts), Some(tallies)) = (&mut self.counts, tallies) {
                tallies.add_to(counts)?;
            }
        }
        Ok(())
    }

    /// The facets, where they were asked for.
    pub(super) fn facets(self) -> Option<Facets> {
        let [collection, tag, label, owner, category] = self.counts?.map(most_common);
        Some(Facets { collection, tag, label, owner, category })
    }
}

/// The counts of one segment by the numbers of the values.
struct Tallies<'a>([Option<(&'a StrColumn, Vec<usize>)>; 5]);

impl<'a> Tallies<'a> {
    fn new(columns: &'a Columns) -> Self {
        let tally = |column: &'a Option<StrColumn>| {
            let column = column.as_ref()?;
            Some((column, vec![0; column.num_terms()]))
        };
        Self(columns.counted.each_ref().map(tally))
    }

    fn count(&mut self, document: u32) {
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
