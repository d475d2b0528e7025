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
/// - A prompt reaches its own folder, whatever names it, and whatever includes what names it. Other things reach
///   what names them.
/// - Everything that is judged needs the versions of the prompts it names, and of those that these include.
#[must_use]
pub fn scope(now: &[Source], old: &[Source], changed: &BTreeSet<Arc<str>>, aliases: &BTreeSet<PromptName>) -> Scope {
    let touched: Vec<&Source> = now.iter().chain(old).filter(|source| changed.contains(&source.path)).collect();
    let mut names: HashSet<&str> = aliases.iter().map(PromptName::as_str).collect();
    for source in &touched {
        match name(&source.location) {
            Reach::Name(name) => names.extend([name]),
            Reach::Path => {}
            Reach::All => return everything(now, old),
        }
    }
    let Some(judged) = judged(now, changed, names) else { return everything(now, old) };
    let read = needed(now, old, &judged);
    Scope { judged: judged.iter().chain(changed).map(Arc::clone).collect(), read }
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

fn name(location: &Location) -> Reach<'_> {
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

/// The files in which a change of the things of these names may bring something about; `None` for all.
fn judged<'a>(
    now: &'a [Source],
    changed: &BTreeSet<Arc<str>>,
    mut names: HashSet<&'a str>,
) -> Option<BTreeSet<Arc<str>>> {
    let mut judged: BTreeSet<Arc<str>> = changed.clone();
    judged.extend(now.iter().filter(|source| is_around(&source.location)).map(|source| Arc::clone(&source.path)));
    let own = |source: &&Source| prompt(&source.location).is_some_and(|name| names.contains(name));
    judged.extend(now.iter().filter(own).map(|source| Arc::clone(&source.path)));
    let mut new = names.clone();
    while !new.is_empty() {
        if names.len() > MOST_NAMES {
            return None;
        }
        let search = Search::new(&new)?;
        let found: Vec<(&Source, Mention)> =
            now.par_iter().filter_map(|source| Some((source, search.mention(&source.bytes)?))).collect();
        new.clear();
        for (source, mention) in found {
            judged.insert(Arc::clone(&source.path));
            // Whoever includes a version gets what that includes.
            if let (Mention::Pin, Location::Version(_, name, _)) = (mention, &source.location)
                && names.insert(name.as_str())
            {
                new.insert(name.as_str());
            }
        }
    }
    Some(judged)
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
    let mut wanted: Vec<&str> = Vec::new();
    for source in now.iter().chain(old).filter(|source| judged.contains(&source.path)) {
        match &source.location {
            Location::Prompt(_, name) => wanted.push(name.as_str()),
            Location::Version(..) | Location::Workflow(_) => {
                wanted
                    .extend(tokens(&source.bytes).map(|(token, _)| token).filter(|token| versions.contains_key(token)));
                wanted.extend(hidden(&source.bytes).then(|| versions.keys()).into_iter().flatten());
            }
            _ => {}
        }
    }
    let mut done: HashSet<&str> = HashSet::new();
    while let Some(name) = wanted.pop() {
        if !done.insert(name) {
            continue;
        }
        for source in versions.get(name).into_iter().flatten() {
            read.insert(Arc::clone(&source.path));
            let pins = tokens(&source.bytes).filter(|(token, is_pin)| *is_pin && versions.contains_key(token));
            wanted.extend(pins.map(|(token, _)| token));
            wanted.extend(hidden(&source.bytes).then(|| versions.keys()).into_iter().flatten());
        }
    }
    read
}

/// How a file has one of some names in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mention {
    Name,
    /// With a version's number behind it.
    Pin,
}

/// A search for some names.
struct Search<'a> {
    names: &'a HashSet<&'a str>,
    starts: Regex,
}

impl<'a> Search<'a> {
    /// `None` where the names make no search.
    fn new(names: &'a HashSet<&'a str>) -> Option<Self> {
        let forms: Vec<String> = names.iter().map(|name| regex::escape(name)).collect();
        Some(Self { names, starts: Regex::new(&forms.join("|")).ok()? })
    }

    fn mention(&self, bytes: &[u8]) -> Option<Mention> {
        if hidden(bytes) {
            return Some(Mention::Pin);
        }
        let mut found = None;
        for start in self.starts.find_iter(bytes).map(|found| found.start()) {
            // Every occurrence begins where no other name's can reach over.
            if start > 0 && bytes.get(start - 1).is_some_and(|byte| is_of_name(*byte)) {
                continue;
            }
            let Some((token, is_pin)) = tokens(bytes.get(start..).unwrap_or_default()).next() else { continue };
            if self.names.contains(token) {
                if is_pin {
                    return Some(Mention::Pin);
                }
                found = Some(Mention::Name);
            }
        }
        found
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

/// Everything in a text that could be a name, and whether an `@` follows it.
fn tokens(bytes: &[u8]) -> impl Iterator<Item = (&str, bool)> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let start = rest.iter().position(|byte| is_of_name(*byte))?;
        let (_, from) = rest.split_at(start);
        let end = from.iter().position(|byte| !is_of_name(*byte)).unwrap_or(from.len());
        let (token, after) = from.split_at(end);
        rest = after;
        Some((std::str::from_utf8(token).unwrap_or_default(), after.first() == Some(&b'@')))
    })
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
