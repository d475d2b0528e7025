//! The run: every rule over every file on all cores, then levels, then ignore comments.

use super::{
    context::Context,
    ignore,
    rule::{Check, Findings, Rule},
    rules::{self, RULES},
};
use crate::{
    domain::{Diagnostic, Level},
    files::{Document, Loaded},
};
use rayon::prelude::*;
use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

/// Judges a registry: all that is wrong, sorted by path, place and rule.
#[must_use]
pub fn lint(loaded: &Loaded) -> Vec<Diagnostic> {
    let levels = Levels(loaded.registry.settings.as_deref().map(|settings| &settings.lint));
    let active: Vec<&Rule> =
        RULES.iter().copied().filter(|rule| levels.of(rule) != Level::Off || rule.breaks).collect();
    let context = Context::new(loaded);
    let documents: Vec<&Arc<Document>> = loaded.documents.values().collect();
    let each = documents.par_iter().flat_map_iter(|document| judge_file(&context, document, &active));
    let whole = active.par_iter().flat_map_iter(|rule| match rule.check {
        Check::Whole(check) => collect(|findings| check(&context, findings)),
        _ => Vec::new(),
    });
    let found: Vec<Diagnostic> = each.chain(whole).filter_map(|finding| levels.apply(finding)).collect();
    let mut kept = ignore_some(loaded, &levels, found);
    kept.iter_mut().for_each(hide_secrets);
    kept.sort_by(|a, b| (&a.place, a.rule, &a.message).cmp(&(&b.place, b.rule, &b.message)));
    kept.dedup();
    kept
}

fn judge_file(context: &Context<'_>, document: &Document, active: &[&Rule]) -> Vec<Diagnostic> {
    collect(|findings| {
        for rule in active {
            if let Check::Each(check) = rule.check {
                check(context, document, findings);
            }
        }
    })
}

fn collect(check: impl FnOnce(&mut Findings)) -> Vec<Diagnostic> {
    let mut findings = Findings::default();
    check(&mut findings);
    findings.into_inner()
}

/// A message may quote what a file says, and that may be a secret.
fn hide_secrets(finding: &mut Diagnostic) {
    for text in std::iter::once(&mut finding.message)
        .chain(&mut finding.help)
        .chain(finding.related.iter_mut().map(|(_, why)| why))
    {
        if let Cow::Owned(masked) = rules::mask(text) {
            *text = masked;
        }
    }
}

/// The text of a file as it may be shown to anyone: every letter of a secret in it is a `*`.
#[must_use]
pub fn source(loaded: &Loaded, path: &str) -> Option<Arc<str>> {
    let text = &loaded.documents.get(path)?.text;
    Some(match rules::mask(text) {
        Cow::Borrowed(_) => Arc::clone(text),
        Cow::Owned(masked) => masked.into(),
    })
}

/// The levels that `registry.toml` gives.
struct Levels<'a>(Option<&'a BTreeMap<String, Level>>);

impl Levels<'_> {
    fn set(&self, rule: &str) -> Option<Level> {
        self.0?.get(rule).copied()
    }

    fn of(&self, rule: &Rule) -> Level {
        self.set(rule.name).unwrap_or(rule.default)
    }

    /// The finding at its level; `None` where it is off. An error that breaks a file stays one.
    fn apply(&self, finding: Diagnostic) -> Option<Diagnostic> {
        if rules::breaks(&finding) {
            return Some(finding);
        }
        match self.set(finding.rule) {
            None => Some(finding),
            Some(Level::Off) => None,
            Some(severity) => Some(Diagnostic { severity, ..finding }),
        }
    }
}

/// Leaves out what comments ignore, and adds what is wrong with the comments.
fn ignore_some(loaded: &Loaded, levels: &Levels<'_>, found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut by_path: BTreeMap<Arc<str>, Vec<Diagnostic>> = BTreeMap::new();
    for finding in found {
        by_path.entry(Arc::clone(&finding.place.path)).or_default().push(finding);
    }
    let documents: Vec<&Document> = loaded.documents.values().map(AsRef::as_ref).collect();
    let commented: Vec<_> = documents
        .par_iter()
        .filter_map(|document| {
            let (ignores, faults) = ignore::ignores(document);
            (!ignores.is_empty() || !faults.is_empty()).then_some((*document, ignores, faults))
        })
        .collect();
    for (document, mut ignores, faults) in commented {
        let findings = by_path.remove(&document.path).unwrap_or_default();
        let mut kept = ignore::apply(&mut ignores, findings);
        // What is said of comments can be ignored by comments in turn, but not by themselves.
        let is_about_comments = |rule: &str| [rules::UNUSED_IGNORE, rules::UNKNOWN_RULE].contains(&rule);
        let (mut second, first): (Vec<_>, Vec<_>) =
            ignores.into_iter().partition(|ignore| is_about_comments(ignore.rule));
        let level =
            |name: &str| RULES.iter().find(|rule| rule.name == name).map_or(Level::Error, |rule| levels.of(rule));
        let about = ignore::leftovers(document, &first, level).into_iter().chain(faults);
        let about = about.filter_map(|finding| levels.apply(finding)).collect();
        kept.extend(ignore::apply(&mut second, about));
        let last = ignore::leftovers(document, &second, level);
        kept.extend(last.into_iter().filter_map(|finding| levels.apply(finding)));
        by_path.insert(Arc::clone(&document.path), kept);
    }
    by_path.into_values().flatten().collect()
}
