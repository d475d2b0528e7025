//! What forges tell: an event never decides, it says "look again", and what it says of people is looked up in Git.

mod event;
mod witness;

pub use self::event::{Event, Forge, Kind, Login, Review, Verdict};
use super::{App, Error};
use crate::{
    domain::{DECISIONS, Digest},
    git::{self, Published, SigningKey},
};
use std::{
    collections::VecDeque,
    path::Path,
    sync::{Mutex, OnceLock, PoisonError},
    time::{Duration, Instant},
};

/// The most events that wait to be looked into; the oldest is dropped first.
const WAITING: usize = 1_024;

/// How many events are looked into before the repository is looked at again.
const AT_A_TIME: usize = 16;

/// How often an event is looked into where the remote is not in reach.
const TRIES: u32 = 20;

/// How long the refs of a forge may lag behind what it tells: Pagure's worker writes them seconds after the webhook.
const LAG: Duration = Duration::from_secs(120);

/// The shortest pause before refs that lag are looked at again; each one is as long as all before it.
const SOON: Duration = Duration::from_secs(1);

/// An event that may become decisions.
#[derive(Debug)]
struct Heard {
    event: Event,
    /// The digest of the body that told it.
    body: Digest,
    /// How often it was tried where the remote was not in reach.
    tries: u32,
    at: Instant,
}

/// The events that may become decisions, and the key that those are signed with.
#[derive(Debug, Default)]
pub(super) struct Hearing {
    key: OnceLock<SigningKey>,
    waiting: Mutex<VecDeque<Heard>>,
    /// What the forge's refs do not bear out yet.
    late: Mutex<Vec<Heard>>,
    /// The bodies of events that were given up, oldest first: they may be told again.
    lost: Mutex<VecDeque<Digest>>,
}

impl Hearing {
    fn push(&self, event: Event, body: Digest) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= WAITING
            && let Some(Heard { event: dropped, body, .. }) = waiting.pop_front()
        {
            self.lose(body);
            tracing::warn!(forge = %dropped.forge, change = dropped.change, "too much is told at once: an event is dropped");
        }
        waiting.push_back(Heard { event, body, tries: 0, at: Instant::now() });
    }

    fn lose(&self, body: Digest) {
        let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        if lost.len() >= WAITING {
            lost.pop_front();
        }
        lost.push_back(body);
    }

    /// Puts back what was taken, before all that came meanwhile.
    fn put_back(&self, taken: impl Iterator<Item = Heard>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let later = std::mem::take(&mut *waiting);
        waiting.extend(taken.chain(later));
    }

    /// Some of what waits, and what was late at the last look.
    fn take(&self) -> Vec<Heard> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let some = waiting.len().min(AT_A_TIME);
        let mut late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        late.drain(..).chain(waiting.drain(..some)).collect()
    }

    /// Keeps an event for the next look, unless the forge had time enough or too many are late.
    fn keep_late(&self, heard: Heard) {
        let (forge, change) = (heard.event.forge, heard.event.change);
        let mut late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        if heard.at.elapsed() < LAG && late.len() < AT_A_TIME {
            tracing::debug!(%forge, change, "the forge's refs do not bear out yet what it told");
            late.push(heard);
        } else {
            tracing::warn!(%forge, change, "the forge's refs do not bear out what it told");
            self.lose(heard.body);
        }
    }

    /// How long to wait before what was late is looked into again; `None` where nothing was.
    pub(super) fn pause(&self) -> Option<Duration> {
        let late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        late.iter().map(|heard| heard.at.elapsed().max(SOON)).min()
    }

    fn is_empty(&self) -> bool {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}

impl App {
    /// Whether a forge's event is of the repository that is followed, as far as its address tells.
    #[must_use]
    pub fn is_told_of(&self, event: &Event) -> bool {
        match (&self.mirror, &event.repository) {
            (Some(mirror), Some(name)) => mirror.remote().may_be(name),
            _ => true,
        }
    }

    /// Whether the event that a body with this digest told was given up, so that it may be told again; asked once.
    #[must_use]
    pub fn was_lost(&self, body: &Digest) -> bool {
        let mut lost = self.hearing.lost.lock().unwrap_or_else(PoisonError::into_inner);
        let place = lost.iter().position(|known| known == body);
        place.is_some_and(|place| lost.remove(place).is_some())
    }

    /// Takes an event of a forge, and the digest of the body that told it: the repository is looked at soon. Answers at once;
    /// many events are one look.
    pub fn hear(&self, event: Event, body: Digest) {
        tracing::debug!(forge = %event.forge, change = event.change, "a forge told of something");
        if self.hearing.key.get().is_some() && witness::may_be_one(&event) {
            self.hearing.push(event, body);
        }
        self.nudges.wake();
    }

