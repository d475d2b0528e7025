//! PostgreSQL for tests: a database for each test, and a server of its own for one that kills it.
//!
//! Whoever uses either marks the test `#[ignore = "needs PostgreSQL: run tests/run"]`: both panic where there is none, so
//! that no test passes without.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{
        LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::SystemTime,
};
use tempfile::TempDir;

/// A database that is empty at first, and dropped with all its connections when the test ends.
pub(crate) struct Database {
    name: String,
    url: String,
    /// The URL by which databases are made.
    server: String,
}

impl Database {
    /// Makes one on the server at `TEST_DATABASE_URL`.
    pub(crate) fn new() -> Self {
        let server = std::env::var("TEST_DATABASE_URL").unwrap_or_default();
        assert!(!server.is_empty(), "there is no TEST_DATABASE_URL: run tests/run");
        let name = unused_name();
        let database = Self { url: with_database(&server, &name), name, server };
        sql(&database.server, &format!("CREATE DATABASE {} TEMPLATE template0", database.name));
        database
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What SQL answers in it, see [`sql`].
    pub(crate) fn sql(&self, statements: &str) -> String {
        sql(&self.url, statements)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let dropped = try_sql(&self.server, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        // A test that fails already says what matters.
        if !std::thread::panicking() {
            assert_eq!(dropped, Ok(String::new()));
        }
    }
}

/// A name that neither another test nor an interrupted run has, nor a run elsewhere against the same server.
fn unused_name() -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos();
    format!("promptreg_test_{}_{now:x}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// A server's URL with another database in it.
fn with_database(url: &str, name: &str) -> String {
    let (address, parameters) = url.split_at(url.find('?').unwrap_or(url.len()));
    let host = address.find("://").unwrap() + "://".len();
    let end = address[host..].find('/').map_or(address.len(), |slash| host + slash);
    format!("{}/{name}{parameters}", &address[..end])
}

/// A server of its own, which is stopped when the test ends.
pub(crate) struct Cluster {
    folder: TempDir,
    url: String,
}

impl Cluster {
    pub(crate) fn start() -> Self {
        let mut cluster = Self { folder: tempfile::tempdir().unwrap(), url: String::new() };
        cluster.url = cluster.run("start").unwrap();
        cluster
    }

    /// The URL of its only database; the same after a restart.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What SQL answers in its database, see [`sql`].
    pub(crate) fn sql(&self, statements: &str) -> String {
        sql(&self.url, statements)
    }

    /// As a crash does: `kill -9` of the server and all its children, which are dead when this returns.
    pub(crate) fn kill(&self) {
        self.run("kill").unwrap();
    }

    /// As whoever looks after it does: what runs is rolled back, connections are closed.
    pub(crate) fn stop(&self) {
        self.run("stop").unwrap();
    }

    /// Starts it again after [`Self::kill`] or [`Self::stop`]; it answers when this returns.
    pub(crate) fn restart(&self) {
        assert_eq!(self.run("restart").unwrap(), self.url);
    }

    fn run(&self, verb: &str) -> Result<String, String> {
        said(script().arg(verb).arg(self.folder.path()).output().unwrap())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let stopped = self.run("stop");
        if !std::thread::panicking() {
            assert_eq!(stopped, Ok(String::new()));
        }
    }
}

/// What statements answer: a row a line, columns parted by `|`. Panics where one fails.
pub(crate) fn sql(url: &str, statements: &str) -> String {
    try_sql(url, statements).unwrap_or_else(|error| panic!("{statements}: {error}"))
}

/// As [`sql`]; an error is what `psql` says. All statements are one transaction, unless they say otherwise.
pub(crate) fn try_sql(url: &str, statements: &str) -> Result<String, String> {
    said(psql(url).args(["-c", statements]).output().unwrap())
}

/// `psql` with none of this machine's settings.
fn psql(url: &str) -> Command {
    static PROGRAMS: LazyLock<PathBuf> = LazyLock::new(|| said(script().arg("bin").output().unwrap()).unwrap().into());
    let mut command = Command::new(PROGRAMS.join("psql"));
    command.args(["-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", url]).env("LC_ALL", "C").stdin(Stdio::null());
    command
}

/// A program that sits in a transaction of its own until it is killed.
struct Sitting(Child);

impl Sitting {
    /// Returns when the statements are done; the transaction stays open.
    fn after(url: &str, statements: &str) -> Self {
        use std::io::{BufRead as _, BufReader, Write as _};
        let mut child = psql(url).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let input = child.stdin.as_mut().unwrap();
        write!(input, "BEGIN;\n{statements};\n\\echo done\n").unwrap();
        input.flush().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "done\n");
        Self(child)
    }
}

impl Drop for Sitting {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn script() -> Command {
    let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/postgres"));
    command.stdin(Stdio::null());
    command
}

/// What a program printed, or how it failed.
fn said(output: Output) -> Result<String, String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    match output.status.success() {
        true => Ok(text(&output.stdout)),
        false => Err(format!("{}: {}", output.status, text(&output.stderr))),
    }
}

#[test]
fn a_servers_url_is_kept_but_for_its_database() {
    let cases = [
        ("postgres://ann@db:5432/postgres", "postgres://ann@db:5432/mine"),
        ("postgresql://ann:a%2Fb@db", "postgresql://ann:a%2Fb@db/mine"),
        ("postgres://db/main?sslmode=require&options=a/b", "postgres://db/mine?sslmode=require&options=a/b"),
        ("postgres://ann@db?sslmode=disable", "postgres://ann@db/mine?sslmode=disable"),
    ];
    for (url, expected) in cases {
        assert_eq!(with_database(url, "mine"), expected);
    }
}

#[test]
#[ignore = "needs PostgreSQL: run tests/run"]
fn each_test_has_a_database_of_its_own_that_is_gone_afterwards() {
    let (here, there) = (Database::new(), Database::new());
    here.sql("CREATE TABLE things AS SELECT generate_series(1, 3) AS n");
    assert_eq!(here.sql("SELECT count(*), current_database() FROM things"), format!("3|{}", here.name));
    let error = try_sql(there.url(), "SELECT count(*) FROM things").unwrap_err();
    assert!(error.contains("relation \"things\" does not exist"), "{error}");

    // Whoever is still connected does not keep it.
    let _sitting = Sitting::after(here.url(), "LOCK TABLE things");
    let (name, server) = (here.name.clone(), here.server.clone());
    let is_there = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
    assert_eq!(sql(&server, &is_there), "1");
    drop(here);
    assert_eq!(sql(&server, &is_there), "0");
}

#[test]
#[ignore = "needs PostgreSQL: run tests/run"]
fn a_killed_cluster_comes_back_where_it_was_with_what_it_acknowledged() {
    let cluster = Cluster::start();
    cluster.sql("CREATE TABLE things (n integer PRIMARY KEY)");
    for round in 0..3 {
        let open = Sitting::after(cluster.url(), &format!("INSERT INTO things VALUES ({})", 100 + round));
        cluster.sql(&format!("INSERT INTO things VALUES ({round})"));
        cluster.kill();
        let error = try_sql(cluster.url(), "SELECT 1").unwrap_err();
        assert!(error.contains("Connection refused"), "{error}");
        drop(open);
        cluster.restart();
        // What was not committed is not there.
        assert_eq!(cluster.sql("SELECT max(n), count(*) FROM things"), format!("{round}|{}", round + 1));
        // It recovered: it was not stopped in order.
        let log = std::fs::read_to_string(cluster.folder.path().join("log")).unwrap();
        assert_eq!(log.matches("database system was not properly shut down").count(), round + 1, "{log}");
    }
}

#[test]
#[ignore = "needs PostgreSQL: run tests/run"]
fn a_cluster_writes_as_a_real_server_does() {
    let cluster = Cluster::start();
    let names = "'fsync', 'full_page_writes', 'synchronous_commit', 'max_connections', 'listen_addresses'";
    let asked = format!("SELECT name, setting FROM pg_settings WHERE name IN ({names}) ORDER BY name");
    insta::assert_snapshot!(cluster.sql(&asked), @"
    fsync|on
    full_page_writes|on
    listen_addresses|127.0.0.1
    max_connections|200
    synchronous_commit|on
    ");
}

#[test]
#[ignore = "needs PostgreSQL: run tests/run"]
fn a_cluster_that_is_stopped_stays_so_until_it_is_restarted() {
    let cluster = Cluster::start();
    cluster.sql("CREATE TABLE things (n integer)");
    cluster.stop();
    assert!(try_sql(cluster.url(), "SELECT 1").unwrap_err().contains("Connection refused"));
    assert!(cluster.run("kill").unwrap_err().contains("no server runs in"));
    // To stop it once more is no error: a test ends so.
    cluster.stop();
    cluster.restart();
    assert_eq!(cluster.sql("SELECT count(*) FROM things"), "0");
    assert!(cluster.run("restart").unwrap_err().contains("a server runs in"));
    assert!(cluster.run("start").unwrap_err().contains("is not empty"));
}
