//! The door for editors: a language server that judges, explains and completes the files of a registry as they are typed.

mod action;
mod completion;
mod cursor;
mod definition;
mod folder;
mod found;
mod hover;
mod lines;
mod offer;
mod outline;
mod outline_flow;
mod outline_toml;
mod outline_yaml;
mod publish;
mod requests;
mod server;
mod session;
mod spot;
mod tag;
mod thing;
mod uri;
mod vocabulary;
mod wire;

use std::io;

pub use self::server::serve;

/// Why the conversation with the editor ended otherwise than by its wish.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The editor cannot be read from or written to.
    #[error("cannot speak with the editor: {0}")]
    Io(#[from] io::Error),
    /// What came is no message of the protocol, and nobody can tell where the next one begins.
    #[error("this is not the language server protocol: {0}")]
    Protocol(&'static str),
}
