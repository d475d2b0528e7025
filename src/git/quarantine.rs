//! Where the objects of a push wait until it is accepted: a folder of them besides those of the repository.

use super::error::Error;
use std::{
    ffi::OsString,
    os::unix::ffi::{OsStrExt as _, OsStringExt as _},
    path::Path,
};

/// A handle that also finds what lies in this folder.
pub(super) fn with_quarantine(handle: git2::Repository, folder: Option<&Path>) -> Result<git2::Repository, Error> {
    if let Some(folder) = folder {
        let reason = || "the path of its quarantine is not UTF-8".to_owned();
        let path = folder.to_str().ok_or_else(|| Error::Open { path: folder.to_owned(), reason: reason() })?;
        handle.odb()?.add_disk_alternate(path)?;
    }
    Ok(handle)
}

/// A folder as Git's list of further folders has it, in quotes: a colon would divide it in two.
pub(super) fn listed(folder: &Path) -> OsString {
    let mut bytes = vec![b'"'];
    for byte in folder.as_os_str().as_bytes() {
        if matches!(byte, b'"' | b'\\') {
            bytes.push(b'\\');
        }
        bytes.push(*byte);
    }
    bytes.push(b'"');
    OsString::from_vec(bytes)
}
