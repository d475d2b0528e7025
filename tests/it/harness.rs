//! A registry in a real repository, the real binary, and a real client of its server.

use crate::repository::Fixture;
use serde_json::Value;
use std::{
    fs::File,
    io::{BufRead as _, BufReader, Read as _, Seek as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

/// How long a test waits for what should come at once.
const DEADLINE: Duration = Duration::from_secs(20);

/// The binary with none of this machine's settings.
pub(crate) fn binary(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_promptreg"));
    command
        .current_dir(folder)
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"), ("LC_ALL", "C")])
        .env("HOME", folder)
        .stdin(Stdio::null());
    command
}

/// What a verb printed, and how it ended.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

impl Output {
    /// Both streams and the code, one text for a snapshot.
    pub(crate) fn all(&self) -> String {
        let Self { stdout, stderr, code } = self;
        format!("{stdout}{stderr}exit code {code}")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Runs the binary in a folder to its end.
pub(crate) fn promptreg(folder: &Path, args: &[&str]) -> Output {
    let output = binary(folder).args(args).output().unwrap();
    Output {
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap(),
    }
}

/// A registry in a repository of its own, gone when the test ends.
pub(crate) struct Registry(Fixture);

impl std::ops::Deref for Registry {
    type Target = Fixture;

    fn deref(&self) -> &Fixture {
        &self.0
    }
}

impl Registry {
    /// Settings, three users and two tags, not committed yet.
    pub(crate) fn new() -> Self {
        let registry = Self(Fixture::new());
        registry.file("registry.toml", "[registry]\nname = \"acme\"\nid = \"6f0c5a8e-52f9-4bb0-9d1c-0d4c6c4c1f00\"\n");
        for user in ["ana", "ben", "cleo"] {
            let text = format!("email: {user}@example.org\ndisplay_name: {user}\nroles: []\n");
            registry.file(&format!("users/{user}.yaml"), text);
        }
        registry.file("tags.yaml", "internal: {description: For colleagues.}\npublic: {description: For all.}\n");
        registry
    }

    pub(crate) fn file(&self, path: &str, text: impl AsRef<[u8]>) -> &Self {
        self.write(path, text);
        self
    }

    /// A prompt with what is said of it besides its description, and versions of one text each.
    pub(crate) fn prompt(&self, place: &str, more: &str, versions: &[(&str, &str)]) -> &Self {
        self.file(&format!("prompts/{place}/prompt.yaml"), format!("description: Says something.\nowner: ana\n{more}"));
        for (number, text) in versions {
            self.version(place, number, text);
        }
        self
    }

    pub(crate) fn version(&self, place: &str, number: &str, text: &str) -> &Self {
        let text = serde_json::to_string(text).unwrap();
        self.file(&format!("prompts/{place}/{number}.yaml"), format!("content: {text}\nnotes: Made for a test.\n"))
    }

    /// Commits and answers the commit's id.
    pub(crate) fn land(&self, message: &str) -> String {
        self.commit(message).to_string()
    }

    pub(crate) fn promptreg(&self, args: &[&str]) -> Output {
        promptreg(&self.path(), args)
    }

    pub(crate) fn serve(&self, more: &[&str]) -> Server {
        Server::start(&self.path(), &self.path(), more)
    }

    /// Serves it, where the test has nothing more to do with it.
    pub(crate) fn into_server(self, more: &[&str]) -> Server {
        let mut server = self.serve(more);
        server.registry = Some(self);
        server
    }
}

/// A server that is killed when the test ends.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) address: String,
    /// What it said up to and with its address.
    pub(crate) said: String,
    out: Option<BufReader<ChildStdout>>,
    log: File,
    /// Kept for as long as it is served.
    registry: Option<Registry>,
}

impl Server {
    /// Serves a repository on a free port.
    pub(crate) fn start(folder: &Path, repository: &Path, more: &[&str]) -> Self {
        let repository = repository.to_str().unwrap();
        let args = ["serve", "--listen", "127.0.0.1:0", "--registry", repository];
        Self::run(binary(folder).args(args).args(more))
    }

    /// Runs a command that serves, and waits until it says where.
    pub(crate) fn run(command: &mut Command) -> Self {
        let log = tempfile::tempfile().unwrap();
        let child = command.stdout(Stdio::piped()).stderr(log.try_clone().unwrap()).spawn().unwrap();
        // It is a server from the first moment, so that it is stopped whatever happens here.
        let mut server = Self { child, address: String::new(), said: String::new(), out: None, log, registry: None };
        server.out = server.child.stdout.take().map(BufReader::new);
        while server.address.is_empty() {
            let line = server.line();
            if line.is_empty() {
                let log = server.log();
                panic!("the server ended before it listened: {}{log}", server.said);
            }
            server.said += &line;
            server.address = line.trim_end().strip_prefix("listening on http://").unwrap_or_default().to_owned();
        }
        server
    }

    /// The next line that it prints.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.as_mut().unwrap().read_line(&mut line).unwrap();
        line
    }

    /// What it logged.
    pub(crate) fn log(&mut self) -> String {
        let mut log = String::new();
        self.log.rewind().unwrap();
        self.log.read_to_string(&mut log).unwrap();
        log
    }

    /// Waits until it has logged something, and answers the log.
    pub(crate) fn until_log(&mut self, text: &str) -> String {
        let since = Instant::now();
        loop {
            let log = self.log();
            if log.contains(text) {
                return log;
            }
            assert!(since.elapsed() < DEADLINE, "{text:?} is not in the log: {log}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, &[], "")
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Reply {
        self.ask("POST", path, &[("content-type", "application/json")], &body.to_string())
    }

    /// One request; redirects are not followed.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        ask(&self.address, method, path, headers, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// Asks again and again until the answer is what is waited for.
    pub(crate) fn until(&self, path: &str, is_there: impl Fn(&Reply) -> bool) -> Reply {
        let since = Instant::now();
        loop {
            let reply = self.get(path);
            if is_there(&reply) {
                return reply;
            }
            assert!(since.elapsed() < DEADLINE, "{path} still answers {reply:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until this commit is served, and answers the status.
    pub(crate) fn until_commit(&self, commit: &str) -> Value {
        self.until("/v1/status", |reply| reply.json()["commit"] == commit).json()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One request to whoever listens there; redirects are not followed.
pub(crate) fn ask(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Reply, ureq::Error> {
    let config =
        ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).timeout_global(Some(DEADLINE));
    let agent: ureq::Agent = config.allow_non_standard_methods(true).build().into();
    let mut request = ureq::http::Request::builder().method(method).uri(format!("http://{address}{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut response = if body.is_empty() {
        agent.run(request.body(()).unwrap())?
    } else {
        agent.run(request.body(body.to_owned()).unwrap())?
    };
    Ok(Reply {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: response.body_mut().read_to_string()?,
    })
}

/// What the server answered.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: ureq::http::HeaderMap,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The text of the first message.
    pub(crate) fn text(&self) -> String {
        let json = self.json();
        json["messages"][0]["content"].as_str().unwrap_or_else(|| panic!("{json}")).to_owned()
    }

    /// The problem's status, title and detail; panics where it is no problem+json.
    pub(crate) fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        assert_eq!(self.header("cache-control"), "no-store", "{self:?}");
        let json = self.json();
        assert_eq!(json["status"], self.status, "{json}");
        format!("{} {}: {}", self.status, json["title"].as_str().unwrap(), json["detail"].as_str().unwrap())
    }

    /// The values of one key of all items.
    pub(crate) fn each(&self, key: &str) -> Vec<Value> {
        let json = self.json();
        json["items"].as_array().unwrap_or_else(|| panic!("{json}")).iter().map(|item| item[key].clone()).collect()
    }
}

/// Every file below a folder, without the repository.
pub(crate) fn files_in(folder: &Path) -> Vec<PathBuf> {
    let all =
        walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(|entry| entry.file_name() != ".git");
    all.map(Result::unwrap).filter(|entry| entry.file_type().is_file()).map(|entry| entry.into_path()).collect()
}
