//! YAML text to registry and back: reading, loading, writing, importing.

mod comment;
mod document;
mod format;
pub mod import;
mod load;
mod mend;
mod place;
mod read;
mod registry_toml;
mod scalar;
mod tree;
pub mod write;
pub mod yaml;

pub use self::{
    document::{Document, Entity, Places},
    format::{format, long_scalars},
    load::{Loaded, documents, leave_out, limits, load, place, said, said_of},
    mend::rewrite,
    read::{Error, Refusal, Refused, Source, find_root, list, read, read_one},
    registry_toml::parse as parse_toml,
    tree::{Fault, Found, Spans, Tree},
};
