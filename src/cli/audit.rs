//! `promptreg audit`: who did what, as the database keeps it, or as Git tells.

mod chain;

use super::{
    Outcome,
    database::DatabaseFlag,
    error::Failure,
    log::{cut, short},
    moment::Moment,
    serve::run_to_end,
    settings::{Keeping, RegistryFlag, ServerFile},
    terminal::Terminal,
    usage::with_records,
};
use crate::{
    app::{self, App, Audited, Search},
    domain::clean,
};
use serde_json::Value;
use std::{
    io::{self, Write},
    path::PathBuf,
    sync::Arc,
};

/// The most characters of a detail, and of the name of who did it.
const LONG: usize = 60;
const WHO: usize = 24;

/// Say who did what: decisions, landings, what each landing did, and what was done besides
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  promptreg audit\n  promptreg audit --entity summarize-ticket\n  \
    promptreg audit --actor cleo --action approve --since 2026-11-01\n  \
    promptreg audit --verify                  follows the chain of hashes in the database\n  \
    promptreg audit --export > audit.jsonl    with the hashes\n  \
    promptreg audit --verify --file audit.jsonl\n\n\
    The newest comes first. It asks no server: where records are kept in a database (--database, or the embedded one of `promptreg \
    serve`), it reads them there, with what no commit tells (tokens, sign-ins, refused accesses). Else it is made from the default branch and the \
    branch that keeps decisions, so that any clone tells the same, with the same ids.\n\n\
    In the database each row has a hash over itself and the hash of the one before. --verify finds rows that were changed, removed \
    or moved; keep the hash that it prints elsewhere, and give it as --expect later, to find out that all of it was replaced.")]
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
    /// Follow the chain of hashes, and say what is wrong with it
    #[arg(long, conflicts_with = "export")]
    verify: bool,
    /// A hash that has to be in the chain: one that was printed before
    #[arg(long, value_name = "HASH", requires = "verify")]
    expect: Option<String>,
    /// Verify what was exported, and no database
    #[arg(long, value_name = "FILE", requires = "verify")]
    file: Option<PathBuf>,
    /// Print all rows of the database with their hashes, oldest first, as JSON lines
    #[arg(long)]
    export: bool,
    #[command(flatten)]
    registry: RegistryFlag,
    #[command(flatten)]
    keeping: Keeping,
    #[command(flatten)]
    database: DatabaseFlag,
}

/// A time; of a day, its beginning.
pub(super) fn beginning(text: &str) -> Result<Moment, String> {
    let is_day = text.trim().parse::<jiff::civil::Date>().is_ok();
    if is_day && !text.contains(':') { format!("{} 00:00", text.trim()).parse() } else { text.parse() }
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let waiting = terminal.waiting("reading the history");
    let file = ServerFile::read(None)?;
    let opening = arguments.registry.opening(&file, &arguments.keeping, false)?;
    let url = arguments.database.kept(&file, opening.data.as_deref());
    let app = Arc::new(App::open_with(opening, &|_| ())?);
    if arguments.verify || arguments.export {
        drop(waiting);
        let expect = arguments.expect.as_deref().map(hash).transpose()?;
        let expect = expect.as_deref();
        let tenant = app.tenant()?;
        if let Some(path) = &arguments.file {
            return chain::verify_file(path, tenant, expect, terminal);
        }
        let url = url.ok_or_else(|| Failure::Usage("there is no database: name one with --database".to_owned()))?;
        return run_to_end(async {
            with_records(&app, &url).await?;
            app.audit_git(app.records()?).await?;
            if arguments.export {
                chain::export(&app, terminal).await
            } else {
                chain::verify(&app, expect, terminal).await
            }
        });
    }
    let (rows, is_more) = match url {
        Some(url) => run_to_end(async {
            with_records(&app, &url).await?;
            app.audit_git(app.records()?).await?;
            let search = Search { limit: usize::try_from(arguments.limit).unwrap_or(usize::MAX), ..search(arguments)? };
            let page = app.kept_audit(&search).await?;
            Ok((page.items, page.next_cursor.is_some()))
        })?,
        None => rows(&app, arguments)?,
    };
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

/// What is asked for.
fn search(arguments: &Arguments) -> Result<Search, Failure> {
    let time = |field, time: Option<Moment>| time.map(|time| app::seconds(field, &time.to_string())).transpose();
    Ok(Search {
        actor: arguments.actor.clone(),
        entity: arguments.entity.clone(),
        action: arguments.action.clone(),
        since: time("since", arguments.since)?,
        until: time("until", arguments.until)?,
        ..Search::default()
    })
}

/// The newest rows, and whether there are more.
fn rows(app: &App, arguments: &Arguments) -> Result<(Vec<Audited>, bool), Failure> {
    let most = usize::try_from(arguments.limit).unwrap_or(usize::MAX);
    let mut search = search(arguments)?;
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

/// A hash as it is printed.
fn hash(said: &str) -> Result<String, Failure> {
    let said = said.to_ascii_lowercase();
    let is_one = said.len() == 64 && said.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_one.then_some(said).ok_or_else(|| Failure::Usage("--expect takes the 64 digits of a hash".to_owned()))
}
