//! `promptreg completions`: completions for a shell.

use super::{Outcome, error::Failure, terminal::Terminal};
use std::io::Write as _;

/// Print completions for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  promptreg completions bash > ~/.bash_completion.d/promptreg")]
pub(super) struct Arguments {
    /// The shell
    shell: clap_complete::Shell,
}

pub(super) fn run<C: clap::CommandFactory>(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut C::command(), "promptreg", &mut text);
    terminal.out().write_all(&text)?;
    Ok(Outcome::Clean)
}
