//! Front matter: the YAML between two lines of `---` above a text.

use crate::{
    domain::{Level, Limits, position},
    files::yaml,
};
use serde_json::{Map, Value};

/// A file's front matter and what follows it.
#[derive(Debug, PartialEq)]
pub(super) struct Parts<'a> {
    /// What stands above the front matter: comments and empty lines.
    pub(super) above: &'a str,
    /// The YAML; nothing where the file has no front matter.
    pub(super) front: Option<&'a str>,
    /// The rest, byte for byte.
    pub(super) body: &'a str,
}

impl Parts<'_> {
    /// The front matter as a map; an empty one where there is none.
    ///
    /// # Errors
    /// A sentence, without a full stop, on what is wrong and in which line of the file.
    pub(super) fn map(&self) -> Result<Map<String, Value>, String> {
        // The opening fence is one line more.
        read(self.front.unwrap_or_default(), self.above.lines().count() + 1)
    }
}

/// Takes the front matter off a text. Comments and empty lines may stand above it.
pub(super) fn split(text: &str) -> Parts<'_> {
    let none = Parts { above: "", front: None, body: text };
    let is_fence = |line: &str| line.starts_with("---") && line[3..].trim().is_empty();
    let mut lines = text.split_inclusive('\n').scan(0, |at, line| {
        *at += line.len();
        Some((*at - line.len(), line))
    });
    let skipped = |line: &str| line.starts_with('#') || line.trim().is_empty();
    // A byte order mark is no part of the first line.
    let open = lines.find(|(_, line)| !skipped(line.trim_start_matches('\u{FEFF}')));
    let Some((start, fence)) = open.filter(|(_, line)| is_fence(line.trim_start_matches('\u{FEFF}'))) else {
        return none;
    };
    let from = start + fence.len();
    match lines.find(|(_, line)| is_fence(line)) {
        Some((end, fence)) => {
            Parts { above: &text[..start], front: Some(&text[from..end]), body: &text[end + fence.len()..] }
        }
        None => none,
    }
}

/// Reads a YAML text to a map; an empty text is an empty map.
///
/// # Errors
/// A sentence, without a full stop, on what is wrong and in which line of the text.
pub(super) fn map(text: &str) -> Result<Map<String, Value>, String> {
    read(text, 0)
}

/// The same for a text that stands below `above` other lines.
fn read(text: &str, above: usize) -> Result<Map<String, Value>, String> {
    let tree = yaml::parse(text, &Limits::default());
    if let Some(fault) = tree.faults.iter().find(|fault| fault.level == Level::Error) {
        return Err(format!("{}, in line {}", fault.message, above + position(text, fault.span.start).line));
    }
    match tree.value {
        Some(Value::Object(map)) => Ok(map),
        None | Some(Value::Null) => Ok(Map::new()),
        Some(_) => Err("it is not a map of keys and values".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn front_matter_is_taken_off_and_the_body_keeps_every_byte() {
        let parts = |above, front, body| Parts { above, front, body };
        assert_eq!(split("---\na: 1\n---\n\n b\n"), parts("", Some("a: 1\n"), "\n b\n"));
        assert_eq!(split("# c\n\n--- \r\na: 1\r\n---\r\nb"), parts("# c\n\n", Some("a: 1\r\n"), "b"));
        assert_eq!(split("---\n---\nb"), parts("", Some(""), "b"));
        assert_eq!(split("---\na: 1\n---"), parts("", Some("a: 1\n"), ""));
        for text in ["", "a\n---\nb\n---\n", "---\na: 1\n", "# only\n", "----\na\n---\n"] {
            assert_eq!(split(text), parts("", None, text));
        }
    }

    #[test]
    fn lines_of_faults_are_those_of_the_file() {
        let fault = split("# c\n\n---\na: 1\na: 2\n---\n").map().unwrap_err();
        assert_eq!(fault, "the key `a` is here a second time, in line 5");
    }

    #[test]
    fn broken_front_matter_is_refused_with_its_line() {
        insta::assert_snapshot!(map("a: 1\nb: [\n").unwrap_err(), @"this is not YAML: unclosed bracket '[', in line 2");
        insta::assert_snapshot!(map("a: 1\na: 2\n").unwrap_err(), @"the key `a` is here a second time, in line 2");
        insta::assert_snapshot!(map("- 1\n").unwrap_err(), @"it is not a map of keys and values");
    }
}
