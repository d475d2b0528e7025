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
    /// Print the files as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    registry: RegistryFlag,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let root = arguments.registry.root()?;
    let loaded = app::load_folder(&root)?;
    let mut changed = Vec::new();
    for (path, document) in loaded.documents.iter().filter(|(path, _)| &***path != REGISTRY_FILE) {
        let Some(formatted) = files::format(&document.text) else { continue };
        if formatted == *document.text {
            continue;
        }
        if !arguments.check {
            let place = root.join(&**path);
            fs::write(&place, formatted).map_err(|source| crate::app::Error::Write { path: place, source })?;
        }
        if !arguments.json {
            writeln!(terminal.out(), "{} {path}", if arguments.check { "would format" } else { "formatted" })?;
        }
        changed.push(&**path);
    }
    if arguments.json {
        let key = if arguments.check { "would_format" } else { "formatted" };
        terminal.json(&serde_json::json!({key: changed}))?;
    }
    Ok(if arguments.check && !changed.is_empty() { Outcome::Findings } else { Outcome::Clean })
}
