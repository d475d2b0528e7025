//! What a rendering writes: text in one place, and beside it, out of reach of any value, where messages begin.

use super::{emit::Site, error::Error, error::Place, values::absent};
use crate::domain::{Content, Media, Message, Part, Span, Speaker};
use handlebars::{Output, RenderError, RenderErrorReason};
use serde_json::{Map, Value};
use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Something that happens between two letters of the text.
#[derive(Debug)]
pub(super) enum Mark {
    Role(Speaker),
    History,
    Section(String),
    Media(Media),
    /// A value without a visible letter: what holds it is not empty by the author's will.
    Value,
}

/// One text that is compiled, and what its sites are numbered.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) partial: Option<Arc<str>>,
    pub(super) message: usize,
    pub(super) first: usize,
    pub(super) sites: Vec<Site>,
    pub(super) columns: Vec<(usize, Span)>,
    /// The variables that need not be there.
    pub(super) optional: Vec<String>,
}

impl Body {
    pub(super) fn place(&self, span: Span) -> Place {
        Place { partial: self.partial.clone(), message: self.message, span }
    }
}

/// The sheet that one rendering writes on.
pub(super) struct Recorder<'a> {
    state: Mutex<State>,
    pub(super) bodies: &'a [Body],
    input: &'a Map<String, Value>,
    limit: usize,
    until: Instant,
    milliseconds: u64,
}

#[derive(Default)]
struct State {
    text: String,
    marks: Vec<(usize, Mark)>,
    /// Bytes of the texts that are finished.
    spent: usize,
    indents: Vec<String>,
    at_line: bool,
    failure: Option<Error>,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(bodies: &'a [Body], input: &'a Map<String, Value>, limit: usize, milliseconds: u64) -> Self {
        let until = Instant::now() + Duration::from_millis(milliseconds.min(3_600_000));
        Self { state: Mutex::default(), bodies, input, limit, until, milliseconds }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the rendering with an error; the first one counts.
    pub(super) fn fail(&self, error: Error) -> RenderError {
        self.state().failure.get_or_insert(error);
        RenderErrorReason::Other(String::new()).into()
    }

    pub(super) fn failure(&self) -> Option<Error> {
        self.state().failure.take()
    }

    /// Fails where the time is over.
    pub(super) fn tick(&self) -> Result<(), RenderError> {
        if Instant::now() < self.until { Ok(()) } else { Err(self.fail(Error::TooSlow { limit: self.milliseconds })) }
    }

    /// How many bytes may still be written.
    pub(super) fn left(&self) -> usize {
        let state = self.state();
        self.limit.saturating_sub(state.spent + state.text.len())
    }

    pub(super) fn too_large(&self) -> RenderError {
        self.fail(Error::OutputTooLarge { limit: self.limit })
    }

    pub(super) fn mark(&self, mark: Mark) {
        let mut state = self.state();
        let at = state.text.len();
        state.marks.push((at, mark));
    }

    /// What a site's number stands for.
    pub(super) fn site(&self, number: u64) -> Option<(&'a Body, &'a Site)> {
        let number = usize::try_from(number).ok()?;
        let at = self.bodies.partition_point(|body| body.first <= number).checked_sub(1)?;
        let body = &self.bodies[at];
        body.sites.get(number - body.first).map(|site| (body, site))
    }

    /// A value that is not there: nothing where it need not be there, else an error.
    pub(super) fn missing(&self, number: u64) -> Result<(), RenderError> {
        let Some((body, site)) = self.site(number) else { return Ok(()) };
        let optional = |name: &String| body.optional.contains(name) && absent(self.input, name);
        if site.lenient || site.variable.as_ref().is_some_and(optional) {
            return Ok(());
        }
        Err(self.fail(Error::Missing { place: body.place(site.span), path: site.path.clone() }))
    }

    pub(super) fn unfit(&self, number: u64, problem: &'static str) -> RenderError {
        let (place, path) = match self.site(number) {
            Some((body, site)) => (body.place(site.span), site.path.clone()),
            None => (Place::default(), String::new()),
        };
        self.fail(Error::Unfit { place, path, problem })
    }

    /// Begins or ends the indent of a partial.
    pub(super) fn indent(&self, indent: Option<&str>) {
        let mut state = self.state();
        match indent {
            Some(indent) => {
                state.indents.push(indent.to_owned());
                state.at_line = true;
            }
            None => {
                state.indents.pop();
            }
        }
    }

    fn write(&self, text: &str) -> Result<(), RenderError> {
        self.tick()?;
        let mut guard = self.state();
        let state = &mut *guard;
        let left = self.limit.saturating_sub(state.spent + state.text.len());
        let fits = if state.indents.is_empty() { append(state, text, left) } else { indented(state, text, left) };
        drop(guard);
        if fits { Ok(()) } else { Err(self.too_large()) }
    }

    /// Ends a text: its messages go to `into`; `history` is what the history helper stands for.
    pub(super) fn finish(&self, role: Speaker, history: &[Message], into: &mut Vec<Message>) {
        let mut state = self.state();
        let text = std::mem::take(&mut state.text);
        let marks = std::mem::take(&mut state.marks);
        state.spent += text.len();
        state.indents.clear();
        drop(state);
        cut(&text, marks, role, history, into);
    }
}

fn append(state: &mut State, text: &str, left: usize) -> bool {
    let fits = text.len() <= left;
    if fits {
        state.text.push_str(text);
    }
    fits
}

/// Writes text each line of which begins with the indents of the partials around.
fn indented(state: &mut State, text: &str, left: usize) -> bool {
    let width: usize = state.indents.iter().map(String::len).sum();
    let full = state.text.len() + left;
    for line in text.split_inclusive('\n') {
        if state.text.len() + line.len() + width > full {
            return false;
        }
        if state.at_line {
            let State { text, indents, .. } = state;
            indents.iter().for_each(|indent| text.push_str(indent));
        }
        state.text.push_str(line);
        state.at_line = line.ends_with('\n');
    }
    true
}

/// A message that is being put together.
struct Draft {
    role: Speaker,
    parts: Vec<Part>,
    /// Whether a value stands in it, even one without a letter.
    held: bool,
}

impl Draft {
    fn text(&mut self, text: &str, held: bool) {
        self.held |= held;
        if text.trim().is_empty() && !held {
            return;
        }
        if !text.is_empty() {
            self.parts.push(Part::Text { text: text.to_owned() });
        }
    }

