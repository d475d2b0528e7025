//! What changed in meaning: two versions of a prompt, or two states of a registry, and whom the change reaches.
//!
//! Everything here is data in, data out. The types serialize to the JSON form; [`human`] and [`markdown`] write the others.

mod callers;
mod comparison;
mod entities;
mod human;
mod kept;
mod keys;
mod lines;
mod markdown;
mod messages;
mod outline;
mod prompts;
mod registries;
mod rendered;
mod say;
mod told;
mod version;
mod words;
mod wrap;

pub use self::{
    callers::{Affected, Callers, Changed, ClientReached, Includer, LabelReached, StepReached, VariantReached},
    comparison::{Comparison, Subject, compare},
    entities::EntityDiff,
    human::{Paint, human},
    kept::kept,
    keys::KeyChange,
    markdown::markdown,
    messages::{Change, MessageDiff},
    registries::{Behind, Diff, First, LabelMove, PromptDiff, VersionChange, registries},
    rendered::RenderedDiff,
    version::{Demand, PartialDiff, Side, Tokens, VersionDiff, versions},
    words::{Run, words},
};
