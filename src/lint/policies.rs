//! Safety policies judged: what a policy says of a version with all that it includes.

use crate::domain::{
    Check, Engine, PartialName, Policy, PromptName, Selector, Semver, Span, Turn, Version, Which, tokens,
};
use regex::{Regex, RegexBuilder};
use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
};

/// The most bytes that one compiled pattern may take.
const PATTERN_BYTES: usize = 1 << 20;

/// The most patterns of one policy that are compiled.
const MOST_PATTERNS: usize = 100;

/// The most partials of one version that are looked at, which is also the most that can be rendered.
const MOST_PARTIALS: usize = 256;

/// The most matches of one pattern in one message that are told.
const MOST_MATCHES: usize = 20;

/// A policy that is ready to judge: its patterns are compiled, each once.
#[derive(Debug)]
pub struct Demands {
    policy: Arc<Policy>,
    /// For each check its pattern, where it has one that can be used.
    patterns: Vec<Option<Regex>>,
    /// The patterns that cannot be used: nothing is judged by them.
    pub faults: Vec<PatternFault>,
}

/// A pattern of a policy that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternFault {
    /// Which of the policy's checks, from 0.
    pub check: usize,
    /// What is wrong, in a sentence without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: &'static str,
    /// Where in the pattern, in bytes; the whole of it where that cannot be told.
    pub span: Option<Span>,
}

/// One thing in a version that a policy does not allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which of the policy's checks, from 0.
    pub check: usize,
    /// Where in the version.
    pub at: Where,
}

/// The part of a version that violates a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Where {
    /// Text that is forbidden: the place of the message among the version's messages, and bytes of its text.
    Text(usize, Span),
    /// Text that is forbidden in a partial: its name in the version, and the prompt it comes from in the end.
    Partial(PartialName, Selector),
    /// A variable that is forbidden.
    Variable,
    /// All of it: something that has to be there is missing.
    Missing,
    /// All of it: it has about this many tokens with what it includes.
    Tokens(usize),
}

/// What one version's own texts say to the checks of a policy.
#[derive(Debug)]
pub(super) struct Facts {
    /// For each check whether its pattern is found.
    found: Vec<bool>,
    /// How many tokens the texts have, about.
    tokens: usize,
}

/// A version that another includes, directly or through others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Included<'r> {
    /// The name of the partial in the version that includes, through which it is reached.
    name: &'r PartialName,
    /// The pin that leads to it.
    pin: &'r Selector,
    /// The prompt and the number that the pin names.
    pub(super) key: (&'r PromptName, &'r Semver),
    /// The version.
    pub(super) version: &'r Version,
}

impl Demands {
    /// Compiles a policy's patterns, in linear time and within bounds; what cannot be used is among the faults.
    #[must_use]
    pub fn new(policy: &Arc<Policy>) -> Self {
        let (mut patterns, mut faults, mut count) = (Vec::new(), Vec::new(), 0);
        for (check, demand) in policy.checks.iter().enumerate() {
            let (Check::ForbidPattern(pattern) | Check::RequirePattern(pattern)) = demand else {
                patterns.push(None);
                continue;
            };
            count += 1;
            let compiled = if count > MOST_PATTERNS { Err(too_many(check)) } else { compile(check, pattern) };
            patterns.push(compiled.map_err(|fault| faults.push(fault)).ok());
        }
        Self { policy: Arc::clone(policy), patterns, faults }
    }

    /// What a version's own texts say to the checks.
    pub(super) fn facts(&self, version: &Version) -> Facts {
        let holds = |pattern: &Option<Regex>| {
            pattern.as_ref().is_some_and(|pattern| texts(version).any(|(_, text)| pattern.is_match(text)))
        };
        let counts = self.policy.checks.iter().any(|check| matches!(check, Check::MaxTokens(_)));
        let tokens = if counts { texts(version).map(|(_, text)| tokens(text)).sum() } else { 0 };
        Facts { found: self.patterns.iter().map(holds).collect(), tokens }
    }

