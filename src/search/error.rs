//! What can go wrong with an index: nothing that a person typed.

/// Why the index could not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The files of the index could not be written or read, such as on a full disk.
    #[error("the search index: {0}")]
    Index(#[from] tantivy::TantivyError),
    /// The files of the index could not be read.
    #[error("the search index cannot be read: {0}")]
    Read(#[from] std::io::Error),
}
