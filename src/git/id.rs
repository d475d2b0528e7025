//! Ids of Git's objects, so that a commit is never taken for a blob.

use super::error::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 20]);

        impl $name {
            /// The 20 bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 20] {
                &self.0
            }

            pub(super) fn oid(self) -> Result<git2::Oid, Error> {
                Ok(git2::Oid::from_bytes(&self.0)?)
            }

            pub(super) fn of(oid: git2::Oid) -> Result<Self, Error> {
                oid.as_bytes().try_into().map(Self).map_err(|_| Error::Id { text: oid.to_string() })
            }
        }

        impl From<[u8; 20]> for $name {
            fn from(bytes: [u8; 20]) -> Self {
                Self(bytes)
            }
        }

        impl FromStr for $name {
            type Err = Error;

            /// Reads exactly 40 hexadecimal digits of either case.
            fn from_str(text: &str) -> Result<Self, Error> {
                parse(text).map(Self).ok_or_else(|| Error::Id { text: text.chars().take(80).collect() })
            }
        }

        impl fmt::Display for $name {
            /// Writes 40 lower-case hexadecimal digits.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{self}")
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id!(
    /// The id of a commit: 20 bytes, written as 40 hexadecimal digits, in JSON as a string.
    CommitId
);
id!(
    /// The id of a blob, which is a file's content: 20 bytes, written as 40 hexadecimal digits, in JSON as a string.
    BlobId
);
id!(
    /// The id of a tree, which is a folder's content: 20 bytes, written as 40 hexadecimal digits, in JSON as a string.
    TreeId
);

impl BlobId {
    /// The id that a file of these bytes has, were it stored as it is.
    ///
    /// # Errors
    /// Where libgit2 cannot hash, which is not known to happen.
    pub fn of_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Self::of(git2::Oid::hash_object(git2::ObjectType::Blob, bytes)?)
    }
}

fn parse(text: &str) -> Option<[u8; 20]> {
    let digits: &[u8; 40] = text.as_bytes().try_into().ok()?;
    let mut id = [0; 20];
    for (byte, pair) in id.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(id)
}

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_forty_hexadecimal_digits_are_an_id() {
        for text in ["", "abc", &"g".repeat(40), &"a".repeat(39), &"a".repeat(64), &"é".repeat(20)] {
            assert!(text.parse::<CommitId>().is_err(), "{text}");
        }
        assert_eq!("A".repeat(40).parse::<BlobId>().unwrap().to_string(), "a".repeat(40));
    }

    proptest! {
        #[test]
        fn an_id_is_written_as_it_was_read(text in "[0-9a-f]{40}") {
            let id: CommitId = text.parse().unwrap();
            prop_assert_eq!(id.to_string(), text.clone());
            prop_assert_eq!(serde_json::to_value(id).unwrap(), text);
            prop_assert_eq!(CommitId::of(id.oid().unwrap()).unwrap(), id);
        }
    }
}
