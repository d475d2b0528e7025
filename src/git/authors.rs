//! Authors: who introduced which content, also inside merged branches.

use super::{
    changes::Change,
    error::Error,
    folder::{Entry, FOLDER, PLAIN_FILE, differing, entries},
    history::{ALL, Author, FirstParent},
    id::{BlobId, CommitId},
    landing::Landings,
    log::{Raw, Record},
    recent,
    repository::Repository,
    tree::is_registry_path,
    walk::{BY_MODE, DEPTH, ENTRIES, PATH_BYTES},
};
use git2::{ObjectType, Odb, OdbObject, Oid};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// Who introduced which content at which path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Authors(HashMap<Arc<str>, Written>);

/// So many contents of one path are looked through one by one.
const FEW: usize = 16;

/// Who wrote which content at one path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Written {
    all: Vec<(BlobId, Author)>,
    /// Where each content stands among all, once they are more than a few.
    places: Option<HashMap<BlobId, usize>>,
}

impl Written {
    fn get(&self, blob: BlobId) -> Option<&Author> {
        let place = match &self.places {
            Some(places) => *places.get(&blob)?,
            None => self.all.iter().position(|(known, _)| *known == blob)?,
        };
        self.all.get(place).map(|(_, author)| author)
    }

    fn push(&mut self, blob: BlobId, author: Author) {
        if let Some(places) = &mut self.places {
            places.insert(blob, self.all.len());
        }
        if self.all.is_empty() {
            // Most files have one content for good.
            self.all.reserve_exact(1);
        }
        self.all.push((blob, author));
        if self.places.is_none() && self.all.len() > FEW {
            let places = self.all.iter().enumerate().map(|(place, (blob, _))| (*blob, place));
            self.places = Some(places.collect());
        }
    }
}

impl Author {
    /// The mail addresses of all who wrote it.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        [&self.person.email].into_iter().chain(&*self.co_authors).map(|address| &**address)
    }
}

impl Authors {
    /// Who first wrote this content at this path.
    #[must_use]
    pub fn get(&self, path: &str, blob: BlobId) -> Option<&Author> {
        self.0.get(path)?.get(blob)
    }

    /// Adds what came later; what is known already stays, since the introduction that landed first counts.
    pub fn extend(&mut self, newer: Self) {
        if self.0.is_empty() {
            *self = newer;
            return;
        }
        for (path, written) in newer.0 {
            for (blob, author) in written.all {
                self.add(&path, blob, || author);
            }
        }
    }

    /// The authors of what a whole line introduced, read from its history alone, where that can tell: `None` where the line
    /// has a merge, or anything that was refused for its name. The line must begin with a commit without parents,
    /// or what came before is left out.
    #[must_use]
    pub fn of(line: &[FirstParent]) -> Option<Self> {
        let mut authors = Self::default();
        for commit in line {
            let is_told = |change: &Change| change.refused.is_none_or(|reason| BY_MODE.contains(&reason));
            if commit.parents.len() > 1 || !commit.changes.iter().all(is_told) {
                return None;
            }
            for change in &commit.changes {
                let Some(blob) = change.new.filter(|_| is_attributed(&change.path)) else { continue };
                authors.add(&change.path, blob, || commit.written_by());
            }
        }
        Some(authors)
    }

    /// Adds what these commits introduced up to `tip`, given parents before children, in the order in which they landed: a date is
    /// only what somebody wrote, and who wrote what landed before is known.
    pub(super) fn note_all(&mut self, records: &[Record], tip: CommitId) {
        let landings = Landings::of(records.iter().map(|record| (record.commit, &*record.parents)));
        let numbers = landings.numbers(&landings.line(tip).0);
        let mut ordered: Vec<&Record> = records.iter().collect();
        ordered.sort_by_key(|record| numbers.get(&record.commit));
        ordered.into_iter().for_each(|record| self.note(record));
    }

    /// Adds what a commit introduced.
    fn note(&mut self, record: &Record) {
        for Raw { path, new: (mode, blob), .. } in &record.changes {
            if *mode == PLAIN_FILE && path.matters && is_readable(&path.text) {
                let (person, co_authors) = (&record.author, &record.co_authors);
                let author =
                    || Author { person: person.clone(), time: record.authored_at, co_authors: Arc::clone(co_authors) };
                self.add(&path.text, *blob, author);
            }
        }
    }

    pub(super) fn add(&mut self, path: &Arc<str>, blob: BlobId, author: impl FnOnce() -> Author) {
        let written = self.0.entry(Arc::clone(path)).or_default();
        if written.get(blob).is_none() {
            written.push(blob, author());
        }
    }
}

