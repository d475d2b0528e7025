//! Snippets: where the words of a question are in a text, cut to what a person reads at a glance.

use super::{plan::Way, scan::head, words::Words};
use crate::domain::{PromptFolder, Turn, Version};
use serde::Serialize;
use std::{collections::HashMap, ops::Range, time::Instant};
use tantivy::tokenizer::TokenStream as _;

/// How long a snippet is, in bytes and a little more.
const SNIPPET_BYTES: usize = 200;

/// How much of the texts of one hit is read, and of all hits together, in bytes.
const HIT_BYTES: usize = 64 * 1024;
const ALL_BYTES: usize = 512 * 1024;

/// The most snippets of one hit.
const SNIPPETS: usize = 3;

/// The most marks that are weighed in one text.
const MARKS: usize = 512;

/// A stretch of a text with the places where the words of the question are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Snippet {
    /// Which text: `display_name`, `description`, `notes` or `messages/N`.
    pub field: String,
    /// The stretch on one line, with `…` where the text goes on.
    pub text: String,
    /// The bytes of `text` that match, in order and apart from each other.
    pub marks: Vec<Range<usize>>,
}

/// Cuts the snippets of an answer.
pub(super) struct Marker {
    /// The words that are looked for, and which of the wanted things each stands for.
    words: HashMap<String, usize>,
    /// The beginnings of words that are looked for, with the same.
    beginnings: Vec<(String, usize)>,
    /// Which bytes any of these begin with.
    begins: [bool; 256],
    left: usize,
    until: Instant,
}

/// A place where a word is.
#[derive(Debug, Clone)]
struct Mark {
    at: Range<usize>,
    wanted: usize,
}

impl Marker {
    pub(super) fn new<'a>(wanted: impl Iterator<Item = &'a Vec<Way>>, until: Instant) -> Self {
        let mut words = HashMap::new();
        let mut begins = [false; 256];
        let mut beginnings = Vec::new();
        for (place, ways) in wanted.enumerate() {
            for way in ways {
                let these: Vec<&String> = match way {
                    Way::Word { text, .. } => vec![text],
                    Way::Phrase { words, .. } => words.iter().map(|(_, word)| word).collect(),
                    Way::Any { words, .. } => words.iter().collect(),
                    Way::Begun { text, .. } => {
                        beginnings.push((text.clone(), place));
                        vec![text]
                    }
                };
                for word in these {
                    begins[usize::from(*word.as_bytes().first().unwrap_or(&0))] = true;
                    words.entry(word.clone()).or_insert(place);
                }
            }
        }
        Self { words, beginnings, begins, left: ALL_BYTES, until }
    }

    /// The snippets of a version: where the words are, or how it begins where they are nowhere to be seen.
    pub(super) fn snippets(&mut self, folder: &PromptFolder, version: &Version) -> Vec<Snippet> {
        let mut left = HIT_BYTES.min(self.left);
        let mut found: Vec<(usize, Snippet)> = Vec::new();
        let texts = texts(folder, version);
        for (field, text) in &texts {
            if self.words.is_empty() || left == 0 || Instant::now() > self.until {
                break;
            }
            let read = head(text, left);
            left -= read.len();
            self.left = self.left.saturating_sub(read.len());
            let marks = self.marks(read);
            if let Some((weight, window)) = best_window(&marks) {
                found.push((weight, cut(field, text, &window, &marks)));
            }
        }
        // The best, in the order of the texts.
        while found.len() > SNIPPETS {
            let least = found.iter().enumerate().rev().min_by_key(|(_, (weight, _))| *weight).map(|(place, _)| place);
            least.map(|place| found.remove(place));
        }
        if found.is_empty() {
            let first = texts.iter().find(|(field, text)| *field != "display_name" && !text.trim().is_empty());
            return first.map(|(field, text)| cut(field, text, &(0..0), &[])).into_iter().collect();
        }
        found.into_iter().map(|(_, snippet)| snippet).collect()
    }

    fn marks(&self, text: &str) -> Vec<Mark> {
        let mut words = Words::of(text);
        let mut marks: Vec<Mark> = Vec::new();
        while marks.len() < MARKS && words.advance() {
            let token = words.token();
            if !token.text.as_bytes().first().is_some_and(|first| self.begins[usize::from(*first)]) {
                continue;
            }
            let begun = || self.beginnings.iter().find(|(beginning, _)| token.text.starts_with(beginning.as_str()));
            if let Some(wanted) = self.words.get(token.text.as_str()).or_else(|| begun().map(|(_, wanted)| wanted)) {
                marks.push(Mark { at: token.offset_from..token.offset_to, wanted: *wanted });
            }
        }
        marks.sort_by_key(|mark| (mark.at.start, mark.at.end));
        marks
    }
}

