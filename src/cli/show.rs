//! `promptreg show`: one version, as a fetch answers it.

use super::{Outcome, database::DatabaseFlag, error::Failure, reading::Reading, terminal::Terminal};
use crate::domain::{Selector, clean};
use serde_json::Value;
use std::io::{self, Write};

/// Show one version of a prompt
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  promptreg show summarize-ticket\n  promptreg show summarize-ticket:staging --json\n  \
    promptreg show summarize-ticket@^1\n  promptreg show summarize-ticket@1.2.0 --work-tree\n  \
    promptreg show summarize-ticket --at 14:02          what was live then"
)]
pub(super) struct Arguments {
    /// NAME, NAME@1.2.0, NAME@^1, NAME:LABEL or NAME#sha256:…
    selector: Selector,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    database: DatabaseFlag,
    /// Print what the HTTP fetch answers
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let current = arguments.reading.pinned(&arguments.database, terminal)?;
    let answer = current.fetch(&arguments.selector.clone().into())?;
    let value: Value = serde_json::from_slice(&answer.body()).map_err(io::Error::other)?;
    if arguments.json {
        terminal.json(&value)?;
    } else {
        print(&value, terminal.out())?;
    }
    Ok(Outcome::Clean)
}

fn print(version: &Value, out: &mut impl Write) -> io::Result<()> {
    let text = |key: &str| version[key].as_str().unwrap_or_default();
    writeln!(out, "\u{1b}[1m{}@{}\u{1b}[0m  {}", text("name"), text("version"), text("display_name"))?;
    let pairs = [
        ("status", text("status").to_owned()),
        ("notice", text("deprecated").to_owned()),
        ("label", text("label").to_owned()),
        ("pinned", pinned(&version["pinned"])),
        ("owner", text("owner").to_owned()),
        ("written", by(text("created_by"), text("created_at"))),
        ("approved", by(text("approved_by"), text("approved_at"))),
        ("digest", text("digest").to_owned()),
    ];
    for (key, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
        writeln!(out, "{key:9} {value}")?;
    }
    for variable in version["variables"].as_array().into_iter().flatten() {
        let need = if variable["required"] == true { "required" } else { "optional" };
        let kind = variable["type"].as_str().unwrap_or("any");
        writeln!(out, "variable  {} ({kind}, {need})", variable["name"].as_str().unwrap_or_default())?;
    }
    for turn in version["messages"].as_array().into_iter().flatten() {
        match turn["placeholder"].as_str() {
            Some(name) => writeln!(out, "\n\u{1b}[2m── {name}: the caller's own messages\u{1b}[0m")?,
            None => {
                writeln!(out, "\n\u{1b}[2m── {}\u{1b}[0m", turn["role"].as_str().unwrap_or_default())?;
                writeln!(out, "{}", turn["content"].as_str().unwrap_or_default().trim_end_matches('\n'))?;
            }
        }
    }
    Ok(())
}

fn pinned(pin: &Value) -> String {
    let text = |key: &str| clean(pin[key].as_str().unwrap_or_default());
    if pin.is_null() {
        return String::new();
    }
    format!("by {} until {}: {}", text("by"), text("until"), text("reason"))
}

fn by(who: &str, when: &str) -> String {
    if who.is_empty() { String::new() } else { format!("by {who} at {when}") }
}
