//! The one integration test binary: every module is a story about one part of the product.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod command_line;
mod contract;
mod diff;
mod dotprompt_spec;
mod floors;
mod follow;
mod forge;
mod format;
mod git;
mod git_changes;
mod git_mirror;
mod git_publish;
mod git_refs;
mod harness;
mod histories;
mod http;
mod import;
mod incremental;
mod kept;
mod lint;
mod lsp;
mod mutated;
mod past;
mod readme;
mod registry_template;
mod report;
mod repository;
mod rewritten;
mod schemas;
mod search;
mod searchable;
mod soak;
mod template;
mod withstanding;
mod yaml;
