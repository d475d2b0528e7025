//! Tokens remembered in the data folder, so that a server which starts while its database is away lets in whom it let in before.

use crate::{
    app::{KnownToken, Tokens},
    domain::{Digest, Token},
};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    sync::Arc,
};

/// The most bytes that are read: some hundred thousand tokens.
const MOST: u64 = 64 << 20;

/// A token with the digest of its secret; never the secret.
#[derive(Serialize, Deserialize)]
struct Remembered {
    digest: String,
    token: Token,
}

/// The tokens that were good when this server heard of them last; none where there is no such file, or it is not whole.
pub(super) fn read(path: &Path) -> Tokens {
    if fs::metadata(path).is_ok_and(|found| found.len() > MOST) {
        return Tokens::default();
    }
    let all: Option<Vec<Remembered>> = fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let known = |one: Remembered| {
        let digest: Digest = one.digest.parse().ok()?;
        Some((digest, Arc::new(KnownToken::new(one.token, 0))))
    };
    all.unwrap_or_default().into_iter().filter_map(known).collect()
}

/// Remembers tokens, for the server's own eyes. It is written beside and renamed, so that nobody reads half of it.
///
/// # Errors
/// Where it cannot be written.
pub(super) fn write(path: &Path, tokens: &Tokens) -> io::Result<()> {
    let one = |(digest, known): (&Digest, &Arc<KnownToken>)| Remembered {
        digest: digest.to_string(),
        token: known.token.clone(),
    };
    let bytes = serde_json::to_vec(&tokens.iter().map(one).collect::<Vec<_>>())?;
    let beside = path.with_extension("new");
    // What an earlier attempt left might be for others' eyes too.
    fs::remove_file(&beside)
        .or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(&bytes)?;
    file.sync_data()?;
    fs::rename(beside, path)
}
