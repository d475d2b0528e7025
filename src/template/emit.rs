//! Writes a checked text for the engine: text becomes single marks, white space is settled, every tag knows its place.

use super::tree::{Base, Call, Expr, Kind, Path, Sink, Tag};
use crate::domain::Span;
use serde_json::Value;
use std::fmt::Write;

/// Stands for a stretch of text in what the engine compiles.
pub(super) const MARK: char = '\u{F8FF}';
/// Ends the names that `as |…|` binds: the engine would take them for the names of the input and of partials.
const BOUND: char = '\u{F8FE}';
/// Where the input lies in the data that the engine sees.
pub(super) const INPUT: &str = "in";
/// Where the caller's context lies.
pub(super) const CONTEXT: &str = "at";

/// A text as it was read.
#[derive(Debug, Default)]
pub(super) struct Items<'a>(Vec<Item<'a>>);

#[derive(Debug)]
enum Item<'a> {
    Text(String),
    Tag(Tag<'a>),
}

impl<'a> Sink<'a> for Items<'a> {
    fn text(&mut self, text: &'a str) {
        match self.0.last_mut() {
            Some(Item::Text(before)) => before.push_str(text),
            _ if text.is_empty() => {}
            _ => self.0.push(Item::Text(text.to_owned())),
        }
    }

    fn tag(&mut self, tag: Tag<'a>) {
        self.0.push(Item::Tag(tag));
    }
}

/// Something a tag asks for that may go wrong while rendering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Site {
    /// The path, or the tag, in bytes of the text.
    pub(super) span: Span,
    /// The path as it is written, or the helper's name.
    pub(super) path: String,
    /// The variable whose absence is no fault: the one that the path begins with.
    pub(super) variable: Option<String>,
    /// Whether absence is never a fault: the path goes into the caller's context, or is computed.
    pub(super) lenient: bool,
}

/// What the engine compiles.
#[derive(Debug, Default)]
pub(super) struct Emitted {
    /// The engine's template.
    pub(super) source: String,
    /// The texts that the marks stand for, in order.
    pub(super) runs: Vec<String>,
    /// What may go wrong; tags name them by their number, counted from the number given.
    pub(super) sites: Vec<Site>,
    /// Where in `source` each tag begins, in characters from 1, and where the tag is in the text.
    pub(super) columns: Vec<(usize, Span)>,
    first: usize,
}

/// Writes the items; sites are counted from `first`, and `partial` answers the engine's number of a partial.
pub(super) fn emit(mut items: Items<'_>, first: usize, partial: impl Fn(&str) -> usize) -> Emitted {
    let indents = settle(&mut items.0);
    let mut emitted = Emitted { first, ..Emitted::default() };
    let mut column = 1;
    for (item, indent) in items.0.iter().zip(indents) {
        let from = emitted.source.len();
        match item {
            Item::Text(text) if text.is_empty() => {}
            Item::Text(text) => {
                emitted.source.push(MARK);
                emitted.runs.push(text.clone());
            }
            Item::Tag(tag) => {
                emitted.columns.push((column, tag.span));
                emitted.tag(tag, &indent, &partial);
            }
        }
        column += emitted.source[from..].chars().count();
    }
    emitted
}

/// Whether a tag that is alone on its line takes the line with it.
fn takes_line(kind: &Kind<'_>) -> bool {
    !matches!(kind, Kind::Output(_))
}

