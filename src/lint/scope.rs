//! How far a change reaches: which files have to be judged again, and which have to be read for that.
//!
//! To parse a file costs a hundred times what it costs to look for a name in its bytes, and whatever refers to a thing
//! has its name in it. So nothing here is parsed; what is found is more than is needed, never less. Files other than
//! versions are few and small beside them, and are read in any case.

use crate::{
    domain::{Location, PromptName},
    files::Source,
};
use rayon::prelude::*;
use regex::bytes::Regex;
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{Arc, LazyLock},
};

/// How far a change reaches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// The paths of the files in which something may be right or wrong now that was not before, and of those that changed.
    pub judged: BTreeSet<Arc<str>>,
    /// The paths of the files that have to be read so that those are judged rightly, themselves included.
    pub read: BTreeSet<Arc<str>>,
}

/// With more names than this it is cheaper to judge everything.
const MOST_NAMES: usize = 256;

/// How far a change reaches, by the bytes of all files as they are (`now`), of those that differ as they were (`old`),
/// and by the paths that differ. `aliases` are the former names of prompts that the change touched, before and after.
///
/// - Settings, tags and policies reach everything.
/// - A prompt reaches its own folder, whatever names it, whatever includes it through others, and the workflows that
///   name one of those. Other things reach what names them.
/// - What is judged needs the versions of the prompts it names, and of those that these include.
#[must_use]
pub fn scope(now: &[Source], old: &[Source], changed: &BTreeSet<Arc<str>>, aliases: &BTreeSet<PromptName>) -> Scope {
    let mut names: HashSet<&str> = aliases.iter().map(PromptName::as_str).collect();
    for source in now.iter().chain(old).filter(|source| changed.contains(&source.path)) {
        match reach(&source.location) {
            Reach::Name(name) => names.extend([name]),
            Reach::Path => {}
            Reach::All => return everything(now, old),
        }
    }
    if names.len() > MOST_NAMES {
        return everything(now, old);
    }
    let mut judged = judged(now, &names);
    judged.extend(changed.iter().map(Arc::clone));
    let read = needed(now, old, &judged);
    Scope { judged, read }
}

fn everything(now: &[Source], old: &[Source]) -> Scope {
    let all: BTreeSet<_> = now.iter().chain(old).map(|source| Arc::clone(&source.path)).collect();
    Scope { judged: all.clone(), read: all }
}

enum Reach<'a> {
    All,
    /// Whatever has this name in it.
    Name(&'a str),
    /// Nothing but itself.
    Path,
}

fn reach(location: &Location) -> Reach<'_> {
    Reach::Name(match location {
        Location::Registry | Location::Tags | Location::Policy(_) => return Reach::All,
        Location::Collection(_) => return Reach::Path,
        Location::Prompt(_, name) | Location::Version(_, name, _) => name.as_str(),
        Location::Workflow(name) => name.as_str(),
        Location::Model(name) => name.as_str(),
        Location::Hook(name) => name.as_str(),
        Location::Client(name) => name.as_str(),
        Location::User(name) => name.as_str(),
        Location::Role(name) => name.as_str(),
    })
}

/// The files in which a change of the things of these names may bring something about.
fn judged(now: &[Source], names: &HashSet<&str>) -> BTreeSet<Arc<str>> {
    let search = Search::new(names);
    let is_own = |source: &Source| prompt(&source.location).is_some_and(|name| names.contains(name));
    let is_near = |source: &&Source| is_around(&source.location) || is_own(source) || search.mentions(&source.bytes);
    let mut judged: BTreeSet<Arc<str>> =
        now.par_iter().filter(is_near).map(|source| Arc::clone(&source.path)).collect();
    // Whoever includes a version gets what that includes, and so on.
    let included = Included::new(now);
    let mut reached: HashSet<&str> = names.clone();
    let mut next: Vec<&str> = names.iter().copied().chain(included.by_hidden.iter().copied()).collect();
    while let Some(name) = next.pop() {
        for source in included.by.get(name).into_iter().flatten() {
            judged.insert(Arc::clone(&source.path));
            next.extend(prompt(&source.location).filter(|name| reached.insert(name)));
        }
    }
    reached.extend(included.by_hidden);
    let workflows = now.iter().filter(|source| matches!(source.location, Location::Workflow(_)));
    let named = workflows.filter(|source| tokens(&source.bytes).any(|token| reached.contains(token)));
    judged.extend(named.map(|source| Arc::clone(&source.path)));
    judged
}

/// Which versions have the pin of which prompt in them.
struct Included<'a> {
    by: HashMap<&'a str, Vec<&'a Source>>,
    /// The prompts whose versions may include anything.
    by_hidden: Vec<&'a str>,
}

