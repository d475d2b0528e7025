//! What is held back of a state of the registry, and why: worked out when somebody asks.

use super::{
    coverage::Coverage,
    current::Current,
    held::{Back, Held},
    shelf::MOST_BYTES,
};
use crate::{
    domain::{Diagnostic, Level, Limits, Location, PromptName, Registry, Selector, position},
    files::{self, Document, Entity, Loaded, Refused},
    git::{self, BlobId, Repository},
    lint,
};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What is held back of a state, and what is served all the same.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Status {
    /// The files whose content on the branch is not what is served, by path.
    pub quarantined: Vec<Quarantined>,
}

/// What a server says of itself at `/v1/status`.
#[derive(Debug, Serialize)]
pub struct Overview {
    /// The registry's name.
    pub registry: Option<String>,
    /// The branch that is followed.
    pub branch: String,
    /// The commit that is served.
    pub commit: Option<String>,
    /// Where the registry is followed from: `local` for a repository on this machine, else the remote's address.
    pub source: String,
    /// When the repository was last looked at with success, RFC 3339.
    pub looked_at: String,
    /// How many seconds ago that was.
    pub age_seconds: u64,
    /// Why the newest commit is not served, if it is not.
    pub trouble: Option<super::Trouble>,
    /// How many prompts are served.
    pub prompts: usize,
    /// How many versions of them.
    pub versions: usize,
    /// The labels that an operator holds at a version.
    pub pins: Vec<super::PinItem>,
    /// How the database is; none where none is used.
    pub database: Option<super::Reach>,
    /// What makes a change count, and what is not covered; none for as long as the next state is being made.
    pub approval: Option<Coverage>,
    /// What is held back, and why.
    #[serde(flatten)]
    pub status: Status,
}

impl super::App {
    /// What the server says of itself. Blocks: it reads what is held back, once for each state. Where Git fails it says what
    /// it knows without.
    #[must_use]
    pub fn overview(&self) -> Overview {
        let current = self.current();
        let unread = || status(BTreeMap::new(), &current.registry, &current.held);
        Overview {
            registry: current.registry.settings.as_ref().map(|settings| settings.registry.name.to_string()),
            branch: self.branch().to_owned(),
            commit: current.commit.map(|commit| commit.to_string()),
            source: self.source(),
            looked_at: self.meter().looked_at(),
            age_seconds: self.meter().age().as_secs(),
            trouble: self.trouble(),
            prompts: current.registry.listed().count(),
            versions: current.version_count(),
            pins: current.pins(),
            database: self.reach(),
            approval: self.coverage(&current),
            status: self.status(&current).map_or_else(|_| unread(), Clone::clone),
        }
    }

    /// What is held back of a state, and why. Blocks.
    ///
    /// # Errors
    /// Where Git fails.
    pub fn status<'a>(&self, current: &'a Current) -> Result<&'a Status, super::Error> {
        if let Some(status) = current.status.get() {
            return Ok(status);
        }
        let read = read(self.repository(), current)?;
        Ok(current.status.get_or_init(|| read))
    }
}

/// What is held back of a state, and why, read from a repository.
pub(super) fn read(repository: &Repository, current: &Current) -> Result<Status, git::Error> {
    let documents = documents(repository, &current.held)?;
    Ok(status(documents, &current.registry, &current.held))
}

/// Judges what is held back, as far as it could be read, and says why it is not served.
fn status(documents: BTreeMap<Arc<str>, Arc<Document>>, registry: &Registry, held: &Held) -> Status {
    let wanted: BTreeSet<Arc<str>> = documents.keys().chain(held.refused.keys()).cloned().collect();
    if wanted.is_empty() && held.files().next().is_none() {
        return Status::default();
    }
    let loaded = around(registry, documents, held);
    let mut found: BTreeMap<Arc<str>, Vec<Complaint>> = BTreeMap::new();
    for diagnostic in lint::lint_some(&loaded, &wanted) {
        if diagnostic.severity != Level::Error {
            continue;
        }
        let text = loaded.documents.get(&diagnostic.place.path).map(|document| &*document.text);
        let complaint = Complaint::new(&diagnostic, text);
        found.entry(Arc::clone(&diagnostic.place.path)).or_default().push(complaint);
    }
    let mut quarantined = BTreeMap::new();
    for (path, back) in held.files() {
        let mut diagnostics = found.remove(path).unwrap_or_default();
        if diagnostics.is_empty() || back.says_why {
            diagnostics.push(back.why.clone());
        }
        let served_from = back.served_from.map(|commit| commit.to_string());
        quarantined.insert(Arc::clone(path), Quarantined { path: path.to_string(), served_from, diagnostics });
    }
    for path in held.refused.keys() {
        let Some(diagnostics) = found.remove(path) else { continue };
        let refused = Quarantined { path: path.to_string(), served_from: None, diagnostics };
        quarantined.entry(Arc::clone(path)).or_insert(refused);
    }
    Status { quarantined: quarantined.into_values().collect() }
}

