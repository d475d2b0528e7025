//! Following the repository: the one place where the current state is swapped.

use super::{
    Error, Meter, Moment, Parsed, Records, Runner, Trouble, access::Callers, branch, changed::Changed,
    current::Current, cursor::Cursor, decisions::decisions_tip, effective, events::Events, forge::Hearing,
    index::Indexing, ledger::Ledger, meter::Outcome, nudge::Nudges, opening::tip_of, proposed::Proposed,
    reading::Start, shelf::MOST_BYTES, view::Views,
};
use crate::git::{self, BlobId, CommitId, Mirror, Repository};
use arc_swap::ArcSwap;
use rayon::prelude::*;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// The name of the pin on what is served, where the branch has left it.
const PIN: &str = "served";

/// A registry that is followed: the state that is served, and what is needed to make the next one.
#[derive(Debug)]
pub struct App {
    pub(super) repository: Repository,
    pub(super) branch: String,
    pub(super) upstream: bool,
    /// The commit that the branch has to have been through.
    pub(super) trust_root: Option<CommitId>,
    pub(super) current: ArcSwap<Current>,
    pub(super) ledger: Mutex<Ledger>,
    pub(super) mirror: Option<Mirror>,
    pub(super) parsed: Option<Parsed>,
    pub(super) cursor: Cursor,
    pub(super) indexing: Indexing,
    pub(super) views: Mutex<Views>,
    pub(super) proposed: Mutex<Proposed>,
    pub(super) trouble: ArcSwap<Option<Trouble>>,
    pub(super) meter: Meter,
    pub(super) events: Events,
    pub(super) nudges: Nudges,
    pub(super) hearing: Hearing,
    pub(super) records: OnceLock<Arc<Records>>,
    pub(super) runner: OnceLock<Arc<Runner>>,
    pub(super) access: Callers,
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
        let fetched = self.fetch();
        // What was fetched before, or by others, is followed even where nothing can be fetched now.
        let tried = match (self.try_sync(), fetched) {
            // Of a mirror that is gone no branch is known, and that is not why.
            (Ok(false) | Err(Error::NoCommit(_) | Error::Git(_)), Err(error)) => Err(error),
            (tried, _) => tried,
        };
        self.meter.ended(match &tried {
            Ok(true) => Outcome::Changed,
            Ok(false) => Outcome::Unchanged,
            Err(_) => Outcome::Failed,
        });
        let doubt = || branch::doubt(&self.repository, &self.branch, self.current().commit?);
        let why =
            tried.as_ref().map_or_else(|error| Some(Trouble::of(error)), |_| doubt().map(|why| Trouble::of(&why)));
        self.remember(why);
        tried
    }

    /// Remembers what keeps the newest commit from being served, if anything does, and since when.
    pub(super) fn remember(&self, trouble: Option<Trouble>) {
        let trouble = trouble.map(|trouble| {
            let tip = self.tip().ok().flatten().filter(|tip| Some(*tip) != self.peek().commit);
            let since = self.trouble().map_or_else(|| self.meter.clock().text(), |trouble| trouble.since);
            Trouble { commit: tip.map(|tip| tip.to_string()), since, ..trouble }
        });
        self.trouble.store(Arc::new(trouble));
    }

    fn try_sync(&self) -> Result<bool, Error> {
        if self.is_newest(self.tip()?) {
            return Ok(false);
        }
        let mut ledger = self.ledger();
        let mut phases = self.meter.sync();
        // Read again under the lock: whoever held it may have followed already.
        let tip = self.tip()?.ok_or_else(|| Error::NoCommit(self.branch.clone()))?;
        if self.is_newest(Some(tip)) {
            return Ok(false);
        }
        let mut before = self.current();
        let start =
            Start { parsed: self.parsed.as_ref(), history: None, trust_root: self.trust_root, progress: &|_| () };
        let touched = match self.begins_anew(&before, &ledger, tip)? {
            true => None,
            false => ledger.advance(&self.repository, tip, &start)?,
        };
        let touched = match touched {
            Some(touched) => touched,
            None => {
                let (read, touched) = Ledger::read(&self.repository, tip, &start)?;
                (*ledger, before) = (read, Arc::new(Current::nothing()));
                touched
            }
        };
        phases.done("git");
        let next = Arc::new(self.under_pins(effective::next(&before, &ledger, &touched)));
        phases.done("load");
        self.indexing.follow(&next, &touched.prompts);
        phases.done("index");
        let before = self.current.swap(Arc::clone(&next));
        phases.done("swap");
        self.cursor.go_on(&self.branch, tip);
        if self.cursor.keeps() {
            ledger.decisions.pin(&self.repository);
        }
        self.meter.serves(ledger.landings.last().map_or(0, |landing| landing.at));
        let changed = next.changes_since(&before);
        phases.done("tell");
        phases.end(&changed);
        self.events.publish(Moment { place: next.place(tip), at: self.meter.clock().text() }, changed);
        Ok(true)
    }

    /// Where the default branch is now.
    pub(super) fn tip(&self) -> Result<Option<CommitId>, git::Error> {
        tip_of(&self.repository, &self.branch, self.upstream)
    }

    /// Fetches from the remote, where there is one.
    fn fetch(&self) -> Result<(), Error> {
        let Some(mirror) = &self.mirror else { return Ok(()) };
        let mut phases = self.meter.sync();
        mirror.fetch()?;
        phases.done("fetch");
        Ok(())
    }

    /// Keeps for the next start what was parsed in this one. Blocks; takes as long as parsing took.
    pub fn keep(&self) {
        let fresh = std::mem::take(&mut self.ledger().fresh);
        if let Some(parsed) = self.parsed.as_ref().filter(|_| !fresh.is_empty()) {
            fresh.par_iter().for_each(|said| parsed.put(said.kind, said.blob, &said.limits, &said.entity));
            parsed.flush();
        }
    }

    /// Where the registry is followed from: `local`, or the address of the remote.
    #[must_use]
    pub fn source(&self) -> String {
        self.mirror.as_ref().map_or_else(|| "local".to_owned(), |mirror| mirror.remote().to_string())
    }

    /// Whether nothing more is to be had of this tip than what is served.
    fn is_newest(&self, tip: Option<CommitId>) -> bool {
        let current = self.current.load();
        let log = decisions_tip(&self.repository).unwrap_or(current.log);
        current.commit == tip && current.log == log && !self.can_read_more(&current.held.unread)
    }

    /// Whether one of the blobs that could not be read can be now.
    fn can_read_more(&self, unread: &[BlobId]) -> bool {
        let read = |unread| self.repository.blobs(unread, MOST_BYTES);
        !unread.is_empty() && read(unread).is_ok_and(|blobs| blobs.iter().any(Result::is_ok))
    }

    /// Whether history has to be read from its beginning: what could not be read can be now, another history was
    /// accepted, or following was interrupted.
    ///
    /// # Errors
    /// Where the branch was rewritten, and nobody accepted that.
    fn begins_anew(&self, current: &Current, ledger: &Ledger, tip: CommitId) -> Result<bool, Error> {
        let Some(old) = current.commit else { return Ok(true) };
        let is_interrupted = ledger.tip != current.commit;
        if old == tip {
            return Ok(is_interrupted || !current.held.unread.is_empty());
        }
        if self.repository.is_first_parent_ancestor(old, tip)? {
            return Ok(is_interrupted);
        }
        if self.cursor.accepted(&self.branch) == Some((old, tip)) {
            return Ok(true);
        }
        self.pin(old);
        Err(Error::Rewritten { old, new: tip })
    }

    /// Keeps Git from throwing away what is served, where nothing else reaches it any more.
    fn pin(&self, commit: CommitId) {
        let pinned = self.repository.pinned(PIN);
        if !pinned.is_ok_and(|pinned| pinned == Some(commit))
            && let Err(error) = self.repository.pin(PIN, commit)
        {
            tracing::warn!(%error, %commit, "what is served cannot be kept from being collected");
        }
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
