//! What was parsed before, by path and blob: only what changed is read and parsed again.

use super::{Error, slot::Slot};
use crate::{
    domain::{Limits, REGISTRY_FILE},
    files::{Document, Entity},
    git::{BlobId, Repository},
};
use rayon::prelude::*;
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

/// What was parsed before, by path and blob, so that only what changed is parsed again.
#[derive(Debug, Default)]
pub(super) struct Cache {
    limits: Limits,
    documents: HashMap<(Arc<str>, BlobId), Arc<Document>>,
}

/// The documents of the slots' present contents; parses what was not parsed before.
pub(super) fn read(repository: &Repository, slots: &[Slot], cache: &mut Cache) -> Result<Vec<Arc<Document>>, Error> {
    cache.set_limits(repository, slots)?;
    let present = |slot: &Slot| Some((Arc::clone(&slot.path), slot.candidates.last()?.blob));
    let missing: Vec<&Slot> =
        slots.iter().filter(|slot| present(slot).is_some_and(|key| !cache.documents.contains_key(&key))).collect();
    let ids: Vec<BlobId> = missing.iter().filter_map(|slot| Some(slot.candidates.last()?.blob)).collect();
    let blobs = repository.blobs(&ids, bytes(cache.limits))?;
    let limits = cache.limits;
    let parsed: Vec<_> = missing
        .par_iter()
        .zip(ids.into_par_iter().zip(blobs))
        .map(|(slot, (id, blob))| {
            let document = match blob {
                Ok(bytes) => Document::read(&slot.path, slot.location.clone(), &bytes, &limits),
                Err(error) => Document::unreadable(&slot.path, slot.location.clone(), error.to_string()),
            };
            ((Arc::clone(&slot.path), id), Arc::new(document))
        })
        .collect();
    cache.documents.extend(parsed);
    Ok(slots.iter().filter_map(|slot| cache.documents.get(&present(slot)?).cloned()).collect())
}

fn bytes(limits: Limits) -> u64 {
    u64::try_from(limits.file_bytes).unwrap_or(u64::MAX)
}

impl Cache {
    /// Takes the limits from `registry.toml`; other limits make everything be read again.
    fn set_limits(&mut self, repository: &Repository, slots: &[Slot]) -> Result<(), Error> {
        let settings = slots.iter().find(|slot| &*slot.path == REGISTRY_FILE);
        let Some((slot, candidate)) = settings.and_then(|slot| Some((slot, slot.candidates.last()?))) else {
            return Ok(());
        };
        let mut blobs = repository.blobs(&[candidate.blob], bytes(Limits::default()))?;
        let Some(Ok(bytes)) = blobs.pop() else { return Ok(()) };
        let document = Document::read(&slot.path, slot.location.clone(), &bytes, &Limits::default());
        let limits = match document.entity {
            Some(Entity::Registry(settings)) => settings.limits,
            _ => return Ok(()),
        };
        if limits != self.limits {
            *self = Self { limits, documents: HashMap::new() };
        }
        Ok(())
    }

    /// Forgets what no slot holds any more.
    pub(super) fn keep(&mut self, slots: &[Slot]) {
        let wanted: BTreeSet<(&str, BlobId)> = slots
            .iter()
            .flat_map(|slot| {
                slot.candidates
                    .last()
                    .map(|candidate| candidate.blob)
                    .into_iter()
                    .chain(slot.newest)
                    .map(|blob| (&*slot.path, blob))
            })
            .collect();
        self.documents.retain(|(path, blob), _| wanted.contains(&(&**path, *blob)));
    }
}
