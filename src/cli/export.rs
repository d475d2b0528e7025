//! `promptreg export`: what the registry says, in the formats of others.

use super::{
    Outcome,
    error::Failure,
    settings::{Keeping, RegistryFlag},
    terminal::Terminal,
};
use crate::app::{self, forge::Forge};
use std::io::Write as _;

/// Write what the registry says in the formats of others
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Formats: codeowners (who approves what, for the code owners of GitHub and GitLab)\n\nExamples:\n  \
    promptreg export codeowners > .github/CODEOWNERS\n  \
    promptreg export codeowners --forge gitlab > CODEOWNERS\n\n\
    People are named by their `forge_logins`, else by their mail addresses. What CODEOWNERS cannot say, such as more than one \
    approval, stands in its comments."
)]
pub(super) struct Arguments {
    /// The format
    format: Format,
    /// For which forge: github, gitlab
    #[arg(long, value_name = "FORGE", default_value = "github", value_parser = forge)]
    forge: Forge,
    #[command(flatten)]
    registry: RegistryFlag,
    #[command(flatten)]
    keeping: Keeping,
}

/// A format that the registry is written in.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    Codeowners,
}

fn forge(word: &str) -> Result<Forge, String> {
    Forge::named(word).ok_or_else(|| "github and gitlab have code owners of this form".to_owned())
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let waiting = terminal.waiting("reading the registry");
    let app = arguments.registry.open(&arguments.keeping)?;
    let text = match arguments.format {
        Format::Codeowners => app::codeowners(&app.current(), arguments.forge)?,
    };
    drop(waiting);
    write!(terminal.out(), "{text}")?;
    Ok(Outcome::Clean)
}
