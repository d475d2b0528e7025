//! Pushes over smart HTTP, to `git http-backend` behind a small server.

use super::{draft, guarded, push};
use crate::walkthrough::Team;
use std::{
    io::{BufRead as _, BufReader, Read, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

/// A web server that hands every request to Git's own program, as Apache and nginx do.
struct Http {
    port: u16,
    is_over: Arc<AtomicBool>,
    server: Option<JoinHandle<()>>,
}

impl Http {
    fn serve(root: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let is_over = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&is_over);
        let server = thread::spawn(move || {
            for guest in listener.incoming().take_while(|_| !ends.load(Ordering::SeqCst)) {
                let root = root.clone();
                thread::spawn(move || answer(&guest.unwrap(), &root));
            }
        });
        Self { port, is_over, server: Some(server) }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/remote.git", self.port)
    }
}

impl Drop for Http {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        let _ = self.server.take().map(JoinHandle::join);
    }
}

/// One request and its answer; the connection ends with it.
fn answer(guest: &TcpStream, root: &Path) {
    let mut reader = BufReader::new(guest);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end() {
            "" => break,
            text => lines.push(text.to_owned()),
        }
    }
    let Some(request) = lines.first() else { return };
    let words: Vec<&str> = request.split(' ').collect();
    let (path, query) = words[1].split_once('?').unwrap_or((words[1], ""));
    let header = |name: &str| {
        let named = lines.iter().filter_map(|line| line.split_once(": "));
        named.into_iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
    };
    assert_eq!(header("transfer-encoding"), "", "what these tests push is small");
    let length: u64 = header("content-length").parse().unwrap_or(0);
    let mut body = Vec::new();
    reader.by_ref().take(length).read_to_end(&mut body).unwrap();
    let mut backend = Command::new("git");
    backend
        .arg("http-backend")
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .envs([("REQUEST_METHOD", words[0]), ("PATH_INFO", path), ("QUERY_STRING", query)])
        .envs([("CONTENT_TYPE", header("content-type")), ("HTTP_CONTENT_ENCODING", header("content-encoding"))])
        .envs([("GIT_PROTOCOL", header("git-protocol")), ("REMOTE_USER", "ana"), ("GIT_HTTP_EXPORT_ALL", "1")])
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("CONTENT_LENGTH", &length.to_string())])
        .env("GIT_PROJECT_ROOT", root);
    let mut child = backend.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    thread::spawn(move || input.write_all(&body));
    let output = child.wait_with_output().unwrap().stdout;
    let end = output.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8_lossy(&output[..end]);
    let status = head.lines().find_map(|line| line.strip_prefix("Status: ")).unwrap_or("200 OK");
    let (head, mut guest) = (format!("HTTP/1.1 {status}\r\nConnection: close\r\n"), guest);
    let _ = guest.write_all(&[head.as_bytes(), &output].concat());
}

fn team_over_http() -> (Team, Http) {
    let team = guarded();
    let http = Http::serve(team.at("."));
    for who in ["ana", "cleo"] {
        team.git(&format!("{who}-clone"), &["remote", "set-url", "origin", &http.url()]);
    }
    (team, http)
}

#[test]
fn over_http_a_draft_is_refused_explained_approved_and_merged() {
    let (mut team, _http) = team_over_http();
    draft(&mut team);
    let (landed, said) = push(&team, "ana", &["kinder:main"]);
    insta::assert_snapshot!(said, @"
    promptreg: refused, nothing of this push has landed:
      prompts/triage/1.1.0.yaml: it has 0 of 1 approval; cleo or dana may approve it
        push it as a branch and ask: `git push origin HEAD:refs/heads/NAME`, `promptreg submit NAME`
    ");
    assert!(!landed);
    assert_eq!(team.runs("ana", "submit"), 0, "{}", team.said);
    let (landed, said) = push(&team, "ana", &["kinder:main"]);
    insta::assert_snapshot!(said, @"
    promptreg: refused, nothing of this push has landed:
      prompts/triage/1.1.0.yaml: it has 0 of 1 approval; cleo or dana may approve it
        it waits: `promptreg approve kinder`, then `promptreg merge kinder`
    ");
    assert!(!landed);
    for verb in ["approve kinder", "merge kinder", "promote triage 1.1.0"] {
        assert_eq!(team.runs("cleo", verb), 0, "{}", team.said);
    }
    assert_eq!(team.git("remote.git", &["log", "--format=%s", "-1", "main"]), "triage: production is 1.1.0");
}
