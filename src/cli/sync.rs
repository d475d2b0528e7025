//! `promptreg sync`: reads what the default branch serves, once, and says what is held back.

use super::{
    Outcome,
    database::DatabaseFlag,
    error::Failure,
    serve,
    settings::{self, Keeping, RegistryFlag, ServerFile},
    terminal::Terminal,
    usage::with_records,
};
use crate::app::{self, App, Complaint, How, Overview, Projection};
use std::{
    io::{self, Write},
    sync::Arc,
    time::Duration,
};

/// Read the default branch, and say what it serves and what is held back
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  promptreg sync\n  promptreg sync --registry /srv/prompts.git --json\n  \
    promptreg sync --registry https://git.example.com/prompts.git --data /srv/data\n  \
    promptreg sync --accept-rewrite 1f0c2a9e77 9b3d41c5aa    follows a new history")]
pub(super) struct Arguments {
    #[command(flatten)]
    registry: RegistryFlag,
    #[command(flatten)]
    keeping: Keeping,
    /// Go on, and log every commit that comes to be served, until Ctrl-C
    #[arg(long, conflicts_with = "json")]
    watch: bool,
    /// Forget what is kept to start fast, and read everything anew
    #[arg(long)]
    rebuild: bool,
    /// Prove that what is kept says the same as Git: read everything a second time, from nothing, and compare
    #[arg(long)]
    check: bool,
    /// Follow a default branch that was rewritten, or another one, from what is served (OLD) to where it is now (NEW). A
    /// server that runs follows at its next look, or when POST /v1/sync asks it to
    #[arg(long, num_args = 2, value_names = ["OLD", "NEW"])]
    accept_rewrite: Option<Vec<String>>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseFlag,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let file = ServerFile::read(None)?;
    let opening = arguments.registry.opening(&file, &arguments.keeping, true)?;
    if let (true, Some(data)) = (arguments.rebuild, &opening.data) {
        app::forget(data)?;
    }
    if let Some([old, new]) = arguments.accept_rewrite.as_deref() {
        app::accept_rewrite(&opening, old, new)?;
        let what = "accepted: a server on this data folder follows a rewritten branch at its next look (POST /v1/sync has it \
                    look now), and another branch after a restart";
        writeln!(terminal.aside(), "{what}")?;
    }
    let database = arguments.database.url(&file, opening.data.as_deref());
    let waiting = terminal.waiting("reading the repository");
    let app = App::open_with(opening, &|step| waiting.show(step))?;
    let app = Arc::new(app);
    let mut differs = if arguments.check { app.differs_from_git()? } else { Vec::new() };
    if let Some(url) = &database {
        differs.extend(serve::run_to_end(project(&app, url, arguments))?);
    }
    drop(waiting);
    let overview = app.overview();
    if arguments.json {
        terminal.json(&overview)?;
    } else {
        print(&overview, terminal.out())?;
    }
    for name in &differs {
        writeln!(terminal.out(), "differs from Git: {name}; `promptreg sync --rebuild` reads everything anew")?;
    }
    if arguments.check && differs.is_empty() && !arguments.json {
        writeln!(terminal.out(), "checked: all that is served and in the database is what Git says")?;
    }
    app.keep();
    if arguments.watch {
        terminal.out().flush()?;
        return watch(app, &file);
    }
    let is_clean = overview.status.quarantined.is_empty() && overview.trouble.is_none() && differs.is_empty();
    Ok(if is_clean { Outcome::Clean } else { Outcome::Findings })
}

/// Puts the rows in the database right; with `--check` says which ones are not, and leaves them.
async fn project(app: &Arc<App>, url: &str, arguments: &Arguments) -> Result<Vec<String>, Failure> {
    with_records(app, url).await?;
    let records = app.records()?;
    if arguments.check {
        let strays = app.strays(records).await?;
        return Ok(strays.iter().map(|stray| format!("{} {} {}", stray.table, stray.row, stray.what)).collect());
    }
    // The rows may be of the history that was left.
    let is_left = arguments.rebuild || arguments.accept_rewrite.is_some();
    let how = if is_left { How::All } else { How::Since };
    match app.project(records, None, how).await? {
        Projection::Done(..) => Ok(Vec::new()),
        Projection::Unknown(commit) => Ok(vec![format!(
            "the database has the rows of commit {commit}, which is not on the branch here: somebody else follows a newer or \
             another history"
        )]),
    }
}

/// Follows the repository until the process is told to stop.
fn watch(app: Arc<App>, file: &ServerFile) -> Result<Outcome, Failure> {
    serve::log(settings::log_format(None)?);
    let poll = file.poll_seconds.map_or(serve::POLL, Duration::from_secs);
    serve::run_to_end(async {
        tokio::select! {
            () = app.watch(poll) => {}
            () = serve::stopped() => {}
        }
        Ok(Outcome::Clean)
    })
}

fn print(overview: &Overview, out: &mut impl Write) -> io::Result<()> {
    let commit = overview.commit.as_deref().unwrap_or("none");
    let short = commit.get(..12).unwrap_or(commit);
    let (prompts, versions) = (overview.prompts, overview.versions);
    writeln!(out, "{} at {short} serves {prompts} prompts in {versions} versions", overview.branch)?;
    if let Some(trouble) = &overview.trouble {
        writeln!(out, "{}: {}", trouble.title(), trouble.message)?;
    }
    for held in &overview.status.quarantined {
        let instead = match &held.served_from {
            Some(commit) => format!("what {} brought is served instead", commit.get(..12).unwrap_or(commit)),
            None => "nothing is served instead".to_owned(),
        };
        writeln!(out, "held back: {} ({instead})", held.path)?;
        for complaint in &held.diagnostics {
            writeln!(out, "  {}", line(complaint))?;
        }
    }
    Ok(())
}

fn line(complaint: &Complaint) -> String {
    let place = complaint.line.zip(complaint.column).map(|(line, column)| format!(":{line}:{column}"));
    format!("{}{}: {}", complaint.path, place.unwrap_or_default(), complaint.message)
}
