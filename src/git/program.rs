//! How the `git` program is run: with nothing of the surroundings in it, and never for longer than allowed.
//!
//! Every call gets an empty environment with only `PATH` in it, no settings but the repository's own, no hooks, no
//! file-system monitor, no network, no replaced or lazily fetched objects, and a process group of its own. When its
//! time is up the whole group is killed. The standard library can start a group but not end one, and this crate has no
//! `unsafe`, so the `kill` that is built into `sh` does it. Calls made for a person at a keyboard
//! ([`Program::own`]) also see that person's home, identity and signing agent; hooks stay off. Calls to a remote
//! ([`Program::remote`]) see what credentials are found by, and use the protocols that they are told.

use super::{error::Error, quarantine::listed};
use std::{
    ffi::{OsStr, OsString},
    io::{BufRead, BufReader, Read, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

/// The oldest Git that will do: the first with SSH signatures that can be checked against a list of keys.
pub const MINIMUM_VERSION: (u32, u32) = (2, 34);

/// How much of the standard error is kept, in bytes.
const STDERR_BYTES: u64 = 16 * 1024;
/// The most memory that `git log` may take, in bytes: it holds all changes of a commit at once, and a few objects can unfold
/// to any number of them.
const LOG_MEMORY: u64 = 1 << 28;
/// How often its memory is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// What every call is told, whatever the repository's settings say.
const SETTINGS: [&str; 15] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.quotePath=false",
    "core.pager=cat",
    "submodule.recurse=false",
    "fetch.fsckObjects=true",
    "protocol.allow=never",
    "http.followRedirects=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "safe.bareRepository=explicit",
    "log.showSignature=false",
    "log.showRoot=true",
    "diff.orderFile=/dev/null",
    "color.ui=false",
];

/// What a call for a person may also see of the environment.
const PERSONAL: [&str; 21] = [
    "HOME",
    "XDG_CONFIG_HOME",
    "USER",
    "LOGNAME",
    "EMAIL",
    "TMPDIR",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XDG_RUNTIME_DIR",
    "GNUPGHOME",
    "GPG_TTY",
    "SSH_AUTH_SOCK",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_AUTHOR_NAME",
    "GIT_AUTHOR_EMAIL",
    "GIT_AUTHOR_DATE",
    "GIT_COMMITTER_NAME",
    "GIT_COMMITTER_EMAIL",
    "GIT_COMMITTER_DATE",
];

/// What a call to a remote may also see of the environment: what credentials, known hosts, proxies and certificates are
/// found by. Nothing in it can ask a person.
const REMOTE: [&str; 30] = [
    "HOME",
    "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME",
    "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS",
    "USER",
    "LOGNAME",
    "TMPDIR",
    "GNUPGHOME",
    "SSH_AUTH_SOCK",
    "GIT_ASKPASS",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_SSH",
    "GIT_SSH_VARIANT",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "GIT_SSL_CERT",
    "GIT_SSL_KEY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
    "GIT_HTTP_LOW_SPEED_LIMIT",
    "GIT_HTTP_LOW_SPEED_TIME",
];

/// The `git` program and what it may use up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// What to start; a bare name is looked for on the `PATH`.
    pub path: PathBuf,
    /// How long one call may take.
    pub time_limit: Duration,
    /// How many bytes one call may write to its standard output.
    pub output_limit: u64,
    /// A folder with more objects, besides those of the repository: what is being pushed lies in one until it is accepted.
    /// It is only ever read.
    pub quarantine: Option<PathBuf>,
}

impl Default for Program {
    /// `git` on the `PATH`, two minutes, 2 GiB.
    fn default() -> Self {
        Self {
            path: PathBuf::from("git"),
            time_limit: Duration::from_secs(120),
            output_limit: 2 << 30,
            quarantine: None,
        }
    }
}

/// One call that is about to be made.
pub(super) struct Call {
    command: Command,
    /// The subcommand, for messages.
    name: String,
    /// An exit status that is an answer and not a failure, beside 0.
    accepted: i32,
}

