//! One such file: reading its chunks, appending to it, replacing it.

use crc32fast::Hasher;
use std::{
    ffi::OsString,
    fs::{self, OpenOptions},
    io::{self, Read, Write},
    ops::Range,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

/// What a chunk begins with. No UTF-8 text holds its first byte, so that what people wrote is never taken for it.
const MARK: [u8; 4] = [0xff, b'p', b'r', 0xff];
/// The mark, the length and the checksum.
const FRAME: usize = MARK.len() + 4 + 4;
/// The most broken places that are searched for where the next whole chunk begins.
const MOST_BREAKS: usize = 16;
/// The most bytes of a file that are read.
const MOST_BYTES: u64 = 4 << 30;

/// Where a file lies and what is in it. Nothing is held open.
#[derive(Debug, Clone)]
pub struct File {
    path: PathBuf,
    head: String,
}

/// What a file holds.
#[derive(Debug, Default)]
pub struct Contents {
    bytes: Vec<u8>,
    chunks: Vec<Range<usize>>,
    /// Why not all of the file could be used; `None` where it is whole, or is not there.
    pub trouble: Option<String>,
}

impl Contents {
    /// The bytes of the whole chunks, in their order.
    pub fn chunks(&self) -> impl Iterator<Item = &[u8]> {
        self.chunks.iter().filter_map(|chunk| self.bytes.get(chunk.clone()))
    }

    /// The place of each whole chunk in [`Contents::into_bytes`], in their order.
    #[must_use]
    pub fn places(&self) -> &[Range<usize>] {
        &self.chunks
    }

    /// All bytes of the file.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

impl File {
    /// The file at a path that holds chunks of this kind, one word, in this format. Nothing is read or written yet.
    #[must_use]
    pub fn new(path: &Path, kind: &str, format: &str) -> Self {
        let head = format!("promptreg {} {kind} {format}\n", env!("CARGO_PKG_VERSION"));
        Self { path: path.to_owned(), head }
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads every whole chunk. Never fails: what is not whole is left out, and `trouble` says why. A file of another
    /// kind, format or release has none.
    #[must_use]
    pub fn read(&self) -> Contents {
        match self.bytes() {
            Ok(bytes) if bytes.starts_with(self.head.as_bytes()) => self.scan(bytes),
            Ok(_) => {
                Contents { trouble: Some("another release or program wrote it".to_owned()), ..Contents::default() }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Contents::default(),
            Err(error) => Contents { trouble: Some(error.to_string()), ..Contents::default() },
        }
    }

    fn bytes(&self) -> io::Result<Vec<u8>> {
        // A pipe would never end.
        let found = fs::metadata(&self.path)?;
        if !found.is_file() {
            return Err(io::Error::other("it is no plain file"));
        }
        if found.len() > MOST_BYTES {
            return Err(io::Error::other(format!("it has more than {MOST_BYTES} bytes")));
        }
        fs::read(&self.path)
    }

    fn scan(&self, bytes: Vec<u8>) -> Contents {
        let (mut chunks, mut breaks, mut at) = (Vec::new(), 0, self.head.len());
        while at < bytes.len() {
            if let Some(chunk) = self.chunk_at(&bytes, at) {
                at = chunk.end;
                chunks.push(chunk);
            } else {
                breaks += 1;
                let Some(next) = (breaks < MOST_BREAKS).then(|| mark_after(&bytes, at)).flatten() else { break };
                at = next;
            }
        }
        let trouble = (breaks > 0).then(|| format!("{breaks} of its chunks are torn or broken"));
        Contents { bytes, chunks, trouble }
    }

    /// The content of the chunk that begins here, if it is whole.
    fn chunk_at(&self, bytes: &[u8], at: usize) -> Option<Range<usize>> {
        let (mark, rest) = bytes.get(at..)?.split_first_chunk::<4>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let (sum, rest) = rest.split_first_chunk::<4>()?;
        let content = rest.get(..usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        let is_whole = *mark == MARK && u32::from_le_bytes(*sum) == self.sum(*length, &[content]);
        let start = at + FRAME;
        is_whole.then(|| start..start + content.len())
    }

    /// The head counts too: a chunk of another kind, format or release is never whole in this one.
    fn sum(&self, length: [u8; 4], parts: &[&[u8]]) -> u32 {
        let mut hasher = Hasher::new();
        hasher.update(self.head.as_bytes());
        hasher.update(&length);
        parts.iter().for_each(|part| hasher.update(part));
        hasher.finalize()
    }

    /// Adds a chunk, given in parts, to a batch. One of 4 GiB or more is left out.
    pub fn add(&self, batch: &mut Vec<u8>, parts: &[&[u8]]) {
        let Ok(length) = u32::try_from(parts.iter().map(|part| part.len()).sum::<usize>()) else { return };
        let length = length.to_le_bytes();
        batch.extend(MARK);
        batch.extend(length);
        batch.extend(self.sum(length, parts).to_le_bytes());
        parts.iter().for_each(|part| batch.extend_from_slice(part));
    }

    /// Appends a batch in one write; begins the file where there is none, or where it is none of this kind, format and
    /// release.
    ///
    /// # Errors
    /// Where the operating system refuses. Part of the batch may be there then; the next reader finds out.
    pub fn append(&self, batch: &[u8]) -> io::Result<()> {
        let mut file = match OpenOptions::new().read(true).append(true).open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return self.replace(batch),
            Err(error) => return Err(error),
        };
        let mut head = Vec::with_capacity(self.head.len());
        (&mut file).take(self.head.len() as u64).read_to_end(&mut head)?;
        if head == self.head.as_bytes() { file.write_all(batch) } else { self.replace(batch) }
    }

    /// Puts a file with nothing but this batch in the place of the one that is there.
    ///
    /// # Errors
    /// Where the operating system refuses; what was there is there still.
    pub fn replace(&self, batch: &[u8]) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let beside = self.beside();
        let write = || {
            let mut file = fs::File::create(&beside)?;
            file.write_all(self.head.as_bytes())?;
            file.write_all(batch)?;
            fs::rename(&beside, &self.path)
        };
        write().inspect_err(|_| drop(fs::remove_file(&beside)))
    }

    /// A name that nobody else writes to.
    fn beside(&self) -> PathBuf {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let mut name = self.path.file_name().map_or_else(OsString::new, OsString::from);
        name.push(format!(".{}-{}.new", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
        self.path.with_file_name(name)
    }
}

/// Where the next mark after this place stands.
fn mark_after(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at + 1..)?;
    rest.windows(MARK.len()).position(|window| window == MARK).map(|found| at + 1 + found)
}
