//! A decision: what a person says of some contents, as in a file of the branch that keeps decisions.

use super::{digest::Digest, digest::write_canonical, name::Handle};
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// The branch that decisions lie on.
pub const DECISIONS: &str = "promptreg/log";
/// The namespace in which decisions are signed, so that no other signature can be taken for one, nor the reverse.
pub const NAMESPACE: &str = "promptreg-decision";
/// The most bytes of one decision.
pub const DECISION_BYTES: usize = 64 << 10;
/// The most contents that one decision speaks of; more are several decisions.
pub const SUBJECTS: usize = 256;
/// The most authors, and the most reviewers, that one request names.
pub const PEOPLE: usize = 64;

/// What a person says of some contents. It is bound to paths and blobs, which are the same after every kind of merge, and
/// to one registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// What kind of file it is.
    #[serde(rename = "type")]
    pub form: Form,
    /// The registry's id.
    pub registry: Uuid,
    /// What is decided.
    pub decision: Verb,
    /// The contents that it speaks of, 1 to [`SUBJECTS`].
    pub subjects: Vec<Subject>,
    /// The commit of the default branch that the person saw.
    pub base: String,
    /// Who decides.
    pub by: Handle,
    /// When, as the person's clock had it: `2026-11-22T09:00:00Z`.
    pub at: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The branch that was looked at; for people, it decides nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Of a request: who wrote the contents besides the one who asks, by handle or mail address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<String>,
    /// Of a request: who is asked to look.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reviewers: Vec<Handle>,
    /// How the decision came to be.
    pub evidence: Evidence,
}

/// The form of a decision's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Form {
    /// The first form.
    #[default]
    #[serde(rename = "promptreg/decision/v1")]
    V1,
}

/// What is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Asks for approval.
    Request,
    /// Says yes.
    Approve,
    /// Says no.
    Reject,
    /// Takes back all that the same person said of the same contents before.
    Withdraw,
}

impl Verb {
    /// The word used in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Withdraw => "withdraw",
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One content at one path, or the removal of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// The path in the repository.
    pub path: String,
    /// The content's blob, 40 lower-case hexadecimal digits; none for the removal of the path.
    pub blob: Option<String>,
    /// The content's SHA-256, 64 lower-case hexadecimal digits; none for a removal. Git's own ids are SHA-1.
    pub sha256: Option<String>,
}

/// How a decision came to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Evidence {
    /// The person signed it.
    #[serde(rename = "self")]
    Own,
    /// A server saw it on a forge and signed it as a witness.
    Forge {
        /// Which forge: `github`, `gitlab`, `gitea`, `pagure`.
        forge: String,
        /// The number of the pull or merge request.
        change: u64,
        /// The number of the review; none where the change itself is meant.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        review: Option<String>,
        /// What the person is called there.
        login: String,
        /// The commit that was reviewed.
        head: String,
    },
}

impl Decision {
    /// The bytes of its file: canonical JSON, keys sorted, without white space.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = String::new();
        if let Ok(value) = serde_json::to_value(self) {
            write_canonical(&value, &mut text);
        }
        text.into_bytes()
    }

    /// Reads a decision's file.
    ///
    /// # Errors
    /// What is wrong with it, in words: not JSON, not canonical, another form, too large, no subjects or too many, a
    /// subject without its two sums, too many people, or a time that is none.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > DECISION_BYTES {
            return Err(format!("it has {} bytes, and {DECISION_BYTES} are the most", bytes.len()));
        }
        let decision: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if decision.to_bytes() != bytes {
            return Err("it is not canonical JSON: keys sorted, each once, no white space".to_owned());
        }
        if !(1..=SUBJECTS).contains(&decision.subjects.len()) {
            return Err(format!("it has {} subjects, and 1 to {SUBJECTS} are allowed", decision.subjects.len()));
        }
        if decision.authors.len().max(decision.reviewers.len()) > PEOPLE {
            return Err(format!("it names more than {PEOPLE} authors or reviewers"));
        }
        if !is_moment(&decision.at) {
            return Err(format!("its time {} is not written as 2026-11-22T09:00:00Z", decision.at));
        }
        match decision.subjects.iter().find(|subject| !subject.is_whole()) {
            Some(subject) => Err(format!("its subject {} lacks a blob or a sha256 of the right length", subject.path)),
            None => Ok(decision),
        }
    }

    /// The name of a decision's file, without its ending: `decisions/<aa>/<sha256>`.
    #[must_use]
    pub fn place(bytes: &[u8]) -> String {
        let sum = Digest::of(bytes).hex();
        format!("decisions/{}/{sum}", &sum[..2])
    }
}

