//! YAML to JSON values with the byte span of every key and value, in bounded time and memory.

use super::{
    scalar,
    tree::{Fault, Spans, Tree},
};
use crate::domain::{Level, Limits, Span};
use granit_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::{Map, Value};
use std::{borrow::Cow, collections::HashMap};

/// Reads the one document of a YAML text.
///
/// Answers the value, where the text could be understood, the span of every key and value, and all faults: broken
/// syntax, duplicate keys, tags, several documents, aliases that unfold beyond the limits. Never fails.
#[must_use]
pub fn parse(text: &str, limits: &Limits) -> Tree {
    let mut options = granit_parser::Options::default();
    options.set_emit_comments(false);
    // One level more than is allowed, so that our own check speaks first.
    options.flow_nesting_limit = limits.yaml_depth + 1;
    options.block_nesting_limit = limits.yaml_depth + 1;
    let mut builder = Builder::new(text, limits);
    // A byte order mark is skipped by the parser and counts in its offsets.
    for next in Parser::new_from_str_with_options(text, options) {
        let step = match next {
            Ok((event, span)) => builder.event(event, to_span(&span, text)),
            Err(error) => {
                // What was found before may come of the same mistake: a bracket that is not closed swallows keys.
                builder.faults.clear();
                let at = text.floor_char_boundary(error.marker().byte_offset().unwrap_or(text.len()));
                let length = text[at..].chars().next().map_or(0, char::len_utf8);
                Err(Fault::error(Span::new(at, at + length), broken(text, at, &error.info(), limits)))
            }
        };
        if let Err(fault) = step {
            builder.faults.push(fault);
            return Tree { value: None, spans: Spans::default(), faults: builder.faults };
        }
    }
    builder.finish()
}

fn to_span(span: &granit_parser::Span, text: &str) -> Span {
    let range = span.byte_range().unwrap_or(0..text.len());
    Span::new(range.start.min(text.len()), range.end.min(text.len()))
}

/// The parser's own words, and a hint where the usual mistakes are known.
fn broken(text: &str, at: usize, info: &str, limits: &Limits) -> String {
    if info.contains("recursion limit") {
        return too_deep(limits);
    }
    let line_start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |start| start + 1);
    let line = text.get(line_start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let indent: &str = &line[..line.len() - line.trim_start().len()];
    if indent.contains('\t') {
        return "a tab cannot indent YAML: use spaces".to_owned();
    }
    format!("this is not YAML: {info}")
}

fn too_deep(limits: &Limits) -> String {
    format!("the file is nested more than {} levels deep", limits.yaml_depth)
}

/// A list or map that is not at its end yet.
enum Open {
    List(Vec<Value>),
    /// The entries, the key whose value comes next, and whether that key was there before.
    Map(Map<String, Value>, Option<String>, Option<usize>),
}

struct Frame {
    open: Open,
    /// Where this node's spans begin.
    first: usize,
    anchor: usize,
    start: usize,
}

struct Builder<'a> {
    text: &'a str,
    limits: &'a Limits,
    frames: Vec<Frame>,
    spans: Vec<Span>,
    /// What each finished anchor stands for.
    anchors: HashMap<usize, (Value, Vec<Span>)>,
    root: Option<Value>,
    documents: usize,
    nodes: usize,
    alias_bytes: usize,
    faults: Vec<Fault>,
}