impl Repository {
    /// Who introduced each content of the registry's files in all that `tip` reaches, also inside merged branches, so
    /// that a merge does not hide the author; what a merge itself introduced counts as its author's. With `stop`, only
    /// in what `stop` does not reach. Where several commits introduced the same content at the same path, the one that landed
    /// first counts, of those that landed together the oldest. A commit that changes more than 1,000,000 files and folders introduced nothing.
    ///
    /// # Errors
    /// Where an object is missing or the program fails.
    pub fn authors(&self, tip: CommitId, stop: Option<CommitId>) -> Result<Authors, Error> {
        if let Some(authors) = stop.and_then(|stop| self.recent(tip, Some(stop), recent::FEW)?.authors()) {
            return Ok(authors);
        }
        let mut records = Vec::new();
        match self.log(&ALL, tip, stop, &mut |record| records.push(record)) {
            Ok(()) => {
                let mut authors = Authors::default();
                authors.note_all(&records, tip);
                Ok(authors)
            }
            Err(error) if error.is_too_much() => self.authors_read(tip, stop).ok_or(error),
            Err(error) => Err(error),
        }
    }

    /// The same, read in this process.
    pub(super) fn authors_read(&self, tip: CommitId, stop: Option<CommitId>) -> Option<Authors> {
        self.recent(tip, stop, usize::MAX)?.authors()
    }
}

/// Whether what lies at this path is a file of the registry, under a name that can be read.
fn is_attributed(path: &str) -> bool {
    is_registry_path(path) && is_readable(path)
}

/// Whether a path is one that can be read.
fn is_readable(path: &str) -> bool {
    !path.contains('\u{fffd}') && path.len() <= PATH_BYTES && path.matches('/').count() <= DEPTH
}

/// An entry that no parent has just so, and the folders that it is in those parents where it is one.
struct New {
    name: String,
    mode: u32,
    id: Oid,
    folders: Vec<Oid>,
}

/// Finds what one commit introduced: plain files that differ from those of every parent.
pub(super) struct Introduced<'a> {
    odb: &'a Odb<'a>,
    commit: CommitId,
    seen: usize,
    each: &'a mut dyn FnMut(&str, BlobId),
}

impl<'a> Introduced<'a> {
    /// Hands each path and content that `tree` has and none of the `parents` has to `each`.
    pub(super) fn find(
        odb: &'a Odb<'a>,
        commit: CommitId,
        parents: &[Oid],
        tree: Oid,
        each: &'a mut dyn FnMut(&str, BlobId),
    ) -> Result<(), Error> {
        Introduced { odb, commit, seen: 0, each }.enter(parents, tree, &mut String::new(), 0)
    }

    /// Looks into a folder, and into what it was in those parents that have it.
    fn enter(&mut self, parents: &[Oid], folder: Oid, path: &mut String, depth: usize) -> Result<(), Error> {
        let above = path.len();
        for New { name, mode, id, folders } in self.level(parents, folder)? {
            path.push_str(&name);
            if mode == PLAIN_FILE && is_attributed(path) {
                (self.each)(path, BlobId::of(id)?);
            } else if mode == FOLDER && depth < DEPTH {
                path.push('/');
                if is_registry_path(path) {
                    self.enter(&folders, id, path, depth + 1)?;
                }
            }
            path.truncate(above);
        }
        Ok(())
    }

    /// The entries of a folder that no parent has just so.
    fn level(&mut self, parents: &[Oid], folder: Oid) -> Result<Vec<New>, Error> {
        let object = self.read(folder)?;
        let mut new = self.entries(&object)?;
        let others: Vec<OdbObject<'_>> = parents.iter().map(|parent| self.read(*parent)).collect::<Result<_, _>>()?;
        let mut old: Vec<Vec<Entry<'_>>> = Vec::with_capacity(others.len());
        for other in &others {
            let [before, after] = differing(&self.entries(other)?, &new);
            old.push(before);
            new = after;
        }
        let names: HashSet<&[u8]> = new.iter().map(|entry| entry.name).collect();
        let mut before: HashMap<&[u8], Vec<Entry<'_>>> = HashMap::new();
        for entry in old.into_iter().flatten().filter(|entry| names.contains(entry.name)) {
            before.entry(entry.name).or_default().push(entry);
        }
        let mut found = Vec::new();
        for entry in new {
            let known = before.get(entry.name).map_or(&[][..], Vec::as_slice);
            if let (false, Ok(name)) = (known.contains(&entry), std::str::from_utf8(entry.name)) {
                let folders = known.iter().filter(|known| known.mode == FOLDER);
                let folders = folders.map(|known| Oid::from_bytes(known.id)).collect::<Result<_, _>>()?;
                found.push(New { name: name.to_owned(), mode: entry.mode, id: Oid::from_bytes(entry.id)?, folders });
            }
        }
        Ok(found)
    }

    fn read(&self, id: Oid) -> Result<OdbObject<'a>, Error> {
        self.odb.read(id).map_err(|error| Error::object(id, &error))
    }

    fn entries<'b>(&mut self, object: &'b OdbObject<'_>) -> Result<Vec<Entry<'b>>, Error> {
        let list = entries(object.data()).filter(|_| object.kind() == ObjectType::Tree);
        let broken = || Error::Corrupt { object: object.id().to_string(), reason: "it is no folder".to_owned() };
        let list = list.ok_or_else(broken)?;
        self.seen += list.len();
        if self.seen > 2 * ENTRIES {
            return Err(Error::TooManyFiles { commit: self.commit, limit: ENTRIES });
        }
        Ok(list)
    }
}
