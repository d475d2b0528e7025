//! `promptreg fmt`: one way of writing every file.

use super::{Outcome, error::Failure, settings::RegistryFlag, terminal::Terminal};
use crate::{app, domain::REGISTRY_FILE, files};
use std::io::Write as _;

/// Write every YAML file in its canonical form
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  promptreg fmt\n  \
    promptreg fmt --check    only looks: exit code 1 where something would change\n\n\
    What changes is white space: two blanks a level, lists two deeper than their keys, no two blank lines in a row, LF. \
    Comments, the order of keys, quotes, lines and every byte of a text stay as they are, so no digest changes. \
    A file that does not parse is left alone and named, and so is registry.toml, which is not named.")]
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
    let (mut changed, mut broken) = (Vec::new(), Vec::new());
    for (path, document) in loaded.documents.iter().filter(|(path, _)| &***path != REGISTRY_FILE) {
        // What could not be read at all has no text.
        let is_unread = document.text.is_empty() && document.entity.is_none();
        let Some(formatted) = files::format(&document.text).filter(|_| !is_unread) else {
            broken.push(&**path);
            continue;
        };
        if formatted != *document.text {
            if !arguments.check {
                app::replace(&root.join(&**path), formatted.as_bytes())?;
            }
            changed.push(&**path);
        }
    }
    let (word, key) = if arguments.check { ("would format", "would_format") } else { ("formatted", "formatted") };
    if arguments.json {
        terminal.json(&serde_json::json!({key: changed, "does_not_parse": broken}))?;
    } else {
        for path in &changed {
            writeln!(terminal.out(), "{word} {path}")?;
        }
        for path in &broken {
            writeln!(terminal.out(), "not formatted: {path} does not parse; `promptreg lint` says where")?;
        }
    }
    let is_clean = broken.is_empty() && (changed.is_empty() || !arguments.check);
    Ok(if is_clean { Outcome::Clean } else { Outcome::Findings })
}
