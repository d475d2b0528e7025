//! Fixing: the edits that findings propose, made, checked and written.

use super::{Error, branch, replace, start::own_repository};
use crate::{
    domain::{Diagnostic, Edit, Fix, Limits, Location, PromptName, Semver, locate, position},
    files::{self, Document, Loaded},
    git::Repository,
    lint,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    path::Path,
    sync::Arc,
};

/// The most rounds: a fix may make room for another.
const ROUNDS: usize = 8;

/// What was fixed, and what was not.
#[derive(Debug)]
pub struct Fixes {
    /// What was fixed and written, in the order of paths and lines.
    pub fixed: Vec<Fixed>,
    /// What could have been fixed and was not.
    pub refused: Vec<(Fixed, &'static str)>,
    /// The files that could not be written; nothing of them is among what was fixed.
    pub failed: Vec<Error>,
}

/// One fix of one finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fixed {
    /// The file.
    pub path: Arc<str>,
    /// The line of the finding when it was fixed.
    pub line: usize,
    /// The rule that found it.
    pub rule: &'static str,
    /// What the fix does.
    pub title: String,
}

/// Why a version is left alone.
const APPROVED: &str = "a version on the default branch never changes; `promptreg bump` makes the next one";

/// Why another file is.
const WORSE: &str = "something else would be found there then";

/// Makes the fixes of all that is found in the wanted files, and writes each file once.
///
/// Of fixes that overlap one is made, and the rest is looked at again. A file is written only if afterwards less is
/// found in it and nothing new; in one that could not be read, and so not judged, more may come to light. What a version says that is on the default branch
/// is never changed: of such a file white space and comments are.
///
/// # Errors
/// Where Git cannot say what is on the default branch. Files that cannot be written are in the answer.
pub fn fix(root: &Path, loaded: Loaded, is_wanted: impl Fn(&str) -> bool) -> Result<Fixes, Error> {
    let approved = approved(root, &loaded)?;
    let before = loaded.documents.clone();
    let left = lint::lint(&loaded);
    let limits = limits(&loaded);
    let mut run = Run { loaded, left, approved, limits, fixed: Vec::new(), refused: Vec::new(), held: HashSet::new() };
    for _ in 0..ROUNDS {
        if !run.round(&is_wanted) {
            break;
        }
    }
    Ok(run.write(root, &before))
}

struct Run {
    loaded: Loaded,
    left: Vec<Diagnostic>,
    approved: BTreeSet<(PromptName, Semver)>,
    limits: Limits,
    fixed: Vec<Fixed>,
    refused: Vec<(Fixed, &'static str)>,
    /// The files that fixes would make worse.
    held: HashSet<Arc<str>>,
}

/// A file with some of its fixes made.
struct Draft {
    document: Arc<Document>,
    fixed: Vec<Fixed>,
}

impl Run {
    /// Makes what fixes there are; answers whether any were.
    fn round(&mut self, is_wanted: &impl Fn(&str) -> bool) -> bool {
        let mut drafts = self.drafts(is_wanted);
        loop {
            if drafts.is_empty() {
                return false;
            }
            let documents: Vec<_> = self
                .loaded
                .documents
                .iter()
                .map(|(path, old)| Arc::clone(drafts.get(path).map_or(old, |draft| &draft.document)))
                .collect();
            let loaded = files::load(documents, self.loaded.refused.clone());
            let left = lint::lint(&loaded);
            let worse = self.worse(&drafts, &left);
            if worse.is_empty() {
                self.loaded = loaded;
                self.left = left;
                self.fixed.extend(drafts.into_values().flat_map(|draft| draft.fixed));
                return true;
            }
            for path in worse {
                let fixed = drafts.remove(&path).into_iter().flat_map(|draft| draft.fixed);
                self.refused.extend(fixed.map(|fixed| (fixed, WORSE)));
                self.held.insert(path);
            }
        }
    }

    /// Every wanted file that has fixes, with those made that do not overlap.
    fn drafts(&mut self, is_wanted: &impl Fn(&str) -> bool) -> BTreeMap<Arc<str>, Draft> {
        let mut by_path: BTreeMap<&Arc<str>, Vec<(&Diagnostic, &Fix)>> = BTreeMap::new();
        for found in self.left.iter().filter(|found| is_wanted(&found.place.path)) {
            let Some(fix) = found.fix.as_ref().filter(|_| !self.held.contains(&found.place.path)) else { continue };
            by_path.entry(&found.place.path).or_default().push((found, fix));
        }
        let (mut drafts, mut refused) = (BTreeMap::new(), Vec::new());
        for (path, fixes) in by_path {
            let Some(document) = self.loaded.documents.get(path) else { continue };
            let is_kept = is_approved(&self.approved, &document.location);
            let (mut edits, mut fixed): (Vec<&Edit>, _) = (Vec::new(), Vec::new());
            for (found, fix) in fixes {
                if !fits(&document.text, &edits, &fix.edits) {
                    continue;
                }
                let one = named(document, found, fix);
                if is_kept && !self.is_silent(document, fix) {
                    refused.push((one, APPROVED));
                    continue;
                }
                edits.extend(&fix.edits);
                fixed.push(one);
            }
            if !edits.is_empty() {
                let document = self.read(document, &edited(&document.text, edits));
                drafts.insert(Arc::clone(path), Draft { document: Arc::new(document), fixed });
            }
        }
        for one in refused {
            // It is found again in every round.
            if !self.refused.contains(&one) {
                self.refused.push(one);
            }
        }
        drafts
    }

    fn read(&self, old: &Document, text: &str) -> Document {
        Document::read(&old.path, old.location.clone(), text.as_bytes(), &self.limits)
    }

