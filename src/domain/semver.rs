//! Version numbers: semantic versions without build metadata, so that two that compare equal are the same text.

use super::{name::NameError, text::serde_as_text};
use std::{fmt, str::FromStr};

/// The number of a version, such as `1.2.0` or `2.0.0-beta.1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Semver(semver::Version);

/// Which part of a number to raise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bump {
    /// Text alone changed: `1.2.3` → `1.2.4`.
    Patch,
    /// Callers may use something new: `1.2.3` → `1.3.0`.
    Minor,
    /// Callers have to change: `1.2.3` → `2.0.0`.
    Major,
}

impl Semver {
    /// The number `major.minor.patch`.
    #[must_use]
    pub const fn new(major: u64, minor: u64, patch: u64) -> Self {
        Self(semver::Version::new(major, minor, patch))
    }

    /// The next number after this one; a pre-release is not carried on.
    #[must_use]
    pub const fn bump(&self, bump: Bump) -> Self {
        match bump {
            Bump::Patch => Self::new(self.0.major, self.0.minor, self.0.patch.saturating_add(1)),
            Bump::Minor => Self::new(self.0.major, self.0.minor.saturating_add(1), 0),
            Bump::Major => Self::new(self.0.major.saturating_add(1), 0, 0),
        }
    }

    /// Whether this is a pre-release such as `1.0.0-rc.1`.
    #[must_use]
    pub fn is_prerelease(&self) -> bool {
        !self.0.pre.is_empty()
    }
}

impl FromStr for Semver {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let wrong = |reason| NameError::new("version number", text, reason);
        if text.len() > 64 {
            return Err(wrong("it is longer than 64 characters"));
        }
        let version = semver::Version::parse(text)
            .map_err(|_| wrong("write three numbers such as 1.2.0, or a pre-release such as 1.2.0-rc.1"))?;
        if !version.build.is_empty() {
            return Err(wrong("build metadata after `+` is not allowed"));
        }
        Ok(Self(version))
    }
}

impl fmt::Display for Semver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

serde_as_text!(Semver);

/// A range of version numbers in Cargo's and npm's common notation, such as `^1`, `~1.2` or `>=1, <3`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SemverRange(semver::VersionReq);

impl SemverRange {
    /// Whether `number` lies in this range; pre-releases only where the range names one.
    #[must_use]
    pub fn contains(&self, number: &Semver) -> bool {
        self.0.matches(&number.0)
    }
}

impl FromStr for SemverRange {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let wrong = || NameError::new("version range", text, "write a range such as ^1, ~1.2 or >=1, <3");
        if text.len() > 128 {
            return Err(wrong());
        }
        semver::VersionReq::parse(text).map(Self).map_err(|_| wrong())
    }
}

impl fmt::Display for SemverRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bumping_raises_one_part_and_clears_those_after_it() {
        let number: Semver = "1.2.3-rc.1".parse().unwrap();
        assert_eq!(number.bump(Bump::Patch).to_string(), "1.2.4");
        assert_eq!(number.bump(Bump::Minor).to_string(), "1.3.0");
        assert_eq!(number.bump(Bump::Major).to_string(), "2.0.0");
    }

    #[test]
    fn numbers_need_three_parts_and_no_build_metadata() {
        for bad in ["1", "1.0", "v1.0.0", "1.0.0+x", "01.0.0", ""] {
            assert!(bad.parse::<Semver>().is_err(), "{bad}");
        }
    }
}
