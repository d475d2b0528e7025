//! The guard: what a plain Git server refuses of a push before it lands, and why.

mod default_branch;
mod hook;
mod log;
mod moved;

pub use self::hook::install;

use self::moved::Moved;
use super::{Error, branch, cursor::Cursor};
use crate::{
    domain::DECISIONS,
    git::{CommitId, Program, Repository},
};
use std::{collections::BTreeMap, path::PathBuf};

/// A push that waits for its judgement.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// The repository that is pushed to.
    pub repository: PathBuf,
    /// The folder that its objects wait in; none where they lie among the others already.
    pub quarantine: Option<PathBuf>,
    /// The folder for what makes the next time fast. Nothing of what is being pushed is kept there.
    pub data: Option<PathBuf>,
    /// The commit that the default branch has to have been through; none where its first one is trusted whatever it is.
    pub trust_root: Option<CommitId>,
}

/// What is said of a push. It may land where nothing is refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ruling {
    /// Why it may not land.
    pub refused: Vec<Objection>,
    /// What may land and will not be served as it is.
    pub noted: Vec<Objection>,
}

/// What is said of one file or ref of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// The path of the file, or the name of the branch. Whoever pushes chose it.
    pub place: String,
    /// What is wrong with it, without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Ruling {
    fn refuse(&mut self, place: &str, message: impl Into<String>, help: impl Into<String>) {
        let (place, message) = (place.to_owned(), message.into());
        self.refused.push(Objection { place, message, help: Some(help.into()) });
    }
}

/// Judges a push by the lines that Git tells a pre-receive hook, `OLD NEW REF` each: what it would land on the default
/// branch has to pass the same gate as when it is served, with the decisions that are pushed along; the branch with the
/// decisions may only grow by decisions; other branches and tags are free. Nothing is written to the repository.
///
/// Where only other branches are pushed, or decisions, the cost follows the push; for the default branch it follows the
/// registry.
///
/// # Errors
/// Where the lines are no push, there is no repository, or Git fails: then nothing may land.
pub fn guard(incoming: &Incoming, lines: &[u8]) -> Result<Ruling, Error> {
    let program = Program { quarantine: incoming.quarantine.clone(), ..Program::default() };
    let before = Repository::open_with(&incoming.repository, program.clone())?;
    let moved = moved::read(lines, &before)?;
    let mut ruling = Ruling::default();
    moved.iter().for_each(|(name, own)| refuse_by_name(name, own, &mut ruling));
    let log = format!("refs/heads/{DECISIONS}");
    let decisions = moved.get(&log).map(|own| log::added(&before, own, &mut ruling)).transpose()?;
    // The default branch is judged by what the log will say, and by what it says now where that is refused.
    let is_fine = ruling.refused.is_empty();
    let kept = moved.iter().filter(|(name, _)| is_fine || **name != log);
    let expected: BTreeMap<_, _> = kept.map(|(name, own)| (name.clone(), own.new)).collect();
    let after = Repository::open_with(&incoming.repository, program)?.expecting(expected);
    let Some(default) = default(incoming, &before, &after, &mut ruling)? else { return Ok(ruling) };
    if let Some(own) = moved.get(&format!("refs/heads/{default}")) {
        default_branch::judge(incoming, &after, (&default, own), &mut ruling)?;
    }
    if let Some(decisions) = decisions {
        log::belong(&decisions, branch::settings(&after, &default)?.as_deref(), &default, &mut ruling);
    }
    Ok(ruling)
}

/// Refuses what would be taken for the server's own word, and a branch beside which there could be none with decisions.
fn refuse_by_name(name: &str, moved: &Moved, ruling: &mut Ruling) {
    let is_beside = name == "refs/heads/promptreg" || name.starts_with(&format!("refs/heads/{DECISIONS}/"));
    if is_beside && moved.new.is_some() {
        let message = format!("beside it there could be no branch {DECISIONS}");
        ruling.refuse(name, message, "give it another name");
    }
    let own = ["refs/promptreg/", "refs/remotes/origin/"].into_iter().find(|own| name.starts_with(own));
    if let Some(own) = own {
        let help = "push branches, as `git push origin BRANCH` does; no `--mirror` of a clone";
        ruling.refuse(name, format!("{own} is where this server itself notes what it knows"), help);
    }
}

/// The default branch, before and after the push; none where the push would make it another one.
fn default(
    incoming: &Incoming,
    before: &Repository,
    after: &Repository,
    ruling: &mut Ruling,
) -> Result<Option<String>, Error> {
    let served = Cursor::within(incoming.data.clone()).last().map(|(branch, _)| branch);
    let known = served.map_or_else(|| branch::default_branch(before), Ok);
    let now = match &known {
        Ok(known) => known.clone(),
        Err(_) => branch::first(before)?,
    };
    let is_empty = before.tip(&now)?.is_none();
    let help = "no push changes which branch counts: whoever runs the server does, without this hook";
    match branch::default_branch(after) {
        // Of an empty repository the first push says it.
        Ok(then) if is_empty => Ok(Some(then)),
        // A default branch that goes away is refused with more words.
        Ok(then) if then != now && after.tip(&now)?.is_some() && known.is_ok() => {
            ruling.refuse(
                &then,
                format!("with this push it would be the default branch, in the place of `{now}`"),
                help,
            );
            Ok(None)
        }
        Err(Error::Refused(reason)) if known.is_ok() => {
            ruling.refuse(&now, reason, help);
            Ok(None)
        }
        Err(error) if known.is_ok() => Err(error),
        _ => Ok(Some(now)),
    }
}
