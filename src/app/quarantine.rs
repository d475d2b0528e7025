//! What is held back, counted, and told to the log as it comes to be: nothing is read again for what was told before.

use super::{App, Current};
use crate::{
    domain::{Level, Misplaced, Registry},
    files::Refusal,
    git::{BlobId, CommitId},
};
use std::{collections::HashMap, sync::Arc};

/// What the log was told of, by path: what lies there, and what is served instead.
#[derive(Debug, Default)]
pub(super) struct Told(HashMap<Arc<str>, (Option<BlobId>, Option<CommitId>)>);

impl Told {
    fn of(current: &Current) -> Self {
        let refused = current.held.refused.keys().map(|path| (Arc::clone(path), (None, None)));
        let files = current.held.files().map(|(path, back)| {
            (Arc::clone(path), (back.content.as_ref().map(|content| content.blob), back.served_from))
        });
        Self(refused.chain(files).collect())
    }
}

impl App {
    /// Tells the log what is held back of what is served and was not told before. Blocks where there is something new:
    /// then what is held back is read.
    pub(super) fn tell(&self, told: Told) -> Told {
        let current = self.current();
        let now = Told::of(&current);
        let is_new = |path: &str| now.0.get(path) != told.0.get(path);
        if !now.0.keys().any(|path| is_new(path)) {
            return now;
        }
        let status = match self.status(&current) {
            Ok(status) => status,
            Err(error) => {
                tracing::error!(%error, "what is held back cannot be told");
                return told;
            }
        };
        for quarantined in status.quarantined.iter().filter(|held| is_new(&held.path)) {
            for diagnostic in &quarantined.diagnostics {
                let (line, column) = (diagnostic.line, diagnostic.column);
                tracing::warn!(path = quarantined.path, line, column, rule = diagnostic.rule, "{}", diagnostic.message);
            }
        }
        now
    }
}

impl Current {
    /// How many files on the branch are not what is served: as many as [`super::Status::quarantined`] lists, and nothing
    /// is read for it.
    #[must_use]
    pub fn quarantined(&self) -> usize {
        let is_wrong = |refusal: &Refusal| is_wrong(&self.registry, refusal);
        let refused = self.held.refused.iter().filter(|(path, refusal)| is_wrong(refusal) && !self.held.has(path));
        self.held.files().count() + refused.count()
    }
}

/// Whether what is refused is an error here: a registry may have files lying about that are not its own.
fn is_wrong(registry: &Registry, refusal: &Refusal) -> bool {
    let rule = match refusal {
        Refusal::Unsafe(_) => return true,
        Refusal::Misplaced(Misplaced::Orphan(_)) => "orphan-file",
        Refusal::Misplaced(Misplaced::Name(_)) => "name-mismatch",
    };
    let level = registry.settings.as_ref().and_then(|settings| settings.lint.get(rule));
    level.is_none_or(|level| *level == Level::Error)
}
