//! What Git cannot hold, recorded by a real server in both databases.

mod audit;
mod away;
mod killed;
mod pin;
mod quality;
mod usage;

use crate::{
    harness::{Registry, Server},
    postgres,
};

/// A registry, a server of it, and a database of its own.
pub(crate) struct Served {
    pub(crate) registry: Registry,
    pub(crate) server: Server,
    pub(crate) database: String,
    _kept: Box<dyn std::any::Any>,
}

/// A registry with two versions of one prompt.
pub(crate) fn registry() -> Registry {
    let registry = Registry::new();
    registry.prompt(
        "greet",
        "labels: {production: 1.1.0}\naliases: [hello]\n",
        &[("1.0.0", "Hi."), ("1.1.0", "Hello.")],
    );
    registry.file("users/ana.yaml", "email: ana@example.org\nroles: [admin]\n");
    registry.land("Start");
    registry
}

impl Served {
    /// A server with a SQLite file.
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("records.db").display());
        Self::on(url, Box::new(folder))
    }

    /// A server with a database of the PostgreSQL server that the tests were given.
    pub(crate) fn postgres() -> Self {
        let database = postgres::Database::new();
        Self::on(database.url().to_owned(), Box::new(database))
    }

    pub(crate) fn on(database: String, kept: Box<dyn std::any::Any>) -> Self {
        let registry = registry();
        let server = registry.serve(&["--read-drafts", "--database", &database]);
        server.until("/v1/status", |reply| reply.json()["database"]["in_reach"] == true);
        Self { registry, server, database, _kept: kept }
    }

    /// Kills the server, as a power cut would, and starts another one.
    pub(crate) fn kill(&mut self) {
        self.server.child.kill().unwrap();
        self.server.child.wait().unwrap();
        self.server = self.registry.serve(&["--read-drafts", "--database", &self.database]);
    }
}

/// One story for both databases: `served!(name, telling)`, where `telling` is a function of a [`Served`].
macro_rules! served {
    ($name:ident, $telling:path) => {
        mod $name {
            use super::*;

            #[test]
            fn in_sqlite() {
                $telling($crate::records::Served::sqlite());
            }

            #[test]
            #[ignore = "needs PostgreSQL: run tests/run"]
            fn in_postgres() {
                $telling($crate::records::Served::postgres());
            }
        }
    };
}
pub(crate) use served;
