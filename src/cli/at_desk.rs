//! What the verbs share that propose, decide, merge and move: the clone and the key.

use super::{
    error::Failure,
    settings::{Keeping, RegistryFlag, ServerFile, variable},
    terminal::Terminal,
};
use crate::{
    app::{Desk, ProposedFile},
    domain::Handle,
};
use std::{
    io::{self, Write},
    path::PathBuf,
};

/// Which clone, and with which key.
#[derive(Debug, clap::Args)]
pub(super) struct AtDesk {
    #[command(flatten)]
    pub(super) registry: RegistryFlag,
    /// The SSH key that signs: a private key, or a public one whose private half the SSH agent has [env:
    /// PROMPTREG_SIGNING_KEY; default: what `git config user.signingkey` says]
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

impl AtDesk {
    /// Fetches what the remote has and reads what is approved there.
    pub(super) fn open(&self, terminal: &Terminal) -> Result<Desk, Failure> {
        let _waiting = terminal.waiting("fetching");
        let root = self.registry.repository()?;
        let opening = self.registry.opening(&ServerFile::read(None)?, &Keeping::default(), false)?;
        let key = self.key.clone().or_else(|| variable("PROMPTREG_SIGNING_KEY").map(PathBuf::from));
        Ok(Desk::open(&root, opening, key.as_deref(), &|_| ())?)
    }
}

/// One line a file: where it stands, and what it lacks.
pub(super) fn print_files(files: &[ProposedFile], out: &mut impl Write) -> io::Result<()> {
    for file in files {
        let what = if file.blob.is_none() && file.refused.is_none() { " (removed)" } else { "" };
        writeln!(out, "  {:<16} {}{what}", file.state.as_str(), file.path)?;
        if !file.lacks.is_empty() {
            let may: Vec<&str> = file.may_approve.iter().map(Handle::as_str).collect();
            let may = if may.is_empty() { String::new() } else { format!("; {} may approve", may.join(", ")) };
            writeln!(out, "  {:<16} {}{may}", "", file.lacks)?;
        }
        if file.is_stale {
            writeln!(out, "  {:<16} what was decided before was another content of this file", "")?;
        }
        if file.conflicts {
            writeln!(out, "  {:<16} the default branch has changed this file too", "")?;
        }
    }
    Ok(())
}
