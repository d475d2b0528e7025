//! What the ledger knows, taken down under its lock, so that everything else needs none.

use super::Search;
use crate::{
    app::{
        App, Current,
        arrivals::Handles,
        ledger::{Entry, Landing, Ledger, identity},
        past::{Step, name, steps},
    },
    domain::{Handle, Location, PromptName, Rules, Voice, locate},
    git::CommitId,
};
use std::{
    collections::{BTreeMap, HashSet},
    ops::RangeInclusive,
    sync::Arc,
};

/// All that could be told, each oldest first.
pub(super) struct Taken {
    pub landed: Vec<Landed>,
    pub said: Vec<Said>,
}

/// Something that landed.
pub(super) enum Landed {
    /// A commit, with its number.
    Commit(usize, Landing),
    /// What it did to one thing.
    Step {
        step: Box<Step>,
        /// Whoever signed the commit, where that was enough.
        signed_by: Option<Handle>,
    },
}

impl Landed {
    /// Whether it is told as later than what somebody said: by the clocks, and within one second by what that person had seen.
    pub(super) fn is_after(&self, said: &Said) -> bool {
        let (at, number) = match self {
            Self::Commit(number, landing) => (landing.at, *number),
            Self::Step { step, .. } => (step.landed.at, step.landing),
        };
        (at, Some(number)) > (said.voice.logged_at, said.base)
    }

    pub(super) fn step(&self) -> Option<&Step> {
        match self {
            Self::Commit(..) => None,
            Self::Step { step, .. } => Some(step),
        }
    }
}

/// What somebody said of one content.
pub(super) struct Said {
    pub voice: Arc<Voice>,
    pub path: Arc<str>,
    pub blob: Option<String>,
    /// The number of the landing that the person had seen.
    pub base: Option<usize>,
    /// Who it was as far as the key tells: the person, or a witness for that person; none where it is anybody else's key.
    pub who: Option<Handle>,
}

impl Taken {
    /// Takes down what may be wanted.
    pub(super) fn down(app: &App, current: &Current, search: &Search) -> Self {
        let who = Handles::of(&current.registry.users);
        let ledger = app.ledger();
        let last = current.commit.and_then(|commit| ledger.landing_of(commit));
        let landed = last.map(|last| landed(&ledger, 0..=last, search, &who)).unwrap_or_default();
        Self { landed, said: said(&ledger, search) }
    }

    /// Takes down what landed after a commit, where nothing else is new since; none where the commit is not known.
    pub(super) fn after(app: &App, current: &Current, commit: CommitId) -> Option<Self> {
        let who = Handles::of(&current.registry.users);
        let ledger = app.ledger();
        let (known, last) = (ledger.landing_of(commit)?, ledger.landing_of(current.commit?)?);
        let landed = landed(&ledger, known + 1..=last, &Search::default(), &who);
        Some(Self { landed, said: Vec::new() })
    }
}

/// What landed in these landings.
fn landed(ledger: &Ledger, landings: RangeInclusive<usize>, search: &Search, who: &Handles) -> Vec<Landed> {
    let (first, last) = (*landings.start(), *landings.end());
    let touched = touched(ledger, first);
    let wanted = |location: &Location| {
        let thing = name(location).unwrap_or_else(|| location.kind().as_str().to_owned());
        search.entity.as_deref().is_none_or(|entity| entity.split('@').next() == Some(&thing))
    };
    let entries = ledger.admitted.iter().filter(|(location, _)| touched.means(location) && wanted(location));
    let mut by_landing: BTreeMap<usize, Vec<Step>> = BTreeMap::new();
    for step in steps(ledger, last, entries) {
        by_landing.entry(step.landing).or_default().push(step);
    }
    let mut landed = Vec::new();
    for (number, landing) in ledger.landings.iter().enumerate().take(last + 1).skip(first) {
        let steps = by_landing.remove(&number).unwrap_or_default();
        if search.fits(landing.at, &who.name_of(&landing.by)) && search.means(&landing.commit_text) {
            landed.push(Landed::Commit(number, landing.clone()));
        }
        for step in steps {
            let signed_by = signed_by(ledger, &step);
            let actor = signed_by.as_ref().map_or_else(|| who.name_of(&landing.by), |who| who.as_str().into());
            if search.fits(landing.at, &actor) {
                landed.push(Landed::Step { step: Box::new(step), signed_by });
            }
        }
    }
    landed
}

