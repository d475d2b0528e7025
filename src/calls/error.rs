//! What can go wrong with a call.

/// Why there is no answer. No message holds an address's parameters, a header or a body.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is none.
    #[error("this is no address to call: {0}")]
    Address(String),
    /// Nobody answered; it is worth to try again later.
    #[error("there is no answer: {0}")]
    Away(String),
    /// The answer is longer than what is read.
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
    /// No authority's certificate is known.
    #[error("this machine has no certificates of authorities, which Debian's package ca-certificates brings: {0}")]
    NoRoots(String),
}
