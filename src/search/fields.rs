//! The fields of the index: what is looked through, what is filtered by, what is counted.

use super::words::{Cutter, TOKENIZER};
use tantivy::{
    Index, Term,
    schema::{Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions},
    tokenizer::{RawTokenizer, TextAnalyzer, TokenizerManager},
};

/// The number of the fields below and of how texts are cut into words: an index of another one is made anew.
pub(super) const VERSION: u32 = 1;

/// The fields of the index.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    /// All that a version in use says, with the metadata of its prompt.
    pub all: Field,
    /// Once more what such a version is called: a word found here weighs more.
    pub title: Field,
    /// All that any other version says.
    pub older: Field,
    /// What is filtered by, one field for all of it: each field that has words costs every commit the same again.
    pub key: Field,
    /// The prompt's name.
    pub name: Field,
    /// The version's number.
    pub version: Field,
    /// The prompt's collection and each that it lies in.
    pub collection: Field,
    /// The prompt's tags.
    pub tag: Field,
    /// The prompt's labels.
    pub label: Field,
    /// The prompt's owner.
    pub owner: Field,
    /// The prompt's category.
    pub category: Field,
    /// The two halves of the print, in the first document of each prompt.
    pub print: [Field; 2],
}

/// What a key says of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// The prompt's name.
    Name,
    /// What the version is: see [`super::document::Standing`].
    Standing,
    /// The prompt's status.
    Status,
    /// A collection that the prompt lies in.
    Collection,
    /// A tag of the prompt.
    Tag,
    /// A label of the prompt.
    Label,
    /// The prompt's owner.
    Owner,
    /// The update that the document came with.
    Update,
}

impl Key {
    /// The key as it is indexed.
    pub(super) fn of(self, value: &str) -> String {
        let kind = match self {
            Self::Name => 'n',
            Self::Standing => 'w',
            Self::Status => 's',
            Self::Collection => 'c',
            Self::Tag => 't',
            Self::Label => 'l',
            Self::Owner => 'o',
            Self::Update => 'u',
        };
        format!("{kind}:{value}")
    }
}

impl Fields {
    /// What finds the documents with a key.
    pub(super) fn term(&self, key: Key, value: &str) -> Term {
        Term::from_field_text(self.key, &key.of(value))
    }

    /// The fields and the schema that holds them.
    pub(super) fn new() -> (Self, Schema) {
        let mut schema = Schema::builder();
        let indexed = |tokenizer: &str, option| {
            let norms = tokenizer == TOKENIZER;
            let indexing = TextFieldIndexing::default().set_tokenizer(tokenizer).set_index_option(option);
            TextOptions::default().set_indexing_options(indexing.set_fieldnorms(norms))
        };
        let text = indexed(TOKENIZER, IndexRecordOption::WithFreqsAndPositions);
        let counted = TextOptions::default().set_fast("raw");
        let number = NumericOptions::default().set_fast();
        let fields = Self {
            all: schema.add_text_field("all", text.clone()),
            title: schema.add_text_field("title", text.clone()),
            older: schema.add_text_field("older", text),
            key: schema.add_text_field("key", indexed("raw", IndexRecordOption::Basic)),
            name: schema.add_text_field("name", counted.clone()),
            version: schema.add_text_field("version", counted.clone()),
            collection: schema.add_text_field("collection", counted.clone()),
            tag: schema.add_text_field("tag", counted.clone()),
            label: schema.add_text_field("label", counted.clone()),
            owner: schema.add_text_field("owner", counted.clone()),
            category: schema.add_text_field("category", counted),
            print: ["print_high", "print_low"].map(|name| schema.add_u64_field(name, number.clone())),
        };
        (fields, schema.build())
    }
}

/// Tells an index how its texts are cut.
pub(super) fn equip(index: &mut Index) {
    let tokenizers = TokenizerManager::new();
    tokenizers.register(TOKENIZER, TextAnalyzer::from(Cutter));
    tokenizers.register("raw", TextAnalyzer::from(RawTokenizer::default()));
    // Asked for by fields that have no words.
    tokenizers.register("default", TextAnalyzer::from(RawTokenizer::default()));
    index.set_tokenizers(tokenizers.clone());
    index.set_fast_field_tokenizers(tokenizers);
}