/// The files that are held back, read anew: their texts are not kept.
fn documents(repository: &Repository, held: &Held) -> Result<BTreeMap<Arc<str>, Arc<Document>>, git::Error> {
    let files: Vec<(&Arc<str>, &Location, BlobId)> = held
        .files()
        .filter_map(|(path, back): (&Arc<str>, &Back)| Some((path, &back.location, back.content.as_ref()?.blob)))
        .collect();
    let ids: Vec<BlobId> = files.iter().map(|(_, _, blob)| *blob).collect();
    let blobs = repository.blobs(&ids, MOST_BYTES)?;
    let documents = files.into_iter().zip(blobs).map(|((path, location, _), blob)| {
        let limits = if *location == Location::Registry { Limits::default() } else { held.limits };
        let document = match blob {
            Ok(bytes) => Document::read(path, location.clone(), &bytes, &limits),
            Err(error) => Document::unreadable(path, location.clone(), error.to_string()),
        };
        (Arc::clone(path), Arc::new(document))
    });
    Ok(documents.collect())
}

/// What these files have to be judged among: everything but prompts, the prompts that they name, and what those include.
/// It is taken from what is served, but for the files themselves.
fn around(served: &Registry, held: BTreeMap<Arc<str>, Arc<Document>>, all: &Held) -> Loaded {
    let mut registry = served.clone();
    let mut open: Vec<PromptName> = Vec::new();
    for document in held.values() {
        open.extend(names(document));
        if let Some(entity) = &document.entity {
            put(&mut registry, &document.location, entity);
        }
    }
    let mut documents = files::said(&registry);
    let mut known = BTreeSet::new();
    while let Some(name) = open.pop() {
        let Some(folder) = registry.prompts.get(&name).filter(|_| known.insert(name.clone())) else { continue };
        let pins = folder.versions.values().flat_map(|version| version.uses.values());
        open.extend(pins.map(|pin| pin.name.clone()));
        documents.extend(files::said_of(folder));
    }
    let mut documents: BTreeMap<_, _> =
        documents.into_iter().map(|document| (Arc::clone(&document.path), Arc::new(document))).collect();
    // What was removed from the branch does not lie there.
    for (path, back) in all.files() {
        if back.content.is_none() {
            documents.remove(path);
        }
    }
    documents.extend(held);
    let refused = all.refused.iter().map(|(path, reason)| Refused { path: Arc::clone(path), reason: reason.clone() });
    Loaded { registry, documents, refused: refused.collect() }
}

/// Puts what a file says into the registry in the place of what is served.
fn put(registry: &mut Registry, location: &Location, entity: &Entity) {
    match (location, entity) {
        (Location::Prompt(collection, name), Entity::Prompt(prompt)) => match registry.prompts.get_mut(name) {
            Some(folder) if folder.collection == *collection => Arc::make_mut(folder).prompt = Arc::clone(prompt),
            Some(_) => {}
            None => files::place(registry, location, entity.clone()),
        },
        (Location::Version(collection, name, number), Entity::Version(version)) => {
            if let Some(folder) = registry.prompts.get_mut(name).filter(|folder| folder.collection == *collection) {
                Arc::make_mut(folder).versions.insert(number.clone(), Arc::clone(version));
            }
        }
        _ => {
            files::leave_out(registry, location);
            files::place(registry, location, entity.clone());
        }
    }
}

/// The prompts that a file belongs to or names.
fn names(document: &Document) -> Vec<PromptName> {
    let own = match &document.location {
        Location::Prompt(_, name) | Location::Version(_, name, _) => Some(name.clone()),
        _ => None,
    };
    let named: Vec<PromptName> = match &document.entity {
        Some(Entity::Version(version)) => version.uses.values().map(|pin: &Selector| pin.name.clone()).collect(),
        Some(Entity::Workflow(workflow)) => workflow.steps.iter().map(|step| step.prompt.name.clone()).collect(),
        _ => Vec::new(),
    };
    own.into_iter().chain(named).collect()
}

/// A file whose content on the branch is not what is served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quarantined {
    /// The path on the branch.
    pub path: String,
    /// The commit whose content is served instead; none where nothing is.
    pub served_from: Option<String>,
    /// Why.
    pub diagnostics: Vec<Complaint>,
}

/// A diagnostic with its place as people count it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Complaint {
    /// The rule.
    pub rule: &'static str,
    /// How much it matters.
    pub severity: Level,
    /// What is wrong.
    pub message: String,
    /// The file.
    pub path: String,
    /// The line, from 1; none where the whole file is meant.
    pub line: Option<usize>,
    /// The column in characters, from 1.
    pub column: Option<usize>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Complaint {
    /// Places a diagnostic in the text of its file.
    #[must_use]
    pub fn new(diagnostic: &Diagnostic, text: Option<&str>) -> Self {
        let at = diagnostic.place.span.zip(text).map(|(span, text)| position(text, span.start));
        Self {
            rule: diagnostic.rule,
            severity: diagnostic.severity,
            message: diagnostic.message.clone(),
            path: diagnostic.place.path.to_string(),
            line: at.map(|at| at.line),
            column: at.map(|at| at.column),
            help: diagnostic.help.clone(),
        }
    }
}
