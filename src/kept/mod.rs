//! Files that only remember: each can be deleted, torn or scribbled over at any time, and nothing but speed is lost.
//!
//! Such a file is a line that says what is in it and who wrote it, and then chunks of bytes, each with its length and a
//! checksum. Another format or another release of promptreg reads none of it. Several processes may share one: a batch
//! of chunks is appended in one write, and what is written anew replaces the old file in one step.

mod file;

pub use self::file::{Contents, File};
