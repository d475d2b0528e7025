//! Selectors: how a person or a program says which version of a prompt is meant.

use super::{
    digest::Digest,
    name::{LabelName, NameError, PromptName},
    semver::{Semver, SemverRange},
    text::serde_as_text,
};
use std::{fmt, str::FromStr};

/// A prompt and which of its versions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Selector {
    /// The prompt.
    pub name: PromptName,
    /// The version of it.
    pub which: Which,
}

/// Which version of a prompt.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Which {
    /// `name`: the registry's default label.
    Default,
    /// `name@1.2.0`: exactly this version.
    Exact(Semver),
    /// `name@^1`: the greatest version in the range.
    Range(SemverRange),
    /// `name:staging`: what the label points to.
    Label(LabelName),
    /// `name#sha256:…`: the version with this digest.
    Digest(Digest),
}

impl Which {
    /// Reads what may follow an `@`: an exact number, else a range.
    ///
    /// # Errors
    /// Where the text is neither.
    pub fn version(text: &str) -> Result<Self, NameError> {
        match text.parse() {
            Ok(number) => Ok(Self::Exact(number)),
            Err(error) => text.parse().map(Self::Range).map_err(|_| error),
        }
    }
}

impl FromStr for Selector {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let Some(at) = text.find(['@', ':', '#']) else {
            return Ok(Self { name: text.parse()?, which: Which::Default });
        };
        let (name, rest) = (text[..at].parse()?, &text[at + 1..]);
        let which = match text.as_bytes()[at] {
            b'@' => Which::version(rest)?,
            b':' => Which::Label(rest.parse()?),
            _ => Which::Digest(rest.parse()?),
        };
        Ok(Self { name, which })
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match &self.which {
            Which::Default => write!(f, "{name}"),
            Which::Exact(number) => write!(f, "{name}@{number}"),
            Which::Range(range) => write!(f, "{name}@{range}"),
            Which::Label(label) => write!(f, "{name}:{label}"),
            Which::Digest(digest) => write!(f, "{name}#{digest}"),
        }
    }
}

serde_as_text!(Selector);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_selector_is_read_and_written_alike() {
        let digest = format!("greet#sha256:{}", "0f".repeat(32));
        for text in ["greet", "greet@1.2.0", "greet@^1", "greet:staging", digest.as_str()] {
            assert_eq!(text.parse::<Selector>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_broken_selector_is_refused_with_the_part_that_is_wrong() {
        let refusal = |text: &str| text.parse::<Selector>().unwrap_err().to_string();
        insta::assert_snapshot!(refusal("Greet@1.0.0"), @"`Greet` is not a prompt name: only a-z, 0-9 and single hyphens between them are allowed");
        insta::assert_snapshot!(refusal("greet@one"), @"`one` is not a version number: write three numbers such as 1.2.0, or a pre-release such as 1.2.0-rc.1");
        insta::assert_snapshot!(refusal("greet#abc"), @"`abc` is not a digest: write sha256: and 64 hexadecimal digits");
    }
}