/// The things of which something landed from a landing on; all where that is the first.
fn touched(ledger: &Ledger, first: usize) -> Touched<'_> {
    if first == 0 {
        return Touched(None);
    }
    let is_later = |entries: &[Entry]| entries.last().is_some_and(|entry| entry.landing >= first);
    let later = ledger.admitted.iter().filter(|(_, entries)| is_later(entries));
    Touched(Some(later.map(|(location, _)| whole(location)).collect()))
}

/// Some things, or all.
struct Touched<'a>(Option<HashSet<Whole<'a>>>);

/// What is told as one: a prompt with all its versions, whose order counts, or anything else by itself.
#[derive(PartialEq, Eq, Hash)]
enum Whole<'a> {
    Prompt(&'a PromptName),
    Other(&'a Location),
}

const fn whole(location: &Location) -> Whole<'_> {
    match location {
        Location::Prompt(_, name) | Location::Version(_, name, _) => Whole::Prompt(name),
        other => Whole::Other(other),
    }
}

impl Touched<'_> {
    fn means(&self, location: &Location) -> bool {
        self.0.as_ref().is_none_or(|touched| touched.contains(&whole(location)))
    }
}

/// Whoever signed the commit that moved labels and the like, where nothing else covers that.
fn signed_by(ledger: &Ledger, step: &Step) -> Option<Handle> {
    let content = step.turn.as_ref()?.after.as_ref()?;
    let judged = ledger.judged(content).iter().find(|judged| judged.landing == step.landing)?;
    judged.moved_by.clone()
}

fn said(ledger: &Ledger, search: &Search) -> Vec<Said> {
    let rules = ledger.rules_now();
    let mut said = Vec::new();
    for (path, blob, voice) in ledger.decisions.all() {
        // Without a signature nobody said it, and what was said of another registry is none of this one's business.
        let is_ours = rules.as_ref().is_some_and(|rules| rules.settings.registry.id == voice.decision.registry);
        let Some(key) = voice.key.as_deref().filter(|_| is_ours) else { continue };
        let who = rules.as_ref().filter(|rules| is_theirs(rules, voice, key)).map(|_| voice.decision.by.clone());
        if search.fits(voice.logged_at, who.as_ref().map_or(key, Handle::as_str)) {
            let blob = blob.map(|blob| blob.to_string());
            let base = voice.decision.base.parse().ok().and_then(|base| ledger.landing_of(base));
            said.push(Said { voice: Arc::clone(voice), path: Arc::clone(path), blob, base, who });
        }
    }
    said.sort_by(|a, b| {
        let order = |said: &Said| (said.voice.place, said.voice.id.clone(), Arc::clone(&said.path), said.blob.clone());
        order(a).cmp(&order(b))
    });
    said.dedup_by(|a, b| a.voice.id == b.voice.id && a.path == b.path && a.blob == b.blob);
    said
}

/// Whether a key is listed for whoever is said to have decided, or is a witness's.
pub(in crate::app) fn is_theirs(rules: &Rules, voice: &Voice, key: &str) -> bool {
    let own = rules.users.get(&voice.decision.by).map_or(&[][..], |user| &user.signing_keys);
    let is_witness = voice.decision.evidence != crate::domain::Evidence::Own;
    let witnesses = rules.settings.approval.witnesses.iter().filter(|_| is_witness);
    own.iter().filter(|_| !is_witness).chain(witnesses).any(|own| own.is(key))
}

/// The kind and the name of what lies at a path, `NAME@VERSION` of a version; the path itself where it is no place of a
/// registry.
pub(super) fn thing(path: &str) -> (&'static str, String) {
    let Ok(Some(location)) = locate(path) else { return ("file", path.to_owned()) };
    let kind = location.kind().as_str();
    let name = match &identity(&location) {
        Location::Version(_, name, number) => Some(format!("{name}@{number}")),
        other => name(other),
    };
    (kind, name.unwrap_or_else(|| kind.to_owned()))
}
