//! The folder of a registry as an editor sees it: what is on disk, under what is open and not saved yet.

use super::uri;
use crate::{
    domain::{Limits, REGISTRY_FILE, locate},
    files::{self, Document, Entity, Loaded, Refusal, Refused, Source},
};
use lsp_types::Uri;
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    path::{Path, PathBuf},
    sync::Arc,
};

/// A file that is open in the editor.
#[derive(Debug)]
pub(super) struct Open {
    /// Its address in the editor's own spelling.
    pub(super) uri: Uri,
    /// The number that the editor gives its present text.
    pub(super) version: i32,
    /// Its present text.
    pub(super) text: Arc<str>,
}

/// All files of a registry, each read once and again when it changes.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    /// The root as the editor spells it, which may go through links.
    named: PathBuf,
    limits: Limits,
    documents: BTreeMap<Arc<str>, Arc<Document>>,
    refused: BTreeMap<Arc<str>, Refused>,
    open: BTreeMap<Arc<str>, Open>,
    /// Of files that are broken at the moment what they said before.
    before: BTreeMap<Arc<str>, Arc<Document>>,
}

impl Folder {
    /// The registry that holds this file or folder, read whole; `None` where there is none.
    ///
    /// # Errors
    /// Where the operating system refuses.
    pub(super) fn find(inside: &Path) -> Result<Option<Self>, files::Error> {
        // A file may be new, and its folder too.
        let Some(there) = inside.ancestors().find(|path| path.is_dir()) else { return Ok(None) };
        let Ok(root) = files::find_root(there) else { return Ok(None) };
        let spelt = there.ancestors().find(|path| path.canonicalize().is_ok_and(|path| path == root));
        let named = spelt.unwrap_or(&root).to_owned();
        let mut folder = Self {
            root,
            named,
            limits: Limits::default(),
            documents: BTreeMap::new(),
            refused: BTreeMap::new(),
            open: BTreeMap::new(),
            before: BTreeMap::new(),
        };
        folder.read_all()?;
        Ok(Some(folder))
    }

    /// The path from the registry's root; `None` for what lies elsewhere.
    pub(super) fn relative(&self, uri: &Uri) -> Option<Arc<str>> {
        let path = uri::path(uri)?;
        let inside = match path.strip_prefix(&self.named) {
            Ok(inside) => inside.to_owned(),
            Err(_) => {
                let (parent, name) = (path.parent()?.canonicalize().ok()?, path.file_name()?);
                parent.strip_prefix(&self.root).ok()?.join(name)
            }
        };
        Some(inside.to_str()?.replace('\\', "/").into())
    }

    /// The address of a file, in the editor's own spelling where it is open.
    pub(super) fn uri(&self, path: &str) -> Option<Uri> {
        match self.open.get(path) {
            Some(open) => Some(open.uri.clone()),
            None => uri::uri(&self.named.join(path)),
        }
    }

    /// The file as it is open.
    pub(super) fn open(&self, path: &str) -> Option<&Open> {
        self.open.get(path)
    }

    /// How much of everything is taken in.
    pub(super) const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Takes the text of a file that was opened or changed in the editor.
    ///
    /// # Errors
    /// Where everything has to be read again, since the registry's limits changed, and that fails.
    pub(super) fn put(&mut self, path: &Arc<str>, open: Open) -> Result<(), files::Error> {
        self.open.insert(Arc::clone(path), open);
        self.look_again(path)
    }

