//! The default branch: what a push would land there, judged by the gate that judges what is served.

use super::{Incoming, Moved, Objection, Ruling};
use crate::{
    app::{
        Error, Parsed,
        current::Current,
        effective,
        gate::Uncovered,
        held::{Back, Held, held_back},
        ledger::{Ledger, Touched, identity},
        reading::Start,
        status,
    },
    domain::{DECISIONS, Handle, Location, PromptName, Verdict},
    files::{Entity, Refusal},
    git::{CommitId, Repository},
    lint::{self, Breach},
};
use rayon::prelude::*;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Judges what a push would do to the default branch of a repository that expects it.
///
/// # Errors
/// Where Git fails.
pub(super) fn judge(
    incoming: &Incoming,
    repository: &Repository,
    (branch, moved): (&str, &Moved),
    ruling: &mut Ruling,
) -> Result<(), Error> {
    let Some(new) = moved.new else {
        ruling.refuse(branch, "the default branch may not be deleted", "delete other branches only");
        return Ok(());
    };
    if let Some(old) = moved.old
        && !repository.is_first_parent_ancestor(old, new)?
    {
        ruling.refuse(branch, rewritten(repository, old, new)?, rebase(branch));
        return Ok(());
    }
    let before = Before::read(incoming, repository, moved.old)?;
    let after = before.after(repository, new, incoming.trust_root)?;
    let mut to_be_told = BTreeSet::new();
    let unread: HashSet<&String> = after.unread.iter().map(|(path, _)| path).collect();
    for (path, back) in after.came.iter().filter(|(path, _)| !unread.contains(path)) {
        match after.objection(path, back) {
            Some(objection) => ruling.refused.push(objection),
            None => drop(to_be_told.insert(path.clone())),
        }
    }
    for (path, refusal) in &after.unread {
        match refusal {
            Refusal::Unsafe(reason) => ruling.refuse(path, *reason, "take it out of the registry's folders"),
            Refusal::Misplaced(_) => drop(to_be_told.insert(path.clone())),
        }
    }
    if let (false, Some(fault)) = (ruling.refused.is_empty(), after.ledger.decisions.faults.get(DECISIONS)) {
        let help = "approvals that came after that do not count: tell whoever runs this server";
        ruling.refuse(DECISIONS, fault.clone(), help);
    }
    if !to_be_told.is_empty() {
        ruling.noted.extend(after.notes(repository, &to_be_told)?);
    }
    Ok(())
}

/// How a branch goes on that does not go on from where it was.
fn rewritten(repository: &Repository, old: CommitId, new: CommitId) -> Result<String, Error> {
    let (short, is_behind) = (&old.to_string()[..9], repository.merge_base(old, new)? == Some(old));
    Ok(match is_behind {
        true => format!("what is there, `{short}`, was merged into what is pushed, and has to come first on its line"),
        false => format!("it does not come after what is there, `{short}`: history is never rewritten"),
    })
}

fn rebase(branch: &str) -> String {
    format!("`git fetch origin`, `git rebase origin/{branch}`, and push again")
}

/// What was there before the push.
struct Before {
    ledger: Ledger,
    touched: Touched,
    held: Held,
}

/// What will be there after it.
struct After {
    ledger: Ledger,
    /// All that was touched since the beginning.
    touched: Touched,
    /// How many commits were on the branch before.
    known: usize,
    /// The files that are held back and were not, or not so.
    came: Vec<(String, Back)>,
    /// The paths that are not read at all, and were or were not there.
    unread: Vec<(String, Refusal)>,
}

impl Before {
    fn read(incoming: &Incoming, repository: &Repository, old: Option<CommitId>) -> Result<Self, Error> {
        let Some(old) = old else {
            return Ok(Self { ledger: Ledger::default(), touched: Touched::default(), held: Held::default() });
        };
        let within = |name: &str| incoming.data.as_ref().map(|data| data.join(name));
        let parsed = within("parsed").map(|path| Parsed::open(&path, lint::SOUNDNESS));
        let start = Start {
            parsed: parsed.as_ref(),
            history: within("history"),
            trust_root: incoming.trust_root,
            progress: &|_| (),
        };
        let (mut ledger, touched) = Ledger::read(repository, old, &start)?;
        // What is on the branch already is worth keeping, whatever becomes of the push.
        let fresh = std::mem::take(&mut ledger.fresh);
        if let Some(parsed) = parsed.filter(|_| !fresh.is_empty()) {
            fresh.par_iter().for_each(|said| parsed.put(said.kind, said.blob, &said.limits, &said.entity));
            parsed.flush();
        }
        let held = held_back(&Held::default(), &ledger, &touched);
        Ok(Self { ledger, touched, held })
    }

    fn after(self, repository: &Repository, new: CommitId, trust_root: Option<CommitId>) -> Result<After, Error> {
        let Self { mut ledger, mut touched, held: before } = self;
        let known = ledger.landings.len();
        let start = Start { parsed: None, history: None, trust_root, progress: &|_| () };
        let held = match ledger.advance(repository, new, &start)? {
            Some(newer) => {
                let held = held_back(&before, &ledger, &newer);
                touched.join(newer);
                held
            }
            None => {
                (ledger, touched) = Ledger::read(repository, new, &start)?;
                held_back(&Held::default(), &ledger, &touched)
            }
        };
        let blob = |back: &Back| back.content.as_ref().map(|content| content.blob);
        let was: HashMap<&str, _> = before.files().map(|(path, back)| (&**path, blob(back))).collect();
        let came = held.files().filter(|(path, back)| was.get(&***path) != Some(&blob(back)));
        let came = came.map(|(path, back)| (path.to_string(), back.clone())).collect();
        let unread = held.refused.iter().filter(|(path, _)| !before.refused.contains_key(*path));
        let unread = unread.map(|(path, refusal)| (path.to_string(), refusal.clone())).collect();
        Ok(After { ledger, touched, known, came, unread })
    }
}

