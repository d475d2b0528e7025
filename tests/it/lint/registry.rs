//! Registries made of texts: a valid one, with some files added or replaced.

use promptreg::{
    domain::{Diagnostic, Limits, locate},
    files::{self, Loaded, Refusal, Refused, Source},
    lint,
    report::{self, Format, Style},
};
use std::collections::BTreeMap;

/// A path and a text.
pub(crate) type File = (&'static str, &'static str);

const BASE: &[File] = &[
    ("registry.toml", "[registry]\nname = \"acme\"\nid = \"6f0c2f4e-3f0b-4f5e-9b1a-0d5f3c2b1a00\"\n"),
    ("users/ana.yaml", "email: ana@example.com\n"),
    ("models/fast.yaml", "provider: openai\nmodel: gpt-4o-mini\n"),
    ("tags.yaml", "support: {}\nsummary: {}\n"),
    (
        "prompts/support/greet/prompt.yaml",
        "description: Greets.\nowner: ana\ntags: [support]\nlabels: {production: 1.0.0}\n",
    ),
    ("prompts/support/greet/1.0.0.yaml", "content: Hello\n"),
    ("prompts/tone/prompt.yaml", "description: How we speak.\n"),
    ("prompts/tone/1.0.0.yaml", "content: Be brief.\n"),
];

/// The registry of all cases with these files in it besides.
pub(crate) fn registry(files: &[File]) -> Loaded {
    let all: BTreeMap<&str, &str> = BASE.iter().chain(files).copied().collect();
    let (mut sources, mut refused) = (Vec::new(), Vec::new());
    for (path, text) in all {
        match locate(path) {
            Ok(Some(location)) => sources.push(Source { path: path.into(), location, bytes: text.as_bytes().to_vec() }),
            Ok(None) => {}
            Err(reason) => refused.push(Refused { path: path.into(), reason: Refusal::Misplaced(reason) }),
        }
    }
    files::load(files::documents(&sources, &Limits::default()), refused)
}

pub(crate) fn findings(files: &[File]) -> Vec<Diagnostic> {
    lint::lint(&registry(files))
}

/// The rules that fire.
pub(crate) fn rules(files: &[File]) -> Vec<&'static str> {
    findings(files).iter().map(|finding| finding.rule).collect()
}

/// What a person reads.
pub(crate) fn report(files: &[File]) -> String {
    let loaded = registry(files);
    report::render(Format::Human, &lint::lint(&loaded), &|path| lint::source(&loaded, path), &Style::default())
}

/// The text of a file as it may be shown.
pub(crate) fn source(files: &[File], path: &str) -> String {
    lint::source(&registry(files), path).unwrap().to_string()
}
