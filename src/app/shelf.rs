//! The shelf: what contents say, so that each is read and judged once.

use super::{Error, Parsed, Progress, Step};
use crate::{
    domain::{Kind, Limits, Location, Shared},
    files::{Document, Entity},
    git::{self, Blob, BlobId, Repository},
    lint,
};
use rayon::prelude::*;
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

/// The most bytes of a file that are read at all, whatever a registry sets.
pub(super) const MOST_BYTES: u64 = 64 << 20;

/// After how many files it is told how far the reading has come.
const TELL: u64 = 256;

/// How many files are judged at a time, while the next are read.
const BATCH: usize = 128;

/// What sound contents say, by all that it depends on; nothing of those that are not sound.
#[derive(Debug, Default)]
pub(super) struct Shelf<'a> {
    said: HashMap<Key, Option<Entity>>,
    /// The blobs that Git could not hand out.
    pub unread: BTreeSet<BlobId>,
    /// What versions have in common.
    shared: Mutex<Shared>,
    /// What was parsed before this process, and what of all this is not among it.
    kept: Option<&'a Parsed>,
    pub fresh: Vec<Fresh>,
}

/// What a sound content said that was parsed just now, to be kept for the next start.
#[derive(Debug)]
pub(super) struct Fresh {
    pub kind: Kind,
    pub blob: BlobId,
    pub limits: Limits,
    pub entity: Entity,
}

type Key = (Kind, BlobId, Limits);

/// A content that is wanted, with the limits that bind it.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub location: Location,
    pub path: Arc<str>,
    pub blob: BlobId,
    pub limits: Limits,
}

impl Wanted {
    fn key(&self) -> Key {
        (self.location.kind(), self.blob, self.limits)
    }
}

impl<'a> Shelf<'a> {
    /// A shelf that asks what was kept before it parses anything.
    pub(super) fn with(kept: Option<&'a Parsed>) -> Self {
        Self { kept, ..Self::default() }
    }

    /// Reads, parses and judges what is not here yet, on all cores.
    ///
    /// # Errors
    /// Where Git fails; a blob that cannot be had says nothing, and is among the unread.
    pub(super) fn fetch(
        &mut self,
        repository: &Repository,
        wanted: impl IntoIterator<Item = Wanted>,
        progress: Progress<'_>,
    ) -> Result<(), Error> {
        let mut asked = HashSet::new();
        let is_new = |wanted: &Wanted| !self.said.contains_key(&wanted.key()) && asked.insert(wanted.key());
        let mut missing: Vec<Wanted> = wanted.into_iter().filter(is_new).collect();
        let (total, done) = (missing.len() as u64, AtomicU64::new(0));
        let tell = || {
            let done = done.fetch_add(1, Relaxed) + 1;
            if done.is_multiple_of(TELL) || done == total {
                progress(Step { name: "reading files", done, total });
            }
        };
        if let Some(kept) = self.kept {
            let known: Vec<_> = missing.par_iter().map(|wanted| self.kept(kept, wanted).inspect(|_| tell())).collect();
            let (found, others): (Vec<_>, Vec<_>) =
                missing.into_iter().zip(known).partition(|(_, said)| said.is_some());
            self.said.extend(found.into_iter().map(|(wanted, said)| (wanted.key(), said)));
            missing = others.into_iter().map(|(wanted, _)| wanted).collect();
        }
        let read = self.read(repository, &missing, &tell)?;
        if self.kept.is_some() {
            self.fresh.extend(read.iter().filter_map(|((kind, blob, limits), entity)| {
                Some(Fresh { kind: *kind, blob: *blob, limits: *limits, entity: entity.clone()? })
            }));
        }
        self.said.extend(read);
        Ok(())
    }

    /// Reads these, and parses and judges what was read while the rest is still being read.
    fn read(
        &mut self,
        repository: &Repository,
        missing: &[Wanted],
        tell: &(impl Fn() + Sync),
    ) -> Result<Vec<(Key, Option<Entity>)>, Error> {
        let ids: Vec<BlobId> = missing.iter().map(|wanted| wanted.blob).collect();
        let read = Mutex::new(Vec::with_capacity(ids.len()));
        let judge_all = |batch: Vec<(usize, Blob)>| {
            let said = batch.into_iter().map(|(place, blob)| {
                tell();
                let is_lost = matches!(&blob, Err(error) if !matches!(error, git::Error::TooLarge { .. }));
                let said = blob.ok().and_then(|bytes| judge(&missing[place], &bytes)).map(|said| self.shared(said));
                (missing[place].key(), said, is_lost)
            });
            let said: Vec<_> = said.collect();
            locked(&read).extend(said);
        };
        rayon::in_place_scope(|scope| {
            let hand_over = |batch: &mut Vec<_>| {
                let (batch, judge_all) = (std::mem::replace(batch, Vec::with_capacity(BATCH)), &judge_all);
                scope.spawn(move |_| judge_all(batch));
            };
            let mut batch = Vec::with_capacity(BATCH);
            repository.each_blob(&ids, MOST_BYTES, &mut |place, blob| {
                batch.push((place, blob));
                if batch.len() == BATCH {
                    hand_over(&mut batch);
                }
            })?;
            hand_over(&mut batch);
            Ok::<_, Error>(())
        })?;
        let read = std::mem::take(&mut *locked(&read));
        self.unread.extend(read.iter().filter(|(.., is_lost)| *is_lost).map(|((_, blob, _), ..)| *blob));
        Ok(read.into_iter().map(|(key, said, _)| (key, said)).collect())
    }

    fn kept(&self, kept: &Parsed, wanted: &Wanted) -> Option<Entity> {
        let said = kept.get(wanted.location.kind(), wanted.blob, &wanted.limits)?;
        Some(self.shared(said))
    }

    /// The same, where what others say too is shared with them.
    fn shared(&self, mut said: Entity) -> Entity {
        if let Entity::Version(version) = &mut said
            && let Some(version) = Arc::get_mut(version)
        {
            version.share(&mut locked(&self.shared));
        }
        said
    }

    /// What a content says; none where it is not sound, or was not fetched.
    pub(super) fn get(&self, wanted: &Wanted) -> Option<&Entity> {
        self.said.get(&wanted.key())?.as_ref()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What these bytes say, if they can be served as far as they alone can tell.
fn judge(wanted: &Wanted, bytes: &[u8]) -> Option<Entity> {
    let document = Document::read(&wanted.path, wanted.location.clone(), bytes, &wanted.limits);
    lint::sound(&document, &wanted.limits).then_some(document.entity).flatten()
}
