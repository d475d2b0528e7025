//! The search index of what is served: made beside it, and from then on swapped with it.

use super::{App, Current, Error, IndexSize};
use crate::{
    domain::PromptName,
    search::{self, Found, Index, Opened, Print, Question, Searcher},
};
use std::{
    collections::{BTreeSet, HashMap},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError},
};

/// How often an index that is being made looks for what came to be served meanwhile before it has the next push wait.
const ROUNDS: usize = 3;

/// The index that is kept up, once it has been made.
#[derive(Debug, Default)]
pub(super) struct Indexing {
    /// The folder it lies in; in memory without one.
    place: Option<PathBuf>,
    /// With the state that it is of.
    index: Mutex<Option<(Index, Arc<Current>)>>,
    /// Held by whoever makes the index.
    making: Mutex<()>,
}

impl Indexing {
    pub(super) fn within(place: Option<PathBuf>) -> Self {
        Self { place, ..Self::default() }
    }

    fn index(&self) -> MutexGuard<'_, Option<(Index, Arc<Current>)>> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts what is different about these prompts into the index, so that `next` can be searched when it is served. Where
    /// that fails the index is given up, and made anew: search is away for as long, and never wrong.
    pub(super) fn follow(&self, next: &Arc<Current>, names: &BTreeSet<PromptName>) {
        let mut held = self.index();
        let Some((index, of)) = held.as_mut() else { return };
        let changed = names.iter().filter_map(|name| Some((next.folder(name)?, next.print(name)?)));
        let removed = names.iter().filter(|name| next.folder(name).is_none());
        match index.update(changed, removed.chain(lost(of, next, names))) {
            Ok(searcher) => {
                let _ = next.index.set(searcher);
                *of = Arc::clone(next);
            }
            Err(error) => {
                tracing::error!(%error, "the search index cannot be written");
                *held = None;
            }
        }
    }
}

/// The prompts besides these that one state has and the next one lacks: there are some where history began anew. Looked for
/// only where their number says so.
fn lost<'a>(before: &'a Current, next: &Current, names: &BTreeSet<PromptName>) -> Vec<&'a PromptName> {
    let among = |state: &Current| names.iter().filter(|name| state.folder(name).is_some()).count();
    if before.prompt_count() + among(next) == next.prompt_count() + among(before) {
        return Vec::new();
    }
    let all = before.registry.listed().map(|folder| &folder.name);
    all.filter(|name| next.folder(name).is_none() && !names.contains(*name)).collect()
}

impl App {
    /// Makes the index of what is served, from what an earlier process left of it. Blocks; what is served is served
    /// meanwhile, and can be searched afterwards. Does nothing where there is an index already, or where another thread
    /// is making it.
    ///
    /// # Errors
    /// Where the index can neither be read nor written.
    pub fn index(&self) -> Result<(), Error> {
        let _making = match self.indexing.making.try_lock() {
            Ok(making) => making,
            Err(TryLockError::Poisoned(making)) => making.into_inner(),
            Err(TryLockError::WouldBlock) => return Ok(()),
        };
        if self.current().index.get().is_some() {
            return Ok(());
        }
        let (index, searcher, current) = match search::open(self.indexing.place.as_deref())? {
            Opened::Owned(index) => return self.catch_up(index),
            Opened::Borrowed(searcher) => (None, searcher, self.current()),
        };
        // Another process writes the index; where it is not at the same state, a private one is.
        if is_of(&searcher.prints()?, &current) {
            let _ = current.index.set(searcher);
            return Ok(());
        }
        match index.map_or_else(|| search::open(None), |index| Ok(Opened::Owned(index)))? {
            Opened::Owned(index) => self.catch_up(index),
            Opened::Borrowed(_) => Ok(()),
        }
    }

    /// Brings an index to what is served, however often that changes meanwhile, and keeps it up from then on.
    fn catch_up(&self, mut index: Index) -> Result<(), Error> {
        let mut known = index.searcher().prints()?;
        for _ in 0..ROUNDS {
            let current = self.current();
            update(&mut index, &mut known, &current)?;
            if Arc::ptr_eq(&self.current(), &current) {
                break;
            }
        }
        // As long as the ledger is held nothing else can come to be served. What came since the last round is little.
        let _ledger = self.ledger();
        let current = self.current();
        let searcher = update(&mut index, &mut known, &current)?;
        let _ = current.index.set(searcher);
        *self.indexing.index() = Some((index, current));
        Ok(())
    }
}

impl Current {
    /// Answers a question of those who look for a prompt. A state that is not served is indexed when it is first asked.
    /// Blocks for as long as that takes.
    ///
    /// # Errors
    /// [`Error::NotIndexed`] where the index of what is served is still being made, or cannot be read.
    pub fn search(&self, question: &Question) -> Result<Found, Error> {
        if self.index.get().is_none()
            && !self.is_live()
            && let Opened::Owned(mut index) = search::open(None)?
        {
            let searcher = update(&mut index, &mut HashMap::new(), self)?;
            let _ = self.index.set(searcher);
        }
        let searcher = self.index.get().ok_or(Error::NotIndexed)?;
        Ok(searcher.find(question, |name| self.folder(name))?)
    }
}

impl Current {
    /// How big the search index of this state is; none where there is none. Takes milliseconds.
    #[must_use]
    pub fn index_size(&self) -> Option<IndexSize> {
        let search::Size { documents, segments, bytes } = self.index.get()?.size();
        Some(IndexSize { documents, segments: segments as u64, bytes })
    }
}

/// Whether an index holds just what a state hands out.
fn is_of(prints: &HashMap<PromptName, Print>, current: &Current) -> bool {
    let mut listed = current.registry.listed();
    prints.len() == current.registry.listed().count()
        && listed.all(|folder| prints.get(&folder.name).copied() == current.print(&folder.name))
}

/// Puts into an index what it does not hold of a state, and takes out what is not in that; `known` is what it holds.
fn update(index: &mut Index, known: &mut HashMap<PromptName, Print>, current: &Current) -> Result<Searcher, Error> {
    let now: HashMap<PromptName, Print> = current
        .registry
        .listed()
        .filter_map(|folder| Some((folder.name.clone(), current.print(&folder.name)?)))
        .collect();
    let changed = now.iter().filter(|(name, print)| known.get(*name) != Some(*print));
    let changed = changed.filter_map(|(name, print)| Some((current.folder(name)?, *print)));
    let removed: Vec<&PromptName> = known.keys().filter(|name| !now.contains_key(*name)).collect();
    let mut changed = changed.peekable();
    let searcher = if changed.peek().is_none() && removed.is_empty() {
        index.searcher()
    } else {
        index.update(changed, removed)?
    };
    *known = now;
    Ok(searcher)
}