/// Takes out the white space that `~` and tags alone on their lines take away, by the rules of Handlebars.
///
/// Answers for each item the indent of a partial that stands alone.
fn settle(items: &mut [Item<'_>]) -> Vec<String> {
    let mut indents = vec![String::new(); items.len()];
    // The bytes to take from the start and the end of each text; decided on the untouched texts.
    let mut cuts = vec![(0, 0); items.len()];
    for at in 0..items.len() {
        let Item::Tag(tag) = &items[at] else { continue };
        let text = |at: Option<usize>| match at.and_then(|at| items.get(at)) {
            Some(Item::Text(text)) => Some(text.as_str()),
            _ => None,
        };
        let (before, after) = (text(at.checked_sub(1)), text(Some(at + 1)));
        let alone = takes_line(&tag.kind)
            && before.map_or(at == 0, |text| line_ends(text, at == 1))
            && after.map_or(at + 1 == items.len(), |text| line_begins(text, at + 2 == items.len()));
        if let Some(text) = before {
            let kept = if tag.before { text.trim_end().len() } else { text.trim_end_matches([' ', '\t']).len() };
            if matches!(tag.kind, Kind::Partial { .. }) && alone && !tag.before {
                indents[at] = text[text.trim_end_matches([' ', '\t']).len()..].to_owned();
            }
            if tag.before || alone {
                cuts[at - 1].1 = text.len() - kept;
            }
        }
        if let Some(text) = after {
            let kept = if tag.after { text.trim_start() } else { next_line(text) };
            if tag.after || alone {
                cuts[at + 1].0 = text.len() - kept.len();
            }
        }
    }
    for (item, (start, end)) in items.iter_mut().zip(cuts) {
        if let Item::Text(text) = item {
            text.truncate((text.len() - end).max(start));
            text.drain(..start);
        }
    }
    indents
}

/// Whether nothing but white space follows the last line feed.
fn line_ends(text: &str, first: bool) -> bool {
    let rest = text.trim_end_matches(|c: char| c.is_whitespace() && c != '\n');
    rest.ends_with('\n') || (first && rest.is_empty())
}

/// Whether nothing but white space stands before the first line feed.
fn line_begins(text: &str, last: bool) -> bool {
    let rest = text.trim_start_matches(|c: char| c.is_whitespace() && c != '\n');
    rest.starts_with('\n') || (last && rest.is_empty())
}

fn next_line(text: &str) -> &str {
    let rest = text.trim_start_matches([' ', '\t']);
    rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n')).unwrap_or(rest)
}

impl Emitted {
    fn put(&mut self, text: &str) {
        self.source.push_str(text);
    }

    /// Notes what may go wrong, and answers its number.
    fn site(&mut self, span: Span, expr: Option<&Expr<'_>>, helper: &str) -> usize {
        let number = self.first + self.sites.len();
        let site = match expr {
            Some(Expr::Path(path)) => Site {
                span: path.span,
                path: path.written.to_owned(),
                variable: match path.base {
                    Base::Input | Base::Root => path.names.first().map(|name| (*name).to_owned()),
                    _ => None,
                },
                lenient: path.base == Base::Context || is_length(path),
            },
            _ => Site { span, path: helper.to_owned(), variable: None, lenient: true },
        };
        self.sites.push(site);
        number
    }

    fn tag(&mut self, tag: &Tag<'_>, indent: &str, partial: &impl Fn(&str) -> usize) {
        match &tag.kind {
            Kind::Comment => {}
            Kind::Output(Expr::Call(call)) => self.call(call, tag.span),
            Kind::Output(expr) => self.print(expr, tag.span, ""),
            Kind::Open(call) => self.block("{{#", call, tag.span),
            Kind::ElseIf(call) => self.block("{{else ", call, tag.span),
            Kind::Else => self.put("{{else}}"),
            Kind::Close(word) => {
                let _ = write!(self.source, "{{{{/{}}}}}", word.name);
            }
            Kind::Partial { name, context, hash } => {
                if !indent.is_empty() {
                    let _ = write!(self.source, "{{{{indent {}}}}}", Value::from(indent));
                }
                let _ = write!(self.source, "{{{{> p{}", partial(name));
                match (context, hash.is_empty()) {
                    (None, true) => {}
                    (Some(expr), true) => self.argument(expr, tag.span),
                    (context, false) => {
                        self.put(" (given");
                        match context {
                            Some(expr) => self.argument(expr, tag.span),
                            None => self.put(" this"),
                        }
                        self.hash(hash, tag.span);
                        self.put(")");
                    }
                }
                self.put("}}");
                if !indent.is_empty() {
                    self.put("{{indent 0}}");
                }
            }
        }
    }

    fn print(&mut self, expr: &Expr<'_>, span: Span, helper: &str) {
        let number = self.site(span, Some(expr), helper);
        self.put("{{out");
        self.argument(expr, span);
        let _ = write!(self.source, " {number}}}}}");
    }

    fn block(&mut self, open: &str, call: &Call<'_>, span: Span) {
        self.put(open);
        self.put(call.word.name);
        call.args.iter().for_each(|expr| self.argument(expr, span));
        self.hash(&call.hash, span);
        if !call.params.is_empty() {
            self.put(" as |");
            call.params.iter().for_each(|name| self.put(&format!("{name}{BOUND} ")));
            self.put("|");
        }
        self.put("}}");
    }

    /// A helper that stands alone.
    fn call(&mut self, call: &Call<'_>, span: Span) {
        match call.word.name {
            "log" => {}
            "json" | "lookup" => {
                let number = self.site(span, None, call.word.name);
                self.put("{{out ");
                self.inside(call, span);
                let _ = write!(self.source, " {number}}}}}");
            }
            name => {
                let number = self.site(span, None, name);
                let _ = write!(self.source, "{{{{{name}");
                call.args.iter().for_each(|expr| self.argument(expr, span));
                self.hash(&call.hash, span);
                let _ = write!(self.source, " {number}}}}}");
            }
        }
    }

    /// A helper in parentheses.
    fn inside(&mut self, call: &Call<'_>, span: Span) {
        let number = self.site(span, call.args.first(), call.word.name);
        let _ = write!(self.source, "({}", call.word.name);
        call.args.iter().for_each(|expr| self.argument(expr, span));
        if call.word.name == "json" {
            let _ = write!(self.source, " {number}");
        }
        self.hash(&call.hash, span);
        self.put(")");
    }

    fn hash(&mut self, hash: &[(&str, Expr<'_>)], span: Span) {
        for (name, expr) in hash {
            let _ = write!(self.source, " {name}=");
            self.value(expr, span);
        }
    }

    fn argument(&mut self, expr: &Expr<'_>, span: Span) {
        self.put(" ");
        self.value(expr, span);
    }

    fn value(&mut self, expr: &Expr<'_>, span: Span) {
        match expr {
            Expr::Word(word) => self.put(word),
            Expr::Text { raw, quote } => {
                let text = raw.replace(&format!("\\{quote}"), &quote.to_string());
                let _ = write!(self.source, "{}", Value::from(text));
            }
            Expr::Call(call) => self.inside(call, span),
            Expr::Path(path) if is_length(path) => {
                self.put("(lookup ");
                self.path(path, path.names.len() - 1);
                self.put(" \"length\")");
            }
            Expr::Path(path) => self.path(path, path.names.len()),
        }
    }

    /// A path of the first `count` names, in a spelling that the engine cannot take for anything else.
    fn path(&mut self, path: &Path<'_>, count: usize) {
        match path.base {
            Base::Root => self.put(&format!("@root.{INPUT}")),
            Base::Context => self.put(&format!("@root.{CONTEXT}")),
            Base::Data => self.put("@"),
            _ => {}
        }
        (0..path.up).for_each(|_| self.put("../"));
        match path.base {
            Base::Root | Base::Context => path.names[..count].iter().for_each(|name| self.name(name)),
            Base::Data => path.names[..count].iter().for_each(|name| self.put(name)),
            Base::Bound => {
                let (first, rest) = path.names[..count].split_first().unwrap_or((&"", &[]));
                self.put(&format!("this.[{first}{BOUND}]"));
                rest.iter().for_each(|name| self.name(name));
            }
            _ => {
                self.put("this");
                path.names[..count].iter().for_each(|name| self.name(name));
            }
        }
    }

    fn name(&mut self, name: &str) {
        let plain = name != "this" && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let _ = if plain { write!(self.source, ".{name}") } else { write!(self.source, ".[{name}]") };
    }
}

/// `items.length`: how many there are, as in JavaScript.
fn is_length(path: &Path<'_>) -> bool {
    path.names.len() > 1 && path.names.last() == Some(&"length") && path.base != Base::Data
}