    /// Takes that a file is open no more: from now on what is on disk counts.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub(super) fn close(&mut self, path: &Arc<str>) -> Result<(), files::Error> {
        self.open.remove(path);
        self.look_again(path)
    }

    /// Takes what the editor says of paths on disk: files or folders came, changed or went.
    ///
    /// # Errors
    /// Where one cannot be read.
    pub(super) fn changed(&mut self, paths: &[Arc<str>]) -> Result<(), files::Error> {
        if paths.iter().any(|path| self.is_folder(path)) {
            return self.read_all();
        }
        // What is open stays as the editor has it.
        let closed = paths.iter().filter(|path| !self.open.contains_key(*path)).cloned().collect::<BTreeSet<_>>();
        closed.iter().try_for_each(|path| self.look_again(path))
    }

    /// Reads everything on disk again, as other programs may have left it.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(super) fn refresh(&mut self) -> Result<(), files::Error> {
        self.read_all()
    }

    /// Whether a path is a folder, or was one that held files of the registry.
    fn is_folder(&self, path: &str) -> bool {
        let below = format!("{path}/");
        let next = self.documents.range::<str, _>((Bound::Included(&*below), Bound::Unbounded)).next();
        next.is_some_and(|(next, _)| next.starts_with(&below)) || self.root.join(path).is_dir()
    }

    /// What all files say; those that are broken at the moment are left out.
    pub(super) fn loaded(&self) -> Loaded {
        files::load(self.documents.values().cloned().collect(), self.refused.values().cloned().collect())
    }

    /// The same, with what broken files said before they were broken.
    pub(super) fn known(&self) -> Loaded {
        let last = |document: &Arc<Document>| Arc::clone(self.before.get(&document.path).unwrap_or(document));
        files::load(self.documents.values().map(last).collect(), Vec::new())
    }

    fn look_again(&mut self, path: &Arc<str>) -> Result<(), files::Error> {
        let (source, refused) = match self.open.get(path) {
            Some(open) => in_editor(path, &open.text),
            None => files::read_one(&self.root, path, &self.limits)?,
        };
        self.refused.remove(path);
        self.refused.extend(refused.map(|refused| (Arc::clone(&refused.path), refused)));
        let before = self.documents.remove(path).filter(|before| before.entity.is_some());
        let Some(source) = source else {
            self.before.remove(path);
            return Ok(());
        };
        let document = Arc::new(Document::read(&source.path, source.location.clone(), &source.bytes, &self.limits));
        match (document.entity.is_some(), before) {
            (true, _) => drop(self.before.remove(path)),
            (false, Some(before)) => drop(self.before.insert(Arc::clone(path), before)),
            (false, None) => {}
        }
        self.documents.insert(Arc::clone(path), document);
        let limits = self.documents.get(path).and_then(|document| limits(document));
        if limits.is_some_and(|limits| limits != self.limits) { self.read_all() } else { Ok(()) }
    }

    fn read_all(&mut self) -> Result<(), files::Error> {
        let settings: Arc<str> = REGISTRY_FILE.into();
        let source = match self.open.get(&settings) {
            Some(open) => in_editor(&settings, &open.text).0,
            None => files::read_one(&self.root, &settings, &Limits::default())?.0,
        };
        let settings =
            source.map(|source| Document::read(&source.path, source.location, &source.bytes, &Limits::default()));
        self.limits = settings.as_ref().and_then(limits).unwrap_or(self.limits);
        let (mut sources, mut refused) = files::read(&self.root, &self.limits)?;
        sources.retain(|source| !self.open.contains_key(&source.path));
        refused.retain(|refused| !self.open.contains_key(&refused.path));
        for (path, open) in &self.open {
            let (source, why_not) = in_editor(path, &open.text);
            sources.extend(source);
            refused.extend(why_not);
        }
        let documents = files::documents(&sources, &self.limits);
        self.documents = documents.into_iter().map(|document| (Arc::clone(&document.path), document)).collect();
        self.refused = refused.into_iter().map(|refused| (Arc::clone(&refused.path), refused)).collect();
        self.before.retain(|path, _| self.documents.get(path).is_some_and(|now| now.entity.is_none()));
        Ok(())
    }
}

/// The limits that `registry.toml` sets; `None` of any other file, and of settings that are broken.
fn limits(document: &Document) -> Option<Limits> {
    match document.entity.as_ref()? {
        Entity::Registry(settings) => Some(settings.limits),
        _ => None,
    }
}

/// A text of the editor as if it came from disk.
fn in_editor(path: &Arc<str>, text: &str) -> (Option<Source>, Option<Refused>) {
    match locate(path) {
        Ok(None) => (None, None),
        Ok(Some(location)) => {
            (Some(Source { path: Arc::clone(path), location, bytes: text.as_bytes().to_vec() }), None)
        }
        Err(reason) => (None, Some(Refused { path: Arc::clone(path), reason: Refusal::Misplaced(reason) })),
    }
}
