//! Ignore comments: `# promptreg: ignore RULE -- reason`, and what is wrong with them.

use super::{
    rule::{Check, Findings},
    rules,
};
use crate::{
    domain::{Diagnostic, Edit, Fix, Level, Span, slip},
    files::Document,
};
use std::collections::HashMap;

/// What every comment that speaks to the linter begins with, behind its `#`.
const MARK: &str = "promptreg:";

/// One rule named in one ignore comment.
#[derive(Debug)]
pub(super) struct Ignore<'a> {
    /// The rule.
    pub(super) rule: &'a str,
    /// Where its name stands.
    pub(super) span: Span,
    /// The bytes in which a finding may begin to be ignored.
    pub(super) reach: Span,
    /// How it is taken out, and what that does.
    pub(super) removal: (&'static str, Edit),
    /// Whether it ignored something.
    pub(super) used: bool,
}

/// The ignore comments of a file, and the findings about those that cannot count.
pub(super) fn ignores<'a>(document: &'a Document) -> (Vec<Ignore<'a>>, Vec<Diagnostic>) {
    let (mut ignores, mut findings) = (Vec::new(), Findings::default());
    if !document.text.contains(MARK) {
        return (ignores, Vec::new());
    }
    let comments = document.comments();
    let lines = Lines::of(&document.text, &comments);
    for comment in &comments {
        let written = &document.text[comment.start..comment.end];
        let Some(order) = written.trim_start_matches('#').trim_start().strip_prefix(MARK) else { continue };
        match read(document, &lines, *comment, order) {
            Ok(found) => ignores.extend(found),
            Err(fault) => findings.add(*fault),
        }
    }
    (ignores, findings.into_inner())
}

const FORM: &str =
    "write `# promptreg: ignore RULE -- reason`, or `ignore-file` in place of `ignore` at the top of a file";

fn read<'a>(
    document: &'a Document,
    lines: &Lines,
    comment: Span,
    order: &'a str,
) -> Result<Vec<Ignore<'a>>, Box<Diagnostic>> {
    let fault = |message: &str, help: &str| {
        Err(Box::new(Diagnostic::error(rules::UNUSED_IGNORE, &document.path, Some(comment), message).warn().help(help)))
    };
    let order = order.trim_start();
    let (verb, rest) = order.split_once(char::is_whitespace).unwrap_or((order, ""));
    let (names, reason) = rest.split_once("--").unwrap_or((rest, ""));
    let reach = match verb {
        "ignore" => lines.reach(&document.text, comment),
        "ignore-file" if comment.start <= lines.top => Span::new(0, usize::MAX),
        "ignore-file" => return fault("`ignore-file` counts only at the top of a file", "move it above the first key"),
        _ => return fault("this comment speaks to promptreg and means nothing to it", FORM),
    };
    if names.trim().is_empty() {
        return fault("this comment ignores no rule", FORM);
    }
    if reason.trim().is_empty() {
        return fault("this comment gives no reason, so it ignores nothing", "add ` -- ` and why it is right here");
    }
    let names: Vec<_> = names.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    let start = |name: &str| name.as_ptr() as usize - document.text.as_ptr() as usize;
    let ignore = |rule: &'a str| {
        let span = Span::new(start(rule), start(rule) + rule.len());
        let removal = match names.len() {
            1 => ("delete the comment", without_comment(&document.text, comment)),
            _ => ("delete the rule's name", without_name(&document.text, span)),
        };
        Ignore { rule, span, reach, removal, used: false }
    };
    Ok(names.iter().map(|name| ignore(name)).collect())
}

/// Takes a comment out, with its line where it is alone on it, else with the blanks before it.
fn without_comment(text: &str, comment: Span) -> Edit {
    let line = line_start(text, comment.start);
    let is_alone = text[line..comment.start].trim().is_empty();
    let rest = &text[comment.end..];
    let span = match rest.find('\n') {
        Some(end) if is_alone => Span::new(line, comment.end + end + 1),
        _ => Span::new(text[..comment.start].trim_end_matches([' ', '\t']).len(), comment.end),
    };
    Edit { span, text: String::new() }
}

/// Takes one of several names out, with the comma behind or before it.
fn without_name(text: &str, name: Span) -> Edit {
    let rest = text[name.end..].trim_start();
    let span = match rest.strip_prefix(',') {
        Some(rest) => Span::new(name.start, text.len() - rest.trim_start().len()),
        None => Span::new(text[..name.start].trim_end().trim_end_matches(',').len(), name.end),
    };
    Edit { span, text: String::new() }
}

/// What all ignore comments of a file ask of its lines, worked out once.
struct Lines {
    /// Where the lines end that are more than a comment, in order.
    ends: Vec<usize>,
    /// Where the last comment begins above which nothing but comments and blank lines stands.
    top: usize,
}

