//! `promptreg approve`, `reject` and `withdraw`: what a person says of a proposal.

use super::{
    Outcome,
    at_desk::{AtDesk, print_files},
    error::Failure,
    terminal::Terminal,
};
use crate::{
    app::Choice,
    domain::{Verb, VersionState},
    git::CommitId,
};
use std::io::Write as _;

/// What all three take.
#[derive(Debug, clap::Args)]
struct Common {
    /// The proposal: its branch; `promptreg proposals` lists them. The default branch means what landed there and lacks
    /// approvals
    proposal: String,
    /// Only these files or folders of it
    paths: Vec<String>,
    /// Why
    #[arg(long, short, value_name = "TEXT")]
    message: Option<String>,
    /// The commit that you looked at; nothing is decided where the branch is elsewhere by now
    #[arg(long, value_name = "COMMIT")]
    head: Option<CommitId>,
    #[command(flatten)]
    desk: AtDesk,
}

/// Approve what a proposal changes, as it is now
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  promptreg proposals shorter        look first\n  promptreg approve shorter\n  \
    promptreg approve shorter prompts/legal -m 'the legal part only'\n\n\
    The approval is signed with your SSH key and bound to these contents: what is pushed to the branch later needs \
    another one. `promptreg withdraw BRANCH` takes it back.")]
pub(super) struct Approve {
    #[command(flatten)]
    common: Common,
}

/// Reject what a proposal changes: it cannot be merged until you withdraw that, or the content changes
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  promptreg reject shorter -m 'leaks ticket ids'")]
pub(super) struct Reject {
    #[command(flatten)]
    common: Common,
}

/// Take back what you said of a proposal: a request, an approval or a rejection
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  promptreg withdraw shorter")]
pub(super) struct Withdraw {
    #[command(flatten)]
    common: Common,
}

pub(super) fn approve(arguments: &Approve, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    decide(Verb::Approve, "approves", &arguments.common, terminal)
}

pub(super) fn reject(arguments: &Reject, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    decide(Verb::Reject, "rejects", &arguments.common, terminal)
}

pub(super) fn withdraw(arguments: &Withdraw, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    decide(Verb::Withdraw, "takes back what was said of", &arguments.common, terminal)
}

fn decide(verb: Verb, does: &str, common: &Common, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let desk = common.desk.open(terminal)?;
    let decided = desk.decide(&Choice {
        verb,
        proposal: common.proposal.clone(),
        paths: common.paths.clone(),
        head: common.head,
        comment: common.message.clone(),
        reviewers: Vec::new(),
    })?;
    let (by, proposal) = (&decided.by, &common.proposal);
    let out = terminal.out();
    writeln!(out, "{by} {does} `{proposal}`:")?;
    match &decided.proposal {
        Some(proposal) => print_files(&proposal.files, out)?,
        None => decided.paths.iter().try_for_each(|path| writeln!(out, "  {:<16} {path}", "covered"))?,
    }
    for left_out in &decided.left_out {
        writeln!(out, "  left out: {}: {}", left_out.path, left_out.why)?;
    }
    match verb {
        Verb::Approve if decided.proposal.as_ref().is_some_and(|now| now.state == VersionState::Approved) => {
            writeln!(out, "it can be merged: `promptreg merge {proposal}`")?;
        }
        Verb::Approve | Verb::Reject => writeln!(out, "`promptreg withdraw {proposal}` takes it back")?,
        _ => {}
    }
    Ok(Outcome::Clean)
}
