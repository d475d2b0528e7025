//! Pins: labels that an operator holds at a version, as part of the state that is served.

use super::{
    App, Error, Moment,
    answer::{Answer, Pinned},
    current::Current,
    view::text,
};
use crate::domain::{Digest, LabelName, PromptName, Semver, VersionState};
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// A label of a prompt that an operator holds at a version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Pin {
    /// The prompt.
    pub prompt: PromptName,
    /// The label.
    pub label: LabelName,
    /// The version that it hands out.
    pub version: Semver,
    /// From when on it does no more.
    #[serde(serialize_with = "as_text")]
    pub until: Timestamp,
    /// Who pinned it: a handle, or `operator` for whoever runs the server.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// A pin as a server's status tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PinItem {
    #[serde(flatten)]
    pin: Pin,
    /// Whether it holds: not where what it names is not approved, or was withdrawn.
    holds: bool,
}

/// What is said of the pins of a state: those that are to hold, and those that do.
#[derive(Debug, Clone, Default)]
pub(super) struct Pins {
    /// All that did not lapse, in order.
    wanted: Arc<[Pin]>,
    held: Arc<HashMap<PromptName, BTreeMap<LabelName, PinnedLabel>>>,
    /// A fingerprint of those that hold; none where none does.
    print: Option<u64>,
}

/// A label that is held at a version.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PinnedLabel {
    pub pin: Pin,
    /// What is handed out.
    pub answer: Answer,
}

fn as_text<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text(*time))
}

/// Those that did not lapse, in order.
fn live(pins: &[Pin], now: Timestamp) -> Arc<[Pin]> {
    let mut live: Vec<Pin> = pins.iter().filter(|pin| now < pin.until).cloned().collect();
    live.sort();
    live.into()
}

impl Pin {
    fn line(&self) -> String {
        let Self { prompt, label, version, until, by, reason } = self;
        format!("{prompt}\n{label}\n{version}\n{until}\n{by}\n{reason}\n\n")
    }
}

impl Pins {
    /// The pin on a label, if it holds.
    pub(super) fn get(&self, prompt: &str, label: &str) -> Option<&PinnedLabel> {
        self.held.get(prompt)?.get(label)
    }

    /// The pins on a prompt's labels that hold.
    pub(super) fn of(&self, prompt: &PromptName) -> impl Iterator<Item = (&LabelName, &PinnedLabel)> {
        self.held.get(prompt).into_iter().flatten()
    }

    pub(super) const fn print(&self) -> Option<u64> {
        self.print
    }

    /// How many hold.
    fn count(&self) -> usize {
        self.held.values().map(BTreeMap::len).sum()
    }
}

impl Current {
    /// The same state under these pins, as far as they did not lapse and what they name may be handed out.
    #[must_use]
    pub(super) fn under(mut self, wanted: &[Pin], now: Timestamp) -> Self {
        let wanted = live(wanted, now);
        let mut held: HashMap<PromptName, BTreeMap<LabelName, PinnedLabel>> = HashMap::new();
        let mut lines = String::new();
        for pin in &*wanted {
            let Ok(answer) = self.pinnable(pin) else { continue };
            lines += &pin.line();
            let label = PinnedLabel { pin: pin.clone(), answer };
            held.entry(pin.prompt.clone()).or_default().insert(pin.label.clone(), label);
        }
        let mut print = [0; 8];
        print.copy_from_slice(&Digest::of(lines.as_bytes()).bytes()[..8]);
        let print = (!held.is_empty()).then(|| u64::from_be_bytes(print));
        self.pins = Pins { wanted, held: Arc::new(held), print };
        self
    }

    /// What a pin has its label hand out.
    ///
    /// # Errors
    /// Where the prompt is not there, it has no such label, or the version may not be handed out under one.
    pub(super) fn pinnable(&self, pin: &Pin) -> Result<Answer, Error> {
        let Pin { prompt, label, version, until, by, reason } = pin;
        let wrong = |field: &str, reason: String| Err(Error::Parameter { field: field.to_owned(), reason });
        let folder = self.registry.prompt(prompt)?;
        let labels = &folder.prompt.labels;
        if !labels.contains_key(label) {
            let known: Vec<String> = labels.keys().map(|label| format!("`{label}`")).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return wrong("label", format!("{prompt} has no label `{label}` to be pinned; there is {known}"));
        }
        let Some(served) = self.served(prompt, version).filter(|served| !served.draft) else {
            return wrong("version", format!("{prompt}@{version} is not approved: only what is served can be pinned"));
        };
        if let (state @ (VersionState::Yanked | VersionState::Revoked), why) = folder.prompt.state(version) {
            let why = why.unwrap_or_default();
            return wrong("version", format!("{prompt}@{version} is {} ({why})", state.as_str()));
        }
        Ok(served.answer().pinned(label, Some(&Pinned { until: text(*until), by, reason })))
    }

    /// Where the labels of a prompt point, those that somebody pinned included.
    pub(super) fn labels_of<'a>(
        &'a self,
        name: &PromptName,
        said: &'a BTreeMap<LabelName, Semver>,
    ) -> BTreeMap<&'a LabelName, &'a Semver> {
        let pinned = self.pins.of(name).map(|(label, pinned)| (label, &pinned.pin.version));
        said.iter().chain(pinned).collect()
    }

    /// The pins, in the order of prompts and labels.
    #[must_use]
    pub fn pins(&self) -> Vec<PinItem> {
        let holds = |pin: &Pin| self.pins.get(pin.prompt.as_str(), pin.label.as_str()).is_some();
        self.pins.wanted.iter().map(|pin| PinItem { holds: holds(pin), pin: pin.clone() }).collect()
    }

    /// How many labels are held at a version now.
    #[must_use]
    pub fn pin_count(&self) -> usize {
        self.pins.count()
    }
}

impl App {
    /// Takes these for the pins that there are, and no others: what labels hand out is swapped at once, and subscribers are
    /// told. Answers whether anything is different. Blocks while a sync runs.
    pub fn hold_pins(&self, pins: &[Pin]) -> bool {
        let now = self.meter.clock().now();
        if live(pins, now) == self.peek().pins.wanted {
            return false;
        }
        // Whoever swaps the state holds the ledger.
        let _ledger = self.ledger();
        let before = self.current();
        let next = Arc::new(Current::clone(&before).under(pins, now));
        self.current.store(Arc::clone(&next));
        if let Ok(records) = self.records() {
            records.is_audited_too(&before, &next);
        }
        if let Some(commit) = next.commit.filter(|_| next.pins.print != before.pins.print) {
            let changed = next.changes_since(&before);
            tracing::info!(pins = next.pin_count(), "labels are pinned");
            self.events.publish(Moment { place: next.place(commit), at: self.meter.clock().text() }, changed);
        }
        true
    }

    /// Lets go of what lapsed. Answers whether anything did. Blocks while a sync runs, where something did.
    pub fn let_pins_lapse(&self) -> bool {
        let wanted = Arc::clone(&self.peek().pins.wanted);
        self.has_lapsed() && self.hold_pins(&wanted)
    }

    /// Whether a pin lapsed that still holds. Takes no lock.
    pub(super) fn has_lapsed(&self) -> bool {
        let now = self.meter.clock().now();
        self.peek().pins.wanted.iter().any(|pin| pin.until <= now)
    }

    /// A state under the pins of what is served now.
    pub(super) fn under_pins(&self, state: Current) -> Current {
        state.under(&self.peek().pins.wanted, self.meter.clock().now())
    }
}