impl Call {
    /// Adds one more argument.
    pub(super) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    /// Adds more arguments.
    pub(super) fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.command.args(args);
        self
    }

    /// Sets a variable of its environment.
    pub(super) fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(key, value);
        self
    }

    /// Lets OpenSSH's programs ask for nothing: what they would ask with answers nothing.
    pub(super) fn unasked(self) -> Self {
        self.env("SSH_ASKPASS", "false").env("SSH_ASKPASS_REQUIRE", "force")
    }

    /// Sets settings of Git for this call alone; they win over the person's and the repository's.
    pub(super) fn settings(mut self, settings: &[(&str, &OsStr)]) -> Self {
        self = self.env("GIT_CONFIG_COUNT", settings.len().to_string());
        for (number, (key, value)) in settings.iter().enumerate() {
            self = self.env(&format!("GIT_CONFIG_KEY_{number}"), key).env(&format!("GIT_CONFIG_VALUE_{number}"), value);
        }
        self
    }

    /// Takes this exit status for an answer.
    pub(super) const fn accept(mut self, status: i32) -> Self {
        self.accepted = status;
        self
    }

    /// What a message calls it.
    pub(super) fn name(&self) -> String {
        format!("git {}", self.name)
    }
}

impl Program {
    /// The version of the program, such as (2, 39).
    ///
    /// # Errors
    /// Where it cannot be started or is older than [`MINIMUM_VERSION`].
    pub fn version(&self) -> Result<(u32, u32), Error> {
        let (said, _) = self.collect(self.call("version", &[]), &[])?;
        let said = String::from_utf8_lossy(&said).trim().to_owned();
        let mut numbers = said.trim_start_matches("git version ").split('.').map(|part| part.parse().ok());
        match (numbers.next().flatten(), numbers.next().flatten()) {
            (Some(major), Some(minor)) if (major, minor) >= MINIMUM_VERSION => Ok((major, minor)),
            _ => Err(Error::OldGit { found: said }),
        }
    }

    /// A call that reads the repository at `git_dir`, and sees nothing of the surroundings.
    pub(super) fn reading(&self, git_dir: &Path, name: &str) -> Call {
        let mut place = OsString::from("--git-dir=");
        place.push(git_dir);
        let mut call = self.call(name, &[&place]);
        call.command.current_dir(git_dir);
        match &self.quarantine {
            Some(objects) => call.env("GIT_ALTERNATE_OBJECT_DIRECTORIES", listed(objects)),
            None => call,
        }
    }

    /// A call for a person, in their folder `dir` and with their own settings, identity and signing agent.
    pub(super) fn own(&self, dir: &Path, name: &str) -> Call {
        let mut call = self.call(name, &[OsStr::new("--literal-pathspecs")]);
        for key in ["GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_GLOBAL"] {
            call.command.env_remove(key);
        }
        call.command.current_dir(dir);
        for key in PERSONAL {
            if let Some(value) = std::env::var_os(key) {
                call.command.env(key, value);
            }
        }
        call
    }

    /// A call of another program than Git for a person, in their folder `dir`. A key's passphrase is asked of nobody: in a
    /// process group of its own a program that asks on the terminal would be stopped until its time is up.
    pub(super) fn tool(&self, dir: &Path, program: &OsStr) -> Call {
        let mut command = Command::new(program);
        command.env_clear().env("LC_ALL", "C").current_dir(dir);
        for key in PERSONAL.into_iter().chain(["PATH"]) {
            if let Some(value) = std::env::var_os(key) {
                command.env(key, value);
            }
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        Call { command, name: program.to_string_lossy().into_owned(), accepted: 0 }.unasked()
    }

    /// A call that talks to a remote for the repository at `git_dir`, by these protocols only, with what this machine's
    /// owner set up for that: credentials, keys, proxies. `settings` come after theirs and win.
    ///
    /// Their own settings may run what they themselves named (a credential helper, an `ssh` command), and may rewrite
    /// the address; the list of protocols holds for what comes out of that.
    pub(super) fn remote(&self, git_dir: &Path, name: &str, protocols: &str, settings: &[(String, String)]) -> Call {
        let mut call = self.reading(git_dir, name);
        for key in ["GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_GLOBAL"] {
            call.command.env_remove(key);
        }
        for key in REMOTE {
            if let Some(value) = std::env::var_os(key) {
                call.command.env(key, value);
            }
        }
        call.command.env("GIT_CONFIG_COUNT", settings.len().to_string());
        for (number, (key, value)) in settings.iter().enumerate() {
            call.command.env(format!("GIT_CONFIG_KEY_{number}"), key).env(format!("GIT_CONFIG_VALUE_{number}"), value);
        }
        // Without a terminal nobody could answer, and a call that asks would wait until its time is up.
        let ssh = std::env::var_os("GIT_SSH_COMMAND").map(|ssh| ssh.to_string_lossy().into_owned());
        let ssh = ssh.or_else(|| self.own_ssh()).unwrap_or_else(|| "ssh".to_owned());
        call.env("GIT_SSH_COMMAND", quiet(&ssh)).env("GCM_INTERACTIVE", "never").env("GIT_ALLOW_PROTOCOL", protocols)
    }

    /// The `ssh` command that this machine's owner set for all repositories.
    fn own_ssh(&self) -> Option<String> {
        let call = self.own(Path::new("/"), "config").args(["--get", "core.sshCommand"]);
        let (said, _) = self.collect(call, &[]).ok()?;
        Some(String::from_utf8_lossy(&said).trim().to_owned()).filter(|said| !said.is_empty())
    }

    fn call(&self, name: &str, first: &[&OsStr]) -> Call {
        let mut command = Command::new(&self.path);
        command.env_clear();
        // What a program found on the PATH needs to find its own parts; no setting of promptreg's.
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command.envs([
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_ATTR_NOSYSTEM", "1"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_OPTIONAL_LOCKS", "0"),
            ("GIT_NO_LAZY_FETCH", "1"),
            ("GIT_NO_REPLACE_OBJECTS", "1"),
            ("GIT_GRAFT_FILE", "/dev/null"),
            ("LC_ALL", "C"),
        ]);
        command.arg("--no-pager");
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command.args(first).arg(name);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        Call { command, name: name.to_owned(), accepted: 0 }
    }

