//! The store: one story, told to both engines.

mod audit;
mod engine;
mod pin;
mod quality;
mod run;
mod token;
mod usage;

use promptreg::store::{self, Engine};
use std::sync::Arc;

/// A database of its own for one story, with its tables made.
pub(crate) struct Told {
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) url: String,
    _kept: Box<dyn std::any::Any>,
}

/// A fresh SQLite file.
pub(crate) async fn sqlite() -> Told {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("store.db").display());
    made(url, Box::new(folder)).await
}

/// A fresh database of the server that the tests were given.
pub(crate) async fn postgres() -> Told {
    let database = crate::postgres::Database::new();
    let url = database.url().to_owned();
    made(url, Box::new(database)).await
}

async fn made(url: String, kept: Box<dyn std::any::Any>) -> Told {
    let engine: Arc<dyn Engine> = store::open(&url).unwrap().into();
    engine.migrate().await.unwrap();
    Told { engine, url, _kept: kept }
}

/// Runs a future to its end.
pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(work)
}

/// One story for both engines: `story!(name, telling)`, where `telling` is an async function of a [`Told`].
macro_rules! story {
    ($name:ident, $telling:path) => {
        mod $name {
            use super::*;

            #[test]
            fn in_sqlite() {
                crate::store::block_on(async { $telling(crate::store::sqlite().await).await });
            }

            #[test]
            #[ignore = "needs PostgreSQL: run tests/run"]
            fn in_postgres() {
                crate::store::block_on(async { $telling(crate::store::postgres().await).await });
            }
        }
    };
}
pub(crate) use story;
