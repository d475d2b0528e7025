//! The decisions that were read from their branch, by the contents that they speak of.

use super::Error;
use crate::{
    domain::{DECISIONS, Decision, NAMESPACE, Voice},
    git::{self, BlobId, CommitId, DecisionLog, LoggedFile, Mark, Repository},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// Of one content so many decisions without a signature are kept, to be shown.
const UNSIGNED: usize = 16;

/// A content at a path, or the removal of the path.
pub(super) type Spoken = (Arc<str>, Option<BlobId>);

/// What was said of one content, or of the removal, of a path.
type Said = (Option<BlobId>, Vec<Arc<Voice>>);

/// What was decided, as far as the branch that keeps decisions is evidence: for as long as it only grew.
#[derive(Debug, Default)]
pub(super) struct Decisions {
    /// The newest commit of the branch that is evidence.
    mark: Option<Mark>,
    /// Where the branch was when it was looked at last, evidence or not.
    pub(super) seen: Option<CommitId>,
    /// What was said of each content, by path, in the order of the log.
    by_path: HashMap<Arc<str>, Vec<Said>>,
    /// The decisions that are known, and whether a signature of each is.
    known: HashMap<String, bool>,
    /// What was said by people who had seen a commit of the default branch that is not known yet.
    ahead: HashMap<CommitId, Vec<Spoken>>,
    /// How many commits came before each.
    places: HashMap<CommitId, usize>,
    /// What is wrong with the branch, by what it is wrong with: nothing of that counts.
    pub(super) faults: BTreeMap<String, String>,
}

/// What a branch that keeps decisions says that is new.
pub(super) struct Newer {
    /// Where the branch is; none where it is gone.
    tip: Option<CommitId>,
    /// What it says, one after the other, or why it says nothing.
    logs: Vec<Result<DecisionLog, String>>,
}

/// The name of the pin on the newest commit of the branch that was evidence when it was looked at last. Not `log`: to Git
/// `promptreg/log` would then mean the pin before it means the branch.
const PIN: &str = "decisions";
/// What is to be done about a branch that was rewritten.
const ACCEPT: &str = "what it said before still counts; push it back, or accept what is there with `git update-ref -d \
                      refs/promptreg/decisions` in the repository that is followed";

/// Where the branch that keeps decisions is, as far as this repository knows: where the remote has it, else here. A
/// repository without a work tree is a server's, and what others push there as the remote's is none.
pub(super) fn decisions_tip(repository: &Repository) -> Result<Option<CommitId>, git::Error> {
    if repository.work_tree().is_none() {
        return repository.tip(DECISIONS);
    }
    match repository.remote_tip("origin", DECISIONS)? {
        Some(tip) => Ok(Some(tip)),
        None => repository.tip(DECISIONS),
    }
}

impl Decisions {
    /// The newest commit of the branch that is evidence.
    pub(super) fn tip(&self) -> Option<CommitId> {
        self.mark.map(|mark| mark.commit)
    }

    /// What the branch says that is new; none where nothing is. What was pinned is read first: a branch that does not come
    /// after that was rewritten while nobody looked.
    ///
    /// # Errors
    /// Where Git fails; not where the branch was rewritten, or does more than add decisions.
    pub(super) fn newer(&self, repository: &Repository) -> Result<Option<Newer>, Error> {
        let tip = decisions_tip(repository)?;
        let pinned = if self.mark.is_none() { pinned(repository) } else { None };
        if tip == self.seen && pinned.is_none() && self.mark.is_some() == tip.is_some() {
            return Ok(None);
        }
        let (mut logs, mut since) = (Vec::new(), self.mark);
        if let Some(log) = pinned.filter(|log| log.good.map(|mark| mark.commit) != tip) {
            since = log.good;
            logs.push(Ok(log));
        }
        match tip.map(|tip| repository.decisions(tip, since)) {
            Some(Ok(log)) => logs.push(Ok(log)),
            Some(Err(error @ git::Error::Rewritten { .. })) => logs.push(Err(format!("{error}: {ACCEPT}"))),
            Some(Err(error)) => return Err(error.into()),
            None if since.is_some() => logs.push(Err(format!("the branch is gone: {ACCEPT}"))),
            None => {}
        }
        Ok(Some(Newer { tip, logs }))
    }

    /// Keeps Git from throwing away what is evidence, so that it is noticed after a restart too where the branch was rewritten.
    pub(super) fn pin(&self, repository: &Repository) {
        let Some(tip) = self.tip().filter(|tip| repository.pinned(PIN) != Ok(Some(*tip))) else { return };
        if let Err(error) = repository.pin(PIN, tip) {
            tracing::warn!(%error, "where the log of decisions is cannot be noted");
        }
    }

    /// Takes in what is new, and answers of what something new was said, each once. A branch that was rewritten says nothing
    /// new, and is among the faults. `knows` tells whether a commit of the default branch was read.
    pub(super) fn take_in(&mut self, newer: Newer, knows: impl Fn(CommitId) -> bool) -> Vec<Spoken> {
        self.seen = newer.tip;
        self.faults.remove(DECISIONS);
        let mut spoken = BTreeSet::new();
        for log in newer.logs {
            match log {
                Ok(log) => self.take(log, &mut spoken, &knows),
                Err(reason) => drop(self.faults.insert(DECISIONS.to_owned(), reason)),
            }
        }
        spoken.into_iter().collect()
    }

    fn take(&mut self, log: DecisionLog, spoken: &mut BTreeSet<Spoken>, knows: &impl Fn(CommitId) -> bool) {
        if let Some((commit, reason)) = log.broken {
            let text = format!("{reason}: commit {commit} and all after it count for nothing");
            self.faults.insert(DECISIONS.to_owned(), text);
        }
        self.faults.extend(log.faults.into_iter().map(|(path, reason)| (path, reason.to_owned())));
        self.mark = log.good.or(self.mark);
        self.places.extend(log.commits.iter().map(|mark| (mark.commit, mark.place)));
        for file in log.entries {
            match voice(&file) {
                Ok(voice) => self.add(Arc::new(voice), spoken, knows),
                Err(reason) => drop(self.faults.insert(file.id, reason)),
            }
        }
    }

    /// What was said by people who had seen one of these commits of the default branch before it was read here.
    pub(super) fn caught_up(&mut self, commits: impl Iterator<Item = CommitId>) -> Vec<Spoken> {
        if self.ahead.is_empty() {
            return Vec::new();
        }
        commits.filter_map(|commit| self.ahead.remove(&commit)).flatten().collect()
    }

    /// Whether a commit is one of the log.
    pub(super) fn has(&self, commit: CommitId) -> bool {
        self.places.contains_key(&commit)
    }

    fn add(&mut self, voice: Arc<Voice>, spoken: &mut BTreeSet<Spoken>, knows: &impl Fn(CommitId) -> bool) {
        let before = self.known.insert(voice.id.clone(), voice.key.is_some());
        if before == Some(true) {
            self.known.insert(voice.id.clone(), true);
            return;
        }
        let base = voice.decision.base.parse().ok().filter(|base| !knows(*base));
        for subject in &voice.decision.subjects {
            let blob = subject.blob.as_deref().map(str::parse).transpose();
            let Ok(blob) = blob else { continue };
            let path: Arc<str> = subject.path.as_str().into();
            let contents = self.by_path.entry(Arc::clone(&path)).or_default();
            let place = contents.iter().position(|(known, _)| *known == blob).unwrap_or_else(|| {
                contents.push((blob, Vec::new()));
                contents.len() - 1
            });
            let voices = &mut contents[place].1;
            if before.is_some() {
                // A decision of which the signature came later counts from then.
                voices.retain(|known| known.id != voice.id);
            }
            // Without a signature anybody can write any number of them.
            if voice.key.is_some() || voices.iter().filter(|known| known.key.is_none()).count() < UNSIGNED {
                voices.push(Arc::clone(&voice));
            }
            if let Some(base) = base {
                self.ahead.entry(base).or_default().push((Arc::clone(&path), blob));
            }
            spoken.insert((path, blob));
        }
    }

    /// Everything that was said, with the path and the content that it was said of, in no order.
    pub(super) fn all(&self) -> impl Iterator<Item = (&Arc<str>, Option<BlobId>, &Arc<Voice>)> {
        let contents = self.by_path.iter().flat_map(|(path, said)| said.iter().map(move |said| (path, said)));
        contents.flat_map(|(path, (blob, voices))| voices.iter().map(move |voice| (path, *blob, voice)))
    }

    /// What was said of a content, in the order of the log.
    pub(super) fn of(&self, (path, blob): &Spoken) -> &[Arc<Voice>] {
        let contents = self.by_path.get(path).map_or(&[][..], Vec::as_slice);
        contents.iter().find(|(known, _)| known == blob).map_or(&[], |(_, voices)| voices)
    }

    /// Whether something was said of what a branch proposed for this path.
    pub(super) fn speaks_of(&self, path: &str, branch: &str) -> bool {
        let voices = self.by_path.get(path).into_iter().flatten().flat_map(|(_, voices)| voices);
        voices.into_iter().any(|voice| voice.decision.branch.as_deref() == Some(branch))
    }

    /// How many commits of the log a revoked key may have signed before: those up to and with this one, with none named
    /// none. Nothing for a commit that is not known to the log.
    pub(super) fn place_after(&self, commit: Option<&str>) -> Option<usize> {
        let Some(commit) = commit else { return Some(0) };
        self.places.get(&commit.parse().ok()?).map(|place| place + 1)
    }
}

/// What the log says up to where it was evidence when it was looked at last.
fn pinned(repository: &Repository) -> Option<DecisionLog> {
    let read = repository.pinned(PIN).and_then(|pin| pin.map(|pin| repository.decisions(pin, None)).transpose());
    read.inspect_err(|error| tracing::warn!(%error, "where the log of decisions was is not known")).ok().flatten()
}

/// What a file of the log says.
fn voice(file: &LoggedFile) -> Result<Voice, String> {
    let decision = Decision::read(&file.json)?;
    let key = match &file.signature {
        Some(signature) => Some(git::signed_by(&file.json, signature, NAMESPACE).map_err(|error| error.to_string())?),
        None => None,
    };
    Ok(Voice {
        decision,
        id: file.id.clone(),
        key,
        commit: file.commit.to_string(),
        logged_at: file.at,
        place: file.place,
    })
}
