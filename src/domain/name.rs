//! Names: one type for each kind of thing that has one, parsed at the door and valid ever after.

use super::text::serde_as_text;
use std::{fmt, str::FromStr, sync::Arc};

/// The longest name, in bytes.
pub const NAME_BYTES: usize = 64;

/// Why a text is not a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a {what}: {reason}")]
pub struct NameError {
    /// What was being read, such as `prompt name`.
    pub what: &'static str,
    /// The text as it was given, cut to a length that can be printed.
    pub text: String,
    /// What is wrong with it, and what a name may hold.
    pub reason: &'static str,
}

impl NameError {
    pub(super) fn new(what: &'static str, text: &str, reason: &'static str) -> Self {
        let text = text.chars().take(80).collect();
        Self { what, text, reason }
    }
}

/// Checks `[a-z0-9](-?[a-z0-9])*`, 1 to [`NAME_BYTES`] bytes, and says what is wrong.
fn fault(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        return Some("it is empty");
    }
    if text.len() > NAME_BYTES {
        return Some("it is longer than 64 characters");
    }
    if !text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-')) {
        return Some("only a-z, 0-9 and single hyphens between them are allowed");
    }
    if text.starts_with('-') || text.ends_with('-') || text.contains("--") {
        return Some("hyphens may only stand singly between letters or digits");
    }
    None
}

/// Turns any text into the nearest valid name: lower case, runs of everything else become one hyphen.
///
/// Answers `None` where nothing of the text is left.
#[must_use]
pub fn nearest_name(text: &str) -> Option<String> {
    let mut name = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    name.truncate(NAME_BYTES);
    let name = name.trim_end_matches('-');
    (!name.is_empty()).then(|| name.to_owned())
}

macro_rules! text_type {
    ($(#[$doc:meta])* $Type:ident, $what:literal, $fault:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $Type(Arc<str>);

        impl $Type {
            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $Type {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                let fault: fn(&str) -> Option<&'static str> = $fault;
                match fault(text) {
                    None => Ok(Self(text.into())),
                    Some(reason) => Err(NameError::new($what, text, reason)),
                }
            }
        }

        impl fmt::Display for $Type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl AsRef<str> for $Type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $Type {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        serde_as_text!($Type);
    };
}

text_type!(
    /// The name of a prompt: its folder's name, unique in the registry.
    PromptName, "prompt name", fault);
text_type!(
    /// The name of a label, such as `production`.
    LabelName, "label", fault);
text_type!(
    /// The handle of a user: the name of the file under `users/`.
    Handle, "user handle", fault);
text_type!(
    /// The name of a role: the name of the file under `roles/`.
    RoleName, "role name", fault);
text_type!(
    /// The name of a model profile: the name of the file under `models/`.
    ModelName, "model profile name", fault);
text_type!(
    /// The name of a workflow: the name of the file under `workflows/`.
    WorkflowName, "workflow name", fault);
text_type!(
    /// The name of a hook: the name of the file under `hooks/`.
    HookName, "hook name", fault);
text_type!(
    /// The name of a client config: the name of the file under `clients/`.
    ClientName, "client name", fault);
text_type!(
    /// The name of a safety policy: the name of the file under `policies/`.
    PolicyName, "policy name", fault);
text_type!(
    /// The name of a tag.
    TagName, "tag", fault);
text_type!(
    /// The name of a registry, as in `registry.toml`.
    RegistryName, "registry name", fault);
text_type!(
    /// The name under which a version includes another prompt: `house-tone` in `{{> house-tone}}`.
    PartialName, "partial name", fault);
text_type!(
    /// The folder path between `prompts/` and a prompt's own folder, such as `support/email`.
    CollectionPath, "collection", collection_fault);

fn collection_fault(text: &str) -> Option<&'static str> {
    if text.len() > 512 {
        return Some("it is longer than 512 characters");
    }
    text.split('/').find_map(fault)
}

impl Default for LabelName {
    /// `production`.
    fn default() -> Self {
        Self("production".into())
    }
}

impl CollectionPath {
    /// The collection this one lies in, if it lies in one.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        self.0.rsplit_once('/').map(|(parent, _)| Self(parent.into()))
    }

    /// Whether `self` is `other` or lies somewhere below it.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        match self.0.strip_prefix(&*other.0) {
            Some(rest) => rest.is_empty() || rest.starts_with('/'),
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_lower_case_words_joined_by_single_hyphens() {
        for good in ["a", "summarize-ticket", "0day", &"x".repeat(64)] {
            assert!(good.parse::<PromptName>().is_ok(), "{good}");
        }
        for bad in ["", "A", "a_b", "-a", "a-", "a--b", "a/b", "ä", "a b", &"x".repeat(65)] {
            assert!(bad.parse::<PromptName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_collection_contains_itself_and_what_lies_below_but_not_its_namesakes() {
        let path = |text: &str| text.parse::<CollectionPath>().unwrap();
        assert!(path("support/email").is_within(&path("support")));
        assert!(path("support").is_within(&path("support")));
        assert!(!path("supporters").is_within(&path("support")));
        assert_eq!(path("a/b").parent(), Some(path("a")));
    }

    #[test]
    fn the_nearest_name_of_any_text_is_a_name() {
        assert_eq!(nearest_name("Görsel: Ein Bild!").as_deref(), Some("g-rsel-ein-bild"));
        assert_eq!(nearest_name("…"), None);
        assert!(nearest_name(&"Ab ".repeat(99)).unwrap().parse::<PromptName>().is_ok());
    }
}
