//! `promptreg search`: the prompts that people look for by their words.

use super::{Outcome, error::Failure, listing::Filters, reading::Reading, terminal::Terminal};
use crate::{
    app::HitItem,
    domain::{LabelName, harmless},
    search::{Question, Snippet},
};
use std::{
    ffi::OsString,
    io::{self, Write},
};

/// Find prompts by their words
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  promptreg search refund customer\n  promptreg search '\"support ticket\" -email'\n  \
    promptreg search 'summar*' --tag support --json\n\n\
    All words must be there, in any case and without accents: in what a prompt is called, what is said of it, the \
    names of its variables, or its messages. \"Words in quotes\" follow each other, wor* begins a word, -word is not \
    there. Slips of the fingers are forgiven where nothing else is found. The exit code is 1 where nothing is."
)]
pub(super) struct Arguments {
    /// Words, "a phrase", wor*, -without
    #[arg(required = true)]
    text: Vec<String>,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    filters: Filters,
    /// Also versions that no label points to and that are not the newest
    #[arg(long)]
    all_versions: bool,
    /// The most hits
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=500))]
    limit: u16,
    /// Print what the HTTP search answers
    #[arg(long)]
    json: bool,
}

/// The arguments of a process with the words of a search that begin with a dash (`-without`) moved behind `--`, where they
/// are not taken for flags. There are no flags of one letter but `-h` and `-V`.
pub(super) fn with_words_last(mut arguments: Vec<OsString>) -> Vec<OsString> {
    if arguments.get(1).is_none_or(|verb| verb != "search") || arguments.iter().any(|argument| argument == "--") {
        return arguments;
    }
    let is_word = |argument: &mut OsString| {
        let text = argument.to_string_lossy();
        text.len() > 1 && text.starts_with('-') && !text.starts_with("--") && !["-h", "-V"].contains(&&*text)
    };
    let words: Vec<OsString> = arguments.extract_if(.., is_word).collect();
    if !words.is_empty() {
        arguments.push("--".into());
        arguments.extend(words);
    }
    arguments
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let current = arguments.reading.searchable(terminal)?;
    let question = Question {
        text: arguments.text.join(" "),
        listing: arguments.filters.listing(&current)?,
        all_versions: arguments.all_versions,
        limit: usize::from(arguments.limit),
        offset: 0,
        facets: arguments.json,
    };
    let found = current.search(&question)?;
    let hits = current.hits(&found, 0);
    let outcome = if hits.items.is_empty() { Outcome::Findings } else { Outcome::Clean };
    if arguments.json {
        terminal.json(&hits)?;
        return Ok(outcome);
    }
    if hits.corrected {
        writeln!(terminal.aside(), "nothing is spelled just so; this comes near:")?;
    }
    let default = current.registry.default_label();
    for hit in &hits.items {
        print(hit, &default, terminal.out())?;
    }
    match (hits.items.len(), hits.total) {
        (0, _) => {
            let otherwise = || "nothing is found: fewer words find more, and --all-versions looks further".to_owned();
            writeln!(terminal.aside(), "{}", arguments.filters.unknown(&current.registry).unwrap_or_else(otherwise))?
        }
        (shown, total) if shown < total => {
            let more = if hits.at_least { "at least " } else { "" };
            writeln!(terminal.aside(), "{shown} of {more}{total}; --limit shows more")?;
        }
        _ => {}
    }
    Ok(outcome)
}

fn print(hit: &HitItem<'_>, default: &LabelName, out: &mut impl Write) -> io::Result<()> {
    let title: String = hit.title().chars().map(harmless).collect();
    writeln!(out, "{}", format!("\u{1b}[1m{}\u{1b}[0m  {title}", hit.selector(default)).trim_end())?;
    // What it is called was said already.
    for snippet in hit.snippets().iter().filter(|snippet| snippet.field != "display_name") {
        writeln!(out, "    {}", marked(snippet))?;
    }
    Ok(())
}

/// The text of a snippet with what matches in bold.
fn marked(snippet: &Snippet) -> String {
    let mut text = String::new();
    let plain = |from: usize, to: usize, text: &mut String| {
        text.extend(snippet.text.get(from..to).unwrap_or_default().chars().map(harmless));
    };
    let mut from = 0;
    for mark in &snippet.marks {
        plain(from, mark.start, &mut text);
        text.push_str("\u{1b}[1m");
        plain(mark.start, mark.end, &mut text);
        text.push_str("\u{1b}[0m");
        from = mark.end;
    }
    plain(from, snippet.text.len(), &mut text);
    text
}
