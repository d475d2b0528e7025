//! The best versions of the best prompts: each prompt once, in an order that does not depend on how the index came about.

use super::{Error, searcher::Searcher};
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    time::Instant,
};
use tantivy::{
    DocId,
    columnar::Column,
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
    pub(super) name: u64,
    pub(super) document: DocId,
}

/// Collects the best prompts of any number of questions.
pub(super) struct Collected {
    limit: usize,
    until: Instant,
    found: HashMap<(usize, u64), Best>,
    /// Whether the time ran out.
    pub(super) is_late: bool,
}

/// The best of one segment: the worst on top.
struct Heap<'a> {
    limit: usize,
    kept: BinaryHeap<(Reverse<u32>, u64, DocId)>,
    /// Documents of one prompt stand beside each other: the best of them so far.
    pending: Option<(u32, u64, DocId)>,
    names: &'a Column<u64>,
    least: f32,
}

impl Collected {
    pub(super) fn new(limit: usize, until: Instant) -> Self {
        Self { limit, until, found: HashMap::new(), is_late: false }
    }

    /// Adds what one question finds; a prompt that was found before keeps its better score.
    pub(super) fn add(
        &mut self,
        searcher: &Searcher,
        query: &dyn Query,
        statistics: &dyn Bm25StatisticsProvider,
    ) -> Result<(), Error> {
        let inner = &searcher.0.inner;
        let weight = query.weight(EnableScoring::enabled_from_statistics_provider(statistics, inner))?;
        let (mut count, mut is_late) = (0_u32, false);
        for (segment, (reader, columns)) in searcher.readers().enumerate() {
            let Some(names) = &columns.name else { continue };
            let least = f32::MIN;
            let kept = BinaryHeap::with_capacity(self.limit + 1);
            let mut heap = Heap { limit: self.limit, kept, pending: None, names: names.ords(), least };
            let alive = reader.alive_bitset();
            weight.for_each_pruning(least, reader, &mut |document, score| {
                count = count.wrapping_add(1);
                if count % LOOK == 0 && Instant::now() > self.until {
                    is_late = true;
                }
                if is_late {
                    return f32::MAX;
                }
                if alive.is_none_or(|alive| alive.is_alive(document)) {
                    heap.offer(document, score);
                }
                heap.least
            })?;
            heap.flush();
            for (Reverse(score), name, document) in heap.kept {
                let best = Best { score, segment, name, document };
                let known = self.found.entry((segment, name)).or_insert(best);
                if (score, Reverse(document)) > (known.score, Reverse(known.document)) {
                    *known = best;
                }
            }
        }
        self.is_late |= is_late;
        Ok(())
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
                && names.ord_to_str(best.name, &mut name)?
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
    #[expect(clippy::cast_precision_loss, reason = "scores are far below 2^24 steps")]
    pub(super) fn score(self) -> f32 {
        self.score as f32 / STEPS
    }
}

impl Heap<'_> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast is bounded at both ends")]
    fn offer(&mut self, document: DocId, score: f32) {
        let Some(name) = self.names.first(document) else { return };
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
    #[expect(clippy::cast_precision_loss, reason = "scores are far below 2^24 steps")]
    fn flush(&mut self) {
        let Some((score, name, document)) = self.pending.take() else { return };
        self.kept.push((Reverse(score), name, document));
        if self.kept.len() <= self.limit {
            return;
        }
        self.kept.pop();
        if let Some((Reverse(worst), ..)) = self.kept.peek() {
            // What scores the same may still have an earlier name.
            self.least = (*worst as f32 / STEPS).next_down();
        }
    }
}
