//! The formats that can be imported, by name and by the ends of their files' names.

use std::{fmt, str::FromStr};

/// A format of another tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Plain text and Markdown: a file a prompt.
    Text,
    /// A table with the columns `act` and `prompt`: a row a prompt.
    Csv,
    /// GitHub Models' prompt files.
    GithubModels,
    /// Dotprompt, as used by Genkit.
    Dotprompt,
    /// Prompty, versions 1 and 2.
    Prompty,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 5] = [Self::Text, Self::Csv, Self::GithubModels, Self::Dotprompt, Self::Prompty];

    /// The word for it on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Csv => "csv",
            Self::GithubModels => "github-models",
            Self::Dotprompt => "dotprompt",
            Self::Prompty => "prompty",
        }
    }

    /// How the names of its files end.
    #[must_use]
    pub const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Text => &[".txt", ".md"],
            Self::Csv => &[".csv"],
            Self::GithubModels => &[".prompt.yml", ".prompt.yaml", "_prompt.yml", "_prompt.yaml"],
            Self::Dotprompt => &[".prompt"],
            Self::Prompty => &[".prompty"],
        }
    }

    /// Whether a file with this path is one of its files, by its name alone.
    #[must_use]
    pub fn takes(self, path: &str) -> bool {
        self.stem(path).is_some()
    }

    /// The path without the end that makes it one of this format's files; the longest end counts.
    pub(super) fn stem(self, path: &str) -> Option<&str> {
        self.extensions().iter().find_map(|end| {
            let at = path.len().checked_sub(end.len())?;
            path.get(at..)?.eq_ignore_ascii_case(end).then(|| &path[..at])
        })
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The word is no format's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a format: write text, csv, github-models, dotprompt or prompty")]
pub struct UnknownFormat(String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let found = Self::ALL.into_iter().find(|format| format.as_str() == text);
        found.ok_or_else(|| UnknownFormat(text.chars().take(80).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_read_and_written_alike_and_takes_only_its_own_files() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
            for end in format.extensions() {
                let takers: Vec<_> =
                    Format::ALL.into_iter().filter(|other| other.takes(&format!("a/b{end}"))).collect();
                assert_eq!(takers, [format]);
            }
        }
        assert!(Format::Text.takes("README.MD"));
        assert!(!Format::Text.takes("md"));
        let error = "yaml".parse::<Format>().unwrap_err().to_string();
        assert_eq!(error, "`yaml` is not a format: write text, csv, github-models, dotprompt or prompty");
    }
}
