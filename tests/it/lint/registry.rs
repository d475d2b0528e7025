//! Registries made of texts: a valid one, with some files added or replaced.

use super::cases::Change;
use promptreg::{
    domain::{Diagnostic, Limits, Location, locate},
    files::{self, Entity, Loaded, Refusal, Refused, Source},
    lint::{self, Approved, Base},
    report::{self, Format, Style},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// A path and a text.
pub(crate) type File = (&'static str, &'static str);

const BASE: &[File] = &[
    ("registry.toml", "[registry]\nname = \"acme\"\nid = \"6f0c2f4e-3f0b-4f5e-9b1a-0d5f3c2b1a00\"\n"),
    ("users/ana.yaml", "email: ana@example.com\n"),
    ("models/fast.yaml", "provider: openai\nmodel: gpt-4o-mini\n"),
    ("tags.yaml", "support: {}\nsummary: {}\n"),
    (
        "prompts/support/greet/prompt.yaml",
        "description: Greets.\nowner: ana\ntags: [support]\nlabels: {production: 1.0.0}\n",
    ),
    ("prompts/support/greet/1.0.0.yaml", "content: Hello\n"),
    ("prompts/tone/prompt.yaml", "description: How we speak.\n"),
    ("prompts/tone/1.0.0.yaml", "content: Be brief.\n"),
];

/// The registry of all cases with these files in it besides.
pub(crate) fn registry(files: &[File]) -> Loaded {
    let (sources, refused) = sources(&BASE.iter().chain(files).copied().collect());
    files::load(files::documents(&sources, &Limits::default()), refused)
}

fn sources(files: &BTreeMap<&str, &str>) -> (Vec<Source>, Vec<Refused>) {
    let (mut sources, mut refused) = (Vec::new(), Vec::new());
    for (path, text) in files {
        match locate(path) {
            Ok(Some(location)) => {
                sources.push(Source { path: (*path).into(), location, bytes: text.as_bytes().to_vec() });
            }
            Ok(None) => {}
            Err(reason) => refused.push(Refused { path: (*path).into(), reason: Refusal::Misplaced(reason) }),
        }
    }
    (sources, refused)
}

/// The registry after a change, and what the change is judged against.
fn changed(change: &Change) -> (Loaded, Base) {
    let before: BTreeMap<&str, &str> = BASE.iter().chain(change.before).copied().collect();
    let mut after: BTreeMap<&str, &str> = before.clone();
    after.retain(|path, _| !change.gone.contains(path));
    after.extend(change.after.iter().copied());
    let paths = before.keys().chain(after.keys());
    let differ: BTreeSet<Arc<str>> =
        paths.filter(|path| before.get(*path) != after.get(*path)).map(|path| (*path).into()).collect();
    let mut approved: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    let once: BTreeMap<&str, &str> = change.once.iter().copied().collect();
    for document in
        [sources(&before), sources(&once)].iter().flat_map(|(all, _)| files::documents(all, &Limits::default()))
    {
        let (Location::Version(_, name, number), Some(Entity::Version(version))) =
            (&document.location, &document.entity)
        else {
            continue;
        };
        let content = Approved {
            commit: "0b433ee5f1a2c3d4e5f60718293a4b5c6d7e8f90".to_owned(),
            path: Arc::clone(&document.path),
            version: Arc::clone(version),
        };
        approved.entry(name.clone()).or_default().insert(number.clone(), content);
    }
    let load = |files: &BTreeMap<&str, &str>| {
        let (sources, refused) = sources(files);
        files::load(files::documents(&sources, &Limits::default()), refused)
    };
    let judged = before.keys().chain(after.keys()).map(|path| (*path).into()).collect();
    (load(&after), Base { loaded: load(&before), changed: differ, judged, approved })
}

pub(crate) fn change_findings(change: &Change) -> Vec<Diagnostic> {
    let (loaded, base) = changed(change);
    lint::lint_change(&loaded, &base)
}

/// What a person reads of a change.
pub(crate) fn change_report(change: &Change) -> String {
    let (loaded, base) = changed(change);
    let found = lint::lint_change(&loaded, &base);
    report::render(Format::Human, &found, &|path| lint::source(&loaded, path), &Style::default())
}

pub(crate) fn findings(files: &[File]) -> Vec<Diagnostic> {
    lint::lint(&registry(files))
}

/// The rules that fire.
pub(crate) fn rules(files: &[File]) -> Vec<&'static str> {
    findings(files).iter().map(|finding| finding.rule).collect()
}

/// What a person reads.
pub(crate) fn report(files: &[File]) -> String {
    let loaded = registry(files);
    report::render(Format::Human, &lint::lint(&loaded), &|path| lint::source(&loaded, path), &Style::default())
}

/// The text of a file as it may be shown.
pub(crate) fn source(files: &[File], path: &str) -> String {
    lint::source(&registry(files), path).unwrap().to_string()
}
