//! `promptreg log`: what happened to a prompt, or to the registry, as it was served.

use super::{
    Outcome,
    error::Failure,
    settings::{Keeping, RegistryFlag},
    terminal::Terminal,
};
use crate::{
    app::{self, App, Happened, Lived, What, Window},
    domain::{CollectionPath, LabelName, PromptName, clean},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
};

/// How many letters of a commit's id are shown.
pub(super) const SHORT: usize = 9;

/// How many events of one commit are told one by one where the whole registry is meant.
const FOLDED: usize = 12;

/// Say what happened to a prompt, or to the registry, as it was served
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  promptreg log\n  promptreg log summarize-ticket\n  \
    promptreg log summarize-ticket --label production    what was live when\n  \
    promptreg log summarize-ticket --json --limit 1000\n\n\
    The newest comes first. What never reached callers, because it was broken, is left out, and of a commit \
    that did much the registry's log has one line; --json has all. `promptreg show NAME --at TIME` \
    shows what was live at a time.")]
pub(super) struct Arguments {
    /// The prompt; the whole registry where none is named
    name: Option<PromptName>,
    #[command(flatten)]
    registry: RegistryFlag,
    #[command(flatten)]
    keeping: Keeping,
    /// Which version this label handed out, from when until when
    #[arg(long, requires = "name")]
    label: Option<LabelName>,
    /// The most that is printed
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let waiting = terminal.waiting("reading the history");
    let app = arguments.registry.open(&arguments.keeping)?;
    let most = usize::try_from(arguments.limit).unwrap_or(usize::MAX);
    let limit = if arguments.label.is_some() { usize::MAX } else { most };
    let mut is_found = true;
    let (events, mut is_more) = events(&app, arguments.name.as_ref(), limit)?;
    drop(waiting);
    if let Some(label) = &arguments.label {
        let mut lived = app::lived(&events, label);
        is_more = lived.len() > most;
        is_found = !lived.is_empty();
        if lived.is_empty() {
            writeln!(terminal.aside(), "no version was ever handed out as `{label}`")?;
        }
        // What is older than what is shown may still have been live before.
        let older = lived.split_off(most.min(lived.len()));
        if arguments.json { terminal.json(&lived)? } else { print_lived(&lived, &older, terminal.out())? }
    } else if arguments.json {
        terminal.json(&events)?;
    } else {
        print(&events, arguments.name.is_none(), is_more, terminal.out())?;
    }
    if is_more {
        writeln!(terminal.aside(), "older ones are left out: --limit says how many are shown")?;
    }
    Ok(if is_found { Outcome::Clean } else { Outcome::Findings })
}

/// The newest events, and whether there are more.
fn events(app: &App, name: Option<&PromptName>, limit: usize) -> Result<(Vec<Happened>, bool), Failure> {
    let current = app.current();
    let (mut events, mut cursor) = (Vec::new(), None);
    loop {
        let left = limit.saturating_sub(events.len());
        let window = Window { label: None, limit: left.clamp(1, app::PAGE), cursor };
        let page = app.history(&current, name, &window)?;
        events.extend(page.items.into_iter().take(left));
        cursor = page.next_cursor;
        if cursor.is_none() || events.len() >= limit {
            return Ok((events, cursor.is_some()));
        }
    }
}

/// Prints a line for each event; of a commit that did much in the registry, one line for all of them.
fn print(events: &[Happened], with_names: bool, is_more: bool, out: &mut impl Write) -> io::Result<()> {
    let mut rows: Vec<(&Happened, String, String)> = Vec::new();
    let mut rest = events;
    while let Some(first) = rest.first() {
        let (commit, older) = rest.split_at(rest.iter().take_while(|event| event.commit == first.commit).count());
        if with_names && commit.len() > FOLDED {
            rows.push((first, who(first), folded(commit, is_more && older.is_empty())));
        } else {
            rows.extend(commit.iter().map(|event| (event, who(event), what(event, with_names))));
        }
        rest = older;
    }
    let width = rows.iter().map(|(_, who, _)| who.chars().count()).max().unwrap_or_default();
    for (event, who, what) in &rows {
        let (time, commit) = (event.approved_at.as_deref().unwrap_or("-"), short(&event.commit));
        writeln!(out, "\u{1b}[2m{time:20}  {commit}\u{1b}[0m  {who:width$}  {what}")?;
    }
    Ok(())
}

