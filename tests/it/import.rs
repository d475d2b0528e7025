//! Prompts of other tools, imported, written as files of a registry, and read back.

use promptreg::{
    domain::{Kind, Limits, Prompt, PromptName, Turn, Version},
    files::{
        import::{Batch, Format, Imported, Options, import},
        write, yaml,
    },
    schema,
};
use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use std::{collections::BTreeMap, fs, path::PathBuf};

/// Writes a noun, reads it back, and holds the file against the schema of its kind.
fn there_and_back<T: Serialize + DeserializeOwned>(kind: Kind, noun: &T) -> T {
    let text = write::document(noun, None).unwrap();
    let tree = yaml::parse(&text, &Limits::default());
    assert!(tree.faults.is_empty(), "{:?}\n{text}", tree.faults);
    let value = tree.value.unwrap();
    let faults = schema::faults(kind, &value);
    assert!(faults.is_empty(), "{faults:?}\n{text}");
    serde_json::from_value(value).unwrap()
}

fn assert_unchanged(imported: &Imported, path: &str) {
    assert_eq!(there_and_back::<Version>(Kind::Version, &imported.version), imported.version, "{path}");
    assert_eq!(there_and_back::<Prompt>(Kind::Prompt, &imported.prompt), imported.prompt, "{path}");
}

fn texts(imported: &Imported) -> Vec<&str> {
    imported
        .version
        .messages
        .iter()
        .filter_map(|turn| match turn {
            Turn::Message { content, .. } => Some(&**content),
            Turn::Placeholder { .. } => None,
        })
        .collect()
}

/// Holds the imported texts against the source, as far as the format's own notation allows.
fn assert_texts_are_the_sources(format: Format, imported: &Imported, source: &str, path: &str) {
    let texts = texts(imported);
    match format {
        Format::Text => assert_eq!(texts, [source], "{path}"),
        Format::Dotprompt => assert!(source.ends_with(texts[0]) && texts.len() == 1, "{path}"),
        Format::Prompty => {
            let mut rest = source;
            for text in texts {
                let at = rest.find(text).unwrap_or_else(|| panic!("{path}: {text:?}"));
                rest = &rest[at + text.len()..];
            }
        }
        Format::GithubModels => {
            let messages = imported.front_matter["messages"].as_array().unwrap();
            let written: Vec<_> = messages.iter().map(|message| message["content"].as_str().unwrap()).collect();
            assert_eq!(texts, written, "{path}");
        }
        Format::Csv => {}
    }
}

#[test]
fn a_table_becomes_files_that_read_back_byte_for_byte() {
    let table = "act,prompt\nShell,\"Run {{cmd}}:\r\n\tls \n\"\nPoet,Write.\n";
    let batch = import(Format::Csv, "table.csv", table, &Options::default());
    assert_eq!(batch.faults, Vec::<String>::new());
    assert_eq!(
        batch.prompts.iter().map(|prompt| texts(prompt)[0]).collect::<Vec<_>>(),
        ["Run {{cmd}}:\r\n\tls \n", "Write."]
    );
    for imported in &batch.prompts {
        assert_unchanged(imported, "table.csv");
    }
}

#[derive(Default)]
struct Count {
    files: usize,
    imported: usize,
    literal: usize,
    with_losses: usize,
}

/// Imports a file in both ways, and checks what came of it.
fn take(format: Format, path: &str, source: &str, count: &mut Count, faults: &mut Vec<String>) {
    count.files += 1;
    let Batch { prompts, faults: broken, .. } = import(format, path, source, &Options::default());
    faults.extend(broken);
    for imported in &prompts {
        assert_texts_are_the_sources(format, imported, source, path);
        assert_unchanged(imported, path);
        count.imported += 1;
        count.literal += usize::from(!imported.version.engine.is_default());
        count.with_losses += usize::from(!imported.lost.is_empty());
    }
    let templates = import(format, path, source, &Options { literal: false, ..Options::default() });
    assert_eq!(templates.prompts.len(), prompts.len(), "{path}");
    for imported in &templates.prompts {
        assert_unchanged(imported, path);
    }
}

