//! Addresses of remote repositories: which are understood, and which never reach the `git` program.

use super::{error::Error, program::redact};

/// The longest address, in bytes.
const URL_BYTES: usize = 2048;

/// How a remote is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// `https://`.
    Https,
    /// `ssh://`, or `git@host:path`.
    Ssh,
    /// `git://`, which nothing protects.
    Git,
    /// `file://`, a repository on this machine.
    File,
}

/// Which protocols may be used besides `https` and `ssh`. `http` never.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Protocols {
    /// `git://`: anyone on the way can change what arrives.
    pub git: bool,
    /// `file://`: the settings of the repository that lies there are believed.
    pub file: bool,
}

/// The address of a remote repository. It holds no password.
#[derive(Clone, PartialEq, Eq)]
pub struct Remote {
    url: String,
    protocol: Protocol,
    /// The host with its port; empty for a file.
    host: String,
    user: Option<String>,
}

impl Remote {
    /// Tells an address (`https://…`, `ssh://…`, `user@host:path`, `host:path`, `git://…`, `file://…`) from the path of a
    /// local repository, for which it answers `None`. Looks at the text alone.
    ///
    /// # Errors
    /// [`Error::Url`] where it is an address of another kind, has a password in it, or is hostile: one that names a program
    /// (`ext::…`), that begins with `-`, or has a control character in it.
    pub fn parse(text: &str) -> Result<Option<Self>, Error> {
        let refuse = |reason| Err(Error::Url { url: shown(text), reason });
        if text.is_empty() || text.len() > URL_BYTES {
            return refuse("it is empty or has more than 2,048 bytes");
        } else if text.starts_with('-') {
            return refuse("it begins with -, as an option does; write ./ before a path");
        } else if text.chars().any(char::is_control) {
            return refuse("it has a control character in it");
        }
        let parsed = match (text.split_once("://"), text.split_once(':')) {
            (Some((scheme, rest)), _) if is_word(scheme) => address(text, scheme, rest),
            (_, Some((helper, rest))) if is_word(helper) && rest.starts_with(':') => {
                Err("it names a program to run: write https:// or ssh://")
            }
            (_, Some((host, path))) if !host.is_empty() && !host.contains('/') => short(text, host, path),
            _ => return Ok(None),
        };
        parsed.map_or_else(refuse, |remote| Ok(Some(remote)))
    }

    /// How it is reached.
    #[must_use]
    pub const fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// The address as Git takes it. It may name a user: for messages, use `Display`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether this may be the repository that a forge calls by this name, `acme/prompts`: its path ends so. A file's path
    /// says nothing of that.
    #[must_use]
    pub fn may_be(&self, name: &str) -> bool {
        let path = self.url.trim_end_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path).to_ascii_lowercase();
        let before = path.strip_suffix(&*name.to_ascii_lowercase());
        self.protocol == Protocol::File || before.is_some_and(|before| before.ends_with(['/', ':']))
    }

    /// The scheme and the host, for which credentials are meant; `None` where there is no such host.
    pub(super) fn web_host(&self) -> Option<String> {
        (self.protocol == Protocol::Https).then(|| format!("https://{}", self.host))
    }

    /// The user that the address names.
    pub(super) fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// Whether it may be used.
    pub(super) fn check(&self, allowed: Protocols) -> Result<(), Error> {
        let reason = match self.protocol {
            Protocol::Git if !allowed.git => {
                "git:// is not protected, and has to be allowed: `--allow-protocol git`, or `allow_protocols = [\"git\"]` in promptreg.toml"
            }
            Protocol::File if !allowed.file => {
                "file:// has to be allowed: `--allow-protocol file`, or `allow_protocols = [\"file\"]` in promptreg.toml; a path needs neither"
            }
            _ => return Ok(()),
        };
        Err(Error::Url { url: self.to_string(), reason })
    }
}

impl std::fmt::Display for Remote {
    /// Writes the address without who is named in it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&shown(&self.url))
    }
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Remote({self})")
    }
}

/// An address, shortened, without who is named in it and what is asked of it.
fn shown(text: &str) -> String {
    let redacted = redact(text.split('?').next().unwrap_or_default());
    let short = match redacted.split_once('@') {
        Some((user, rest)) if !redacted.contains("//") && user.contains(':') => format!("***@{rest}"),
        _ => redacted,
    };
    short.chars().filter(|c| !c.is_control()).take(200).collect()
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-._".contains(&byte))
}

/// Reads `scheme://rest`.
fn address(text: &str, scheme: &str, rest: &str) -> Result<Remote, &'static str> {
    let protocol = match scheme.to_ascii_lowercase().as_str() {
        "https" => Protocol::Https,
        "ssh" => Protocol::Ssh,
        "git" => Protocol::Git,
        "file" => Protocol::File,
        "http" => return Err("http is not encrypted: write https://"),
        _ => return Err("only https, ssh, git and file are understood"),
    };
    let (authority, path) = rest.split_once('/').ok_or("it has no path after the host")?;
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    if user.is_some_and(|user| user.contains(':')) {
        return Err(NO_PASSWORD);
    }
    match protocol {
        Protocol::File if !authority.is_empty() => return Err("file:// is followed by a path on this machine"),
        Protocol::File => {}
        Protocol::Git if user.is_some() => return Err("git:// knows no users"),
        _ => check_host(user, host)?,
    }
    if protocol == Protocol::Https && path.contains(['?', '#']) {
        return Err("it has a ? or # in it, which no repository needs");
    }
    if path.is_empty() || path.starts_with('-') {
        return Err("it has no path after the host");
    }
    Ok(Remote { url: text.to_owned(), protocol, host: host.to_owned(), user: user.map(str::to_owned) })
}

const NO_PASSWORD: &str = "a password in an address ends up in logs: leave it out, and give it by an SSH agent, a \
                           credential helper, GIT_ASKPASS, or a token in an environment variable";

/// Reads `user@host:path`.
fn short(text: &str, host: &str, path: &str) -> Result<Remote, &'static str> {
    let (user, host) = match host.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, host),
    };
    if path.split_once('@').is_some_and(|(before, _)| !before.contains('/')) {
        return Err(NO_PASSWORD);
    }
    check_host(user, host)?;
    if path.is_empty() || path.starts_with('-') {
        return Err("it has no path after the host");
    }
    Ok(Remote { url: text.to_owned(), protocol: Protocol::Ssh, host: host.to_owned(), user: user.map(str::to_owned) })
}

fn check_host(user: Option<&str>, host: &str) -> Result<(), &'static str> {
    let is_safe = |text: &str, more: &[u8]| {
        let is_known = |byte: u8| byte.is_ascii_alphanumeric() || more.contains(&byte);
        !text.is_empty() && !text.starts_with('-') && text.bytes().all(is_known)
    };
    if !is_safe(host, b".-_:[]") {
        Err("its host is no name of a host")
    } else if user.is_some_and(|user| !is_safe(user, b".-_+%@")) {
        Err("its user is no name of a user")
    } else {
        Ok(())
    }
}
