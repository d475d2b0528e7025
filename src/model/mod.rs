//! The model room: one call of a model, data in, data out, with retries, fallbacks, and answers that fit their schema.

mod answer;
mod ask;
mod caller;
mod error;
mod heard;
mod messages;
mod output;
mod pause;
mod request;
mod sieve;
mod spent;
mod target;
mod transport;

pub use self::{
    answer::{Answer, ToolCall},
    caller::{Caller, Keys, Limits, Setup, Sleep},
    error::{Error, Failed},
    pause::retry_after,
    request::Request,
    spent::Spent,
};

use crate::domain::{ModelName, ModelProfile};
use std::{collections::BTreeMap, sync::Arc};

/// A profile and its name.
pub type Profile = (ModelName, Arc<ModelProfile>);

/// The most profiles that one call tries.
const PROFILES: usize = 8;

/// A profile and those to try after it, in turn: its `fallback` from the left, and theirs. Each is there once, so that
/// circles come to an end; at most eight. Those that are not in the registry are left out.
#[must_use]
pub fn in_turn(models: &BTreeMap<ModelName, Arc<ModelProfile>>, first: &ModelName) -> Vec<Profile> {
    let mut found: Vec<Profile> = Vec::new();
    let mut open = vec![first];
    while let Some(name) = open.pop() {
        let Some(profile) = models.get(name).filter(|_| found.iter().all(|(known, _)| known != name)) else { continue };
        found.push((name.clone(), Arc::clone(profile)));
        if found.len() == PROFILES {
            break;
        }
        open.extend(profile.fallback.iter().rev());
    }
    found
}
