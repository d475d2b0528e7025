//! What a rule is, and what it hands back.

use super::{
    base::Change,
    context::Context,
    texts::{self, Whole},
    variables,
};
use crate::{
    domain::{Diagnostic, Level, Span, Variable},
    files::{Document, Places},
};
use std::{cmp::Ordering, collections::HashMap, sync::Arc};

/// One rule: a row of [`RULES`](super::RULES).
#[derive(Debug)]
pub struct Rule {
    /// Its name, as in `registry.toml` and in ignore comments.
    pub name: &'static str,
    /// How much it matters where nobody says otherwise.
    pub default: Level,
    /// What it looks for, in a line.
    pub summary: &'static str,
    /// Why, what to do, a bad and a good example, in Markdown.
    pub explanation: &'static str,
    /// Whether an error of it means that the file cannot be served. Such errors cannot be turned off or ignored.
    pub breaks: bool,
    /// How it looks.
    pub check: Check,
}

/// How a rule looks at a registry.
#[derive(Debug, Clone, Copy)]
pub enum Check {
    /// At every file by itself, on all cores.
    Each(fn(&Context<'_>, &Document, &mut Findings)),
    /// At everything at once.
    Whole(fn(&Context<'_>, &mut Findings)),
    /// At what a change did, where there is a base to judge it against. An ignore comment for such a rule stays when the
    /// change is merged, and is not called unused then.
    Change(for<'a> fn(&Context<'a>, &Change<'a>, &mut Findings)),
    /// At the ignore comments, after all other rules.
    Ignores,
}

/// The most findings of one rule in one file: who has more has one mistake many times, or means harm.
pub(super) const MOST: usize = 100;

/// What rules found so far, and where things stand in the file they look at.
#[derive(Debug, Default)]
pub struct Findings {
    found: Vec<Diagnostic>,
    counts: HashMap<(&'static str, Arc<str>), usize>,
    /// The file that was asked about last: its places are worked out once.
    places: Option<(Arc<str>, Places)>,
    /// As the places, what several rules ask of one file.
    unused: Option<(Arc<str>, Arc<[Variable]>)>,
    whole: Option<(Arc<str>, Option<Whole>)>,
}

impl Findings {
    /// Adds one, up to a hundred of one rule in one file. Its level stands unless `registry.toml` gives another.
    pub(super) fn add(&mut self, finding: Diagnostic) {
        let count = self.counts.entry((finding.rule, Arc::clone(&finding.place.path))).or_default();
        *count += 1;
        match (*count).cmp(&MOST) {
            Ordering::Less => self.found.push(finding),
            Ordering::Equal => {
                let message = format!("{} and there is more of this in the file", finding.message);
                self.found.push(Diagnostic { message, ..finding });
            }
            Ordering::Greater => {}
        }
    }

    /// Whether nothing more is told of this rule in this file, so that there is no use in looking on.
    pub(super) fn is_full(&self, rule: &'static str, document: &Document) -> bool {
        !self.counts.is_empty()
            && self.counts.get(&(rule, Arc::clone(&document.path))).is_some_and(|count| *count >= MOST)
    }

    /// Where the value at a JSON pointer stands.
    pub(super) fn at(&mut self, document: &Document, pointer: &str) -> Span {
        self.places(document).find(pointer).value
    }

    /// Where the key of the value at a JSON pointer stands.
    pub(super) fn key_at(&mut self, document: &Document, pointer: &str) -> Span {
        let found = self.places(document).find(pointer);
        found.key.unwrap_or(found.value)
    }

    /// Where bytes of a message's text stand: a version with one message may have it in `content`.
    pub(super) fn in_message(&mut self, document: &Document, turn: usize, within: Span) -> Span {
        let places = self.places(document);
        if turn == 0 && places.find("/content").key.is_some() {
            return places.find_within("/content", within);
        }
        places.find_within(&format!("/messages/{turn}/content"), within)
    }

    /// Where a version's texts begin: the key under which they stand.
    pub(super) fn texts(&mut self, document: &Document) -> Span {
        let places = self.places(document);
        let found = places.find("/content");
        let found = if found.key.is_some() { found } else { places.find("/messages") };
        found.key.unwrap_or(found.value)
    }

    /// Where bytes of the text at a JSON pointer stand.
    pub(super) fn within(&mut self, document: &Document, pointer: &str, within: Span) -> Span {
        self.places(document).find_within(pointer, within)
    }

    /// The variables that a version declares and no text uses.
    pub(super) fn unused(&mut self, context: &Context<'_>, document: &Document) -> Arc<[Variable]> {
        match &self.unused {
            Some((path, known)) if Arc::ptr_eq(path, &document.path) => Arc::clone(known),
            _ => {
                let unused: Arc<[Variable]> = variables::unused(context, document).into();
                self.unused = Some((Arc::clone(&document.path), Arc::clone(&unused)));
                unused
            }
        }
    }

    /// How large a version is with all that it includes, without its tokens; see [`texts::whole`].
    pub(super) fn whole(&mut self, context: &Context<'_>, document: &Document) -> Option<Whole> {
        match &self.whole {
            Some((path, known)) if Arc::ptr_eq(path, &document.path) => *known,
            _ => {
                let whole = texts::whole(context, document, false);
                self.whole = Some((Arc::clone(&document.path), whole));
                whole
            }
        }
    }

    fn places(&mut self, document: &Document) -> &Places {
        if self.places.as_ref().is_some_and(|(path, _)| !Arc::ptr_eq(path, &document.path)) {
            self.places = None;
        }
        &self.places.get_or_insert_with(|| (Arc::clone(&document.path), document.places())).1
    }

    pub(super) fn into_inner(self) -> Vec<Diagnostic> {
        self.found
    }
}
