//! Events: every commit that comes to be served, with the names it changed, to any number of subscribers.
//!
//! What changed lately is kept in memory; what a subscriber missed before that is worked out from the ledger. A subscriber
//! only ever waits for "there is something newer", so that a slow one holds nobody up: what it missed becomes one event.

use super::{App, changed::Changed, changed::REGISTRY};
use crate::{
    domain::PromptName,
    git::{self, CommitId},
};
use serde::{Serialize, Serializer};
use std::{
    collections::VecDeque,
    fmt,
    str::FromStr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{Semaphore, watch};

/// The most names that one event holds.
pub const NAMES: usize = 1_000;

/// The most changes that are kept, and the most names in them together.
const KEPT: usize = 1_000;
const KEPT_NAMES: usize = 100_000;

/// What a subscriber is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// The commit that is served, where nothing changed since the one that the subscriber knows.
    Hello(Greeting),
    /// Another commit is served.
    Commit(Change),
    /// The commit that the subscriber knows is not on the line that is followed: fetch anew.
    Reset(Moment),
}

/// What is served, as far as it can be named: written `COMMIT`, and where decisions have a say `COMMIT.LOG`, with nothing after
/// the dot for as long as there are none; behind it `~PINS` where labels are pinned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The commit.
    pub commit: CommitId,
    /// Where decisions have a say in what of it is served: the newest commit of the branch that keeps them, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<Option<CommitId>>,
    /// Where labels are pinned: a fingerprint of the pins, 16 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_digits")]
    pub pins: Option<u64>,
}

#[expect(clippy::ref_option, reason = "serde hands it over so")]
fn as_digits<S: Serializer>(pins: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    pins.map(|pins| format!("{pins:016x}")).serialize(serializer)
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.log {
            None => write!(f, "{}", self.commit),
            Some(None) => write!(f, "{}.", self.commit),
            Some(Some(log)) => write!(f, "{}.{log}", self.commit),
        }?;
        self.pins.map_or(Ok(()), |pins| write!(f, "~{pins:016x}"))
    }
}

impl FromStr for Place {
    type Err = git::Error;

    fn from_str(text: &str) -> Result<Self, git::Error> {
        // What follows and is no fingerprint is left where it is, and no commit's id has that in it.
        let marked = text.split_once('~').and_then(|(said, pins)| Some((said, u64::from_str_radix(pins, 16).ok()?)));
        let (text, pins) = marked.map_or((text, None), |(said, pins)| (said, Some(pins)));
        let (commit, log) = text.split_once('.').map_or((text, None), |(commit, log)| (commit, Some(log)));
        let log = log.map(|log| if log.is_empty() { Ok(None) } else { log.parse().map(Some) }).transpose()?;
        Ok(Self { commit: commit.parse()?, log, pins })
    }
}

/// What is served, and since when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// What.
    #[serde(flatten)]
    pub place: Place,
    /// When this server began to serve it, RFC 3339.
    pub at: String,
}

/// What is served where nothing changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Greeting {
    /// The commit that is served.
    #[serde(flatten)]
    pub moment: Moment,
    /// Whether no prompt has the name that the subscriber asked for; it is told when one comes.
    #[serde(rename = "unknown_prompt", skip_serializing_if = "std::ops::Not::not")]
    pub is_unknown: bool,
}

/// What another commit changed in what is served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What is served now.
    #[serde(flatten)]
    pub moment: Moment,
    /// What the subscriber knew before.
    pub previous: CommitId,
    /// The names of what is answered differently: a prompt by its name, all else with its kind (`workflows/triage`).
    pub changed: Vec<Arc<str>>,
    /// The names of what is there no more.
    pub removed: Vec<Arc<str>>,
    /// Whether there are more names than [`NAMES`], so that some are left out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
}

impl Event {
    /// One word for it: `hello`, `commit` or `reset`.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Hello(_) => "hello",
            Self::Commit(_) => "commit",
            Self::Reset(_) => "reset",
        }
    }

    /// What is served with it: as text it is the event's id.
    #[must_use]
    pub const fn place(&self) -> Place {
        match self {
            Self::Hello(Greeting { moment, .. }) | Self::Reset(moment) | Self::Commit(Change { moment, .. }) => {
                moment.place
            }
        }
    }
}

