//! The shelf: documents that were read and judged before, by path and blob, so that only what is new is read.

use super::Error;
use crate::{
    domain::{Limits, Location},
    files::Document,
    git::{BlobId, Repository},
    lint,
};
use rayon::prelude::*;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// The most bytes of a file that are read at all, whatever a registry sets.
const MOST_BYTES: u64 = 64 << 20;

/// Documents by path and blob.
#[derive(Debug, Default)]
pub(super) struct Shelf(HashMap<(Arc<str>, BlobId), Judged>);

/// A document, and whether it can be served as far as it alone can tell.
#[derive(Debug, Clone)]
pub(super) struct Judged {
    pub document: Arc<Document>,
    pub is_sound: bool,
}

/// A content that is wanted, with the limits that bind it.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub location: Location,
    pub path: Arc<str>,
    pub blob: BlobId,
    pub limits: Limits,
}

impl Shelf {
    /// Reads, parses and judges what is not here yet, on all cores.
    ///
    /// # Errors
    /// Where Git fails; a blob that cannot be had is a document that says so.
    pub(super) fn fetch(&mut self, repository: &Repository, wanted: Vec<Wanted>) -> Result<(), Error> {
        let mut asked = HashSet::new();
        let missing: Vec<Wanted> = wanted
            .into_iter()
            .filter(|wanted| {
                let key = (Arc::clone(&wanted.path), wanted.blob);
                !self.0.contains_key(&key) && asked.insert(key)
            })
            .collect();
        let ids: Vec<BlobId> = missing.iter().map(|wanted| wanted.blob).collect();
        let blobs = repository.blobs(&ids, MOST_BYTES)?;
        let read: Vec<_> = missing
            .into_par_iter()
            .zip(blobs)
            .map(|(wanted, blob)| {
                let Wanted { location, path, blob: id, limits } = wanted;
                let document = match blob {
                    Ok(bytes) => Document::read(&path, location, &bytes, &limits),
                    Err(error) => Document::unreadable(&path, location, error.to_string()),
                };
                let is_sound = lint::sound(&document, &limits);
                ((path, id), Judged { document: Arc::new(document), is_sound })
            })
            .collect();
        self.0.extend(read);
        Ok(())
    }

    /// What was read of this content.
    pub(super) fn get(&self, path: &Arc<str>, blob: BlobId) -> Option<&Judged> {
        self.0.get(&(Arc::clone(path), blob))
    }

    /// Forgets all but these.
    pub(super) fn keep(&mut self, wanted: &HashSet<(Arc<str>, BlobId)>) {
        self.0.retain(|key, _| wanted.contains(key));
    }
}
