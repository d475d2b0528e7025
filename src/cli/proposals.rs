//! `promptreg proposals`: what is proposed, where it stands and what it lacks.

use super::{
    Outcome,
    at_desk::{AtDesk, print_files},
    error::Failure,
    terminal::Terminal,
};
use crate::{app::Proposal, domain::clean};
use std::io::{self, Write};

/// Say what is proposed, where it stands and what it lacks
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  promptreg proposals\n  promptreg proposals shorter          its files, and who said what\n  \
    promptreg diff --base main           what a branch changes in meaning"
)]
pub(super) struct Arguments {
    /// One proposal: its branch
    proposal: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    desk: AtDesk,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let desk = arguments.desk.open(terminal)?;
    if let Some(id) = &arguments.proposal {
        let proposal = desk.app().proposal(id)?;
        if arguments.json {
            terminal.json(&proposal)?
        } else {
            print(&proposal, terminal.out())?
        }
        return Ok(Outcome::Clean);
    }
    let proposals = desk.app().proposals()?;
    if arguments.json {
        terminal.json(&proposals)?;
        return Ok(Outcome::Clean);
    }
    for proposal in &proposals {
        let count = proposal.files.len() + proposal.more_files;
        let files = if count == 1 { "file" } else { "files" };
        let by = proposal.authors.join(", ");
        let title = clean(&proposal.title);
        writeln!(terminal.out(), "{:<16} {}  {count} {files} by {by}: {title}", proposal.state.as_str(), proposal.id)?;
    }
    match desk.app().branches_left_out()? {
        0 => {}
        more => writeln!(terminal.aside(), "{more} more branches are not looked at: name the one you mean")?,
    }
    if proposals.is_empty() {
        writeln!(terminal.aside(), "nothing is proposed: no other branch changes files of the registry")?;
    }
    Ok(Outcome::Clean)
}

fn print(proposal: &Proposal, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{} is {}: {}", proposal.id, proposal.state.as_str(), clean(&proposal.title))?;
    let head = proposal.head.to_string();
    writeln!(out, "  at {} by {}", &head[..9], proposal.authors.join(", "))?;
    if !proposal.reviewers.is_empty() {
        let reviewers: Vec<String> = proposal.reviewers.iter().map(ToString::to_string).collect();
        writeln!(out, "  asked to look: {}", reviewers.join(", "))?;
    }
    print_files(&proposal.files, out)?;
    if proposal.more_files > 0 {
        writeln!(out, "  and {} more files: so many cannot be approved or merged at once", proposal.more_files)?;
    }
    let mut said: Vec<String> = Vec::new();
    for one in proposal.files.iter().flat_map(|file| file.decisions.iter().chain(&file.overlooked)) {
        let why = one.overlooked.map_or_else(String::new, |why| format!(" (does not count: {} {why})", one.by));
        let comment = one.comment.as_deref().map_or_else(String::new, |text| format!(": {}", clean(text)));
        let line = format!("  {} {} {}{why}{comment}", one.at, one.by, one.decision);
        if !said.contains(&line) {
            said.push(line);
        }
    }
    said.sort();
    said.iter().try_for_each(|line| writeln!(out, "{line}"))
}
