//! `promptreg keys`: the keys that sign decisions.

use super::{Outcome, at_desk::AtDesk, error::Failure, terminal::Terminal};
use crate::{domain::Handle, git::CommitId};
use std::io::Write as _;

/// List the keys that sign decisions, or revoke one
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  promptreg keys list\n  promptreg keys revoke cleo cleo@laptop -m 'the laptop was stolen'"
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// List every key with its user and its dates
    List {
        #[command(flatten)]
        desk: AtDesk,
    },
    /// Note that a key is in wrong hands: what it signs from now on does not count
    #[command(
        after_help = "What came into the log before goes on counting; with --since, only what came up to that commit \
        of promptreg/log does.\nA key that is merely replaced is not revoked: give it `valid_until` in users/, and what it signed \
        goes on counting."
    )]
    Revoke {
        /// Whose key
        user: Handle,
        /// The key: its line, or a part of it that no other of the user's keys has
        #[arg(value_name = "KEY")]
        line: String,
        /// The last commit of promptreg/log that is trusted; the newest where none is named
        #[arg(long, value_name = "COMMIT")]
        since: Option<CommitId>,
        /// Why
        #[arg(long, short, value_name = "TEXT")]
        message: Option<String>,
        #[command(flatten)]
        desk: AtDesk,
    },
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    match &arguments.verb {
        Verb::List { desk } => {
            let desk = desk.open(terminal)?;
            for (handle, user) in &desk.app().current().registry.users {
                for key in &user.signing_keys {
                    let until = key.valid_until().map_or_else(String::new, |until| format!(" until {until}"));
                    let revoked = if key.revoked().is_some() { " (revoked)" } else { "" };
                    writeln!(terminal.out(), "{handle}  {}{until}{revoked}", key.line())?;
                }
            }
        }
        Verb::Revoke { user, line, since, message, desk } => {
            let revoked = desk.open(terminal)?.revoke_key(user, line, *since, message.as_deref())?;
            let commit = revoked.commit.to_string();
            writeln!(terminal.out(), "the key of {user} is revoked with commit {}", &commit[..9])?;
            if let Some(after) = revoked.after {
                writeln!(terminal.out(), "what it signed counts where it was in promptreg/log at {after}")?;
            }
        }
    }
    Ok(Outcome::Clean)
}