impl Subject {
    /// A content at a path.
    #[must_use]
    pub fn of(path: &str, blob: &str, bytes: &[u8]) -> Self {
        Self { path: path.to_owned(), blob: Some(blob.to_owned()), sha256: Some(Digest::of(bytes).hex()) }
    }

    /// The removal of a path.
    #[must_use]
    pub fn removal(path: &str) -> Self {
        Self { path: path.to_owned(), blob: None, sha256: None }
    }

    fn is_whole(&self) -> bool {
        let is_hex = |text: &str, digits: usize| {
            text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        match (&self.blob, &self.sha256) {
            (Some(blob), Some(sum)) => is_hex(blob, 40) && is_hex(sum, 64),
            (None, None) => true,
            _ => false,
        }
    }
}

/// Whether a text is a moment in UTC, to the second: such texts are in the order of time.
fn is_moment(text: &str) -> bool {
    let form = b"0000-00-00T00:00:00Z";
    text.len() == form.len()
        && text.bytes().zip(form).all(|(byte, form)| if *form == b'0' { byte.is_ascii_digit() } else { byte == *form })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision() -> Decision {
        Decision {
            form: Form::V1,
            registry: Uuid::nil(),
            decision: Verb::Approve,
            subjects: vec![Subject::of("prompts/a/1.0.0.yaml", &"0b".repeat(20), b"content: a\n")],
            base: "0".repeat(40),
            by: "cleo".parse().unwrap(),
            at: "2026-11-22T09:00:00Z".to_owned(),
            comment: None,
            branch: None,
            authors: Vec::new(),
            reviewers: Vec::new(),
            evidence: Evidence::Own,
        }
    }

    #[test]
    fn a_decision_is_canonical_json() {
        let bytes = decision().to_bytes();
        insta::assert_snapshot!(String::from_utf8_lossy(&bytes), @r#"{"at":"2026-11-22T09:00:00Z","base":"0000000000000000000000000000000000000000","by":"cleo","decision":"approve","evidence":{"kind":"self"},"registry":"00000000-0000-0000-0000-000000000000","subjects":[{"blob":"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b","path":"prompts/a/1.0.0.yaml","sha256":"fb9a10adf4b19d803a09cc614afcaa1f8fb9622b7733120938dab2d61726ae0b"}],"type":"promptreg/decision/v1"}"#);
        assert_eq!(Decision::read(&bytes), Ok(decision()));
    }

    #[test]
    fn what_is_no_decision_is_refused_with_words() {
        let text = String::from_utf8(decision().to_bytes()).unwrap();
        let refused = |text: &str| Decision::read(text.as_bytes()).unwrap_err();
        let twice = text.replacen('{', "{\"by\":\"ben\",", 1);
        let faults = [
            refused("{}"),
            refused(&text.replace("v1", "v2")),
            refused(&text.replace(':', ": ")),
            refused(&text.replace("\"decision\"", "\"x-more\":1,\"decision\"")),
            refused(&twice),
            refused(&text.replace("\"blob\":\"0b", "\"blob\":\"0B")),
            refused(&text.replace("09:00:00Z", "09:00:00+01:00")),
            refused(&format!("{text}\n")),
            refused(&" ".repeat(DECISION_BYTES + 1)),
        ];
        insta::assert_snapshot!(faults.join("\n"), @"
        missing field `type` at line 1 column 2
        unknown variant `promptreg/decision/v2`, expected `promptreg/decision/v1` at line 1 column 390
        it is not canonical JSON: keys sorted, each once, no white space
        unknown field `x-more`, expected one of `type`, `registry`, `decision`, `subjects`, `base`, `by`, `at`, `comment`, `branch`, `authors`, `reviewers`, `evidence` at line 1 column 99
        duplicate field `by` at line 1 column 94
        its subject prompts/a/1.0.0.yaml lacks a blob or a sha256 of the right length
        its time 2026-11-22T09:00:00+01:00 is not written as 2026-11-22T09:00:00Z
        it is not canonical JSON: keys sorted, each once, no white space
        it has 65537 bytes, and 65536 are the most
        ");
    }
}
