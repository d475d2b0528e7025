//! Search: versions of prompts indexed for people who look for one.

mod document;
mod error;
mod fields;
mod fold;
mod scan;
mod words;

pub use self::error::Error;

/// A fingerprint of all that is indexed of a prompt, given by who indexes it.
pub type Print = [u8; 16];
