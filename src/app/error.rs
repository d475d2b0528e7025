//! What can go wrong when a door asks for something.

use crate::{
    domain::{NameError, Unresolved, WorkflowName},
    files, git, schema, search, store, template,
};
use std::{io, path::PathBuf};

/// Why a question has no answer. The doors translate it, each in one place.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is nothing of that name, label, number or digest.
    #[error(transparent)]
    Unresolved(#[from] Unresolved),
    /// There is no such thing besides prompts.
    #[error("there is no {what} `{name}`")]
    Missing {
        /// The kind of thing.
        what: &'static str,
        /// The name that was asked for.
        name: String,
    },
    /// A parameter is malformed.
    #[error("{field}: {reason}")]
    Parameter {
        /// The parameter.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
    /// More than one parameter says which version is meant.
    #[error("{0} cannot be given together: each says which version is meant")]
    Conflict(String),
    /// The input does not fit the version's `input_schema`.
    #[error("the input does not fit the input_schema of this version")]
    Input(Vec<schema::Fault>),
    /// A workflow cannot run.
    #[error("{workflow}: {why}")]
    Workflow {
        /// The workflow.
        workflow: WorkflowName,
        /// Why, with the step that is in the way.
        why: String,
    },
    /// The input does not fit the workflow's `input_schema`.
    #[error("the input does not fit the input_schema of this workflow")]
    RunInput(Vec<schema::Fault>),
    /// Nothing runs workflows here.
    #[error("workflows are not run here")]
    NoRunner,
    /// Too many runs are queued.
    #[error("{0} runs are queued already: send it again in a moment")]
    QueueFull(usize),
    /// The version's `input_schema` is no JSON Schema.
    #[error("the input_schema of this version is broken")]
    Schema(Vec<schema::Fault>),
    /// The version cannot be rendered.
    #[error(transparent)]
    Template(#[from] template::Error),
    /// The commit is not on the default branch.
    #[error("commit {0} is not on the default branch")]
    NotOnBranch(git::CommitId),
    /// The branch was rewritten, and what was served before is still served.
    #[error(
        "the branch was rewritten: {new} does not come after {old}; {old} is still served; `promptreg sync --accept-rewrite {old} {new}` with the same --registry and --data as here follows the new history"
    )]
    Rewritten {
        /// What is served.
        old: git::CommitId,
        /// What the branch points to.
        new: git::CommitId,
    },
    /// The branch does not come after the commit that an operator trusts.
    #[error(
        "{tip} does not come after {root}, which is the trust_root, on the branch's own line of first parents, so nothing of it is trusted{}; where that history is right after all, name another trust_root",
        if *shallow { ": this clone is shallow, so fetch the rest with `git fetch --unshallow`" } else { "" }
    )]
    Untrusted {
        /// The commit that is trusted.
        root: git::CommitId,
        /// What the branch points to.
        tip: git::CommitId,
        /// Whether the history is cut off here.
        shallow: bool,
    },
    /// Another branch is the default one now, and the one that was served before is still served.
    #[error(
        "`{named}` is the default branch now, and `{served}` is still served, as before; `promptreg sync --accept-rewrite {old} {new}` with the same --registry and --data as here follows `{named}` from the next start on"
    )]
    OtherBranch {
        /// The branch that is served.
        served: String,
        /// The branch that is the default one now.
        named: String,
        /// The commit that is served.
        old: git::CommitId,
        /// The newest commit of the other branch.
        new: git::CommitId,
    },
    /// The branch has no commit.
    #[error("the branch `{0}` has no commit yet: commit something, or name another branch in registry.toml")]
    NoCommit(String),
    /// The branch never had a `registry.toml` that could be read.
    #[error(
        "the branch `{0}` holds no registry: it never had a registry.toml that could be read; `promptreg init` makes one"
    )]
    NoSettings(String),
    /// A folder is in the way.
    #[error("{0}")]
    Refused(String),
    /// What is served cannot be searched yet.
    #[error("the search index is still being made: ask again in a moment")]
    NotIndexed,
    /// What was sent does not fit.
    #[error("what was sent cannot be recorded")]
    Body(Vec<schema::Fault>),
    /// Somebody may not do what they ask for.
    #[error("{0}")]
    Forbidden(String),
    /// Somebody whom the registry does not know wants in.
    #[error("{0}")]
    Stranger(String),
    /// Nothing can be recorded, since there is no database.
    #[error("there is no database here: name one with --database, or a folder for the embedded one with --data")]
    NoDatabase,
    /// Too much waits to be recorded.
    #[error("too much waits to be recorded: send it again in a moment")]
    Busy,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The search index failed.
    #[error(transparent)]
    Search(#[from] search::Error),
    /// Git failed.
    #[error(transparent)]
    Git(#[from] git::Error),
    /// A folder cannot be read.
    #[error(transparent)]
    Files(#[from] files::Error),
    /// A file cannot be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Error {
    /// A parameter that does not parse.
    #[must_use]
    pub fn parameter(field: &str, error: &NameError) -> Self {
        Self::Parameter { field: field.to_owned(), reason: error.to_string() }
    }
}
