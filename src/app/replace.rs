//! Replacing a file: its new content is there as a whole, or its old one still is.

use super::Error;
use std::{
    fs, io,
    path::{Path, PathBuf},
    process,
};

/// Puts new content in place of a file's, which keeps its permissions.
///
/// It is written beside the file and renamed, so that nobody ever reads half of it.
///
/// # Errors
/// Where the file may not be written, or the operating system refuses; the file is as it was then.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let beside = path.with_file_name(format!(".promptreg-{}.new", process::id()));
    put(path, &beside, bytes).map_err(|source| {
        let _ = fs::remove_file(&beside);
        Error::Write { path: PathBuf::from(path), source }
    })
}

fn put(path: &Path, beside: &Path, bytes: &[u8]) -> io::Result<()> {
    // A rename asks only for the folder's permission.
    let permissions = fs::OpenOptions::new().write(true).open(path)?.metadata()?.permissions();
    fs::write(beside, bytes)?;
    fs::set_permissions(beside, permissions)?;
    fs::rename(beside, path)
}