    /// Whether a file says the same with a fix as without.
    fn is_silent(&self, document: &Document, fix: &Fix) -> bool {
        let with = self.read(document, &edited(&document.text, fix.edits.iter().collect()));
        with.entity.is_some() && with.entity == document.entity
    }

    /// The files in which their drafts do not leave less to be found, or in which something new is found.
    fn worse(&self, drafts: &BTreeMap<Arc<str>, Draft>, left: &[Diagnostic]) -> Vec<Arc<str>> {
        let of = |findings: &[Diagnostic]| {
            let mut counts: HashMap<Arc<str>, HashMap<(&'static str, String), usize>> = HashMap::new();
            for found in findings.iter().filter(|found| drafts.contains_key(&found.place.path)) {
                let counts = counts.entry(Arc::clone(&found.place.path)).or_default();
                *counts.entry((found.rule, found.message.clone())).or_default() += 1;
            }
            counts
        };
        let (before, after) = (of(&self.left), of(left));
        let is_worse = |path: &Arc<str>, draft: &Draft| {
            let (none_before, none_after) = (HashMap::new(), HashMap::new());
            let before = before.get(path).unwrap_or(&none_before);
            let after = after.get(path).unwrap_or(&none_after);
            let is_gone = before.iter().any(|(what, count)| after.get(what).is_none_or(|after| after < count));
            // What could not be read was not judged either: what is found in it now was there.
            let was_read = self.loaded.documents.get(path).is_some_and(|old| old.entity.is_some());
            if !was_read {
                return !is_gone || !parses(&draft.document);
            }
            let is_new = after.iter().any(|(what, count)| before.get(what).is_none_or(|before| before < count));
            is_new || !is_gone
        };
        drafts.iter().filter(|(path, draft)| is_worse(path, draft)).map(|(path, _)| Arc::clone(path)).collect()
    }

    /// Writes what changed.
    fn write(mut self, root: &Path, before: &BTreeMap<Arc<str>, Arc<Document>>) -> Fixes {
        let mut failed = Vec::new();
        for (path, old) in before {
            let Some(new) = self.loaded.documents.get(path).filter(|new| new.text != old.text) else { continue };
            if let Err(error) = replace(&root.join(&**path), new.text.as_bytes()) {
                failed.push(error);
                self.fixed.retain(|fixed| fixed.path != *path);
            }
        }
        self.fixed.sort();
        self.refused.sort();
        Fixes { fixed: self.fixed, refused: self.refused, failed }
    }
}

fn limits(loaded: &Loaded) -> Limits {
    loaded.registry.settings.as_deref().map(|settings| settings.limits).unwrap_or_default()
}

fn parses(document: &Document) -> bool {
    let tree = match document.location {
        Location::Registry => files::parse_toml(&document.text),
        _ => files::yaml::parse(&document.text, &Limits::default()),
    };
    tree.value.is_some()
}

fn named(document: &Document, found: &Diagnostic, fix: &Fix) -> Fixed {
    let line = position(&document.text, found.place.span.unwrap_or_default().start).line;
    Fixed { path: Arc::clone(&document.path), line, rule: found.rule, title: fix.title.clone() }
}

/// Whether edits can be made beside others: within the text, and not where they are.
fn fits(text: &str, others: &[&Edit], edits: &[Edit]) -> bool {
    let is_apart = |a: &Edit, b: &Edit| a.span != b.span && (a.span.end <= b.span.start || b.span.end <= a.span.start);
    edits.iter().all(|edit| {
        text.get(edit.span.start..edit.span.end).is_some() && others.iter().all(|other| is_apart(edit, other))
    })
}

/// A text with edits made that do not overlap.
fn edited(text: &str, mut edits: Vec<&Edit>) -> String {
    edits.sort_by_key(|edit| edit.span);
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for edit in edits {
        out.push_str(text.get(at..edit.span.start).unwrap_or_default());
        out.push_str(&edit.text);
        at = edit.span.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

fn is_approved(approved: &BTreeSet<(PromptName, Semver)>, location: &Location) -> bool {
    match location {
        Location::Version(_, name, number) => approved.contains(&(name.clone(), number.clone())),
        _ => false,
    }
}

/// The versions on the default branch, here or at its remote, wherever their prompts lie there; none outside of a
/// repository, and all of them within a repository of something else. Where the branch is not there at all, those of the commit that is checked out count.
fn approved(root: &Path, loaded: &Loaded) -> Result<BTreeSet<(PromptName, Semver)>, Error> {
    let Some(repository) = own_repository(root)? else {
        // Within a repository of something else nobody can tell what was approved, so all of it counts.
        let versions = loaded.documents.values().filter_map(|document| match &document.location {
            Location::Version(_, name, number) => Some((name.clone(), number.clone())),
            _ => None,
        });
        return Ok(if Repository::open(root).is_ok() { versions.collect() } else { BTreeSet::new() });
    };
    let named = loaded.registry.settings.as_deref().map(|settings| settings.registry.default_branch.clone());
    let mut branches = BTreeSet::from([branch::default_branch(&repository)?]);
    branches.extend(named);
    let mut tips = Vec::new();
    for branch in &branches {
        tips.extend(repository.tip(branch)?);
        tips.extend(repository.resolve(&format!("refs/remotes/origin/{branch}")).ok());
    }
    if tips.is_empty() {
        tips.extend(repository.resolve("HEAD").ok());
    }
    let mut approved = BTreeSet::new();
    for tip in tips {
        let locations = repository.tree(tip)?.entries.into_iter().filter_map(|entry| locate(&entry.path).ok()?);
        approved.extend(locations.filter_map(|location| match location {
            Location::Version(_, name, number) => Some((name, number)),
            _ => None,
        }));
    }
    Ok(approved)
}
