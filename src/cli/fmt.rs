//! `promptreg fmt`: one way of writing white space.

use super::{Outcome, error::Failure, settings::RegistryFlag, terminal::Terminal};
use crate::{app, domain::REGISTRY_FILE, files};
use std::{fs, io::Write as _};

/// Write every YAML file with the same white space; comments, keys and texts stay as they are
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  promptreg fmt\n  promptreg fmt --check    changes nothing, exits with 1 where something would change"
)]
pub(super) struct Arguments {
    /// Change nothing, and name the files that would change
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    registry: RegistryFlag,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let root = arguments.registry.root()?;
    let loaded = app::load_folder(&root)?;
    let mut changed = 0;
    for (path, document) in loaded.documents.iter().filter(|(path, _)| &***path != REGISTRY_FILE) {
        let formatted = files::format(&document.text);
        if formatted == *document.text {
            continue;
        }
        changed += 1;
        if arguments.check {
            writeln!(terminal.out(), "would format {path}")?;
            continue;
        }
        let place = root.join(&**path);
        fs::write(&place, formatted).map_err(|source| crate::app::Error::Write { path: place, source })?;
        writeln!(terminal.out(), "formatted {path}")?;
    }
    Ok(if arguments.check && changed > 0 { Outcome::Findings } else { Outcome::Clean })
}
