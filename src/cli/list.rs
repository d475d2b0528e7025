//! `promptreg list`: the prompts of a registry.

use super::{Outcome, error::Failure, reading::Reading, terminal::Terminal};
use crate::domain::{CollectionPath, LabelName, Listing, PromptStatus, TagName};
use std::io::Write as _;

/// List prompts
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  promptreg list\n  promptreg list --collection support --json\n  \
    promptreg list --ref proposal/shorter-summary")]
pub(super) struct Arguments {
    #[command(flatten)]
    reading: Reading,
    /// Only prompts in or below this collection
    #[arg(long)]
    collection: Option<CollectionPath>,
    /// Only prompts with this tag
    #[arg(long)]
    tag: Option<TagName>,
    /// Only prompts with this label
    #[arg(long)]
    label: Option<LabelName>,
    /// Only archived prompts
    #[arg(long)]
    archived: bool,
    /// Only prompts with this text in their name or description
    text: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let current = arguments.reading.state(terminal)?;
    let listing = Listing {
        collection: arguments.collection.clone(),
        tag: arguments.tag.clone(),
        label: arguments.label.clone(),
        status: arguments.archived.then_some(PromptStatus::Archived),
        ..Listing::default()
    };
    let items = current.prompts(&listing, arguments.text.as_deref());
    if arguments.json {
        terminal.json(&items)?;
        return Ok(Outcome::Clean);
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
        writeln!(terminal.aside(), "no prompt fits; --work-tree lists the files as they lie, --ref those of a branch")?;
    }
    Ok(Outcome::Clean)
}
