//! Faults: what does not fit a schema, at which place, in the words of a person who edits YAML.

/// Which part of an entry a fault concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    /// The key, which does not belong there.
    Key,
    /// The value.
    Value,
}

/// How a fault can be mended without a decision of a person's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Repair {
    /// Another word in place of this one.
    Word(String),
    /// Quotes around the value as it is written.
    Quote,
    /// The value as it is written without its quotes.
    Unquote,
}

/// One thing that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Where: a JSON pointer (RFC 6901) into what was judged; empty for the whole of it.
    pub pointer: String,
    /// Whether the key or the value there is meant.
    pub about: About,
    /// What is wrong, in a sentence without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// How it can be mended, where that is mechanical: the key or the value, as `about` says.
    pub repair: Option<Repair>,
}

impl Fault {
    pub(super) fn new(pointer: impl Into<String>, about: About, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), about, message: message.into(), help: None, repair: None }
    }

    pub(super) fn value(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(pointer, About::Value, message)
    }

    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    pub(super) fn repair(self, repair: Option<Repair>) -> Self {
        Self { repair, ..self }
    }

    /// The pointer's keys and indices from the outside in, unescaped.
    pub fn tokens(&self) -> impl Iterator<Item = String> + '_ {
        self.pointer.split('/').skip(1).map(unescape)
    }
}

/// A pointer's token as the key it stands for.
pub(super) fn unescape(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

/// The pointer of the entry `key` of the object at `pointer`.
pub(super) fn entry(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}
