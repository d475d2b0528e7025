//! `promptreg verify`: proves from Git alone that all that is served was approved, and by whom.

use super::{
    Outcome,
    error::Failure,
    settings::{Keeping, RegistryFlag},
    terminal::Terminal,
};
use crate::{
    app::{self, App, Cover, Proof, Provenance},
    domain::{ApprovalMode, Selector, Which, clean},
};
use std::io::{self, Write};

/// Prove from Git alone that all that is served was approved, and by whom
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  promptreg verify                              the whole default branch\n  \
    promptreg verify summarize-ticket:production  how it came to be served\n  \
    promptreg verify --trust-root COMMIT          and that it is the history you know\n\n\
    It asks no server: any clone gives the same answer, and prints the same effective tree. Where there is a remote called \
    origin, its branches count, as they were fetched last. Exit code 1 where something on \
    the default branch is not covered, the log of decisions is not what it should be, or the branch has not been through the \
    commit that --trust-root names.\n\nWhoever can replace the whole history can make one that approves itself: name a commit that you know, and keep its id \
    outside of the repository.")]
pub(super) struct Arguments {
    /// The version to tell about: `name`, `name@1.2.0`, `name:label`
    selector: Option<Selector>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    registry: RegistryFlag,
    #[command(flatten)]
    keeping: Keeping,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let waiting = terminal.waiting("reading the history");
    let app = match arguments.registry.open_upstream(&arguments.keeping) {
        Err(Failure::App(error @ app::Error::Untrusted { .. })) => {
            drop(waiting);
            writeln!(terminal.out(), "not trusted: {error}")?;
            return Ok(Outcome::Findings);
        }
        opened => opened?,
    };
    let Some(selector) = &arguments.selector else {
        let proof = app.prove()?;
        drop(waiting);
        let is_sound = proof.uncovered.is_empty() && proof.faults.is_empty();
        if arguments.json {
            terminal.json(&proof)?
        } else {
            print(&proof, terminal.out())?
        }
        return Ok(if is_sound { Outcome::Clean } else { Outcome::Findings });
    };
    let provenance = provenance(&app, selector)?;
    drop(waiting);
    if arguments.json {
        terminal.json(&provenance)?
    } else {
        tell(&provenance, terminal.out())?
    }
    Ok(Outcome::Clean)
}

/// The chain for what a selector means now.
fn provenance(app: &App, selector: &Selector) -> Result<Provenance, Failure> {
    let current = app.current();
    let number = match &selector.which {
        Which::Exact(number) => number.clone(),
        _ => current.registry.resolve(selector).map_err(crate::app::Error::from)?.number.clone(),
    };
    Ok(app.provenance(&selector.name, &number)?)
}

fn print(proof: &Proof, out: &mut impl Write) -> io::Result<()> {
    let Proof { registry, branch, commit, effective, files, signed, .. } = proof;
    writeln!(out, "{registry}: `{branch}` at {commit}")?;
    match proof.mode {
        ApprovalMode::Merge => writeln!(out, "mode merge: being on `{branch}` is the approval")?,
        ApprovalMode::Verified => writeln!(out, "mode verified: a change counts with enough signed approvals")?,
    }
    let first = &proof.first;
    match &proof.trust_root {
        Some(root) => {
            writeln!(out, "trusted: {first}, the first commit, which {root} came after, as --trust-root wants")?
        }
        None => {
            writeln!(out, "trusted: {first}, the first commit, whatever it is: --trust-root names one that you know")?
        }
    }
    match &proof.log {
        Some(log) => writeln!(out, "decisions: promptreg/log at {log}")?,
        None => writeln!(out, "decisions: none, there is no branch promptreg/log")?,
    }
    writeln!(out, "effective tree: {effective}")?;
    writeln!(out, "{files} files may be served; {signed} of them by signed decisions")?;
    for uncovered in &proof.uncovered {
        writeln!(out, "not covered: {}: {}", uncovered.path, uncovered.message)?;
        if let Some(help) = &uncovered.help {
            writeln!(out, "  {help}")?;
        }
    }
    proof.faults.iter().try_for_each(|fault| writeln!(out, "fault: {}", clean(fault)))?;
    proof.ignored.iter().try_for_each(|file| writeln!(out, "no decision: {}", clean(file)))
}

fn tell(chain: &Provenance, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}@{} is {}", chain.name, chain.version, chain.status.as_str())?;
    if let Some(digest) = &chain.digest {
        writeln!(out, "  digest    {digest}")?;
    }
    writeln!(out, "  file      {} (blob {})", chain.path, chain.blob)?;
    writeln!(out, "  authors   {}", clean(&chain.authors.join(", ")))?;
    let at = chain.landed_at.as_deref().unwrap_or("an unknown time");
    writeln!(out, "  landed    {} by {} at {at}", chain.commit, clean(&chain.landed_by))?;
    if let Some(title) = &chain.title {
        writeln!(out, "            {}", clean(title))?;
    }
    writeln!(out, "  covered   {}", covered(chain.covered_by))?;
    for signed in &chain.decisions {
        writeln!(
            out,
            "  {:<9} {} at {}, decision {}",
            signed.said.decision.as_str(),
            signed.said.by,
            signed.said.at,
            signed.said.id
        )?;
        writeln!(out, "            signed with {}", signed.key.as_deref().unwrap_or("nothing"))?;
    }
    for said in &chain.overlooked {
        writeln!(
            out,
            "  {:<9} {} (does not count: {} {})",
            said.decision.as_str(),
            said.by,
            said.by,
            said.overlooked.unwrap_or_default()
        )?;
    }
    for (label, moved) in &chain.labels {
        writeln!(out, "  label     {label}: {} by {}, {}", moved.commit, clean(&moved.by), covered(moved.covered_by))?;
    }
    Ok(())
}

const fn covered(cover: Cover) -> &'static str {
    match cover {
        Cover::Trusted => "it was there when the registry began to be trusted",
        Cover::Merge => "being on the default branch was the approval",
        Cover::Decisions => "signed decisions",
        Cover::SignedCommit => "the commit is signed by somebody who may do that without review",
    }
}
