//! A version made ready once, to be rendered often.

use super::{
    calls,
    emit::{CONTEXT, INPUT, MARK, emit},
    error::Error,
    gather::{Gather, Text},
    record::{Body, Recorder, Sheet},
};
use crate::domain::{Limits, Message, Selector, Speaker, Turn, Version};
use handlebars::{
    Context, Handlebars, RenderError, RenderErrorReason, Renderable, Template,
    template::{HelperTemplate, TemplateElement},
};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, vec};

/// The most that characters times tags of one text may come to: the engine compiles in that much time.
const WORK: usize = 1 << 28;

/// The placeholder whose messages have a place even where the version names none.
const HISTORY: &str = "history";

/// A version that is checked and compiled with all it includes; it can be shared between threads.
pub struct Compiled {
    turns: Vec<Piece>,
    /// Every text that was compiled; the turns in order first, then the partials.
    bodies: Vec<Body>,
    /// The partials.
    engine: Handlebars<'static>,
    /// The helpers that the texts call.
    calls: Vec<&'static str>,
    limits: Limits,
}

enum Piece {
    /// Text in which nothing is to be filled in.
    Literal(Speaker, String),
    Template(Speaker, Template),
    Placeholder(String),
}

impl std::fmt::Debug for Compiled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compiled").field("turns", &self.turns.len()).finish_non_exhaustive()
    }
}

impl Compiled {
    /// Checks and compiles a version; `find` answers the versions that its `uses` pin.
    ///
    /// The variables that `input_schema` declares and does not require may be absent when rendering. Of `limits`, the
    /// tags, the bytes and the depth hold for the version with all it includes, each inclusion counted; the size of
    /// the output and the time hold for each rendering.
    ///
    /// # Errors
    /// The first fault of a text, a partial that is not there or is more than one message, a circle of partials, or a
    /// limit that is passed.
    pub fn new<'a>(
        version: &'a Version,
        find: impl Fn(&Selector) -> Option<&'a Version>,
        limits: &Limits,
    ) -> Result<Self, Error> {
        let mut gather = Gather::new(limits, &find);
        let texts = gather.version(version)?;
        let mut compiled = Self {
            turns: Vec::new(),
            bodies: Vec::new(),
            engine: Handlebars::new(),
            calls: vec!["tick"],
            limits: *limits,
        };
        let mut partials = gather.partials;
        for (turn, text) in version.messages.iter().zip(texts) {
            let piece = match (turn, text) {
                (Turn::Placeholder { placeholder }, _) => Piece::Placeholder(placeholder.to_string()),
                (Turn::Message { role, .. }, Some(text)) => compiled.turn(*role, text)?,
                (Turn::Message { role, .. }, None) => Piece::Literal(*role, String::new()),
            };
            compiled.turns.push(piece);
        }
        for (number, text) in partials.drain(..).enumerate() {
            let name = format!("p{number}");
            let (source, runs) = compiled.body(text)?;
            let mut template = compile(&format!("{{{{tick 0}}}}{source}"), runs).ok_or(Error::Engine { message: 0 })?;
            template.name = Some(name.clone());
            compiled.engine.register_template(&name, template);
        }
        Ok(compiled)
    }

    fn turn(&mut self, role: Speaker, text: Text<'_>) -> Result<Piece, Error> {
        let message = text.message;
        let (source, mut runs) = self.body(text)?;
        if source.is_empty() || source == MARK.to_string() {
            return Ok(Piece::Literal(role, runs.pop().unwrap_or_default()));
        }
        let template = compile(&source, runs).ok_or(Error::Engine { message })?;
        Ok(Piece::Template(role, template))
    }

    /// Notes a text's sites, and answers what the engine compiles and the texts that its marks stand for.
    fn body(&mut self, text: Text<'_>) -> Result<(String, Vec<String>), Error> {
        let Text { partial, message, items, uses, optional, .. } = text;
        let first = self.bodies.last().map_or(0, |body| body.first + body.sites.len());
        let emitted = emit(items, first, |name| uses.get(name).copied().unwrap_or_default());
        let calls = calls::NAMES.into_iter().filter(|name| emitted.source.contains(name));
        self.calls.extend(calls);
        self.calls.sort_unstable();
        self.calls.dedup();
        let work = emitted.source.len().saturating_mul(emitted.columns.len());
        if work > WORK {
            return Err(Error::TooLarge { what: "many and long tags", found: work, limit: WORK });
        }
        let columns = emitted.columns;
        self.bodies.push(Body { partial, message, first, sites: emitted.sites, columns, optional });
        Ok((emitted.source, emitted.runs))
    }

    /// Renders the version.
    ///
    /// `input` holds the variables, validated and with their defaults; `messages` the caller's own messages, by
    /// placeholder; `context` what `@name` stands for, such as `{"state": {…}}`. Messages for `history` go where the
    /// version says, else before the last message if that is the user's, else to the end.
    ///
    /// # Errors
    /// A value that is missing or does not fit, messages for a placeholder that is not there, or a limit: of the
    /// output's size, or of time.
    pub fn render(
        &self,
        input: &Map<String, Value>,
        messages: &BTreeMap<String, Vec<Message>>,
        context: &Map<String, Value>,
    ) -> Result<Vec<Message>, Error> {
        let sheet = Recorder::new(&self.bodies, input, self.limits.output_bytes, self.limits.render_milliseconds);
        let given = |name: &str| messages.get(name).map(Vec::as_slice).unwrap_or_default();
        self.check_placeholders(messages)?;
        let mut data = None;
        let mut rendered = Vec::new();
        let mut placed = false;
        for (at, piece) in self.turns.iter().enumerate() {
            match piece {
                Piece::Placeholder(name) => {
                    placed |= name == HISTORY;
                    rendered.extend_from_slice(given(name));
                }
                Piece::Literal(role, text) => {
                    let mut out = Sheet(&sheet);
                    handlebars::Output::write(&mut out, text).map_err(|_| failure(&sheet, at))?;
                    sheet.finish(*role, &[], &mut rendered);
                }
                Piece::Template(role, template) => {
                    let data = data.get_or_insert_with(|| wrap(input, context));
                    self.fill(template, data, &sheet, at)?;
                    sheet.finish(*role, given(HISTORY), &mut rendered);
                }
            }
        }
        if !placed {
            insert_history(&mut rendered, given(HISTORY));
        }
        Ok(rendered)
    }

    fn fill(&self, template: &Template, data: &Context, sheet: &Recorder<'_>, at: usize) -> Result<(), Error> {
        let mut rc = calls::context(sheet, &self.calls);
        match template.render(&self.engine, data, &mut rc, &mut Sheet(sheet)) {
            Ok(()) => Ok(()),
            Err(error) => Err(sheet.failure().unwrap_or_else(|| self.explain(&error, at))),
        }
    }

    /// An error of the engine itself; its own words might hold values.
    fn explain(&self, error: &RenderError, at: usize) -> Error {
        let turns = self.turns.iter().filter(|piece| !matches!(piece, Piece::Placeholder(_))).count();
        let partial = error.template_name.as_ref().and_then(|name| name.strip_prefix('p')?.parse::<usize>().ok());
        let body = match partial {
            Some(number) => self.bodies.get(turns + number),
            None => self.bodies.iter().find(|body| body.partial.is_none() && body.message == at),
        };
        let tick = if partial.is_some() { "{{tick 0}}".len() } else { 0 };
        let column = error.column_no.unwrap_or_default().saturating_sub(tick);
        match (body, error.reason()) {
            (Some(body), RenderErrorReason::InvalidJsonIndex(name)) => {
                let tag = body.columns.iter().rev().find(|(start, _)| *start <= column).or(body.columns.first());
                let place = body.place(tag.map(|(_, span)| *span).unwrap_or_default());
                let problem = "is asked of a list; go over the list with #each, or write a number";
                Error::Unfit { place, path: name.clone(), problem }
            }
            _ => Error::Engine { message: at },
        }
    }

    fn check_placeholders(&self, messages: &BTreeMap<String, Vec<Message>>) -> Result<(), Error> {
        let known = |name: &str| {
            name == HISTORY || self.turns.iter().any(|piece| matches!(piece, Piece::Placeholder(own) if own == name))
        };
        match messages.iter().find(|(name, messages)| !messages.is_empty() && !known(name)) {
            Some((name, _)) => Err(Error::NoPlaceholder { name: name.clone() }),
            None => Ok(()),
        }
    }
}

