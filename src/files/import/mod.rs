//! Prompts of other tools to prompts of a registry: pure functions from a file's text, nothing run, nothing expanded.

mod braces;
mod carry;
mod csv;
pub mod dotprompt;
mod format;
mod front;
mod github_models;
mod hint;
pub mod picoschema;
mod prompty;
mod sections;
mod text;

pub use self::{
    format::{Format, UnknownFormat},
    picoschema::picoschema,
};
use crate::domain::{Prompt, Version};
use serde_json::{Map, Value};

/// How prompts are taken over.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Whether texts are literal: braces mean nothing, and every byte is served as it stands. Else texts are
    /// Handlebars templates, with the variables that the file declares or its text uses.
    pub literal: bool,
    /// JSON Schemas that files may refer to by name, as dotprompt's do.
    pub schemas: Map<String, Value>,
}

impl Default for Options {
    /// Literal, and no schemas.
    fn default() -> Self {
        Self { literal: true, schemas: Map::new() }
    }
}

/// One prompt taken over from another tool's file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Imported {
    /// A valid prompt name, made from the path or the title; not yet unique.
    pub name_hint: String,
    /// The metadata. Labels and owner are the importer's to set.
    pub prompt: Prompt,
    /// The content. `engine` is `none` only where the text is literal *and* holds braces that would otherwise mean
    /// something; elsewhere both engines give the same bytes, and the file reads like any other.
    pub version: Version,
    /// The provider's name of the model that the file names. It is no model profile, so the version only mentions
    /// it in its notes.
    pub model: Option<String>,
    /// The partials that a template includes; `uses` has to pin each of them.
    pub partials: Vec<String>,
    /// The front matter as it was, for those who look for what was lost.
    pub front_matter: Map<String, Value>,
    /// What could not be carried over, each a sentence.
    pub lost: Vec<String>,
}

/// What one file gave.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Batch {
    /// The prompts, in the file's order.
    pub prompts: Vec<Imported>,
    /// What is broken and gave no prompt, each a sentence.
    pub faults: Vec<String>,
    /// What of the file as a whole could not be carried over, each a sentence.
    pub lost: Vec<String>,
}

impl Batch {
    fn of(result: Result<Imported, String>) -> Self {
        match result {
            Ok(imported) => Self { prompts: vec![imported], ..Self::default() },
            Err(fault) => Self { faults: vec![fault], ..Self::default() },
        }
    }
}

/// Takes over the prompts of one file.
///
/// `path` is the file's path below the folder that is imported, with `/`; names are made from it. `text` is its
/// content. A broken file gives faults, never a failure. References such as `${env:…}` stay as they are.
#[must_use]
pub fn import(format: Format, path: &str, text: &str, options: &Options) -> Batch {
    let mut batch = match format {
        Format::Text => Batch::of(Ok(text::import(path, text, options))),
        Format::Csv => csv::import(path, text, options),
        Format::GithubModels => Batch::of(github_models::import(path, text, options)),
        Format::Dotprompt => Batch::of(Ok(dotprompt::import(path, text, options))),
        Format::Prompty => Batch::of(prompty::import(path, text, options)),
    };
    let said = batch.prompts.iter_mut().flat_map(|imported| &mut imported.lost);
    said.chain(&mut batch.faults).chain(&mut batch.lost).for_each(tidy);
    batch
}

/// The longest sentence, in characters; what the file itself says may be longer.
const SENTENCE: usize = 400;

/// Makes a sentence fit to print, whatever the file put into it.
fn tidy(sentence: &mut String) {
    if sentence.chars().any(char::is_control) {
        *sentence = sentence.replace(char::is_control, "\u{FFFD}");
    }
    if let Some((end, _)) = sentence.char_indices().nth(SENTENCE) {
        sentence.truncate(end);
        sentence.push_str("….");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_fit_to_print_whatever_the_file_says() {
        let text = format!("---\nmodel: \"\\e[2J{}\"\n---\nHi\n", "m".repeat(1000));
        let batch = import(Format::Dotprompt, "a.prompt", &text, &Options::default());
        let [imported] = &batch.prompts[..] else { panic!("{batch:?}") };
        assert_eq!(imported.version.notes, None);
        assert_eq!(imported.lost.len(), 1);
        assert!(imported.lost[0].starts_with("The model `\u{FFFD}[2Jmmm") && imported.lost[0].ends_with("m…."));
        assert_eq!(imported.lost[0].chars().count(), SENTENCE + 2);
    }
}
