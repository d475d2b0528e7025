//! `promptreg submit`: pushes a branch and asks for its approval.

use super::{
    Outcome,
    at_desk::{AtDesk, print_files},
    error::Failure,
    terminal::Terminal,
};
use crate::{app::Submission, domain::Handle};
use std::io::Write as _;

/// Push a branch and ask for the approval of what it changes
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  git switch -c shorter && promptreg bump triage   # and edit it\n  git add prompts && git commit -m 'Shorter'\n  \
    promptreg submit -m 'Shorter answers' --reviewer cleo\n\n\
    The request is signed with your SSH key and kept on the branch promptreg/log. `promptreg withdraw BRANCH` takes it back."
)]
pub(super) struct Arguments {
    /// The branch; the one that is checked out where none is named
    branch: Option<String>,
    /// What it is about
    #[arg(long, short, value_name = "TEXT")]
    message: Option<String>,
    /// Who should look; may be given several times
    #[arg(long = "reviewer", value_name = "HANDLE")]
    reviewers: Vec<Handle>,
    #[command(flatten)]
    desk: AtDesk,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let desk = arguments.desk.open(terminal)?;
    let submitted = desk.submit(Submission {
        branch: arguments.branch.clone(),
        comment: arguments.message.clone(),
        reviewers: arguments.reviewers.clone(),
    })?;
    let (branch, by) = (&submitted.branch, &submitted.decided.by);
    let pushed = match desk.remote().filter(|_| submitted.pushed) {
        Some(remote) => format!(" (pushed to {remote})"),
        None => String::new(),
    };
    let out = terminal.out();
    writeln!(out, "{by} asks for the approval of `{branch}`{pushed}:")?;
    let files = submitted.decided.proposal.as_ref().map_or(&[][..], |proposal| &proposal.files);
    print_files(files, out)?;
    writeln!(out, "`promptreg withdraw {branch}` takes the request back")?;
    if submitted.leaves_changes {
        writeln!(out, "not submitted: what is changed or new in your work tree and in no commit; see `git status`")?;
    }
    Ok(Outcome::Clean)
}
