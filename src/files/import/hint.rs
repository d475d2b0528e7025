//! Names for imported prompts, made from paths and titles.

use super::Format;
use crate::domain::{NAME_BYTES, nearest_name};

/// The name for a file: its path without the extension, fewer leading folders the longer it is.
pub(super) fn from_path(format: Format, path: &str) -> String {
    let mut rest = format.stem(path).unwrap_or_else(|| without_extension(path));
    loop {
        match rest.split_once('/') {
            Some((_, shorter)) if rest.len() > NAME_BYTES => rest = shorter,
            _ => break,
        }
    }
    nearest_name(rest).unwrap_or_else(|| "prompt".into())
}

fn without_extension(path: &str) -> &str {
    path.rsplit_once('.').filter(|(stem, end)| !stem.is_empty() && !end.contains('/')).map_or(path, |(stem, _)| stem)
}

/// The name for a titled prompt, or `prompt-N` where nothing of the title can be in a name.
pub(super) fn from_title(title: &str, number: usize) -> String {
    nearest_name(title).unwrap_or_else(|| format!("prompt-{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_path_keeps_its_end_and_a_strange_one_still_gives_a_name() {
        assert_eq!(from_path(Format::Text, "data/patterns/ai/system.md"), "data-patterns-ai-system");
        let long = format!("{}/{}/reply.md", "a".repeat(40), "b".repeat(40));
        assert_eq!(from_path(Format::Text, &long), format!("{}-reply", "b".repeat(40)));
        assert_eq!(from_path(Format::Dotprompt, "_style.prompt"), "style");
        assert_eq!(from_path(Format::GithubModels, "a.prompt.yml"), "a");
        assert_eq!(from_path(Format::GithubModels, "v1.0/test.yml"), "v1-0-test");
        assert_eq!(from_path(Format::GithubModels, "v1.0/test"), "v1-0-test");
        assert_eq!(from_path(Format::Text, "写.txt"), "prompt");
        assert_eq!(from_title("写", 7), "prompt-7");
    }
}
