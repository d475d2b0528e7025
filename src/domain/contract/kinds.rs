//! The kinds of JSON values, as sets: what `type` names, with whole numbers and fractions apart.

use super::number;
use serde_json::Value;
use std::fmt;

/// A set of kinds of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Kinds(u8);

/// More words than this are not told one by one.
const MANY: usize = 3;

/// The words of `type`, each with what it takes.
const WORDS: [(&str, Kinds); 7] = [
    ("null", Kinds::NULL),
    ("boolean", Kinds::BOOLEAN),
    ("object", Kinds::OBJECT),
    ("array", Kinds::ARRAY),
    ("string", Kinds::STRING),
    ("number", Kinds::NUMBER),
    ("integer", Kinds::INTEGER),
];

impl Kinds {
    pub(super) const NONE: Self = Self(0);
    pub(super) const NULL: Self = Self(1);
    pub(super) const BOOLEAN: Self = Self(2);
    pub(super) const OBJECT: Self = Self(4);
    pub(super) const ARRAY: Self = Self(8);
    pub(super) const STRING: Self = Self(16);
    pub(super) const INTEGER: Self = Self(32);
    /// Numbers that are not whole.
    pub(super) const FRACTION: Self = Self(64);
    pub(super) const NUMBER: Self = Self(32 | 64);
    pub(super) const ALL: Self = Self(127);

    /// What a value is.
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::NULL,
            Value::Bool(_) => Self::BOOLEAN,
            Value::Object(_) => Self::OBJECT,
            Value::Array(_) => Self::ARRAY,
            Value::String(_) => Self::STRING,
            Value::Number(number) if number::whole(number).is_some() => Self::INTEGER,
            Value::Number(number) if number.as_f64().is_some_and(|float| float.fract() == 0.0) => Self::INTEGER,
            Value::Number(_) => Self::FRACTION,
        }
    }

    /// What the value of `type` takes; `None` where it is none.
    pub(super) fn named(types: &Value) -> Option<Self> {
        let word = |word: &Value| WORDS.iter().find(|(name, _)| Some(*name) == word.as_str()).map(|(_, kinds)| *kinds);
        match types {
            Value::Array(words) => words.iter().try_fold(Self::NONE, |all, one| Some(all.or(word(one)?))),
            one => word(one),
        }
    }

    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(super) const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Whether the two have something in common.
    pub(super) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The sets of one kind that this one is made of; all numbers are one kind here.
    pub(super) fn apart(self) -> impl Iterator<Item = Self> {
        let whole = [Self::NULL, Self::BOOLEAN, Self::OBJECT, Self::ARRAY, Self::STRING, Self::NUMBER];
        whole.into_iter().map(move |kind| self.and(kind)).filter(|kinds| !kinds.is_none())
    }
}

/// The words of `type`, in a row: `string or null`, of many kinds `other values`. Fractions alone are called `number` too.
impl fmt::Display for Kinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = if self.meets(Self::FRACTION) { "number" } else { "integer" };
        let named = |kinds: &(&'static str, Self)| self.meets(kinds.1) && !["number", "integer"].contains(&kinds.0);
        let mut words: Vec<&str> = WORDS.iter().filter(|word| named(word)).map(|(word, _)| *word).collect();
        words.extend(self.meets(Self::NUMBER).then_some(number));
        f.write_str(&if words.len() > MANY { "other values".to_owned() } else { words.join(" or ") })
    }
}
