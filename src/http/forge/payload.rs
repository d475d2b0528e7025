//! A payload: the body that a forge sent, read leniently, since what is not there decides nothing.

use crate::app::forge::{Event, Forge, Kind, Login};
use serde_json::Value;

/// The most bytes of a login, a branch or a title; what is longer is no login and no branch, and a title is cut.
const TEXT_BYTES: usize = 1_000;

/// The most reviewers that are read.
const REVIEWERS: usize = 100;

/// An object somewhere in a payload; what is no object has nothing in it.
#[derive(Clone, Copy)]
pub(super) struct Payload<'a>(pub &'a Value);

impl<'a> Payload<'a> {
    /// What is at a key.
    pub(super) fn at(self, key: &str) -> Self {
        static NOTHING: Value = Value::Null;
        Self(self.0.get(key).unwrap_or(&NOTHING))
    }

    pub(super) fn has(self, key: &str) -> bool {
        self.0.get(key).is_some_and(|value| !value.is_null())
    }

    /// A text that is not empty, of at most [`TEXT_BYTES`].
    pub(super) fn text(self, key: &str) -> Option<&'a str> {
        self.long(key).filter(|text| !text.is_empty() && text.len() <= TEXT_BYTES)
    }

    /// A text of any length.
    pub(super) fn long(self, key: &str) -> Option<&'a str> {
        self.at(key).0.as_str()
    }

    pub(super) fn number(self, key: &str) -> Option<u64> {
        self.at(key).0.as_u64()
    }

    pub(super) fn is(self, key: &str) -> bool {
        self.at(key).0.as_bool() == Some(true)
    }

    pub(super) fn items(self, key: &str) -> impl DoubleEndedIterator<Item = Self> {
        self.at(key).0.as_array().map(Vec::as_slice).unwrap_or_default().iter().map(Self)
    }

    /// A commit's id; forges write no id, an empty one or zeros where there is no commit.
    pub(super) fn commit(self, key: &str) -> Option<String> {
        let is_id = |id: &&str| id.len() == 40 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        self.long(key).filter(is_id).filter(|id| id.bytes().any(|byte| byte != b'0')).map(str::to_owned)
    }

    /// The branch of a ref.
    pub(super) fn branch(self, key: &str) -> Option<String> {
        Some(self.text(key)?.strip_prefix("refs/heads/")?.to_owned())
    }

    /// A text that is kept.
    pub(super) fn owned(self, key: &str) -> Option<String> {
        self.text(key).map(str::to_owned)
    }

    /// The beginning of a text, cut between two characters.
    pub(super) fn title(self, key: &str) -> Option<String> {
        let text = self.long(key)?;
        Some(text[..text.floor_char_boundary(TEXT_BYTES)].to_owned())
    }

    /// The logins of a list of people.
    pub(super) fn logins(self, key: &str, name: &str) -> Vec<String> {
        self.items(key).filter_map(|person| person.owned(name)).take(REVIEWERS).collect()
    }
}

/// A person by the name of the key that holds the login.
pub(super) fn login(person: Payload<'_>, name: &str, is_bot: impl Fn(&str) -> bool) -> Option<Login> {
    let name = person.owned(name)?;
    Some(Login { is_bot: is_bot(&name), name })
}

/// Whether a title says that the work is not done.
pub(super) fn is_unfinished(title: Option<&str>) -> bool {
    let begins =
        |title: &str, with: &str| title.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    title.is_some_and(|title| ["wip:", "[wip]", "draft:", "[draft]"].into_iter().any(|with| begins(title, with)))
}

/// An event of which nothing more is known.
pub(super) const fn event(forge: Forge, kind: Kind) -> Event {
    Event {
        forge,
        kind,
        repository: None,
        change: None,
        head: None,
        base: None,
        first: None,
        author: None,
        is_draft: false,
        branch: None,
        base_branch: None,
        reviewers: Vec::new(),
        title: None,
        at: None,
    }
}
