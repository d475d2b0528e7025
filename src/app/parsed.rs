//! What sound files said, by blob, kept in a file, so that a start need not parse again what was parsed before.
//!
//! It decides nothing: what is not in it, or is not whole, is parsed again. An entity is a function of its bytes, its
//! kind, the registry's limits and this program, and all four are its key.

use crate::{
    domain::{Kind, Limits},
    files::Entity,
    git::BlobId,
    kept::File,
};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    ops::Range,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

/// The format of what is in a chunk: the key, and the entity as JSON.
const FORMAT: u32 = 1;
/// How many bytes may wait to be written.
const WAITING: usize = 8 << 20;
/// A kind, a blob's id and a fingerprint of limits.
const KEY: usize = 1 + 20 + 8;

type Key = [u8; KEY];

/// Entities of sound files, by blob. `Send` and `Sync`.
#[derive(Debug)]
pub struct Parsed {
    file: File,
    bytes: Vec<u8>,
    places: HashMap<Key, Range<usize>>,
    waiting: Mutex<Vec<u8>>,
}

impl Parsed {
    /// Reads the file at a path into memory. Never fails: what cannot be used is warned of, and the file begun anew. The
    /// caller raises `epoch` when what it puts comes to mean something else.
    #[must_use]
    pub fn open(path: &Path, epoch: u32) -> Self {
        let file = File::new(path, "parsed", &format!("{FORMAT}.{epoch}"));
        let contents = file.read();
        if let Some(trouble) = &contents.trouble {
            tracing::warn!(path = %path.display(), trouble, "what was parsed before cannot all be used");
            // Without what is broken, so that the next start has nothing to warn of.
            let mut batch = Vec::new();
            contents.chunks().for_each(|chunk| file.add(&mut batch, &[chunk]));
            warn(&file, file.replace(&batch));
        }
        let mut places = HashMap::with_capacity(contents.places().len());
        for (place, chunk) in contents.places().iter().zip(contents.chunks()) {
            if let Some(key) = chunk.first_chunk::<KEY>() {
                places.insert(*key, place.start + KEY..place.end);
            }
        }
        Self { file, bytes: contents.into_bytes(), places, waiting: Mutex::default() }
    }

    /// What a sound file of this kind and content said under these limits, if it is known.
    #[must_use]
    pub fn get(&self, kind: Kind, blob: BlobId, limits: &Limits) -> Option<Entity> {
        let place = self.places.get(&key(kind, blob, limits))?;
        decode(kind, self.bytes.get(place.clone())?)
    }

    /// Remembers what a sound file said, after the next [`Parsed::flush`] for the next process. What would not come back
    /// as it is is not kept.
    pub fn put(&self, kind: Kind, blob: BlobId, limits: &Limits, entity: &Entity) {
        let Some(text) = encode(entity).filter(|text| decode(kind, text).as_ref() == Some(entity)) else { return };
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        self.file.add(&mut waiting, &[&key(kind, blob, limits), &text]);
        if waiting.len() > WAITING {
            self.write(&mut waiting);
        }
    }

    /// Appends what was put since the last time. Where that fails there is a warning, and nothing else.
    pub fn flush(&self) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if !waiting.is_empty() {
            self.write(&mut waiting);
        }
    }

    /// Lets go of what was read, so that its memory is free; what is put is written as before.
    pub fn forget(&mut self) {
        (self.bytes, self.places) = (Vec::new(), HashMap::new());
    }

    fn write(&self, waiting: &mut Vec<u8>) {
        warn(&self.file, self.file.append(waiting));
        *waiting = Vec::new();
    }
}

fn warn(file: &File, written: std::io::Result<()>) {
    if let Err(error) = written {
        tracing::warn!(path = %file.path().display(), %error, "what was parsed cannot be kept for the next start");
    }
}

fn key(kind: Kind, blob: BlobId, limits: &Limits) -> Key {
    // Another release of the standard library may hash otherwise: then nothing is found.
    let mut hasher = DefaultHasher::new();
    limits.hash(&mut hasher);
    let mut key = [0; KEY];
    key[0] = kind as u8;
    key[1..21].copy_from_slice(blob.as_bytes());
    key[21..].copy_from_slice(&hasher.finish().to_le_bytes());
    key
}

fn encode(entity: &Entity) -> Option<Vec<u8>> {
    fn of<T: Serialize>(value: &Arc<T>) -> Option<Vec<u8>> {
        serde_json::to_vec(value).ok()
    }
    match entity {
        Entity::Registry(value) => of(value),
        Entity::Tags(value) => of(value),
        Entity::Collection(value) => of(value),
        Entity::Prompt(value) => of(value),
        Entity::Version(value) => of(value),
        Entity::Workflow(value) => of(value),
        Entity::Model(value) => of(value),
        Entity::Hook(value) => of(value),
        Entity::Client(value) => of(value),
        Entity::User(value) => of(value),
        Entity::Role(value) => of(value),
        Entity::Policy(value) => of(value),
    }
}

fn decode(kind: Kind, text: &[u8]) -> Option<Entity> {
    fn of<T: DeserializeOwned>(text: &[u8]) -> Option<Arc<T>> {
        serde_json::from_slice(text).map(Arc::new).ok()
    }
    Some(match kind {
        Kind::Registry => Entity::Registry(of(text)?),
        Kind::Tags => Entity::Tags(of(text)?),
        Kind::Collection => Entity::Collection(of(text)?),
        Kind::Prompt => Entity::Prompt(of(text)?),
        Kind::Version => Entity::Version(of(text)?),
        Kind::Workflow => Entity::Workflow(of(text)?),
        Kind::Model => Entity::Model(of(text)?),
        Kind::Hook => Entity::Hook(of(text)?),
        Kind::Client => Entity::Client(of(text)?),
        Kind::User => Entity::User(of(text)?),
        Kind::Role => Entity::Role(of(text)?),
        Kind::Policy => Entity::Policy(of(text)?),
    })
}
