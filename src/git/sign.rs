//! Signing as the person whose machine this is, with their SSH key.

use super::{error::Error, program::Program, repository::Repository};
use std::{
    ffi::{OsStr, OsString},
    fs,
    io::Write,
    os::unix::{ffi::OsStringExt, fs::OpenOptionsExt},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

/// The key that a person signs with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SigningKey {
    /// A file: the private key, or the public one whose private half lies beside it or in the SSH agent.
    File(PathBuf),
    /// A public key, `ssh-ed25519 AAAA…`, whose private half is in the SSH agent.
    Public(String),
}

impl std::fmt::Display for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Public(line) => f.write_str(line),
        }
    }
}

/// Makes an Ed25519 key without a passphrase in a file, and its public half beside it.
///
/// # Errors
/// [`Error::Sign`] where `ssh-keygen` is not there or fails, a file that is there already among the reasons.
pub fn make_key(path: &Path, comment: &str) -> Result<(), Error> {
    let key = SigningKey::File(path.to_owned());
    if path.exists() {
        return Err(failed(&key, "the file is there already".to_owned()));
    }
    let program = Program::default();
    let call = program.tool(path.parent().unwrap_or(Path::new(".")), OsStr::new("ssh-keygen"));
    let path = std::path::absolute(path).map_err(|error| failed(&key, error.to_string()))?;
    let call = call.args(["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f"]).arg(path);
    program.collect(call, &[]).map(drop).map_err(|error| failed(&key, error.to_string()))
}

impl Repository {
    /// The key that the person's settings name, as for their commits: `user.signingkey`, where `gpg.format` is `ssh`.
    /// `None` where they name none, or sign in another way.
    ///
    /// # Errors
    /// Where the settings cannot be read.
    pub fn signing_key(&self) -> Result<Option<SigningKey>, Error> {
        if self.setting("gpg.format")?.as_deref() != Some(OsStr::new("ssh")) {
            return Ok(None);
        }
        let Some(named) = self.setting("user.signingkey")?.filter(|named| !named.is_empty()) else { return Ok(None) };
        Ok(Some(match named.to_str().map(|text| (text, text.strip_prefix("key::"))) {
            Some((_, Some(line))) => SigningKey::Public(line.trim().to_owned()),
            Some((line, None)) if line.starts_with("ssh-") => SigningKey::Public(line.trim().to_owned()),
            _ => SigningKey::File(self.work_tree().unwrap_or_else(|| self.git_dir()).join(named)),
        }))
    }

    /// The mail address that the person commits with; none where they have set none.
    ///
    /// # Errors
    /// Where the settings cannot be read.
    pub fn email(&self) -> Result<Option<String>, Error> {
        let email = self.setting("user.email")?;
        Ok(email.and_then(|email| email.into_string().ok()).filter(|email| !email.is_empty()))
    }

    /// The public half of a key: one line, `<type> <base64>` and often a comment. It is in the file beside the private
    /// one, or worked out from it.
    ///
    /// # Errors
    /// [`Error::Sign`] where there is no such key, or only its passphrase would tell.
    pub fn public_key(&self, key: &SigningKey) -> Result<String, Error> {
        let path = match key {
            SigningKey::Public(line) => return Ok(line.clone()),
            SigningKey::File(path) => path,
        };
        let mut beside = path.clone().into_os_string();
        beside.push(".pub");
        let is_public = path.extension().is_some_and(|extension| extension == "pub");
        let file = if is_public { path.clone() } else { PathBuf::from(beside) };
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(_) if !is_public => text(self.keygen(key, OsStr::new("ssh-keygen"), &["-y", "-f"], path, &[])?),
            Err(error) => return Err(failed(key, error.to_string())),
        };
        let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        match line.split_once(' ') {
            Some(_) if line.len() <= 16 * 1024 => Ok(line.to_owned()),
            _ => Err(failed(key, format!("{} holds no public key", file.display()))),
        }
    }

    /// Signs `bytes` for `namespace`, and gives back the armored signature (SSHSIG). It is made by `ssh-keygen`, or by what
    /// the person's setting `gpg.ssh.program` names. Nothing is asked: a key with a passphrase has to be in an agent.
    ///
    /// # Errors
    /// [`Error::Sign`] where the key is not there, needs its passphrase, or signing takes too long.
    pub fn sign(&self, key: &SigningKey, namespace: &str, bytes: &[u8]) -> Result<Vec<u8>, Error> {
        let program = self.setting("gpg.ssh.program")?.unwrap_or_else(|| "ssh-keygen".into());
        let args = ["-Y", "sign", "-n", namespace, "-f"];
        let signature = match key {
            SigningKey::File(path) => self.keygen(key, &program, &args, path, bytes)?,
            SigningKey::Public(line) => {
                let file = KeyFile::write(line).map_err(|error| failed(key, error.to_string()))?;
                self.keygen(key, &program, &args, &file.0, bytes)?
            }
        };
        if signature.starts_with(b"-----BEGIN SSH SIGNATURE-----") {
            Ok(signature)
        } else {
            Err(failed(key, "the program wrote no signature".to_owned()))
        }
    }

    fn keygen(
        &self,
        key: &SigningKey,
        program: &OsStr,
        args: &[&str],
        file: &Path,
        stdin: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let call = self.program().tool(self.git_dir(), program).args(args).arg(file);
        self.program().collect(call, stdin).map(|(said, _)| said).map_err(|error| match error {
            Error::Failed { stderr, .. } if !stderr.is_empty() => failed(key, stderr),
            Error::Failed { status, .. } => failed(key, status),
            Error::NoGit { reason, .. } => failed(key, format!("{} does not start: {reason}", program.display())),
            Error::TimedOut { limit, .. } => failed(key, format!("it took longer than {limit:?}")),
            error => error,
        })
    }

    /// One setting of the person's or the repository's, with `~` for their home written out.
    fn setting(&self, name: &str) -> Result<Option<OsString>, Error> {
        let call = self.personal("config").args(["--type=path", "-z", "--get", name]).accept(1);
        let (mut said, status) = self.program().collect(call, &[])?;
        said.pop_if(|last| *last == 0);
        Ok((status == 0).then(|| OsString::from_vec(said)))
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

fn failed(key: &SigningKey, reason: String) -> Error {
    let key = key.to_string().chars().filter(|c| !c.is_control()).take(200).collect();
    Error::Sign { key, reason }
}

/// A public key in a file of its own, which is gone when this is.
struct KeyFile(PathBuf);

impl KeyFile {
    fn write(line: &str) -> std::io::Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("promptreg-{}-{number}.pub", std::process::id()));
        // What a killed process of the same number left; a file of anybody else's cannot be removed, and is not written.
        let _ = fs::remove_file(&path);
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        let kept = Self(path);
        file.write_all(format!("{line}\n").as_bytes())?;
        Ok(kept)
    }
}

impl Drop for KeyFile {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.0) {
            tracing::debug!(path = %self.0.display(), %error, "a file with a public key stays");
        }
    }
}
