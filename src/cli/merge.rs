//! `promptreg merge`: brings an approved proposal to the default branch.

use super::{Outcome, at_desk::AtDesk, error::Failure, terminal::Terminal};
use std::io::Write as _;

/// Merge an approved proposal into the default branch
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  promptreg merge shorter\n\n\
    A commit with two parents is made and pushed; your work tree stays as it is. Its message repeats the approvals for \
    people; nothing is ever read back out of it. Where the branch moved meanwhile, all is judged and merged again.")]
pub(super) struct Arguments {
    /// The proposal: its branch
    proposal: String,
    #[command(flatten)]
    desk: AtDesk,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let desk = arguments.desk.open(terminal)?;
    let landed = desk.merge(&arguments.proposal)?;
    let branch = desk.app().branch();
    let commit = landed.commit.to_string();
    let out = terminal.out();
    writeln!(out, "`{}` is merged into `{branch}` as {}", arguments.proposal, &commit[..9])?;
    let versions = landed.proposal.files.iter().filter_map(|file| Some((file.name.as_ref()?, file.version.as_ref()?)));
    let versions: Vec<_> = versions.collect();
    match versions[..] {
        [] => writeln!(out, "to undo it, propose `git revert -m 1 {}`", &commit[..9])?,
        [(name, number), ..] => writeln!(
            out,
            "a version stays for good: a label is moved by `promptreg promote`, and `promptreg yank {name} {number}` takes \
             it out of use"
        )?,
    }
    Ok(Outcome::Clean)
}