    /// Makes the call and gives back all it wrote, with its exit status.
    pub(super) fn collect(&self, call: Call, stdin: &[u8]) -> Result<(Vec<u8>, i32), Error> {
        let (name, limit) = (call.name(), self.output_limit);
        self.run(call, stdin, |out| {
            let mut bytes = Vec::new();
            let read = out.take(limit.saturating_add(1)).read_to_end(&mut bytes);
            match read {
                Ok(_) if bytes.len() as u64 > limit => Err(Error::TooMuchOutput { command: name, limit }),
                Ok(_) => Ok(bytes),
                Err(_) => Err(Error::Unreadable { command: name, reason: "its output broke off" }),
            }
        })
    }

    /// Makes the call, feeds it `stdin`, and lets `consume` read what it writes while it runs. A failure of the program
    /// counts before a failure of `consume`, which may only have met its effects.
    pub(super) fn run<T>(
        &self,
        call: Call,
        stdin: &[u8],
        consume: impl FnOnce(&mut dyn BufRead) -> Result<T, Error>,
    ) -> Result<(T, i32), Error> {
        self.hear(call, stdin, consume).map(|(value, code, _)| (value, code))
    }

    /// The same, with the beginning of what it wrote to the standard error.
    pub(super) fn hear<T>(
        &self,
        mut call: Call,
        stdin: &[u8],
        consume: impl FnOnce(&mut dyn BufRead) -> Result<T, Error>,
    ) -> Result<(T, i32, Vec<u8>), Error> {
        let began = Instant::now();
        let mut child = call.command.spawn().map_err(|error| self.no_start(&call.command, &error))?;
        let (late, large) = (AtomicBool::new(false), AtomicBool::new(false));
        let memory = if call.name == "log" { LOG_MEMORY } else { u64::MAX };
        let (result, stderr, status) = self.attend(&mut child, (&late, &large, memory), stdin, consume);
        tracing::debug!(call = call.name(), elapsed = ?began.elapsed(), "git ran");
        if late.load(Ordering::Relaxed) {
            return Err(Error::TimedOut { command: call.name(), limit: self.time_limit });
        }
        if large.load(Ordering::Relaxed) {
            return Err(Error::TooMuchMemory { command: call.name(), limit: memory });
        }
        let failed = |status: String| Error::Failed { command: call.name(), status, stderr: clean(&stderr) };
        match status.map(|status| (status.code(), status)) {
            // Whoever stops listening makes the program fail.
            _ if matches!(result, Err(Error::TooMuchOutput { .. } | Error::TooManyFiles { .. })) => {
                result.map(|value| (value, 0, stderr))
            }
            Ok((Some(code), _)) if code == 0 || code == call.accepted => Ok((result?, code, stderr)),
            Ok((Some(code), _)) => Err(failed(format!("exit status {code}"))),
            Ok((None, status)) => result.and_then(|_| Err(failed(status.to_string()))),
            Err(error) => Err(failed(error.to_string())),
        }
    }

    /// Why a program did not start: a folder that is not there looks just like a program that is not.
    fn no_start(&self, command: &Command, error: &std::io::Error) -> Error {
        match command.get_current_dir() {
            Some(dir) if !dir.is_dir() => Error::NotARepository { path: dir.to_owned() },
            _ => Error::NoGit { program: self.path.display().to_string(), reason: error.to_string() },
        }
    }

