//! The folder of an index: files that are written without waiting for the disk, and sealed where tantivy does not.

use crate::domain::Digest;
use std::{
    collections::HashSet,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};
use tantivy::directory::{
    AntiCallToken, Directory, DirectoryLock, FileHandle, INDEX_WRITER_LOCK, Lock, MmapDirectory, TerminatingWrite,
    WatchCallback, WatchHandle, WritePtr,
    error::{DeleteError, LockError, OpenReadError, OpenWriteError},
};

/// The file in which tantivy lists the others.
const LIST: &str = ".managed.json";

/// A folder in which an index lies.
///
/// tantivy's own writes wait for the disk some twenty times a commit. An index holds nothing that cannot be made again,
/// and its checksums are looked at when it is opened: after a power cut that tore it, it is made again. So nothing waits.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    inner: MmapDirectory,
    root: PathBuf,
    /// The list of the files, where a newer one is to be written. tantivy would write it for each file that it makes; it is
    /// written once, before the file that says which of them count.
    list: Arc<Mutex<Option<Vec<u8>>>>,
    /// The writer's lock, while somebody in this process holds it for more than one writer.
    held: Weak<Held>,
}

/// The lock of whoever writes the index, held across its writers.
pub(super) struct Held(#[expect(dead_code, reason = "held, not read")] DirectoryLock);

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Held")
    }
}

impl Folder {
    /// Opens a folder that is there.
    pub(super) fn open(root: &Path) -> tantivy::Result<Self> {
        Ok(Self { inner: MmapDirectory::open(root)?, root: root.to_owned(), list: Arc::default(), held: Weak::new() })
    }

    /// Takes the writer's lock for as long as the answer lives; `None` where another process has it.
    pub(super) fn lock(&mut self) -> Result<Option<Arc<Held>>, LockError> {
        match self.inner.acquire_lock(&INDEX_WRITER_LOCK) {
            Ok(lock) => {
                let held = Arc::new(Held(lock));
                self.held = Arc::downgrade(&held);
                Ok(Some(held))
            }
            Err(LockError::LockBusy) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes all that is in the folder but its locks, and these files with the list of them.
    pub(super) fn remove_all_but(&self, known: &HashSet<PathBuf>) -> io::Result<()> {
        for entry in fs::read_dir(&self.root)? {
            let entry = entry?;
            let name = PathBuf::from(entry.file_name());
            let is_lock = name.extension().is_some_and(|extension| extension == "lock");
            if known.contains(&name) || (!known.is_empty() && name == Path::new(LIST)) {
                continue;
            }
            if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            } else if !is_lock {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

impl Folder {
    fn list(&self) -> MutexGuard<'_, Option<Vec<u8>>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces a file by one that is sealed.
    fn replace(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        let target = self.root.join(path);
        let mut beside = target.clone().into_os_string();
        beside.push(".new");
        let mut sealed = data.to_vec();
        writeln!(sealed, "\n{}", Digest::of(data))?;
        fs::write(&beside, sealed)?;
        fs::rename(&beside, target)
    }
}

/// A file that is being written.
struct Written(File);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl TerminatingWrite for Written {
    fn terminate_ref(&mut self, _: AntiCallToken) -> io::Result<()> {
        self.0.flush()
    }
}

impl Directory for Folder {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        self.inner.get_file_handle(path)
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.inner.delete(path)
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.inner.exists(path)
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        let opened = OpenOptions::new().write(true).create_new(true).open(self.root.join(path));
        let file = opened.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => OpenWriteError::FileAlreadyExists(path.to_owned()),
            _ => OpenWriteError::wrap_io_error(error, path.to_owned()),
        })?;
        Ok(WritePtr::new(Box::new(Written(file))))
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        if path == Path::new(LIST)
            && let Some(list) = &*self.list()
        {
            return Ok(list.clone());
        }
        let sealed = self.inner.atomic_read(path)?;
        unseal(sealed).map_err(|error| OpenReadError::wrap_io_error(error, path.to_owned()))
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        let mut list = self.list();
        if path == Path::new(LIST) {
            *list = Some(data.to_vec());
            return Ok(());
        }
        if let Some(data) = &*list {
            self.replace(Path::new(LIST), data)?;
        }
        *list = None;
        self.replace(path, data)
    }

    fn sync_directory(&self) -> io::Result<()> {
        Ok(())
    }

    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        match self.held.upgrade() {
            Some(held) if lock.filepath == INDEX_WRITER_LOCK.filepath => Ok(DirectoryLock::from(Box::new(held))),
            _ => self.inner.acquire_lock(lock),
        }
    }

    fn watch(&self, callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        self.inner.watch(callback)
    }
}

/// The bytes without the digest behind them, where it is theirs.
fn unseal(mut sealed: Vec<u8>) -> io::Result<Vec<u8>> {
    let torn = || io::Error::new(io::ErrorKind::InvalidData, "the seal is broken");
    let text = std::str::from_utf8(&sealed).map_err(|_| torn())?;
    let (data, seal) = text.strip_suffix('\n').and_then(|text| text.rsplit_once('\n')).ok_or_else(torn)?;
    if seal != Digest::of(data.as_bytes()).to_string() {
        return Err(torn());
    }
    let length = data.len();
    sealed.truncate(length);
    Ok(sealed)
}
