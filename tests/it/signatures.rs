//! Signatures, made by `ssh-keygen` and by Git with real keys.

use crate::repository::Fixture;
use promptreg::git::{self, CommitId, Repository, key_of, signed_by};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use tempfile::TempDir;

/// A folder with keys.
pub(crate) struct Keys(TempDir);

impl Keys {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Makes the key of a person.
    pub(crate) fn make_named(&self, who: &str) {
        keygen(
            Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", who, "-f"]).arg(self.named(who)),
        );
    }

    /// The file of a person's key.
    pub(crate) fn named(&self, who: &str) -> PathBuf {
        self.0.path().join(who)
    }

    /// Makes a key of a type, `ed25519`, `ecdsa`, …, and gives back its file.
    pub(crate) fn make(&self, kind: &str, bits: &str) -> PathBuf {
        let file = self.0.path().join(format!("{kind}{bits}"));
        let bits: &[&str] = if bits.is_empty() { &[] } else { &["-b", bits] };
        keygen(
            Command::new("ssh-keygen")
                .args(["-q", "-N", "", "-C", "cleo@laptop of hers", "-t", kind, "-f"])
                .arg(&file)
                .args(bits),
        );
        file
    }

    /// Signs bytes in a namespace.
    pub(crate) fn sign(&self, key: &Path, namespace: &str, bytes: &[u8], options: &[&str]) -> Vec<u8> {
        let file = self.0.path().join("signed");
        let signature = self.0.path().join("signed.sig");
        fs::write(&file, bytes).unwrap();
        let _ = fs::remove_file(&signature);
        keygen(
            Command::new("ssh-keygen")
                .args(["-q", "-Y", "sign", "-n", namespace, "-f"])
                .arg(key)
                .args(options)
                .arg(&file),
        );
        fs::read(signature).unwrap()
    }
}

fn keygen(command: &mut Command) {
    assert!(command.stdin(Stdio::null()).stderr(Stdio::null()).status().unwrap().success(), "{command:?}");
}

/// The line of the `.pub` file beside a key.
pub(crate) fn public(key: &Path) -> String {
    fs::read_to_string(key.with_extension("pub")).unwrap()
}

