//! A mirror: the branches and tags of a remote, in a bare repository on this machine.

use super::{
    error::Error,
    program::{Call, Program},
    refs::check_name,
    remote::{Protocol, Protocols, Remote},
    repository::Repository,
};
use std::{
    collections::BTreeMap,
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    time::SystemTime,
};

/// The setting of a mirror that says whose mirror it is.
const OF: &str = "promptreg.mirrorof";

/// The file of a mirror that is written whenever all was fetched: it says when.
const FETCHED: &str = "fetched";

/// The variable of `git`'s environment by which a token reaches it.
const TOKEN: &str = "PROMPTREG_GIT_TOKEN";

/// What a mirror is fetched with.
#[derive(Clone, Default)]
pub struct Access {
    /// The `git` program. Its time limit is that of one fetch; a first one may need more than the usual two minutes.
    pub program: Program,
    /// Which protocols may be used besides `https` and `ssh`.
    pub protocols: Protocols,
    /// A token for `https`, sent to the remote's own host only, as the password of the user that the address names or of
    /// `x-access-token`. It is then the only credential: no helper of this machine's owner sees it or is asked.
    pub token: Option<String>,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let token = self.token.as_ref().map(|_| "***");
        f.debug_struct("Access").field("protocols", &self.protocols).field("token", &token).finish_non_exhaustive()
    }
}

/// A bare repository that follows a remote: its branches, its tags, and which branch its `HEAD` names.
#[derive(Debug)]
pub struct Mirror {
    dir: PathBuf,
    remote: Remote,
    access: Access,
}

impl Mirror {
    /// Opens the mirror of `url` at `dir`, or makes an empty one there. Does not talk to the remote.
    ///
    /// # Errors
    /// [`Error::Url`] where the address is not understood or not allowed, [`Error::OtherMirror`] where another remote is
    /// mirrored there, [`Error::Mirror`] where the folder holds something else or is broken, and where it cannot be made.
    pub fn open(dir: &Path, url: &str, access: Access) -> Result<Self, Error> {
        let refused = |reason| Error::Url { url: url.chars().take(200).collect(), reason };
        let remote =
            Remote::parse(url)?.ok_or_else(|| refused("it is the path of a repository, which needs no mirror"))?;
        remote.check(access.protocols)?;
        if access.token.as_ref().is_some_and(|token| token.is_empty() || token.chars().any(char::is_control)) {
            let reason = "the token for it is empty or has a control character in it, such as the end of a line";
            return Err(Error::Url { url: remote.to_string(), reason });
        }
        // `git` runs in that folder, where a relative path would mean another one.
        let dir = &std::path::absolute(dir).map_err(|error| unusable(dir, error))?;
        if !dir.exists() {
            make(dir, &remote, &access.program)?;
        }
        let dir = dir.canonicalize().map_err(|error| unusable(dir, error))?;
        let mirror = Self { dir, remote, access };
        let repository = mirror.repository()?;
        let found = repository.shared().config().and_then(|config| config.get_string(OF));
        match found {
            Ok(found) if found == mirror.remote.url() => Ok(mirror),
            Ok(found) => Err(Error::OtherMirror {
                path: mirror.dir,
                found: Remote::parse(&found)?.map_or_else(|| "a path".to_owned(), |found| found.to_string()),
                wanted: mirror.remote.to_string(),
            }),
            Err(_) => Err(unusable(&mirror.dir, "it is a repository that was not made as a mirror")),
        }
    }

    /// The repository that holds what was fetched.
    ///
    /// # Errors
    /// [`Error::Mirror`] where it is broken.
    pub fn repository(&self) -> Result<Repository, Error> {
        let repository = Repository::open_with(&self.dir, self.access.program.clone());
        let repository = repository.map_err(|error| match error {
            Error::Open { reason, .. } => unusable(&self.dir, reason),
            Error::NotARepository { .. } => unusable(&self.dir, "it is no repository"),
            error => error,
        })?;
        if repository.git_dir() == self.dir { Ok(repository) } else { Err(unusable(&self.dir, "it is no repository")) }
    }

    /// The remote that is mirrored.
    #[must_use]
    pub const fn remote(&self) -> &Remote {
        &self.remote
    }

    /// Brings all branches and tags to where they are at the remote, all at once or none: those that went there go here,
    /// and those that were rewritten follow. Says whether any moved. Every object that arrives is checked. Other refs are
    /// neither fetched nor touched.
    ///
    /// The remote is asked which branch its `HEAD` names at the first fetch, and when a branch came or went.
    ///
    /// # Errors
    /// [`Error::Fetch`] where the remote is not in reach, refuses, or sends what is broken; [`Error::TimedOut`] where it
    /// takes too long; [`Error::Busy`] where another process is at it. What was fetched before stays as it was. A mirror that
    /// was deleted in the meantime is made anew.
    pub fn fetch(&self) -> Result<bool, Error> {
        if !self.dir.exists() {
            // Somebody deleted it, which is allowed: all that was in it is at the remote.
            make(&self.dir, &self.remote, &self.access.program)?;
        }
        let is_newer = self.alone(|| self.fetch_alone())?;
        File::create(self.dir.join(FETCHED)).map_err(|error| unusable(&self.dir, error))?;
        Ok(is_newer)
    }

