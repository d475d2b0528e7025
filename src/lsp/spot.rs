//! The spot an editor asks about: the file, the cursor, and the version or workflow around it.

use super::{
    cursor::Cursor,
    lines::Lines,
    outline::{Outline, unquoted},
    requests::Desk,
    tag::{self, Tag},
};
use crate::{
    domain::{Engine, Kind, Location, PromptFolder, Selector, Span, Version, Workflow, locate},
    files::Entity,
};
use lsp_types::{Position, Uri};

/// A place in an open file, with all that can be said of it.
#[derive(Debug)]
pub(super) struct Spot<'a> {
    pub(super) desk: &'a Desk<'a>,
    pub(super) location: Location,
    pub(super) kind: Kind,
    pub(super) lines: Lines<'a>,
    pub(super) outline: Outline<'a>,
    pub(super) cursor: Cursor,
    /// What the file says, or said before it was broken.
    entity: Option<&'a Entity>,
}

impl<'a> Spot<'a> {
    /// The spot at a position; `None` where the file is none of the registry's, is too large, or has nothing there.
    pub(super) fn new(desk: &'a Desk<'a>, uri: &Uri, position: Position) -> Option<Self> {
        let path = desk.folder.relative(uri)?;
        let text = &*desk.folder.open(&path)?.text;
        if text.len() > desk.folder.limits().file_bytes {
            return None;
        }
        let location = locate(&path).ok()??;
        let kind = location.kind();
        let lines = Lines::new(text, desk.client.unit);
        let outline = Outline::new(kind, text);
        let cursor = Cursor::new(&outline, lines.byte(position))?;
        let entity = desk.known.documents.get(&path).and_then(|document| document.entity.as_ref());
        Some(Self { desk, location, kind, lines, outline, cursor, entity })
    }

    /// The names from the top to the cursor.
    pub(super) fn path(&self) -> Vec<&str> {
        self.cursor.path.iter().map(String::as_str).collect()
    }

    /// The key or value under the cursor as it is read.
    pub(super) fn word(&self) -> &'a str {
        unquoted(self.outline.slice(self.cursor.span))
    }

    /// The version that the file holds.
    pub(super) fn version(&self) -> Option<&'a Version> {
        match self.entity? {
            Entity::Version(version) => Some(version),
            _ => None,
        }
    }

    /// The workflow that the file holds.
    pub(super) fn workflow(&self) -> Option<&'a Workflow> {
        match self.entity? {
            Entity::Workflow(workflow) => Some(workflow),
            _ => None,
        }
    }

    /// The folder of the prompt that the file belongs to.
    pub(super) fn folder(&self) -> Option<&'a PromptFolder> {
        match &self.location {
            Location::Prompt(_, name) | Location::Version(_, name, _) => {
                self.desk.known.registry.prompts.get(name).map(AsRef::as_ref)
            }
            _ => None,
        }
    }

    /// The prompt of the workflow's step in which the cursor stands, as it is written.
    pub(super) fn step_prompt(&self) -> Option<Selector> {
        let path = self.path();
        let ["steps", step, ..] = path.as_slice() else { return None };
        let entry = self.outline.find(&["steps", step, "prompt"])?;
        self.outline.value(entry).parse().ok()
    }

    /// The template tag in which the cursor stands.
    pub(super) fn tag(&self) -> Option<Tag> {
        let path = self.path();
        let is_template = match (self.kind, path.as_slice()) {
            (Kind::Version, ["content", ..] | ["messages", _, "content", ..]) => {
                self.version().is_none_or(|version| version.engine == Engine::Handlebars)
            }
            (Kind::Workflow, ["output", ..] | ["steps" | "triggers", _, "input_mapping" | "when", ..]) => true,
            _ => false,
        };
        let Span { start, end } = self.cursor.span;
        let from = if self.cursor.in_flow || start == end { self.line_start() } else { start };
        is_template.then(|| tag::at(self.outline.text, from, self.cursor.byte))?
    }

    fn line_start(&self) -> usize {
        self.outline.text.get(..self.cursor.byte).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1)
    }
}
