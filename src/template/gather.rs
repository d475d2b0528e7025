//! Reads a version with all it includes, and holds the whole against the limits before the engine sees any of it.

use super::{
    emit::Items,
    error::{Error, Place},
    parse::{DEPTH, feed},
};
use crate::domain::{Engine, Limits, PartialName, Selector, Turn, Version};
use std::{collections::BTreeMap, sync::Arc};

/// The most different versions that one version may include, directly or through others.
const PARTIALS: usize = 256;

/// One text, read.
pub(super) struct Text<'a> {
    pub(super) partial: Option<Arc<str>>,
    pub(super) message: usize,
    pub(super) items: Items<'a>,
    /// The partials by the names that this text's version gives them.
    pub(super) uses: BTreeMap<PartialName, usize>,
    /// The variables that need not be there.
    pub(super) optional: Vec<String>,
    whole: Whole,
}

/// How large a text is with all it includes, each inclusion counted.
#[derive(Debug, Clone, Copy, Default)]
struct Whole {
    tags: usize,
    bytes: usize,
    depth: usize,
}

/// Reads the texts of a version and of the versions it includes.
pub(super) struct Gather<'a, 'b> {
    limits: &'b Limits,
    find: &'b dyn Fn(&Selector) -> Option<&'a Version>,
    /// The partials that are read, in the order of their numbers.
    pub(super) partials: Vec<Text<'a>>,
    numbers: BTreeMap<String, usize>,
    /// The pins that are being read, the outermost first.
    open: Vec<String>,
}

impl<'a, 'b> Gather<'a, 'b> {
    pub(super) fn new(limits: &'b Limits, find: &'b dyn Fn(&Selector) -> Option<&'a Version>) -> Self {
        Self { limits, find, partials: Vec::new(), numbers: BTreeMap::new(), open: Vec::new() }
    }

    /// The texts of a version itself; a placeholder has none.
    pub(super) fn version(&mut self, version: &'a Version) -> Result<Vec<Option<Text<'a>>>, Error> {
        let mut whole = Whole::default();
        let mut texts = Vec::new();
        for (message, turn) in version.messages.iter().enumerate() {
            let Turn::Message { content, .. } = turn else {
                texts.push(None);
                continue;
            };
            let text = self.text(version, content, message, None)?;
            whole.tags = whole.tags.saturating_add(text.whole.tags);
            whole.bytes = whole.bytes.saturating_add(text.whole.bytes);
            self.check(whole)?;
            texts.push(Some(text));
        }
        Ok(texts)
    }

    fn text(
        &mut self,
        version: &'a Version,
        text: &'a str,
        message: usize,
        partial: Option<Arc<str>>,
    ) -> Result<Text<'a>, Error> {
        let variables = version.variables();
        let optional = variables.into_iter().filter(|variable| !variable.required).map(|variable| variable.name);
        let mut read = Text {
            partial,
            message,
            items: Items::default(),
            uses: BTreeMap::new(),
            optional: optional.collect(),
            whole: Whole { tags: 0, bytes: text.len(), depth: 0 },
        };
        if version.engine == Engine::None {
            super::tree::Sink::text(&mut read.items, text);
            return Ok(read);
        }
        let parsed = feed(text, self.limits, &mut read.items);
        let place = |span| Place { partial: read.partial.clone(), message, span };
        if let Some(fault) = parsed.faults.into_iter().next() {
            return Err(Error::Fault { place: place(fault.span), message: fault.message, help: fault.help });
        }
        read.whole.tags = parsed.tags;
        read.whole.depth = parsed.depth;
        for used in parsed.partials {
            let unknown = || Error::UnknownPartial { place: place(used.span), name: used.name.clone() };
            let name: PartialName = used.name.parse().map_err(|_| unknown())?;
            let pin = version.uses.get(&name).ok_or_else(unknown)?;
            let target = (self.find)(pin).ok_or_else(unknown)?;
            let number = self.partial(pin, target)?;
            let inner = self.partials[number].whole;
            read.whole.tags = read.whole.tags.saturating_add(inner.tags);
            read.whole.bytes = read.whole.bytes.saturating_add(inner.bytes);
            read.whole.depth = read.whole.depth.max(parsed.depth + 1 + inner.depth);
            self.check(read.whole)?;
            read.uses.insert(name, number);
        }
        Ok(read)
    }

    /// The number of a partial; it is read where it is met first.
    fn partial(&mut self, pin: &Selector, version: &'a Version) -> Result<usize, Error> {
        let key = pin.to_string();
        if let Some(number) = self.numbers.get(&key) {
            return Ok(*number);
        }
        if let Some(at) = self.open.iter().position(|open| *open == key) {
            let names = self.open[at..].iter().cloned().chain([key]).collect();
            return Err(Error::Circle { names });
        }
        if self.partials.len() >= PARTIALS {
            return Err(Error::TooLarge { what: "many partials", found: PARTIALS + 1, limit: PARTIALS });
        }
        let most = self.limits.template_depth.min(DEPTH);
        if self.open.len() >= most {
            return Err(Error::TooLarge { what: "deep inclusions", found: self.open.len() + 1, limit: most });
        }
        let [Turn::Message { content, .. }] = version.messages.as_slice() else {
            return Err(Error::NotAPartial { name: key });
        };
        self.open.push(key.clone());
        let text = self.text(version, content, 0, Some(key.as_str().into()));
        self.open.pop();
        self.partials.push(text?);
        self.numbers.insert(key, self.partials.len() - 1);
        Ok(self.partials.len() - 1)
    }

    fn check(&self, whole: Whole) -> Result<(), Error> {
        let limits = self.limits;
        let depth = limits.template_depth.min(DEPTH);
        let counts = [
            ("many tags", whole.tags, limits.template_tags),
            ("many bytes", whole.bytes, limits.output_bytes.max(limits.file_bytes)),
            ("deep nesting", whole.depth, depth),
        ];
        match counts.into_iter().find(|(_, found, limit)| found > limit) {
            Some((what, found, limit)) => Err(Error::TooLarge { what, found, limit }),
            None => Ok(()),
        }
    }
}