impl<'a> Included<'a> {
    fn new(now: &'a [Source]) -> Self {
        let versions = now.par_iter().filter(|source| matches!(source.location, Location::Version(..)));
        let found: Vec<(&Source, Vec<&str>, bool)> = versions
            .map(|source| (source, pins(&source.bytes).collect::<Vec<_>>(), hidden(&source.bytes)))
            .filter(|(_, pins, hidden)| *hidden || !pins.is_empty())
            .collect();
        let mut by: HashMap<_, Vec<_>> = HashMap::new();
        let mut by_hidden = Vec::new();
        for (source, pins, hidden) in found {
            for pin in pins {
                by.entry(pin).or_default().push(source);
            }
            by_hidden.extend(prompt(&source.location).filter(|_| hidden));
        }
        Self { by, by_hidden }
    }
}

/// Whether rules look at all files of this kind together; they need no version for it.
const fn is_around(location: &Location) -> bool {
    !matches!(location, Location::Prompt(..) | Location::Version(..) | Location::Workflow(_))
}

fn prompt(location: &Location) -> Option<&str> {
    match location {
        Location::Prompt(_, name) | Location::Version(_, name, _) => Some(name.as_str()),
        _ => None,
    }
}

/// The files that have to be read so that these are judged rightly, before the change and after it.
fn needed(now: &[Source], old: &[Source], judged: &BTreeSet<Arc<str>>) -> BTreeSet<Arc<str>> {
    let mut read: BTreeSet<Arc<str>> = judged.clone();
    read.extend(old.iter().map(|source| Arc::clone(&source.path)));
    let others = now.iter().filter(|source| !matches!(source.location, Location::Version(..)));
    read.extend(others.map(|source| Arc::clone(&source.path)));
    let mut versions: HashMap<&str, Vec<&Source>> = HashMap::new();
    for source in now.iter().chain(old) {
        if let Location::Version(_, name, _) = &source.location {
            versions.entry(name.as_str()).or_default().push(source);
        }
    }
    let (mut wanted, mut all) = (Vec::new(), false);
    for source in now.iter().chain(old).filter(|source| judged.contains(&source.path)) {
        if matches!(source.location, Location::Version(..) | Location::Workflow(_)) {
            wanted.extend(tokens(&source.bytes).filter(|token| versions.contains_key(token)));
            all |= hidden(&source.bytes);
        }
    }
    let mut done: HashSet<&str> = HashSet::new();
    while let Some(name) = wanted.pop().filter(|_| !all) {
        if !done.insert(name) {
            continue;
        }
        for source in versions.get(name).into_iter().flatten() {
            read.insert(Arc::clone(&source.path));
            wanted.extend(pins(&source.bytes).filter(|pin| versions.contains_key(pin)));
            all |= hidden(&source.bytes);
        }
    }
    // Where a name may be hidden, it may be any.
    let rest = now.iter().filter(|_| all);
    read.extend(rest.map(|source| Arc::clone(&source.path)));
    read
}

/// A search for some names.
struct Search<'a> {
    names: &'a HashSet<&'a str>,
    starts: Option<Regex>,
}

impl<'a> Search<'a> {
    fn new(names: &'a HashSet<&'a str>) -> Self {
        let forms: Vec<String> = names.iter().map(|name| regex::escape(name)).collect();
        Self { names, starts: Regex::new(&forms.join("|")).ok() }
    }

    /// Whether a text has one of the names in it, or may have.
    fn mentions(&self, bytes: &[u8]) -> bool {
        let Some(starts) = &self.starts else { return true };
        if self.names.is_empty() {
            return false;
        }
        // A name is found at its beginning, since no other can reach over what stands before it.
        let mut begins = starts.find_iter(bytes).map(|found| bytes.split_at(found.start()));
        let is_whole = |(before, from): (&[u8], &[u8])| {
            !before.last().copied().is_some_and(is_of_name)
                && tokens(from).next().is_some_and(|token| self.names.contains(token))
        };
        begins.any(is_whole) || hidden(bytes)
    }
}

/// Whether the text may hold a name that is not in its bytes: letters as escapes, or a name that goes on in the next line.
fn hidden(bytes: &[u8]) -> bool {
    static HIDDEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"(?x-u) \\(?:x|u00|U000000)(?:2[dD]|3[0-9]|40|6[1-9a-fA-F]|7[0-9aA]) | [a-z0-9@-]\\\r?\n[\ \t]*[a-z0-9@-]",
        )
        .ok()
    });
    bytes.contains(&b'\\') && HIDDEN.as_ref().is_none_or(|hidden| hidden.is_match(bytes))
}

const fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
}

