//! Where records are kept: the database that is named, else the embedded one in the data folder.

use super::{
    error::Failure,
    serve::run_to_end,
    settings::{Keeping, RegistryFlag, ServerFile, variable},
    terminal::Terminal,
};
use crate::{
    app::{self, App, Current, Opening},
    domain::clean,
    store::{self, Engine},
};
use std::path::Path;

/// The embedded database's file in the data folder.
const FILE: &str = "promptreg.db";

/// Which database is meant.
#[derive(Debug, Default, clap::Args)]
pub(super) struct DatabaseFlag {
    /// The database for usage, feedback, audit and tokens, and for a picture of the registry in SQL: postgres://USER@HOST/NAME,
    /// or sqlite://PATH [env: DATABASE_URL; default: what promptreg.toml says, else promptreg.db in the data folder]
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

impl DatabaseFlag {
    /// The database's address; none where nobody names one and there is no data folder.
    pub(super) fn url(&self, file: &ServerFile, data: Option<&Path>) -> Option<String> {
        let said = || variable("DATABASE_URL").map(|said| said.to_string_lossy().into_owned());
        let named = self.database.clone().or_else(said).or_else(|| file.database.clone());
        named.or_else(|| data.map(|data| format!("sqlite://{}", data.join(FILE).display())))
    }
}

impl DatabaseFlag {
    /// The same, but no embedded one that was never made.
    pub(super) fn kept(&self, file: &ServerFile, data: Option<&Path>) -> Option<String> {
        self.url(file, data.filter(|data| data.join(FILE).is_file()))
    }
}

/// Knows a database by its address; within a runtime only.
pub(super) fn open(url: &str) -> Result<Box<dyn Engine>, Failure> {
    store::open(url).map_err(|error| Failure::Usage(error.to_string()))
}

/// An address as it may be shown: without a name and a password.
pub(super) fn shown(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "a database".to_owned() };
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    format!("{scheme}://{}", clean(rest.split('?').next().unwrap_or_default()))
}

/// Reads a registry, and does something with it and its database; says which one that is, too.
pub(super) fn within<T>(
    (registry, keeping, database): (&RegistryFlag, &Keeping, &DatabaseFlag),
    terminal: &Terminal,
    work: impl AsyncFnOnce(&dyn Engine, &Current) -> Result<T, Failure>,
) -> Result<(T, String), Failure> {
    let waiting = terminal.waiting("reading the registry");
    let file = ServerFile::read(None)?;
    let opening = registry.opening(&file, keeping, true)?;
    let url = database.url(&file, opening.data.as_deref()).ok_or(app::Error::NoDatabase)?;
    let app = App::open_with(Opening { follows: false, ..opening }, &|_| ())?;
    drop(waiting);
    run_to_end(async {
        let engine = open(&url)?;
        engine.migrate().await.map_err(app::Error::from)?;
        Ok((work(&*engine, &app.current()).await?, shown(&url)))
    })
}
