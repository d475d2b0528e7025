//! Search: what is found by what people type, in every script, and what an index outlives.

mod languages;
mod order;
mod questions;
mod shelf;
mod snippets;
mod storage;
