//! `promptreg guard`: the pre-receive hook of a plain Git server.

use super::{
    Outcome,
    error::Failure,
    settings::{ServerFile, TrustFlag, data_beside, variable},
    terminal::Terminal,
};
use crate::{
    app::{self, Incoming, Objection, Ruling},
    domain::clean,
    git::CommitId,
};
use std::{
    io::{self, Read as _, Write},
    path::{Path, PathBuf},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

/// How long a push may be judged.
const TIME: Duration = Duration::from_secs(300);
/// The most bytes that are read of what Git says of a push.
const BYTES: u64 = (4 << 20) + 1;
/// The most lines of each kind that whoever pushes is told.
const LINES: usize = 20;

/// Judge a push before it lands: the pre-receive hook of a plain Git server
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  promptreg guard --install /srv/git/prompts.git --trust-root $(git -C /srv/git/prompts.git rev-parse main)\n\n\
    As a hook it reads `OLD NEW REF` lines from standard input, and refuses what the default branch would take in without being covered, or in a rewritten history, and what does anything to promptreg/log but add signed decisions. Other branches and tags are free. Exit code 1 where something is refused; where it cannot judge, nothing is accepted either."
)]
pub(super) struct Arguments {
    /// Write the hook into a repository on this machine, the one around the current folder where none is named
    #[arg(long, value_name = "REPO", num_args = 0..=1, default_missing_value = ".")]
    install: Option<PathBuf>,
    #[command(flatten)]
    trust: TrustFlag,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    if let Some(repository) = &arguments.install {
        return install(repository, arguments.trust.root(&ServerFile::read(None)?)?, terminal);
    }
    let judged = arguments.trust.root(&ServerFile::default()).and_then(judged);
    let aside = terminal.aside();
    match judged {
        Ok(ruling) => {
            tell(&ruling, aside)?;
            Ok(if ruling.refused.is_empty() { Outcome::Clean } else { Outcome::Findings })
        }
        Err(failure) => {
            writeln!(aside, "promptreg could not judge this push, so nothing of it is accepted")?;
            Err(failure)
        }
    }
}

fn install(repository: &Path, trust_root: Option<CommitId>, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let program = std::env::current_exe().map_err(|source| Failure::Read { path: "promptreg".to_owned(), source })?;
    let path = app::install(repository, &program, trust_root)?;
    // Also makes the folder for what makes the next time fast.
    data_beside(repository, true);
    writeln!(terminal.out(), "{} judges every push from now on; to undo it, remove that file", path.display())?;
    Ok(Outcome::Clean)
}

/// Judges the push that this process was started for.
fn judged(trust_root: Option<CommitId>) -> Result<Ruling, Failure> {
    let mut lines = Vec::new();
    io::stdin().lock().take(BYTES).read_to_end(&mut lines)?;
    let repository = PathBuf::from(variable("GIT_DIR").unwrap_or_else(|| ".".into()));
    let incoming =
        Incoming { data: data_beside(&repository, false), quarantine: quarantine()?, trust_root, repository };
    let (done, ended) = mpsc::channel();
    thread::spawn(move || done.send(app::guard(&incoming, &lines)));
    let why = match ended.recv_timeout(TIME) {
        Ok(ruling) => return Ok(ruling?),
        Err(RecvTimeoutError::Timeout) => {
            format!("it took more than {} seconds: push less at once", TIME.as_secs())
        }
        Err(RecvTimeoutError::Disconnected) => "judging it broke off: tell whoever runs this server".to_owned(),
    };
    Err(app::Error::Refused(why).into())
}

/// The folder that the objects of the push wait in; none where they lie among the others already.
fn quarantine() -> Result<Option<PathBuf>, Failure> {
    let named = variable("GIT_QUARANTINE_PATH").or_else(|| variable("GIT_OBJECT_DIRECTORY"));
    let whole = named.map(|path| {
        let failed = |source| Failure::Read { path: path.to_string_lossy().into_owned(), source };
        std::path::absolute(&path).map_err(failed)
    });
    whole.transpose()
}

/// One line for each file or branch, and below those that it holds for what to do about them.
fn tell(ruling: &Ruling, out: &mut impl Write) -> io::Result<()> {
    let Ruling { refused, noted } = ruling;
    if !noted.is_empty() {
        writeln!(out, "promptreg: this will not be served as it is:")?;
        list(noted, out)?;
    }
    if !refused.is_empty() {
        writeln!(out, "promptreg: refused, nothing of this push has landed:")?;
        list(refused, out)?;
    }
    Ok(())
}

fn list(objections: &[Objection], out: &mut impl Write) -> io::Result<()> {
    let mut told = objections.iter().take(LINES).peekable();
    while let Some(objection) = told.next() {
        writeln!(out, "  {}: {}", line(&objection.place), line(&objection.message))?;
        let is_last = told.peek().is_none_or(|next| next.help != objection.help);
        if let Some(help) = objection.help.as_deref().filter(|_| is_last) {
            writeln!(out, "    {}", line(help))?;
        }
    }
    if objections.len() > LINES {
        writeln!(out, "  and {} more", objections.len() - LINES)?;
    }
    Ok(())
}

/// A text on one line, without what would steer a terminal.
fn line(text: &str) -> String {
    clean(text).replace('\n', " ").chars().take(500).collect()
}
