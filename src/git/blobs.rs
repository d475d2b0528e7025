//! Contents of files: a few by git2, many by one `git cat-file` process, which is several times faster.

use super::{error::Error, id::BlobId, repository::Repository};
use git2::{ObjectType, Odb};
use std::io::{BufRead, Read};

/// Up to this many blobs a process start costs more than it saves.
const FEW: usize = 64;

/// A blob's bytes, or why there are none.
pub type Blob = Result<Vec<u8>, Error>;

impl Repository {
    /// The contents of these blobs, in their order, each by itself: missing, broken, and larger than `limit` bytes (which
    /// are not read). Bytes are checked against their id, however they were read.
    ///
    /// # Errors
    /// Where the object database cannot be opened, or the `git` program cannot be started or takes too long. None are always
    /// to be had.
    pub fn blobs(&self, ids: &[BlobId], limit: u64) -> Result<Vec<Blob>, Error> {
        let mut blobs: Vec<_> = ids.iter().map(|_| None).collect();
        self.each_blob(ids, limit, &mut |place, blob| blobs[place] = Some(blob))?;
        Ok(blobs.into_iter().flatten().collect())
    }

    /// The same, each handed over as soon as it was read, with its place among the ids: what cannot be had comes first.
    ///
    /// # Errors
    /// As [`Repository::blobs`]; some were handed over then.
    pub fn each_blob(&self, ids: &[BlobId], limit: u64, each: &mut dyn FnMut(usize, Blob)) -> Result<(), Error> {
        if ids.is_empty() {
            return Ok(());
        }
        let handle = self.fresh()?;
        let odb = handle.odb()?;
        if ids.len() <= FEW {
            ids.iter().enumerate().for_each(|(place, id)| each(place, read(&odb, *id, limit)));
            return Ok(());
        }
        let mut wanted = Vec::with_capacity(ids.len());
        for (place, id) in ids.iter().enumerate() {
            match size(&odb, *id, limit) {
                Ok(size) => wanted.push((place, *id, size)),
                Err(error) => each(place, Err(error)),
            }
        }
        let read_so_far = self.read_many(&wanted, each)?;
        for (place, id, _) in &wanted[read_so_far..] {
            each(*place, read(&odb, *id, limit));
        }
        Ok(())
    }

    /// Reads blobs by one process, and says how many of them. It stops at the first that is broken, since the process
    /// ends there; the rest is then read one by one, which names the broken ones.
    fn read_many(&self, wanted: &[(usize, BlobId, usize)], each: &mut dyn FnMut(usize, Blob)) -> Result<usize, Error> {
        let asked: String = wanted.iter().map(|(_, id, _)| format!("{id}\n")).collect();
        let call = self.program().reading(self.git_dir(), "cat-file").args(["--batch", "--buffer"]);
        let mut count = 0;
        let ran = self.program().run(call, asked.as_bytes(), |out| {
            for (place, id, size) in wanted {
                let Some(bytes) = read_next(out, *id, *size) else { break };
                each(*place, Ok(bytes));
                count += 1;
            }
            Ok(())
        });
        match ran {
            Ok(_) => {}
            Err(error @ Error::Failed { .. }) => tracing::warn!(%error, count, "blobs are read one by one"),
            Err(error) => return Err(error),
        }
        Ok(count)
    }
}

/// The next blob of the process's answer; `None` where it is not this one, whole and sound.
fn read_next(out: &mut dyn BufRead, id: BlobId, size: usize) -> Option<Vec<u8>> {
    let mut line = Vec::with_capacity(64);
    out.take(128).read_until(b'\n', &mut line).ok()?;
    if line != format!("{id} blob {size}\n").as_bytes() {
        return None;
    }
    let mut bytes = Vec::with_capacity(size + 1);
    out.take(size as u64 + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() == size + 1 && bytes.pop() == Some(b'\n') && sound(id, &bytes)).then_some(bytes)
}

fn sound(id: BlobId, bytes: &[u8]) -> bool {
    git2::Oid::hash_object(ObjectType::Blob, bytes).is_ok_and(|hash| BlobId::of(hash) == Ok(id))
}

/// A blob's size, from its header alone.
fn size(odb: &Odb<'_>, id: BlobId, limit: u64) -> Result<usize, Error> {
    let (size, kind) = odb.read_header(id.oid()?).map_err(|error| Error::object(id, &error))?;
    if kind != ObjectType::Blob {
        return Err(Error::Corrupt { object: id.to_string(), reason: format!("it is a {kind}, not a blob") });
    }
    if size as u64 > limit { Err(Error::TooLarge { blob: id, size: size as u64, limit }) } else { Ok(size) }
}

/// One blob, by git2, which checks the hash.
fn read(odb: &Odb<'_>, id: BlobId, limit: u64) -> Blob {
    size(odb, id, limit)?;
    odb.read(id.oid()?).map(|object| object.data().to_vec()).map_err(|error| Error::object(id, &error))
}
