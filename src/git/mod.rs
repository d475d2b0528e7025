//! Commits, trees, blobs and first-parent history, by git2 and by the `git` program.
//!
//! git2 reads what is small and near (a branch tip, a tree, a few blobs, one commit onto a branch); the `git` program
//! reads what is long (histories, thousands of blobs), where it is many times faster, and does what a person's own
//! settings take part in ([`init`], [`commit`], [`Repository::sign`]), and all that talks to the network ([`Mirror`],
//! [`Repository::publish`]). Nothing here follows a link, enters a submodule or runs a hook.

mod append;
mod authors;
mod blobs;
mod change_refs;
mod changes;
mod commit_tree;
mod decisions;
mod error;
mod folder;
mod graph;
mod header;
mod history;
mod id;
mod kept;
mod landing;
mod log;
mod merge;
mod message;
mod mirror;
mod pins;
mod program;
mod publish;
mod push;
mod quarantine;
mod recent;
mod refs;
mod remote;
mod repository;
mod sign;
mod signature;
mod traces;
mod tree;
mod walk;
mod watched;
mod write;

pub use self::{
    authors::Authors,
    blobs::Blob,
    change_refs::ChangeRefs,
    changes::Change,
    decisions::{DecisionLog, LoggedFile, Mark},
    error::Error,
    folder::PLAIN_FILE,
    history::{Author, FirstParent, Person},
    id::{BlobId, CommitId, TreeId},
    merge::Merged,
    mirror::{Access, Mirror},
    program::{MINIMUM_VERSION, Program},
    publish::Published,
    push::Push,
    remote::{Protocol, Protocols, Remote},
    repository::Repository,
    sign::{SigningKey, make_key},
    signature::{Unsigned, key_of, signed_by},
    tree::{Refused, Tree, TreeEntry, is_registry_path},
    watched::Watched,
    write::{commit, init, is_clean, unstage},
};
