//! `promptreg init`: a new registry.

use super::{Outcome, error::Failure, terminal::Terminal};
use crate::{app, domain::RegistryName, files};
use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

/// Start a registry: the template's files in a Git repository, first commit made
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  promptreg init acme-prompts\n  promptreg init . --name acme\n  \
    promptreg init --schemas      writes the schemas for editors anew")]
pub(super) struct Arguments {
    /// The folder; it is made where it is not there
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// The registry's name [default: made from the folder's name]
    #[arg(long)]
    name: Option<RegistryName>,
    /// In a registry that is there, only write the schemas for editors that this version of promptreg has
    #[arg(long, conflicts_with = "name")]
    schemas: bool,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    if arguments.schemas {
        return schemas(&arguments.folder, terminal);
    }
    let folder = std::path::absolute(&arguments.folder)?;
    let name = arguments.name.clone().or_else(|| app::name_for(&folder));
    let name = name.ok_or_else(|| Failure::Usage("give the registry a --name: its folder has none".to_owned()))?;
    app::init(&folder, &name)?;
    let shown = arguments.folder.display();
    writeln!(terminal.out(), "made the registry {name} in {shown} and committed it; next:\n")?;
    writeln!(terminal.out(), "  cd {shown} && promptreg lint && promptreg list && promptreg serve")?;
    Ok(Outcome::Clean)
}

fn schemas(folder: &Path, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let written = app::write_schemas(&files::find_root(folder)?)?;
    if written.is_empty() {
        writeln!(terminal.out(), "the schemas are those of this version already")?;
    }
    for path in written {
        writeln!(terminal.out(), "wrote {path}")?;
    }
    Ok(Outcome::Clean)
}
