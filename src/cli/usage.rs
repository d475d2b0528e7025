//! `promptreg usage`: how often prompts were used, as a chart.

use super::{
    Outcome,
    audit::beginning,
    database::{self, DatabaseFlag},
    error::Failure,
    moment::Moment,
    serve::run_to_end,
    settings::{Keeping, RegistryFlag, ServerFile},
    terminal::Terminal,
};
use crate::{
    app::{self, App, Bucket, Group, Keep, Records, UsageAsked, UsageBucket, UsageReport, Used},
    domain::{PromptName, clean},
};
use std::{
    collections::BTreeMap,
    io::{self, Write},
};

/// How many columns a chart has where nobody says how wide the terminal is, and at most.
const WIDTH: usize = 80;
const WIDEST: usize = 120;

/// How many prompts are listed where none is named.
const MOST: usize = 20;

/// Say how often prompts were used, with a chart
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  promptreg usage                                      what was used most in the last 30 days\n  \
    promptreg usage summarize-ticket                     by day\n  \
    promptreg usage summarize-ticket --by version\n  \
    promptreg usage summarize-ticket --bucket month --since 2026-01-01 --json\n\n\
    It asks the database, not a server: name it with --database where it is not the embedded one. Programs tell of their usage \
    with POST /v1/usage, or with the header Promptreg-Client when they fetch. Days are those of UTC."
)]
pub(super) struct Arguments {
    /// The prompt; all of them where none is named
    prompt: Option<PromptName>,
    /// Since when: 2026-11-22, "2026-11-22 14:02", "90 days ago" [default: 30 days ago]
    #[arg(long, value_name = "TIME", value_parser = beginning)]
    since: Option<Moment>,
    /// Up to when [default: now]
    #[arg(long, value_name = "TIME")]
    until: Option<Moment>,
    /// How long a bucket is
    #[arg(long, default_value = "day", value_name = "TIME")]
    bucket: Length,
    /// Tell usage apart
    #[arg(long, value_name = "WHAT", requires = "prompt")]
    by: Option<By>,
    /// Print JSON, as the route /v1/prompts/NAME/usage answers it
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    registry: RegistryFlag,
    #[command(flatten)]
    keeping: Keeping,
    #[command(flatten)]
    database: DatabaseFlag,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Length {
    Hour,
    Day,
    Week,
    Month,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum By {
    Version,
    Client,
    Project,
    User,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let time = |field, time: Option<Moment>| time.map(|time| app::time(field, &time.to_string())).transpose();
    let asked = UsageAsked {
        from: time("since", arguments.since)?,
        to: time("until", arguments.until)?,
        bucket: match arguments.bucket {
            Length::Hour => Bucket::Hour,
            Length::Day => Bucket::Day,
            Length::Week => Bucket::Week,
            Length::Month => Bucket::Month,
        },
        group: arguments.by.map(|by| match by {
            By::Version => Group::Version,
            By::Client => Group::Client,
            By::Project => Group::Project,
            By::User => Group::User,
        }),
    };
    let waiting = terminal.waiting("reading the registry");
    let (app, url) = open(&arguments.registry, &arguments.keeping, &arguments.database)?;
    drop(waiting);
    run_to_end(async {
        with_records(&app, &url).await?;
        let width = terminal.width().unwrap_or(WIDTH).min(WIDEST);
        match &arguments.prompt {
            Some(prompt) => {
                let report = app.usage(prompt, asked).await?;
                if arguments.json {
                    terminal.json(&report)?
                } else {
                    chart(&report, arguments.bucket, width, terminal.out())?
                }
                Ok(if report.total == 0 { Outcome::Findings } else { Outcome::Clean })
            }
            None => {
                let most = app.most_used(asked, MOST).await?;
                if arguments.json {
                    terminal.json(&most)?
                } else {
                    list(&most, width, terminal.out())?
                }
                if most.is_empty() {
                    writeln!(terminal.aside(), "nothing was used in that time")?;
                }
                Ok(if most.is_empty() { Outcome::Findings } else { Outcome::Clean })
            }
        }
    })
}

/// Opens a registry, and says where its records are.
pub(super) fn open(
    registry: &RegistryFlag,
    keeping: &Keeping,
    database: &DatabaseFlag,
) -> Result<(App, String), Failure> {
    let file = ServerFile::read(None)?;
    let opening = registry.opening(&file, keeping, false)?;
    let url = database.url(&file, opening.data.as_deref()).ok_or_else(|| {
        let what = "nothing is recorded here yet: `promptreg serve` keeps records, or name a database with --database";
        Failure::Usage(what.to_owned())
    })?;
    Ok((App::open_with(opening, &|_| ())?, url))
}

/// Reaches the records of a registry, for a verb that asks once; within a runtime.
pub(super) async fn with_records(app: &App, url: &str) -> Result<(), Failure> {
    app.keep_records(Records::new(Keep { engine: database::open(url)?, days: None, tokens: None }));
    Ok(app.reach_records().await?)
}

/// A bar for each prompt.
fn list(most: &[Used], width: usize, out: &mut impl Write) -> io::Result<()> {
    let top = most.first().map_or(0, |used| used.count);
    let names = most.iter().map(|used| used.name.chars().count()).max().unwrap_or_default();
    let room = width.saturating_sub(names + digits(top) + 3);
    for Used { name, count } in most {
        writeln!(out, "{name:<names$} {count:>digits$} {}", bar(*count, top, room), digits = digits(top))?;
    }
    Ok(())
}

/// A bar for each bucket; where usage is told apart, one for each value, with its course.
fn chart(report: &UsageReport, length: Length, width: usize, out: &mut impl Write) -> io::Result<()> {
    let values: BTreeMap<&str, Vec<&UsageBucket>> = report.buckets.iter().fold(BTreeMap::new(), |mut all, bucket| {
        all.entry(value(bucket)).or_insert_with(Vec::new).push(bucket);
        all
    });
    match values.iter().next() {
        Some((name, buckets)) if values.len() == 1 && name.is_empty() && is_plain(buckets) => {
            let most = buckets.iter().map(|bucket| bucket.count).max().unwrap_or_default();
            for bucket in buckets {
                let from = short(&bucket.from, length);
                let room = width.saturating_sub(from.len() + digits(most) + 3);
                let line = format!(
                    "{from} {:>digits$} {}",
                    bucket.count,
                    bar(bucket.count, most, room),
                    digits = digits(most)
                );
                writeln!(out, "{}", line.trim_end())?;
            }
        }
        _ => {
            let name = |name: &str| if name.is_empty() { "(none)".to_owned() } else { clean(name) };
            let sums =
                values.iter().map(|(value, buckets)| (name(value), buckets.iter().map(|bucket| bucket.count).sum()));
            let mut sums: Vec<Used> = sums.map(|(name, count)| Used { name, count }).collect();
            sums.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
            list(&sums, width, out)?;
        }
    }
    writeln!(out, "{} in all", report.total)
}

/// Whether nothing is told apart.
fn is_plain(buckets: &[&UsageBucket]) -> bool {
    buckets.iter().all(|bucket| {
        bucket.version.is_none()
            && bucket.client_type.is_none()
            && bucket.project_key.is_none()
            && bucket.user.is_none()
    })
}

fn value(bucket: &UsageBucket) -> &str {
    let UsageBucket { version, client_type, project_key, user, .. } = bucket;
    [version, client_type, project_key, user].into_iter().flatten().next().map_or("", String::as_str)
}

fn short(from: &str, length: Length) -> &str {
    let bytes = if matches!(length, Length::Hour) { 16 } else { 10 };
    from.get(..bytes).unwrap_or(from)
}

fn digits(count: u64) -> usize {
    count.to_string().len()
}

/// A bar of eighths of a column.
fn bar(count: u64, most: u64, room: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = count.saturating_mul(room as u64 * 8).checked_div(most).unwrap_or_default().max(u64::from(count > 0));
    let full = usize::try_from(eighths / 8).unwrap_or_default();
    let part = PARTS.get(usize::try_from(eighths % 8).unwrap_or_default()).copied().unwrap_or_default();
    format!("{}{part}", "█".repeat(full))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_counts() {
        let bars: Vec<String> = [0, 1, 50, 75, 100].map(|count| bar(count, 100, 4)).into();
        assert_eq!(bars, ["", "▏", "██", "███", "████"]);
    }
}
