//! The run: every rule over every file on all cores, then levels, then ignore comments.

use super::{
    base::{Base, Change},
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
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap},
    hash::Hash,
    sync::Arc,
};

/// Judges a registry: all that is wrong, sorted by path, place and rule.
#[must_use]
pub fn lint(loaded: &Loaded) -> Vec<Diagnostic> {
    judge(&Context::new(loaded), None, None)
}

/// Judges some files of a registry by their paths, sorted by path, place and rule. Besides them, `loaded` has to hold what
/// they name, and whatever else a rule may want to look at for their sake.
#[must_use]
pub fn lint_some(loaded: &Loaded, wanted: &BTreeSet<Arc<str>>) -> Vec<Diagnostic> {
    judge(&Context::new(loaded), None, Some(&wanted.iter().map(|path| &**path).collect()))
}

/// Judges a change: all that is wrong in the files that differ, the rules on changes besides, and in other files what
/// was not wrong there before. Sorted by path, place and rule.
///
/// What was wrong before in a file that did not change is not the author's, also where the message differs by now: a
/// finding is known by its rule, its level and its place.
#[must_use]
pub fn lint_change(loaded: &Loaded, base: &Base) -> Vec<Diagnostic> {
    let (context, change) = rayon::join(|| Context::new(loaded), || Change::new(base));
    let judged: BTreeSet<&str> = base.judged.union(&base.changed).map(|path| &**path).collect();
    let elsewhere = base.judged.difference(&base.changed).map(|path| &**path).collect();
    let (mut found, before) =
        rayon::join(|| judge(&context, Some(&change), Some(&judged)), || judge(&change.before, None, Some(&elsewhere)));
    let place = |found: &Diagnostic| (found.rule, found.severity, found.place.clone());
    let left = take_away(&mut found, before, |found| (place(found), found.message.clone()));
    take_away(&mut found, left, place);
    found
}

/// Takes out of `found` what was known, each as often as it was; answers what of it was not found.
fn take_away<K: Hash + Eq>(
    found: &mut Vec<Diagnostic>,
    known: Vec<Diagnostic>,
    key: impl Fn(&Diagnostic) -> K,
) -> Vec<Diagnostic> {
    let mut left: HashMap<K, Vec<Diagnostic>> = HashMap::new();
    for one in known {
        left.entry(key(&one)).or_default().push(one);
    }
    found.retain(|one| left.get_mut(&key(one)).and_then(Vec::pop).is_none());
    left.into_values().flatten().collect()
}

/// All that is wrong in these files, or in all.
fn judge(context: &Context<'_>, change: Option<&Change<'_>>, wanted: Option<&BTreeSet<&str>>) -> Vec<Diagnostic> {
    let loaded = context.loaded;
    let levels = Levels(loaded.registry.settings.as_deref().map(|settings| &settings.lint));
    let active: Vec<&Rule> =
        RULES.iter().copied().filter(|rule| levels.of(rule) != Level::Off || rule.breaks).collect();
    let documents: Vec<&Document> = match wanted {
        Some(wanted) => wanted.iter().filter_map(|path| loaded.documents.get(*path)).map(AsRef::as_ref).collect(),
        None => loaded.documents.values().map(AsRef::as_ref).collect(),
    };
    let each = documents.par_iter().flat_map_iter(|document| judge_file(context, document, &active));
    let whole = active.par_iter().flat_map_iter(|rule| match (rule.check, change) {
        (Check::Whole(check), _) => collect(|findings| check(context, findings)),
        (Check::Change(check), Some(change)) => collect(|findings| check(context, change, findings)),
        _ => Vec::new(),
    });
    let whole = whole.filter(|finding| wanted.is_none_or(|wanted| wanted.contains(&*finding.place.path)));
    let found: Vec<Diagnostic> = each.chain(whole).filter_map(|finding| levels.apply(finding)).collect();
    let mut kept = ignore_some(&documents, &levels, found);
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

/// A message may quote what a file says, and that may be a secret. A fix is shown as it is, or not made at all.
fn hide_secrets(finding: &mut Diagnostic) {
    let is_shown = |text: &String| matches!(rules::mask(text), Cow::Borrowed(_));
    finding.fix.take_if(|fix| !fix.edits.iter().map(|edit| &edit.text).chain([&fix.title]).all(is_shown));
    for text in std::iter::once(&mut finding.message)
        .chain(&mut finding.help)
        .chain(finding.related.iter_mut().map(|(_, why)| why))
    {
        if let Cow::Owned(masked) = rules::mask(text) {
            *text = masked;
        }
    }
}

/// A text as it may be shown to anyone: every letter of a secret in it is a `*`.
#[must_use]
pub fn masked(text: &str) -> Cow<'_, str> {
    rules::mask(text)
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
fn ignore_some(documents: &[&Document], levels: &Levels<'_>, found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut by_path: BTreeMap<Arc<str>, Vec<Diagnostic>> = BTreeMap::new();
    for finding in found {
        by_path.entry(Arc::clone(&finding.place.path)).or_default().push(finding);
    }
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
        let about = ignore::leftovers(document, &first, &kept, level).into_iter().chain(faults);
        let about = about.filter_map(|finding| levels.apply(finding)).collect();
        kept.extend(ignore::apply(&mut second, about));
        let last = ignore::leftovers(document, &second, &kept, level);
        kept.extend(last.into_iter().filter_map(|finding| levels.apply(finding)));
        by_path.insert(Arc::clone(&document.path), kept);
    }
    by_path.into_values().flatten().collect()
}
