//! YAML text to registry and back: reading, loading, writing, importing.

mod document;
mod load;
mod place;
mod read;
mod registry_toml;
mod scalar;
mod tree;
pub mod yaml;

pub use self::{
    document::{Document, Entity},
    load::{Loaded, documents, limits, load},
    read::{Error, Refusal, Refused, Source, find_root, read},
    tree::{Fault, Found, Spans, Tree},
};