impl<'a> Builder<'a> {
    fn new(text: &'a str, limits: &'a Limits) -> Self {
        Self {
            text,
            limits,
            frames: Vec::new(),
            spans: Vec::new(),
            anchors: HashMap::new(),
            root: None,
            documents: 0,
            nodes: 0,
            alias_bytes: 0,
            faults: Vec::new(),
        }
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Fault> {
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(Fault::error(span, "a second document begins here: keep one document in a file"));
                }
            }
            Event::Scalar(text, style, anchor, tag) => self.scalar(text, style, anchor, tag.as_deref(), span)?,
            Event::SequenceStart(_, anchor, tag) => self.open(Open::List(Vec::new()), anchor, tag.as_deref(), span)?,
            Event::MappingStart(_, anchor, tag) => {
                self.open(Open::Map(Map::new(), None, None), anchor, tag.as_deref(), span)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span)?,
            Event::Alias(id) => self.alias(id, span)?,
            _ => {}
        }
        Ok(())
    }

    fn count(&mut self, nodes: usize, span: Span) -> Result<(), Fault> {
        self.nodes += nodes;
        if self.nodes > self.limits.yaml_nodes {
            let limit = self.limits.yaml_nodes;
            return Err(Fault::error(span, format!("the file unfolds to more than {limit} values")));
        }
        Ok(())
    }

    fn awaits_key(&self) -> bool {
        matches!(self.frames.last(), Some(Frame { open: Open::Map(_, None, _), .. }))
    }

    fn scalar(
        &mut self,
        text: Cow<'_, str>,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        span: Span,
    ) -> Result<(), Fault> {
        self.count(1, span)?;
        if self.awaits_key() {
            return self.key(text.into_owned(), span);
        }
        let span = if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
            Span::new(block_header(self.text, span.start), span.end)
        } else {
            span
        };
        let value = match scalar::resolve(text, style, tag) {
            Ok((value, warning)) => {
                self.faults.extend(warning.map(|text| Fault::error(span, text).warn()));
                value
            }
            Err(message) => {
                self.faults.push(Fault::error(span, message));
                Value::Null
            }
        };
        self.spans.push(span);
        self.anchor(anchor, &value, self.spans.len() - 1);
        self.put(value);
        Ok(())
    }

    fn key(&mut self, key: String, span: Span) -> Result<(), Fault> {
        let Some(Frame { open: Open::Map(map, next, again), .. }) = self.frames.last_mut() else { return Ok(()) };
        if map.contains_key(&key) {
            self.faults.push(Fault::error(span, format!("the key `{key}` is here a second time")));
            *again = Some(self.spans.len());
        }
        *next = Some(key);
        self.spans.push(span);
        Ok(())
    }

    fn open(&mut self, open: Open, anchor: usize, tag: Option<&Tag>, span: Span) -> Result<(), Fault> {
        self.count(1, span)?;
        if self.awaits_key() {
            return Err(Fault::error(span, "a key must be a text, not a list or a map")
                .help("is a quote missing around `{{…}}`?"));
        }
        if self.frames.len() >= self.limits.yaml_depth {
            return Err(Fault::error(span, too_deep(self.limits)));
        }
        if let Some(tag) = tag.filter(|tag| !scalar::is_collection_tag(tag)) {
            self.faults.push(Fault::error(span, scalar::unknown_tag(tag)));
        }
        self.spans.push(span);
        self.frames.push(Frame { open, first: self.spans.len() - 1, anchor, start: span.start });
        Ok(())
    }

    fn close(&mut self, span: Span) -> Result<(), Fault> {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        let value = match frame.open {
            Open::List(items) => Value::Array(items),
            Open::Map(map, ..) => Value::Object(map),
        };
        let end = self.text[..span.end.max(frame.start)].trim_end().len().max(frame.start);
        self.spans[frame.first] = Span::new(frame.start, end);
        self.anchor(frame.anchor, &value, frame.first);
        self.put(value);
        Ok(())
    }

    fn anchor(&mut self, id: usize, value: &Value, first: usize) {
        if id != 0 {
            self.anchors.insert(id, (value.clone(), self.spans[first..].to_vec()));
        }
    }

    fn alias(&mut self, id: usize, span: Span) -> Result<(), Fault> {
        if self.awaits_key() {
            return Err(Fault::error(span, "an alias cannot be a key"));
        }
        let Some((value, spans)) = self.anchors.get(&id) else {
            return Err(Fault::error(span, "this alias stands for something that contains it"));
        };
        self.alias_bytes += bytes(value);
        let (value, spans) = (value.clone(), spans.clone());
        self.count(spans.len(), span)?;
        if self.alias_bytes > self.limits.file_bytes {
            return Err(Fault::error(span, format!("aliases unfold to more than {} bytes", self.limits.file_bytes)));
        }
        self.spans.extend(spans);
        self.put(value);
        Ok(())
    }

    fn put(&mut self, value: Value) {
        match self.frames.last_mut() {
            None => self.root = Some(value),
            Some(Frame { open: Open::List(items), .. }) => items.push(value),
            Some(Frame { open: Open::Map(map, next, again), .. }) => {
                let Some(key) = next.take() else { return };
                // The first of two equal keys stays; the second is a fault already.
                match again.take() {
                    Some(spans) => self.spans.truncate(spans),
                    None => {
                        map.insert(key, value);
                    }
                }
            }
        }
    }

    fn finish(self) -> Tree {
        let mut faults = self.faults;
        faults.sort_by_key(|fault| (fault.level != Level::Error, fault.span));
        Tree { value: self.root, spans: Spans::new(self.spans), faults }
    }
}

/// Where the `|` or `>` of a block scalar stands whose content begins at `content`.
fn block_header(text: &str, content: usize) -> usize {
    let end = text[..content].trim_end().len();
    let line_start = text[..end].rfind('\n').map_or(0, |at| at + 1);
    let is_header = |at: &usize| {
        let rest =
            text[line_start + at + 1..end].trim_start_matches(|c: char| c.is_ascii_digit() || c == '+' || c == '-');
        rest.is_empty() || rest.trim_start().starts_with('#')
    };
    let found = text[line_start..end].match_indices(['|', '>']).map(|(at, _)| at).find(is_header);
    found.map_or(content, |at| line_start + at)
}

/// Roughly how many bytes a value holds.
fn bytes(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(bytes).sum(),
        Value::Object(map) => map.iter().map(|(key, value)| key.len() + bytes(value)).sum(),
        _ => 8,
    }
}