    /// Serves the child's three pipes until it ends or its time is up.
    fn attend<T>(
        &self,
        child: &mut Child,
        (late, large, memory): (&AtomicBool, &AtomicBool, u64),
        stdin: &[u8],
        consume: impl FnOnce(&mut dyn BufRead) -> Result<T, Error>,
    ) -> (Result<T, Error>, Vec<u8>, std::io::Result<ExitStatus>) {
        let (group, limit) = (child.id(), self.time_limit);
        let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        thread::scope(|scope| {
            let (done, ended) = mpsc::channel::<()>();
            scope.spawn(move || {
                let began = Instant::now();
                let wait = || limit.saturating_sub(began.elapsed()).min(if memory == u64::MAX { limit } else { LOOK });
                while ended.recv_timeout(wait()) == Err(RecvTimeoutError::Timeout) {
                    let why = if began.elapsed() >= limit { late } else { large };
                    if began.elapsed() >= limit || takes(group) > memory {
                        why.store(true, Ordering::Relaxed);
                        return kill(group);
                    }
                }
            });
            // A program that ends before it has read everything is judged by its exit status.
            scope.spawn(move || input.map(|mut pipe| pipe.write_all(stdin)));
            let stderr = scope.spawn(move || errors.map(drain).unwrap_or_default());
            let result = match output {
                Some(pipe) => consume(&mut BufReader::with_capacity(1 << 16, pipe)),
                None => consume(&mut std::io::empty()),
            };
            // The pipe is closed by now, so a program that is still writing ends by itself.
            let status = child.wait();
            drop(done);
            (result, stderr.join().unwrap_or_default(), status)
        })
    }
}

/// An `ssh` command that asks for nothing; of a program of another name the options are not known.
fn quiet(ssh: &str) -> String {
    let (program, options) = ssh.split_once(' ').unwrap_or((ssh, ""));
    if program.rsplit('/').next() == Some("ssh") {
        format!("{program} -oBatchMode=yes {options}").trim_end().to_owned()
    } else {
        ssh.to_owned()
    }
}

/// Reads to the end and keeps the beginning.
fn drain(mut pipe: impl Read) -> Vec<u8> {
    let mut kept = Vec::new();
    // A broken pipe leaves what was read, which is all a message can show.
    let _ = pipe.by_ref().take(STDERR_BYTES).read_to_end(&mut kept);
    let _ = std::io::copy(&mut pipe, &mut std::io::sink());
    kept
}

/// The memory that a process takes for itself, in bytes; 0 where the system does not say.
fn takes(process: u32) -> u64 {
    let said = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let own = said.lines().find_map(|line| line.strip_prefix("RssAnon:")?.trim().strip_suffix(" kB")?.parse().ok());
    own.map_or(0, |kilobytes: u64| kilobytes << 10)
}

/// Ends a process group. Its leader has not been waited for yet, so the number cannot belong to anyone else.
fn kill(group: u32) {
    let ended = Command::new("sh").args(["-c", "kill -9 -\"$1\"", "sh", &group.to_string()]).status();
    if !ended.is_ok_and(|status| status.success()) {
        tracing::warn!(group, "a git process that took too long could not be ended");
    }
}

/// What a program wrote about its failure, on one line, without the credentials of URLs.
fn clean(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let lines: Vec<&str> =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("hint:")).collect();
    let line: String = lines.join("; ").chars().filter(|c| !c.is_control()).take(2000).collect();
    redact(&line)
}

/// Blots out what stands between `//` and `@` in URLs.
pub(super) fn redact(text: &str) -> String {
    let mut parts = text.split("//");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str("//");
        let end = part.find(|c: char| c == '/' || c.is_whitespace() || c == '\'' || c == '"').unwrap_or(part.len());
        match part[..end].rfind('@') {
            Some(at) => {
                out.push_str("***");
                out.push_str(&part[at..]);
            }
            None => out.push_str(part),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_in_urls_are_blotted_out() {
        let said = b"fatal: unable to access 'https://ana:s3cret@example.org/a.git/': no\nhint: try\nsee //x@y@h/p\n";
        assert_eq!(clean(said), "fatal: unable to access 'https://***@example.org/a.git/': no; see //***@h/p");
        assert_eq!(clean(b"a // comment, mail ana@example.org"), "a // comment, mail ana@example.org");
    }
}