/// What one commit did, counted: `55 changes: 3 users, 8 roles, 5 prompts`.
fn folded(commit: &[Happened], is_cut: bool) -> String {
    let mut names: BTreeMap<&str, BTreeSet<Option<&str>>> = BTreeMap::new();
    for event in commit {
        names.entry(event.kind).or_default().insert(event.name.as_deref());
    }
    let counts = names.iter().map(|(kind, names)| match (names.len(), kind.strip_suffix('y')) {
        // There is one `registry.toml` and one `tags.yaml`.
        _ if names.contains(&None) => (*kind).to_owned(),
        (1, _) => format!("1 {kind}"),
        (many, Some(stem)) => format!("{many} {stem}ies"),
        (many, None) => format!("{many} {kind}s"),
    });
    let counts: Vec<String> = counts.collect();
    format!("{}{} changes: {}", commit.len(), if is_cut { " or more" } else { "" }, counts.join(", "))
}

fn print_lived(lived: &[Lived], older: &[Lived], out: &mut impl Write) -> io::Result<()> {
    let rows: Vec<(String, String)> =
        lived.iter().map(|one| (one.version.to_string(), clean(&one.approved_by))).collect();
    let first = rows.iter().map(|(version, _)| version.chars().count()).max().unwrap_or_default();
    let second = rows.iter().map(|(_, who)| who.chars().count()).max().unwrap_or_default();
    for (place, (one, (version, who))) in lived.iter().zip(&rows).enumerate() {
        let (from, until) = (one.from.as_deref().unwrap_or("-"), one.until.as_deref().unwrap_or("now"));
        let mut notes = Vec::new();
        if lived.iter().skip(place + 1).chain(older).any(|before| before.version == one.version) {
            notes.push("live again".to_owned());
        }
        match one.ended {
            None | Some("moved") => {}
            Some("label_removed") => notes.push("until the label was removed".to_owned()),
            Some("removed") => notes.push("until the prompt was removed".to_owned()),
            Some(why) => notes.push(format!("until it was {why}")),
        }
        let line = format!(
            "{version:first$}  {from:20} – {until:20}  {}  {who:second$}  {}",
            short(&one.commit),
            notes.join(", ")
        );
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

pub(super) fn short(commit: &str) -> &str {
    commit.get(..SHORT).unwrap_or(commit)
}

fn who(event: &Happened) -> String {
    let (author, by) = (clean(&event.created_by), clean(&event.approved_by));
    if author == by { author } else { format!("{author} (approved by {by})") }
}

fn what(event: &Happened, with_name: bool) -> String {
    let what = clean(&told(&event.what)).replace('\n', " ");
    match (&event.name, with_name) {
        (_, false) => what,
        (Some(name), true) => format!("{} {name}: {what}", event.kind),
        (None, true) => format!("{}: {what}", event.kind),
    }
}

fn told(what: &What) -> String {
    let of =
        |collection: &Option<CollectionPath>| collection.as_ref().map(|path| format!(" in {path}")).unwrap_or_default();
    match what {
        What::Added { collection } => format!("added{}", of(collection)),
        What::Removed => "removed".to_owned(),
        What::Restored { collection } => format!("back{}", of(collection)),
        What::Arrived { version, version_number, notes, .. } => {
            let notes = notes.as_deref().and_then(|notes| notes.lines().next());
            let notes = notes.map(|notes| format!(": {}", cut(notes, 60))).unwrap_or_default();
            format!("{version} arrived ({}){notes}", ordinal(*version_number))
        }
        What::Moved { from, to } => match (from, to) {
            (Some(from), Some(to)) => format!("moved from {from} to {to}"),
            (Some(from), None) => format!("moved out of {from}"),
            (None, Some(to)) => format!("moved to {to}"),
            (None, None) => "moved".to_owned(),
        },
        What::LabelSet { label, to } => format!("{label} → {to}"),
        What::LabelMoved { label, from, to } => format!("{label} {from} → {to}"),
        What::LabelRemoved { label, from } => format!("{label} removed, it was {from}"),
        What::Deprecated { version, reason } => format!("{version} deprecated: {reason}"),
        What::Yanked { version, reason } => format!("{version} yanked: {reason}"),
        What::Revoked { version, reason } => format!("{version} revoked: {reason}"),
        What::TakenBack { version, state } => format!("{version} no longer {}", state.as_str()),
        What::Archived => "archived".to_owned(),
        What::Reactivated => "active again".to_owned(),
        What::AliasAdded { alias } => format!("answers to {alias}"),
        What::AliasRemoved { alias } => format!("no longer answers to {alias}"),
        What::Changed { keys, .. } if keys.is_empty() => "changed".to_owned(),
        What::Changed { keys, .. } => format!("{} changed", keys.join(", ")),
    }
}

/// A text cut to so many characters.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most - 1).chain(['…']).collect() }
}

fn ordinal(number: u32) -> String {
    let end = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{end} version")
}
