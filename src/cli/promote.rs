//! `promptreg promote`, `deprecate`, `yank`, `revoke`, `restore` and `archive`: one commit each, at once.

use super::{Outcome, at_desk::AtDesk, error::Failure, pin::Pinning, terminal::Terminal};
use crate::{
    app::{Edit, Edited},
    domain::{LabelName, PromptName, Semver, VersionState, clean},
};
use std::io::Write as _;

/// Point a label to another approved version: a release, or a roll-back
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  promptreg promote summarize-ticket 1.2.0                 production is 1.2.0\n  \
    promptreg promote summarize-ticket 1.1.0 -m 'too long'   and back again\n  \
    promptreg promote summarize-ticket 1.3.0 --label staging\n  \
    promptreg promote summarize-ticket 1.1.0 --pin 4h --reason 'Git is down'\n  \
    promptreg promote summarize-ticket --unpin\n\n\
    It is one commit on the default branch, and needs no review: who may move a label is said in registry.toml.\n\n\
    With --pin nothing is committed: the label is held by a row in the server's database until the time is over, and the server \
    hears of it within a second. Whoever may write to that database may do it; with --server and --label a server is asked, \
    with the token in PROMPTREG_TOKEN of somebody who may move the label.")]
pub(super) struct Promote {
    /// The prompt
    name: PromptName,
    /// The version
    #[arg(value_name = "VERSION", required_unless_present = "unpin", conflicts_with = "unpin")]
    number: Option<Semver>,
    /// The label [default: the registry's default label]
    #[arg(long)]
    label: Option<LabelName>,
    /// Why
    #[arg(long, short, value_name = "TEXT")]
    message: Option<String>,
    #[command(flatten)]
    pinning: Pinning,
    #[command(flatten)]
    desk: AtDesk,
}

/// What the verbs take that change how a version stands.
#[derive(Debug, clap::Args)]
struct Standing {
    /// The prompt
    name: PromptName,
    /// The version
    #[arg(value_name = "VERSION")]
    number: Semver,
    /// Why, and what to use instead: callers read it
    #[arg(long, short, value_name = "TEXT")]
    message: String,
    #[command(flatten)]
    desk: AtDesk,
}

/// Serve a version with a notice
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  promptreg deprecate summarize-ticket 1.0.0 -m 'leaks ticket ids; use 1.1.0'")]
pub(super) struct Deprecate {
    #[command(flatten)]
    standing: Standing,
}

/// Serve a version by its exact number only
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  promptreg yank summarize-ticket 1.0.0 -m 'broken for long tickets'")]
pub(super) struct Yank {
    #[command(flatten)]
    standing: Standing,
}

/// Serve a version no more: whoever asks for it is told why
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  promptreg revoke summarize-ticket 1.0.0 -m 'has a customer name in it'")]
pub(super) struct Revoke {
    #[command(flatten)]
    standing: Standing,
}

/// Take back that a version is deprecated, yanked or revoked
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  promptreg restore summarize-ticket 1.0.0")]
pub(super) struct Restore {
    /// The prompt
    name: PromptName,
    /// The version
    #[arg(value_name = "VERSION")]
    number: Semver,
    /// Why
    #[arg(long, short, value_name = "TEXT")]
    message: Option<String>,
    #[command(flatten)]
    desk: AtDesk,
}

/// Leave a prompt out of lists; it is served on to those who name it
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  promptreg archive summarize-ticket -m 'nobody uses it'\n  \
    promptreg archive summarize-ticket --undo")]
pub(super) struct Archive {
    /// The prompt
    name: PromptName,
    /// Put it back into use
    #[arg(long)]
    undo: bool,
    /// Why
    #[arg(long, short, value_name = "TEXT")]
    message: Option<String>,
    #[command(flatten)]
    desk: AtDesk,
}

