//! `promptreg audit`: who did what, as Git tells.

use super::{
    Outcome,
    error::Failure,
    log::{cut, short},
    moment::Moment,
    settings::{Keeping, RegistryFlag},
    terminal::Terminal,
};
use crate::{
    app::{self, App, Audited, Search},
    domain::clean,
};
use serde_json::Value;
use std::io::{self, Write};

/// The most characters of a detail, and of the name of who did it.
const LONG: usize = 60;
const WHO: usize = 24;

/// Say who did what: decisions, landings, and what each landing did
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  promptreg audit\n  promptreg audit --entity summarize-ticket\n  \
    promptreg audit --actor cleo --action approve --since 2026-11-01\n  \
    promptreg audit --json --limit 100000 > audit.json\n\n\
    The newest comes first. It asks no server: it is made from the default branch and the branch that keeps decisions, so that any \
    clone tells the same, with the same ids.")]
pub(super) struct Arguments {
    /// Only what this person did
    #[arg(long, value_name = "WHO")]
    actor: Option<String>,
    /// Only what was done to this: a prompt, `NAME@VERSION`, the name of anything else, a commit
    #[arg(long, value_name = "NAME")]
    entity: Option<String>,
    /// Only what is called so: request, approve, reject, withdraw, landed, arrived, `label_moved`, yanked, …
    #[arg(long, value_name = "WORD")]
    action: Option<String>,
    /// Only what happened then or later: 2026-11-22, "2026-11-22 14:02", "2 hours ago"
    #[arg(long, value_name = "TIME", value_parser = beginning)]
    since: Option<Moment>,
    /// Only what happened then or before
    #[arg(long, value_name = "TIME")]
    until: Option<Moment>,
    /// The most that is printed
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    registry: RegistryFlag,
    #[command(flatten)]
    keeping: Keeping,
}

/// A time; of a day, its beginning.
pub(super) fn beginning(text: &str) -> Result<Moment, String> {
    let is_day = text.trim().parse::<jiff::civil::Date>().is_ok();
    if is_day && !text.contains(':') { format!("{} 00:00", text.trim()).parse() } else { text.parse() }
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let waiting = terminal.waiting("reading the history");
    let app = arguments.registry.open(&arguments.keeping)?;
    let (rows, is_more) = rows(&app, arguments)?;
    drop(waiting);
    if arguments.json {
        terminal.json(&rows)?
    } else {
        print(&rows, terminal.out())?
    }
    if rows.is_empty() {
        writeln!(terminal.aside(), "nothing of that kind happened")?;
    }
    if is_more {
        writeln!(terminal.aside(), "older rows are left out: --limit says how many are shown")?;
    }
    Ok(if rows.is_empty() { Outcome::Findings } else { Outcome::Clean })
}

/// The newest rows, and whether there are more.
fn rows(app: &App, arguments: &Arguments) -> Result<(Vec<Audited>, bool), Failure> {
    let time = |field, time: Option<Moment>| time.map(|time| app::seconds(field, &time.to_string())).transpose();
    let most = usize::try_from(arguments.limit).unwrap_or(usize::MAX);
    let mut search = Search {
        actor: arguments.actor.clone(),
        entity: arguments.entity.clone(),
        action: arguments.action.clone(),
        since: time("since", arguments.since)?,
        until: time("until", arguments.until)?,
        ..Search::default()
    };
    let (current, mut rows) = (app.current(), Vec::new());
    loop {
        search.limit = most.saturating_sub(rows.len());
        let page = app.audit(&current, &search)?;
        rows.extend(page.items);
        search.cursor = page.next_cursor;
        if search.cursor.is_none() || rows.len() >= most {
            return Ok((rows, search.cursor.is_some()));
        }
    }
}

/// Prints a line for each row.
fn print(rows: &[Audited], out: &mut impl Write) -> io::Result<()> {
    let who = |row: &Audited| cut(&clean(&row.actor), WHO);
    let width = rows.iter().map(|row| who(row).chars().count()).max().unwrap_or_default();
    for row in rows {
        let (time, commit) = (row.at.as_deref().unwrap_or("-"), short(&row.commit));
        let entity = if row.entity_type == "commit" { short(&row.entity) } else { &row.entity };
        let what = format!("{} {} {}{}", row.action, row.entity_type, clean(entity), details(row));
        writeln!(out, "\u{1b}[2m{time:20}  {commit}\u{1b}[0m  {:width$}  {what}", who(row))?;
    }
    Ok(())
}

/// What people want to see at once of the details.
fn details(row: &Audited) -> String {
    let text = |key: &str| match row.details.get(key) {
        Some(Value::String(text)) => Some(clean(&cut(text, LONG)).replace('\n', " ")),
        Some(Value::Array(keys)) => Some(keys.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")),
        _ => None,
    };
    let mut told = String::new();
    for (key, before) in [("label", " "), ("from", " from "), ("to", " to "), ("keys", ": "), ("reason", ": ")] {
        told.extend(text(key).map(|text| format!("{before}{text}")));
    }
    told.extend(text("comment").map(|text| format!(": {text}")));
    told.extend(text("claims_to_be").map(|text| format!(" (in the name of {text}, whose key it is not)")));
    told
}