impl Lines {
    fn of(text: &str, comments: &[Span]) -> Self {
        let (mut ends, mut start) = (Vec::new(), 0);
        for line in text.split('\n') {
            let (end, first) = (start + line.len(), start + line.len() - line.trim_start().len());
            if first < end && comments.binary_search_by_key(&first, |comment| comment.start).is_err() {
                ends.push(end);
            }
            start = end + 1;
        }
        let is_blank = |gap: &str| gap.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}').is_empty();
        let gaps = [0].into_iter().chain(comments.iter().map(|comment| comment.end));
        let above = gaps.zip(comments).take_while(|(at, comment)| is_blank(&text[*at..comment.start]));
        Self { ends, top: above.last().map_or(0, |(_, comment)| comment.start) }
    }

    /// The line of the comment where something stands before it; else the lines below, to the first that is more than a
    /// comment.
    fn reach(&self, text: &str, comment: Span) -> Span {
        let start = line_start(text, comment.start);
        if !text[start..comment.start].trim().is_empty() {
            return Span::new(start, comment.end);
        }
        match self.ends.get(self.ends.partition_point(|end| *end <= comment.end)) {
            Some(end) => Span::new(comment.end, *end),
            None => Span::new(text.len(), text.len()),
        }
    }
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |found| found + 1)
}

/// Leaves out the findings of one file that are ignored. Errors of rules that break a file are never ignored.
pub(super) fn apply(ignores: &mut [Ignore<'_>], findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut of_rule: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, ignore) in ignores.iter().enumerate() {
        of_rule.entry(ignore.rule).or_default().push(index);
    }
    let mut ignored = |finding: &Diagnostic| {
        if rules::breaks(finding) {
            return false;
        }
        let mut hit = false;
        for index in of_rule.get(finding.rule).into_iter().flatten() {
            let Some(ignore) = ignores.get_mut(*index) else { continue };
            let covers = covers(ignore, finding);
            ignore.used |= covers;
            hit |= covers;
        }
        hit
    };
    findings.into_iter().filter(|finding| !ignored(finding)).collect()
}

/// Whether a finding begins where a comment ignores.
fn covers(ignore: &Ignore<'_>, finding: &Diagnostic) -> bool {
    let Span { start, end } = ignore.reach;
    end == usize::MAX || finding.place.span.is_some_and(|span| start <= span.start && span.start <= end)
}

/// The fix of a misspelt rule, if what is meant is found there.
fn respelling(document: &Document, ignore: &Ignore<'_>, kept: &[Diagnostic]) -> Option<Fix> {
    let meant = slip(ignore.rule, rules::RULES.iter().map(|rule| rule.name))?;
    let is_found = kept.iter().any(|finding| finding.rule == meant && covers(ignore, finding));
    is_found.then(|| rules::rule_fix(document, ignore.span, ignore.rule)).flatten()
}

/// The findings about ignore comments that ignored nothing or name no rule; `kept` is what is found in the file all the same.
pub(super) fn leftovers(
    document: &Document,
    ignores: &[Ignore<'_>],
    kept: &[Diagnostic],
    levels: impl Fn(&str) -> Level,
) -> Vec<Diagnostic> {
    let mut findings = Findings::default();
    let finding = |ignore: &Ignore<'_>, findings: &Findings| {
        let (rule, path) = (ignore.rule, &document.path);
        let Some(known) = rules::RULES.iter().find(|known| known.name == rule) else {
            if findings.is_full(rules::UNKNOWN_RULE, document) {
                return None;
            }
            let message = format!("there is no rule `{rule}`");
            let finding = Diagnostic::error(rules::UNKNOWN_RULE, path, Some(ignore.span), message);
            let fix = respelling(document, ignore, kept);
            return Some(Diagnostic { fix, ..finding.help(rules::rule_help(rule)) });
        };
        let on_changes = matches!(known.check, Check::Change(_)) && !known.breaks;
        let is_full = findings.is_full(rules::UNUSED_IGNORE, document);
        if is_full || ignore.used || on_changes || levels(rule) == Level::Off || document.entity.is_none() {
            return None;
        }
        let finding = Diagnostic::error(
            rules::UNUSED_IGNORE,
            path,
            Some(ignore.span),
            format!("nothing here is ignored by `{rule}`"),
        );
        let help = if known.breaks {
            "delete the comment: errors that keep a file from being served cannot be ignored"
        } else {
            "delete the comment, or put it on the line before the finding"
        };
        Some(finding.warn().help(help).fix(ignore.removal.0, vec![ignore.removal.1.clone()]))
    };
    for ignore in ignores {
        if let Some(finding) = finding(ignore, &findings) {
            findings.add(finding);
        }
    }
    findings.into_inner()
}