pub(super) fn promote(arguments: &Promote, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let Promote { name, number, label, message, pinning, desk } = arguments;
    if pinning.server.is_some() && !pinning.is_meant() {
        let why = "--server is for --pin and --unpin: a label that moves for good is a commit";
        return Err(Failure::Usage(why.to_owned()));
    }
    let Some(version) = number.as_ref().filter(|_| !pinning.is_meant()) else {
        return pinning.run(&desk.registry, (name, number.as_ref(), label.as_ref()), terminal);
    };
    let desk = desk.open(terminal)?;
    let label = label.clone().unwrap_or_else(|| desk.app().current().registry.default_label());
    let edited = desk.edit(name, &Edit::Label(label.clone(), version.clone()), message.as_deref())?;
    let undo = match edited.before.labels.get(&label) {
        Some(before) => format!("`promptreg promote {name} {before} --label {label}` undoes it"),
        None => {
            let known: Vec<String> = edited.before.labels.keys().map(|label| format!("`{label}`")).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            format!("`{label}` is new there; before there was {known}")
        }
    };
    done(&edited, &format!("{name}:{label} is {version}"), &undo, terminal)
}

pub(super) fn deprecate(arguments: &Deprecate, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    stand(VersionState::Deprecated, &arguments.standing, terminal)
}

pub(super) fn yank(arguments: &Yank, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    stand(VersionState::Yanked, &arguments.standing, terminal)
}

pub(super) fn revoke(arguments: &Revoke, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    stand(VersionState::Revoked, &arguments.standing, terminal)
}

pub(super) fn restore(arguments: &Restore, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let Restore { name, number: version, message, desk } = arguments;
    let edited = run(desk, name, &Edit::Restore(version.clone()), message.as_deref(), terminal)?;
    let verb = match edited.before.state(version).0 {
        VersionState::Deprecated => "deprecate",
        VersionState::Yanked => "yank",
        _ => "revoke",
    };
    let undo = format!("`promptreg {verb} {name} {version} -m '…'` undoes it");
    done(&edited, &format!("{name}@{version} is in use again"), &undo, terminal)
}

pub(super) fn archive(arguments: &Archive, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let Archive { name, undo, message, desk } = arguments;
    let edited = run(desk, name, &Edit::Archived(!undo), message.as_deref(), terminal)?;
    let (what, how) = match undo {
        true => (format!("{name} is in use again"), format!("`promptreg archive {name}` undoes it")),
        false => (format!("{name} is archived"), format!("`promptreg archive {name} --undo` undoes it")),
    };
    done(&edited, &what, &how, terminal)
}

fn stand(state: VersionState, standing: &Standing, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let Standing { name, number: version, message, desk } = standing;
    let edited = run(desk, name, &Edit::Standing(state, version.clone(), message.clone()), None, terminal)?;
    let undo = match edited.before.state(version) {
        (before @ (VersionState::Deprecated | VersionState::Yanked), reason) => {
            let verb = if before == VersionState::Deprecated { "deprecate" } else { "yank" };
            let reason = clean(reason.unwrap_or_default()).replace('\'', "’");
            format!(
                "`promptreg restore {name} {version}`, then `promptreg {verb} {name} {version} -m '{reason}'` undo it"
            )
        }
        _ => format!("`promptreg restore {name} {version}` undoes it"),
    };
    let labels = edited.before.labels.iter().filter(|(_, to)| *to == version && state != VersionState::Deprecated);
    let labels: Vec<String> = labels.map(|(label, _)| format!("`{label}`")).collect();
    let outcome = done(&edited, &format!("{name}@{version} is {}", state.as_str()), &undo, terminal)?;
    if !labels.is_empty() {
        let labels = labels.join(" and ");
        writeln!(
            terminal.out(),
            "{labels} pointed to it, and nothing is handed out there now: move it with `promptreg promote {name} VERSION`"
        )?;
    }
    Ok(outcome)
}

fn run(
    desk: &AtDesk,
    name: &PromptName,
    edit: &Edit,
    message: Option<&str>,
    terminal: &Terminal,
) -> Result<Edited, Failure> {
    Ok(desk.open(terminal)?.edit(name, edit, message)?)
}

fn done(edited: &Edited, what: &str, undo: &str, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let commit = edited.commit.to_string();
    writeln!(terminal.out(), "{what}: {} did it with commit {}", edited.by, &commit[..9])?;
    if !undo.is_empty() {
        writeln!(terminal.out(), "{undo}")?;
    }
    Ok(Outcome::Clean)
}