/// What is told, and to whom it is said that there is something newer.
#[derive(Debug)]
pub(super) struct Events {
    told: Mutex<Told>,
    newest: watch::Sender<Place>,
    /// The ledger is asked for one subscriber after another, so that many who come back hold up no sync.
    asking: Semaphore,
}

#[derive(Debug)]
struct Told {
    newest: Moment,
    /// The latest changes, oldest first, each with what was served before it.
    kept: VecDeque<(Place, Arc<Changed>)>,
    names: usize,
    /// What the ledger said last: of the time after what, up to what.
    asked: Option<(Place, Place, Option<Arc<Changed>>)>,
}

/// What changed after a place, in the order in which it did; `None` where nobody can tell.
type Since = (Moment, Option<Vec<Arc<Changed>>>);

impl Events {
    pub(super) fn new(newest: Moment) -> Self {
        let sender = watch::Sender::new(newest.place);
        let told = Told { newest, kept: VecDeque::new(), names: 0, asked: None };
        Self { told: Mutex::new(told), newest: sender, asking: Semaphore::new(1) }
    }

    /// Tells every subscriber of what is served from now on.
    pub(super) fn publish(&self, newest: Moment, changed: Changed) {
        let place = newest.place;
        let mut told = self.told();
        let previous = std::mem::replace(&mut told.newest, newest).place;
        told.names += changed.len();
        told.kept.push_back((previous, Arc::new(changed)));
        while told.kept.len() > KEPT || told.names > KEPT_NAMES {
            let Some((_, oldest)) = told.kept.pop_front() else { break };
            told.names -= oldest.len();
        }
        drop(told);
        self.newest.send_replace(place);
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Told {
    /// What changed after a place, where memory reaches so far back; that nobody can tell, where decisions have come since
    /// that are not remembered: what they changed may have landed long before.
    fn since(&self, place: Place) -> Option<Since> {
        let newest = self.newest.clone();
        if place == newest.place {
            return Some((newest, Some(Vec::new())));
        }
        if let Some((after, until, changed)) = &self.asked
            && (*after, *until) == (place, newest.place)
        {
            return Some((newest, changed.as_ref().map(|changed| vec![Arc::clone(changed)])));
        }
        let known = self.kept.iter().rposition(|(previous, _)| *previous == place);
        // Of a commit alone nobody knows what was decided then: it is the first time that it was served that counts.
        let known = known.or_else(|| {
            let mut kept = self.kept.iter();
            kept.position(|(previous, _)| {
                place.log.is_none() && previous.commit == place.commit && previous.pins == place.pins
            })
        });
        if let Some(from) = known {
            let changes = self.kept.range(from..).map(|(_, changed)| Arc::clone(changed));
            return Some((newest, Some(changes.collect())));
        }
        // The ledger knows nothing of pins.
        if place.pins != newest.place.pins {
            return Some((newest, None));
        }
        if place.log.is_none() && place.commit == newest.place.commit {
            return Some((newest, Some(Vec::new())));
        }
        (place.log.is_some() && place.log != newest.place.log).then_some((newest, None))
    }
}

/// Who is told. Dropping it is all that it takes to leave.
#[derive(Debug)]
pub struct Subscription {
    app: Arc<App>,
    newest: watch::Receiver<Place>,
    /// What the subscriber knows; none where that is no id, or it said nothing.
    last: Option<Place>,
    prompt: Option<PromptName>,
    /// Whether it was told anything yet, and whether it said what it knows.
    is_new: bool,
    is_back: bool,
}

impl App {
    /// Subscribes to what comes to be served; with a prompt, only to what concerns it, which the registry's settings do.
    ///
    /// `after` is the id of the last event that the subscriber saw. The first event comes at once: [`Event::Commit`] with
    /// all that changed since then, [`Event::Hello`] where nothing did, [`Event::Reset`] where there is no such commit
    /// on the line that is followed.
    #[must_use]
    pub fn subscribe(self: &Arc<Self>, after: Option<&str>, prompt: Option<PromptName>) -> Subscription {
        Subscription {
            app: Arc::clone(self),
            newest: self.events.newest.subscribe(),
            last: after.and_then(|after| after.parse().ok()),
            prompt,
            is_new: true,
            is_back: after.is_some(),
        }
    }

    /// What changed after a place: from memory, else from the ledger, where it holds up no other task.
    async fn since(self: &Arc<Self>, place: Place) -> Since {
        let known = || self.events.told().since(place);
        if let Some(since) = known() {
            return since;
        }
        let _turn = self.events.asking.acquire().await;
        if let Some(since) = known() {
            return since;
        }
        let app = Arc::clone(self);
        let asked = tokio::task::spawn_blocking(move || {
            app.changes_after(place.commit, |changed| {
                // The ledger is locked here, so that nothing is published meanwhile.
                let changed = changed.map(Arc::new);
                let mut told = app.events.told();
                told.asked = Some((place, told.newest.place, changed.clone()));
                (told.newest.clone(), changed.map(|changed| vec![changed]))
            })
        });
        // A failure there is a bug, and fetching anew is always right.
        asked.await.unwrap_or_else(|_| (self.events.told().newest.clone(), None))
    }
}

impl Subscription {
    /// The next event; waits until there is one.
    pub async fn next(&mut self) -> Event {
        loop {
            let newest = *self.newest.borrow_and_update();
            if (self.is_new || self.last != Some(newest))
                && let Some(event) = self.told().await
            {
                self.is_new = false;
                self.last = Some(event.place());
                return event;
            }
            if self.newest.changed().await.is_err() {
                // The sender lives in the app, which this keeps alive.
                std::future::pending::<()>().await;
            }
        }
    }

    /// What there is to tell; none where nothing of it concerns the subscriber.
    async fn told(&mut self) -> Option<Event> {
        let Some(last) = self.last else {
            let newest = self.app.events.told().newest.clone();
            return Some(if self.is_back { Event::Reset(newest) } else { self.hello(newest) });
        };
        let (newest, changes) = self.app.since(last).await;
        let Some(changes) = changes else { return Some(Event::Reset(newest)) };
        match self.change(newest.clone(), last.commit, &changes) {
            Some(change) => Some(Event::Commit(change)),
            None if self.is_new => Some(self.hello(newest)),
            None => {
                self.last = Some(newest.place);
                None
            }
        }
    }

    fn hello(&self, moment: Moment) -> Event {
        let current = self.app.peek();
        let is_unknown = self.prompt.as_ref().is_some_and(|name| current.registry.prompt(name).is_err());
        Event::Hello(Greeting { moment, is_unknown })
    }

    /// One event of all that changed; none where nothing of it concerns the subscriber.
    fn change(&self, moment: Moment, previous: CommitId, changes: &[Arc<Changed>]) -> Option<Change> {
        let mut change = Change { moment, previous, changed: Vec::new(), removed: Vec::new(), more: false };
        if let Some(prompt) = &self.prompt {
            for name in [prompt.as_str(), REGISTRY] {
                if let Some(is_there) = changes.iter().rev().find_map(|changed| changed.get(name)) {
                    change.add(name.into(), is_there);
                }
            }
            return (!change.changed.is_empty() || !change.removed.is_empty()).then_some(change);
        }
        let (first, later) = changes.split_first()?;
        let mut all = Arc::clone(first);
        for changed in later {
            Arc::make_mut(&mut all).extend(changed);
        }
        all.iter().take(NAMES).for_each(|(name, is_there)| change.add(Arc::clone(name), is_there));
        change.more = all.len() > NAMES;
        // A decision that changed nothing is nobody's business here.
        (!all.is_empty() || change.moment.place.commit != previous).then_some(change)
    }
}

impl Change {
    fn add(&mut self, name: Arc<str>, is_there: bool) {
        if is_there { self.changed.push(name) } else { self.removed.push(name) }
    }
}
