//! Coverage: what a server says of the gate: what counts, what is proven, and what on the branch is not covered.

use super::{App, Current, gate::Uncovered, held::UNAPPROVED, ledger::Ledger};
use crate::{
    domain::{ApprovalMode, DECISIONS, Digest, Handle, Location},
    git::CommitId,
};
use serde::Serialize;
use std::{
    collections::BTreeSet,
    sync::{MutexGuard, PoisonError, TryLockError},
    thread,
    time::{Duration, Instant},
};

/// How long the making of the next state is waited for.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often it is asked meanwhile.
const LOOK: Duration = Duration::from_millis(5);

/// What the gate lets through and what it does not, in one state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// What makes a change count.
    pub mode: ApprovalMode,
    /// The first commit of the branch, which is trusted.
    pub first: String,
    /// The commit that an operator trusts, and with it the first one; none where nobody named one.
    pub trust_root: Option<String>,
    /// The id of the effective tree, as `promptreg verify` prints it: the same in every clone.
    pub effective: Digest,
    /// The newest commit of the branch with the decisions that is evidence; none where there is no such branch.
    pub log: Option<String>,
    /// What is wrong with that branch, in sentences; empty where it is sound.
    pub faults: Vec<String>,
    /// Files on it that count for nothing, and why.
    pub ignored: Vec<String>,
    /// What lies on the default branch and is not covered, by path; it is not served.
    pub uncovered: Vec<Lacking>,
}

/// A file that is not covered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lacking {
    /// The file.
    pub path: String,
    /// The commit of the default branch with which it came.
    pub commit: String,
    /// What is lacking, in a sentence without a full stop.
    pub lacks: String,
    /// Who may approve it.
    pub may_approve: BTreeSet<Handle>,
}

impl App {
    /// What the gate says of the state that is served, worked out once for each. Blocks for a second at most: none while the
    /// next state takes longer than that to be made.
    pub(super) fn coverage(&self, current: &Current) -> Option<Coverage> {
        if let Some(known) = current.coverage.get() {
            return Some(known.clone());
        }
        let ledger = self.ledger_soon()?;
        // Another state may have come meanwhile; under the lock none does.
        (self.peek().commit, self.peek().log).eq(&(current.commit, current.log)).then(|| {
            let settings = current.registry.settings.as_ref();
            let mode = settings.map(|settings| settings.approval.mode).unwrap_or_default();
            current.coverage.get_or_init(|| ledger.coverage(mode, self.trust_root)).clone()
        })
    }

    /// The ledger, where it is free within [`PATIENCE`].
    fn ledger_soon(&self) -> Option<MutexGuard<'_, Ledger>> {
        let since = Instant::now();
        loop {
            match self.ledger.try_lock() {
                Ok(ledger) => return Some(ledger),
                Err(TryLockError::Poisoned(poisoned)) => return Some(PoisonError::into_inner(poisoned)),
                Err(TryLockError::WouldBlock) if since.elapsed() > PATIENCE => return None,
                Err(TryLockError::WouldBlock) => thread::sleep(LOOK),
            }
        }
    }
}

impl Current {
    /// How many files are on the branch and not covered.
    #[must_use]
    pub fn uncovered(&self) -> usize {
        self.held.files().filter(|(_, back)| back.why.rule == UNAPPROVED).count()
    }
}

impl Ledger {
    fn coverage(&self, mode: ApprovalMode, trust_root: Option<CommitId>) -> Coverage {
        let (faults, ignored) = self.faults();
        Coverage {
            mode,
            first: self.first(),
            trust_root: trust_root.map(|root| root.to_string()),
            effective: self.effective(),
            log: self.decisions.tip().map(|tip| tip.to_string()),
            faults,
            ignored,
            uncovered: self.uncovered.iter().map(|(place, uncovered)| self.lacking(place, uncovered)).collect(),
        }
    }

    /// What is wrong with the branch that keeps the decisions, and the files on it that count for nothing, in sentences.
    pub(super) fn faults(&self) -> (Vec<String>, Vec<String>) {
        let told = |(what, why): (&String, &String)| format!("{what}: {why}");
        let (broken, others): (Vec<_>, Vec<_>) = self.decisions.faults.iter().partition(|(what, _)| *what == DECISIONS);
        (broken.into_iter().map(told).collect(), others.into_iter().map(told).collect())
    }

    fn lacking(&self, location: &Location, uncovered: &Uncovered) -> Lacking {
        Lacking {
            path: location.to_string(),
            commit: self.landings[uncovered.landing].commit_text.to_string(),
            lacks: uncovered.lacks(),
            may_approve: uncovered.verdict.may.clone(),
        }
    }
}

impl Uncovered {
    /// What is lacking, in a sentence without a full stop.
    pub(super) fn lacks(&self) -> String {
        self.refused.map_or_else(|| self.verdict.lack(), str::to_owned)
    }
}
