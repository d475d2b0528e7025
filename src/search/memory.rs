//! An index in memory: tantivy's own, but for its lock, which waits by sleeping a tenth of a second.

use std::{
    io,
    path::Path,
    sync::{Arc, Condvar, Mutex, PoisonError},
};
use tantivy::directory::{
    Directory, DirectoryLock, FileHandle, Lock, RamDirectory, WatchCallback, WatchHandle, WritePtr,
    error::{DeleteError, LockError, OpenReadError, OpenWriteError},
};

/// Where an index in memory lies.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    inner: RamDirectory,
    gate: Arc<Gate>,
}

/// What only one thread passes at a time. The writer's lock is the caller's own affair: nobody else can see the index.
#[derive(Debug, Default)]
struct Gate {
    is_closed: Mutex<bool>,
    opened: Condvar,
}

/// Who has passed the gate.
struct Passed(Arc<Gate>);

impl Gate {
    fn pass(self: &Arc<Self>) -> Passed {
        let closed = self.is_closed.lock().unwrap_or_else(PoisonError::into_inner);
        let mut closed = self.opened.wait_while(closed, |closed| *closed).unwrap_or_else(PoisonError::into_inner);
        *closed = true;
        Passed(Arc::clone(self))
    }
}

impl Drop for Passed {
    fn drop(&mut self) {
        *self.0.is_closed.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.0.opened.notify_one();
    }
}

impl Directory for Memory {
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
        self.inner.open_write(path)
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        self.inner.atomic_read(path)
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        self.inner.atomic_write(path, data)
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.inner.sync_directory()
    }

    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        if lock.is_blocking {
            return Ok(DirectoryLock::from(Box::new(self.gate.pass())));
        }
        self.inner.acquire_lock(lock)
    }

    fn watch(&self, callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        self.inner.watch(callback)
    }
}