    fn end(self, into: &mut Vec<Message>) {
        let mut parts = self.parts;
        let content = match (parts.len(), parts.pop()) {
            (_, None) if !self.held => return,
            (_, None) => Content::Text(String::new()),
            (1, Some(Part::Text { text })) => Content::Text(text),
            (_, Some(last)) => {
                parts.push(last);
                Content::Parts(parts)
            }
        };
        into.push(Message { role: self.role, content, metadata: Map::new() });
    }
}

/// Cuts the text at its marks into messages.
fn cut(text: &str, marks: Vec<(usize, Mark)>, role: Speaker, history: &[Message], into: &mut Vec<Message>) {
    let mut draft = Draft { role, parts: Vec::new(), held: false };
    let (mut from, mut held) = (0, false);
    for (at, mark) in marks {
        if matches!(mark, Mark::Value) {
            held = true;
            continue;
        }
        draft.text(&text[from..at], std::mem::take(&mut held));
        from = at;
        match mark {
            Mark::Role(role) if draft.parts.is_empty() && !draft.held => draft.role = role,
            Mark::Role(role) => std::mem::replace(&mut draft, Draft { role, parts: Vec::new(), held: false }).end(into),
            Mark::History => {
                let next = Draft { role: Speaker::Assistant, parts: Vec::new(), held: false };
                std::mem::replace(&mut draft, next).end(into);
                into.extend(history.iter().cloned().map(as_history));
            }
            Mark::Media(media) => draft.parts.push(Part::Media { media }),
            Mark::Section(name) => draft.parts.push(Part::Pending {
                metadata: Map::from_iter([("purpose".to_owned(), name.into()), ("pending".to_owned(), true.into())]),
            }),
            Mark::Value => {}
        }
    }
    draft.text(&text[from..], held);
    draft.end(into);
}

fn as_history(mut message: Message) -> Message {
    message.metadata.insert("purpose".to_owned(), "history".into());
    message
}

/// The engine's way to the sheet.
pub(super) struct Sheet<'a, 'b>(pub(super) &'b Recorder<'a>);

impl Output for Sheet<'_, '_> {
    fn write(&mut self, text: &str) -> io::Result<()> {
        self.0.write(text).map_err(|_| io::ErrorKind::Other.into())
    }
}
