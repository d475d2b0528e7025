//! Formatting: one way of writing white space, without touching a comment, a key's place or a byte of a text.

use super::yaml;
use crate::domain::{Limits, Span};

/// The text with LF line ends, no byte order mark, no blanks at the ends of lines and one line end at its end.
///
/// Blanks that belong to a text stay. A text that is not YAML, or that would change its meaning, is answered as it is.
#[must_use]
pub fn format(text: &str) -> String {
    let limits = Limits { file_bytes: usize::MAX, yaml_nodes: usize::MAX, ..Limits::default() };
    let unix = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let tree = yaml::parse(&unix, &limits);
    let Some(value) = &tree.value else { return text.to_owned() };
    let scalars: Vec<Span> =
        tree.spans.leaves(value).filter(|span| unix[span.start..span.end].contains('\n')).collect();
    let mut out = String::with_capacity(unix.len());
    let mut start = 0;
    for line in unix.split_inclusive('\n') {
        let end = start + line.len();
        let inside = scalars.iter().any(|scalar| scalar.start < end && end <= scalar.end);
        let trimmed = line.trim_end_matches('\n');
        out.push_str(if inside { trimmed } else { trimmed.trim_end_matches([' ', '\t']) });
        out.push('\n');
        start = end;
    }
    let kept = out.trim_end_matches('\n').len();
    let short = format!("{}\n", &out[..kept]);
    // A text that keeps its last line feeds needs them all.
    let same = |text: &str| yaml::parse(text, &limits).value.as_ref() == Some(value);
    [short, out, unix].into_iter().find(|candidate| same(candidate)).unwrap_or_else(|| text.to_owned())
}
