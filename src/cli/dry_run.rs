//! Prints what a run would do.

use super::{Outcome, error::Failure, render::text_of, terminal::Terminal};
use crate::app::{DryRun, DryState, DryStep};
use std::io::{self, Write};

/// Prints the steps with what they would ask; one that would fail is a finding.
pub(super) fn print(dry: &DryRun, is_json: bool, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    if is_json {
        terminal.json(dry)?;
    } else {
        for (place, step) in dry.steps.iter().enumerate() {
            if place > 0 {
                writeln!(terminal.out())?;
            }
            told(step, terminal.out())?;
        }
    }
    let is_sound = dry.steps.iter().all(|step| step.state != DryState::Failed);
    Ok(if is_sound { Outcome::Clean } else { Outcome::Findings })
}

fn told(step: &DryStep, out: &mut impl Write) -> io::Result<()> {
    let models: Vec<&str> = step.models.iter().map(|model| model.as_str()).collect();
    writeln!(out, "\u{1b}[1m{}\u{1b}[0m  {}@{}  {}", step.id, step.prompt, step.version, models.join(", "))?;
    match step.state {
        DryState::Depends => writeln!(out, "depends on what steps before it answer"),
        DryState::Skipped => writeln!(out, "skipped, since its `when` is nothing"),
        DryState::Failed => writeln!(out, "would fail: {}", step.error.as_deref().unwrap_or_default()),
        DryState::Rendered => {
            for message in step.messages.iter().flatten() {
                writeln!(out, "\u{1b}[2m── {}\u{1b}[0m\n{}", message.role, text_of(&message.content))?;
            }
            Ok(())
        }
    }
}
