//! The texts of a version, one by one, and how large they are with all that they include.

use super::context::{self, Context};
use crate::{
    domain::{DEPTH, Speaker, Turn, Version, Which, tokens},
    files::Document,
};
use std::collections::BTreeMap;

/// The texts of a version, each with the number of its turn.
pub(super) fn texts(version: &Version) -> impl Iterator<Item = (usize, Speaker, &str)> {
    version.messages.iter().enumerate().filter_map(|(turn, message)| match message {
        Turn::Message { role, content } => Some((turn, *role, &**content)),
        Turn::Placeholder { .. } => None,
    })
}

/// How large a version is with all that it includes, each inclusion counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Whole {
    /// The bytes of its texts.
    pub(super) bytes: usize,
    /// Their tokens, where those were asked for.
    pub(super) tokens: usize,
    /// Their tags.
    pub(super) tags: usize,
    /// How deep blocks and inclusions are nested.
    pub(super) nested: usize,
    /// How many versions include each other in a row.
    pub(super) included: usize,
}

/// What a version comes to; `None` where a template or a partial cannot be read, or includes itself, which are
/// complaints of their own.
pub(super) fn whole<'c>(context: &'c Context<'_>, document: &'c Document, with_tokens: bool) -> Option<Whole> {
    Measure { context, with_tokens, known: BTreeMap::new() }.version(document, DEPTH)
}

struct Measure<'c, 'a> {
    context: &'c Context<'a>,
    with_tokens: bool,
    /// By path; nothing while it is worked out.
    known: BTreeMap<&'c str, Option<Whole>>,
}

impl<'c> Measure<'c, '_> {
    fn version(&mut self, document: &'c Document, depth: usize) -> Option<Whole> {
        if let Some(known) = self.known.get(&*document.path) {
            return *known;
        }
        self.known.insert(&document.path, None);
        let version = context::version(document)?;
        let mut whole = Whole::default();
        for (turn, _, text) in texts(version) {
            whole.bytes = whole.bytes.saturating_add(text.len());
            if self.with_tokens {
                whole.tokens = whole.tokens.saturating_add(tokens(text));
            }
            self.template(document, version, turn, depth, &mut whole)?;
        }
        self.known.insert(&document.path, Some(whole));
        Some(whole)
    }

    fn template(
        &mut self,
        document: &'c Document,
        version: &'c Version,
        turn: usize,
        depth: usize,
        whole: &mut Whole,
    ) -> Option<()> {
        let Some(template) = self.context.templates(document).and_then(|(_, all)| all.get(turn)?.as_ref()) else {
            return Some(());
        };
        if !template.faults.is_empty() {
            return None;
        }
        whole.tags = whole.tags.saturating_add(template.tags);
        whole.nested = whole.nested.max(template.depth);
        for partial in &template.partials {
            let pin = version.uses.get(partial.name.as_str())?;
            let Which::Exact(number) = &pin.which else { return None };
            let file = self.context.version_file(&pin.name, number)?;
            let inner = self.version(file, depth.checked_sub(1)?)?;
            whole.bytes = whole.bytes.saturating_add(inner.bytes);
            whole.tokens = whole.tokens.saturating_add(inner.tokens);
            whole.tags = whole.tags.saturating_add(inner.tags);
            whole.nested = whole.nested.max(template.depth + 1 + inner.nested);
            whole.included = whole.included.max(1 + inner.included);
        }
        Some(())
    }
}
