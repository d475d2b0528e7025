//! `promptreg list`: the prompts of a registry.

use super::{Outcome, database::DatabaseFlag, error::Failure, listing::Filters, reading::Reading, terminal::Terminal};
use std::io::Write as _;

/// List prompts
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  promptreg list\n  promptreg list --collection support --json\n  \
    promptreg list --status archived --owner ana\n  \
    promptreg list --ref proposal/shorter-summary")]
pub(super) struct Arguments {
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    database: DatabaseFlag,
    #[command(flatten)]
    filters: Filters,
    /// Only prompts with this text in their name or description
    text: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let current = arguments.reading.pinned(&arguments.database, terminal)?;
    let listing = arguments.filters.listing(&current)?;
    let items = current.prompts(&listing, arguments.text.as_deref());
    if arguments.json {
        terminal.json(&items)?;
        return Ok(if items.is_empty() { Outcome::Findings } else { Outcome::Clean });
    }
    let mut rows: Vec<[String; 3]> =
        items.iter().map(|item| [item.path(), item.pointers(), item.about().to_owned()]).collect();
    rows.sort();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (first, second) = (width(0), width(1));
    for [path, labels, about] in &rows {
        writeln!(terminal.out(), "{}", format!("{path:first$}  {labels:second$}  {about}").trim_end())?;
    }
    if rows.is_empty() {
        let otherwise =
            || "no prompt fits: --work-tree lists the files as they lie, --ref those of a branch".to_owned();
        writeln!(terminal.aside(), "{}", arguments.filters.unknown(&current.registry).unwrap_or_else(otherwise))?;
        return Ok(Outcome::Findings);
    }
    Ok(Outcome::Clean)
}