impl After {
    /// Why a file that would be held back may not land; none where it may.
    fn objection(&self, path: &str, back: &Back) -> Option<Objection> {
        let breach = match self.ledger.uncovered.get(&back.location) {
            Some(uncovered) if !self.is_settled(&back.location, uncovered) => {
                return Some(self.uncovered(path, &back.location, uncovered));
            }
            Some(_) => Some(Breach::Changed),
            None => [Breach::Changed, Breach::Removed].into_iter().find(|breach| breach.rule() == back.why.rule),
        };
        let (message, help) = self.said(breach?, &back.location);
        Some(Objection { place: path.to_owned(), message, help: Some(help) })
    }

    /// How a version was changed or removed that is there for good, and what to do about it.
    fn said(&self, breach: Breach, location: &Location) -> (String, String) {
        let standing = self.ledger.standing(&identity(location), self.ledger.last());
        // Nobody was ever served what comes and goes within one push, but whoever follows each commit would be.
        if self.known > 0 && standing.is_some_and(|standing| standing.since >= self.known) {
            let message = "an earlier commit of this push brings another content of it, and a version never changes";
            return (
                message.to_owned(),
                "push one commit, as `git merge --squash` or `git merge --no-ff` makes it".to_owned(),
            );
        }
        (breach.message(), breach.help().to_owned())
    }

    /// Whether a file is that of a version that is served already and says something else: no approval can change that.
    fn is_settled(&self, location: &Location, uncovered: &Uncovered) -> bool {
        let standing = self.ledger.standing(&identity(location), self.ledger.last());
        let served = standing.and_then(|standing| standing.content.entity.as_ref());
        let now = uncovered.content.as_ref().and_then(|content| content.entity.as_ref());
        matches!(location, Location::Version(..)) && served.is_some() && served != now
    }

    /// What a change lacks that is not covered.
    fn uncovered(&self, path: &str, location: &Location, uncovered: &Uncovered) -> Objection {
        let verdict = &uncovered.verdict;
        let lack = match verdict.lack() {
            lack if lack.is_empty() => "it is no plain file".to_owned(),
            lack => lack,
        };
        let what = if uncovered.content.is_some() { "" } else { "to be removed, " };
        let may: Vec<&str> = verdict.may.iter().map(Handle::as_str).collect();
        let who = match may.as_slice() {
            _ if !verdict.rejected.is_empty() || verdict.is_covered() => String::new(),
            [] => "; nobody who may approve it is left".to_owned(),
            may => format!("; {} may approve it", may.join(" or ")),
        };
        let help = match self.moved(location, uncovered) {
            Some(name) => format!(
                "`{name}` changes its labels or standing only, which needs no review where somebody who may do that signs \
                 the commit, as `promptreg promote`, `deprecate`, `yank`, `revoke`, `restore` and `archive` do"
            ),
            None => asking(verdict),
        };
        Objection { place: path.to_owned(), message: format!("{what}{lack}{who}"), help: Some(help) }
    }

    /// The prompt of which a change only moves labels, or what is deprecated, yanked, revoked or archived.
    fn moved<'a>(&self, location: &'a Location, uncovered: &Uncovered) -> Option<&'a PromptName> {
        let Location::Prompt(_, name) = location else { return None };
        let before = self.ledger.heads.get(location)?.as_ref()?;
        match (&before.entity, &uncovered.content.as_ref()?.entity) {
            (Some(Entity::Prompt(before)), Some(Entity::Prompt(after))) => before.moves(after).map(|_| name),
            _ => None,
        }
    }

    /// What is wrong with files that may land, each thing by itself.
    fn notes(&self, repository: &Repository, paths: &BTreeSet<String>) -> Result<Vec<Objection>, Error> {
        let current = effective::next(&Current::nothing(), &self.ledger, &self.touched);
        let held = status::read(repository, &current)?.quarantined;
        let own = held.into_iter().filter(|held| paths.contains(&held.path));
        let notes = own.flat_map(|held| {
            let place = held.path;
            held.diagnostics.into_iter().map(move |found| {
                let at = found.line.map_or_else(String::new, |line| format!(":{line}"));
                Objection { place: format!("{place}{at}"), message: found.message, help: found.help }
            })
        });
        Ok(notes.collect())
    }
}

/// How an approval comes to be.
fn asking(verdict: &Verdict) -> String {
    let mut branches = verdict.requested.iter().filter_map(|voice| voice.decision.branch.as_deref());
    // It is to be typed as it stands here, so it must be no more than a name.
    let is_plain = |branch: &&str| {
        !branch.starts_with('-')
            && branch.len() < 100
            && branch.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/'))
    };
    match branches.rfind(is_plain) {
        _ if !verdict.rejected.is_empty() => "change it and ask again, or have the rejection withdrawn".to_owned(),
        Some(branch) => format!("it waits: `promptreg approve {branch}`, then `promptreg merge {branch}`"),
        None => {
            "push it as a branch and ask: `git push origin HEAD:refs/heads/NAME`, `promptreg submit NAME`".to_owned()
        }
    }
}

impl Touched {
    fn join(&mut self, newer: Self) {
        self.prompts.extend(newer.prompts);
        self.others.extend(newer.others);
        self.places.extend(newer.places);
        self.refused.extend(newer.refused);
    }
}
