//! `promptreg blame`: with which version each line of a version came.

use super::{
    Outcome,
    error::Failure,
    log::{cut, short},
    reading::Reading,
    terminal::Terminal,
};
use crate::{
    app::{self, Blame, Origin},
    domain::{Selector, clean},
};
use std::io::{self, Write};

/// How many characters of a value are shown.
const VALUE: usize = 100;

/// Say with which version each line of a version came, when, and who wrote it
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  promptreg blame summarize-ticket\n  promptreg blame summarize-ticket@1.2.0 --json\n  \
    promptreg blame summarize-ticket@1.3.0 --work-tree"
)]
pub(super) struct Arguments {
    /// NAME, NAME@1.2.0, NAME@^1, NAME:LABEL or NAME#sha256:…
    selector: Selector,
    #[command(flatten)]
    reading: Reading,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let current = arguments.reading.state(terminal)?;
    let blame = app::blame(&current, &arguments.selector.clone().into())?;
    if arguments.json {
        terminal.json(&blame)?;
    } else {
        print(&blame, terminal.out())?;
    }
    if !blame.is_complete {
        writeln!(terminal.aside(), "there is too much to compare: some lines may be older than is said")?;
    }
    Ok(Outcome::Clean)
}

fn print(blame: &Blame, out: &mut impl Write) -> io::Result<()> {
    let origins: Vec<[String; 4]> = blame.origins.iter().map(columns).collect();
    let width = |column: usize| origins.iter().map(|origin| origin[column].chars().count()).max().unwrap_or_default();
    let (version, commit, date, who) = (width(0), width(1), width(2), width(3));
    let margins: Vec<String> = origins
        .iter()
        .map(|[own_version, own_commit, own_date, own_who]| {
            format!("{own_version:version$}  {own_commit:commit$}  {own_date:date$}  {own_who:who$}")
        })
        .collect();
    let margin = |origin: usize| margins.get(origin).map_or("", String::as_str);
    for turn in &blame.messages {
        let head = turn.role.map(str::to_owned).or_else(|| turn.placeholder.as_deref().map(clean)).unwrap_or_default();
        let caller = if turn.role.is_none() { ": the caller's own messages" } else { "" };
        writeln!(out, "\u{1b}[2m{}\u{1b}[0m ── {head}{caller}", margin(turn.origin))?;
        for line in &turn.lines {
            let text = clean(&line.text);
            writeln!(
                out,
                "\u{1b}[2m{}\u{1b}[0m │{}{text}",
                margin(line.origin),
                if text.is_empty() { "" } else { " " }
            )?;
        }
    }
    for key in &blame.keys {
        let value = cut(&clean(&key.value.to_string()), VALUE);
        writeln!(out, "\u{1b}[2m{}\u{1b}[0m ── {}: {value}", margin(key.origin), key.key)?;
    }
    Ok(())
}

/// The version, the commit, the day and the person.
fn columns(origin: &Origin) -> [String; 4] {
    let arrival = &origin.arrival;
    let commit = arrival.commit.as_deref().map_or_else(|| origin.status.as_str(), short);
    let date = arrival.created_at.as_deref().map(|time| time.get(..10).unwrap_or(time));
    let who = arrival.created_by.as_deref().map(clean);
    [origin.version.to_string(), commit.to_owned(), date.unwrap_or_default().to_owned(), who.unwrap_or_default()]
}