/// The texts that snippets are cut from.
fn texts<'a>(folder: &'a PromptFolder, version: &'a Version) -> Vec<(String, &'a str)> {
    let prompt = &*folder.prompt;
    let named = [("display_name", prompt.display_name.as_deref()), ("description", prompt.description.as_deref())];
    let named = named.into_iter().filter_map(|(field, text)| Some((field.to_owned(), text?)));
    let messages = version.messages.iter().enumerate().filter_map(|(place, turn)| match turn {
        Turn::Message { content, .. } => Some((format!("messages/{place}"), &**content)),
        Turn::Placeholder { .. } => None,
    });
    let notes = version.notes.as_deref().map(|notes| ("notes".to_owned(), notes));
    named.chain(messages).chain(notes).collect()
}

/// The stretch with the most different words, then with the most words, then the first; and how good it is.
fn best_window(marks: &[Mark]) -> Option<(usize, Range<usize>)> {
    let mut best: Option<(usize, Range<usize>)> = None;
    let mut counts: HashMap<usize, usize> = HashMap::new();
    let mut first = 0;
    for (last, mark) in marks.iter().enumerate() {
        *counts.entry(mark.wanted).or_default() += 1;
        while let Some(begin) = marks.get(first)
            && first < last
            && mark.at.end.saturating_sub(begin.at.start) > SNIPPET_BYTES
        {
            if let Some(count) = counts.get_mut(&begin.wanted) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(&begin.wanted);
                }
            }
            first += 1;
        }
        let weight = counts.len() * MARKS + (last - first + 1);
        if best.as_ref().is_none_or(|(most, _)| weight > *most)
            && let Some(begin) = marks.get(first)
        {
            best = Some((weight, begin.at.start..mark.at.end));
        }
    }
    best
}

/// Cuts a stretch around a window, with the marks that lie in it.
fn cut(field: &str, text: &str, window: &Range<usize>, marks: &[Mark]) -> Snippet {
    let room = SNIPPET_BYTES.saturating_sub(window.len());
    let from = text.floor_char_boundary(window.start.saturating_sub(room / 3));
    let to = text.floor_char_boundary((from + SNIPPET_BYTES).max(window.end));
    let from = if from == 0 { 0 } else { after_space(text, from, window.start) };
    let to = if to == text.len() { to } else { before_space(text, window.end.max(from), to) };
    let mut shown = String::new();
    if from > 0 {
        shown.push('…');
    }
    let mut places: Vec<(usize, usize)> = Vec::new();
    let stretch = text.get(from..to).unwrap_or_default();
    let mut was_space = true;
    for (at, c) in stretch.char_indices() {
        places.push((from + at, shown.len()));
        // A stretch is one line: white space is one space, and what would move a cursor is nothing.
        let is_space = c.is_whitespace() || c.is_control();
        if !is_space {
            shown.push(c);
        } else if !was_space {
            shown.push(' ');
        }
        was_space = is_space;
    }
    let end = shown.trim_end().len();
    shown.truncate(end);
    places.push((to, end));
    if to < text.len() {
        shown.push('…');
    }
    let place = |at: usize| {
        let found = places.binary_search_by_key(&at, |(from, _)| *from).ok()?;
        places.get(found).map(|(_, to)| (*to).min(end))
    };
    let inside = marks.iter().filter(|mark| mark.at.start >= from && mark.at.end <= to);
    let ranges = inside.filter_map(|mark| Some(place(mark.at.start)?..place(mark.at.end)?));
    Snippet { field: field.to_owned(), marks: joined(ranges), text: shown }
}

/// Ranges that touch as one, in order.
fn joined(ranges: impl Iterator<Item = Range<usize>>) -> Vec<Range<usize>> {
    let mut joined: Vec<Range<usize>> = Vec::new();
    for range in ranges.filter(|range| !range.is_empty()) {
        match joined.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}

/// The first place after a space, if there is one before `end`.
fn after_space(text: &str, from: usize, end: usize) -> usize {
    let stretch = text.get(from..end).unwrap_or_default();
    let space = stretch.char_indices().take(40).find(|(_, c)| c.is_whitespace());
    space.map_or(from, |(at, c)| from + at + c.len_utf8())
}

/// The last place before a space, if there is one after `from`.
fn before_space(text: &str, from: usize, to: usize) -> usize {
    let stretch = text.get(from..to).unwrap_or_default();
    let space = stretch.char_indices().rev().take(40).find(|(_, c)| c.is_whitespace());
    space.map_or(to, |(at, _)| from + at)
}
