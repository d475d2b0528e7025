//! SSH signatures: which key signed these bytes, checked in this process.

use super::{error::Error, id::CommitId, repository::Repository};
use git2::{ObjectType, Odb};
use ssh_key::{
    LineEnding, PublicKey, SshSig,
    public::{EcdsaPublicKey, KeyData},
};

/// The namespace in which Git signs commits.
const COMMITS: &str = "git";
/// The longest signature, in bytes.
pub(super) const SIGNATURE_BYTES: usize = 16 * 1024;
/// The longest line of a key, in bytes.
const KEY_BYTES: usize = 16 * 1024;
/// The longest commit whose signature is checked, in bytes.
const COMMIT_BYTES: usize = 1024 * 1024;

/// Why bytes count as unsigned, without a full stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unsigned(&'static str);

/// The key that signed these bytes, `TYPE BASE64`: the one that an armored SSH signature (`ssh-keygen -Y sign`) of at
/// most 16 KiB holds, where its signature is right. Whose key that is, and whether it counts, is not asked here. Ed25519 and ECDSA on
/// P-256 are known, also those that live in a security key.
///
/// # Errors
/// Where the signature is none, is another namespace's, or is not of these bytes.
pub fn signed_by(bytes: &[u8], signature: &[u8], namespace: &str) -> Result<String, Unsigned> {
    if signature.len() > SIGNATURE_BYTES {
        return Err(Unsigned("the signature has more than 16 KiB"));
    }
    let signature = signature.trim_ascii();
    if signature.starts_with(b"-----BEGIN PGP") {
        return Err(Unsigned("it is signed with PGP: sign with an SSH key"));
    }
    let signature = read(signature).ok_or(Unsigned("the signature is no SSH signature"))?;
    if signature.namespace() != namespace {
        return Err(Unsigned("the signature was made for something else: its namespace is another"));
    }
    let key = PublicKey::from(signature.public_key().clone());
    if let Some(reason) = unknown(key.key_data()) {
        return Err(Unsigned(reason));
    }
    key.verify(namespace, bytes, &signature).map_err(|_| Unsigned("the signature is not of these bytes"))?;
    text(&key).ok_or(Unsigned("the key in the signature cannot be written"))
}

/// Reads a signature that is written as OpenSSH writes it. The version and the lengths inside are not among what is signed, so
/// that without this there would be several texts of one signature.
fn read(text: &[u8]) -> Option<SshSig> {
    let signature = SshSig::from_pem(text).ok().filter(|found| found.version() == SshSig::VERSION)?;
    let canonical = signature.to_pem(LineEnding::LF).ok()?;
    let lines = || text.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    canonical.trim_end().split('\n').map(str::as_bytes).eq(lines()).then_some(signature)
}

/// A key as it is compared, `TYPE BASE64`, from the line of a `.pub` or `authorized_keys` file with or without comment;
/// `None` where the line is no key, has options before it, or is longer than 16 KiB.
#[must_use]
pub fn key_of(line: &str) -> Option<String> {
    if line.len() > KEY_BYTES {
        return None;
    }
    let mut words = line.split_ascii_whitespace();
    let plain = format!("{} {}", words.next()?, words.next()?);
    text(&PublicKey::from_openssh(&plain).ok()?)
}

/// Why signatures of such a key are not checked; `None` where they are.
fn unknown(key: &KeyData) -> Option<&'static str> {
    match key {
        KeyData::Ed25519(_)
        | KeyData::SkEd25519(_)
        | KeyData::SkEcdsaSha2NistP256(_)
        | KeyData::Ecdsa(EcdsaPublicKey::NistP256(_)) => None,
        KeyData::Rsa(_) => Some("RSA keys are not taken: sign with an Ed25519 key (`ssh-keygen -t ed25519`)"),
        _ => Some("keys of this type are not taken: sign with an Ed25519 key (`ssh-keygen -t ed25519`)"),
    }
}

fn text(key: &PublicKey) -> Option<String> {
    PublicKey::from(key.key_data().clone()).to_openssh().ok().map(|line| line.trim_end().to_owned())
}

impl Repository {
    /// The key that signed each of these commits, as [`signed_by`] has it, in their order; `None` where one is unsigned, signed
    /// by other means than SSH, or its signature is wrong.
    ///
    /// # Errors
    /// Where one of them is no commit, or cannot be read.
    pub fn signers_of(&self, commits: &[CommitId]) -> Result<Vec<Option<String>>, Error> {
        let handle = self.fresh()?;
        let odb = handle.odb()?;
        commits.iter().map(|commit| signer(&odb, *commit)).collect()
    }
}

fn signer(odb: &Odb<'_>, commit: CommitId) -> Result<Option<String>, Error> {
    let id = commit.oid()?;
    let (size, kind) = odb.read_header(id).map_err(|error| Error::object(id, &error))?;
    if kind != ObjectType::Commit {
        return Err(Error::NotACommit { name: commit.to_string() });
    }
    if size > COMMIT_BYTES {
        return Ok(None);
    }
    let object = odb.read(id).map_err(|error| Error::object(id, &error))?;
    let Some((payload, signature)) = taken_apart(object.data()) else { return Ok(None) };
    Ok(signed_by(&payload, &signature, COMMITS).ok())
}

/// The bytes of a commit that are signed, and their signature; `None` where there is not exactly one. It is done here since
/// libgit2 looks for the signature in the message too, and drops bytes of headers whose names begin alike.
fn taken_apart(commit: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (mut payload, mut signature) = (Vec::with_capacity(commit.len()), None::<Vec<u8>>);
    let mut is_inside = false;
    let mut rest = commit;
    while !rest.is_empty() && !rest.starts_with(b"\n") {
        let (line, after) = rest.split_at(rest.iter().position(|byte| *byte == b'\n')? + 1);
        rest = after;
        if let Some(first) = line.strip_prefix(b"gpgsig ") {
            if signature.replace(first.to_vec()).is_some() {
                return None;
            }
            is_inside = true;
        } else if let (true, Some(next)) = (is_inside, line.strip_prefix(b" ")) {
            signature.as_mut()?.extend_from_slice(next);
        } else {
            is_inside = false;
            payload.extend_from_slice(line);
        }
    }
    payload.extend_from_slice(rest);
    signature.map(|signature| (payload, signature))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nothing_is_lost_when_a_commit_is_taken_apart(text in "((gpgsig|gpgsig |gpgsig-sha256 | |tree |a|\n){0,30})") {
            let Some((payload, signature)) = taken_apart(text.as_bytes()) else { return Ok(()) };
            // Each line of the signature had one blank before it, the first one the header's name.
            let lines = signature.iter().filter(|byte| **byte == b'\n').count();
            prop_assert_eq!(payload.len() + signature.len() + "gpgsig".len() + lines, text.len());
        }

        #[test]
        fn no_signature_and_no_key_makes_the_reader_panic(inner in "[A-Za-z0-9+/=\n ]{0,300}", line in "(ssh-ed25519|ssh-rsa|[a-z]{0,3}) [A-Za-z0-9+/=]{0,100}") {
            let armored = format!("-----BEGIN SSH SIGNATURE-----\n{inner}\n-----END SSH SIGNATURE-----\n");
            prop_assert!(signed_by(b"", armored.as_bytes(), "git").is_err());
            prop_assert_eq!(key_of(&line), None);
        }
    }
}