fn without_comment(line: &str) -> String {
    line.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

fn refusal(bytes: &[u8], signature: &[u8], namespace: &str) -> String {
    signed_by(bytes, signature, namespace).unwrap_err().to_string()
}

/// The key that signed a commit.
fn signer(repository: &Repository, commit: CommitId) -> Result<Option<String>, git::Error> {
    Ok(repository.signers_of(&[commit])?.remove(0))
}

#[test]
fn a_signature_names_the_key_that_made_it_whatever_its_type_and_hash() {
    let keys = Keys::new();
    for (kind, bits) in [("ed25519", ""), ("ecdsa", "256")] {
        let key = keys.make(kind, bits);
        let own = key_of(&public(&key)).unwrap();
        assert_eq!(own, without_comment(&public(&key)));
        for hash in ["sha256", "sha512"] {
            for turn in 0..8_u8 {
                let signature = keys.sign(&key, "test", &[turn; 100], &["-O", &format!("hashalg={hash}")]);
                assert_eq!(signed_by(&[turn; 100], &signature, "test"), Ok(own.clone()), "{kind} {hash}");
            }
        }
    }
}

#[test]
fn a_signature_that_is_altered_or_made_for_something_else_is_none() {
    let keys = Keys::new();
    let key = keys.make("ed25519", "");
    let signature = keys.sign(&key, "test", b"yes", &[]);
    assert_eq!(
        refusal(b"yes", &signature, "git"),
        "the signature was made for something else: its namespace is another"
    );
    assert_eq!(refusal(b"no", &signature, "test"), "the signature is not of these bytes");
    assert_eq!(refusal(b"yes", b"", "test"), "the signature is no SSH signature");
    assert_eq!(refusal(b"yes", &[b'-'; 16 * 1024 + 1], "test"), "the signature has more than 16 KiB");
    let pgp = b"-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n";
    assert_eq!(refusal(b"yes", pgp, "test"), "it is signed with PGP: sign with an SSH key");
    for end in 0..signature.len() - 1 {
        assert_eq!(refusal(b"yes", &signature[..end], "test"), "the signature is no SSH signature", "{end}");
    }
    for at in 0..signature.len() - 1 {
        let mut altered = signature.clone();
        altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
        assert_ne!(signed_by(b"yes", &altered, "test").ok(), key_of(&public(&key)), "{at}");
    }
}

#[test]
fn keys_that_are_not_taken_are_refused_by_type() {
    let keys = Keys::new();
    for (kind, bits, word) in [
        ("rsa", "2048", "RSA keys are not taken: sign with an Ed25519 key (`ssh-keygen -t ed25519`)"),
        ("ecdsa", "384", "keys of this type are not taken: sign with an Ed25519 key (`ssh-keygen -t ed25519`)"),
    ] {
        let key = keys.make(kind, bits);
        assert_eq!(refusal(b"yes", &keys.sign(&key, "test", b"yes", &[]), "test"), word);
    }
}

#[test]
fn a_line_is_a_key_with_or_without_comment_and_not_with_options() {
    let keys = Keys::new();
    let line = public(&keys.make("ed25519", ""));
    let key = without_comment(&line);
    for same in [line.clone(), key.clone(), format!("  {key}\t x \n")] {
        assert_eq!(key_of(&same), Some(key.clone()), "{same}");
    }
    let (kind, base64) = key.split_once(' ').unwrap();
    for other in [
        format!("namespaces=\"git\" {key}"),
        format!("cleo@example.org {key}"),
        format!("ssh-rsa {base64}"),
        format!("{kind} {}", &base64[..base64.len() - 4]),
        format!("{kind} {base64}AAAA"),
        kind.to_owned(),
        String::new(),
        format!("{key} {}", "x".repeat(20_000)),
    ] {
        assert_eq!(key_of(&other), None, "{other:.100}");
    }
}

#[test]
fn a_commit_names_its_signer_where_it_is_signed_with_ssh() {
    let keys = Keys::new();
    let fixture = Fixture::new();
    let repository = fixture.open();
    let unsigned = fixture.commit("unsigned");
    assert_eq!(signer(&repository, unsigned), Ok(None));
    for (kind, bits) in [("ed25519", ""), ("ecdsa", "256")] {
        let key = keys.make(kind, bits);
        let setting = format!("user.signingKey={}", key.display());
        fixture.git(&[
            "-c",
            "gpg.format=ssh",
            "-c",
            &setting,
            "commit",
            "-q",
            "-S",
            "--allow-empty",
            "-m",
            "signed\n\ngpgsig x\n",
        ]);
        let signed = fixture.head();
        assert_eq!(signer(&repository, signed), Ok(key_of(&public(&key))), "{kind}");
        let text = fixture.git(&["cat-file", "commit", &signed.to_string()]) + "\n";
        let made = |text: &str| signer(&repository, fixture.object("commit", text.as_bytes()).parse().unwrap());
        assert_eq!(made(&text), Ok(key_of(&public(&key))), "as it is");
        for altered in [
            text.replace("\n\nsigned", "\n\nSigned"),
            text.replacen("\nparent ", "\ngpgsigparent ", 1),
            text.replacen("\ngpgsig ", &format!("\nparent {unsigned}\ngpgsig "), 1),
            text.replacen("\ngpgsig ", "\ngpgsig -----BEGIN\ngpgsig ", 1),
            text.replace("SSH SIGNATURE", "PGP SIGNATURE"),
            text.replacen("\ngpgsig ", "\ngpgsig-sha256 ", 1),
        ] {
            assert_ne!(altered, text);
            assert_eq!(made(&altered), Ok(None), "{altered}");
        }
    }
    let tree = fixture.git(&["rev-parse", "HEAD^{tree}"]);
    assert!(signer(&repository, tree.parse().unwrap()).is_err());
}

#[test]
fn a_decision_cannot_be_replayed_as_the_signature_of_a_commit() {
    let keys = Keys::new();
    let key = keys.make("ed25519", "");
    let fixture = Fixture::new();
    fixture.commit("unsigned");
    let text = fixture.git(&["cat-file", "commit", "HEAD"]) + "\n";
    let signature = String::from_utf8(keys.sign(&key, "promptreg-decision", text.as_bytes(), &[])).unwrap();
    let header = format!("\ngpgsig {}\n\n", signature.trim_end().replace('\n', "\n "));
    let forged = fixture.object("commit", text.replacen("\n\n", &header, 1).as_bytes());
    assert_eq!(signer(&fixture.open(), forged.parse().unwrap()), Ok(None));
    let honest = String::from_utf8(keys.sign(&key, "git", text.as_bytes(), &[])).unwrap();
    let header = format!("\ngpgsig {}\n\n", honest.trim_end().replace('\n', "\n "));
    let signed = fixture.object("commit", text.replacen("\n\n", &header, 1).as_bytes());
    assert_eq!(signer(&fixture.open(), signed.parse().unwrap()), Ok(key_of(&public(&key))));
}
