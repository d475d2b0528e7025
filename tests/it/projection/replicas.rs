//! Several servers on one PostgreSQL and one remote.

use crate::{
    harness::{Registry, Server, promptreg},
    postgres::Database,
};
use std::{process::Command, sync::Mutex};

/// A bare repository that people push to.
fn remote(registry: &Registry) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let made =
        Command::new("git").args(["clone", "-q", "--bare"]).arg(registry.path()).arg(folder.path()).status().unwrap();
    assert!(made.success());
    folder
}

#[test]
#[ignore = "needs PostgreSQL: run tests/run"]
fn of_three_servers_each_serves_every_commit_and_one_writes_its_rows() {
    let registry = super::everything();
    let remote = remote(&registry);
    let push = || {
        let done = Command::new("git")
            .current_dir(registry.path())
            .args(["push", "-q"])
            .arg(remote.path())
            .arg("HEAD:main")
            .status();
        assert!(done.unwrap().success());
    };
    let database = Database::new();
    let url = format!("file://{}", remote.path().display());
    let data: Vec<_> = (0..3).map(|_| tempfile::tempdir().unwrap()).collect();
    let start = |place: usize| {
        let data = data[place].path();
        let mut command = crate::harness::binary(data);
        command.args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--registry",
            &url,
            "--allow-protocol",
            "file",
            "--poll",
            "1",
        ]);
        let server = Server::run(command.args(["--database", database.url(), "--data"]).arg(data.join("kept")));
        server.until("/v1/status", |reply| reply.json()["database"]["in_reach"] == true);
        server
    };
    let servers = Mutex::new((0..3).map(start).collect::<Vec<_>>());
    database.sql(
        "CREATE TABLE seen (commit_id text); CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN IF NEW.commit_id IS DISTINCT FROM OLD.commit_id THEN INSERT INTO seen VALUES (NEW.commit_id); END IF; RETURN NEW; END $$;
         CREATE TRIGGER see AFTER UPDATE ON sync_state FOR EACH ROW EXECUTE FUNCTION see()",
    );
    let mut landed = Vec::new();
    for number in 1..=6 {
        let text = format!("Hello {number}.");
        landed.push(
            registry.version("support/email/greet", &format!("2.{number}.0"), &text).land(&format!("Number {number}")),
        );
        push();
        let mut servers = servers.lock().unwrap();
        for server in servers.iter() {
            server.until_commit(landed.last().unwrap());
        }
        // Each of them is stopped once, as a power cut would, and comes back.
        if number % 2 == 0 {
            let place = number / 2 - 1;
            servers[place].child.kill().unwrap();
            servers[place].child.wait().unwrap();
            servers[place] = start(place);
        }
        until(&database, landed.last().unwrap());
    }
    let seen = database.sql("SELECT string_agg(commit_id, ' ' ORDER BY ctid) FROM seen");
    let seen: Vec<&str> = seen.split_whitespace().filter(|commit| landed.iter().any(|known| known == commit)).collect();
    assert_eq!(seen, landed);
    let checked = promptreg(
        data[0].path(),
        &["sync", "--check", "--registry", registry.path().to_str().unwrap(), "--database", database.url()],
    );
    assert_eq!(checked.code, 0, "{}", checked.all());
}

/// Waits until the rows are of a commit.
fn until(database: &Database, commit: &str) {
    let since = std::time::Instant::now();
    while database.sql("SELECT commit_id FROM sync_state").trim() != commit {
        assert!(since.elapsed().as_secs() < 30, "the rows are not of {commit}");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}
