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
#[command(after_help = "Examples:\n  promptreg doctor\n  promptreg doctor --json")]
pub(super) struct Arguments {
    #[command(flatten)]
    registry: RegistryFlag,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What was looked at, and what was found; the error says what to do.
type Check = (&'static str, Result<String, String>);

/// The same as JSON.
#[derive(Debug, serde::Serialize)]
struct Checked {
    check: &'static str,
    ok: bool,
    found: String,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let checks = [git_program(), folder(&arguments.registry), branch(&arguments.registry)];
    let checks = checks.into_iter().chain(schemas(&arguments.registry));
    let checked = checks.map(|(check, found)| Checked {
        check,
        ok: found.is_ok(),
        found: found.unwrap_or_else(|trouble| trouble),
    });
    let checked: Vec<Checked> = checked.collect();
    if arguments.json {
        terminal.json(&checked)?;
    } else {
        for Checked { check, ok, found } in &checked {
            let word = if *ok { "\u{1b}[32mok\u{1b}[0m   " } else { "\u{1b}[31mtrouble\u{1b}[0m" };
            writeln!(terminal.out(), "{word} {check}: {found}")?;
        }
    }
    Ok(if checked.iter().all(|checked| checked.ok) { Outcome::Clean } else { Outcome::Findings })
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
            _ => Err(format!("errors in {} (as many as {errors}): `promptreg lint` shows them", root.display())),
        }
    };
    ("files", look())
}

fn branch(registry: &RegistryFlag) -> Check {
    let look = || {
        let repository = registry.repository().map_err(|error| error.to_string())?;
        let app = App::open(&repository).map_err(|error| error.to_string())?;
        let (current, branch) = (app.current(), app.branch());
        match app.status(&current).map_err(|error| error.to_string())?.quarantined.len() {
            0 => Ok(format!("`{branch}` serves {} versions, nothing is held back", current.version_count())),
            held => Err(format!("`{branch}` has files that are held back ({held}): `promptreg sync` shows why")),
        }
    };
    ("branch", look())
}

/// Whether the editors of this registry know what this program knows; `None` where none are told anything.
fn schemas(registry: &RegistryFlag) -> Option<Check> {
    let stale = app::stale_schemas(&registry.root().ok()?)?;
    let found = match stale.as_slice() {
        [] => Ok("editors are told what this version knows".to_owned()),
        _ => Err(format!(
            "editors are told what another version knows: `promptreg init --schemas` writes {} anew",
            stale.join(", ")
        )),
    };
    Some(("schemas", found))
}
