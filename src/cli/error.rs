//! How a verb fails: the one place where errors become exit codes and hints.

use crate::{app, domain::Unresolved, files, git, lsp};
use std::{io, process::ExitCode};

/// Why a verb did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    App(#[from] app::Error),
    #[error("cannot listen on {address}: {source}")]
    Listen { address: String, source: io::Error },
    #[error("cannot read {path}: {source}")]
    Read { path: String, source: io::Error },
    #[error(transparent)]
    Lsp(#[from] lsp::Error),
    #[error("{0}")]
    Run(String),
    #[error("the repository is no longer looked at{0}")]
    Watch(String),
    #[error("cannot print: {0}")]
    Print(#[from] io::Error),
}

impl From<files::Error> for Failure {
    fn from(error: files::Error) -> Self {
        Self::App(error.into())
    }
}

impl From<git::Error> for Failure {
    fn from(error: git::Error) -> Self {
        Self::App(error.into())
    }
}

impl Failure {
    /// 2 where the command line or the settings are wrong, 3 where it could not be done.
    pub(super) fn code(&self) -> ExitCode {
        let usage = matches!(
            self,
            Self::Usage(_)
                | Self::App(
                    app::Error::Parameter { .. }
                        | app::Error::Conflict(_)
                        | app::Error::Files(files::Error::NoRegistry(_))
                        | app::Error::Git(git::Error::NotARepository { .. })
                )
        );
        ExitCode::from(if usage { 2 } else { 3 })
    }

    /// What to do about it, where more can be said than the error itself says.
    pub(super) fn hint(&self) -> Option<String> {
        match self {
            Self::App(app::Error::Input(faults) | app::Error::RunInput(faults) | app::Error::Schema(faults)) => {
                let lines: Vec<_> = faults
                    .iter()
                    .map(|fault| {
                        let place = if fault.pointer.is_empty() { "at the top" } else { &fault.pointer };
                        format!("{place}: {}", fault.message)
                    })
                    .collect();
                Some(lines.join("\n"))
            }
            Self::App(app::Error::Unresolved(Unresolved::Renamed { new, .. })) => Some(format!("ask for `{new}`")),
            Self::App(app::Error::Unresolved(_)) => Some(
                "`promptreg list` shows what is approved; --work-tree reads the files as they lie, --ref a branch"
                    .to_owned(),
            ),
            Self::App(app::Error::Git(git::Error::RefName { name, .. })) if name.contains(['^', '~', '@']) => Some(
                "Git's operators are not understood: give the commit's id, which `git rev-parse` prints; where it finds \
                 none, there is nothing to compare with"
                    .to_owned(),
            ),
            Self::App(app::Error::Git(git::Error::NotARepository { .. })) => Some(
                "go into the folder of a registry, or name one with --registry; `promptreg init acme-prompts` starts one, \
                 and `promptreg demo` shows one"
                    .to_owned(),
            ),
            Self::Listen { .. } => Some("name another address with --listen, such as 127.0.0.1:0".to_owned()),
            _ => None,
        }
    }
}
