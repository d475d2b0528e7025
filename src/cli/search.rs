//! `promptreg search`: the prompts that people look for by their words.

use super::{Outcome, error::Failure, reading::Reading, terminal::Terminal};
use crate::{
    app::HitItem,
    domain::{CollectionPath, Handle, LabelName, Listing, PromptStatus, TagName, harmless},
    search::{Question, Snippet},
};
use std::io::{self, Write};

/// Find prompts by their words
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  promptreg search refund customer\n  promptreg search '\"support ticket\" -email'\n  \
    promptreg search 'summar*' --tag support --json\n\n\
    All words must be there, in any case and without accents: in what a prompt is called, what is said of it, the\n\
    names of its variables, or its messages. \"Words in quotes\" follow each other, wor* begins a word, -word is not\n\
    there. Slips of the fingers are forgiven where nothing else is found. The exit code is 1 where nothing is."
)]
pub(super) struct Arguments {
    /// Words, "a phrase", wor*, -without
    #[arg(required = true)]
    text: Vec<String>,
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
    /// Only prompts that this user answers for
    #[arg(long)]
    owner: Option<Handle>,
    /// Only archived prompts
    #[arg(long)]
    archived: bool,
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

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let current = arguments.reading.searchable(terminal)?;
    let question = Question {
        text: arguments.text.join(" "),
        listing: Listing {
            collection: arguments.collection.clone(),
            tag: arguments.tag.clone(),
            label: arguments.label.clone(),
            owner: arguments.owner.clone(),
            status: arguments.archived.then_some(PromptStatus::Archived),
            ..Listing::default()
        },
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
            writeln!(terminal.aside(), "nothing is found; fewer words find more, and --all-versions looks further")?
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