    /// When all that the remote has was fetched last; `None` where that is not known.
    #[must_use]
    pub fn fetched_at(&self) -> Option<SystemTime> {
        self.dir.join(FETCHED).metadata().ok()?.modified().ok()
    }

    /// Does something that no other process does to this mirror meanwhile.
    pub(super) fn alone<T>(&self, what: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        let busy = || Error::Busy { path: self.dir.clone() };
        let guard = File::create(self.dir.join("fetching")).map_err(|error| unusable(&self.dir, error))?;
        guard.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => busy(),
            TryLockError::Error(error) => unusable(&self.dir, error),
        })?;
        let done = what();
        // Given back by name: a program that is just being started elsewhere in this process may hold a copy of the file.
        guard.unlock().map_err(|error| unusable(&self.dir, error))?;
        done
    }

    fn fetch_alone(&self) -> Result<bool, Error> {
        self.sweep();
        let repository = self.repository()?;
        repository.head_branch().map_err(|error| unusable(&self.dir, error))?;
        let before = refs(&repository)?;
        match self.run(self.fetching(true)) {
            // A branch `a` that made way for `a/b` cannot go and come in one step.
            Err(Error::Fetch { reason, .. }) if reason.contains("cannot lock ref") => self.run(self.fetching(false))?,
            result => result?,
        };
        let after = refs(&repository)?;
        let is_named = |name: &str| after.contains_key(&format!("refs/heads/{name}"));
        let has_head = repository.head_branch()?.is_some_and(|name| is_named(&name));
        if !has_head || !before.keys().eq(after.keys()) {
            self.follow_head(&repository)?;
        }
        Ok(before != after)
    }

    fn fetching(&self, at_once: bool) -> Call {
        let call = self.fetch_call().arg("--prune").args(at_once.then_some("--atomic"));
        call.args(["--", self.remote.url(), "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"])
    }

    /// A fetch that lacks only from where and what.
    pub(super) fn fetch_call(&self) -> Call {
        let options = ["--quiet", "--force", "--no-tags", "--no-recurse-submodules"];
        let more = ["--no-write-fetch-head", "--no-auto-maintenance", "--no-show-forced-updates"];
        self.call("fetch").args(options).args(more)
    }

    /// A push that lacks only what is pushed; a branch goes forward or stays.
    pub(super) fn push_call(&self) -> Call {
        let options = ["--quiet", "--no-verify", "--no-follow-tags", "--recurse-submodules=no", "--no-signed"];
        self.call("push").args(options).args(["--", self.remote.url()])
    }

    /// Lets `HEAD` name the branch that the remote's does. A remote without one leaves it as it is.
    fn follow_head(&self, repository: &Repository) -> Result<(), Error> {
        let call = self.call("ls-remote").args(["--quiet", "--symref", "--", self.remote.url(), "HEAD"]);
        let said = self.run(call)?;
        let lines = said.split(|byte| *byte == b'\n').filter_map(|line| std::str::from_utf8(line).ok());
        let named = lines.filter_map(|line| line.strip_prefix("ref: refs/heads/")?.strip_suffix("\tHEAD"));
        if let Some(branch) = named.into_iter().find(|branch| check_name(branch).is_ok()) {
            let target = format!("refs/heads/{branch}");
            repository.shared().reference_symbolic("HEAD", &target, true, "as at the remote")?;
        }
        Ok(())
    }

    /// A call to the remote. Its credentials are this machine's owner's, or the token alone.
    fn call(&self, name: &str) -> Call {
        let mut protocols = "https:ssh".to_owned();
        match self.remote.protocol() {
            Protocol::Git => protocols.push_str(":git"),
            Protocol::File => protocols.push_str(":file"),
            Protocol::Https | Protocol::Ssh => {}
        }
        let fixed = [("transfer.bundleURI", "false"), ("transfer.fsckObjects", "true")];
        let mut settings: Vec<(String, String)> = fixed.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        let host = self.remote.web_host();
        if host.is_some() {
            // A setting for one address counts more than one for all.
            settings.push((format!("http.{}.followRedirects", self.remote.url()), "false".to_owned()));
        }
        let Some((host, token)) = host.zip(self.access.token.as_ref()) else {
            return self.access.program.remote(&self.dir, name, &protocols, &settings);
        };
        let user = self.remote.user().unwrap_or("x-access-token");
        let answer = format!("printf 'username=%s\\npassword=%s\\n' '{user}' \"${TOKEN}\"");
        settings.push(("credential.helper".to_owned(), String::new()));
        settings.push((format!("credential.{host}.helper"), format!("!f() {{ test \"$1\" = get && {answer}; }}; f")));
        self.access.program.remote(&self.dir, name, &protocols, &settings).env("GIT_ASKPASS", "").env(TOKEN, token)
    }

    pub(super) fn run(&self, call: Call) -> Result<Vec<u8>, Error> {
        let remote = || self.remote.to_string();
        self.access.program.collect(call, &[]).map(|(said, _)| said).map_err(|error| match error {
            Error::Failed { stderr, .. } if !stderr.is_empty() => {
                Error::Fetch { remote: remote(), reason: self.hide(&telling(&stderr)) }
            }
            Error::Failed { status, .. } => Error::Fetch { remote: remote(), reason: status },
            error => error,
        })
    }

    /// Nothing of a token is in a message, whatever a remote answers.
    fn hide(&self, text: &str) -> String {
        self.access.token.as_ref().map_or_else(|| text.to_owned(), |token| text.replace(token, "***"))
    }

    /// Removes what killed calls left behind: locks and half-written packs that are older than a call can be.
    fn sweep(&self) {
        let mut folders = ["refs/heads", "refs/tags", "refs/promptreg"].map(|name| self.dir.join(name)).to_vec();
        let here = ["packed-refs.lock", "HEAD.lock", "config.lock", "shallow.lock"].map(|name| self.dir.join(name));
        here.iter().for_each(|file| self.sweep_one(file));
        while let Some(folder) = folders.pop() {
            for path in listed(&folder) {
                if path.is_dir() && !path.is_symlink() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "lock") {
                    self.sweep_one(&path);
                }
            }
        }
        let is_left = |path: &PathBuf| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            name.starts_with("tmp_") || name.ends_with(".lock")
        };
        for folder in [self.dir.join("objects"), self.dir.join("objects/pack"), self.dir.join("objects/info")] {
            listed(&folder).iter().filter(|path| is_left(path)).for_each(|path| self.sweep_one(path));
        }
    }

    /// Removes a file or folder that nobody can be writing to any more.
    fn sweep_one(&self, path: &Path) {
        let Ok(found) = path.symlink_metadata() else { return };
        let age = found.modified().ok().and_then(|time| time.elapsed().ok());
        if age.is_some_and(|age| age > self.access.program.time_limit) {
            tracing::info!(path = %path.display(), "what a killed fetch left behind is removed");
            let removed = if found.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
            if let Err(error) = removed {
                tracing::warn!(path = %path.display(), %error, "what a killed fetch left behind cannot be removed");
            }
        }
    }
}