fn failure(sheet: &Recorder<'_>, message: usize) -> Error {
    sheet.failure().unwrap_or(Error::Engine { message })
}

/// The data as the engine sees it: the input and the context beside each other.
fn wrap(input: &Map<String, Value>, context: &Map<String, Value>) -> Context {
    let data = [(INPUT, Value::Object(input.clone())), (CONTEXT, Value::Object(context.clone()))];
    Context::from(Value::Object(data.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()))
}

/// The caller's history where the version has no place for it, as dotprompt has it.
fn insert_history(rendered: &mut Vec<Message>, history: &[Message]) {
    let purpose = |message: &Message| message.metadata.get("purpose").is_some_and(|purpose| purpose == HISTORY);
    if rendered.iter().any(purpose) {
        return;
    }
    let at = match rendered.last() {
        Some(last) if last.role == Speaker::User => rendered.len() - 1,
        _ => rendered.len(),
    };
    rendered.splice(at..at, history.iter().cloned());
}

/// Compiles, and puts each text where its mark is.
fn compile(source: &str, runs: Vec<String>) -> Option<Template> {
    let mut template = Template::compile(source).ok()?;
    let mut runs = runs.into_iter();
    restore(&mut template, &mut runs)?;
    runs.next().is_none().then_some(template)
}

fn restore(template: &mut Template, runs: &mut vec::IntoIter<String>) -> Option<()> {
    for element in &mut template.elements {
        match element {
            TemplateElement::RawString(text) => {
                // Marks stand side by side where a tag between them says nothing, such as a comment.
                let marks = text.chars().map(|mark| (mark == MARK).then(|| runs.next())?);
                *text = marks.collect::<Option<String>>()?;
            }
            TemplateElement::HelperBlock(block) => restore_block(block, runs)?,
            _ => {}
        }
    }
    Some(())
}

fn restore_block(block: &mut HelperTemplate, runs: &mut vec::IntoIter<String>) -> Option<()> {
    for branch in [&mut block.template, &mut block.inverse].into_iter().flatten() {
        restore(branch, runs)?;
    }
    Some(())
}
