//! Reading a folder: the registry's files as bytes, and what in its folders was refused.

use crate::domain::{FOLDERS, Limits, Location, Misplaced, REGISTRY_FILE, locate};
use rayon::prelude::*;
use std::{
    fs::{self, FileType},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// A file's place and bytes, as they come from a folder or from a commit.
#[derive(Debug, Clone)]
pub struct Source {
    /// The path from the registry's root.
    pub path: Arc<str>,
    /// What the path holds.
    pub location: Location,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// A path that was not read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The path, as far as it is text.
    pub path: Arc<str>,
    /// Why.
    pub reason: Refusal,
}

/// Why a path was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It lies in one of the registry's folders and can hold nothing.
    Misplaced(Misplaced),
    /// It is no plain file, or its name is a trick.
    Unsafe(&'static str),
}

/// Why a folder cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no registry here.
    #[error("there is no registry in {0} or above it: no registry.toml was found; `promptreg init` makes one")]
    NoRegistry(PathBuf),
    /// The operating system refused.
    #[error("cannot read {path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The registry that contains a folder: the nearest one upwards with a `registry.toml`.
///
/// # Errors
/// Where there is none.
pub fn find_root(start: &Path) -> Result<PathBuf, Error> {
    let absolute = start.canonicalize().map_err(|source| Error::Io { path: start.to_owned(), source })?;
    let root = absolute.ancestors().find(|folder| folder.join(REGISTRY_FILE).is_file());
    root.map(Path::to_owned).ok_or_else(|| Error::NoRegistry(start.to_owned()))
}

/// Reads all files of the registry in a folder on all cores, sorted by path. Links are never followed.
///
/// A file larger than the limit is read up to one byte more than that, so that it is refused later with its place.
///
/// # Errors
/// Where the operating system refuses to list or to read.
pub fn read(root: &Path, limits: &Limits) -> Result<(Vec<Source>, Vec<Refused>), Error> {
    let (mut files, mut refused) = (Vec::new(), Vec::new());
    for file in [REGISTRY_FILE, "tags.yaml", "tags.yml"] {
        if let Ok(metadata) = root.join(file).symlink_metadata() {
            files.push((root.join(file), metadata.file_type()));
        }
    }
    for folder in FOLDERS {
        let start = root.join(folder);
        match start.symlink_metadata() {
            Err(_) => continue,
            Ok(metadata) if metadata.is_symlink() => {
                refused.push(Refused { path: folder.into(), reason: Refusal::Unsafe(LINK) });
                continue;
            }
            Ok(_) => {}
        }
        for entry in walkdir::WalkDir::new(&start).sort_by_file_name().max_depth(32) {
            let entry = entry.map_err(|error| Error::Io {
                path: error.path().unwrap_or(&start).to_owned(),
                source: error.into_io_error().unwrap_or_else(|| io::Error::other("the folder contains itself")),
            })?;
            if !entry.file_type().is_dir() {
                let kind = entry.file_type();
                files.push((entry.into_path(), kind));
            }
        }
    }
    let taken: Vec<Taken> =
        files.par_iter().map(|(file, kind)| take(root, file, *kind, limits)).collect::<Result<_, _>>()?;
    let mut sources = Vec::with_capacity(taken.len());
    for one in taken {
        match one {
            Taken::Read(source) => sources.push(source),
            Taken::Refused(path) => refused.push(path),
            Taken::NotOurs => {}
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    Ok((sources, refused))
}

/// Reads one file of the registry in a folder by its path from there: at most one source, or one refusal; nothing where
/// the file is not there or is none of the registry's business.
///
/// # Errors
/// Where the operating system refuses to read.
pub fn read_one(root: &Path, path: &str, limits: &Limits) -> Result<(Option<Source>, Option<Refused>), Error> {
    let file = root.join(path);
    // What lies behind a link is not in the registry.
    let is_behind_link = file.ancestors().skip(1).take_while(|folder| *folder != root).any(Path::is_symlink);
    let Ok(metadata) = file.symlink_metadata() else { return Ok((None, None)) };
    if is_behind_link {
        return Ok((None, None));
    }
    Ok(match take(root, &file, metadata.file_type(), limits)? {
        Taken::Read(source) => (Some(source), None),
        Taken::Refused(refused) => (None, Some(refused)),
        Taken::NotOurs => (None, None),
    })
}

/// The files in a folder, or the one file, whose paths `takes` them; sorted, links not followed.
///
/// # Errors
/// Where the operating system refuses.
pub fn list(path: &Path, takes: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(path).sort_by_file_name() {
        let entry = entry.map_err(|error| Error::Io {
            path: error.path().unwrap_or(path).to_owned(),
            source: error.into_io_error().unwrap_or_else(|| io::Error::other("the folder contains itself")),
        })?;
        // A file that is named by itself is taken whatever its name is.
        if entry.file_type().is_file() && (entry.depth() == 0 || takes(&entry.path().to_string_lossy())) {
            found.push(entry.into_path());
        }
    }
    Ok(found)
}

const LINK: &str = "symbolic links are never followed: put the file itself here";

/// What became of one file.
enum Taken {
    Read(Source),
    Refused(Refused),
    NotOurs,
}

fn take(root: &Path, file: &Path, kind: FileType, limits: &Limits) -> Result<Taken, Error> {
    let relative = file.strip_prefix(root).unwrap_or(file);
    let Some(path) = relative.to_str().map(|path| Arc::<str>::from(path.replace('\\', "/"))) else {
        let path = relative.to_string_lossy().into();
        return Ok(Taken::Refused(Refused { path, reason: Refusal::Unsafe("the name is not UTF-8") }));
    };
    let location = match locate(&path) {
        Ok(None) => return Ok(Taken::NotOurs),
        Ok(Some(location)) => location,
        Err(reason) => return Ok(Taken::Refused(Refused { path, reason: Refusal::Misplaced(reason) })),
    };
    if !kind.is_file() {
        let reason = if kind.is_symlink() { LINK } else { "this is no plain file" };
        return Ok(Taken::Refused(Refused { path, reason: Refusal::Unsafe(reason) }));
    }
    let bytes = bytes(file, limits).map_err(|source| Error::Io { path: file.to_owned(), source })?;
    Ok(Taken::Read(Source { path, location, bytes }))
}

/// The bytes of a file, no more than one above the limit.
fn bytes(file: &Path, limits: &Limits) -> io::Result<Vec<u8>> {
    let opened = fs::File::open(file)?;
    let most = u64::try_from(limits.file_bytes).unwrap_or(u64::MAX).saturating_add(1);
    let size = opened.metadata()?.len().min(most);
    // One more than its size, so that one read tells that this was all.
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default().saturating_add(1));
    io::Read::read_to_end(&mut io::Read::take(opened, most), &mut bytes)?;
    Ok(bytes)
}
