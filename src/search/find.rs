//! A question and its answer: how far it is widened, what is counted, what is best, what is shown of it.

use super::{
    Error,
    best::{Best, Collected},
    count::{Counted, Facets},
    plan::{Plan, Shelf, Width},
    question::{Parsed, Question, parse},
    searcher::Searcher,
    snippet::{Marker, Snippet},
};
use crate::domain::{PromptFolder, PromptName, PromptStatus, Semver};
use std::time::{Duration, Instant};

/// How long a question may take; what was found until then is answered.
const TIME: Duration = Duration::from_millis(500);

/// The most hits.
const HITS: usize = 1_000;

/// How many hits can be left out: who has read so many asks for something else.
pub const LEFT_OUT: usize = 10_000;

/// With fewer hits than this words that differ by a slip are looked for too.
const FEW: usize = 3;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// One hit a prompt, the best first; those of equal score by name.
    pub hits: Vec<Hit>,
    /// How many prompts were found in all.
    pub total: usize,
    /// Whether there may be more than `total`: words were too many, or the time ran out.
    pub is_at_least: bool,
    /// How many of them have each value, where that was asked for.
    pub facets: Option<Facets>,
    /// Whether words were taken for others that differ by a slip.
    pub is_corrected: bool,
}

/// A prompt that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Its name.
    pub name: PromptName,
    /// Its version that answers best.
    pub version: Semver,
    /// How well; comparable within one answer only.
    pub score: f32,
    /// Where the words are, in the text that the caller has.
    pub snippets: Vec<Snippet>,
}

/// What a question of one width finds.
struct Gathered {
    plans: Vec<Plan>,
    counted: Counted,
    /// The best of what had to be walked through for the count.
    collected: Collected,
    width: Width,
}

impl Searcher {
    /// Answers a question; `folder` is where the caller finds the prompts that were indexed.
    ///
    /// A prompt that the caller does not have, or not in that version, is left out of the hits.
    ///
    /// # Errors
    /// Where the files of the index cannot be read.
    pub fn find<'a>(
        &self,
        question: &Question,
        folder: impl Fn(&PromptName) -> Option<&'a PromptFolder>,
    ) -> Result<Found, Error> {
        let until = Instant::now() + TIME;
        let parsed = parse(&question.text);
        let (limit, offset) = (question.limit.min(HITS), question.offset.min(LEFT_OUT));
        let Gathered { plans, counted, mut collected, width } = self.gathered(question, &parsed, until)?;
        if limit > 0 && counted.total > offset {
            for plan in plans.iter().filter(|plan| plan.is_pruned()) {
                let statistics = plan.statistics(&self.0);
                collected.add(self, (&*plan.matching(&self.0), &statistics), None)?;
                if let Some(titled) = plan.titled(&self.0) {
                    collected.add(self, (&*titled, &statistics), None)?;
                }
            }
        }
        let is_at_least = counted.is_late || collected.is_late || plans.iter().any(|plan| plan.is_cut);
        let mut marker = Marker::new(plans.iter().flat_map(|plan| plan.wanted.iter()), until);
        let ranked = collected.ranked(self)?;
        let mut hits = Vec::with_capacity(limit.min(ranked.len()));
        for (name, best) in ranked.into_iter().skip(offset) {
            hits.extend(self.hit(&name, best, &folder, &mut marker)?);
        }
        let total = counted.total;
        Ok(Found { hits, total, is_at_least, facets: counted.facets(), is_corrected: width == Width::Near })
    }

    /// The question as it was typed where that finds enough, and otherwise as much wider as finds something.
    fn gathered(&self, question: &Question, parsed: &Parsed, until: Instant) -> Result<Gathered, Error> {
        let limit = question.limit.clamp(1, HITS);
        let mut best = self.gather(question, parsed, Width::Plain, until)?;
        for (width, enough) in [(Width::Begun, limit), (Width::Near, FEW.min(limit))] {
            if best.counted.total >= enough || parsed.wanted.is_empty() {
                break;
            }
            let wider = self.gather(question, parsed, width, until)?;
            // Wider words that bring no more are no correction.
            if wider.counted.total > best.counted.total {
                best = wider;
            }
        }
        Ok(best)
    }

    fn gather(&self, question: &Question, parsed: &Parsed, width: Width, until: Instant) -> Result<Gathered, Error> {
        let plans = self.plans(question, parsed, width)?;
        let mut counted = Counted::new(self, question.facets, until);
        let mut collected = Collected::new(question.limit.min(HITS) + question.offset.min(LEFT_OUT), until);
        for plan in &plans {
            if plan.is_pruned() {
                counted.add(self, &*plan.matching(&self.0))?;
            } else {
                collected.add(self, (&*plan.ordered(&self.0), &plan.statistics(&self.0)), Some(&mut counted))?;
            }
        }
        Ok(Gathered { plans, counted, collected, width })
    }

    fn plans(&self, question: &Question, parsed: &Parsed, width: Width) -> Result<Vec<Plan>, Error> {
        let status = question.listing.status.unwrap_or_default();
        let shelves: &[Shelf] = match (status, question.all_versions) {
            (PromptStatus::Active, false) => &[Shelf::InUse],
            (PromptStatus::Active, true) => &[Shelf::InUse, Shelf::Others],
            (PromptStatus::Archived, _) => &[Shelf::Others],
        };
        let text = (question.text.as_str(), parsed);
        let plan = |shelf: &Shelf| Plan::new(&self.0, text, &question.listing, *shelf, question.all_versions, width);
        shelves.iter().map(plan).collect()
    }

    fn hit<'a>(
        &self,
        name: &str,
        best: Best,
        folder: impl Fn(&PromptName) -> Option<&'a PromptFolder>,
        marker: &mut Marker,
    ) -> Result<Option<Hit>, Error> {
        let mut text = String::new();
        let columns = self.readers().nth(best.segment).map(|(_, columns)| columns);
        let Some(versions) = columns.and_then(|columns| columns.version.as_ref()) else { return Ok(None) };
        let Some(ord) = versions.ords().first(best.document) else { return Ok(None) };
        versions.ord_to_str(ord, &mut text)?;
        let (Ok(name), Ok(version)) = (name.parse::<PromptName>(), text.parse::<Semver>()) else { return Ok(None) };
        let Some(folder) = folder(&name) else { return Ok(None) };
        let Some(content) = folder.versions.get(&version) else { return Ok(None) };
        let snippets = marker.snippets(folder, content);
        Ok(Some(Hit { name, version, score: best.score(), snippets }))
    }
}
