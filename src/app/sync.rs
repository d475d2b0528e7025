//! Following the repository: the one place where the current state is swapped.

use super::{
    Error, Meter, Moment, Trouble, changed::Changed, current::Current, cursor::Cursor, effective, events::Events,
    ledger::Ledger, meter::Outcome, nudge::Nudges, shelf::MOST_BYTES, view::Views,
};
use crate::git::{BlobId, CommitId, Repository};
use arc_swap::ArcSwap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A registry that is followed: the state that is served, and what is needed to make the next one.
#[derive(Debug)]
pub struct App {
    pub(super) repository: Repository,
    pub(super) branch: String,
    pub(super) current: ArcSwap<Current>,
    pub(super) ledger: Mutex<Ledger>,
    pub(super) cursor: Cursor,
    pub(super) views: Mutex<Views>,
    pub(super) trouble: ArcSwap<Option<Trouble>>,
    pub(super) meter: Meter,
    pub(super) events: Events,
    pub(super) nudges: Nudges,
}

impl App {
    /// The state that is served. Takes no lock.
    #[must_use]
    pub fn current(&self) -> Arc<Current> {
        self.current.load_full()
    }

    /// The state that is served, for as long as one answer takes. Takes no lock and counts no reference.
    #[must_use]
    pub fn peek(&self) -> arc_swap::Guard<Arc<Current>> {
        self.current.load()
    }

    /// The branch that is followed.
    #[must_use]
    pub fn branch(&self) -> &str {
        &self.branch
    }

    /// The repository.
    #[must_use]
    pub const fn repository(&self) -> &Repository {
        &self.repository
    }

    /// Why the newest commit is not served, if it is not.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        (**self.trouble.load()).clone()
    }

    /// What is counted about following the repository.
    #[must_use]
    pub const fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Looks at the branch and serves its newest commit. Answers whether there was a new one. Blocks.
    ///
    /// # Errors
    /// Where Git fails or the branch was rewritten. What was served before is served on, and [`App::trouble`] says why.
    pub fn sync(&self) -> Result<bool, Error> {
        let tried = self.try_sync();
        self.meter.ended(match &tried {
            Ok(true) => Outcome::Changed,
            Ok(false) => Outcome::Unchanged,
            Err(_) => Outcome::Failed,
        });
        self.remember(tried.as_ref().err().map(ToString::to_string));
        tried
    }

    /// Remembers what keeps the newest commit from being served, if anything does, and since when.
    pub(super) fn remember(&self, message: Option<String>) {
        let trouble = message.map(|message| Trouble {
            commit: self.repository.tip(&self.branch).ok().flatten().map(|tip| tip.to_string()),
            message,
            since: self.trouble().map_or_else(|| self.meter.clock().text(), |trouble| trouble.since),
        });
        self.trouble.store(Arc::new(trouble));
    }

    fn try_sync(&self) -> Result<bool, Error> {
        if self.is_newest(self.repository.tip(&self.branch)?) {
            return Ok(false);
        }
        let mut ledger = self.ledger();
        let mut phases = self.meter.sync();
        // Read again under the lock: whoever held it may have followed already.
        let tip = self.repository.tip(&self.branch)?.ok_or_else(|| Error::NoCommit(self.branch.clone()))?;
        if self.is_newest(Some(tip)) {
            return Ok(false);
        }
        let mut before = self.current();
        if self.begins_anew(&before, &ledger, tip)? {
            (*ledger, before) = (Ledger::default(), Arc::new(Current::nothing()));
        }
        let touched = ledger.advance(&self.repository, tip)?;
        phases.done("git");
        let next = Arc::new(effective::next(&before, &ledger, &touched));
        phases.done("load");
        let before = self.current.swap(Arc::clone(&next));
        phases.done("swap");
        self.cursor.write(&self.branch, tip);
        self.meter.serves(ledger.landings.last().map_or(0, |landing| landing.at));
        let changed = next.changes_since(&before);
        phases.done("tell");
        phases.end(&changed);
        self.events.publish(Moment { commit: tip, at: self.meter.clock().text() }, changed);
        Ok(true)
    }

    /// Whether nothing more is to be had of this tip than what is served.
    fn is_newest(&self, tip: Option<CommitId>) -> bool {
        let current = self.current.load();
        current.commit == tip && !self.can_read_more(&current.held.unread)
    }

    /// Whether one of the blobs that could not be read can be now.
    fn can_read_more(&self, unread: &[BlobId]) -> bool {
        let read = |unread| self.repository.blobs(unread, MOST_BYTES);
        !unread.is_empty() && read(unread).is_ok_and(|blobs| blobs.iter().any(Result::is_ok))
    }

    /// Whether history has to be read from its beginning: what could not be read can be now, or another history was
    /// accepted.
    ///
    /// # Errors
    /// Where the branch was rewritten, and nobody accepted that.
    fn begins_anew(&self, current: &Current, ledger: &Ledger, tip: CommitId) -> Result<bool, Error> {
        let Some(old) = ledger.tip else { return Ok(false) };
        if old == tip {
            return Ok(!current.held.unread.is_empty());
        }
        if self.repository.is_first_parent_ancestor(old, tip)? {
            return Ok(false);
        }
        if self.cursor.read(&self.branch) == Some(tip) {
            return Ok(true);
        }
        Err(Error::Rewritten { old, new: tip })
    }

    /// Hands over what changed after a commit, `None` where the commit is not on the line that is followed; nothing is
    /// published meanwhile. Blocks while a sync runs.
    pub(super) fn changes_after<T>(&self, commit: CommitId, then: impl FnOnce(Option<Changed>) -> T) -> T {
        then(self.ledger().changed_after(commit))
    }

    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
