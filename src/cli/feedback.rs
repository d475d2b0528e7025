//! `promptreg feedback`: how the versions of a prompt do, and what people say of them.

use super::{
    Outcome,
    audit::beginning,
    database::DatabaseFlag,
    error::Failure,
    moment::Moment,
    serve::run_to_end,
    settings::{Keeping, RegistryFlag},
    terminal::Terminal,
    usage::{open, with_records},
};
use crate::{
    app::{self, App, FeedbackAsked, FeedbackItem, Page, QualityAsked, QualityReport, VersionQuality},
    domain::{PromptName, Semver, clean},
};
use serde::Serialize;
use std::io::{self, Write};

/// Say how the versions of a prompt do: ratings, comments, and how executions ended
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  promptreg feedback summarize-ticket\n  \
    promptreg feedback summarize-ticket --since '30 days ago' --json\n  \
    promptreg feedback summarize-ticket --comments --of 1.1.0 --rating 1\n\n\
    A line for each version: the mean of its ratings, how often each of them was given from 1 to 5, how many there are, the \
    change against the version before it, and how many of its executions ended well.\n\n\
    It asks the database, not a server: name it with --database where it is not the embedded one. Programs report with POST \
    /v1/feedback and POST /v1/executions. Days are those of UTC.")]
pub(super) struct Arguments {
    /// The prompt
    prompt: PromptName,
    /// Since when: 2026-11-22, "90 days ago" [default: since the beginning]
    #[arg(long, value_name = "TIME", value_parser = beginning, conflicts_with = "comments")]
    since: Option<Moment>,
    /// Up to when [default: now]
    #[arg(long, value_name = "TIME", conflicts_with = "comments")]
    until: Option<Moment>,
    /// List what was said, the newest first
    #[arg(long)]
    comments: bool,
    /// List only what was said of this version
    #[arg(long, value_name = "NUMBER", requires = "comments")]
    of: Option<Semver>,
    /// List only what came with this rating
    #[arg(long, value_name = "1-5", requires = "comments", value_parser = clap::value_parser!(i64).range(1..=5))]
    rating: Option<i64>,
    /// How many are listed at most
    #[arg(long, value_name = "N", default_value_t = 20, requires = "comments", value_parser = clap::value_parser!(u16).range(1..=500))]
    limit: u16,
    /// Print JSON, as the routes /v1/prompts/NAME/quality and /v1/feedback answer it
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    registry: RegistryFlag,
    #[command(flatten)]
    keeping: Keeping,
    #[command(flatten)]
    database: DatabaseFlag,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let time = |field, time: Option<Moment>| time.map(|time| app::time(field, &time.to_string())).transpose();
    let asked = QualityAsked { from: time("since", arguments.since)?, to: time("until", arguments.until)? };
    let waiting = terminal.waiting("reading the registry");
    let (app, url) = open(&arguments.registry, &arguments.keeping, &arguments.database)?;
    drop(waiting);
    run_to_end(async {
        with_records(&app, &url).await?;
        if arguments.comments {
            let page = comments(&app, arguments).await?;
            show(&page, page.items.is_empty(), arguments.json, terminal, |out| list(&page.items, out))
        } else {
            let report = app.quality(&arguments.prompt, asked).await?;
            let is_empty = report.items.iter().all(|item| item.feedback_count == 0 && ended(item) == 0);
            show(&report, is_empty, arguments.json, terminal, |out| print(&report, out))
        }
    })
}

async fn comments(app: &App, arguments: &Arguments) -> Result<Page<FeedbackItem>, Failure> {
    let asked = FeedbackAsked {
        prompt: Some(arguments.prompt.clone()),
        version: arguments.of.clone(),
        rating: arguments.rating,
        cursor: None,
        limit: arguments.limit.into(),
    };
    Ok(app.feedback(asked).await?)
}

/// Prints an answer as JSON, or for people.
fn show(
    answer: &impl Serialize,
    is_empty: bool,
    as_json: bool,
    terminal: &mut Terminal,
    print: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<Outcome, Failure> {
    if as_json {
        terminal.json(answer)?;
    } else {
        print(terminal.out())?;
    }
    if is_empty {
        writeln!(terminal.aside(), "nothing was reported")?;
    }
    Ok(if is_empty { Outcome::Findings } else { Outcome::Clean })
}

/// A line for each version, in columns.
fn print(report: &QualityReport, out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<[String; 6]> = report.items.iter().map(columns).collect();
    let mut widths = [0; 6];
    for row in &rows {
        for (width, column) in widths.iter_mut().zip(row) {
            *width = column.chars().count().max(*width);
        }
    }
    for row in &rows {
        let columns = row.iter().zip(widths).filter(|(_, width)| *width > 0);
        let line: Vec<String> = columns.map(|(column, width)| format!("{column:<width$}")).collect();
        writeln!(out, "{}", line.join("  ").trim_end())?;
    }
    Ok(())
}

fn columns(item: &VersionQuality) -> [String; 6] {
    let change = |better: &app::Better| format!("{:+.2} against {}", better.rating_mean_change, better.version);
    [
        item.version.clone(),
        item.rating_mean.map_or_else(|| "-".to_owned(), |mean| format!("{mean:.2}")),
        spread(item),
        counted(item.rating_count, "rating"),
        item.against.as_ref().map(change).unwrap_or_default(),
        well(item),
    ]
}

/// How often each rating was given, from 1 to 5, a bar each.
fn spread(item: &VersionQuality) -> String {
    const BARS: [&str; 9] = ["·", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
    let most = item.ratings.values().copied().max().unwrap_or_default();
    let bar = |count: &u64| {
        // What was given at all is seen.
        let eighths = (count.saturating_mul(8)).checked_div(most).unwrap_or_default().max(u64::from(*count > 0));
        usize::try_from(eighths).ok().and_then(|index| BARS.get(index)).copied().unwrap_or_default()
    };
    item.ratings.values().map(bar).collect()
}

fn well(item: &VersionQuality) -> String {
    let all = ended(item);
    if all == 0 {
        return String::new();
    }
    // In tenths of a percent, cut off: 100 % is said only where all of them did.
    let well = u128::from(item.executions.success) * 1_000 / u128::from(all);
    format!("{}.{}% of {} ended well", well / 10, well % 10, counted(all, "execution"))
}

fn ended(item: &VersionQuality) -> u64 {
    item.executions.success + item.executions.error + item.executions.timeout
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// What was said, with the comment on lines of its own.
fn list(items: &[FeedbackItem], out: &mut dyn Write) -> io::Result<()> {
    for item in items {
        let stars: String = (1..=5).map(|star| if item.rating >= Some(star) { '★' } else { '☆' }).collect();
        let rating = if item.rating.is_some() { &stars } else { "-----" };
        let time = item.created_at.strftime("%Y-%m-%d %H:%M");
        let user = item.user.iter().map(|user| format!("  {}", clean(user)));
        let tags = item.tags.iter().map(|tag| format!("  #{}", clean(tag)));
        writeln!(out, "{time}  {}  {rating}{}", item.version, user.chain(tags).collect::<String>())?;
        for line in item.comment.iter().flat_map(|comment| comment.lines()) {
            writeln!(out, "    {}", clean(line))?;
        }
    }
    Ok(())
}
