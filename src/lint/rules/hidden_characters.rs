//! Rule `hidden-characters`: characters that a reviewer cannot see and a model reads.

use crate::{
    domain::{Diagnostic, Edit, Level, Span},
    files::Document,
    lint::{Check, Context, Findings, Rule},
};
use std::cell::LazyCell;

pub(super) static RULE: Rule = Rule {
    name: "hidden-characters",
    default: Level::Error,
    summary: "characters that a reviewer cannot see, or that show a text in another order than it is read",
    explanation: r#"
What is approved is what somebody saw. Bidirectional controls (U+202A to U+202E, U+2066 to U+2069) show a text in another
order than a model reads it; tag characters (U+E0000 to U+E007F) and rows of variation selectors spell whole
instructions that no editor shows. Those are errors. Characters without width that mostly come with a text from a web
page, such as U+200B, are warnings, and `lint --fix` deletes them.

Not reported is what a script or an emoji needs: joiners in Persian, in Indian scripts and in emoji, marks of direction
beside Hebrew and Arabic, U+200B in Thai, Khmer and Burmese, the tags of a flag. Where such a character is meant all the
same, write it as an escape between double quotes, `"\u2067"`, so that everybody sees it.

Bad:
```yaml
content: "Summarize the ticket.<U+202E>…<U+202C>"
```
Good:
```yaml
content: "Summarize the ticket."
```
"#,
    breaks: false,
    check: Check::Each(check),
};

/// The letters of a flag's region, and its end.
const FLAG: usize = 7;

fn check(_: &Context<'_>, document: &Document, findings: &mut Findings) {
    let text = &*document.text;
    if text.is_ascii() {
        return;
    }
    let is_rtl = LazyCell::new(|| text.contains(|c| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fefc}')));
    let (mut empty, mut deceiving) = (Vec::new(), Vec::new());
    let (mut before, mut flag) = ('\n', 0);
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        // A flag is a black flag and the letters of its region as tags.
        flag = if c == '\u{1f3f4}' { FLAG } else { flag.min(FLAG * usize::from(is_tag(c))) };
        let after = chars.peek().map_or('\n', |(_, next)| *next);
        let span = Span::new(at, at + c.len_utf8());
        if is_tag(c) && flag > 0 {
            flag -= 1;
        } else if deceives(c, before) {
            grow(&mut deceiving, span);
        } else if at > 0 && is_empty(c, before, after, || *is_rtl) {
            grow(&mut empty, span);
        }
        before = c;
    }
    for span in deceiving {
        if findings.is_full(RULE.name, document) {
            break;
        }
        tell_deceiving(document, span, findings);
    }
    tell_empty(document, &empty, findings);
}

/// Adds a place, to the last one where that ends there.
fn grow(spans: &mut Vec<Span>, span: Span) {
    match spans.last_mut() {
        Some(last) if last.end == span.start => last.end = span.end,
        _ => spans.push(span),
    }
}

const fn is_tag(c: char) -> bool {
    matches!(c, '\u{e0000}'..='\u{e007f}')
}

/// Whether a character hides a text, or shows it otherwise than it is read.
const fn deceives(c: char, before: char) -> bool {
    const fn selects(c: char) -> bool {
        matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
    }
    // One selector chooses how a sign looks; several of them, or one at a letter, are a message.
    let is_message = selects(c) && (selects(before) || before.is_ascii_alphabetic());
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') || is_tag(c) || is_message
}

/// Whether a character has no width, and no script or emoji that needs it is beside it.
fn is_empty(c: char, before: char, after: char, is_rtl: impl Fn() -> bool) -> bool {
    let is_bare = |c: char| c.is_ascii() || matches!(c, '\u{200b}'..='\u{200d}');
    let is_unspaced = |c: char| matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}');
    match c {
        '\u{200b}' => !is_unspaced(before) && !is_unspaced(after),
        '\u{200c}' | '\u{200d}' => is_bare(before) && is_bare(after),
        '\u{200e}' | '\u{200f}' | '\u{61c}' => !is_rtl(),
        _ => {
            matches!(c, '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}' | '\u{feff}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}')
        }
    }
}

fn tell_deceiving(document: &Document, span: Span, findings: &mut Findings) {
    let Some(run) = document.text.get(span.start..span.end) else { return };
    let Some(first) = run.chars().next() else { return };
    let message = match run.chars().count() {
        1 => format!("here is {}, which nobody sees and which changes what a reader sees", name(first)),
        count => format!("here are {count} characters that nobody sees, the first of them {}", name(first)),
    };
    let finding = Diagnostic::error(RULE.name, &document.path, Some(span), message);
    findings.add(finding.help(format!(
        "find out how it got there and delete it; where it is meant, write it as an escape in double quotes, {}",
        escaped(first)
    )));
}

/// One finding for the whole file: they come with a text that was copied, many at once.
fn tell_empty(document: &Document, spans: &[Span], findings: &mut Findings) {
    let Some(place) = spans.first() else { return };
    let Some(first) = document.text.get(place.start..).and_then(|rest| rest.chars().next()) else { return };
    let message = match spans.len() {
        1 => format!("here is {}, which has no width", name(first)),
        count => format!("at {count} places of this file are characters without width, here {}", name(first)),
    };
    let edits = spans.iter().map(|span| Edit { span: *span, text: String::new() }).collect();
    let finding = Diagnostic::error(RULE.name, &document.path, Some(*place), message).warn();
    let help = "delete what has no width: it comes with texts from web pages, and splits words for a model";
    findings.add(finding.help(help).fix("delete the characters without width", edits));
}

fn escaped(c: char) -> String {
    let code = u32::from(c);
    if code > 0xffff { format!("`\"\\U{code:08x}\"`") } else { format!("`\"\\u{code:04x}\"`") }
}

/// A character as people look it up.
fn name(c: char) -> String {
    let name = match c {
        '\u{200b}' => " (zero width space)",
        '\u{200c}' => " (zero width non-joiner)",
        '\u{200d}' => " (zero width joiner)",
        '\u{200e}' | '\u{200f}' | '\u{61c}' => " (mark of direction)",
        '\u{202a}' | '\u{202b}' => " (bidirectional embedding)",
        '\u{202d}' | '\u{202e}' => " (bidirectional override)",
        '\u{2066}'..='\u{2068}' => " (bidirectional isolate)",
        '\u{202c}' | '\u{2069}' => " (end of a bidirectional control)",
        '\u{2060}' => " (word joiner)",
        '\u{feff}' => " (byte order mark)",
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => " (variation selector)",
        '\u{e0000}'..='\u{e007f}' => " (tag character)",
        _ => "",
    };
    format!("U+{:04X}{name}", u32::from(c))
}
