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
    /// What they cost in US dollars, by the `price` of the profiles: the number next to a sum that was made of whole
    /// trillionths of a dollar, so that it reads as one would reckon it by hand.
    pub cost_usd: Option<f64>,
}

/// The same while it grows: tokens, and trillionths of a US dollar.
#[derive(Debug, Clone, Copy)]
pub(super) struct Used {
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    trillionths: Option<u64>,
}

impl Default for Used {
    /// Nothing yet.
    fn default() -> Self {
        Self { input_tokens: Some(0), output_tokens: Some(0), trillionths: Some(0) }
    }
}

impl Used {
    /// Adds an answer.
    pub(super) fn add(&mut self, usage: &Usage, price: Option<Price>) {
        let sum = |before: Option<u64>, more: Option<u64>| Some(before?.saturating_add(more?));
        let cost = || Some(price?.trillionths(usage.input_tokens?, usage.output_tokens?));
        self.input_tokens = sum(self.input_tokens, usage.input_tokens);
        self.output_tokens = sum(self.output_tokens, usage.output_tokens);
        self.trillionths = sum(self.trillionths, cost());
    }

    pub(super) fn spent(&self) -> Spent {
        Spent {
            input_tokens: self.input_tokens,
            output_tokens: self.output_tokens,
            cost_usd: self.trillionths.map(|cost| cost as f64 / 1e12),
        }
    }
}
