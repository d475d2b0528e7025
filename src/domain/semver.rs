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

    /// The number that no other one comes before: `0.0.0-0`.
    #[must_use]
    pub fn lowest() -> Self {
        let pre = semver::Prerelease::new("0").unwrap_or_default();
        Self(semver::Version { pre, ..semver::Version::new(0, 0, 0) })
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

    /// The least number after `self` that a change which demands `demand` may have.
    ///
    /// As Cargo has it, the left-most part that is not zero is the one that callers rely on: below 1.0.0 a breaking
    /// change raises the minor number and everything else the patch number, and below 0.1.0 everything does the latter.
    /// A pre-release promises nothing yet, so the release that it precedes may hold anything.
    #[must_use]
    pub fn least(&self, demand: Bump) -> Self {
        if self.is_prerelease() {
            return self.release();
        }
        self.bump(match (self.0.major, self.0.minor) {
            (0, 0) => Bump::Patch,
            (0, _) if demand == Bump::Major => Bump::Minor,
            (0, _) => Bump::Patch,
            _ => demand,
        })
    }

    /// Whether `self` may be the number of a change of `old` that demands `demand`.
    ///
    /// A pre-release counts as the release that it precedes, and from one pre-release of a number to the next, or to
    /// the release, anything goes.
    #[must_use]
    pub fn satisfies(&self, old: &Self, demand: Bump) -> bool {
        let (own, before) = (self.release(), old.release());
        (own == before && old.is_prerelease()) || own >= before.least(demand)
    }

    /// The number without the pre-release.
    const fn release(&self) -> Self {
        Self::new(self.0.major, self.0.minor, self.0.patch)
    }

    /// Where this number does not come after those of its line among `there`: the greatest of them, and a number near
    /// this one that would. The line of `1.2.3` are those that begin with `1.2`; where there are none, those that begin
    /// with `1`; else all.
    pub fn not_after<'a>(&self, there: impl Iterator<Item = &'a Self> + Clone) -> Option<(&'a Self, Self)> {
        let is_major = |other: &&Self| other.0.major == self.0.major;
        let is_minor = |other: &&Self| is_major(other) && other.0.minor == self.0.minor;
        let (greatest, part) = match there.clone().filter(is_minor).max() {
            Some(greatest) => (greatest, Bump::Patch),
            None => (there.clone().filter(is_major).max().or_else(|| there.max())?, Bump::Minor),
        };
        if self > greatest {
            return None;
        }
        // After a pre-release comes the release itself.
        Some((greatest, if greatest.is_prerelease() { greatest.release() } else { greatest.bump(part) }))
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
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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
    fn the_least_number_is_the_one_that_caret_ranges_leave_alone_where_callers_break() {
        use Bump::{Major, Minor, Patch};
        let cases = [
            ("1.2.3", Patch, "1.2.4"),
            ("1.2.3", Minor, "1.3.0"),
            ("1.2.3", Major, "2.0.0"),
            ("0.2.3", Minor, "0.2.4"),
            ("0.2.3", Major, "0.3.0"),
            ("0.0.3", Major, "0.0.4"),
            ("2.0.0-rc.1", Major, "2.0.0"),
        ];
        for (old, demand, least) in cases {
            let old: Semver = old.parse().unwrap();
            assert_eq!(old.least(demand).to_string(), least, "{old} {demand:?}");
            assert!(old.least(demand).satisfies(&old, demand));
            let caret: SemverRange = format!("^{old}").parse().unwrap();
            assert!(demand != Major || old.is_prerelease() || !caret.contains(&old.least(demand)), "{old}");
        }
    }

    #[test]
    fn a_number_satisfies_a_demand_where_it_goes_far_enough() {
        use Bump::{Major, Minor, Patch};
        let cases = [
            ("1.2.3", "1.2.4", Patch, true),
            ("1.2.3", "1.2.4", Minor, false),
            ("1.2.3", "1.9.0", Major, false),
            ("1.2.3", "2.0.0-rc.1", Major, true),
            ("1.2.3", "3.0.0", Patch, true),
            ("0.2.3", "0.2.4", Minor, true),
            ("0.2.3", "0.2.4", Major, false),
            ("0.2.3", "1.0.0", Major, true),
            ("2.0.0-rc.1", "2.0.0-rc.2", Major, true),
            ("2.0.0-rc.1", "2.0.0", Major, true),
            ("2.0.0-rc.1", "2.0.1", Major, false),
            ("2.0.0-rc.1", "2.0.1", Patch, true),
            ("1.2.0-rc.1", "1.2.1-rc.1", Minor, false),
        ];
        for (old, new, demand, satisfied) in cases {
            let (old, new): (Semver, Semver) = (old.parse().unwrap(), new.parse().unwrap());
            assert_eq!(new.satisfies(&old, demand), satisfied, "{old} -> {new} {demand:?}");
        }
    }

    #[test]
    fn a_number_comes_after_those_of_its_line() {
        let there: Vec<Semver> =
            ["1.0.0", "1.1.0", "1.1.3", "1.3.0", "3.0.0-rc.2"].iter().map(|text| text.parse().unwrap()).collect();
        let answer = |text: &str| {
            let number: Semver = text.parse().unwrap();
            number.not_after(there.iter()).map(|(greatest, next)| format!("{greatest} {next}")).unwrap_or_default()
        };
        assert_eq!("0.9.0".parse::<Semver>().unwrap().not_after(there[..4].iter()).unwrap().1.to_string(), "1.4.0");
        for good in ["1.1.4", "1.4.0", "1.0.1-rc.1", "3.0.0", "3.0.0-rc.10", "4.0.0"] {
            assert_eq!(answer(good), "", "{good}");
        }
        assert_eq!(answer("1.1.2"), "1.1.3 1.1.4");
        assert_eq!(answer("1.2.0"), "1.3.0 1.4.0");
        assert_eq!(answer("0.9.0"), "3.0.0-rc.2 3.0.0");
        assert_eq!(answer("3.0.0-rc.1"), "3.0.0-rc.2 3.0.0");
        assert_eq!("0.1.0".parse::<Semver>().unwrap().not_after([].iter()), None);
    }

    #[test]
    fn numbers_need_three_parts_and_no_build_metadata() {
        for bad in ["1", "1.0", "v1.0.0", "1.0.0+x", "01.0.0", ""] {
            assert!(bad.parse::<Semver>().is_err(), "{bad}");
        }
    }
}
