//! promptreg: a Git-backed prompt registry.
//!
//! The rooms stand on floors; a room uses only the floors below it. `ARCHITECTURE.md` walks through them.

pub mod app;
pub mod cli;
pub mod domain;
pub mod files;
pub mod git;
pub mod http;
pub mod lint;
pub mod report;
pub mod schema;
pub mod template;
