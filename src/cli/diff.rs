//! `promptreg diff`: what changed in meaning, and whom it reaches.

use super::{Outcome, error::Failure, reading::Reading, terminal::Terminal};
use crate::{
    app,
    diff::{self, Paint, Subject},
    domain::{PromptName, nearest},
};
use std::io::Write as _;

/// Say what changed in meaning, and whom it reaches
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "promptreg diff [OPTIONS] <NAME> <FROM> <TO>\n       promptreg diff [OPTIONS] --base <REF>",
    after_help = "Examples:\n  promptreg diff summarize-ticket 1.1.0 1.2.0\n  \
    promptreg diff summarize-ticket production staging\n  \
    promptreg diff summarize-ticket 1.2.0 1.3.0 --work-tree\n  \
    promptreg diff --base main        the whole change, committed or not\n  \
    promptreg diff --base origin/main --format markdown    for a pull request\n\n\
    Tokens are estimates. The exit code is 0 whatever changed: `promptreg lint` is what judges."
)]
pub(super) struct Arguments {
    /// The prompt
    #[arg(required_unless_present = "base", requires = "from")]
    name: Option<PromptName>,
    /// The old version: a number or a label
    #[arg(requires = "to")]
    from: Option<String>,
    /// The new version: a number or a label
    to: Option<String>,
    #[command(flatten)]
    reading: Reading,
    /// Compare the folder as it lies with where it and REF went their ways
    #[arg(long, value_name = "REF", conflicts_with_all = ["name", "ref", "at", "work_tree"])]
    base: Option<String>,
    /// How it is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people: side by side where the terminal is wide enough
    #[default]
    Human,
    /// One JSON object
    Json,
    /// For a comment on a pull request: no longer than forges take
    Markdown,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let (subject, command) = subject(arguments, terminal)?;
    match if arguments.json { Format::Json } else { arguments.format } {
        Format::Json => terminal.json(&subject)?,
        Format::Markdown => terminal.out().write_all(diff::markdown(&subject, &command).as_bytes())?,
        Format::Human => {
            let width = terminal.width();
            let paint = Paint { color: terminal.has_colours(), width, side_by_side: width.is_some() };
            terminal.out().write_all(diff::human(&subject, &paint).as_bytes())?;
        }
    }
    Ok(Outcome::Clean)
}

/// What is compared, and the command that prints all of it.
fn subject(arguments: &Arguments, terminal: &Terminal) -> Result<(Subject, String), Failure> {
    if let Some(base) = &arguments.base {
        let root = arguments.reading.root()?;
        let _waiting = terminal.waiting("comparing");
        let diff = app::compare_change(&root, base)?;
        return Ok((Subject::Change(diff), format!("promptreg diff --base {base}")));
    }
    let (Some(name), Some(from), Some(to)) = (&arguments.name, &arguments.from, &arguments.to) else {
        return Err(Failure::Usage("name a prompt and two of its versions, or a branch with --base".to_owned()));
    };
    let current = arguments.reading.state(terminal)?;
    let names = current.registry.listed().map(|folder| folder.name.as_str());
    if current.registry.prompt(name).is_err()
        && let Some(near) = nearest(name.as_str(), names)
    {
        return Err(Failure::Usage(format!("there is no prompt `{name}`: did you mean `{near}`?")));
    }
    let comparison = app::compare_versions(&current, name, (from, to), ("FROM", "TO"))?;
    Ok((Subject::Versions(Box::new(comparison)), format!("promptreg diff {name} {from} {to}")))
}
