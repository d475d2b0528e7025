//! Commits, trees, blobs and first-parent history, by git2 and by the `git` program.
//!
//! git2 reads what is small and near (a branch tip, a tree, a few blobs, one commit onto a branch); the `git` program
//! reads what is long (histories, thousands of blobs), where it is many times faster, and does what a person's own
//! settings take part in ([`init`], [`commit`]), and all that talks to the network ([`Mirror`]). Nothing here follows a
//! link, enters a submodule or runs a hook.

mod authors;
mod blobs;
mod changes;
mod error;
mod folder;
mod graph;
mod header;
mod history;
mod id;
mod kept;
mod log;
mod mirror;
mod pins;
mod program;
mod recent;
mod refs;
mod remote;
mod repository;
mod traces;
mod tree;
mod walk;
mod watched;
mod write;

pub use self::{
    authors::Authors,
    blobs::Blob,
    changes::Change,
    error::Error,
    folder::PLAIN_FILE,
    history::{Author, FirstParent, Person},
    id::{BlobId, CommitId},
    mirror::{Access, Mirror},
    program::{MINIMUM_VERSION, Program},
    remote::{Protocol, Protocols, Remote},
    repository::Repository,
    tree::{Refused, Tree, TreeEntry, is_registry_path},
    watched::Watched,
    write::{commit, init, is_clean, unstage},
};
