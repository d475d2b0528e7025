//! A remote through the real server: mirrored, fetched when asked, and survived when it hangs or goes away.

use crate::harness::{Registry, Server, binary};
use serde_json::{Value, json};
use std::{
    process::Command,
    time::{Duration, Instant},
};

struct Scene {
    registry: Registry,
    data: tempfile::TempDir,
}

impl Scene {
    fn new() -> Self {
        let registry = Registry::new();
        registry.prompt("greet", "labels: {production: 1.0.0}\n", &[("1.0.0", "Hi.")]);
        registry.commit("Start");
        Self { registry, data: tempfile::tempdir().unwrap() }
    }

    /// Serves the registry as a remote, which is asked when somebody nudges: the pause is as long as it can be.
    fn serve(&self) -> Server {
        let url = format!("file://{}", self.registry.path().display());
        let mut command = binary(self.data.path());
        command.args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--poll",
            "18446744073709551615",
            "--allow-protocol",
            "file",
            "--data",
            "data",
        ]);
        Server::run(command.args(["--registry", &url]))
    }

    /// Deletes the data folder, also where the server is just writing to it.
    fn forget(&self) {
        let data = self.data.path().join("data");
        while data.exists() {
            let _ = std::fs::remove_dir_all(&data);
        }
    }

    fn push(&self, number: &str, text: &str) -> String {
        self.registry.prompt("greet", &format!("labels: {{production: {number}}}\n"), &[(number, text)]);
        self.registry.land(text)
    }
}

fn nudge(server: &Server) -> (u16, Value) {
    let reply = server.post("/v1/sync", &json!({}));
    (reply.status, reply.json())
}

#[test]
fn a_remote_is_followed_by_nudges_refused_when_rewritten_and_served_on_when_it_is_gone() {
    let scene = Scene::new();
    let server = scene.serve();
    assert_eq!(server.get("/v1/prompts/greet").text(), "Hi.");
    assert!(server.get("/v1/status").json()["source"].as_str().unwrap().starts_with("file://"));
    let pushed = scene.push("1.1.0", "Hello.");
    assert_eq!(nudge(&server), (200, json!({"commit": pushed, "changed": true})));
    assert_eq!(server.get("/v1/prompts/greet").text(), "Hello.");
    scene.registry.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    scene.push("1.2.0", "Howdy.");
    let (status, problem) = nudge(&server);
    assert!(status == 503 && problem["detail"].as_str().unwrap().contains("was rewritten"), "{problem}");
    scene.registry.git(&["reset", "--quiet", "--hard", &pushed]);
    assert_eq!(nudge(&server), (200, json!({"commit": pushed, "changed": false})));
    drop(server);
    // A push while the server is down is served soon after it starts.
    let pushed = scene.push("1.3.0", "Good day.");
    let server = scene.serve();
    server.until_commit(&pushed);
    std::fs::rename(scene.registry.path().join(".git"), scene.registry.path().join("gone")).unwrap();
    let (status, problem) = nudge(&server);
    // No commit is to blame, and nobody is told where the server looked.
    let said = "the remote cannot be fetched: the server's log says why (what was served before is served on)";
    assert_eq!((status, &problem["commit"], &problem["detail"]), (503, &Value::Null, &json!(said)));
    assert_eq!(problem["title"], "the remote cannot be fetched");
    let looked_at = server.get("/readyz").json()["looked_at"].clone();
    for path in ["/readyz", "/v1/status"] {
        let trouble = server.get(path).json()["trouble"].clone();
        assert_eq!((&trouble["commit"], trouble["message"].as_str()), (&Value::Null, said.split(" (").next()));
    }
    drop(server);
    let server = scene.serve();
    assert_eq!(server.get("/v1/prompts/greet").text(), "Good day.");
    server.until("/v1/status", |reply| !reply.json()["trouble"].is_null());
    // A restart makes nothing newer, to the second at which file systems keep it.
    let seconds = |at: &Value| at.as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_second();
    assert!(seconds(&server.get("/readyz").json()["looked_at"]) <= seconds(&looked_at));
    let failed = |metrics: &str| metrics.lines().any(|line| line.contains("failed") && line.ends_with(" 1"));
    assert!(failed(&server.get("/metrics").body), "{}", server.get("/metrics").body);
}

#[test]
fn a_mirror_that_is_deleted_under_a_server_is_made_anew() {
    let scene = Scene::new();
    let server = scene.serve();
    scene.forget();
    assert_eq!(server.get("/v1/prompts/greet").text(), "Hi.");
    let pushed = scene.push("1.1.0", "Hello.");
    assert_eq!(nudge(&server), (200, json!({"commit": pushed, "changed": true})));
    assert_eq!(server.get("/v1/prompts/greet").text(), "Hello.");
    // Where the remote is gone too, that is what is said.
    scene.forget();
    std::fs::rename(scene.registry.path().join(".git"), scene.registry.path().join("gone")).unwrap();
    let (status, problem) = nudge(&server);
    assert_eq!((status, &problem["title"]), (503, &json!("the remote cannot be fetched")));
    assert_eq!(server.get("/v1/prompts/greet").text(), "Hello.");
    std::fs::rename(scene.registry.path().join("gone"), scene.registry.path().join(".git")).unwrap();
    assert_eq!(nudge(&server), (200, json!({"commit": pushed, "changed": false})));
}

/// Has everything wait that reads the remote's refs, until it is dropped.
struct Hung(std::path::PathBuf);

impl Hung {
    fn new(scene: &Scene) -> Self {
        let path = scene.registry.path().join(".git/packed-refs");
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        Self(path)
    }
}

impl Drop for Hung {
    fn drop(&mut self) {
        let opened = std::fs::OpenOptions::new().read(true).write(true).open(&self.0);
        std::fs::remove_file(&self.0).unwrap();
        drop(opened);
    }
}

#[test]
fn a_remote_that_hangs_holds_up_neither_the_start_nor_the_end() {
    let scene = Scene::new();
    drop(scene.serve());
    let _hung = Hung::new(&scene);
    let since = Instant::now();
    let mut server = scene.serve();
    assert_eq!(server.get("/v1/prompts/greet").text(), "Hi.");
    let pid = server.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(server.child.wait().unwrap().success());
    assert!(since.elapsed() < Duration::from_secs(60), "{:?}", since.elapsed());
}
