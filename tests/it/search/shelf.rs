//! Prompts for the tests of search, and an index of them with what it was made from.

use promptreg::{
    domain::{PromptFolder, PromptName, Semver, Version},
    search::{Found, Index, Opened, Print, Question, Searcher, open},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::Path, sync::Arc};

/// Prompts by name, as the caller of search has them.
pub(super) type Prompts = BTreeMap<PromptName, PromptFolder>;

/// A prompt with one version that says `text`.
pub(super) fn prompt(name: &str, text: &str) -> PromptFolder {
    folder(name, None, json!({}), &[("1.0.0", text)])
}

/// A prompt of the metadata that `prompt.yaml` would say, with versions that say one text each.
pub(super) fn folder(name: &str, collection: Option<&str>, prompt: Value, versions: &[(&str, &str)]) -> PromptFolder {
    let version = |(number, text): &(&str, &str)| {
        let version: Version = serde_json::from_value(json!({"content": text})).unwrap();
        (number.parse::<Semver>().unwrap(), Arc::new(version))
    };
    PromptFolder {
        name: name.parse().unwrap(),
        collection: collection.map(|path| path.parse().unwrap()),
        prompt: Arc::new(serde_json::from_value(prompt).unwrap()),
        versions: versions.iter().map(version).collect(),
        digests: BTreeMap::new(),
        is_removed: false,
    }
}

pub(super) fn print(number: u8) -> Print {
    [number; 16]
}

/// An index and what is in it.
pub(super) struct Shelf {
    pub(super) index: Index,
    pub(super) prompts: Prompts,
}

impl Shelf {
    /// An index in a folder, or in memory.
    pub(super) fn open(place: Option<&Path>) -> Self {
        match open(place).unwrap() {
            Opened::Owned(index) => Self { index, prompts: Prompts::new() },
            Opened::Borrowed(_) => panic!("another holds the index"),
        }
    }

    /// An index in memory of some prompts.
    pub(super) fn of(prompts: impl IntoIterator<Item = PromptFolder>) -> Self {
        let mut shelf = Self::open(None);
        shelf.put(prompts);
        shelf
    }

    pub(super) fn put(&mut self, prompts: impl IntoIterator<Item = PromptFolder>) -> Searcher {
        let prompts: Vec<_> = prompts.into_iter().collect();
        let searcher = self.index.update(prompts.iter().map(|prompt| (prompt, print(1))), []).unwrap();
        self.prompts.extend(prompts.into_iter().map(|prompt| (prompt.name.clone(), prompt)));
        searcher
    }

    pub(super) fn take(&mut self, name: &str) -> Searcher {
        let name: PromptName = name.parse().unwrap();
        self.prompts.remove(&name);
        self.index.update([], [&name]).unwrap()
    }

    pub(super) fn find(&self, text: &str) -> Found {
        self.ask(&ask(text))
    }

    pub(super) fn ask(&self, question: &Question) -> Found {
        self.index.searcher().find(question, |name| self.prompts.get(name)).unwrap()
    }

    /// The names that are found, in the order of names.
    pub(super) fn names(&self, text: &str) -> String {
        names(&self.find(text))
    }
}

pub(super) fn ask(text: &str) -> Question {
    Question { text: text.to_owned(), limit: 20, ..Question::default() }
}

/// The names of hits, the best first.
pub(super) fn ranked(found: &Found) -> String {
    found.hits.iter().map(|hit| hit.name.to_string()).collect::<Vec<_>>().join(" ")
}

/// The names of hits in the order of names.
pub(super) fn names(found: &Found) -> String {
    let mut names: Vec<_> = found.hits.iter().map(|hit| hit.name.to_string()).collect();
    names.sort();
    names.join(" ")
}

/// All that an answer says, for a person: a hit a line with its snippets, marks in brackets.
pub(super) fn told(found: &Found) -> String {
    let mut text = String::new();
    for hit in &found.hits {
        text.push_str(&format!("{} {}\n", hit.name, hit.version));
        for snippet in &hit.snippets {
            let mut shown = snippet.text.clone();
            for mark in snippet.marks.iter().rev() {
                shown.insert(mark.end, ']');
                shown.insert(mark.start, '[');
            }
            text.push_str(&format!("  {}: {shown}\n", snippet.field));
        }
    }
    text
}