    /// Lets reviews on forges be written down as decisions, signed with the private key in this file. Whether they count is
    /// for the registry to say, which lists the keys of its witnesses. Answers the public key's line.
    ///
    /// # Errors
    /// Where there is no such key, or only its passphrase would tell, or what is written down would go to a remote that is
    /// not read from.
    pub fn witness_with(&self, key: &Path) -> Result<String, Error> {
        let remote = if self.mirror.is_none() { self.repository.upstream(DECISIONS)? } else { None };
        if let Some(other) = remote.filter(|remote| remote != "origin") {
            return Err(Error::Refused(format!(
                "the remote that reviews are written down to has to be called origin, not {other}: `git remote rename {other} origin`"
            )));
        }
        let key = SigningKey::File(key.to_owned());
        let line = self.repository.public_key(&key)?;
        // Whoever comes second is told of the same file.
        let _ = self.hearing.key.set(key);
        Ok(line)
    }

    /// Looks into what forges told and writes down what the forge's refs bear out. Blocks.
    pub(super) fn attend(&self) {
        let Some(key) = self.hearing.key.get() else { return };
        let mut taken = self.hearing.take();
        // What is written down is read only when all is done, so what was said later has to come later.
        taken.sort_by_cached_key(|heard| self.moment(heard.event.at.as_deref()));
        let mut taken = taken.into_iter();
        while let Some(heard) = taken.next() {
            let (forge, change) = (heard.event.forge, heard.event.change);
            match self.look_into(&heard.event, key) {
                Ok(Some(true)) => tracing::info!(%forge, change, "what somebody said on a forge is written down"),
                Ok(Some(false)) => tracing::debug!(%forge, change, "what a forge told gives no decision"),
                Ok(None) => self.hearing.keep_late(heard),
                Err(error) if heard.tries + 1 < TRIES => {
                    tracing::warn!(%forge, change, %error, "what a forge told cannot be looked into now");
                    // What came after it waits for the next look too, in its order.
                    let again = Heard { tries: heard.tries + 1, ..heard };
                    self.hearing.put_back(std::iter::once(again).chain(taken));
                    return;
                }
                Err(error) => {
                    tracing::error!(%forge, change, %error, "what a forge told could not be looked into");
                    self.hearing.lose(heard.body);
                }
            }
        }
        if !self.hearing.is_empty() {
            self.nudges.wake();
        }
    }

    /// Says whether anything was written down; `None` where the forge's refs do not bear it out, or not yet.
    fn look_into(&self, event: &Event, key: &SigningKey) -> Result<Option<bool>, Error> {
        let Some(decisions) = self.witness(event, |change| match &self.mirror {
            Some(mirror) => Ok(mirror.fetch_change(witness::refs_of(event.forge), change)?),
            None => Ok(self.repository.change_head(change)?),
        })?
        else {
            return Ok(None);
        };
        let mut is_new = false;
        for decision in decisions {
            let bytes = decision.to_bytes();
            let signature = self.repository.sign(key, crate::domain::NAMESPACE, &bytes)?;
            let place = crate::domain::Decision::place(&bytes);
            let (json, sig) = (format!("{place}.json"), format!("{place}.sig"));
            let files = [(json.as_str(), bytes.as_slice()), (sig.as_str(), signature.as_slice())];
            let message = format!(
                "{}: {} on {} {}",
                decision.by,
                decision.decision,
                event.forge,
                event.change.unwrap_or_default()
            );
            is_new |= self.add(&files, &message)?;
        }
        Ok(Some(is_new))
    }

    /// Adds files to the log; says whether they are new.
    fn add(&self, files: &[(&str, &[u8])], message: &str) -> Result<bool, Error> {
        let added = match &self.mirror {
            Some(mirror) => mirror.append(files, message),
            None => match self.repository.append(files, message) {
                Ok(Published::At(_)) => Ok(true),
                Ok(Published::Nothing) => Ok(false),
                Ok(Published::Refused { reason }) => return Err(Error::Refused(reason)),
                Err(error) => Err(error),
            },
        };
        match added {
            // The decision is there with another signature: some kinds of key never sign twice alike.
            Err(git::Error::Path { .. }) => Ok(false),
            added => Ok(added?),
        }
    }

    /// What time it is by the clock that the registry was opened with, in seconds since 1970.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        self.meter.clock().now().as_second()
    }
}