    /// What the policy does not allow in a version that includes these others.
    pub(super) fn judge(&self, version: &Version, own: &Facts, included: &[(Included<'_>, &Facts)]) -> Vec<Violation> {
        let mut violations = Vec::new();
        for (i, check) in self.policy.checks.iter().enumerate() {
            let has = |facts: &Facts| facts.found.get(i) == Some(&true);
            let mut add = |at: Where| violations.push(Violation { check: i, at });
            match check {
                Check::ForbidPattern(_) => {
                    if has(own) {
                        self.matches(i, version).for_each(&mut add);
                    }
                    let through = included.iter().filter(|(_, facts)| has(facts));
                    through.for_each(|(one, _)| add(Where::Partial(one.name.clone(), one.pin.clone())));
                }
                Check::RequirePattern(_) => {
                    let usable = self.patterns.get(i).is_some_and(Option::is_some);
                    if usable && !has(own) && !included.iter().any(|(_, facts)| has(facts)) {
                        add(Where::Missing);
                    }
                }
                Check::ForbidVariable(name) => {
                    if version.variable_names().any(|declared| declared == *name) {
                        add(Where::Variable);
                    }
                }
                Check::MaxTokens(most) => {
                    let total = included.iter().fold(own.tokens, |sum, (_, facts)| sum.saturating_add(facts.tokens));
                    if total > usize::try_from(*most).unwrap_or(usize::MAX) {
                        add(Where::Tokens(total));
                    }
                }
                // Who approved is not in the files.
                Check::RequirePolicyReviewer(_) => {}
            }
        }
        violations
    }

    fn matches<'v>(&'v self, check: usize, version: &'v Version) -> impl Iterator<Item = Where> + 'v {
        let pattern = self.patterns.get(check).and_then(Option::as_ref);
        pattern.into_iter().flat_map(move |pattern| {
            texts(version).flat_map(move |(turn, text)| {
                let found = pattern.find_iter(text).take(MOST_MATCHES);
                found.map(move |found| Where::Text(turn, Span::new(found.start(), found.end())))
            })
        })
    }
}

/// What a policy does not allow in a version, with the partials that it includes, directly or through others, up to 256
/// of them; `pinned` finds the version that a pin leads to. Nothing where the version satisfies the policy.
///
/// Whether the policy binds the version's prompt at all is for [`Policy::binds`](crate::domain::Policy::binds) to say.
/// Patterns that cannot be used, and reviewers, are not judged.
#[must_use]
pub fn violations<'r>(
    pinned: impl Fn(&Selector) -> Option<&'r Version>,
    demands: &Demands,
    version: &'r Version,
) -> Vec<Violation> {
    let included = included(pinned, version);
    let facts: Vec<Facts> = included.iter().map(|one| demands.facts(one.version)).collect();
    let included: Vec<_> = included.into_iter().zip(&facts).collect();
    demands.judge(version, &demands.facts(version), &included)
}

/// The versions that a version includes, directly or through others, each once, the nearest first.
pub(super) fn included<'r>(
    pinned: impl Fn(&Selector) -> Option<&'r Version>,
    version: &'r Version,
) -> Vec<Included<'r>> {
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    let pins = |version: &'r Version| {
        let reads = version.engine == Engine::Handlebars;
        version.uses.iter().filter(move |_| reads)
    };
    let mut open: VecDeque<_> = pins(version).collect();
    while let Some((name, pin)) = open.pop_front() {
        let (Which::Exact(number), Some(version)) = (&pin.which, pinned(pin)) else { continue };
        let key = (&pin.name, number);
        if found.len() == MOST_PARTIALS || !seen.insert(key) {
            continue;
        }
        found.push(Included { name, pin, key, version });
        open.extend(pins(version).map(|(_, pin)| (name, pin)));
    }
    found
}

fn texts(version: &Version) -> impl Iterator<Item = (usize, &str)> {
    version.messages.iter().enumerate().filter_map(|(turn, message)| match message {
        Turn::Message { content, .. } => Some((turn, &**content)),
        Turn::Placeholder { .. } => None,
    })
}

fn too_many(check: usize) -> PatternFault {
    let message = format!("this policy has more than {MOST_PATTERNS} patterns, and this one is not used");
    PatternFault { check, message, help: "join patterns with `|`, or make another policy", span: None }
}

fn compile(check: usize, pattern: &str) -> Result<Regex, PatternFault> {
    let built = RegexBuilder::new(pattern).size_limit(PATTERN_BYTES).dfa_size_limit(PATTERN_BYTES).build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => PatternFault {
            check,
            message: "this regular expression grows too large".to_owned(),
            help: "repeat less: `\\w{1000}` is a thousand times as large as `\\w`",
            span: None,
        },
        other => unreadable(check, pattern, &other.to_string()),
    })
}

/// The fault of a pattern that is no regular expression, from the picture that the parser draws of it.
fn unreadable(check: usize, pattern: &str, told: &str) -> PatternFault {
    let why = told.lines().rev().find_map(|line| line.strip_prefix("error: ")).unwrap_or("it cannot be read");
    let help = if why.contains("look-around") {
        "patterns are matched in linear time, without look-arounds: forbid or require what you mean in a check of its own"
    } else if why.contains("backreference") {
        "patterns are matched in linear time, without back-references: write the alternatives out"
    } else {
        "the syntax is that of https://docs.rs/regex; in YAML write patterns in single quotes"
    };
    let message = format!("this is not a regular expression that can be used: {why}");
    PatternFault { check, message, help, span: carets(pattern, told) }
}

/// The bytes of the pattern under the parser's carets.
fn carets(pattern: &str, told: &str) -> Option<Span> {
    let mut lines = told.lines();
    lines.find(|line| line.strip_prefix("    ") == Some(pattern))?;
    let line = lines.next()?.strip_prefix("    ")?;
    let (start, end) = (line.find('^')?, line.rfind('^')? + 1);
    let at = |column: usize| pattern.char_indices().map(|(at, _)| at).chain([pattern.len()]).nth(column);
    Some(Span::new(at(start)?, at(end).unwrap_or(pattern.len())))
}
