//! `promptreg doctor`: is everything in reach that promptreg needs?

use super::{Outcome, error::Failure, settings::RegistryFlag, terminal::Terminal};
use crate::{
    app::{self, App},
    domain::Level,
    git, lint,
};
use std::io::Write as _;

/// Check that everything promptreg needs is in reach
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  promptreg doctor")]
pub(super) struct Arguments {
    #[command(flatten)]
    registry: RegistryFlag,
}

/// What was looked at, and what was found; the error says what to do.
type Check = (&'static str, Result<String, String>);

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let checks = [git_program(), folder(&arguments.registry), branch(&arguments.registry)];
    let mut outcome = Outcome::Clean;
    for (what, found) in checks {
        match found {
            Ok(found) => writeln!(terminal.out(), "\u{1b}[32mok\u{1b}[0m    {what}: {found}")?,
            Err(trouble) => {
                outcome = Outcome::Findings;
                writeln!(terminal.out(), "\u{1b}[31mtrouble\u{1b}[0m {what}: {trouble}")?;
            }
        }
    }
    Ok(outcome)
}

fn git_program() -> Check {
    (
        "git",
        git::Program::default()
            .version()
            .map(|(major, minor)| format!("version {major}.{minor}"))
            .map_err(|error| error.to_string()),
    )
}

fn folder(registry: &RegistryFlag) -> Check {
    let look = || {
        let root = registry.root().map_err(|error| error.to_string())?;
        let loaded = app::load_folder(&root).map_err(|error| error.to_string())?;
        let diagnostics = lint::lint(&loaded);
        let errors = diagnostics.iter().filter(|found| found.severity == Level::Error).count();
        match errors {
            0 => Ok(format!("{} files, nothing wrong in {}", loaded.documents.len(), root.display())),
            _ => Err(format!("{errors} errors in {}: `promptreg lint` shows them", root.display())),
        }
    };
    ("files", look())
}

fn branch(registry: &RegistryFlag) -> Check {
    let look = || {
        let app = App::open(&registry.repository()).map_err(|error| error.to_string())?;
        let (current, branch) = (app.current(), app.branch());
        match current.status.quarantined.len() {
            0 => Ok(format!("`{branch}` serves {} versions, nothing is held back", current.version_count())),
            held => Err(format!("`{branch}` has {held} files that are held back: `promptreg sync` shows why")),
        }
    };
    ("branch", look())
}
