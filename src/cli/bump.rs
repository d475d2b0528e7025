//! `promptreg bump`: the next version of a prompt, copied from the newest.

use super::{Outcome, error::Failure, settings::RegistryFlag, terminal::Terminal};
use crate::{
    app,
    domain::{Bump, PromptName},
};
use std::io::Write as _;

/// Copy the newest version of a prompt to the next number
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  promptreg bump summarize-ticket            1.2.0 → 1.2.1\n  \
    promptreg bump summarize-ticket --minor    1.2.0 → 1.3.0\n\n\
    A version that reached the default branch never changes; a change is a new \
    version. Its `notes` are left out of the copy: say there what changes.")]
pub(super) struct Arguments {
    /// The prompt
    name: PromptName,
    /// Callers have to change
    #[arg(long, group = "part")]
    major: bool,
    /// Callers may use something new
    #[arg(long, group = "part")]
    minor: bool,
    /// Text alone changes (the default)
    #[arg(long, group = "part")]
    patch: bool,
    #[command(flatten)]
    registry: RegistryFlag,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let root = arguments.registry.root()?;
    let loaded = app::load_folder(&root)?;
    let bump = match (arguments.major, arguments.minor) {
        (true, _) => Bump::Major,
        (_, true) => Bump::Minor,
        _ => Bump::Patch,
    };
    let path = app::bump(&root, &loaded, &arguments.name, bump)?;
    let shown = path.strip_prefix(&root).unwrap_or(&path).display();
    writeln!(
        terminal.out(),
        "wrote {shown}: edit it, say in `notes` what changes, and point a label at it when it is approved"
    )?;
    Ok(Outcome::Clean)
}
