//! The past as it was served: what happened to a prompt, or to the registry, and with which commit.

mod blame;
mod happened;
mod live;
mod steps;
mod told;

pub(super) use self::steps::{Step, steps};
use self::told::told;
pub use self::{
    blame::{Blame, BlamedKey, BlamedLine, BlamedTurn, Origin, blame},
    happened::{Happened, What},
    live::{Lived, lived},
};
use super::{
    Error,
    arrivals::{Handles, timestamp},
    catalog::Page,
    current::Current,
    ledger::Content,
    shelf::{Shelf, Wanted},
    sync::App,
    view::ADMITTED,
};
use crate::{
    domain::{LabelName, Location, Prompt, PromptName, Registry, Unresolved, VersionState},
    files::Entity,
    git::{Author, Repository},
};
use std::{collections::BTreeSet, sync::Arc};

/// How many landings are looked at first; few enough that their files are read without a process.
const FIRST: usize = 32;

/// How many landings are looked at at once after those.
const MORE: usize = 512;

/// How many landings are looked at for one page, so that no question takes long however rare its answer is.
const MOST: usize = 8_192;

/// Which part of the past is wanted.
#[derive(Debug, Clone, Default)]
pub struct Window {
    /// Only what decides which version this label hands out.
    pub label: Option<LabelName>,
    /// The most events of the page, at least 1.
    pub limit: usize,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl App {
    /// What happened to a prompt, or to the whole registry, on the default branch up to `current`, a state that was
    /// served, newest first, a page at a time. A page
    /// may hold fewer events than asked for and yet not be the last. What was never served, because it was broken, is no
    /// part of it. The past of a prompt that was removed is still there. Blocks.
    ///
    /// # Errors
    /// Where there never was such a prompt, the cursor is none, or Git fails.
    pub fn history(
        &self,
        current: &Current,
        name: Option<&PromptName>,
        window: &Window,
    ) -> Result<Page<Happened>, Error> {
        let mut start = Cursor { landing: usize::MAX, events: 0 };
        if let Some(cursor) = &window.cursor {
            start = Cursor::read(cursor).ok_or_else(|| Error::Parameter {
                field: "cursor".to_owned(),
                reason: "give the `next_cursor` of the page before".to_owned(),
            })?;
        }
        let mut past = self.past(current, name)?;
        past.truncate(past.partition_point(|step| step.landing <= start.landing));
        let told = Told { who: Handles::of(&current.registry.users), registry: &current.registry };
        let mut paging =
            Paging { start, at: Cursor { events: 0, ..start }, items: Vec::new(), limit: window.limit.max(1) };
        let (mut rest, mut size, mut seen) = (past.as_slice(), FIRST, 0);
        while !rest.is_empty() && seen < MOST {
            let (older, chunk) = rest.split_at(rest.len().saturating_sub(size));
            let shelf = Contents::read(self.repository(), chunk.iter())?;
            for step in chunk.iter().rev() {
                if !paging.take(step.landing, told.events(step, &shelf, window.label.as_ref())) {
                    return Ok(paging.end(true));
                }
            }
            (rest, size, seen) = (older, MORE, seen + chunk.len());
        }
        Ok(paging.end(!rest.is_empty()))
    }

    /// The steps of a prompt or of everything, oldest first.
    fn past(&self, current: &Current, name: Option<&PromptName>) -> Result<Vec<Step>, Error> {
        if let Some(name) = name {
            match current.registry.prompt(name) {
                Ok(_) | Err(Unresolved::Removed(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let ledger = self.ledger();
        let Some(last) = current.commit.and_then(|commit| ledger.landing_of(commit)) else { return Ok(Vec::new()) };
        let Some(name) = name else { return Ok(steps(&ledger, last, ledger.admitted.iter())) };
        let prompt = ledger.admitted.get_key_value(&Location::Prompt(None, name.clone()));
        let versions = ledger.numbers(name).filter_map(|(identity, _)| ledger.admitted.get_key_value(identity));
        Ok(steps(&ledger, last, prompt.into_iter().chain(versions)))
    }
}

/// A place in the past: the number of a landing, and how many of its events came before.
#[derive(Debug, Clone, Copy)]
struct Cursor {
    landing: usize,
    events: usize,
}

impl Cursor {
    fn read(text: &str) -> Option<Self> {
        let (landing, events) = text.split_once('.')?;
        Some(Self { landing: landing.parse().ok()?, events: events.parse().ok()? })
    }
}

/// One page in the making.
struct Paging {
    start: Cursor,
    at: Cursor,
    items: Vec<Happened>,
    limit: usize,
}

impl Paging {
    /// Takes the events of one step, and answers whether there was room for all of them.
    fn take(&mut self, landing: usize, events: Vec<Happened>) -> bool {
        if self.at.landing != landing {
            self.at = Cursor { landing, events: 0 };
        }
        for event in events {
            let was_there = landing == self.start.landing && self.at.events < self.start.events;
            if !was_there {
                if self.items.len() == self.limit {
                    return false;
                }
                self.items.push(event);
            }
            self.at.events += 1;
        }
        true
    }

    fn end(self, is_more: bool) -> Page<Happened> {
        let Cursor { landing, events } = self.at;
        Page { items: self.items, next_cursor: is_more.then(|| format!("{landing}.{events}")) }
    }
}

/// What steps compare and is not in memory any more.
#[derive(Default)]
pub(super) struct Contents(Shelf<'static>);

impl Contents {
    /// Reads it on all cores.
    pub(super) fn read<'a>(repository: &Repository, steps: impl Iterator<Item = &'a Step>) -> Result<Self, Error> {
        let turns = steps.filter_map(|step| step.turn.as_ref());
        let contents = turns.flat_map(|turn| turn.before.iter().chain(&turn.after));
        let mut shelf = Shelf::default();
        shelf.fetch(repository, contents.filter(|content| content.entity.is_none()).map(wanted), &|_| ())?;
        Ok(Self(shelf))
    }
}

fn wanted(content: &Arc<Content>) -> Wanted {
    let Content { location, path, blob, .. } = &**content;
    Wanted { location: location.clone(), path: Arc::clone(path), blob: *blob, limits: ADMITTED }
}

/// What is needed to put a step into words.
pub(super) struct Told<'a> {
    pub(super) who: Handles,
    pub(super) registry: &'a Registry,
}

impl Told<'_> {
    /// The events of one step, the newest first.
    pub(super) fn events(&self, step: &Step, contents: &Contents, label: Option<&LabelName>) -> Vec<Happened> {
        let mut events: Vec<(What, &Author)> = Vec::new();
        let mut pointed = BTreeSet::new();
        if let Some(turn) = &step.turn {
            let (before, after) = (turn.before.as_ref(), turn.after.as_ref());
            let said =
                |content: &Arc<Content>| content.entity.clone().or_else(|| contents.0.get(&wanted(content)).cloned());
            let says = (before.and_then(said), after.and_then(said));
            let sides = (
                before.map(|content| (&content.location, says.0.as_ref())),
                after.map(|content| (&content.location, says.1.as_ref())),
            );
            for prompt in [sides.0, sides.1].into_iter().flatten().filter_map(|(_, entity)| prompt(entity)) {
                pointed.extend(label.and_then(|label| prompt.labels.get(label)).cloned());
            }
            let author = &turn.author;
            events.extend(told(sides.0, sides.1, turn.was_known).into_iter().map(|what| (what, author)));
        }
        // A prompt comes first, then its versions, then what is said of them.
        let first = usize::from(matches!(events.first(), Some((What::Added { .. } | What::Restored { .. }, _))));
        events.splice(first..first, step.arrived.iter().map(|arrived| (self.arrived(step, arrived), &arrived.author)));
        let counts = |what: &What| match (what, label) {
            (_, None) | (What::Removed, _) => true,
            (
                What::LabelSet { label: own, .. }
                | What::LabelMoved { label: own, .. }
                | What::LabelRemoved { label: own, .. },
                Some(label),
            ) => own == label,
            (What::Yanked { version, .. } | What::Revoked { version, .. }, _) => pointed.contains(version),
            (What::TakenBack { version, state }, _) => *state != VersionState::Deprecated && pointed.contains(version),
            _ => false,
        };
        let events = events.into_iter().rev().filter(|(what, _)| counts(what));
        events.map(|(what, author)| self.event(step, what, author)).collect()
    }

    fn arrived(&self, step: &Step, arrived: &steps::Arrived) -> What {
        let name = match &step.thing {
            Location::Prompt(_, name) => Some(name),
            _ => None,
        };
        let version = name.and_then(|name| self.registry.prompts.get(name)?.versions.get(&arrived.number));
        What::Arrived {
            version: arrived.number.clone(),
            version_number: arrived.order,
            digest: name.and_then(|name| self.registry.digest_of(name, &arrived.number)),
            notes: version.and_then(|version| version.notes.clone()),
        }
    }

    fn event(&self, step: &Step, what: What, author: &Author) -> Happened {
        Happened {
            kind: step.thing.kind().as_str(),
            name: name(&step.thing),
            what,
            created_by: self.who.name_of(&author.person),
            created_at: timestamp(author.time),
            approved_by: self.who.name_of(&step.landed.by),
            approved_at: timestamp(step.landed.at),
            commit: step.landed.commit.to_string(),
        }
    }
}

fn prompt(entity: Option<&Entity>) -> Option<&Prompt> {
    match entity {
        Some(Entity::Prompt(prompt)) => Some(prompt),
        _ => None,
    }
}

/// What a thing is called.
pub(super) fn name(thing: &Location) -> Option<String> {
    Some(match thing {
        Location::Registry | Location::Tags => return None,
        Location::Collection(name) => name.to_string(),
        Location::Prompt(_, name) | Location::Version(_, name, _) => name.to_string(),
        Location::Workflow(name) => name.to_string(),
        Location::Model(name) => name.to_string(),
        Location::Hook(name) => name.to_string(),
        Location::Client(name) => name.to_string(),
        Location::User(name) => name.to_string(),
        Location::Role(name) => name.to_string(),
        Location::Policy(name) => name.to_string(),
    })
}
