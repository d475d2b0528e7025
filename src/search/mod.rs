//! Search: versions of prompts indexed for people who look for one.

mod best;
mod count;
mod document;
mod error;
mod fields;
mod find;
mod fold;
mod folder;
mod index;
mod memory;
mod place;
mod plan;
mod question;
mod scan;
mod searcher;
mod snippet;
mod spread;
mod words;

pub use self::{
    count::Facets,
    error::Error,
    find::{Found, Hit, LEFT_OUT},
    index::Index,
    place::{Opened, open},
    question::Question,
    searcher::{Searcher, Size},
    snippet::Snippet,
};

/// A fingerprint of all that is indexed of a prompt, given by who indexes it.
pub type Print = [u8; 16];
