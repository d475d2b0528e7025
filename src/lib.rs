//! promptreg: a Git-backed prompt registry. The rooms and the walks through them:
//!
#![doc = include_str!("../ARCHITECTURE.md")]

pub mod app;
pub mod calls;
pub mod cli;
pub mod diff;
pub mod domain;
pub mod files;
pub mod git;
pub mod http;
pub mod identity;
pub mod kept;
pub mod lint;
pub mod lsp;
pub mod model;
pub mod report;
pub mod schema;
pub mod search;
pub mod store;
pub mod template;
