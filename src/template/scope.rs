//! Whose names are meant: the input's at the root, the item's inside `#each` and `#with`.

use super::{
    cursor::{Read, fault},
    tree::Base,
    words::Word,
};
use crate::domain::Span;

/// A block that is open.
#[derive(Debug)]
pub(super) struct Block<'a> {
    /// The helper that its end has to name.
    pub(super) word: &'static Word,
    /// Its opening tag.
    pub(super) open: Span,
    /// How many levels of nesting it adds: itself and each `else if`.
    pub(super) levels: usize,
    /// Whether its `else` is reached.
    pub(super) inverse: bool,
    /// Whether the branch that is being read has a scope of its own.
    scope: bool,
    /// The names that this branch binds.
    params: Vec<&'a str>,
}

/// The blocks that are open, the innermost last.
#[derive(Debug, Default)]
pub(super) struct Scopes<'a> {
    pub(super) blocks: Vec<Block<'a>>,
    /// How many of them have a scope of their own now.
    items: usize,
    /// How many levels of nesting there are.
    pub(super) depth: usize,
}

impl<'a> Scopes<'a> {
    pub(super) fn open(&mut self, word: &'static Word, open: Span, params: Vec<&'a str>) {
        self.items += usize::from(word.scope);
        self.depth += 1;
        self.blocks.push(Block { word, open, levels: 1, inverse: false, scope: word.scope, params });
    }

    /// `{{else}}`: what follows is outside of the block's scope.
    pub(super) fn inverse(&mut self) {
        if let Some(block) = self.blocks.last_mut() {
            self.items -= usize::from(block.scope);
            (block.scope, block.inverse) = (false, true);
            block.params.clear();
        }
    }

    /// `{{else if …}}`: a branch with a helper of its own.
    pub(super) fn chain(&mut self, word: &'static Word, params: Vec<&'a str>) {
        self.inverse();
        if let Some(block) = self.blocks.last_mut() {
            (block.scope, block.inverse, block.params) = (word.scope, false, params);
            block.levels += 1;
            self.items += usize::from(word.scope);
            self.depth += 1;
        }
    }

    pub(super) fn close(&mut self) {
        if let Some(block) = self.blocks.pop() {
            self.items -= usize::from(block.scope);
            self.depth -= block.levels;
        }
    }

    /// Whether bare names are the input's.
    pub(super) fn at_root(&self) -> bool {
        self.items == 0
    }

    fn binds(&self, name: &str) -> bool {
        self.blocks.iter().any(|block| block.params.contains(&name))
    }

    /// What a path starts from; takes `root` out of `names` where the path began with `@root`.
    ///
    /// `up` is how far it climbs, `own` whether it begins with `this`.
    pub(super) fn base(
        &self,
        data: bool,
        (up, own): (usize, bool),
        names: &mut Vec<&'a str>,
        span: Span,
    ) -> Read<Base> {
        if up > self.items {
            let message = "this path climbs above the input";
            let help = "leave out a `../`: only #each and #with go down a level";
            return Err(fault(span.start, span.end, message, help));
        }
        if data {
            return self.data(up, names, span);
        }
        Ok(match names.first() {
            Some(name) if up == 0 && !own && self.binds(name) => Base::Bound,
            _ if up == self.items => Base::Input,
            _ => Base::Item,
        })
    }

    fn data(&self, up: usize, names: &mut Vec<&'a str>, span: Span) -> Read<Base> {
        match (names.first().copied(), names.len(), up) {
            (Some("root"), _, 0) => {
                names.remove(0);
                Ok(Base::Root)
            }
            (Some("index" | "key" | "first" | "last"), 1, _) if self.items > up => Ok(Base::Data),
            (Some("index" | "key" | "first" | "last"), 1, _) => {
                let help = "it is known only inside {{#each …}}";
                Err(fault(span.start, span.end, "there is no loop here", help))
            }
            (Some("partial-block"), ..) => {
                let help = "include the text as a partial of its own: {{> name}}";
                Err(fault(span.start, span.end, "blocks of partials are not supported", help))
            }
            (Some(_), _, 0) => Ok(Base::Context),
            _ => Err(fault(span.start, span.end, "this is no value", "write @root.name or @index")),
        }
    }
}
