//! The flags and the state that verbs share which read: what is approved, what was, a ref, or the files as they lie.

use super::{
    database::DatabaseFlag,
    error::Failure,
    moment::Moment,
    pin,
    settings::{Keeping, RegistryFlag, ServerFile},
    terminal::Terminal,
};
use crate::app::{self, App, Current};
use std::{path::PathBuf, sync::Arc};

/// Which state is read.
#[derive(Debug, clap::Args)]
pub(super) struct Reading {
    #[command(flatten)]
    registry: RegistryFlag,
    #[command(flatten)]
    keeping: Keeping,
    /// Read a branch, tag or commit instead of what is approved
    #[arg(long, value_name = "REF", conflicts_with = "work_tree")]
    r#ref: Option<String>,
    /// Read what was approved at a time: 2026-11-22T14:02:00Z, "2026-11-22 14:02", 2026-11-22, 14:02, "2 hours ago"
    #[arg(long, value_name = "TIME", conflicts_with_all = ["ref", "work_tree"])]
    at: Option<Moment>,
    /// Read the files as they lie in the folder, committed or not
    #[arg(long)]
    work_tree: bool,
}

impl Reading {
    /// The folder with the registry's files.
    pub(super) fn root(&self) -> Result<PathBuf, Failure> {
        self.registry.root()
    }

    /// Reads the state that the flags name, and sees to it that it can be searched: what an earlier process left in the
    /// data folder is made use of.
    pub(super) fn searchable(&self, terminal: &Terminal) -> Result<Arc<Current>, Failure> {
        if self.work_tree || self.r#ref.is_some() || self.at.is_some() {
            return self.state(terminal);
        }
        let _waiting = terminal.waiting("making the search index");
        let app = self.registry.open(&self.keeping)?;
        app.index()?;
        Ok(app.current())
    }

    /// Reads the state that the flags name; where that is what is served, under the pins that its database has.
    pub(super) fn pinned(&self, database: &DatabaseFlag, terminal: &mut Terminal) -> Result<Arc<Current>, Failure> {
        if self.work_tree || self.r#ref.is_some() || self.at.is_some() {
            return self.state(terminal);
        }
        let waiting = terminal.waiting("reading the registry");
        let file = ServerFile::read(None)?;
        let opening = self.registry.opening(&file, &self.keeping, false)?;
        let url = database.kept(&file, opening.data.as_deref());
        let app = App::open_with(opening, &|_| ())?;
        drop(waiting);
        if let Some(url) = url {
            pin::hold(&app, &url, terminal)?;
        }
        Ok(app.current())
    }

    /// Opens what is live: of a clone, the branch as its remote has it.
    pub(super) fn upstream(&self) -> Result<App, Failure> {
        if self.work_tree || self.r#ref.is_some() || self.at.is_some() {
            let why = "only what is approved now runs: --ref, --at and --work-tree are for --dry-run".to_owned();
            return Err(Failure::Usage(why));
        }
        self.registry.open_upstream(&self.keeping)
    }

    /// Reads the state that the flags name.
    pub(super) fn state(&self, terminal: &Terminal) -> Result<Arc<Current>, Failure> {
        let _waiting = terminal.waiting("reading the registry");
        if self.work_tree {
            let root = self.registry.root()?;
            return Ok(Arc::new(app::read_folder(&root)?));
        }
        let app = self.registry.open(&self.keeping)?;
        match (&self.r#ref, &self.at) {
            (Some(name), _) => Ok(app.at_ref(name)?),
            (None, Some(at)) => Ok(app.at_time(&at.to_string())?),
            (None, None) => Ok(app.current()),
        }
    }
}
