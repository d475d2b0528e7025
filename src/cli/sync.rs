//! `promptreg sync`: reads what the default branch serves, once, and says what is held back.

use super::{Outcome, error::Failure, settings::RegistryFlag, terminal::Terminal};
use crate::app::{App, Complaint, Overview};
use std::io::{self, Write};

/// Read the default branch once, and say what it serves, what is held back and what is wrong
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  promptreg sync\n  promptreg sync --registry /srv/prompts.git --json")]
pub(super) struct Arguments {
    #[command(flatten)]
    registry: RegistryFlag,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let waiting = terminal.waiting("reading the repository");
    let app = App::open(&arguments.registry.repository()?)?;
    drop(waiting);
    let overview = app.overview()?;
    if arguments.json {
        terminal.json(&overview)?;
    } else {
        print(&overview, terminal.out())?;
    }
    Ok(if overview.status.quarantined.is_empty() { Outcome::Clean } else { Outcome::Findings })
}

fn print(overview: &Overview, out: &mut impl Write) -> io::Result<()> {
    let commit = overview.commit.as_deref().unwrap_or("none");
    let short = commit.get(..12).unwrap_or(commit);
    let (prompts, versions) = (overview.prompts, overview.versions);
    writeln!(out, "{} at {short} serves {prompts} prompts in {versions} versions", overview.branch)?;
    for held in &overview.status.quarantined {
        let instead = match &held.served_from {
            Some(commit) => format!("what {} brought is served instead", commit.get(..12).unwrap_or(commit)),
            None => "nothing is served instead".to_owned(),
        };
        writeln!(out, "held back: {} ({instead})", held.path)?;
        for complaint in &held.diagnostics {
            writeln!(out, "  {}", line(complaint))?;
        }
    }
    Ok(())
}

fn line(complaint: &Complaint) -> String {
    let place = complaint.line.zip(complaint.column).map(|(line, column)| format!(":{line}:{column}"));
    format!("{}{}: {}", complaint.path, place.unwrap_or_default(), complaint.message)
}