/// What Git said, without what it says whatever is wrong; all of it where that is nothing.
fn telling(said: &str) -> String {
    const ALWAYS: [&str; 3] =
        ["fatal: Could not read from remote", "Please make sure you have", "and the repository exists"];
    let lines = said.split("; ").filter(|line| !ALWAYS.iter().any(|always| line.starts_with(always)));
    let telling: Vec<&str> = lines.map(|line| line.strip_prefix("fatal: ").unwrap_or(line)).collect();
    if telling.is_empty() { said.to_owned() } else { telling.join(", and ") }
}

fn listed(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().filter_map(|entry| entry.ok().map(|entry| entry.path())).collect()
}

/// Makes an empty mirror beside its place, and moves it there when it is whole.
fn make(dir: &Path, remote: &Remote, program: &Program) -> Result<(), Error> {
    let failed = |error: std::io::Error| unusable(dir, error);
    let mut name = dir.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = dir.with_file_name(name);
    if new.exists() {
        fs::remove_dir_all(&new).map_err(failed)?;
    }
    fs::create_dir_all(&new).map_err(failed)?;
    let init = program.reading(&new, "init").args(["--quiet", "--bare", "--template=", "--initial-branch=main"]);
    program.collect(init, &[])?;
    let mut config = git2::Config::open(&new.join("config"))?;
    config.set_str(OF, remote.url())?;
    fs::rename(&new, dir).map_err(failed)
}

/// Where all branches and tags are.
fn refs(repository: &Repository) -> Result<BTreeMap<String, git2::Oid>, Error> {
    let handle = repository.fresh()?;
    let mut found = BTreeMap::new();
    for pattern in ["refs/heads/*", "refs/tags/*"] {
        for reference in handle.references_glob(pattern)? {
            let reference = reference?;
            if let Some(target) = reference.target() {
                found.insert(String::from_utf8_lossy(reference.name_bytes()).into_owned(), target);
            }
        }
    }
    Ok(found)
}

fn unusable(path: &Path, reason: impl ToString) -> Error {
    Error::Mirror { path: path.to_owned(), reason: reason.to_string() }
}