/// Everything in a text that could be a name.
fn tokens(bytes: &[u8]) -> impl Iterator<Item = &str> {
    bytes.split(|byte| !is_of_name(*byte)).filter(|token| !token.is_empty()).map(text)
}

/// Everything in a text that could be the name in a pin, `name@1.0.0`.
fn pins(bytes: &[u8]) -> impl Iterator<Item = &str> {
    static AT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("@").ok());
    let signs = AT.iter().flat_map(|at| at.find_iter(bytes));
    signs.filter_map(|sign| {
        let (before, _) = bytes.split_at(sign.start());
        let token = before.rsplit(|byte| !is_of_name(*byte)).next().filter(|token| !token.is_empty())?;
        Some(text(token))
    })
}

/// Letters, digits and hyphens as text.
fn text(token: &[u8]) -> &str {
    std::str::from_utf8(token).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::locate;

    fn sources(files: &[(&str, &str)]) -> Vec<Source> {
        let source = |(path, text): &(&str, &str)| Source {
            path: (*path).into(),
            location: locate(path).unwrap().unwrap(),
            bytes: text.as_bytes().to_vec(),
        };
        files.iter().map(source).collect()
    }

    const FILES: &[(&str, &str)] = &[
        ("models/fast.yaml", "model: x"),
        ("prompts/house/1.0.0.yaml", "content: a"),
        ("prompts/house/prompt.yaml", "description: a"),
        ("prompts/reply/1.0.0.yaml", "content: a\nuses: {t: tone@1.0.0}"),
        ("prompts/reply/prompt.yaml", "description: In our tone."),
        ("prompts/tone-deaf/1.0.0.yaml", "content: house-tone, tone-deaf, no-tone-"),
        ("prompts/tone-deaf/prompt.yaml", "description: a"),
        ("prompts/tone/1.0.0.yaml", "content: a\nuses: {h: house@1.0.0}"),
        ("prompts/tone/prompt.yaml", "description: a"),
        ("prompts/upper/1.0.0.yaml", "content: a\nuses: {r: \"repl\\x79@1.0.0\"}"),
        ("prompts/upper/prompt.yaml", "description: a"),
        ("registry.toml", ""),
        ("workflows/first.yaml", "steps: [{prompt: tone-deaf}]"),
        ("workflows/second.yaml", "steps: [{prompt: 'upper:production'}]"),
    ];

    fn reach(changed: &[&str]) -> (String, String) {
        let changed: BTreeSet<Arc<str>> = changed.iter().map(|path| (*path).into()).collect();
        let Scope { judged, read } = scope(&sources(FILES), &[], &changed, &BTreeSet::new());
        let text = |paths: Vec<&Arc<str>>| paths.iter().map(|path| &***path).collect::<Vec<_>>().join("\n");
        (text(judged.iter().collect()), text(read.difference(&judged).collect()))
    }

    #[test]
    fn a_change_reaches_what_names_it_and_what_includes_that() {
        let (judged, more) = reach(&["prompts/tone/1.0.0.yaml"]);
        insta::assert_snapshot!(judged, @"
        models/fast.yaml
        prompts/reply/1.0.0.yaml
        prompts/reply/prompt.yaml
        prompts/tone/1.0.0.yaml
        prompts/tone/prompt.yaml
        prompts/upper/1.0.0.yaml
        registry.toml
        workflows/second.yaml
        ");
        insta::assert_snapshot!(more, @"
        prompts/house/1.0.0.yaml
        prompts/house/prompt.yaml
        prompts/tone-deaf/1.0.0.yaml
        prompts/tone-deaf/prompt.yaml
        prompts/upper/prompt.yaml
        workflows/first.yaml
        ");
    }

    #[test]
    fn a_change_of_something_that_nobody_names_reaches_its_own_folder() {
        let (judged, more) = reach(&["prompts/tone-deaf/1.0.0.yaml"]);
        insta::assert_snapshot!(judged, @"
        models/fast.yaml
        prompts/tone-deaf/1.0.0.yaml
        prompts/tone-deaf/prompt.yaml
        prompts/upper/1.0.0.yaml
        registry.toml
        workflows/first.yaml
        workflows/second.yaml
        ");
        insta::assert_snapshot!(more, @"
        prompts/house/1.0.0.yaml
        prompts/house/prompt.yaml
        prompts/reply/1.0.0.yaml
        prompts/reply/prompt.yaml
        prompts/tone/1.0.0.yaml
        prompts/tone/prompt.yaml
        prompts/upper/prompt.yaml
        ");
    }

    #[test]
    fn settings_reach_everything() {
        assert_eq!(reach(&["registry.toml"]).0.lines().count(), FILES.len());
    }
}
