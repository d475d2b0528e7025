//! Rule `unclosed-tag`: sections of a text in XML tags that begin and never end, or the reverse.

use crate::{
    domain::{Diagnostic, Level, Span, nearest},
    files::Document,
    lint::{Check, Context, Findings, Rule, context, texts::texts},
};
use std::collections::BTreeMap;

pub(super) static RULE: Rule = Rule {
    name: "unclosed-tag",
    default: Level::Warn,
    summary: "sections in XML tags of which one is opened and not closed, or closed and not opened",
    explanation: r#"
Models tell instructions from data by tags such as `<ticket>` and `</ticket>`. Where an end is missing or misspelt, all
that follows belongs to the section. Counted are tags without attributes that stand alone on a line, outside of fenced
code, in texts without partials and without HTML; a tag that nowhere has an end is taken for a
word in brackets, and one that is open at the end is for the model to go on with.

Bad:
```yaml
content: |
  <ticket>
  {{ticket}}
  </tiket>
```
Good:
```yaml
content: |
  <ticket>
  {{ticket}}
  </ticket>
```
"#,
    breaks: false,
    check: Check::Each(check),
};

/// Elements that pages are full of: a text with one of them is about pages, whose tags are not sections.
const HTML: [&str; 24] = [
    "a", "b", "body", "br", "button", "code", "div", "dl", "em", "form", "head", "html", "i", "img", "input", "li",
    "ol", "p", "pre", "script", "span", "strong", "table", "ul",
];

/// The tags of one name.
#[derive(Debug, Default)]
struct Seen {
    /// How often it is opened and closed on lines of their own, and anywhere.
    opened: usize,
    closed: usize,
    opened_anywhere: usize,
    closed_anywhere: usize,
    /// The tag that is open, on a line of its own.
    open: Option<(usize, Span)>,
    /// The first that was still open when the next was opened.
    left_open: Option<(usize, Span)>,
    /// The last that was closed, on a line of its own.
    last_closed: Option<(usize, Span)>,
}

fn check(_: &Context<'_>, document: &Document, findings: &mut Findings) {
    let Some(version) = context::version(document) else { return };
    if !version.uses.is_empty() || !texts(version).any(|(.., text)| text.contains("</")) {
        return;
    }
    let mut seen: BTreeMap<&str, Seen> = BTreeMap::new();
    for (turn, _, text) in texts(version) {
        look(turn, text, &mut seen);
    }
    if HTML.iter().any(|name| seen.contains_key(name)) {
        return;
    }
    let opened_only = seen.iter().filter(|(_, seen)| seen.opened > 0 && seen.closed_anywhere == 0);
    let opened_only: Vec<&str> = opened_only.map(|(name, _)| *name).collect();
    for (name, seen) in &seen {
        if findings.is_full(RULE.name, document) {
            return;
        }
        // What is open at the end is for the model to go on with.
        let ends = seen.closed_anywhere + usize::from(seen.open.is_some());
        let (message, place, help) = if seen.opened > ends && seen.closed_anywhere > 0 && seen.left_open.is_some() {
            let message = format!("`<{name}>` begins {} and ends {}", times(seen.opened), times(seen.closed_anywhere));
            (message, seen.left_open, format!("add `</{name}>` where the section ends"))
        } else if seen.closed > seen.opened_anywhere {
            let meant = nearest(name, opened_only.iter().copied()).filter(|_| seen.opened_anywhere == 0);
            let message = match seen.opened_anywhere {
                0 => format!("`</{name}>` ends a section that never began"),
                count => format!("`</{name}>` ends {} what began {}", times(seen.closed), times(count)),
            };
            let help = match meant {
                Some(meant) => format!("did you mean `</{meant}>`?"),
                None => format!("add `<{name}>` where the section begins, or delete this"),
            };
            (message, seen.last_closed, help)
        } else {
            continue;
        };
        let span = place.map(|(turn, span)| findings.in_message(document, turn, span));
        findings.add(Diagnostic::error(RULE.name, &document.path, span, message).warn().help(help));
    }
}

fn times(count: usize) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    }
}

/// Counts the tags of one text, but for those in fenced code.
fn look<'t>(turn: usize, text: &'t str, seen: &mut BTreeMap<&'t str, Seen>) {
    let (mut is_code, mut start) = (false, 0);
    for line in text.split_inclusive('\n') {
        let bare = line.trim();
        if bare.starts_with("```") || bare.starts_with("~~~") {
            is_code = !is_code;
        } else if !is_code && line.contains('<') {
            tags(turn, line, start, seen);
        }
        start += line.len();
    }
}

fn tags<'t>(turn: usize, line: &'t str, start: usize, seen: &mut BTreeMap<&'t str, Seen>) {
    let (alone, last) = (line.trim().len(), line.rfind('>').unwrap_or_default());
    for (at, _) in line.match_indices('<').take_while(|(at, _)| *at < last) {
        let rest = line.get(at + 1..).unwrap_or_default();
        let (is_end, rest) = rest.strip_prefix('/').map_or((false, rest), |rest| (true, rest));
        let length = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')).count();
        let (name, rest) = rest.split_at_checked(length).unwrap_or_default();
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic());
        // With attributes it is a tag too, but none that is counted as opened alone.
        if !is_name || !(rest.starts_with('>') || (!is_end && rest.starts_with(' '))) {
            continue;
        }
        let tag = Span::new(start + at, start + at + 1 + usize::from(is_end) + length + 1);
        let is_alone = alone == tag.end - tag.start;
        let seen = seen.entry(name).or_default();
        let place = is_alone.then_some((turn, tag));
        if is_end {
            seen.closed_anywhere += 1;
            seen.closed += usize::from(is_alone);
            seen.last_closed = place.or(seen.last_closed);
            seen.open = None;
        } else {
            seen.opened_anywhere += 1;
            seen.opened += usize::from(is_alone);
            seen.left_open = seen.left_open.or(seen.open.filter(|_| is_alone));
            seen.open = place.or(seen.open);
        }
    }
}
