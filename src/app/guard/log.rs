//! The branch with the decisions: it may only grow, and only by decisions that are signed and belong here.

use super::{Moved, Ruling};
use crate::{
    app::Error,
    domain::{DECISIONS, Decision, NAMESPACE, Settings},
    git::{self, DecisionLog, LoggedFile, Mark, Repository},
};
use std::collections::BTreeMap;

/// The most decisions of one push: the keys of all of them are found.
const MOST: usize = 10_000;

/// The decisions that a push adds, each with the path of its file; what else it does to their branch is refused.
///
/// # Errors
/// Where Git fails.
pub(super) fn added(
    repository: &Repository,
    moved: &Moved,
    ruling: &mut Ruling,
) -> Result<Vec<(String, Decision)>, Error> {
    let kept = "decisions are kept for good: fetch it and add to it, as `promptreg approve` does";
    let Some(new) = moved.new else {
        ruling.refuse(DECISIONS, "the branch with the decisions may not be deleted", kept);
        return Ok(Vec::new());
    };
    let since = moved.old.map(|commit| Mark { commit, place: 0 });
    let log = match repository.decisions(new, since) {
        Ok(log) => log,
        Err(git::Error::Rewritten { .. }) => {
            ruling.refuse(DECISIONS, "it was rewritten: what is pushed does not come after what is there", kept);
            return Ok(Vec::new());
        }
        Err(error) => return Err(error.into()),
    };
    if let Some((commit, reason)) = &log.broken {
        ruling.refuse(DECISIONS, format!("commit {commit} does more than add decisions: {reason}"), kept);
        return Ok(Vec::new());
    }
    Ok(sound(log, ruling))
}

/// The decisions that are whole and signed; the others are refused.
fn sound(log: DecisionLog, ruling: &mut Ruling) -> Vec<(String, Decision)> {
    let help = "`promptreg submit`, `approve`, `reject` and `withdraw` write and sign such files";
    for (path, reason) in log.faults {
        ruling.refuse(&path, reason, help);
    }
    // One whose signature came in a later commit is there twice, and the last time counts.
    let files: BTreeMap<String, LoggedFile> = log.entries.into_iter().map(|file| (file.id.clone(), file)).collect();
    let has_come = |path: &String| path.rsplit('/').next().is_some_and(|id| files.contains_key(id));
    for path in log.alone.iter().filter(|path| !has_come(path)) {
        ruling.refuse(&format!("{path}.sig"), "there is no decision beside it that it could sign", help);
    }
    if files.len() > MOST {
        let message = format!("it adds {} decisions, and {MOST} are the most at once", files.len());
        ruling.refuse(DECISIONS, message, "push them in parts");
        return Vec::new();
    }
    let mut decisions = Vec::new();
    for (id, file) in files {
        let path = format!("decisions/{}/{id}.json", id.get(..2).unwrap_or_default());
        match read(&file) {
            Ok(decision) => decisions.push((path, decision)),
            Err(reason) => ruling.refuse(&path, reason, help),
        }
    }
    decisions
}

fn read(file: &LoggedFile) -> Result<Decision, String> {
    let decision = Decision::read(&file.json)?;
    let signature = file.signature.as_ref().ok_or("it is not signed: there is no .sig beside it")?;
    let signed = git::signed_by(&file.json, signature, NAMESPACE);
    signed.map_err(|error| format!("its signature does not hold: {error}"))?;
    Ok(decision)
}

/// Refuses decisions of another registry.
pub(super) fn belong(
    decisions: &[(String, Decision)],
    settings: Option<&Settings>,
    default: &str,
    ruling: &mut Ruling,
) {
    let Some(settings) = settings else {
        if !decisions.is_empty() {
            let message = format!("there is no registry on `{default}` that decisions could belong to");
            ruling.refuse(DECISIONS, message, format!("push `{default}` first, or with it"));
        }
        return;
    };
    for (path, decision) in decisions.iter().filter(|(_, decision)| decision.registry != settings.registry.id) {
        let message = format!("it was decided on another registry, {}", decision.registry);
        ruling.refuse(path, message, "decide in a clone of this registry");
    }
}
