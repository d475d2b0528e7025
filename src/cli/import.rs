//! `promptreg import`: prompts in other formats to files of the registry.

use super::{Outcome, error::Failure, settings::RegistryFlag, terminal::Terminal};
use crate::{
    app::{self, Done, Import, ImportedFile},
    domain::{CollectionPath, LabelName},
    files::import::Format,
};
use std::{io::Write, path::PathBuf};

/// Import prompts in other formats
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Formats: text (.txt, .md), csv (act,prompt), github-models (.prompt.yml), dotprompt (.prompt), \
    prompty (.prompty)\n\nExamples:\n  promptreg import text ~/prompts --collection legacy --label production\n  \
    promptreg import dotprompt prompts/ --template\n\n\
    Text is taken literally unless --template is given, and nothing in it is run. The same import again changes nothing. \
    A prompt is named after its path below the folder that is imported; where two files of a folder give one name, the \
    second in the order of their paths gets a number behind it. A name that another collection has is a conflict."
)]
pub(super) struct Arguments {
    /// The format
    format: Format,
    /// Files and folders
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// The collection of new prompts
    #[arg(long)]
    collection: Option<CollectionPath>,
    /// A label for new prompts, such as production
    #[arg(long)]
    label: Option<LabelName>,
    /// Take texts as templates: braces are variables
    #[arg(long)]
    template: bool,
    /// Print a report per file as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    registry: RegistryFlag,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let root = arguments.registry.root()?;
    let waiting = terminal.waiting("importing");
    let loaded = app::load_folder(&root)?;
    let what = Import {
        format: arguments.format,
        collection: arguments.collection.clone(),
        label: arguments.label.clone(),
        literal: !arguments.template,
    };
    let (mut taken, mut reports) = (app::Taken::new(), Vec::new());
    let bases = arguments.paths.iter().enumerate().filter(|(i, base)| !arguments.paths[..*i].contains(base));
    for (_, base) in bases {
        for path in app::import_sources(arguments.format, base)? {
            reports.extend(app::import_file(&root, &loaded, &what, (base, &path), &mut taken)?);
        }
    }
    drop(waiting);
    if reports.is_empty() {
        let ends = arguments.format.extensions().join(", ");
        return Err(Failure::Usage(format!("no file of this format was found; their names end in {ends}")));
    }
    if arguments.json {
        terminal.json(&reports)?;
    } else {
        print(&reports, terminal.out())?;
        if arguments.label.is_none() && reports.iter().any(|report| report.done == Done::Created) {
            writeln!(terminal.aside(), "new prompts have no label, so they are fetched by number only: see --label")?;
        }
    }
    let failed = reports.iter().any(|report| report.done == Done::Failed);
    Ok(if failed { Outcome::Findings } else { Outcome::Clean })
}

fn print(reports: &[ImportedFile], out: &mut impl Write) -> std::io::Result<()> {
    for report in reports {
        let place = report.name.as_ref().zip(report.version.as_ref());
        let place = place.map_or_else(String::new, |(name, version)| format!(" → {name}@{version}"));
        if report.done == Done::Failed || !report.lost.is_empty() {
            writeln!(out, "{}{place}", report.source)?;
        }
        for lost in &report.lost {
            writeln!(out, "  {lost}")?;
        }
    }
    let count = |done| reports.iter().filter(|report| report.done == done).count();
    writeln!(
        out,
        "{} created, {} updated, {} unchanged, {} failed",
        count(Done::Created),
        count(Done::Updated),
        count(Done::Unchanged),
        count(Done::Failed)
    )
}
