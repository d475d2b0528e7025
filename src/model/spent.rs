//! What calls of models use up.

use crate::domain::Price;
use rig_core::completion::Usage;
use serde::Serialize;

/// What all the answers took that came, those included that were of no use. Nothing is said where one is not known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spent {
    /// The tokens of what was sent, as the providers count them.
    pub input_tokens: Option<u64>,
    /// The tokens of what was answered.
    pub output_tokens: Option<u64>,
    /// What they cost in US dollars, by the `price` of the profiles.
    pub cost_usd: Option<f64>,
}

impl Default for Spent {
    /// Nothing yet.
    fn default() -> Self {
        Self { input_tokens: Some(0), output_tokens: Some(0), cost_usd: Some(0.0) }
    }
}

impl Spent {
    /// Adds an answer.
    pub(super) fn add(&mut self, usage: &Usage, price: Option<Price>) {
        let sum = |before: Option<u64>, more: Option<u64>| Some(before?.saturating_add(more?));
        let cost = || Some(price?.of(usage.input_tokens?, usage.output_tokens?));
        self.input_tokens = sum(self.input_tokens, usage.input_tokens);
        self.output_tokens = sum(self.output_tokens, usage.output_tokens);
        self.cost_usd = self.cost_usd.and_then(|before| Some(before + cost()?));
    }
}
