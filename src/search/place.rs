//! Where an index lies: opened where it is sound, made anew where anything about it is odd.

use super::{
    Error,
    fields::{Fields, VERSION, equip},
    folder::{Folder, Held},
    index::Index,
    memory::Memory,
    searcher::{Searcher, Segments},
};
use std::{
    collections::HashSet,
    fs, io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
};
use tantivy::{Directory as _, IndexSettings, TantivyError, index::SegmentComponent, store::Compressor};

/// An index that was opened.
#[derive(Debug)]
pub enum Opened {
    /// It is this process that writes it.
    Owned(Index),
    /// Another process writes it: what it held when it was opened.
    Borrowed(Searcher),
}

impl Opened {
    /// What the index holds.
    #[must_use]
    pub fn searcher(&self) -> Searcher {
        match self {
            Self::Owned(index) => index.searcher(),
            Self::Borrowed(searcher) => searcher.clone(),
        }
    }
}

/// Opens the index that lies in a folder, or an empty one in memory where none is named.
///
/// It lies in `search-N` there, by the version of what is indexed. Whatever is odd about it (torn, of other fields) is
/// removed and an empty index made in its place; where even that cannot be done, the index is in memory. What happened is
/// logged.
///
/// # Errors
/// Where no index can be made at all.
pub fn open(place: Option<&Path>) -> Result<Opened, Error> {
    let Some(place) = place else { return in_memory() };
    let folder = place.join(format!("search-{VERSION}"));
    match in_folder(&folder) {
        Ok(Some(opened)) => Ok(opened),
        Ok(None) => in_memory(),
        Err(error) => {
            tracing::warn!(%error, folder = %folder.display(), "the search index is kept in memory");
            in_memory()
        }
    }
}

fn in_memory() -> Result<Opened, Error> {
    let index = create(Memory::default())?;
    Ok(Opened::Owned(Index::of(&index, None)?))
}

/// The index in a folder; `None` where another process writes it and it cannot be read.
fn in_folder(path: &Path) -> Result<Option<Opened>, Error> {
    if path.symlink_metadata().is_ok_and(|found| !found.is_dir()) {
        fs::remove_file(path)?;
    }
    fs::create_dir_all(path)?;
    let mut folder = Folder::open(path)?;
    match folder.lock().map_err(TantivyError::from)? {
        Some(held) => Ok(Some(Opened::Owned(owned(&folder, held)?))),
        // While another process writes, its files may be of two commits when they are looked at.
        None => Ok((0..3).find_map(|_| sound(&folder).ok()).map(|(_, searcher)| Opened::Borrowed(searcher))),
    }
}

fn owned(folder: &Folder, held: Arc<Held>) -> Result<Index, Error> {
    let is_new = !folder.exists(Path::new("meta.json")).unwrap_or(true);
    if !is_new {
        match sound(folder) {
            Ok((index, _)) => {
                folder.remove_all_but(&index.directory().list_managed_files())?;
                return Index::of(&index, Some(held));
            }
            Err(reason) => tracing::warn!(%reason, "the search index is made anew"),
        }
    }
    folder.remove_all_but(&HashSet::new())?;
    Index::of(&create(folder.clone())?, Some(held))
}

fn create(directory: impl tantivy::Directory) -> Result<tantivy::Index, Error> {
    let settings = IndexSettings {
        docstore_compression: Compressor::None,
        docstore_compress_dedicated_thread: false,
        ..IndexSettings::default()
    };
    let directory: Box<dyn tantivy::Directory> = Box::new(directory);
    let mut index = tantivy::Index::create(directory, Fields::new().1, settings)?;
    equip(&mut index);
    Ok(index)
}

/// The index in a folder and what it holds, where it is what was written and of the fields that are written now.
fn sound(folder: &Folder) -> Result<(tantivy::Index, Searcher), Error> {
    // tantivy may panic on files that are not what it wrote; their checksums speak first, but who knows.
    catch_unwind(AssertUnwindSafe(|| checked(folder))).unwrap_or_else(|_| Err(odd("it could not be read").into()))
}

fn checked(folder: &Folder) -> Result<(tantivy::Index, Searcher), Error> {
    let mut index = tantivy::Index::open(folder.clone())?;
    let (fields, schema) = Fields::new();
    if index.schema() != schema {
        return Err(odd("it has other fields").into());
    }
    equip(&mut index);
    let managed = index.directory().list_managed_files();
    let parts = [
        SegmentComponent::Postings,
        SegmentComponent::Positions,
        SegmentComponent::FastFields,
        SegmentComponent::FieldNorms,
        SegmentComponent::Terms,
        SegmentComponent::Store,
    ];
    for segment in index.searchable_segment_metas()? {
        // The files that are not known to be its own would not be looked at.
        if !parts.iter().all(|part| managed.contains(&segment.relative_path(part.clone()))) {
            return Err(odd("a file is not known to belong to it").into());
        }
    }
    if !index.validate_checksum()?.is_empty() {
        return Err(odd("a file is not what was written").into());
    }
    let searcher = Searcher::new(super::index::reader(&index)?.searcher(), fields, &Segments::default())?;
    searcher.prints()?;
    Ok((index, searcher))
}

fn odd(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
