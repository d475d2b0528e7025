//! What a search answers: hits with what their prompts are called, ready to be handed out.

use super::{answer::Heading, current::Current};
use crate::{
    domain::{LabelName, Semver},
    search::{Facets, Found, Hit, LEFT_OUT, Snippet},
};
use serde::Serialize;

/// One page of what was found.
#[derive(Debug, Serialize)]
pub struct Hits<'a> {
    /// One hit a prompt, the best first.
    pub items: Vec<HitItem<'a>>,
    /// How many prompts were found in all.
    pub total: usize,
    /// Whether there may be more than that.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub at_least: bool,
    /// How many of them have each value, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facets: Option<&'a Facets>,
    /// Whether words were taken for others that differ by a slip.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub corrected: bool,
    /// Give this as `cursor` for the next page; none where this is the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// One prompt that was found, in the version that answers best.
#[derive(Debug, Serialize)]
pub struct HitItem<'a> {
    #[serde(flatten)]
    heading: Heading<'a>,
    version: &'a Semver,
    labels: Vec<&'a LabelName>,
    score: f32,
    snippets: &'a [Snippet],
}

impl Current {
    /// One page of what was found in this state, with `left_out` hits before it.
    #[must_use]
    pub fn hits<'a>(&'a self, found: &'a Found, left_out: usize) -> Hits<'a> {
        let items: Vec<_> = found.hits.iter().filter_map(|hit| self.hit(hit)).collect();
        let end = left_out + found.hits.len();
        Hits {
            next_cursor: (!items.is_empty() && end < found.total && end <= LEFT_OUT).then(|| end.to_string()),
            items,
            total: found.total,
            at_least: found.is_at_least,
            facets: found.facets.as_ref(),
            corrected: found.is_corrected,
        }
    }

    fn hit<'a>(&'a self, hit: &'a Hit) -> Option<HitItem<'a>> {
        let folder = self.registry.prompt(&hit.name).ok()?;
        let labels = self.labels_of(&folder.name, &folder.prompt.labels);
        let labels = labels.into_iter().filter(|(_, number)| **number == hit.version);
        Some(HitItem {
            heading: folder.into(),
            version: &hit.version,
            labels: labels.map(|(label, _)| label).collect(),
            score: hit.score,
            snippets: &hit.snippets,
        })
    }
}

impl HitItem<'_> {
    /// How to ask for just what was found: by the default label or another one, else by its number.
    #[must_use]
    pub fn selector(&self, default: &LabelName) -> String {
        let name = self.heading.name;
        match self.labels.iter().find(|label| **label == default).or(self.labels.first()) {
            Some(label) if *label == default => name.to_string(),
            Some(label) => format!("{name}:{label}"),
            None => format!("{name}@{}", self.version),
        }
    }

    /// What people call it.
    #[must_use]
    pub fn title(&self) -> &str {
        self.heading.display_name.unwrap_or_default()
    }

    /// Where its words are.
    #[must_use]
    pub fn snippets(&self) -> &[Snippet] {
        self.snippets
    }
}