/// The formats of a corpus, by the kinds that its manifest names.
const KINDS: [(&str, Format); 8] = [
    ("plain-text", Format::Text),
    ("plain-text-structured", Format::Text),
    ("plain-text-image", Format::Text),
    ("fabric-markdown", Format::Text),
    ("sk-template", Format::Text),
    ("github-models-prompt-yml", Format::GithubModels),
    ("dotprompt", Format::Dotprompt),
    ("prompty", Format::Prompty),
];

/// Our own corpus; `PROMPTREG_CORPUS` names another, a folder with a `manifest.csv` of the same columns.
#[test]
fn every_file_of_a_corpus_is_imported_and_reads_back_byte_for_byte() {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/corpus");
    let other = std::env::var_os("PROMPTREG_CORPUS").map(PathBuf::from);
    let root = other.clone().unwrap_or(own);
    let mut counts: BTreeMap<Format, Count> = BTreeMap::new();
    let mut faults = Vec::new();
    let mut manifest = csv::Reader::from_path(root.join("manifest.csv")).unwrap();
    for row in manifest.deserialize() {
        let row: BTreeMap<String, String> = row.unwrap();
        let (path, kind) = (&row["local"], &row["kind"]);
        let Some((_, format)) = KINDS.iter().find(|(known, _)| known == kind) else { continue };
        let source = fs::read_to_string(root.join(path)).unwrap();
        take(*format, path, &source, counts.entry(*format).or_default(), &mut faults);
    }
    let mut report = String::new();
    for (format, count) in &counts {
        let Count { files, imported, literal, with_losses } = count;
        report += &format!(
            "{format}: {files} files, {imported} imported, {literal} with engine none, {with_losses} with losses\n"
        );
    }
    assert_eq!(faults, Vec::<String>::new(), "{report}");
    if other.is_none() {
        insta::assert_snapshot!(report, @"
        text: 3 files, 3 imported, 2 with engine none, 0 with losses
        github-models: 1 files, 1 imported, 1 with engine none, 1 with losses
        dotprompt: 2 files, 2 imported, 1 with engine none, 1 with losses
        prompty: 1 files, 1 imported, 1 with engine none, 1 with losses
        ");
    }
}

/// Texts made of what the formats are made of.
fn files() -> impl Strategy<Value = String> {
    let parts = prop::sample::select(vec![
        "---\n",
        "---\r\n",
        "\n",
        "# ",
        "{{",
        "}}",
        "{{a}}",
        "{{#if b}}",
        "{{/if}}",
        "{{> c}}",
        "{{role \"system\"}}",
        "system:\n",
        "user:\n",
        "act,prompt\n",
        "\"",
        ",",
        "messages:\n",
        "  - role: user\n",
        "    content: ",
        "input:\n",
        "  schema:\n",
        "    x?(array, y): string\n",
        "  default: {x: 1}\n",
        "inputs:\n",
        "  - {name: z, kind: thread}\n",
        "sample: {q: 1}\n",
        "model: m\n",
        "config: {temperature: 9}\n",
        "tools: [t]\n",
        "toolDefs: [{}]\n",
        "a.b: 1\n",
        "testData: [{a: 1}]\n",
        "jsonSchema: '{'\n",
        "outputs: {o: {type: q}}\n",
        "é",
        "\u{FEFF}",
        "\t",
        "[",
        "- ",
        ": ",
        "\\",
        "~",
        "!",
        "|\n",
    ]);
    prop::collection::vec(parts, 0..16).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_file_holds_what_is_imported_is_sound(text in files(), literal in any::<bool>()) {
        for format in Format::ALL {
            let batch = import(format, "a/b.txt", &text, &Options { literal, ..Options::default() });
            for imported in &batch.prompts {
                assert_unchanged(imported, &text);
                prop_assert!(imported.name_hint.parse::<PromptName>().is_ok());
            }
            prop_assert!(batch.faults.iter().chain(batch.prompts.iter().flat_map(|one| &one.lost)).all(|said| said.ends_with('.')));
        }
    }
}
