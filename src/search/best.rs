//! The best versions of the best prompts: each prompt once, in an order that does not depend on how the index came about.

use super::{Error, count::Counted, searcher::Searcher};
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    time::Instant,
};
use tantivy::{
    DocId,
    query::{Bm25StatisticsProvider, EnableScoring, Query},
};

/// The steps in which scores are told apart: less is noise of how the index came about, and the name decides.
const STEPS: f32 = 1024.0;

/// How often the clock is looked at: once in so many documents.
const LOOK: u32 = 512;

/// A prompt that was found: its best version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Best {
    /// The score in steps.
    pub(super) score: u32,
    /// Which segment of the snapshot.
    pub(super) segment: usize,
    /// The number of the name in that segment: numbers stand in the order of the names.
    pub(super) name: u32,
    pub(super) document: DocId,
}

/// Collects the best prompts of any number of questions.
pub(super) struct Collected {
    limit: usize,
    until: Instant,
    found: HashMap<(usize, u32), Best>,
    /// Whether the time ran out.
    pub(super) is_late: bool,
}

/// The best of one segment: the worst on top.
struct Heap {
    limit: usize,
    kept: BinaryHeap<(Reverse<u32>, u32, DocId)>,
    /// Documents of one prompt stand beside each other: the best of them so far.
    pending: Option<(u32, u32, DocId)>,
    least: f32,
}

impl Collected {
    pub(super) fn new(limit: usize, until: Instant) -> Self {
        Self { limit, until, found: HashMap::new(), is_late: false }
    }

    /// Adds what one question finds; a prompt that was found before keeps its better score.
    ///
    /// With a count every document is looked at and counted; without one, those that cannot be among the best are not.
    pub(super) fn add(
        &mut self,
        searcher: &Searcher,
        (query, statistics): (&dyn Query, &dyn Bm25StatisticsProvider),
        mut counted: Option<&mut Counted>,
    ) -> Result<(), Error> {
        let inner = &searcher.0.inner;
        let weight = query.weight(EnableScoring::enabled_from_statistics_provider(statistics, inner))?;
        let (mut count, mut is_late) = (0_u32, false);
        for (segment, (reader, columns)) in searcher.readers().enumerate() {
            let mut tally = counted.as_mut().map(|counted| counted.tally(segment, columns));
            let mut heap = Heap::new(self.limit);
            let alive = reader.alive_bitset();
            weight.for_each_pruning(f32::MIN, reader, &mut |document, score| {
                count = count.wrapping_add(1);
                is_late |= count.is_multiple_of(LOOK) && Instant::now() > self.until;
                if is_late {
                    return f32::MAX;
                }
                if alive.is_none_or(|alive| alive.is_alive(document))
                    && let Some(name) = columns.name_of(document)
                {
                    heap.offer(document, name, score);
                    tally.iter_mut().for_each(|tally| tally.see(document, name));
                }
                if tally.is_some() { f32::MIN } else { heap.least }
            })?;
            if let (Some(counted), Some(tally)) = (&mut counted, tally) {
                counted.put(segment, tally, is_late)?;
            }
            self.take(segment, heap);
        }
        self.is_late |= is_late;
        Ok(())
    }

    fn take(&mut self, segment: usize, mut heap: Heap) {
        heap.flush();
        for (Reverse(score), name, document) in heap.kept {
            let best = Best { score, segment, name, document };
            let known = self.found.entry((segment, name)).or_insert(best);
            if (score, Reverse(document)) > (known.score, Reverse(known.document)) {
                *known = best;
            }
        }
    }

    /// The best prompts with their names, the best first; those of equal score by name.
    pub(super) fn ranked(self, searcher: &Searcher) -> Result<Vec<(String, Best)>, Error> {
        let mut found: Vec<Best> = self.found.into_values().collect();
        found.sort_unstable_by_key(|best| Reverse(best.score));
        if let Some(last) = found.get(self.limit.saturating_sub(1)).map(|best| best.score) {
            found.truncate(found.partition_point(|best| best.score >= last));
        }
        let columns: Vec<_> = searcher.readers().map(|(_, columns)| columns).collect();
        let mut named = Vec::with_capacity(found.len());
        for best in found {
            let mut name = String::new();
            if let Some(names) = columns.get(best.segment).and_then(|columns| columns.name.as_ref())
                && names.ord_to_str(u64::from(best.name), &mut name)?
            {
                named.push((name, best));
            }
        }
        named.sort_by(|(a, one), (b, other)| other.score.cmp(&one.score).then_with(|| a.cmp(b)));
        named.truncate(self.limit);
        Ok(named)
    }
}

impl Best {
    /// The score as a number.
    pub(super) fn score(self) -> f32 {
        self.score as f32 / STEPS
    }
}

impl Heap {
    fn new(limit: usize) -> Self {
        Self { limit, kept: BinaryHeap::with_capacity(limit + 1), pending: None, least: f32::MIN }
    }

    fn offer(&mut self, document: DocId, name: u32, score: f32) {
        let score = (score * STEPS) as u32;
        match &mut self.pending {
            Some((best, pending, kept)) if *pending == name => {
                if score > *best {
                    (*best, *kept) = (score, document);
                }
            }
            _ => {
                self.flush();
                self.pending = Some((score, name, document));
            }
        }
    }

    /// Puts the pending one among the kept.
    fn flush(&mut self) {
        let Some((score, name, document)) = self.pending.take() else { return };
        let new = (Reverse(score), name, document);
        if self.kept.len() < self.limit {
            self.kept.push(new);
        } else if let Some(mut worst) = self.kept.peek_mut().filter(|worst| **worst > new) {
            *worst = new;
        }
        if self.kept.len() < self.limit {
            return;
        }
        if let Some((Reverse(worst), ..)) = self.kept.peek() {
            // What scores the same may still have an earlier name.
            self.least = (*worst as f32 / STEPS).next_down();
        }
    }
}
